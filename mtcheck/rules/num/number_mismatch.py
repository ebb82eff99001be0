from __future__ import annotations

from mtcheck.core.types import Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class NumberMismatch(ValueRule):
    """A number of the source is another in the translation, or is lost.

    Anti-pattern: `1 240` as `1,420`; `184 personer` as `people`.
    Best practice: the same value in the target's own form. Values are compared, not strings: `tolv` is `12`,
    a converted unit and a rounded amount are right.
    """

    name = "number-mismatch"
    code = "NUM001"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
