"""A dictionary that looks up what it lacks, once a word: at C speed where most words were seen before."""

from __future__ import annotations

from typing import TypeVar

_MOST = 200_000
_LONGEST = 60

T = TypeVar("T")


class Memo(dict[str, T]):
    """What each word means by `look_up`; strange long words, and new ones when it is full, are not kept."""

    def __missing__(self, word: str) -> T:
        found = self.look_up(word)
        if len(self) < _MOST and len(word) < _LONGEST:
            self[word] = found
        return found

    def look_up(self, word: str) -> T:
        """What a word means."""
        raise NotImplementedError
