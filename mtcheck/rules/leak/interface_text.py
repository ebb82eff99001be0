from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import language
from mtcheck.core.patterns import any_of
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_LABEL = 4
_SURE = 3
# Longer lines are text.
_LONGEST = 160
_TRIM = " \t\n.!:»>→›…·•|-–"


# Up to the end from the last mark that ends a sentence.
_LAST_WORDS = re.compile(r"[.!?][\"”’»)]*\s(?P<words>[^\s.!?][^.!?]*)$")
_LEAST_APPENDED = 2


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
    supersedes = frozenset({"repeated-sentence", "inconsistent-spelling", "added-content", "TYPO"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        span = _whole(target) or _fused(target.value, target.lang) or _appended(target)
        if span is None:
            return
        if not (segment.alone and source is not None and (_whole(source) or len(source.words) <= _LABEL)):
            yield self.finding(f"“{span.of(target.value)}” belongs to a web page, not to the text.", span)


@lru_cache(maxsize=64)
def _phrases(
    lang: str | None,
) -> tuple[frozenset[str], re.Pattern[str] | None, re.Pattern[str] | None, re.Pattern[str] | None]:
    """Lines; a beginning that every line of controls has; whole lines by form; and what is fused before text."""
    data = language(lang).interface
    patterns = any_of(data.patterns)
    phrases = _alternatives(data.line)
    starts = _alternatives(data.start)
    return (
        frozenset(data.line),
        # Several controls on one line: "Share article Copy link".
        re.compile(rf"(?:(?:{phrases})(?:[\s|·•,/–-]+|$)){{2,}}") if phrases else None,
        re.compile(patterns, re.IGNORECASE) if patterns else None,
        # Fused: the page's words, then the caption's own beginning, a capital or a quotation.
        re.compile(rf"\s*(?P<words>(?i:{starts}))[ \t:.]+(?=[\"“”'‘]?[A-ZÅÄÖÆØÜÉ])") if starts else None,
    )


@lru_cache(maxsize=64)
def _first_letters(lang: str | None) -> frozenset[str]:
    """The first three letters of the words fused before text, case folded."""
    return frozenset(phrase[:_SURE].casefold() for phrase in language(lang).interface.start)


def _alternatives(phrases: Iterable[str]) -> str:
    return any_of(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


def _whole(text: Text) -> Span | None:
    """The whole segment, if it is nothing but a page's words."""
    stripped = text.value.strip()
    if not stripped or len(stripped) > _LONGEST:
        return None
    lines, controls, patterns, _ = _phrases(text.lang)
    small = stripped.casefold()
    is_page = (
        small.strip(_TRIM) in lines
        or (controls is not None and controls.fullmatch(small))
        or (patterns is not None and patterns.fullmatch(stripped))
    )
    return text.trimmed if is_page else None


def _fused(text: str, lang: str | None) -> Span | None:
    """A page's words run into what follows; words in running text begin a sentence, not these."""
    if text[:_SURE].casefold() not in _first_letters(lang) and not text[:1].isspace():
        return None
    *_, starts = _phrases(lang)
    match = starts.match(text) if starts is not None else None
    return Span(match.start("words"), match.end("words")) if match else None


def _appended(text: Text) -> Span | None:
    """A page's words after the last full stop, which no sentence of an article leaves without one."""
    match = _LAST_WORDS.search(text.value.rstrip()[-_LONGEST:]) if not text.is_plain else None
    if match is None or (len(match["words"].split()) < _LEAST_APPENDED and not match["words"].isupper()):
        return None
    lines, _, patterns, _ = _phrases(text.lang)
    if match["words"].casefold() not in lines and not (patterns and patterns.fullmatch(match["words"])):
        return None
    end = len(text.value.rstrip())
    return Span(end - len(match["words"]), end)
