from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtcheck.core.content import unsaid_parts
from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.types import Finding, Placement, Role, Severity, Span
from mtcheck.rules.base import RULES, Rule


@RULES.register
class AddedContent(Rule):
    """A sentence or clause of the translation is not in the source.

    Anti-pattern: a closing sentence that the translator made up.
    Best practice: only what the source says. Evidence is that no word of the part has a counterpart (by lexicon, names
    and numbers), and that the translation is longer than the source's makes one.
    """

    name = "added-content"
    code = "ADQ005"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    needs_source = True
    supersedes = frozenset({"NUM", "name-mismatch", "negation-mismatch", "modality-mismatch"})

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        for position, segment in enumerate(article.segments):
            for part in _added_parts(segment):
                yield position, self.finding("Nothing in the source says this.", part)


def _added_parts(segment: SegmentContext) -> Sequence[Span]:
    if not segment.target:
        return ()
    if segment.placement is Placement.ADDED:
        return (segment.target.trimmed,)  # what the aligner found no source of has none to be compared with
    source = segment.source_content
    if source is None or segment.role in (Role.HEADLINE, Role.SUBHEAD):
        return ()
    return unsaid_parts(segment.target_content, source)
