"""Names in a text, and whether two names are the same: spelling, inflection, transliteration and exonyms.

Exonyms of countries and large cities are CLDR's (territories, exemplar cities of time zones); others, and the names of
bodies and media, stand in `names.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from pydantic import BaseModel, ConfigDict
from rapidfuzz.distance import JaroWinkler, Levenshtein
from rapidfuzz.process import extractOne

from mtcheck.core.content import Content, plain_letters, plain_words
from mtcheck.core.languages import base_language, known_languages, language
from mtcheck.core.lexicon import lexicon
from mtcheck.core.text import Text, Word
from mtcheck.core.words import Column, new_sign

_POSSESSIVES = ("'s", "’s", "'", "’", ":s")
_LEAST = 4
_SHORTEST = 3
_STEM = 4
_SIMILAR = 0.6
_SAME = 0.82


class Place(NamedTuple):
    """A name's word: where it stands in `Text.words`, and the word without a genitive's ending."""

    at: int
    name: str


def bare(word: str) -> str:
    """A name without a genitive's ending."""
    if not word.endswith(_POSSESSIVES):
        return word
    return word.removesuffix(next(ending for ending in _POSSESSIVES if word.endswith(ending)))


def name_words(text: Text, others: Sequence[Place] = ()) -> Iterator[Place]:
    """Words that are surely names: capitalised where the language would not, and no word of its vocabulary.

    Where every noun has a capital, only words that the lexicon does not know count, and before one of these what is
    among the `others`, the names of a translation: Kasper is a clown too.
    """
    candidates = [(index, entry) for index, entry in enumerate(text.column(_CANDIDATE)) if entry is not None]
    if not candidates:
        return
    nouns = base_language(text.lang) in ("de", "lb")
    kept = {place.name for place in others} if nouns else frozenset()
    unknown = {index for index, (_, known) in candidates if not known} if nouns else frozenset()
    starts: set[int] | None = None
    for index, (name, known) in candidates:
        if known and (not index or (nouns and not (name in kept and index + 1 in unknown))):
            continue  # a capital that says nothing: the first word's
        if nouns or known:
            if starts is None:
                starts = {sentence.start for sentence in text.sentences}
            start = text.starts[index]
            if start in starts or (start and text.value[start - 1] in '"“„”«»‘(-–—:'):
                continue
        if name.casefold() not in text.raw_words:
            yield Place(index, name)


def _candidate(lang: str | None) -> Callable[[str], tuple[str, bool] | None]:
    """What gives the name that a word as written may be, and whether that is a word too; None if none."""
    small = frozenset(language(lang).function_words)

    def of_word(word: str) -> tuple[str, bool] | None:
        if not word[0].isupper():
            return None
        name = bare(word)
        if len(name) < _SHORTEST or name.isupper() or not name.replace("-", "").isalpha():
            return None
        if name.casefold() in small or (len(name) < _LEAST and not is_exonym(name)):
            return None
        return name, is_word(name, lang)

    return of_word


_CANDIDATE = Column(_candidate)


def is_word(name: str, lang: str | None) -> bool:
    """True if a name is, but for its capital, a word of a language."""
    folded = name.casefold()
    words = lexicon(lang)
    return words.knows(folded) or (words.lang != "en" and bool(words.meanings(folded)))


def same_name(one: str, other: str) -> bool:
    """True if two forms can be one name's: inflected, transliterated, or of different languages."""
    a, b = plain_letters(one), plain_letters(other)
    return a == b or a[:_STEM] == b[:_STEM] or _is_among(a, {b})


def _is_among(name: str, others: Collection[str]) -> bool:
    """True if one of some other names, all in plain letters, can be the same."""
    if name in "\n".join(others) or any(map(name.__contains__, others)):
        return True
    groups = _groups(name)
    if groups and any(not groups.isdisjoint(_groups(other)) for other in others):
        return True
    return any(
        (best := extractOne(name, others, scorer=scorer, score_cutoff=cutoff)) is not None and best[1] > cutoff
        for scorer, cutoff in ((Levenshtein.normalized_similarity, _SIMILAR), (JaroWinkler.similarity, _SAME))
    )


