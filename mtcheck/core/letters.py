"""Whose word a word is by its letters: which of two languages it is the likelier in.

Interpolated trigrams (Jelinek and Mercer 1980) of the letters of each language's vocabulary.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from mtcheck.core.lexicon import vocabulary

# So many sightings of what stands before a letter weigh as much as the shorter context does.
_PRIOR = 5.0
_ALPHABET = 40


class _Letters:
    """How a vocabulary's words are spelt."""

    def __init__(self, words: Iterable[str]) -> None:
        text = f" {' '.join(words)} "
        self._total = len(text)
        self._one = Counter(text)
        self._two = Counter(map("".join, pairwise(text)))
        self._three = Counter(map("".join, zip(text, text[1:], text[2:], strict=False)))

    def logarithm(self, word: str) -> float:
        """The natural logarithm of a case-folded word's probability."""
        text = f" {word} "
        total = 0.0
        for at in range(1, len(text)):
            chance = (self._one[text[at]] + 1) / (self._total + _ALPHABET)
            before = text[at - 1]
            chance = (self._two[text[at - 1 : at + 1]] + _PRIOR * chance) / (self._one[before] + _PRIOR)
            if at > 1:
                before = text[at - 2 : at]
                chance = (self._three[text[at - 2 : at + 1]] + _PRIOR * chance) / (self._two[before] + _PRIOR)
            total += math.log(chance)
        return total


@lru_cache(maxsize=64)
def _letters(lang: str) -> _Letters:
    return _Letters(vocabulary(lang))


def likelier(word: str, lang: str, other: str) -> float:
    """By how many nats a case-folded word is likelier in one base language than in another; 0 if one is not known."""
    if not (vocabulary(lang) and vocabulary(other)):
        return 0.0
    return _letters(lang).logarithm(word) - _letters(other).logarithm(word)
