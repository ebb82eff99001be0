from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from operator import eq

from mtcheck.core.context import SegmentContext
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_LONGEST_NAME = 3


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
        folded = target.folded_words
        if not any(map(eq, folded, folded[1:])):
            return
        words = target.words
        opening = {sentence.start for sentence in target.sentences}
        for position, (first, second) in enumerate(pairwise(words)):
            if first.folded != second.folded or not first.text.isalpha():
                continue
            if len(first.text) < 2 and first.folded not in target.language.function_words:
                continue
            if target.value[first.end : second.start].strip(" \u00a0\n") or _is_right(target, position, opening):
                continue
            # A source that doubles a word too is rhetoric.
            if segment.source is not None and _has_double(segment.source):
                return
            yield self.finding(f"“{first.text}” stands twice.", Span(first.start, second.end), fix=first.text)


def _is_right(text: Text, position: int, opening: set[int]) -> bool:
    """True if grammar, emphasis or a name doubles the word at `position`."""
    words, language = text.words, text.language
    first, second = words[position], words[position + 1]
    if first.folded in language.repeatable_words:
        # What it was was luck; but a name alone is no clause that ends in a verb.
        return first.folded not in language.repeatable_copulas or not _follows_name(text, position, opening)
    before = words[position - 1].folded if position else ""
    if first.folded in language.repeatable_after_attribution and before in language.attribution_verbs:
        return True
    is_function_word = first.folded in language.function_words
    if second.text[0].isupper():
        # A name, unless it is a word that names do not consist of and that opens the sentence.
        return not is_function_word or not opening & {first.start, first.start - 1, first.start - 2}
    # Three in a row is emphasis or a chorus (the loop rule sees real loops).
    after = words[position + 2].folded if position + 2 < len(words) else ""
    return not is_function_word and first.folded in (before, after)


def _follows_name(text: Text, position: int, opening: set[int]) -> bool:
    """True if the sentence up to the word at `position` is a name, of three words at most."""
    for word in reversed(text.words[max(0, position - _LONGEST_NAME) : position]):
        if not word.text[0].isupper() or word.folded in text.language.function_words:
            return False
        if word.start in opening:
            return True
    return False


def _has_double(text: Text) -> bool:
    return any(
        first.folded == second.folded and not text.value[first.end : second.start].strip(" \u00a0,")
        for first, second in pairwise(text.words)
    )
