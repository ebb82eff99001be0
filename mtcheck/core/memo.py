"""A dictionary that looks up what it lacks, once a word: at C speed where most words were seen before."""

from __future__ import annotations

from sys import intern
from typing import TypeVar

_MOST = 1 << 13
_LONGEST = 60

T = TypeVar("T")


class Memo(dict[str, T]):
    """What each word means by `look_up`; strange long words are not kept, and when it is full it begins anew."""

    def __missing__(self, word: str) -> T:
        found = self.look_up(word)
        if len(word) < _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[intern(word)] = found  # one object for all that know the word
        return found

    def look_up(self, word: str) -> T:
        """What a word means."""
        raise NotImplementedError
