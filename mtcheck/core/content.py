"""How much of what one text says the other says too: the words of both, compared by what they can mean.

Evidence is a meaning shared in the lexicon, the same letters (names, numbers, cognates), or nothing. What the
lexicon does not know says nothing: only a known word without a counterpart is evidence of a fault.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from mtcheck.core.identify import small_words
from mtcheck.core.lazy import lazy
from mtcheck.core.lexicon import lexicon
from mtcheck.core.memo import Memo
from mtcheck.core.text import Text
from mtcheck.core.types import Span
from mtcheck.core.words import Column

_CLAUSE_END = re.compile(r"[,;:–—](?=\s)|\s[–—-](?=\s)")
_SHORTEST = 3
_NAME_STEM = 5
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


# The keys of a content word, and whether its meaning is known.
Meaning = tuple[frozenset[str], bool]


class ContentWord(NamedTuple):
    """A word that carries content: its place in `Text.words`, what it can mean, and whether that is known.

    Keys are stems of English words, the word's own letters, and the beginning of a name.
    """

    at: int
    keys: frozenset[str]
    known: bool


class Coverage(NamedTuple):
    """How many content words the other text has a counterpart of, of how many whose meaning is known or found there."""

    covered: int
    known: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where nothing is known."""
        return self.covered / self.known if self.known else 1.0


# Counterparts that chance gives: a tenth of the words.
_CHANCE = 0.1
_LEAST_KNOWN = 4
_LEAST_KNOWN_THIN = 12
# Of 35,000 human translations 11 were called unrelated with eight known words in both, 5 with ten.
_LEAST_IN_BOTH = 10
_LEAST_IN_SENTENCE = 2
_LEAST_IN_CLAUSE = 6
_SENTENCE_CHANCE = 0.25
# How much better the other text's length must fit a text without a part that is lost for its number alone.
_SURELY = 0.75
_DIGITS = frozenset("0123456789")
# A number that is no ordinal.
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)*(?![\d.])")


class Content:
    """The content words of a text."""

    def __init__(self, text: Text) -> None:
        self.text = text
        # The keys of the last text that the whole was compared with: no text holds the other, so that both go at once.
        self._whole: tuple[frozenset[str], Coverage] | None = None

    @lazy
    def meanings(self) -> tuple[Meaning | None, ...]:
        """What each word of the text means; None where it carries no content."""
        return self.text.column(_MEANING)

    @lazy
    def said(self) -> list[Meaning]:
        """What the content words mean, in order."""
        return list(filter(None, self.meanings))

    @lazy
    def words(self) -> tuple[ContentWord, ...]:
        """Content words in order: none of the language's small words, nor words of one or two letters."""
        return tuple([ContentWord(index, *found) for index, found in enumerate(self.meanings) if found is not None])

    @lazy
    def keys(self) -> frozenset[str]:
        """All that the words can mean."""
        return frozenset().union(*[keys for keys, _ in self.said])

    def within(self, span: Span) -> list[ContentWord]:
        """The content words inside a span."""
        places = self.text.words_within(span)
        found = zip(places, self.meanings[places.start : places.stop], strict=True)
        return [ContentWord(index, *meaning) for index, meaning in found if meaning is not None]

    def coverage(self, other: Content, span: Span | None = None) -> Coverage:
        """How much of this text, or of a part of it, the other text says."""
        if span is not None:
            places = self.text.words_within(span)
            found = self.meanings[places.start : places.stop]
            return _coverage([meaning for meaning in found if meaning is not None], other.keys)
        if self._whole is None or self._whole[0] is not other.keys:
            self._whole = (other.keys, _coverage(self.said, other.keys))
        return self._whole[1]


def _coverage(said: Sequence[Meaning], keys: frozenset[str]) -> Coverage:
    lacking = [known for meant, known in said if meant.isdisjoint(keys)]
    covered = len(said) - len(lacking)
    return Coverage(covered, covered + sum(lacking))


