from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.content import are_unrelated
from mtcheck.core.context import ArticleContext
from mtcheck.core.types import Finding, Severity
from mtcheck.rules.base import RULES, Rule

# How far apart a segment is looked for; what moved further is reported as detached.
_REACH = 40
_SURE = 0.3


@RULES.register
class ReorderedContent(Rule):
    """A segment's translation stands beside another segment's source.

    Anti-pattern: two paragraphs that changed places.
    Best practice: the order of the source. Evidence is that the translation shares no word with its own source (by
    lexicon, names and numbers) and most with another.
    """

    name = "reordered-content"
    code = "DOC003"
    severity = Severity.MAJOR
    mqm = "accuracy"
    needs_source = True
    supersedes = frozenset(
        {
            "detached-translation",
            "NUM",
            "NAME",
            "omitted-content",
            "added-content",
            "negation-mismatch",
            "modality-mismatch",
            "length-outlier",
            "paragraph-mismatch",
            "role-swap",
        }
    )

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        if article.alone:
            return
        segments = article.segments
        strangers = [
            position
            for position, segment in enumerate(segments)
            if segment.source_content is not None and are_unrelated(segment.source_content, segment.target_content)
        ]
        for position in strangers:
            target = segments[position].target_content
            for other in range(max(0, position - _REACH), min(len(segments), position + _REACH + 1)):
                source = segments[other].source_content
                if other == position or source is None:
                    continue
                said, meant = target.coverage(source), source.coverage(target)
                if min(said.share, meant.share) >= _SURE and said.covered > 1:
                    message = f"This translates segment {other + 1}, not this source (by lexicon, names and numbers)."
                    yield position, self.finding(message, segments[position].target.trimmed)
                    break
