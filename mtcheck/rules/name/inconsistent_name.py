from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import JaroWinkler, Levenshtein

from mtcheck.core.content import plain_letters
from mtcheck.core.context import ArticleContext
from mtcheck.core.lexicon import lexicon
from mtcheck.core.names import Place, is_exonym
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, Rule

_LEAST = 6
_NEAR = 0.75
_MOST_EDITS = 2
# More different names than this are a list of people, in which alike ones are to be expected.
_MOST_NAMES = 400


@RULES.register
class InconsistentName(Rule):
    """A name is spelt in two ways in one article.

    Anti-pattern: `Håkanberg` and, further down, `Håkanborg`.
    Best practice: the source's spelling throughout. Where the source has both, they are two names; where there is
    no source, the rarer or later spelling is flagged.
    """

    name = "inconsistent-name"
    code = "NAME003"
    severity = Severity.MINOR
    mqm = "terminology/inconsistent"
    supersedes = frozenset({"name-mismatch", "inconsistent-term", "untranslated-words"})
    of_several = True

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        if article.alone:
            return
        places: dict[str, list[tuple[int, Place]]] = {}
        for position, segment in enumerate(article.segments):
            for place in segment.target_names:
                if len(place.name) >= _LEAST:
                    places.setdefault(place.name, []).append((position, place))
        if len(places) > _MOST_NAMES:
            return
        names = list(places)
        for index, one in enumerate(names):
            for other in names[index + 1 :]:
                if _are_alike(one, other):
                    yield from self._judge(article, places, one, other)

    def _judge(
        self, article: ArticleContext, places: dict[str, list[tuple[int, Place]]], one: str, other: str
    ) -> Iterator[tuple[int, Finding]]:
        sources = [segment.source for segment in article.segments if segment.source is not None]
        if sources:
            in_source = [any(name in source.value for source in sources) for name in (one, other)]
            if all(in_source):
                return
            if any(in_source):
                right, wrong = (one, other) if in_source[0] else (other, one)
            else:
                right, wrong = (one, other) if len(places[one]) >= len(places[other]) else (other, one)
        else:
            if any(_is_known(name, article.segments[0].target) for name in (one, other)):
                return
            right, wrong = (one, other) if len(places[one]) >= len(places[other]) else (other, one)
        if sources and _is_known(wrong, article.segments[0].target):
            return
        for position, place in places[wrong]:
            source = article.segments[position].source
            if source is not None and not _stands_for(right, wrong, source):
                continue
            word = article.segments[position].target.words[place.at]
            span = Span(word.start, word.start + len(place.name))
            yield position, self.finding(f"“{wrong}” is “{right}” elsewhere in the article.", span)


def _are_alike(one: str, other: str) -> bool:
    a, b = plain_letters(one), plain_letters(other)
    if a == b or a[0] != b[0] or a.startswith(b) or b.startswith(a) or abs(len(a) - len(b)) > _MOST_EDITS:
        return False
    if Levenshtein.distance(a, b, score_cutoff=_MOST_EDITS) > _MOST_EDITS:
        return False
    if Levenshtein.normalized_similarity(a, b) < _NEAR or is_exonym(one) or is_exonym(other):
        return False
    return not _are_inflected(a, b)


def _are_inflected(one: str, other: str) -> bool:
    """Forms of one word: what differs is an ending."""
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    ends = one[shared:], other[shared:]
    return max(map(len, ends)) <= 2 and sorted(ends[0]) != sorted(ends[1])


def _is_known(name: str, text: Text) -> bool:
    return lexicon(text.lang).knows(name.casefold())


def _stands_for(right: str, wrong: str, source: Text) -> bool:
    """True if the source's word is nearer to the right spelling than to the wrong one."""
    a, b = plain_letters(right), plain_letters(wrong)
    for word in source.folded_words:
        plain = plain_letters(word)
        near = JaroWinkler.similarity(plain, a)
        if near >= 0.85 and near > JaroWinkler.similarity(plain, b):
            return True
    return False
