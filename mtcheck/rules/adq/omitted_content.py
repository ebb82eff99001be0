from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.content import unsaid_parts
from mtcheck.core.context import SegmentContext
from mtcheck.core.text import shorten
from mtcheck.core.types import Finding, Placement, Role, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class OmittedContent(SegmentRule):
    """A sentence or clause of the source is not in the translation.

    Anti-pattern: the second of two sentences left out.
    Best practice: everything that the source says. Evidence is that no word of the part has a counterpart (by lexicon,
    names and numbers), and that the translation is too short to hold it.
    """

    name = "omitted-content"
    code = "ADQ004"
    severity = Severity.MAJOR
    mqm = "accuracy/omission"
    needs_source = True
    supersedes = frozenset({"NUM", "name-mismatch", "negation-mismatch", "modality-mismatch"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        if segment.placement is Placement.OMITTED and segment.source is not None and segment.role is not Role.HEADLINE:
            said = shorten(segment.source.value)
            yield self.finding(
                f"No part of the translation stands for “{said}”.",
                Span(0, len(segment.target.value)),
                source_span=segment.source.trimmed,
            )
            return
        source, target = segment.source_content, segment.target_content
        if source is None or not segment.target or segment.role in (Role.HEADLINE, Role.SUBHEAD):
            return
        for part in unsaid_parts(source, target, members=True):
            said = shorten(part.of(source.text.value))
            yield self.finding(
                f"Nothing in the translation stands for “{said}”.", Span(0, len(segment.target.value)), source_span=part
            )
