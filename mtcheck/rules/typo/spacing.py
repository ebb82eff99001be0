from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.codes import SpanIndex, code_spans
from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import base_language
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_WIDE = re.compile(r"(?<=\S)(?<!\|) {2,}(?=[^\s|])")
_BEFORE_MARK = re.compile(r"(?<=[\w)\]\"”’»])(?P<gap>[ \u00a0]+)(?P<mark>[,;:!?.])(?=\s|$|[\"”’»)])")
_AFTER_OPENING = re.compile(r"(?<![\w)])[(\[](?P<gap>[ \u00a0]+)(?=[^\W\d_])")
_BEFORE_CLOSING = re.compile(r"(?<=[^\W\d_]|[.!?])(?P<gap>[ \u00a0]+)[)\]]")
_MISSING_AFTER_STOP = re.compile(
    r"(?<![\w.@/\\-])(?:[^\W\d_]{2,}|\d{4})(?P<mark>[.!?])(?=[^\W\d_](?<![a-zåäöæøéü])[a-zåäöæøéü]+)"
)
_MISSING_AFTER_COMMA = re.compile(r"(?<=[a-zåäöæøéü]{2})(?P<mark>[,;])(?=[^\W\d_]{2,})")
# A mark with nothing after it but a letter: what the two above have in common, and most texts lack.
_CLOSE = re.compile(r"[.!?,;][^\W\d_]")
_LOOSE = re.compile(r"[ \u00a0][,;:!?.]")
# A closing quotation mark, before a comma or full stop, that stands off from its words: afraid ", she said.
_BEFORE_QUOTE = re.compile(r"(?<=[\w.,!?])(?P<gap>[ \u00a0]+)[\"”](?=[,;:?!)]|\.(?![.\w]))")
_LOOSE_QUOTE = re.compile(r"[ \u00a0][\"”][,.;:?!)]")
_BRACKETS = frozenset("()[]")
# Languages written without spaces, or with rules of their own for them.
_UNSPACED = {"zh", "ja", "th", "lo", "km", "my", "bo"}


@RULES.register
class Spacing(SegmentRule):
    """A space too many or too few around words and punctuation.

    Anti-pattern: `the  board`, `on Friday , he said`, `It is late.The road is closed`.
    Best practice: one space between words, none before a comma or full stop, one after. French keeps a
    space before `; : ! ? »`; addresses, file names and what the source writes the same way are right.
    """

    name = "spacing"
    code = "TYPO006"
    severity = Severity.MINOR
    mqm = "fluency/typography"
    of_marks = True

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        if base_language(target.lang) in _UNSPACED:
            return
        text = target.value
        source = segment.source.value if segment.source is not None else ""
        codes: SpanIndex | None = None
        for finding in self._findings(target, source):
            codes = codes or SpanIndex(code_spans(text))
            if not codes.overlaps(finding.target_span):
                yield finding

    def _findings(self, target: Text, source: str) -> Iterator[Finding]:
        text, spaced = target.value, target.language.spaced_punctuation
        if "  " in text and "  " not in source:
            for match in _WIDE.finditer(text):
                yield self.finding("More than one space.", Span(*match.span()), fix=" ")
        for match in _BEFORE_MARK.finditer(text) if _LOOSE.search(text) else ():
            if match["mark"] in spaced or f" {match['mark']}" in source:
                continue
            if match["mark"] == "." and re.match(r"\.\s?\.", text[match.start("mark") :]):
                continue  # a spaced ellipsis
            span = Span(match.start("gap"), match.end("mark"))
            yield self.finding(f"A space before “{match['mark']}”.", span, fix=match["mark"])
        for match in _BEFORE_QUOTE.finditer(text) if _LOOSE_QUOTE.search(text) else ():
            if match.group() not in source:
                yield self.finding(
                    "A space before the closing quotation mark.", Span(*match.span()), fix=match.group()[-1]
                )
        for pattern in () if target.chars.isdisjoint(_BRACKETS) else (_AFTER_OPENING, _BEFORE_CLOSING):
            for match in pattern.finditer(text):
                yield self.finding("A space inside the bracket.", Span(*match.span("gap")), fix="")
        for pattern in (_MISSING_AFTER_STOP, _MISSING_AFTER_COMMA) if _CLOSE.search(text) else ():
            for match in pattern.finditer(text):
                if _token(text, match.start("mark")) in source:
                    continue
                after = match.end("mark")
                span = Span(match.start("mark"), after + 1)
                yield self.finding(f"No space after “{match['mark']}”.", span, fix=f"{match['mark']} {text[after]}")


def _token(text: str, position: int) -> str:
    """The run of characters without white space around a position."""
    start, end = position, position
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end]
