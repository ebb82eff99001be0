"""Words that are reason to read the values of a text once more: of fractions, noon, world wars, an order of two."""

from __future__ import annotations

import re
from functools import lru_cache, reduce
from operator import or_

from mtcheck.core.languages import language
from mtcheck.core.memo import Memo

# Bits that the signs of a word leave free (`core.signs`).
FRACTION, TURN, WAR, ORDER = (1 << bit for bit in range(16, 20))
_WORD = re.compile(r"[^\W\d_]+(?:[-‑][^\W\d_]+)*")


class _Cues(Memo[int]):
    def __init__(self, lang: str | None) -> None:
        super().__init__()
        values = language(lang).values
        self._kinds = [
            (bit, re.compile(words, re.IGNORECASE))
            for bit, words in (
                (FRACTION, "|".join(values.fractions.values())),
                (TURN, "|".join(filter(None, (values.noon, values.midnight_hour)))),
                (WAR, values.war),
                (ORDER, values.respectively),
            )
            if words
        ]

    def look_up(self, word: str) -> int:
        return sum(bit for bit, words in self._kinds if words.match(word))


@lru_cache(maxsize=64)
def _cues(lang: str | None) -> _Cues:
    return _Cues(lang)


def is_cue(word: str, lang: str | None) -> bool:
    """True of a word with which a value may be said without a number: noon, a world war, a fraction."""
    return bool(_cues(lang)[word] & (FRACTION | TURN | WAR))


def cues_of(word: str, lang: str | None) -> int:
    """The kinds of such words in a word as it is written, joined ones too, or-ed."""
    return reduce(or_, map(_cues(lang).look_up, _WORD.findall(word)), 0)
