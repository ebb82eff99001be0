from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from mtcheck.core.context import SegmentContext
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.core.words import new_sign
from mtcheck.rules.base import RULES, SegmentRule

_LONGEST = 30
_LEAST = 3
# Without a source to compare with, what rhetoric, songs and figures repeat by themselves.
_LEAST_ACROSS_PUNCTUATION = 5
_LEAST_OF_FIGURES = 6
_LEAST_WORD = 10
# A group of letters over and over inside one word; the shortest group first, so that the time is linear.
_LETTERS = re.compile(r"(?P<unit>[^\W\d_]{2,12}?)(?P=unit){3,}")
_LETTER = re.compile(r"(?P<unit>[^\W\d_])(?P=unit){23,}")
_IDEOGRAPH = re.compile(r"(?P<unit>[\u3040-\u30ff\u4e00-\u9fff]{1,12}?)(?P=unit){3,}")
# Laughter, song and cries, as they are written in any language.
_CRY = re.compile(
    r"[hjkхw]{0,2}[aeiouyåäöаеио]{1,2}[hjkхw]{0,2}|bla|la|na|da|ta|tra|nom|ding|tick|tam|ram|哈|呵|嘿|嘻|哇|啊|哦|嗯|呜",
    re.IGNORECASE,
)


class _Loop(NamedTuple):
    span: Span
    times: int
    unit: str


@RULES.register
class RepetitionLoop(SegmentRule):
    """A word, a phrase or a group of letters stands again and again: the translator got stuck.

    Anti-pattern: `The council met in the town and the town and the town and the town.` or `ofofofofofof`.
    Best practice: the text once. What the source repeats as often, laughter and rhetoric (`No, no, no!`)
    are right.
    """

    name = "repetition-loop"
    code = "DUP007"
    severity = Severity.CRITICAL
    mqm = "accuracy/addition"
    supersedes = frozenset(
        {"repeated-phrase", "repeated-word", "repeated-sentence", "length-outlier", "added-content", "spacing"}
    )

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        if not (segment.target.repeated_pairs or segment.target.signs & _LOOPS):
            return
        loops = [*_of_words(segment.target, has_source=segment.source is not None), *_in_words(segment.target)]
        if not loops:
            return
        allowed = max(_most_often(segment.source), _most_of_one_word(segment.source)) if segment.source else 0
        reached = 0
        for loop in sorted(loops):
            if loop.times > allowed and loop.span.start >= reached:
                reached = loop.span.end
                yield self.finding(f"“{loop.unit}” stands {loop.times} times in a row.", loop.span)


def _most_often(source: Text) -> int:
    """How often the source says something in a row, at most."""
    loops = [*_of_words(source, has_source=True), *_in_words(source)]
    return max((loop.times for loop in loops), default=0)


def _most_of_one_word(source: Text) -> int:
    """Chants are joined otherwise in each language: go, go and go."""
    most = Counter(source.folded_words).most_common(3)
    return max((count for word, count in most if word not in source.language.function_words), default=0)


def _of_words(text: Text, *, has_source: bool) -> Iterator[_Loop]:
    """Runs of words that are periodic. A period shows as the distance of pairs of words that are alike."""
    distances = {distance for _, distance in text.repeated_pairs if distance <= _LONGEST}
    if not distances:
        return
    folded, reached = text.folded_words, 0
    runs = sorted((run.start, period, run.end) for period in distances for run in _runs(folded, period))
    for first, period, last in runs:
        if first < reached:
            continue
        times = (last - first) // period
        words = text.words[first:last]
        unit = text.value[words[0].start : words[period - 1].end]
        gaps = {text.value[a.end : b.start].strip() for a, b in pairwise(words)}
        if times >= _least(unit, period, across=gaps != {""}, has_source=has_source, text=text):
            reached = last
            yield _Loop(Span(words[0].start, words[-1].end), times, unit)


def _least(unit: str, period: int, *, across: bool, has_source: bool, text: Text) -> int:
    if not any(char.isalpha() for char in unit):
        return _LEAST_OF_FIGURES
    if has_source:
        return _LEAST
    if across or (period == 1 and unit.casefold() in text.language.repeatable_words):
        return _LEAST_ACROSS_PUNCTUATION
    return _LEAST


def _runs(words: tuple[str, ...], period: int) -> Iterator[Span]:
    """Stretches of at least three periods in which each word equals the one a period before."""
    start = 0
    for index in range(period, len(words) + 1):
        if index < len(words) and words[index] == words[index - period]:
            continue
        if index - start >= _LEAST * period:
            yield Span(start, index)
        start = index - period + 1


def _in_words(text: Text) -> Iterator[_Loop]:
    for index in text.signed(_LOOPS):
        start = text.starts[index]
        for first, last, unit in _loops_inside(text.raw_words[index]):
            yield _Loop(Span(start + first, start + last), (last - first) // len(unit), unit)


def _loops_inside(word: str) -> tuple[tuple[int, int, str], ...]:
    """The stretches in a word, from and to, that repeat a unit."""
    if len(word) < _LEAST_WORD:
        return ()
    return tuple(
        (*match.span(), match["unit"])
        for pattern in (_LETTERS, _LETTER, _IDEOGRAPH)
        for match in pattern.finditer(word)
        if pattern is _LETTER
        or not ((pattern is _LETTERS and len(match.group()) < _LEAST_WORD) or _CRY.fullmatch(match["unit"]))
    )


_LOOPS = new_sign(lambda _: _loops_inside)
