from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.identify import small_words
from mtcheck.core.languages import base_language
from mtcheck.core.lexicon import COMPOUNDING, lexicon
from mtcheck.core.numbers import is_measure
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, Rule

_LEAST_LETTERS = 8
_LEAST_IN_PLACE = 6
_LEAST_SEGMENTS = 3
# So many mentions show which part of a compound's rendering is the same everywhere.
_LEAST_SHARING = 5
_ADDRESS = re.compile(r"[./@]\w")
_ENDING = 2
_LEAST_STEM = 6
_SAME_BEGINNING = 5
_LEAST_BEGINNING = 4
_NAME = 6
_MOST_TERMS = 200


@RULES.register
class InconsistentTerm(Rule):
    """A long word of the source is translated in two ways in one article.

    Anti-pattern: `boil-water notice` and, further down, `cooking order` for `Abkochgebot`.
    Best practice: one term for one thing. Only a word in three segments or more is asked, of which all others share a
    rendering that stands nowhere else, and only where words without a counterpart stand in its place.
    """

    name = "inconsistent-term"
    code = "TERM003"
    severity = Severity.MINOR
    mqm = "terminology/inconsistent"
    needs_source = True
    of_several = True

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        places = _repeated(article.segments)
        if not places:
            return
        stems = [_stems(segment) for segment in article.segments]
        # Of a compound one part may be right.
        compounding = base_language(article.segments[0].segment.source_lang) in COMPOUNDING
        for word, positions in list(places.items())[:_MOST_TERMS]:
            elsewhere = frozenset().union(*(stems[at] for at in range(len(stems)) if at not in positions))
            counts = Counter(stem for at in positions for stem in stems[at] if stem not in elsewhere)
            usual = {stem for stem, count in counts.items() if count == len(positions) - 1}
            shared = {stem for stem, count in counts.items() if count == len(positions)}
            if not usual or (shared and not (compounding and len(positions) >= _LEAST_SHARING)):
                continue
            odd = {at for at in positions for stem in usual if stem not in stems[at]}
            if len(odd) != 1:
                continue
            at = odd.pop()
            span = _in_its_place(article.segments[at], word, shared)
            others = frozenset().union(*(stems[other] for other in positions if other != at))
            if span is not None and _is_new(span, article.segments[at].target, others, shared):
                said = span.of(article.segments[at].target.value)
                yield at, self.finding(f"“{word}” is “{said}” here, and otherwise elsewhere.", span)


def _is_form(word: str, other: str) -> bool:
    """True if two stems are one word's, of which one kept an ending: linban, linbanan."""
    return abs(len(word) - len(other)) <= _ENDING and (word.startswith(other) or other.startswith(word))


def _is_new(span: Span, target: Text, others: frozenset[str], shared: set[str]) -> bool:
    """True if a rendering has a word unlike all of the others', and the part that all share if there is one."""
    stem = lexicon(target.lang).stem
    said = {stem(word.casefold()) for word in span.of(target.value).split() if len(word) > 3}
    # Hymnal and hymn book begin alike.
    begun = tuple({word[:_SAME_BEGINNING] for word in others if len(word) >= _LEAST_BEGINNING})
    return any(not word.startswith(begun) for word in said) and (not shared or not said.isdisjoint(shared))


def _repeated(segments: Sequence[SegmentContext]) -> dict[str, list[int]]:
    """Long words of the source that stand in enough segments, with these; no names that the translation keeps."""
    kept = " ".join(segment.target.value.casefold() for segment in segments)
    places: dict[str, list[int]] = {}
    for position, segment in enumerate(segments):
        if segment.source is None or not segment.target:
            continue
        stem = lexicon(segment.source.lang).stem
        names = {place.at for place in segment.source_names}
        stems = (
            stem(raw.casefold())
            for at, raw in enumerate(segment.source.raw_words)
            if len(raw) >= _LEAST_LETTERS - 1 and raw.isalpha() and not raw.isupper()
            if len(stem(raw.casefold())) >= _LEAST_STEM
            if at not in names or raw[:_NAME].casefold() not in kept
            if not is_measure(raw, segment.source.lang)
        )
        for word in stems:
            word = next((known for known in places if _is_form(word, known)), word)
            found = places.setdefault(word, [])
            if found[-1:] != [position]:
                found.append(position)
    return {word: found for word, found in places.items() if len(found) >= _LEAST_SEGMENTS}


def _stems(segment: SegmentContext) -> frozenset[str]:
    stem = lexicon(segment.target.lang).stem
    small = small_words(segment.target.lang)
    return frozenset(stem(word) for word in segment.target.folded_words if len(word) > 3 and word not in small)


def _in_its_place(segment: SegmentContext, term: str, shared: set[str]) -> Span | None:
    """The words that nothing else in the source explains, or that all renderings share, nearest to the term's place."""
    source, target = segment.source, segment.target
    assert source is not None
    assert segment.source_content is not None
    stem = lexicon(source.lang).stem
    at = next(index for index, word in enumerate(source.folded_words) if _is_form(stem(word), term))
    if _ADDRESS.match(source.value, source.words[at].end):
        return None
    wanted = at / len(source.words)
    keys = frozenset().union(*(word.keys for word in segment.source_content.words if word.at != at))
    render = lexicon(target.lang).stem
    free = [
        word.at
        for word in segment.target_content.words
        if word.keys.isdisjoint(keys) or render(target.folded_words[word.at]) in shared
    ]
    runs: list[list[int]] = []
    for index in free:
        last = target.words[runs[-1][-1]] if runs else None
        if last and index == runs[-1][-1] + 1 and target.value[last.end : target.words[index].start].isspace():
            runs[-1].append(index)
        else:
            runs.append([index])
    runs = [run for run in runs if sum(len(target.words[index].text) for index in run) >= _LEAST_IN_PLACE]
    if not runs:
        return None
    best = min(runs, key=lambda run: abs(run[0] / len(target.words) - wanted))
    if abs(best[0] / len(target.words) - wanted) > 0.3:
        return None
    return Span(target.words[best[0]].start, target.words[best[-1]].end)
