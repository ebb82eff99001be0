from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_TRIM = " \t\n.!:»>→›…·•|-–"


@RULES.register
class InterfaceText(SegmentRule):
    """Words of the web page around an article stand in its text.

    Anti-pattern: `Published: Just now`, `Read more`, or a button that ran into the caption after it:
    `full screen The president at the summit.`
    Best practice: the page's own words are left out. A loose pair whose source is such a label too is
    an interface string, and its translation is right.
    """

    name = "interface-text"
    code = "LEAK001"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    supersedes = frozenset({"repeated-sentence", "inconsistent-spelling", "lowercase-start", "spacing"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source = segment.source
        if segment.alone and source is not None and (_whole(source) or len(source.words) <= 4):
            return
        target = segment.target
        span = _whole(target)
        if span is None:
            span = _fused(target.value, target.lang)
        if span is not None:
            yield self.finding(f"“{span.of(target.value)}” belongs to a web page, not to the text.", span)


@lru_cache(maxsize=64)
def _phrases(lang: str | None) -> tuple[frozenset[str], re.Pattern[str] | None, re.Pattern[str] | None]:
    data = language(lang).interface
    patterns = "|".join(f"(?:{pattern})" for pattern in data.patterns)
    # Several controls on one line: "Share article Copy link".
    phrases = "|".join(re.escape(phrase) for phrase in sorted(data.line, key=len, reverse=True))
    if phrases:
        patterns += f"{'|' if patterns else ''}(?:(?:{phrases})(?:[\\s|·•,/–-]+|$)){{2,}}"
    starts = "|".join(re.escape(phrase) for phrase in sorted(data.start, key=len, reverse=True))
    return (
        frozenset(data.line),
        re.compile(patterns, re.IGNORECASE) if patterns else None,
        # Fused: the page's words, then the caption's own beginning, a capital or a quotation.
        re.compile(rf"\s*(?P<words>(?i:{starts}))[ \t:.]+(?=[\"“”'‘]?[A-ZÅÄÖÆØÜÉ])") if starts else None,
    )


def _whole(text: Text) -> Span | None:
    """The whole segment, if it is nothing but a page's words."""
    lines, patterns, _ = _phrases(text.lang)
    stripped = text.value.strip()
    is_page = stripped.strip(_TRIM).casefold() in lines or (patterns is not None and patterns.fullmatch(stripped))
    return text.trimmed if is_page else None


def _fused(text: str, lang: str | None) -> Span | None:
    """A page's words run into what follows; words in running text begin a sentence, not these."""
    _, _, starts = _phrases(lang)
    match = starts.match(text) if starts is not None else None
    return Span(match.start("words"), match.end("words")) if match else None
