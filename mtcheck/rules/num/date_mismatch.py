from __future__ import annotations

from mtcheck.core.types import Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class DateMismatch(ValueRule):
    """A day, weekday, month, year, decade or century is another in the translation.

    Anti-pattern: `tisdag` as `Wednesday`; `12 maj` as `May 13`; `1800-talet` as `the 18th century`.
    Best practice: the same day in the target's own order and form. Weekdays and years that copy leaves out are right.
    """

    name = "date-mismatch"
    code = "NUM004"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
