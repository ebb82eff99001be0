from __future__ import annotations

from mtcheck.core.types import Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class MagnitudeMismatch(ValueRule):
    """The digits are right and the size is not: another scale word or power of ten.

    Anti-pattern: `3,5 miljarder` as `3.5 million`; German `Billion` as `billion`; `7 500` as `75,000`.
    Best practice: know the scale of both languages (`miljard` is a billion, `biljon` a trillion) and keep the value.
    """

    name = "magnitude-mismatch"
    code = "NUM002"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
