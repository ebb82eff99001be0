from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.content import Content
from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, Rule

_BREAK = re.compile(r"\n[ \t]*\n")
_SURE = 0.4
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
        {"omitted-content", "added-content", "length-outlier", "NUM", "name-mismatch", "negation-mismatch"}
    )

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        flagged: set[int] = set()
        for position, segment in enumerate(article.segments):
            if segment.source is not None and segment.target and _breaks(segment):
                flagged.add(position)
        for first in range(len(article.segments) - 1):
            if moved := _moved(article.segments[first], article.segments[first + 1]):
                flagged.update((first, first + 1) if moved else ())
        for position in sorted(flagged):
            segment = article.segments[position]
            message = "The translation is not divided into paragraphs as the source is."
            yield position, self.finding(message, Span(0, len(segment.target.value)))


def _breaks(segment: SegmentContext) -> bool:
    assert segment.source is not None
    source, target = (len(_BREAK.findall(text.value.strip())) for text in (segment.source, segment.target))
    return source != target


def _moved(one: SegmentContext, next_one: SegmentContext) -> bool:
    """True if a sentence at the border of two segments stands on the other side of it than in the source."""
    source, next_source = one.source_content, next_one.source_content
    if source is None or next_source is None:
        return False
    target, next_target = one.target_content, next_one.target_content
    ours, theirs = target.text.sentences, next_target.text.sentences
    if not ours or not theirs:
        return False
    later = _belongs(target, ours[-1], next_source, source) if len(ours) > 1 else False
    return later or (len(theirs) > 1 and _belongs(next_target, theirs[0], source, next_source))


def _belongs(content: Content, sentence: Span, there: Content, here: Content) -> bool:
    """True if the sentence translates one of `there` and none of `here`."""
    said = content.coverage(there, sentence)
    if said.known < _LEAST_KNOWN or said.share < _SURE or said.covered < _LEAST_KNOWN:
        return False
    return content.coverage(here, sentence).covered * 3 <= said.covered
