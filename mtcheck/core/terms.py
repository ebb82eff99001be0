"""Terms in a text, in any inflected form: words are compared by their stems (Snowball), in a row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from mtcheck.core.lexicon import lexicon
from mtcheck.core.text import Text
from mtcheck.core.types import Span

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
            _bare(word) == exact or (not case_sensitive and stem(_bare(word)) == stemmed)
            for word, (exact, stemmed) in zip(words[at : at + len(wanted)], wanted, strict=True)
        ):
            yield Span(text.words[at].start, text.words[at + len(wanted) - 1].end)


@lru_cache(maxsize=10_000)
def _wanted(term: str, lang: str | None, case_sensitive: bool) -> tuple[tuple[str, str], ...]:
    words = Text(term, lang)
    stem = lexicon(lang).stem
    return tuple((word, stem(word)) for word in (words.raw_words if case_sensitive else words.folded_words))


def _bare(word: str) -> str:
    return next((word.removesuffix(ending) for ending in _POSSESSIVES if word.endswith(ending)), word)
