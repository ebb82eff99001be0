from __future__ import annotations

from mtcheck.core.types import Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class UnitMismatch(ValueRule):
    """A measure keeps its digits and changes its unit.

    Anti-pattern: `10 kilometer` as `10 miles`; `5 mil` as `5 miles`.
    Best practice: the same unit, or a value converted with it: 10 kilometres are 6.2 miles.
    """

    name = "unit-mismatch"
    code = "NUM007"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
