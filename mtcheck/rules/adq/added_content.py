from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.content import unsaid_parts
from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.types import Finding, Placement, Role, Severity
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class AddedContent(SegmentRule):
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
        # What the aligner found no source of has none to be compared with.
        for position, segment in enumerate(article.segments):
            if segment.placement is Placement.ADDED and segment.target:
                yield position, self.finding("Nothing in the source says this.", segment.target.trimmed)
        yield from super().inspect(article)

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source_content, segment.target_content
        if source is None or not segment.target or segment.role in (Role.HEADLINE, Role.SUBHEAD):
            return
        for part in unsaid_parts(target, source):
            yield self.finding("Nothing in the source says this.", part)
