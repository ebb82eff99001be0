"""What words mean, as stems of English words: the pivot through which two texts' words are compared.

One table a language lies in `lexicons/` (see `lexicons/README.md`: trained from parallel text, with its
licences). English words mean their own stem. A language without a table has no meanings, and nothing is
concluded from that.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import Stemmer

from mtcheck.core.languages import base_language

NOTHING: frozenset[str] = frozenset()
ALGORITHMS = {
    "cs": "czech", "da": "danish", "de": "german", "en": "english", "es": "spanish", "et": "estonian", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch",
    "nn": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "tr": "turkish",
}  # fmt: skip
_MEMORY = 1 << 15
# Languages that write compounds in one word.
COMPOUNDING = frozenset(("da", "de", "et", "fi", "hu", "is", "lv", "nb", "nl", "nn", "sv"))
_PART = 4
# Languages whose table finds a counterpart in every human translation of FLORES-200 (none of 997 was without), or
# is as large as theirs; of the others' words too few are known to conclude much.
_THOROUGH = frozenset(("da", "de", "en", "es", "fr", "it", "nb", "nl", "pl", "pt", "sv"))
_POSSESSIVE = re.compile(r"['’]s?$")
_JOINED = re.compile(r"['’\-‑]")


class Lexicon:
    """The words of one language with their meanings."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._stemmer = _stemmer(lang)
        self._table = {} if lang == "en" else _table(lang)
        self.meanings = lru_cache(maxsize=_MEMORY)(self._meanings)
        self.stem = lru_cache(maxsize=_MEMORY)(self._stem)

    def __bool__(self) -> bool:
        """True if anything is known of the language."""
        return self.lang == "en" or bool(self._table)

    @property
    def words(self) -> Iterable[str]:
        """The words of the table."""
        return self._table

    @property
    def thorough(self) -> bool:
        """True if enough is known for the lack of counterparts to mean something."""
        return self.lang in _THOROUGH

    def knows(self, word: str) -> bool:
        """True if a case-folded word, or its stem, is in the language's vocabulary."""
        known = vocabulary(self.lang)
        return word in known or self.stem(word) in known

    def is_sure_of(self, word: str) -> bool:
        """True if a case-folded word stands in the table itself, or by a stem of more than a few letters."""
        return word in self._table or len(self.stem(word)) > _PART

    def _stem(self, word: str) -> str:
        return self._stemmer.stemWord(word) if self._stemmer else word

    def _meanings(self, word: str) -> frozenset[str]:
        """Stems of the English words that a case-folded word can be translated by; empty if it is not known."""
        if self.lang == "en":
            parts = _JOINED.split(word) if "-" in word else ()
            return frozenset({self.stem(_POSSESSIVE.sub("", word)), *(self.stem(part) for part in parts if part)})
        found = self._entry(word) or self._entry(self.stem(word))
        if found is None and (parts := _JOINED.split(word))[1:]:
            # l'élection, svensk-norska: what its parts mean.
            found = NOTHING.union(*(self.meanings(part) for part in parts))
        if found is None and self.lang in COMPOUNDING:
            return self._compound(word)
        return found or NOTHING

    def _entry(self, word: str) -> frozenset[str] | None:
        found = self._table.get(word)
        return frozenset(found.split(" ")) if found else None

    def _compound(self, word: str) -> frozenset[str]:
        """What two known words joined in one mean: the last cut that leaves words of four letters or more."""
        for cut in range(len(word) - _PART, _PART - 1, -1):
            first, last = word[:cut], word[cut:]
            head = self._entry(last) or self._entry(self.stem(last))
            if head is None:
                continue
            for joint in ("", "s", "n", "en", "es"):
                part = first.removesuffix(joint) if joint else first
                if len(part) >= _PART and part != (first if joint else None) and (found := self._entry(part)):
                    return found | head
        return NOTHING


@lru_cache(maxsize=64)
def lexicon(tag: str | None) -> Lexicon:
    """The lexicon of a tag's base language."""
    return Lexicon(base_language(tag) or "")


@lru_cache(maxsize=64)
def vocabulary(lang: str) -> frozenset[str]:
    """The words of a language, or their stems, that any table holds: for English the meanings of all tables."""
    if lang != "en":
        return frozenset(lexicon(lang).words)
    return frozenset(meaning for code in ALGORITHMS for found in _table(code).values() for meaning in found.split(" "))


def _stemmer(lang: str) -> Stemmer.Stemmer | None:
    algorithm = ALGORITHMS.get(lang)
    return Stemmer.Stemmer(algorithm) if algorithm in Stemmer.algorithms() else None


def _table(lang: str) -> dict[str, str]:
    """Lines of `word meaning meaning …`; plain strings, which the garbage collector need not walk."""
    file = files("mtcheck.core") / "lexicons" / f"{lang}.tsv.gz"
    if not file.is_file():
        return {}
    lines = gzip.decompress(file.read_bytes()).decode("utf-8").splitlines()
    return {word: meanings for word, _, meanings in (line.partition("\t") for line in lines)}
