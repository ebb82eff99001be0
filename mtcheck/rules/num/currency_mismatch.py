from __future__ import annotations

from mtcheck.core.types import Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class CurrencyMismatch(ValueRule):
    """An amount of money keeps its digits and changes its currency.

    Anti-pattern: `500 miljoner kronor` as `500 million euros`.
    Best practice: the source's currency. A converted amount in brackets after it is right; a word that several
    currencies share (kronor, dollar) may be made exact.
    """

    name = "currency-mismatch"
    code = "NUM006"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
