"""Tokens that are no prose: addresses, file names, code.

Each token is looked at once, so that the time stays linear in the text, whatever it holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from mtcheck.core.types import Span

_TOKEN = re.compile(r"\S+")
_ADDRESS = re.compile(
    r"https?://|www\.|[^@\s]@[^@\s]{1,255}\.[a-z]|\w\.(?:com|org|net|se|de|eu|html?|php)\b|^24/7\b", re.IGNORECASE
)
# What every address holds: begins with what is found fast.
_MAYBE_ADDRESS = re.compile(r"[/@]|\.(?:com|org|net|se|de|eu|html?|php)\b|www\.", re.IGNORECASE)
_CODE = re.compile(r"[/\\=_<>{}#]|&#?\w{1,31};")


def address_spans(text: str) -> list[Span]:
    """Tokens that are addresses of pages, mailboxes or files."""
    if not _MAYBE_ADDRESS.search(text):
        return []
    return [Span(*match.span()) for match in _TOKEN.finditer(text) if _ADDRESS.search(match.group())]


def code_spans(text: str) -> list[Span]:
    """Tokens that are addresses, or hold characters that only code has."""
    return [
        Span(*match.span())
        for match in _TOKEN.finditer(text)
        if _CODE.search(match.group()) or _ADDRESS.search(match.group())
    ]


class SpanIndex:
    """Asks whether a span overlaps one of several that are in order and apart, in logarithmic time."""

    def __init__(self, spans: list[Span]) -> None:
        self._starts = [span.start for span in spans]
        self._spans = spans

    def overlaps(self, span: Span) -> bool:
        """True if `span` shares a code point with one of the spans."""
        at = bisect_right(self._starts, span.start)
        return any(self._spans[i].overlaps(span) for i in (at - 1, at) if 0 <= i < len(self._spans))
