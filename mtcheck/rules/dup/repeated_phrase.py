from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.text import QUOTES, Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_LONGEST = 12
# Words that may stand between a phrase and its repetition, and how long the phrase must then be.
_WIDEST_GAP = 2
_LEAST_ADJACENT = 2
_LEAST_ACROSS_PUNCTUATION = 3
_LEAST_ACROSS_GAP = 4
_CLAUSE_MARKS = set(".!?;:…" + QUOTES + "‘’()[]")


@RULES.register
class RepeatedPhrase(SegmentRule):
    """A phrase stands again right after itself, or after a word or two.

    Anti-pattern: `an analyst with a focus on China, with a focus on, among other things, trade`: the
    translator began again.
    Best practice: the phrase once. A parallel that the source has too, or that a conjunction makes
    (`of the people and of the church`), is right.
    """

    name = "repeated-phrase"
    code = "DUP005"
    severity = Severity.MAJOR
    mqm = "fluency/grammar"
    supersedes = frozenset({"repeated-word"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        if target.language.reduplicates:
            return
        # A source that does not repeat is evidence, so that less of a phrase is enough.
        across = _LEAST_ACROSS_GAP if segment.source is None else _LEAST_ACROSS_PUNCTUATION
        found = _repetition(target, across)
        if found is None:
            return
        # A source that repeats as well is rhetoric, not a fault.
        if (
            segment.source is not None
            and _repetition(segment.source, _LEAST_ADJACENT, least=_LEAST_ADJACENT) is not None
        ):
            return
        span, adjacent = found
        yield self.finding(f"“{span.of(target.value)}” is said twice.", span, fix="" if adjacent else None)


def _repetition(text: Text, across: int, *, least: int = 0) -> tuple[Span, bool] | None:
    """The second occurrence of the longest phrase that is repeated; True with it if nothing stands between."""
    words = text.words
    folded = [word.folded for word in words]
    for size in range(min(_LONGEST, len(words) // 2), _LEAST_ADJACENT - 1, -1):
        for start in range(len(words) - 2 * size + 1):
            phrase = folded[start : start + size]
            for gap in range(_WIDEST_GAP + 1):
                again = start + size + gap
                if folded[again : again + size] != phrase:
                    continue
                if not any(word.text.isalpha() for word in words[start : start + size]):
                    continue
                if _is_fault(text, start, size, gap, across, least):
                    return Span(words[again].start, words[again + size - 1].end), not gap
    return None


def _is_fault(text: Text, start: int, size: int, gap: int, across: int, least: int) -> bool:
    words = text.words
    inside = text.value[words[start].start : words[start + size - 1].end]
    between = text.value[words[start + size - 1].end : words[start + size + gap].start]
    # Apostrophes belong to words.
    inside = inside.replace("’", "")
    if _CLAUSE_MARKS & set(inside) or _CLAUSE_MARKS & set(between):
        return False
    second = words[start + size + gap : start + 2 * size + gap]
    if all(word.text[0].isupper() for word in second) and not between.strip():
        return False  # a name
    if gap:
        needed = across
        joins = {word.folded for word in words[start + size : start + size + gap]}
        if joins & set(text.language.conjunctions):
            return False
        # A parallel goes on with a word of its own; a false start breaks off or stands in apposition.
        follows = text.value[second[-1].end :].lstrip()
        if not least and follows[:1].isalnum():
            return False
    elif between.strip():
        needed = _LEAST_ACROSS_PUNCTUATION
    else:
        needed = _LEAST_ADJACENT
    if size == _LEAST_ADJACENT and not between.strip() and words[start].folded == words[start + 1].folded:
        return False  # one word four times
    return size >= (least or needed)
