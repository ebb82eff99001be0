from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.rules.base import RULES, Rule

_OPENING = re.compile(
    r"\s*(?P<dash>[–—―-])(?:[ \u00a0\u202f]*[–—―])*(?:[ \u00a0\u202f]+(?=[\"“'‘(\[]?\w)|(?<=[–—―])(?=[\"“'‘]?[^\W\d_]))"
)
_ENDED = re.compile(r"[.!?…][\"”’»)\]]*\s*$")
_LEAST_WORDS = 3


@RULES.register
class DialogueDash(Rule):
    """A quotation opens with a dash in a language that quotes with marks.

    Anti-pattern: `– We are ready, says the mayor.` in English: the source's quotation dash was kept.
    Best practice: `“We are ready,” says the mayor.` Lists and drawn-out pauses are right, and so is
    the dash in Swedish, French, Spanish and other languages that use it.
    """

    name = "dialogue-dash"
    code = "TYPO001"
    severity = Severity.MINOR
    mqm = "locale-convention/quotation-marks"

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        for position, segment in enumerate(article.segments):
            if segment.target.language.dialogue_dash is not False:
                continue
            match = _OPENING.match(segment.target.value)
            if match and self._is_quotation(segment, match):
                name = segment.target.language.name
                yield (
                    position,
                    self.finding(f"{name} opens a quotation with quotation marks.", Span(*match.span("dash"))),
                )

    @staticmethod
    def _is_quotation(segment: SegmentContext, match: re.Match[str]) -> bool:
        """A sentence, and with a plain hyphen one that is said by somebody; not an item of a list."""
        target = segment.target
        if segment.role is Role.QUOTE:
            return True
        if segment.role in (Role.FACTBOX, Role.CREDIT, Role.BYLINE) or len(target.words) < _LEAST_WORDS:
            return False
        said = any(word.folded in target.language.attribution_verbs for word in target.words)
        if match["dash"] == "-":
            return said and bool(_ENDED.search(target.value))
        return said or bool(_ENDED.search(target.value))
