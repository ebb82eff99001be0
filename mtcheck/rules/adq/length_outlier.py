from __future__ import annotations

import math
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language
from mtcheck.core.types import Finding, Severity
from mtcheck.rules.base import RULES, SegmentRule

# The logarithm of the length ratio of right translations is about normal; short texts vary more, as a
# word more or less weighs more. Set by judgement, not fitted; of
# 14,955 human translations (FLORES-200, 16 languages) two are beyond it (reports/rules.md).
_SPREAD = 0.16
_SPREAD_SHORT = 0.95
_LIMIT = 4.2
_LEAST_DIFFERENCE = 25


@RULES.register
class LengthOutlier(SegmentRule):
    """The translation is far longer or shorter than its source ever makes one.

    Anti-pattern: one clause for a paragraph; a paragraph for a subhead.
    Best practice: check for omitted or added text. The ratio is judged by what is usual between the
    two languages, and the less the shorter the text.
    """

    name = "length-outlier"
    code = "ADQ003"
    severity = Severity.MAJOR
    mqm = "accuracy"
    needs_source = True
    supersedes = frozenset({"omitted-content", "added-content"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not target:
            return
        usual = _usual_ratio(source.lang, target.lang)
        if usual is None:
            return
        expected = len(source.value.strip()) * usual
        actual = len(target.value.strip())
        if abs(actual - expected) < _LEAST_DIFFERENCE:
            return
        deviation = math.log((actual + 1) / (expected + 1)) / spread(min(expected, actual))
        if abs(deviation) > _LIMIT:
            direction = "longer" if deviation > 0 else "shorter"
            times = max(actual, expected) / max(1.0, min(actual, expected))
            yield self.finding(f"The translation is {times:.1f} times {direction} than usual.", target.trimmed)


def spread(length: float) -> float:
    """Standard deviation of the log ratio at a length in characters."""
    return _SPREAD + _SPREAD_SHORT / math.sqrt(max(length, 1.0))


def _usual_ratio(source_lang: str | None, target_lang: str | None) -> float | None:
    source = language(source_lang).chars_per_english_char
    target = language(target_lang).chars_per_english_char
    return target / source if source and target else None
