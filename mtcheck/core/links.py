"""Which words of a source and of its translation correspond, and which have no counterpart.

Evidence is a shared meaning in the lexicon, the same letters (names, numbers, cognates), or nothing. What
the lexicon does not know says nothing: only a known word without a counterpart is evidence of a fault.
"""

from __future__ import annotations

import unicodedata
from functools import cached_property
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

from mtcheck.core.lexicon import lexicon
from mtcheck.core.text import Text, Word

_COGNATE = 0.88
_LEAST_COGNATE = 5


class Link(NamedTuple):
    """Indices of two words that correspond (of `Text.words`), and the evidence: lexicon, same or cognate."""

    source: int
    target: int
    evidence: str


class Links:
    """The word correspondences of one segment. Words are `source.words` and `target.words`."""

    def __init__(self, source: Text, target: Text) -> None:
        self.source = source
        self.target = target

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All plausible correspondences; a word may take part in several."""
        return tuple(self._find())

    @cached_property
    def of_source(self) -> tuple[tuple[int, ...], ...]:
        """For each source word, the target words that it may be translated by."""
        found: list[list[int]] = [[] for _ in self.source.words]
        for link in self.links:
            found[link.source].append(link.target)
        return tuple(map(tuple, found))

    @cached_property
    def of_target(self) -> tuple[tuple[int, ...], ...]:
        """For each target word, the source words that it may translate."""
        found: list[list[int]] = [[] for _ in self.target.words]
        for link in self.links:
            found[link.target].append(link.source)
        return tuple(map(tuple, found))

    @cached_property
    def source_known(self) -> tuple[bool, ...]:
        """For each source word, whether it is a content word whose translations are known."""
        return _known(self.source)

    @cached_property
    def target_known(self) -> tuple[bool, ...]:
        """For each target word, whether it is a content word whose translations are known."""
        return _known(self.target)

    def _find(self) -> list[Link]:
        by_meaning: dict[str, list[int]] = {}
        by_form: dict[str, list[int]] = {}
        target_meanings = lexicon(self.target.lang).meanings
        for index, word in enumerate(self.target.words):
            folded = word.folded
            by_form.setdefault(folded, []).append(index)
            for meaning in target_meanings(folded):
                by_meaning.setdefault(meaning, []).append(index)
        found: list[Link] = []
        linked: set[int] = set()
        left: list[int] = []
        source_meanings = lexicon(self.source.lang).meanings
        for index, word in enumerate(self.source.words):
            folded = word.folded
            matches = dict.fromkeys(by_form.get(folded, ()), "same")
            for meaning in source_meanings(folded):
                for target in by_meaning.get(meaning, ()):
                    matches.setdefault(target, "lexicon")
            found += [Link(index, target, evidence) for target, evidence in matches.items()]
            linked.update(matches)
            if not matches and len(folded) >= _LEAST_COGNATE:
                left.append(index)
        rest = [i for i, word in enumerate(self.target.words) if i not in linked and len(word.text) >= _LEAST_COGNATE]
        found += [
            Link(i, j, "cognate") for i in left for j in rest if _cognates(self.source.words[i], self.target.words[j])
        ]
        return found


def _known(text: Text) -> tuple[bool, ...]:
    meanings = lexicon(text.lang).meanings
    return tuple(len(word.text) > 2 and bool(meanings(word.folded)) for word in text.words)


def _cognates(one: Word, other: Word) -> bool:
    a, b = _letters(one.folded), _letters(other.folded)
    return JaroWinkler.similarity(a, b, score_cutoff=_COGNATE) > 0


def _letters(word: str) -> str:
    """Base letters without their marks."""
    if word.isascii():
        return word
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