@lru_cache(maxsize=1 << 15)
def _groups(name: str) -> frozenset[int]:
    table = _exonyms()
    found = table.get(name)
    if found is None:  # inflected: Göteborgs, Helsingissä
        found = next((table[name[:end]] for end in range(len(name) - 1, _STEM, -1) if name[:end] in table), frozenset())
    return found


def is_exonym(name: str) -> bool:
    """True if other languages are known to write the place otherwise."""
    return bool(_groups(plain_letters(name)))


def mentions(name: str, text: Text) -> int:
    """How many words of a text are the name in some form: the place's other names, inflected, or all in capitals."""
    plain = plain_letters(name)
    groups = _groups(plain)
    words = (plain_letters(bare(word)) for word in text.raw_words if word[0].isupper())
    return sum(1 for word in words if word[:_LEAST] == plain[:_LEAST] or not groups.isdisjoint(_groups(word)))


def has_form(text: Text, name: str) -> bool:
    """True if a place of this name stands in a text in any of its forms, of several words too: Nordsjön, North Sea."""
    forms = _forms(plain_letters(bare(name)))
    return any(map(plain_letters(text.value).__contains__, forms)) if forms else False


def are_two_places(one: str, another: str) -> bool:
    """True if both are known places as they are written, and not the same, nor one a part of the other."""
    table = _exonyms()
    mine, other = plain_letters(bare(one)), plain_letters(bare(another))
    a, b = table.get(mine) or table.get(mine.removesuffix("s")), table.get(other)
    if not a or not b or not a.isdisjoint(b):
        return False
    return not any(form in mine for form in _forms(other)) and not any(form in other for form in _forms(mine))


# Languages whose names take endings, or are written in other letters: nearly the same form proves nothing.
CHANGING = frozenset(("cs", "et", "fi", "hr", "hu", "is", "lt", "lv", "pl", "ro", "ru", "sk", "sl", "tr", "uk"))
_OF_PEOPLES = ("ian", "ians", "ish", "ese", "ic", "an", "ans")
_LEAST_MISSPELT = 7
_MISSPELT = 0.88


def is_misspelt(name: str, right: str, lang: str | None) -> bool:
    """True if a name is nearly another of a language, or nearly its accepted form, and no form of it."""
    if len(right) < _LEAST_MISSPELT:
        return False
    a, b = plain_words[name], plain_words[right]
    if a[:3] != b[:3] or base_language(lang) in CHANGING:
        return False
    forms = _forms(b) if b in _exonyms() else frozenset()
    if (
        any(form.startswith(a) for form in forms)
        or a.startswith(b)
        or b.startswith(a)
        or _groups(a)
        or a.endswith(_OF_PEOPLES)
    ):
        return False
    if forms:
        return any(form[:4] == a[:4] and Levenshtein.normalized_similarity(a, form) >= 0.6 for form in forms)
    if not (_is_double(name) and _is_double(right)):
        return False
    return JaroWinkler.similarity(a, b) >= _MISSPELT


def _is_double(name: str) -> bool:
    """Two names or more, joined."""
    parts = name.split("-")
    return len(parts) > 1 and all(len(part) > 2 and part.istitle() for part in parts)


@lru_cache(maxsize=10_000)
def _forms(name: str) -> frozenset[str]:
    """All forms of a place."""
    forms = _forms_of_places()
    return frozenset(form for place in _groups(name) for form in forms[place])


@lru_cache(maxsize=1)
def _forms_of_places() -> dict[int, list[str]]:
    forms: dict[int, list[str]] = {}
    for form, places in _exonyms().items():
        for place in places:
            forms.setdefault(place, []).append(form)
    return forms


class _Body(BaseModel):
    """A body's names in other languages, and its accepted English ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...]
    en: tuple[str, ...]


class _Acronym(BaseModel):
    """What letters stand for in texts of some languages: the accepted names by target language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    letters: str
    langs: tuple[str, ...]
    names: dict[str, tuple[str, ...]]


