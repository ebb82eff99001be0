from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mtcheck.core.context import SegmentContext
from mtcheck.core.text import Text, Word
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class RepeatedWord(SegmentRule):
    """A word stands twice in a row.

    Anti-pattern: `The the council`, `decided to to wait`.
    Best practice: the word once. What grammar or emphasis doubles (`had had`, `very very`), names
    (`Duran Duran`) and what the source doubles too is right.
    """

    name = "repeated-word"
    code = "DUP004"
    severity = Severity.MINOR
    mqm = "fluency/grammar"

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        target = segment.target
        if target.language.reduplicates:
            return
        words = target.words
        for first, second in pairwise(words):
            if first.folded != second.folded or not first.text.isalpha():
                continue
            if len(first.text) < 2 and first.folded not in target.language.function_words:
                continue
            if target.value[first.end : second.start].strip(" \u00a0\n") or self._is_right(segment, first, second):
                continue
            yield self.finding(f"“{first.text}” stands twice.", Span(first.start, second.end), fix=first.text)

    @staticmethod
    def _is_right(segment: SegmentContext, first: Word, second: Word) -> bool:
        target = segment.target
        if first.folded in target.language.repeatable_words:
            return True
        if first.folded in target.language.repeatable_after_attribution and _follows_attribution(target, first):
            return True
        if segment.source is not None and _has_double(segment.source):
            return True
        is_function_word = first.folded in target.language.function_words
        # A capital on the second word means a name, unless it is a word that names do not consist of.
        if second.text[0].isupper() and not (is_function_word and second.text.islower()):
            return not is_function_word or not _opens_sentence(target, first)
        # Three in a row is emphasis or a chorus (the loop rule sees real loops).
        return not is_function_word and _runs(target, first) > 2


def _has_double(text: Text) -> bool:
    return any(
        first.folded == second.folded and not text.value[first.end : second.start].strip(" \u00a0,")
        for first, second in pairwise(text.words)
    )


def _follows_attribution(text: Text, word: Word) -> bool:
    position = text.words.index(word)
    return position > 0 and text.words[position - 1].folded in text.language.attribution_verbs


def _opens_sentence(text: Text, word: Word) -> bool:
    return any(sentence.start <= word.start <= sentence.start + 2 for sentence in text.sentences)


def _runs(text: Text, word: Word) -> int:
    """How many times the word stands in a row around here."""
    position = text.words.index(word)
    start = end = position
    while start and text.words[start - 1].folded == word.folded:
        start -= 1
    while end + 1 < len(text.words) and text.words[end + 1].folded == word.folded:
        end += 1
    return end - start + 1
