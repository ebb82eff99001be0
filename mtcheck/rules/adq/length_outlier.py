from __future__ import annotations

import math
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity
from mtcheck.rules.base import RULES, SegmentRule

# The logarithm of the length ratio of right translations is about normal; short texts vary more, as a
# word more or less weighs more. Set by judgement, not fitted; of
# 14,955 human translations (FLORES-200, 16 languages) two are beyond it (reports/rules.md).
_SPREAD = 0.16
_SPREAD_SHORT = 0.95
_LIMIT = 4.2
# Where most of what the source says is missing too, so much of it known.
_LIMIT_UNSAID = 2.5
_MOST = 0.7
_LEAST_KNOWN = 8
_LEAST_DIFFERENCE = 25
_DENSE = 0.6
_IDEOGRAPHS = "\u2e80"


@RULES.register
class LengthOutlier(SegmentRule):
    """The translation is far longer or shorter than its source ever makes one.

    Anti-pattern: one clause for a paragraph; a paragraph for a subhead.
    Best practice: check for omitted or added text. The ratio is judged by what is usual between the
    two languages, and the less the shorter the text; less is asked of a short translation that leaves most words of
    the source without a counterpart.
    """

    name = "length-outlier"
    code = "ADQ003"
    severity = Severity.MAJOR
    mqm = "accuracy"
    needs_source = True
    supersedes = frozenset({"omitted-content", "added-content", "number-mismatch"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not target:
            return
        usual = _usual_ratio(source.lang, target.lang)
        if usual is None:
            return
        expected = _length(source) * usual
        actual = _length(target)
        if abs(actual - expected) < _LEAST_DIFFERENCE:
            return
        deviation = math.log((actual + 1) / (expected + 1)) / spread(min(expected, actual))
        if abs(deviation) > _LIMIT or (deviation < -_LIMIT_UNSAID and _is_mostly_unsaid(segment)):
            direction = "longer" if deviation > 0 else "shorter"
            times = max(actual, expected) / max(1.0, min(actual, expected))
            yield self.finding(f"The translation is {times:.1f} times {direction} than usual.", target.trimmed)


def _is_mostly_unsaid(segment: SegmentContext) -> bool:
    """True if few words of the source have a counterpart, though there are some: it is its beginning, or its gist."""
    if segment.source_content is None:
        return False
    said = segment.source_content.coverage(segment.target_content)
    return said.known >= _LEAST_KNOWN and 0 < said.covered <= (1 - _MOST) * said.known


def _length(text: Text) -> float:
    """Characters; in a script of which one says what three letters do, letters count for a third."""
    value = text.value.strip()
    dense = text.language.chars_per_english_char or 1.0
    if dense > _DENSE or not any(char < _IDEOGRAPHS for char in value):
        return len(value)
    return sum(1.0 if char >= _IDEOGRAPHS else dense for char in value)


def spread(length: float) -> float:
    """Standard deviation of the log ratio at a length in characters."""
    return _SPREAD + _SPREAD_SHORT / math.sqrt(max(length, 1.0))


def _usual_ratio(source_lang: str | None, target_lang: str | None) -> float | None:
    source = language(source_lang).chars_per_english_char
    target = language(target_lang).chars_per_english_char
    return target / source if source and target else None
