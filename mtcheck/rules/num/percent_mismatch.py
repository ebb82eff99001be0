from __future__ import annotations

from mtcheck.core.types import Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class PercentMismatch(ValueRule):
    """A percentage is another in the translation: its value, its sign, or points for per cent.

    Anti-pattern: `5 procentenheter` as `5 percent`; `−0,3 %` as `0.3 percent`.
    Best practice: the same value, per cent as per cent and percentage points as percentage points.
    """

    name = "percent-mismatch"
    code = "NUM008"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
