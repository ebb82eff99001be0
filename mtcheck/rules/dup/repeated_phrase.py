from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from mtcheck.core.context import SegmentContext
from mtcheck.core.text import QUOTES, Text, Word
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_LONGEST = 12
# How long a phrase must be by what stands between it and its repetition. A source that does not repeat
# is evidence, so that less is enough.
_LEAST_ADJACENT = 2
_LEAST_ACROSS_PUNCTUATION = 3
_LEAST_ACROSS_WORDS = 4
_WIDEST_GAP = 2
_WIDEST_GAP_BY_SOURCE = 4
_CLAUSE_MARKS = set(".!?;:…" + QUOTES + "‘’()[]")


@RULES.register
class RepeatedPhrase(SegmentRule):
    """A phrase stands again right after itself, or after a word or two.

    Anti-pattern: `an adviser in charge of Norway, in charge of, above all, trade`: the
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
        if not target.repeated_pairs or target.language.reduplicates:
            return
        found = _repetition(target, lambda place: _is_fault(target, place, has_source=segment.source is not None))
        if found is None:
            return
        # A source that repeats as well is rhetoric, not a fault.
        if segment.source is not None and _repetition(segment.source, _is_parallel) is not None:
            return
        span, adjacent = found
        yield self.finding(f"“{span.of(target.value)}” is said twice.", span, fix="" if adjacent else None)


class _Place(NamedTuple):
    """A phrase and its repetition, by the positions of their words."""

    text: Text
    start: int
    size: int
    gap: int

    @property
    def first(self) -> tuple[Word, ...]:
        return self.text.words[self.start : self.start + self.size]

    @property
    def between(self) -> tuple[Word, ...]:
        return self.text.words[self.start + self.size : self.start + self.size + self.gap]

    @property
    def second(self) -> tuple[Word, ...]:
        return self.text.words[self.start + self.size + self.gap : self.start + 2 * self.size + self.gap]

    @property
    def gap_text(self) -> str:
        return self.text.value[self.first[-1].end : self.second[0].start]


def _repetition(text: Text, is_wanted: Callable[[_Place], bool]) -> tuple[Span, bool] | None:
    """The second occurrence of the longest phrase that is repeated; True with it if nothing stands between.

    Every repetition holds a pair of words that stood before; how far before is the phrase's size and the gap.
    """
    widest = _LONGEST + _WIDEST_GAP_BY_SOURCE
    distances = {distance for _, distance in text.repeated_pairs if distance <= widest}
    runs = {distance: _runs(text, distance) for distance in distances}
    for size in range(_LONGEST if runs else 0, _LEAST_ADJACENT - 1, -1):
        starts = sorted(
            (start, gap)
            for gap in range(_WIDEST_GAP_BY_SOURCE + 1)
            for run in runs.get(size + gap, ())
            # A long run is periodic: later starts say the same again.
            for start in range(run.start, min(run.end - size, run.start + size + gap) + 1)
        )
        for start, gap in starts:
            place = _Place(text, start, size, gap)
            if is_wanted(place):
                return Span(place.second[0].start, place.second[-1].end), not gap
    return None


def _runs(text: Text, distance: int) -> list[Span]:
    """Stretches of words that stand again at a distance, as indices."""
    words, runs, start = text.folded_words, [], 0
    for index, (first, second) in enumerate(zip(words, words[distance:], strict=False)):
        if first != second:
            if index - start >= _LEAST_ADJACENT:
                runs.append(Span(start, index))
            start = index + 1
    if len(words) - distance - start >= _LEAST_ADJACENT:
        runs.append(Span(start, len(words) - distance))
    return runs


def _is_parallel(place: _Place) -> bool:
    """Any repetition: what rhetoric does."""
    return any(word.text.isalpha() for word in place.first)


def _is_fault(text: Text, place: _Place, *, has_source: bool) -> bool:
    first, second, gap_text = place.first, place.second, place.gap_text
    # Apostrophes belong to words.
    inside = text.value[first[0].start : first[-1].end].replace("’", "")
    if _CLAUSE_MARKS & set(inside) or _CLAUSE_MARKS & set(gap_text.replace("’", "")):
        return False
    if not any(word.text.isalpha() for word in first):
        return False
    if not place.gap:
        if gap_text.strip():
            return place.size >= _LEAST_ACROSS_PUNCTUATION
        is_name = all(word.text[0].isupper() for word in second)
        one_word = place.size == _LEAST_ADJACENT and first[0].folded == first[1].folded
        return not is_name and not one_word
    if {word.folded for word in place.between} & set(text.language.conjunctions):
        return False
    if has_source:
        return place.size >= _LEAST_ACROSS_WORDS or (
            place.size >= _LEAST_ACROSS_PUNCTUATION and _content_words(place) >= 2
        )
    # A parallel goes on with a word of its own; a false start breaks off or stands in apposition.
    follows = text.value[second[-1].end :].lstrip()
    return place.gap <= _WIDEST_GAP and place.size >= _LEAST_ACROSS_WORDS and not follows[:1].isalnum()


def _content_words(place: _Place) -> int:
    small = {*place.text.language.function_words, *place.text.language.repeatable_words}
    return sum(1 for word in place.first if word.folded not in small)
