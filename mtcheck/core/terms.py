"""Terms in a text, in any inflected form: words are compared by their stems (Snowball), in a row.

Scandinavian words in -el, -en and -er that drop their vowel have no common stem (varsel, varslet; regel, reglerna).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.languages import base_language
from mtcheck.core.lexicon import lexicon
from mtcheck.core.text import Text
from mtcheck.core.types import Span

_DROPPING = frozenset(("da", "nb", "nn", "sv"))
_DROPS = re.compile(r"(?P<first>.*[^aeiouyåäöæø])e(?P<last>[lnr])")
_ENDINGS = ("", "n", "t", "en", "et", "a", "ar", "er", "na", "arna", "erna", "erne", "ene")
_POSSESSIVES = ("'s", "’s", "'", "’")


def find_term(text: Text, term: str, *, case_sensitive: bool = False) -> Iterator[Span]:
    """Spans of a term's words, in any inflection of each.

    A case-sensitive term is found as it is written only, but for a genitive's ending.
    """
    wanted = _wanted(term, text.lang, case_sensitive)
    if not wanted:
        return
    words = text.raw_words if case_sensitive else text.folded_words
    stem = lexicon(text.lang).stem
    last = len(words) - len(wanted)
    for at in range(last + 1):
        if all(
            _bare(word) == exact or (not case_sensitive and (stem(_bare(word)) == stemmed or word in forms))
            for word, (exact, stemmed, forms) in zip(words[at : at + len(wanted)], wanted, strict=True)
        ):
            yield Span(text.words[at].start, text.words[at + len(wanted) - 1].end)


@lru_cache(maxsize=10_000)
def _wanted(term: str, lang: str | None, case_sensitive: bool) -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Each word of a term as it is written, its stem, and forms that have another stem."""
    words = Text(term, lang)
    stem = lexicon(lang).stem
    return tuple(
        (word, stem(word), _forms(word, lang)) for word in (words.raw_words if case_sensitive else words.folded_words)
    )


def _forms(word: str, lang: str | None) -> frozenset[str]:
    drops = _DROPS.fullmatch(word) if base_language(lang) in _DROPPING else None
    if drops is None:
        return frozenset()
    stems = (word, drops["first"] + drops["last"])
    return frozenset(stem + ending + genitive for stem in stems for ending in _ENDINGS for genitive in ("", "s"))


def _bare(word: str) -> str:
    return next((word.removesuffix(ending) for ending in _POSSESSIVES if word.endswith(ending)), word)
