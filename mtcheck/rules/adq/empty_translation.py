from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Placement, Role, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_SAYS = re.compile(r"[^\W_]")


@RULES.register
class EmptyTranslation(SegmentRule):
    """The source says something and the translation is empty, or nothing but punctuation.

    Anti-pattern: an empty line, or `.`, for a sentence.
    Best practice: a translation. A source without words may have any translation.
    """

    name = "empty-translation"
    code = "ADQ001"
    severity = Severity.CRITICAL
    mqm = "accuracy/omission"
    needs_source = True
    supersedes = frozenset({"length-outlier", "number-mismatch", "end-punctuation", "unbalanced-quotes", "spacing"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        # Where the aligner found nothing on the other side, that is omitted content.
        if segment.placement is Placement.OMITTED and segment.role is not Role.HEADLINE:
            return
        if segment.source is not None and _SAYS.search(segment.source.value) and not _SAYS.search(segment.target.value):
            yield self.finding("The source has no translation.", Span(0, len(segment.target.value)))
