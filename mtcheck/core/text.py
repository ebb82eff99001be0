"""A text with its words and sentences, each computed once and only if somebody asks.

Words are runs of letters and digits, joined over apostrophes and hyphens; sentences come from
sentencex (MIT, Wikimedia), which knows the abbreviations of some 300 languages.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate, pairwise
from operator import add, or_
from sys import intern
from typing import Any, NamedTuple, TypeVar

import sentencex

from mtcheck.core.languages import Language, base_language, language
from mtcheck.core.lazy import lazy
from mtcheck.core.signs import signs
from mtcheck.core.types import Span
from mtcheck.core.words import Column, asked_signs, columns_of

_WORD = re.compile(r"\w+(?:['’\-‑]\w+)*")
_PARTING = re.compile(rf"({_WORD.pattern})")
_NOT_ALNUM = re.compile(r"[\W_]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

# Letters, digits and marks that end no sentence in any script, then perhaps one that does.
_ONE_SENTENCE = re.compile(r"(?=\S)[\w ,;:'’‘\"“”„«»()%€$£/+–—-]*+(?<=\w)[.!?]?")

_PLAIN = re.compile(r"\w++(?:['’-]\w++)*+(?:,? \w++(?:['’-]\w++)*+)*+[.!?]?")

# Languages that write ordinals with a full stop: 17. Jahrhundert.
_ORDINAL_STOP = frozenset(("cs", "da", "de", "et", "fi", "hr", "hu", "is", "lv", "nb", "nn", "pl", "sk", "sl", "tr"))
_ORDINAL = re.compile(r"(?<!\d)\d{1,2}\.$")

T = TypeVar("T")

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


def _fold(word: str) -> str:
    """With case folded, always the same object, whose hash is then known wherever it is looked up."""
    return intern(word.casefold())


_FOLDED = Column(lambda _: _fold)


def _all_signs(lang: str | None) -> Callable[[str], int]:
    own, asked = signs(lang), asked_signs(lang)
    return lambda word: own(word) | asked(word)


_SIGNS = Column(_all_signs)


class Text:
    """One text in one language (a BCP 47 tag, or None where unknown)."""

    def __init__(self, value: str, lang: str | None) -> None:
        self.value = value
        self.lang = lang

    def __bool__(self) -> bool:
        return bool(self.value) and not self.value.isspace()

    @lazy
    def language(self) -> Language:
        """The data of the text's language."""
        return language(self.lang)

    @lazy
    def chars(self) -> frozenset[str]:
        """The characters that occur: a rule whose marks are not among them need not look."""
        return frozenset(self.value)

    @property
    def trimmed(self) -> Span:
        """The whole text without the white space around it."""
        return Span(len(self.value) - len(self.value.lstrip()), len(self.value.rstrip()))

    @lazy
    def words(self) -> tuple[Word, ...]:
        """The words with their places; who looks at one or two of them asks `word`."""
        return tuple([Word(word, at, at + len(word)) for word, at in zip(self.raw_words, self.starts, strict=True)])

    def word(self, index: int) -> Word:
        """One of `words`, without the others."""
        word, start = self.raw_words[index], self.starts[index]
        return Word(word, start, start + len(word))

    @lazy
    def starts(self) -> tuple[int, ...]:
        """Where each word begins."""
        if self.is_plain:
            lengths = map(len, self.value.split(" "))
            return tuple(map(add, accumulate(lengths, initial=0), range(len(self.raw_words))))
        return tuple(accumulate(map(len, self._parts)))[:-1:2]

    def words_within(self, span: Span) -> range:
        """Indices of the words that lie wholly inside a span."""
        starts = self.starts
        first, last = bisect_left(starts, span.start), bisect_right(starts, span.end)
        if last > first and starts[last - 1] + len(self.raw_words[last - 1]) > span.end:
            last -= 1
        return range(first, last)

    @lazy
    def folded_words(self) -> tuple[str, ...]:
        """The words with case folded."""
        return self.column(_FOLDED)

    @lazy
    def raw_words(self) -> tuple[str, ...]:
        """The words as they are written."""
        if self.is_plain:
            return tuple(self.value.rstrip(".!?").replace(",", "").split(" "))
        return tuple(self._parts[1::2])

    @lazy
    def _parts(self) -> list[str]:
        """What stands before, between and after the words, and each word after what stands before it."""
        return _PARTING.split(self.value)

    @lazy
    def signs(self) -> int:
        """What the words give reason to look for (`core.signs`)."""
        return reduce(or_, self.column(_SIGNS), 0)

    def signed(self, sign: int, span: Span | None = None) -> list[int]:
        """Indices of the words with a sign, or of those that lie wholly inside a span."""
        if not self.signs & sign:
            return []
        places = range(len(self.raw_words)) if span is None else self.words_within(span)
        found = zip(places, self.column(_SIGNS)[places.start : places.stop], strict=True)
        return [index for index, of_word in found if of_word & sign]

    def column(self, column: Column[T]) -> tuple[T, ...]:
        """What is known of each word by itself (`core.words`)."""
        return self._columns[column.number]

    @lazy
    def _columns(self) -> Sequence[tuple[Any, ...]]:
        return columns_of(self.raw_words, self.lang)

    @lazy
    def repeated_pairs(self) -> tuple[tuple[int, int], ...]:
        """Indices of two words in a row that stood before, and how many words before: none in most texts."""
        words = self.folded_words
        # A pair that stands again needs two words that do.
        if len(words) - len(set(words)) < 2 or len(set(pairwise(words))) >= len(words) - 1:
            return ()
        seen: dict[tuple[str, str], int] = {}
        found = []
        for index, pair in enumerate(pairwise(words)):
            if pair in seen:
                found.append((index, index - seen[pair]))
            seen[pair] = index
        return tuple(found)

    @lazy
    def folded(self) -> str:
        """Letters and digits only, case folded, single spaces: for comparing what is said."""
        return fold(self.value)

    @lazy
    def sentences(self) -> tuple[Span, ...]:
        """Spans of the sentences, without the white space around them."""
        return (Span(0, len(self.value)),) if self.is_plain else tuple(split_sentences(self.value, self.lang))

    @lazy
    def is_plain(self) -> bool:
        """True of words parted by one space, or a comma and one, with at most one mark at the end: nothing else."""
        return _PLAIN.fullmatch(self.value) is not None

    @lazy
    def has_letters(self) -> bool:
        return any(char.isalpha() for char in self.value)


def fold(text: str) -> str:
    """NFKC, case folded, letters and digits only, single spaces."""
    return _NOT_ALNUM.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def split_sentences(text: str, lang: str | None) -> list[Span]:
    """Spans of sentences in `text`, trimmed; nothing but white space lies outside them."""
    if _ONE_SENTENCE.fullmatch(text):
        return [Span(0, len(text))]
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
