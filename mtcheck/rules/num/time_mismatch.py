from __future__ import annotations

from mtcheck.core.types import Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class TimeMismatch(ValueRule):
    """A time of day, or what somebody took for a race, is another in the translation.

    Anti-pattern: `klockan 14.30` as `2:30 a.m.`; `9 h 45` as `9:54`; `1 min 23 s` as `1 min 32 s`.
    Best practice: the same time in the target's own form: `14.30` is `2:30 p.m.`.
    """

    name = "time-mismatch"
    code = "NUM005"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
