from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from mtcheck.core.context import SegmentContext
from mtcheck.core.identify import looks_like
from mtcheck.core.languages import base_language
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Role, Severity
from mtcheck.rules.base import RULES, SegmentRule

_SAME = 0.9
# With marks and capitals: below it letters and digits alone are not the same.
_ALIKE = 0.6
_LEAST_WORDS = 2
_SURE = 0.75
# Words in lower case that are no code: without them a text is names, numbers or a command.
_LEAST_PLAIN_WORDS = 2


@RULES.register
class UntranslatedSegment(SegmentRule):
    """A segment was left in the source language.

    Anti-pattern: a Swedish sentence word for word in the English text.
    Best practice: a translation. Names, numbers, addresses, code and text that is the same in both
    languages are right.
    """

    name = "untranslated-segment"
    code = "LANG001"
    severity = Severity.CRITICAL
    mqm = "accuracy/untranslated"
    needs_source = True
    supersedes = frozenset(
        {
            "spacing",
            "doubled-punctuation",
            "dialogue-dash",
            "repeated-word",
            "wrong-language",
            "foreign-quotes",
            "TERM",
            "untranslated-words",
        }
    )

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not target or segment.role in (Role.CREDIT, Role.BYLINE):
            return
        languages = base_language(source.lang), base_language(target.lang)
        if None in languages or languages[0] == languages[1]:
            return
        if 2 * len(segment.kept_words) < len(set(target.raw_words)) or not _is_prose(target):
            return
        if not _is_left(source, target):
            return
        yield self.finding("The segment was left in the source language.", target.trimmed)


def _is_prose(text: Text) -> bool:
    plain = [word for word in text.raw_words if word.islower() and word.isalpha() and len(word) > 1]
    return len(text.raw_words) >= _LEAST_WORDS and len(plain) >= _LEAST_PLAIN_WORDS and not _is_code(text.value)


def _is_code(text: str) -> bool:
    return any(mark in text for mark in ("://", "{", "}", "()", "--", '="', "</", "$", "\\"))


def _is_left(source: Text, target: Text) -> bool:
    """The same letters, and not a text that is right in both languages."""
    if Levenshtein.normalized_similarity(source.value, target.value, score_cutoff=_ALIKE) < _ALIKE:
        return False
    if Levenshtein.normalized_similarity(source.folded, target.folded) < _SAME:
        return False
    return looks_like(target.value, source.lang or "", target.lang or "") >= _SURE