class _Names(BaseModel):
    """What `names.toml` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    places: tuple[tuple[str, ...], ...]
    keep: tuple[str, ...]
    bodies: tuple[_Body, ...]
    generic: tuple[str, ...]
    acronyms: tuple[_Acronym, ...]
    letters: tuple[dict[str, str], ...]


@lru_cache(maxsize=1)
def _data() -> _Names:
    return _Names.model_validate(tomllib.loads((files("mtcheck.core") / "names.toml").read_text(encoding="utf-8")))


def kept_names() -> tuple[str, ...]:
    """Names that are words, and are never translated."""
    return _data().keep


def bodies() -> tuple[_Body, ...]:
    """Bodies and media that have other names in English."""
    return _data().bodies


def accepted_names(letters: str, source_lang: str | None, target_lang: str | None) -> tuple[str, ...]:
    """What an acronym of a source language stands for in a target language; empty if it is not known."""
    source, target = base_language(source_lang), base_language(target_lang)
    return next(
        (
            body.names[target]
            for body in _data().acronyms
            if body.letters == letters and source in body.langs and target in body.names
        ),
        (),
    )


@lru_cache(maxsize=64)
def own_letters(source_lang: str | None, target_lang: str | None) -> dict[str, str]:
    """Acronyms of a source language that the target language has letters of its own for, with these: OTAN, NATO."""
    source, target = base_language(source_lang) or "", base_language(target_lang) or ""
    pairs = ((row.get(source), row.get(target)) for row in _data().letters)
    return {mine: other for mine, other in pairs if mine and other and mine != other}


@lru_cache(maxsize=1)
def generic_words() -> frozenset[str]:
    """Words that the names of many bodies share."""
    return frozenset(_data().generic)


@lru_cache(maxsize=1)
def _openings() -> frozenset[str]:
    """The words that the name of a body, or one that is kept, begins with."""
    every = [*kept_names(), *(name for body in bodies() for name in body.names)]
    return frozenset(Text(name, None).raw_words[0] for name in every)


_OPENS = new_sign(lambda _: lambda word: bare(word) in _openings())


def may_name_bodies(text: Text) -> bool:
    """False if no name of `bodies` or `kept_names` stands in a text as it is, but for a genitive's ending."""
    return bool(text.signs & _OPENS)


# CLDR's territories that are no places: the world, bodies, and codes for none.
_NO_PLACES = frozenset(("001", "EZ", "UN", "XA", "XB", "ZZ"))


@lru_cache(maxsize=1)
def _exonyms() -> dict[str, frozenset[int]]:
    """Each form of a place, and the numbers of the places that it can be."""
    table: dict[str, set[int]] = {}
    number = 0
    for forms in _data().places:
        number += 1
        for form in forms:
            table.setdefault(plain_letters(form), set()).add(number)
    numbers: dict[str, int] = {}
    for code in known_languages():
        try:
            locale = Locale.parse(code)
        except (ValueError, UnknownLocaleError):
            continue
        territories = [(code, name) for code, name in locale.territories.items() if code not in _NO_PLACES]
        cities = [(zone, value["city"]) for zone, value in locale.time_zones.items() if "city" in value]
        # A city that a language writes as the zone is called has no name of its own in CLDR.
        cities += [(zone, zone.rpartition("/")[2].replace("_", " ")) for zone, _ in cities]
        for key, name in [*territories, *cities]:
            place = numbers.setdefault(key, 10_000 + len(numbers))
            table.setdefault(plain_letters(name), set()).add(place)
    for ours in range(1, number + 1):
        theirs = {place for places in table.values() if ours in places for place in places if place > number}
        for places in table.values():
            if not places.isdisjoint(theirs):
                places.add(ours)
    return {name: frozenset(places) for name, places in table.items()}


def lonely_names(content: Content, names: Sequence[Place], other: Content) -> list[Word]:
    """The names of a text, as `name_words` finds them, that the other text has in no form that is known."""
    left = [place for place in names if place.name not in other.text.raw_words]
    if not left:
        return []
    keys = other.keys
    left = [place for place in left if (found := content.meanings[place.at]) is None or found[0].isdisjoint(keys)]
    if not left:
        return []
    known = {word for word in map(plain_words.__getitem__, other.text.folded_words) if len(word) > 2}
    stems = {word[:_STEM] for word in known}
    lonely = []
    for place in left:
        plain = plain_words[place.name]
        if plain in known or plain[:_STEM] in stems or _is_among(plain, known):
            continue
        lonely.append(content.text.word(place.at))
    return lonely
