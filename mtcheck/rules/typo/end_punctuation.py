from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.assertions import paired_sentences
from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import abbreviations, base_language
from mtcheck.core.text import Text
from mtcheck.core.types import SENTENCE_ROLES, Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_CLOSING = " \t\r\n\u00a0\u202f\"”“»«’‘'›‹)]*_」』）"
_MARKS = ".!?…:;,。！？：；，、।؟"
_SAME = str.maketrans("。！？：；，、।؟", ".!?:;,,.?")
_LEAST_WORDS = 4
_NOT_ASKED = "The source asks; the question mark is lost."
# Without full stops, or with marks of their own.
_OTHERWISE = frozenset(("th", "lo", "km", "my", "bo", "el", "hy", "am"))
_NOTE = re.compile(r"[.!?…][\"”’»«“]?\s[\[(][^\[\]()\n]{1,200}[\])]\s*$")
# The last mark within each quotation.
_QUOTED = re.compile(r"[\"“„»«][^\"“”„»«\n]{2,400}?(?P<mark>[.!?…,]?)[\"”“«»](?!\w)")
_LAST = re.compile(r"\S+$")
_STOP = re.compile(r"[^\W\d_]{2}[.!?…][\"”’»«“)\]]*(?=\s|$)")
_ADDRESS = re.compile(r"[/@#]|\w\.\w")
_ABBREVIATION = re.compile(r"(?:\w\.){2,}$|(?<!\w)\w\.$|\d\.$")


_ASKING = frozenset("?？؟")


@RULES.register
class EndPunctuation(SegmentRule):
    """The last mark of the source was lost or became another.

    Anti-pattern: `When does it open.` for `När öppnar det?`; a sentence of the body without its full stop.
    Best practice: a question stays a question, a sentence ends. Headlines with or without a full stop, a
    source without one and quotations that changed places are right.
    """

    name = "end-punctuation"
    code = "TYPO005"
    severity = Severity.MINOR
    mqm = "fluency/punctuation"
    needs_source = True

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target, source = segment.target, segment.source
        assert source is not None
        asked, mark = _last_mark(source.value), _last_mark(target.value)
        if not target:
            return
        if asked == mark:
            yield from self._lost_question(source, target)
            return
        if _OTHERWISE & {base_language(source.lang), base_language(target.lang)}:
            return
        message = _fault(asked, mark, segment, source)
        if message is None:
            return
        text = target.value.rstrip(_CLOSING)
        last = _LAST.search(text)
        if last is not None:
            word = last.group()
            lost = (asked == "?" and mark in (".", "")) or (asked == "." and not mark)
            bare = word[: len(word) - len(mark)] if mark else word
            fix = bare + asked if lost and bare[-1:].isalnum() and len(mark) < 2 else None
            yield self.finding(message, Span(*last.span()), fix=fix)

    def _lost_question(self, source: Text, target: Text) -> Iterator[Finding]:
        """A question among other sentences, or in a quotation, that ends as a statement."""
        if _questions(target) >= _questions(source):
            return
        asked_in, said_in = _QUOTED.findall(source.value), list(_QUOTED.finditer(target.value))
        if asked_in and len(asked_in) == len(said_in):
            for quote, other in zip(asked_in, said_in, strict=True):
                if quote == "?" and other["mark"] in (".", ","):
                    word = _LAST.search(target.value, 0, other.end("mark"))
                    assert word is not None
                    yield self.finding(_NOT_ASKED, Span(*word.span()), fix=word.group()[:-1] + "?")
            return
        for ours, theirs in paired_sentences(source, target):
            asked, mark = _last_mark(ours.of(source.value)), _last_mark(theirs.of(target.value))
            last = _LAST.search(theirs.of(target.value).rstrip(_CLOSING))
            if asked == "?" and mark == "." and last is not None:
                span = Span(theirs.start + last.start(), theirs.start + last.end())
                fix = span.of(target.value).rstrip(".") + "?"
                yield self.finding(_NOT_ASKED, span, fix=fix)


def _last_mark(text: str) -> str:
    """The marks at the end, of one kind whatever the script; an ellipsis is one mark."""
    end = text[-12:].rstrip(_CLOSING)
    mark = end[len(end.rstrip(_MARKS)) :]
    return mark if mark == "." else mark.translate(_SAME).replace("...", "…")


def _fault(asked: str, mark: str, segment: SegmentContext, source: Text) -> str | None:
    target = segment.target
    # A question counts as kept wherever it went: the one who asks may come first or last.
    if "?" in asked and "?" not in mark:
        return None if _questions(target) >= _questions(source) else _NOT_ASKED
    if "?" in mark and "?" not in asked:
        return None if _questions(source) >= _questions(target) else "The source does not ask."
    if segment.role not in SENTENCE_ROLES or not _is_sentence(target):
        return None
    if asked == "." and mark in ("", ",", ";"):
        if mark:
            return f"“{mark}” ends the sentence."
        if _NOTE.search(target.value) or (_stops(target) >= _stops(source) and _trails(target)):
            return None  # the sentence has its stop; what follows it is something else
        ends_short = _is_abbreviation(source) or _ADDRESS.search(_last_word(target.value))
        return None if ends_short else "The full stop is lost."
    if asked in ("", ".") and mark == "!" and "!" not in source.value and "！" not in source.value:
        return "The source does not exclaim."
    return None


def _stops(text: Text) -> int:
    return len(_STOP.findall(text.value))


def _trails(text: Text) -> bool:
    """True if what follows the last full stop is no sentence: an identifier, an agency's sign."""
    stops = list(_STOP.finditer(text.value))
    return not stops or len(text.value[stops[-1].end() :].split()) < _LEAST_WORDS


def _is_abbreviation(text: Text) -> bool:
    """True if the last full stop may be an abbreviation's."""
    last = _last_word(text.value)
    return bool(_ABBREVIATION.search(last)) or last.casefold().rstrip(".") in abbreviations(text.lang)


def _questions(text: Text) -> int:
    return sum(map(text.value.count, _ASKING))


def _last_word(text: str) -> str:
    return text.rstrip(_CLOSING)[-200:].rsplit(None, 1)[-1]


def _is_sentence(text: Text) -> bool:
    return len(text.folded_words) >= _LEAST_WORDS or not text.value.isascii()
