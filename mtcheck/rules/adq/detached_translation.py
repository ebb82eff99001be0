from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.content import are_unrelated
from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Role, Severity
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class DetachedTranslation(SegmentRule):
    """The translation has nothing to do with its source.

    Anti-pattern: `The recipe serves four people.` for a sentence on a regional board.
    Best practice: a translation of this source. Words are compared by their meanings in the lexicon, names and numbers
    by their letters; a text of too few known words is not judged.
    """

    name = "detached-translation"
    code = "ADQ006"
    severity = Severity.CRITICAL
    mqm = "accuracy/mistranslation"
    needs_source = True
    supersedes = frozenset(
        {
            "NUM",
            "NAME",
            "omitted-content",
            "added-content",
            "negation-mismatch",
            "modality-mismatch",
            "role-swap",
            "length-outlier",
        }
    )

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source = segment.source_content
        if source is None or segment.role in (Role.CREDIT, Role.BYLINE, Role.DATELINE):
            return
        if are_unrelated(source, segment.target_content):
            message = "No word of the translation has a counterpart in the source (by lexicon, names and numbers)."
            yield self.finding(message, segment.target.trimmed)
