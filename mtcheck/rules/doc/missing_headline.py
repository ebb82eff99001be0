from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.context import ArticleContext
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.rules.base import RULES, Rule


@RULES.register
class MissingHeadline(Rule):
    """The source has a headline and the translation's is empty.

    Anti-pattern: an article that begins with its lead because the headline's field was not translated.
    Best practice: every headline translated. A bare translation without a source is not asked.
    """

    name = "missing-headline"
    code = "DOC001"
    severity = Severity.MAJOR
    mqm = "accuracy/omission"
    needs_source = True
    supersedes = frozenset({"empty-translation", "length-outlier", "NUM"})
    of_several = True

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        for position, segment in enumerate(article.segments):
            if segment.role is not Role.HEADLINE or segment.source is None or article.alone:
                continue
            text = segment.target.value
            if any(map(str.isalpha, segment.source.value)) and not any(map(str.isalnum, text)):
                yield position, self.finding("The headline has no translation.", Span(0, len(text)))
