"""What is known of a word by itself, looked up once a word for all who ask.

Each module that has something to ask of single words makes a column of it; a text has its words' columns at once.
Where few words answer yes, and a text none as a rule, the question is a sign: a bit of the text's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

from mtcheck.core.memo import Memo

T_co = TypeVar("T_co", covariant=True)


class Column(Generic[T_co]):
    """One question asked of words as they are written: `of` makes for a language what answers it."""

    def __init__(self, of: Callable[[str | None], Callable[[str], T_co]]) -> None:
        self.of = of
        self.number = len(_columns)
        _columns.append(self)
        _known.cache_clear()


_columns: list[Column[Any]] = []
_asked: list[tuple[int, Callable[[str | None], Callable[[str], object]]]] = []
# Below are the bits of `core.signs` and `core.cues`.
_FIRST_BIT = 20


def new_sign(of: Callable[[str | None], Callable[[str], object]]) -> int:
    """The bit of the words to which the answer is yes: `of` makes for a language what answers it."""
    bit = 1 << _FIRST_BIT + len(_asked)
    _asked.append((bit, of))
    _known.cache_clear()
    return bit


def asked_signs(lang: str | None) -> Callable[[str], int]:
    """What gives the bits of `new_sign` that a word has."""
    asked = [(bit, of(lang)) for bit, of in _asked]
    return lambda word: sum(bit for bit, answer in asked if answer(word))


class _Known(Memo[tuple[Any, ...]]):
    def __init__(self, lang: str | None) -> None:
        super().__init__()
        self._answers = [column.of(lang) for column in _columns]

    def look_up(self, word: str) -> tuple[Any, ...]:
        return tuple([answer(word) for answer in self._answers])


@lru_cache(maxsize=64)
def _known(lang: str | None) -> _Known:
    return _Known(lang)


def columns_of(words: Sequence[str], lang: str | None) -> Sequence[tuple[Any, ...]]:
    """The answers to each column's question, in the order of the words."""
    return tuple(zip(*map(_known(lang).__getitem__, words), strict=True)) or [()] * len(_columns)
