from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

# Two dashes of their own, parted by white space; or joined, where they open the text.
_APART = re.compile(r"(?P<first>[–—―-])(?<![^\s\"“”„«»'‘(].)[ \t\u00a0\u202f]+(?P<second>[–—―-])(?=\s|$)")
_JOINED = re.compile(r"^\s*(?P<first>[–―])(?P<second>[–―])(?=\s)")

_LONG = frozenset("–—―")


@RULES.register
class DoubledDash(SegmentRule):
    """A dash stands twice where one opens a quotation or sets off a clause.

    Anti-pattern: `– – We are ready for the winter.` The translator repeated the quotation dash.
    Best practice: one dash, or the quotation marks of the target language.
    """

    name = "doubled-dash"
    code = "DUP001"
    severity = Severity.MAJOR
    mqm = "fluency/typography"
    of_marks = True
    supersedes = frozenset({"dialogue-dash", "spacing", "doubled-punctuation"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        text = segment.target.value
        # The hyphens inside words are no dashes.
        if segment.target.chars.isdisjoint(_LONG) and "- " not in text and "-\u00a0" not in text:
            return
        if not segment.target.has_letters:
            return
        for pattern in (_APART, _JOINED):
            for match in pattern.finditer(text):
                if self._is_rule_or_table(text, match):
                    continue
                dash = next((m for m in (match["first"], match["second"]) if m != "-"), "-")
                span = Span(match.start("first"), match.end())
                yield self.finding("The dash stands twice.", span, fix=dash)

    @staticmethod
    def _is_rule_or_table(text: str, match: re.Match[str]) -> bool:
        """A run of three or more dashes is a drawn line or empty table cells."""
        around = text[max(0, match.start() - 4) : match.end() + 4]
        return len(re.findall(r"[–—―-]", around)) > 2
