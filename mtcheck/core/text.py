"""A text with its words and sentences, each computed once and only if somebody asks.

Words are runs of letters and digits, joined over apostrophes and hyphens; sentences come from
sentencex (MIT, Wikimedia), which knows the abbreviations of some 300 languages.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import sentencex

from mtcheck.core.languages import Language, base_language, language
from mtcheck.core.types import Span

_WORD = re.compile(r"\w+(?:['’\-‑]\w+)*")
_NOT_ALNUM = re.compile(r"[\W_]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

# Languages that write ordinals with a full stop: 17. Jahrhundert.
_ORDINAL_STOP = frozenset(("cs", "da", "de", "et", "fi", "hr", "hu", "is", "lv", "nb", "nn", "pl", "sk", "sl", "tr"))
_ORDINAL = re.compile(r"(?<!\d)\d{1,2}\.$")

DASHES = "–—―−"
QUOTES = '"“”„‟«»〝〞＂'


class Word(NamedTuple):
    """A word and where it stands."""

    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        return self.text.casefold()


class Text:
    """One text in one language (a BCP 47 tag, or None where unknown)."""

    def __init__(self, value: str, lang: str | None) -> None:
        self.value = value
        self.lang = lang

    def __bool__(self) -> bool:
        return bool(self.value.strip())

    @cached_property
    def language(self) -> Language:
        """The data of the text's language."""
        return language(self.lang)

    @cached_property
    def chars(self) -> frozenset[str]:
        """The characters that occur: a rule whose marks are not among them need not look."""
        return frozenset(self.value)

    @property
    def trimmed(self) -> Span:
        """The whole text without the white space around it."""
        return Span(len(self.value) - len(self.value.lstrip()), len(self.value.rstrip()))

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple([Word(m.group(), *m.span()) for m in _WORD.finditer(self.value)])

    @cached_property
    def folded_words(self) -> tuple[str, ...]:
        """The words with case folded: cheaper than `words`, whose positions it shares."""
        return tuple([word.casefold() for word in self.raw_words])

    @cached_property
    def raw_words(self) -> tuple[str, ...]:
        """The words as they are written."""
        return tuple(_WORD.findall(self.value))

    @cached_property
    def repeated_pairs(self) -> tuple[tuple[int, int], ...]:
        """Indices of two words in a row that stood before, and how many words before: none in most texts."""
        words = self.folded_words
        if len(set(pairwise(words))) >= len(words) - 1:
            return ()
        seen: dict[tuple[str, str], int] = {}
        found = []
        for index, pair in enumerate(pairwise(words)):
            if pair in seen:
                found.append((index, index - seen[pair]))
            seen[pair] = index
        return tuple(found)

    @cached_property
    def folded(self) -> str:
        """Letters and digits only, case folded, single spaces: for comparing what is said."""
        return fold(self.value)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Spans of the sentences, without the white space around them."""
        return tuple(split_sentences(self.value, self.lang))

    @cached_property
    def has_letters(self) -> bool:
        return any(char.isalpha() for char in self.value)


def fold(text: str) -> str:
    """NFKC, case folded, letters and digits only, single spaces."""
    return _NOT_ALNUM.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def split_sentences(text: str, lang: str | None) -> list[Span]:
    """Spans of sentences in `text`, trimmed; nothing but white space lies outside them."""
    spans: list[Span] = []
    ordinals = base_language(lang) in _ORDINAL_STOP
    for boundary in sentencex.get_sentence_boundaries(base_language(lang) or "en", text):
        start, end = boundary["start_index"], boundary["end_index"]
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            lead = len(piece) - len(piece.lstrip())
            if ordinals and spans and _ORDINAL.search(text, max(spans[-1].start, spans[-1].end - 4), spans[-1].end):
                spans[-1] = Span(spans[-1].start, start + lead + len(stripped))
            else:
                spans.append(Span(start + lead, start + lead + len(stripped)))
    return spans


def count_words(text: str) -> int:
    """Words as the rules count them; ideographs and kana, which are not spaced, count two to a word."""
    words = sum(1 for _ in _WORD.finditer(text))
    ideographs = sum(1 for char in text if "\u3040" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff")
    return words if not ideographs else words + ideographs // 2


def visible(text: str) -> str:
    """The text with control and bidirectional-override characters made visible, for terminals and messages."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def shorten(text: str, limit: int = 60) -> str:
    """One line of at most `limit` characters for a message, control characters made visible."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
