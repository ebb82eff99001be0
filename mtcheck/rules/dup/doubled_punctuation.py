from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import abbreviations
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_GAP = r"[ \u00a0\u202f]?"
_DOUBLED = re.compile(
    # The same mark twice, with a space between or not; two full stops are told from an ellipsis.
    rf"(?P<same>(?P<mark>[,;:]){_GAP}(?P=mark)|(?<![.…/\\])\.\.(?![./\\\w])|(?<![.\s])\. \.(?![ .]?\.)(?=\s|$))"
    # Two marks that never follow each other.
    r"|(?P<end>\.,(?=[\"”’»)]*\s*$))|(?P<stop>(?<=[a-zåäöæøéèüß])\.,)"
    r"|(?P<mixed>,\.(?![\d.])|[;,]:(?![-)(DPp/])|[:;],|;\.(?!\w)|(?<=[a-zåäöæøéèüß])[!?]\.(?![.\w])|(?<=\w),;)"
    # Quotation marks that open or close twice.
    r"|(?P<quote>““|””(?!”)|„„|««|»»)"
    # A mark that the source has once.
    r"|(?P<asked>(?<![?!])(?:\?\?|!!)(?![?!]))"
    r"|(?P<cjk>(?P<wide>[、。，；：])\s?(?P=wide))"
)
# Any two marks beside each other: what most texts lack.
_NEIGHBOURS = re.compile(r"[.,;:!?“”„«»、。，；：][ \u00a0\u202f]?[.,;:!?“”„«»、。，；：]")
_LEAST_WORD = 5
_KEEP = {",.": ".", ",:": ":", ";:": ":", ":,": ":", ";,": ";", ";.": ".", ",;": ";", "!.": "!", "?.": "?", ".,": ","}


@RULES.register
class DoubledPunctuation(SegmentRule):
    """A punctuation mark stands twice, or beside one that excludes it.

    Anti-pattern: `The vote is on Friday,, he said.` or `It was late..`
    Best practice: one mark. Ellipses (`...`, `…`), `?!` and an abbreviation's full stop before a comma
    are right.
    """

    name = "doubled-punctuation"
    code = "DUP002"
    severity = Severity.MINOR
    mqm = "fluency/typography"
    of_marks = True
    supersedes = frozenset({"spacing", "unbalanced-quotes", "repeated-word"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        text = segment.target.value
        if not _NEIGHBOURS.search(text):
            return
        for match in _DOUBLED.finditer(text):
            doubled = match.group()
            # A loose pair may be a string of software, where the source says what belongs there.
            if self._is_code(text, match) or (segment.alone and segment.source and doubled in segment.source.value):
                continue
            # German and others write ,,Wort'' for „Wort“ on keyboards without it.
            if (
                doubled == ",,"
                and re.match(r"\w", text[match.end() : match.end() + 1])
                and text[: match.start()][-1:] in ("", " ", "(")
            ):
                continue
            if match["asked"] and (segment.source is None or doubled in segment.source.value):
                continue
            if match["stop"] and not _ends_sentence(segment, match.start()):
                continue
            compact = re.sub(r"\s", "", doubled)
            yield self.finding(
                f"The mark “{compact[0]}” stands twice."
                if compact[0] == compact[-1]
                else f"“{doubled}” cannot follow one another.",
                Span(*match.span()),
                fix="." if match["end"] else _KEEP.get(compact, compact[0]),
            )

    @staticmethod
    def _is_code(text: str, match: re.Match[str]) -> bool:
        """`std::vector`, `a::b`, `;;` in a command line, a character reference before a mark."""
        if re.search(r"&#?\w+$", text[: match.start()]) and match.group()[0] == ";":
            return True
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        return match.group() in ("::", ";;") and (after.isalnum() or not (before.isalnum() or before.isspace()))


def _ends_sentence(segment: SegmentContext, stop: int) -> bool:
    """True if the full stop follows a plain word, which is no abbreviation: budget., but not approx.,"""
    word = next((word for word in segment.target.words if word.end == stop), None)
    if word is None or len(word.text) < _LEAST_WORD or not word.text.islower():
        return False
    return word.text not in abbreviations(segment.target.lang)