def are_unrelated(one: Content, other: Content, in_both: int = _LEAST_IN_BOTH) -> bool:
    """True if neither text says anything of the other, though enough of their words is known to tell.

    `in_both` is how many known words both together need: fewer where other evidence is asked too.
    """
    if _has_room(one, other):
        # What `unsaid_parts` asks of such texts too; as much in one direction is too much, whatever the other says.
        theirs = other.coverage(one)
        if theirs.covered > _CHANCE * (len(one.said) + theirs.known):
            return False
    ours = one.coverage(other)
    if ours.share > 2 * _CHANCE:
        return False
    least = _LEAST_KNOWN if _are_thorough(one, other) else _LEAST_KNOWN_THIN
    if ours.known < least:
        return False
    theirs = other.coverage(one)
    if theirs.known < least or ours.known + theirs.known < in_both:
        return False
    return ours.covered + theirs.covered <= _CHANCE * (ours.known + theirs.known)


def unsaid_parts(one: Content, other: Content, *, members: bool = False) -> list[Span]:
    """Sentences, and clauses at a comma, of `one` that `other` says nothing of and has no room for.

    There is room where the other text is as long as a translation of the whole usually is. With `members` what follows
    a comma or an `and` is a part too if it has a number of its own.
    """
    if _has_room(one, other):
        return []
    whole = one.coverage(other)
    unsaid = whole.known - whole.covered
    if whole.covered == 0 or unsaid < _LEAST_IN_SENTENCE:
        return []
    lost = _lost_members(one, other) if members else []
    sentences = one.text.sentences
    more = len(sentences) > 1 and _count_said(one.text) > _count_said(other.text)
    clauses = unsaid >= _LEAST_IN_CLAUSE and _longest_unsaid(one.said, other.keys) >= _LEAST_IN_CLAUSE
    if not more and not clauses and not lost:
        return []
    thorough = _are_thorough(one, other)
    least = _LEAST_IN_SENTENCE if thorough else _LEAST_KNOWN_THIN
    parts = lost
    for sentence in sentences:
        if more and (said := one.coverage(other, sentence)).share <= _SENTENCE_CHANCE and said.known >= least:
            if len({word.keys for word in one.within(sentence)}) > _LEAST_IN_SENTENCE:
                parts.append(sentence)
        elif thorough and clauses:
            parts += (
                clause
                for clause in _clauses(one.text.value, sentence)
                if (of := one.coverage(other, clause)).known >= _LEAST_IN_CLAUSE and not of.covered
            )
    parts = [
        part
        for part in parts
        if not any(part != each and each.start <= part.start <= part.end <= each.end for each in parts)
    ]
    return [part for part in _joined(sorted(set(parts)), one.text.value) if _lacks_room(one, other, part)]


def _lost_members(one: Content, other: Content) -> list[Span]:
    """What follows a comma or an `and` with a number, of which the other text has no word."""
    text = one.text
    if not _are_thorough(one, other) or one.text.chars.isdisjoint(_DIGITS):
        return []
    found = []
    for sentence in text.sentences:
        # What parts a sentence parts no number.
        if all(amount in other.text.value for amount in _AMOUNT.findall(sentence.of(text.value))):
            continue
        parts = [*_clauses(text.value, sentence), *_members(text, sentence)]
        for part in parts:
            if part.start > sentence.start and _is_lost(one, other, part):
                found.append(part)
    return found


def _members(text: Text, sentence: Span) -> Iterator[Span]:
    """The parts of a sentence between commas and the words for `and`."""
    conjunction = next(iter(text.language.conjunctions), None)
    starts = [match.start() for match in _CLAUSE_END.finditer(text.value, sentence.start, sentence.end)]
    starts += [text.starts[at] for at in text.words_within(sentence) if text.folded_words[at] == conjunction]
    yield from (Span(*ends) for ends in pairwise(sorted({*starts, sentence.end})))


def _is_lost(one: Content, other: Content, part: Span) -> bool:
    amounts = _AMOUNT.findall(part.of(one.text.value))
    if not amounts or any(amount in other.text.value for amount in amounts):
        return False
    words = one.within(part)
    if len(words) < _LEAST_IN_SENTENCE or any(_is_answered(word, one, other, part) for word in words):
        return False
    if all(one.text.raw_words[word.at].isdecimal() for word in words) or not _lacks_room(one, other, part, _SURELY):
        return False
    # No other number stands in its place.
    theirs = other.text.raw_words
    return all(not word.keys.isdisjoint(one.keys) for word in other.words if theirs[word.at].isdecimal())


