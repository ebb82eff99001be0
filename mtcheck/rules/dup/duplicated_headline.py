from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.text import fold
from mtcheck.core.types import Finding, Role, Severity
from mtcheck.rules.base import RULES, Rule

# Roles that may stand between the two: a page's "Published: Just now", a byline, a dateline.
_BETWEEN = {Role.BYLINE, Role.DATELINE, Role.CREDIT, Role.OTHER}
_LOOK_AHEAD = 3
_LEAST_LETTERS = 8
_NEAR = 0.93
_SITE = re.compile(r"\s[|–—·:»-]\s(?:[^\W\d_][\w.&’'-]*\s?){1,4}$")


@RULES.register
class DuplicatedHeadline(Rule):
    """The headline stands again in the line below it, word for word or nearly, in the translation or the source.

    Anti-pattern: `Storm in the north – ferries wait` and then `Storm in the north ferries wait`: page
    title and headline were both translated, a dash or a quotation mark lost on the way.
    Best practice: the headline once; a lead that begins alike but goes on is right.
    """

    name = "duplicated-headline"
    code = "DUP003"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    supersedes = frozenset({"repeated-sentence", "interface-text", "added-content", "dialogue-dash", "length-outlier"})
    of_several = True

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        headline = article.segments[0]
        if headline.role not in (Role.HEADLINE, Role.OTHER, Role.BODY) or len(headline.target.folded) < _LEAST_LETTERS:
            return
        for position, segment in enumerate(article.segments[1 : 1 + _LOOK_AHEAD], start=1):
            if self._says_the_same(headline, segment):
                yield position, self.finding("The headline stands again.", segment.target.trimmed)
            elif segment.role not in _BETWEEN and segment.target:
                return

    @staticmethod
    def _says_the_same(headline: SegmentContext, other: SegmentContext) -> bool:
        first, second = headline.target.folded, other.target.folded
        # A page's title is the headline and the site's name.
        for title, line in ((headline, second), (other, first)):
            match = _SITE.search(title.target.value)
            if match and fold(title.target.value[: match.start()]) == line:
                return True
        if _are_alike(first, second):
            return True
        # Each translated in its own way, or the headline with words of the model's before it.
        if headline.source is None or other.source is None or not second:
            return False
        source = headline.source.folded
        return len(source) >= _LEAST_LETTERS and _are_alike(source, other.source.folded)


def _are_alike(first: str, second: str) -> bool:
    """True of the same words, or nearly; another number is another headline: results, rankings, live tickers."""
    if first == second:
        return True
    return _digits(first) == _digits(second) and Levenshtein.normalized_similarity(first, second) >= _NEAR


def _digits(text: str) -> list[str]:
    return [char for char in text if char.isdigit()]
