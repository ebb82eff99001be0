from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.text import Text, count_words, fold
from mtcheck.core.types import SENTENCE_ROLES, Finding, Severity
from mtcheck.rules.base import RULES, Rule

# Captions, credits and page furniture repeat by nature.
_LEAST_WORDS = 5
_LEAST_LETTERS = 5
_END = re.compile(r"[.!?…。！？]\W+|\n")
_NOT_LETTERS = re.compile(r"[\W_]+")


@RULES.register
class RepeatedSentence(Rule):
    """A sentence stands again in the same article.

    Anti-pattern: a paragraph translated twice, or a sentence that the translator began again with.
    Best practice: the sentence once. What the source says twice is right, and so are captions,
    credits and short exclamations.
    """

    name = "repeated-sentence"
    code = "DUP006"
    severity = Severity.MAJOR
    mqm = "accuracy/addition"
    supersedes = frozenset({"repeated-phrase", "repeated-word", "length-outlier", "number-mismatch", "added-content"})

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        if not _may_repeat(article):
            return
        seen: dict[str, int] = {}
        twice_in_source = _repeated_in_source(article)
        for position, segment in enumerate(article.segments):
            if segment.role not in SENTENCE_ROLES:
                continue
            for sentence in segment.target.sentences:
                said = fold(sentence.of(segment.target.value))
                if count_words(said) < _LEAST_WORDS:
                    continue
                if said not in seen:
                    seen[said] = position
                elif not _source_repeats(article, seen[said], position, twice_in_source):
                    yield position, self.finding("The sentence stands twice in the article.", sentence)


def _may_repeat(article: ArticleContext) -> bool:
    """False if no piece between two ends of sentences stands twice: cheaper than the sentences themselves."""
    seen: set[str] = set()
    for segment in article.segments:
        if article.alone and len(segment.target.sentences) == 1:
            return False
        pieces = _END.split(segment.target.value)
        for piece in pieces:
            said = _NOT_LETTERS.sub("", piece).casefold()
            if len(said) >= _LEAST_LETTERS and said in seen:
                return True
            seen.add(said)
    return False


def _repeated_in_source(article: ArticleContext) -> set[int]:
    """Positions whose source holds a sentence that stands elsewhere in the source too."""
    places: dict[str, list[int]] = defaultdict(list)
    for position, segment in enumerate(article.segments):
        for said in _sentences(segment.source):
            places[said].append(position)
    return {position for found in places.values() if len(found) > 1 for position in found}


def _sentences(text: Text | None) -> Iterator[str]:
    if text is not None:
        for sentence in text.sentences:
            said = fold(sentence.of(text.value))
            if said:
                yield said


def _source_repeats(article: ArticleContext, first: int, second: int, repeated: set[int]) -> bool:
    one, other = article.segments[first], article.segments[second]
    if _alike(one, other) and first != second:
        return True
    return first in repeated and second in repeated


def _alike(one: SegmentContext, other: SegmentContext) -> bool:
    return one.source is not None and other.source is not None and one.source.folded == other.source.folded
