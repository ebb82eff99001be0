from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import known_languages, language
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_SIGNED = frozenset((Role.CREDIT, Role.BYLINE, Role.DATELINE))
_BRACKETS = frozenset("([/{<")
_SENTENCE_END = re.compile(r"[.!?…][\"”’»“)\]]*$")
# Up to the agency a dateline is a place and perhaps a date; a dash, a colon or a capital follows.
_DATELINE = re.compile(r"[^\W\d_][^.!?:;\n]{0,58}$")
_AFTER_DATELINE = re.compile(r"[–—:-]|[\"“”„«]?[A-ZÅÄÖÆØÉÜ]")
# A name is explained, not signed: “the news agency (TT)”, “Associated Press (AP)”.
_AGENCY_WORD = re.compile(
    r"[A-ZÅÄÖÆØÉÜ]|.*(?:agen|byr|büro|toimist|bureau|telegr|wire|dienst|press|partie|party|parti)", re.S
)
_LEAST_LETTERS = 3
# An agency's name with its colon.
_LONGEST_SIGN = 16


@RULES.register
class AgencyMarker(SegmentRule):
    """An agency's sign, an end mark or a note from desk to desk was left in the text.

    Anti-pattern: `The vote is on Friday. (TT)`, `/ritzau/`, `AP: Why now?`, `[EDS: corrects name]`, `ENDS`.
    Best practice: what agencies write for each other stays out. Credits, bylines, datelines
    (`BERLIN (dpa) –`) and an agency named as the source of news are right.
    """

    name = "agency-marker"
    code = "LEAK004"
    severity = Severity.MINOR
    mqm = "accuracy/addition"
    supersedes = frozenset(
        {
            "number-mismatch",
            "acronym-mismatch",
            "untranslated-words",
            "lowercase-start",
            "added-content",
            "end-punctuation",
        }
    )

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        if segment.role in _SIGNED:
            return
        text = segment.target.value
        stripped = text.rstrip()
        is_asked = ":" in text[:_LONGEST_SIGN] and segment.role is not Role.HEADLINE
        # All marks stand in brackets or slashes, before a question, or at the end without a full stop.
        if segment.target.chars.isdisjoint(_BRACKETS) and stripped[-1:] in '.?!”"' and not is_asked:
            return
        notes, ends, signs, bare, asked = _patterns()
        reached = 0
        found = [*notes.finditer(text), *ends.finditer(text)]
        if segment.role is not Role.CAPTION and not _is_credit(segment):
            found += [match for match in signs.finditer(text) if _is_left_over(text, match)]
            found += bare.finditer(text)
            if is_asked and (mark := asked.match(text)) and _asks(segment):
                found.append(mark)
        for match in sorted(found, key=lambda match: match.start("mark")):
            if match.start("mark") >= reached:
                reached = match.end("mark")
                yield self.finding(f"“{match['mark']}” is meant for editors.", Span(*match.span("mark")))


def _asks(segment: SegmentContext) -> bool:
    """True if either text ends with a question mark, which a translation may have lost."""
    return any(text is not None and text.value.rstrip().endswith("?") for text in (segment.target, segment.source))


def _is_credit(segment: SegmentContext) -> bool:
    return any(mark in segment.target.value for mark in segment.target.language.credit_marks)


def _is_left_over(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start("mark")].rstrip(), text[match.end("mark") :].lstrip()
    if _DATELINE.match(before[-60:]) and len(before) < 60 and before[0].isupper() and _AFTER_DATELINE.match(after):
        return False
    if not before and (not after.strip(".") or _AFTER_DATELINE.match(after)) and match["mark"][0] != "/":
        return False  # a line of credit, or the agency before the place
    if not before or _SENTENCE_END.search(before[-4:]) or match["mark"][0] == "/":
        return True
    word = before[-40:].split()[-1]
    if _AGENCY_WORD.match(word):
        return False
    return after in ("", ".") or (len(match["agency"]) >= _LEAST_LETTERS and after[:1].islower())


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Notes, end marks and signs of every language: wire copy travels with the marks of its origin."""
    every = [language(None), *map(language, known_languages())]
    notes = _alternatives(data.desk_instructions for data in every)
    ends = _alternatives(data.end_marks for data in every)
    last = _alternatives(data.end_words for data in every)
    agency = _alternatives([re.escape(name) for name in data.agencies] for data in every)
    several = rf"©?\s?(?P<agency>{agency})(?:\s?[/,+–-]\s?(?:{agency}|[a-zæøåäö]{{2,5}}))*"
    slashed = rf"(?i:{agency})(?:[-–](?i:{agency}))*"
    return (
        re.compile(rf"(?P<mark>[\[(]{{1,2}}\s?(?i:{notes})[^\])\n]{{0,300}}[\])]{{1,2}})"),
        re.compile(
            rf"(?:^|(?<=[.!?”\"»)])\s|\n)\s{{0,8}}(?P<mark>[\[(]\s?(?i:{ends})\s?[\])]|[/*–—-]{{1,2}}\s?(?i:{ends})\s?[/*–—-]{{1,2}}"
            rf"|(?:{ends.upper()})|-[03]?0-|\#{{3}})\.?\s{{0,8}}(?=$|\n)"
        ),
        re.compile(rf"(?P<mark>[(\[]\s?{several}\s?[)\]]|(?<![\w/.])/{slashed}/(?![\w/])|^/{slashed}(?=\s*$))"),
        # An agency with its writers' initials after the last sentence, or an end mark in its place.
        re.compile(
            rf"(?:(?<=[a-zåäöæøéü]{{2}}[.!?])[\"”»]?\s{{1,8}}|(?<=[a-zåäöæøéü]{{2}})\s(?=(?:{last})\s*$))"
            rf"(?P<mark>(?:{agency})(?:[/-](?:{agency}|[a-zæøåäö]{{2,5}}))*|{last})\s*$"
        ),
        # The agency asks: its sign before a question to whom it interviews.
        re.compile(rf"\s*(?P<mark>(?:{agency}):)\s"),
    )


def _alternatives(lists: Iterable[list[str]]) -> str:
    words = {word for found in lists for word in found}
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))
