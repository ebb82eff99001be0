from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_GUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_URN = r"urn:[a-z0-9][a-z0-9-]{1,31}:[^\s<>\"“”]+"
# A slug of lower-case parts that ends in a number or a version: nytt-general-07, nyheter_inrikes_2281, strike-NEW2.
_VERSION = r"(?:\d+[a-z]?|(?=[a-z]*\d)[a-z0-9]{6,}|[A-Z]{1,4}\d{1,3})"
_SLUG = rf"[a-zåäöæøüß]{{2,}}[a-z0-9åäöæøüß]*(?:[-_/.][a-z0-9åäöæøüß]+)*[-_/.]{_VERSION}"
_UPPER_SLUG = r"[A-ZÅÄÖ]{2,}(?:[-_][A-ZÅÄÖ0-9]+)+[-_]\d{2,}"
_KEYED = r"(?:(?:[^\W\d_]{3,12}[-_ ]?)?id|slug|guid|uuid|node|ref|cms)\s?[:=#/]\s?[\w./-]*\d[\w./-]*"

# Any one token of letters, digits and at least three separators: world/energy/report-2025-10-09-a1.
_LONG = r"(?=\S*\d)(?=\S*[A-Za-z])[\w.:]+(?:[-_/][\w.:]+){3,}"
# One of three parts that ends in a letter and a digit: storm-LIVE-mailing3.
_NUMBERED = r"[a-zåäöæøüß]{2,}(?:[-_][^\W_]+)+[-_][^\W_]*[^\W\d_]\d{1,3}"
# An agency's number of a report: dpa:250131-930-412345/1.
_REPORT = r"(?:©\s?)?(?:[\w.-]{2,20},\s)?[A-Za-z]{2,8}:\d{5,8}(?:-\d+){2,}(?:/\d+)?"

_ANYWHERE = re.compile(rf"(?<![\w/=-])(?:{_GUID}|{_URN})(?![\w-])")
_WHOLE = re.compile(
    rf"\[?#?(?:{_SLUG}|{_UPPER_SLUG}|{_KEYED}|{_LONG}|{_NUMBERED}|{_REPORT}|[a-z]{{2,}}(?:_[a-z0-9]+){{2,}})\]?",
    re.UNICODE,
)
_KEYED_WHOLE = re.compile(rf"\[?(?:{_KEYED})\]?", re.IGNORECASE)
# After the end of a sentence, or fused to its last word, at the end of the segment.
_TAIL = re.compile(
    r"(?:(?<=[.!?\"”»)])\s*|(?<=\s))"
    r"(?P<id>[a-zåäöæøü]{2,}(?:[-_][a-z0-9åäöæøü]{2,})*[-_]\d{2,}(?:[-_][a-z0-9]{1,8})*)$"
)
# After the end of a sentence any token of three parts or more that holds a digit: brand-chemnitz-v2_final.
_AFTER_SENTENCE = re.compile(r"(?<=[.!?\"”»)])\s+(?P<id>(?=\S*\d)[^\W_]{2,}(?:[-_][^\W_]+){2,})$")
# A template's gap that nobody filled.
_PLACEHOLDER = re.compile(r"(?:%%|\{\{|\[\[|\$\{|<%|##)[\w .:|-]{1,60}(?:%%|\}\}|\]\]|\}|%>|##)")
# Identifiers are short; longer text is not searched for one at its end.
_LONGEST = 120
# Of a GUID, but for one.
_HYPHENS = 3
_ADDRESS = re.compile(r"(?:https?:|www\.)", re.IGNORECASE)
# What looks like a slug and is a word or an address.
_WORDS = re.compile(
    r"(?:covid|sars-cov|formula|top|sub|mid|pre|post|u|under|over|euro|omega|vitamin|apollo|windows)[-_]\d+",
    re.IGNORECASE,
)


@RULES.register
class CmsIdentifier(SegmentRule):
    """An identifier of the content system stands in the text.

    Anti-pattern: `nytt-general-07` on a line of its own, a GUID, `urn:newsml:…`.
    Best practice: identifiers travel as metadata. Names such as covid-19 or F-16 are words.
    """

    name = "cms-identifier"
    code = "LEAK002"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    supersedes = frozenset(
        {
            "NUM",
            "TYPO",
            "length-outlier",
            "untranslated-segment",
            "untranslated-words",
            "repeated-sentence",
            "added-content",
        }
    )

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        text = segment.target.value
        # In a loose pair the source's own identifiers are content: software strings, product data.
        known = segment.source.value if segment.alone and segment.source is not None else ""
        for span in self._identifiers(text):
            if span.of(text) not in known:
                yield self.finding(f"“{span.of(text)}” is an identifier, not text.", span)

    @staticmethod
    def _identifiers(text: str) -> Iterator[Span]:
        stripped = text.strip()
        start = len(text) - len(text.lstrip())
        # One token, or one that is keyed or framed.
        is_short = len(stripped) <= _LONGEST and not (stripped[-1:] in ".?!" and " " in stripped)
        whole = is_short and (
            _WHOLE.fullmatch(stripped) or _KEYED_WHOLE.fullmatch(stripped) or _PLACEHOLDER.fullmatch(stripped)
        )
        if whole and not (_WORDS.fullmatch(stripped) or _ADDRESS.match(stripped)):
            yield Span(start, start + len(stripped))
            return
        if "urn:" in text or text.count("-") > _HYPHENS:
            for match in _ANYWHERE.finditer(text):
                yield Span(*match.span())
        end = text.rstrip()
        if not end[-1:].isalnum():
            return
        offset = max(0, len(end) - _LONGEST)
        tail = _TAIL.search(end[offset:]) or _AFTER_SENTENCE.search(end[offset:])
        # Running text may end in a word with a number; an identifier stands after the sentence or has more parts.
        if tail and not _WORDS.fullmatch(tail["id"]) and (tail["id"].count("-") + tail["id"].count("_") > 1):
            yield Span(offset + tail.start("id"), offset + tail.end("id"))
