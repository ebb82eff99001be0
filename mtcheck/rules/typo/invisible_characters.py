from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import base_language
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]+"
)
_MARKS = "\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069"
_JOINERS = "\u200c\u200d"
# Directional marks that text from right to left needs; overrides are never right.
_DIRECTIONAL = re.compile(f"[{_MARKS}]+")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINER = re.compile(f"[{_JOINERS}]+")
# Scripts that are joined or parted by joiners: Arabic, the Indic ones, Mongolian; emoji are built with them.
_JOINED = re.compile(
    r"[\u0600-\u08ff\u0900-\u0dff\u1800-\u18af\ufb50-\ufdff\ufe00-\ufe0f\ufe70-\ufefc\u2190-\u2bff\U0001f000-\U0001faff]"
)
# Scripts without spaces, where a zero-width space says where a line may break.
_BREAKS = frozenset(("th", "lo", "km", "my", "bo", "ja", "zh"))
_LINE = "\x0b\x0c\x85\u2028\u2029"


@RULES.register
class InvisibleCharacters(SegmentRule):
    """A character that nobody sees stands in the text and breaks searching, line breaking or the order of letters.

    Anti-pattern: a zero-width space or soft hyphen inside a word, a byte order mark, a control character,
    a directional override.
    Best practice: take them out. Joiners in Persian, Indic scripts and emoji, directional marks beside
    Hebrew or Arabic, break marks in Thai, and no-break spaces are right.
    """

    name = "invisible-characters"
    code = "TYPO009"
    severity = Severity.MINOR
    mqm = "fluency/character-encoding"
    supersedes = frozenset({"spacing"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        text = segment.target.value
        # Fast, and false for any text that holds one.
        if text.isprintable():
            return
        for match in _INVISIBLE.finditer(text):
            if _is_right(text, match, base_language(segment.target.lang)):
                continue
            run = match.group()
            name = unicodedata.name(run[0], "control character").lower()
            between = (
                text[match.start() - 1 : match.start()].isalnum() and text[match.end() : match.end() + 1].isalnum()
            )
            fix = " " if between and any(char in _LINE for char in run) else ""
            yield self.finding(f"An invisible character (U+{ord(run[0]):04X}, {name}).", Span(*match.span()), fix=fix)


def _is_right(text: str, match: re.Match[str], lang: str | None) -> bool:
    run = match.group()
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 2]
    if _JOINER.fullmatch(run):
        return bool(_JOINED.search(before + after))
    if _DIRECTIONAL.fullmatch(run):
        return bool(_RIGHT_TO_LEFT.search(text))
    return run.strip("\u200b") == "" and lang in _BREAKS
