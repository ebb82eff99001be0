from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

from mtcheck.core.content import plain_letters
from mtcheck.core.context import SegmentContext
from mtcheck.core.identify import small_words
from mtcheck.core.languages import base_language, language
from mtcheck.core.letters import likelier
from mtcheck.core.lexicon import ALGORITHMS, COMPOUNDING, NOTHING, Lexicon, lexicon, vocabulary
from mtcheck.core.memo import Memo
from mtcheck.core.numbers import is_money, month_names
from mtcheck.core.text import QUOTES, Text, Word
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_LEAST_LETTERS = 5
_COGNATE = 0.85
_ROMANCE = frozenset(("es", "fr", "it", "pt"))
_LEAST_NOUN = 8
# Of these languages' words in English, spelt as they are at home, there is no end: abattoir, macabre.
_LENDERS = frozenset(("fr",))
# Nats.
_LIKELIER = 5.0
# A letter that fewer of a language's words have is none of its own.
_USUAL = 0.002
# What follows the first part of an address.
_ADDRESS = re.compile(r"[.@/]\w")
# Kinds of words without which nothing was left.
_TELLING = frozenset(("sure", "noun", "small", "month"))


@RULES.register
class UntranslatedWords(SegmentRule):
    """Words of the source language were left in the translation.

    Anti-pattern: `the flyktbilen stood hidden` for `där flyktbilen stod gömd`.
    Best practice: translated words. Names, titles in quotation marks, words that both languages have and words that the
    text explains are right. A word counts as the source's if it stands there in the same letters, the lexicon
    translates it, and the target's vocabulary lacks it.
    """

    name = "untranslated-words"
    code = "LANG002"
    severity = Severity.MAJOR
    mqm = "accuracy/untranslated"
    needs_source = True
    supersedes = frozenset({"name-mismatch", "inconsistent-spelling", "inconsistent-term", "lowercase-start"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not target or segment.role in (Role.CREDIT, Role.BYLINE):
            return
        languages = base_language(source.lang), base_language(target.lang)
        if None in languages or languages[0] == languages[1]:
            return
        kinds = _kinds(source.lang, target.lang)
        if _TELLING.isdisjoint(map(kinds.__getitem__, segment.kept_words)):
            return
        # What is the same in all is another rule's, but for a dateline: Madrid, 3 abr (EFE).
        if source.folded == target.folded and "month" not in map(kinds.__getitem__, segment.kept_words):
            return
        for span in _left(source, target):
            yield self.finding(f"“{span.of(target.value)}” was left in the source language.", span)


def _left(source: Text, target: Text) -> Iterator[Span]:
    words, kind_of = target.words, _kinds(source.lang, target.lang)
    for start, end in _runs(source, target):
        first = words[start].start
        before = target.value[max(0, first - 1) : first]
        if before and before in QUOTES + "‘’'(/.@_":
            continue
        if _ADDRESS.match(target.value, words[end - 1].end):
            continue
        kinds = [kind_of[word.text] for word in words[start:end]]
        if (left := _left_before_name(start, kinds, words, target.lang)) is not None:
            yield left
            continue
        if "month" in kinds and (day := _left_date(start, kinds, words)) is not None:
            yield day
        # A name: with its article, its particles, the title in front of it.
        while kinds and kinds[-1] not in ("sure", "noun", "small", "word", "own", "both"):
            kinds.pop()
        while kinds and kinds[0] in ("", "both", "month"):
            kinds.pop(0)
            start += 1
        end = start + len(kinds)
        if "sure" in kinds or _is_phrase(kinds) or (kinds == ["noun"] and _has_article(words[start].text, source)):
            yield Span(words[start].start, words[end - 1].end)


def _left_before_name(start: int, kinds: Sequence[str], words: Sequence[Word], lang: str | None) -> Span | None:
    """A word and a preposition before a name: meteorolog på SMHI. The preposition has a letter of its own language."""
    if len(kinds) < 3 or kinds[0] not in ("own", "word", "sure") or kinds[1] != "small" or kinds[2] != "name":
        return None
    return Span(words[start].start, words[start + 2].end) if _is_strange(words[start + 1].text, lang) else None


def _left_date(start: int, kinds: Sequence[str], words: Sequence[Word]) -> Span | None:
    """A day with the source's name of its month: 3 abr."""
    at = start + kinds.index("month")
    day = words[at - 1] if at > start else None
    return Span(day.start, words[at].end) if day is not None and day.text.isdecimal() else None


def _is_phrase(kinds: list[str]) -> bool:
    """Small words of the source beside its content words, none of which is written as a name."""
    return ("small" in kinds and "name" not in kinds and kinds[0] != "small" and len(kinds) > 2) or (
        kinds.count("small") > 1 and "name" not in kinds and "noun" not in kinds and len(kinds) > 2
    )


def _runs(source: Text, target: Text) -> Iterator[tuple[int, int]]:
    """Target words, from and to, that stand in the source in this order, without a mark between them."""
    theirs = source.raw_words
    places: dict[str, list[int]] = {}
    for index, word in enumerate(theirs):
        places.setdefault(word, []).append(index)
    words = target.words
    index = 0
    while index < len(words):
        best = 0
        for place in places.get(words[index].text, ())[:20]:
            length = 1
            while (
                index + length < len(words)
                and place + length < len(theirs)
                and words[index + length].text == theirs[place + length]
                and not target.value[words[index + length - 1].end : words[index + length].start].strip()
            ):
                length += 1
            best = max(best, length)
        if best:
            yield index, index + best
        index += max(best, 1)


class _Kinds(Memo[str]):
    """What a word that stands on both sides says.

    `sure` and `noun` are the source language's, `small` its small words, `month` its months, `name` may be a name, and
    `own` the target's vocabulary does not have, which alone proves nothing.
    """

    def __init__(self, source: str | None, target: str | None) -> None:
        super().__init__()
        self._source, self._target = source, target
        endings = "|".join(language(source).own_endings)
        self._endings = re.compile(rf"..(?:{endings})$") if endings else None
        likely = "|".join(language(source).likely_endings)
        self._likely = re.compile(rf"..(?:{likely})$") if likely else None

    def look_up(self, word: str) -> str:
        source, target = self._source, self._target
        folded = word.casefold()
        own = small_words(target)
        if folded in month_names(source) and folded not in month_names(target) and word.islower():
            return "month"
        if not word.isalpha() or is_money(word, source) or is_money(word, target):
            return ""
        if word.islower() and folded in small_words(source):
            return "" if folded in own else "small"
        if folded in own:
            return ""
        ours, theirs = lexicon(target), lexicon(source)
        meanings = theirs.meanings(folded)
        if ours.knows(folded):
            return "both" if word.islower() else "name"
        if word.islower():
            if len(word) < _LEAST_LETTERS:
                return ""
            if _is_strange(word, target) or (self._endings and self._endings.search(folded)):
                return "sure"
            meanings = meanings or _head(folded, theirs)
            known = meanings and not _is_cognate(folded, meanings) and theirs.is_sure_of(folded)
            # English has taken so many words from these that one without a mark proves nothing.
            if known and not (base_language(source) in _ROMANCE and word.isascii()):
                return "sure"
            if self._is_spelt_as_source(folded) and not _is_international(folded, source):
                return "sure"
            return "word" if known else "own"
        if base_language(source) == "de" and word[1:].islower() and meanings and len(word) >= _LEAST_NOUN:
            return "name" if _is_cognate(folded, meanings) else "noun"
        return "name"

    def _is_spelt_as_source(self, word: str) -> bool:
        """True if a word ends as English words hardly do, or has letters that are far likelier in the source."""
        if base_language(self._target) != "en":
            return False
        if self._likely and self._likely.search(word):
            return True
        base = base_language(self._source) or ""
        return base not in _LENDERS and likelier(word, base, "en") > _LIKELIER


@lru_cache(maxsize=64)
def _kinds(source: str | None, target: str | None) -> _Kinds:
    return _Kinds(source, target)


def _is_strange(word: str, lang: str | None) -> bool:
    """True if a word has a letter that hardly any word of a language has; False of a language without a lexicon."""
    return bool(letters := _letters(base_language(lang) or "")) and not letters.issuperset(word.casefold())


# Languages that have many words in common.
_FAMILIES = (
    frozenset(("da", "is", "nb", "nn", "sv")),
    frozenset(("de", "nl")),
    frozenset(("es", "fr", "it", "pt", "ro")),
    frozenset(("cs", "pl", "ru")),
    frozenset(("et", "fi")),
)


def _is_international(word: str, lang: str | None) -> bool:
    """True if languages that are no kin of a word's have it too: fauna, boomerang."""
    base = base_language(lang)
    kin = next((family for family in _FAMILIES if base in family), frozenset((base,)))
    return any(lexicon(code).knows(word) for code in ALGORITHMS if code != "en" and code not in kin)


@lru_cache(maxsize=64)
def _letters(lang: str) -> frozenset[str]:
    """The letters that a language's words are written with."""
    words = vocabulary(lang)
    counts = Counter(letter for word in words for letter in set(word))
    return frozenset(letter for letter, count in counts.items() if count > _USUAL * len(words))


def _has_article(word: str, source: Text) -> bool:
    """True if the source has the word after a small word, as a name hardly is."""
    words = source.raw_words
    at = words.index(word)
    return at > 0 and words[at - 1] in _GERMAN_ARTICLES


_GERMAN_ARTICLES = frozenset(("der", "die", "das", "dem", "den", "des", "ein", "eine", "einem", "einen", "einer"))


def _head(word: str, words: Lexicon) -> frozenset[str]:
    """What the last part of an unknown compound means."""
    if words.lang not in COMPOUNDING:
        return NOTHING
    return next((found for at in range(3, len(word) - 4) if (found := words.meanings(word[at:]))), NOTHING)


def _is_cognate(word: str, meanings: frozenset[str]) -> bool:
    """A word that both languages may have: virus, caldera."""
    plain = plain_letters(word)
    return any(
        meaning in plain or JaroWinkler.similarity(plain, meaning) > _COGNATE
        for meaning in meanings
        if len(meaning) > 2
    )
