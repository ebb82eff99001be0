from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.content import Content
from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, Rule

_BREAK = re.compile(r"\n[ \t]*\n")
_CHANCE = 0.25
_LEAST_KNOWN = 2


@RULES.register
class ParagraphMismatch(Rule):
    """The translation is cut into paragraphs elsewhere than its source.

    Anti-pattern: the first sentence of a paragraph at the end of the one before; two paragraphs run into one.
    Best practice: the source's paragraphs. Evidence is a blank line on one side only, or a sentence that says nothing
    of its own source (by lexicon, names and numbers) and most of what the neighbour's says.
    """

    name = "paragraph-mismatch"
    code = "DOC002"
    severity = Severity.MINOR
    mqm = "design/layout"
    needs_source = True
    supersedes = frozenset(
        {
            "omitted-content",
            "added-content",
            "length-outlier",
            "NUM",
            "name-mismatch",
            "negation-mismatch",
            "detached-translation",
        }
    )

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        flagged: set[int] = set()
        for position, segment in enumerate(article.segments):
            if segment.source is not None and segment.target and _breaks(segment):
                flagged.add(position)
        for first in range(len(article.segments) - 1):
            if _moved(article.segments[first], article.segments[first + 1]):
                flagged.update((first, first + 1))
        for position in sorted(flagged):
            segment = article.segments[position]
            message = "The translation is not divided into paragraphs as the source is."
            yield position, self.finding(message, Span(0, len(segment.target.value)))


def _breaks(segment: SegmentContext) -> bool:
    assert segment.source is not None
    if "\n" not in segment.source.value and "\n" not in segment.target.value:
        return False
    source, target = (len(_BREAK.findall(text.value.strip())) for text in (segment.source, segment.target))
    return source != target


def _moved(one: SegmentContext, next_one: SegmentContext) -> bool:
    """True if a sentence at the border of two segments stands on the other side of it than in the source."""
    source, next_source = one.source_content, next_one.source_content
    if source is None or next_source is None:
        return False
    target, next_target = one.target_content, next_one.target_content
    return _crosses(target, source, next_target, next_source) or _crosses(source, target, next_source, next_target)


def _crosses(one: Content, other: Content, next_one: Content, next_other: Content) -> bool:
    """True if the last sentence of `one` says nothing of `other`, but what only `next_other` says."""
    ours, theirs = one.text.sentences, next_other.text.sentences
    if len(ours) < 2 or len(theirs) < 2:
        return False
    last, first = ours[-1], theirs[0]
    said, elsewhere = one.coverage(other, last), one.coverage(next_other, last)
    lost, found = next_other.coverage(next_one, first), next_other.coverage(one, first)
    if min(said.known, lost.known) < _LEAST_KNOWN or max(said.share, lost.share) > _CHANCE:
        return False
    return elsewhere.covered > said.covered and found.covered > lost.covered
