from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.identify import small_words
from mtcheck.core.lexicon import lexicon
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, Rule

_LEAST_LETTERS = 8
_LEAST_SEGMENTS = 3
_MOST_TERMS = 200
_NAME = 6


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

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        if article.alone:
            return
        places = _repeated(article.segments)
        if not places:
            return
        stems = [_stems(segment) for segment in article.segments]
        for word, positions in list(places.items())[:_MOST_TERMS]:
            elsewhere = frozenset().union(*(stems[at] for at in range(len(stems)) if at not in positions))
            counts = Counter(stem for at in positions for stem in stems[at] if stem not in elsewhere)
            usual = {stem for stem, count in counts.items() if count >= max(2, len(positions) - 1)}
            odd = [at for at in positions if usual and usual.isdisjoint(stems[at])]
            if len(odd) != 1:
                continue
            span = _in_its_place(article.segments[odd[0]], word)
            if span is not None:
                said = span.of(article.segments[odd[0]].target.value)
                yield odd[0], self.finding(f"“{word}” is “{said}” here, and otherwise elsewhere.", span)


def _repeated(segments: Sequence[SegmentContext]) -> dict[str, list[int]]:
    """Long words of the source that stand in enough segments, with these; no names that the translation keeps."""
    places: dict[str, list[int]] = {}
    for position, segment in enumerate(segments):
        if segment.source is None or not segment.target:
            continue
        stem = lexicon(segment.source.lang).stem
        for word in {
            stem(raw.casefold())
            for raw in segment.source.raw_words
            if len(raw) >= _LEAST_LETTERS and raw.isalpha() and not raw.isupper()
        }:
            places.setdefault(word, []).append(position)
    kept = " ".join(segment.target.value.casefold() for segment in segments)
    return {word: found for word, found in places.items() if len(found) >= _LEAST_SEGMENTS and word[:_NAME] not in kept}


def _stems(segment: SegmentContext) -> frozenset[str]:
    stem = lexicon(segment.target.lang).stem
    small = small_words(segment.target.lang)
    return frozenset(stem(word) for word in segment.target.folded_words if len(word) > 3 and word not in small)


def _in_its_place(segment: SegmentContext, term: str) -> Span | None:
    """The words that nothing else in the source explains, nearest to where the term stands."""
    source, target = segment.source, segment.target
    assert source is not None
    assert segment.source_content is not None
    stem = lexicon(source.lang).stem
    at = next(index for index, word in enumerate(source.folded_words) if stem(word) == term)
    wanted = at / len(source.words)
    keys = frozenset().union(*(word.keys for word in segment.source_content.words if word.at != at))
    free = [word.at for word in segment.target_content.words if word.keys.isdisjoint(keys)]
    runs: list[list[int]] = []
    for index in free:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    runs = [run for run in runs if sum(len(target.words[index].text) for index in run) >= _LEAST_LETTERS]
    if not runs:
        return None
    best = min(runs, key=lambda run: abs(run[0] / len(target.words) - wanted))
    if abs(best[0] / len(target.words) - wanted) > 0.3:
        return None
    return Span(target.words[best[0]].start, target.words[best[-1]].end)