def _is_answered(word: ContentWord, one: Content, other: Content, part: Span) -> bool:
    """True if the other text has more words that can mean a word than what stands outside of the part needs."""
    answers = sum(1 for meant, _ in other.said if not meant.isdisjoint(word.keys))
    if not answers:
        return False
    inside = one.text.words_within(part)
    asked = sum(
        1 for other_word in one.words if other_word.at not in inside and not other_word.keys.isdisjoint(word.keys)
    )
    return answers > asked


def _longest_unsaid(said: Sequence[Meaning], keys: frozenset[str]) -> int:
    """The known words in the longest stretch of content words without a counterpart: no clause unsaid has more."""
    longest = here = 0
    for meant, known in said:
        if meant.isdisjoint(keys):
            here += known
        elif here:
            longest, here = max(longest, here), 0
    return max(longest, here)


def _count_said(text: Text) -> int:
    """Sentences of more than one word: an identifier or an agency's sign is none."""
    return sum(1 for sentence in text.sentences if len(sentence.of(text.value).split()) > 1)


def _are_thorough(one: Content, other: Content) -> bool:
    return lexicon(one.text.lang).thorough and lexicon(other.text.lang).thorough


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    start = sentence.start
    for match in _CLAUSE_END.finditer(text, sentence.start, sentence.end):
        yield Span(start, match.start())
        start = match.start()
    if start > sentence.start:
        yield Span(start, sentence.end)


def _joined(parts: list[Span], text: str) -> list[Span]:
    """Neighbours as one."""
    joined: list[Span] = []
    for part in parts:
        if joined and not text[joined[-1].end : part.start].strip():
            joined[-1] = Span(joined[-1].start, part.end)
        else:
            joined.append(part)
    return joined


def _usual_ratio(one: Text, other: Text) -> float:
    """Characters of a translation in the other's language for one of this text."""
    return (other.language.chars_per_english_char or 1.0) / (one.language.chars_per_english_char or 1.0)


def _has_room(one: Content, other: Content) -> bool:
    """True if the other text is as long as a translation of the whole usually is: it lacks room for no part."""
    return len(other.text.value) >= len(one.text.value) * _usual_ratio(one.text, other.text)


def _lacks_room(one: Content, other: Content, part: Span, most: float = 1.0) -> bool:
    """True if the other text's length fits this text better without the part than with it, by `most` of the misfit."""
    usual = _usual_ratio(one.text, other.text)
    whole, rest = len(one.text.value), len(one.text.value) - (part.end - part.start)
    actual = max(1, len(other.text.value))
    return abs(math.log(actual / (max(1, rest) * usual))) < most * abs(math.log(actual / (whole * usual)))


def _meaning(lang: str | None) -> Callable[[str], Meaning | None]:
    """What gives the keys of a word, and whether its meaning is known; None if it has no content."""
    small, meanings = small_words(lang), lexicon(lang).meanings

    def of_word(word: str) -> Meaning | None:
        word = word.casefold()
        if word in small or (len(word) < _SHORTEST and not word[0].isdecimal()):
            return None
        found = meanings(word)
        plain = plain_letters(word)
        extra = {f"={plain}"}
        if word[0].isdecimal():
            extra.add(f"={plain.rstrip(_LETTERS)}")  # 133 of 133bn
        if len(plain) >= _NAME_STEM:
            extra.add(f"={plain[:_NAME_STEM]}…")
        return found | extra, bool(found) or word[0].isdecimal()

    return of_word


_MEANING = Column(_meaning)


class _Plain(Memo[str]):
    def look_up(self, word: str) -> str:
        return plain_letters(word)


plain_words = _Plain()


def plain_letters(word: str) -> str:
    """Base letters without their marks, case folded."""
    if word.isascii():
        return word.casefold()
    return "".join(char for char in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(char))
