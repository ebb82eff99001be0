"""Who acts in two texts of which one is English: the names and the words for people and bodies that both have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from mtcheck.core.content import Content, plain_letters
from mtcheck.core.languages import base_language, language
from mtcheck.core.lexicon import NOTHING, lexicon
from mtcheck.core.names import Place, bare
from mtcheck.core.text import Text
from mtcheck.core.words import Column, new_sign

_KEPT = 5
_ENDING = 5
# Actors that can change places.
_FEWEST = 2


class Actor(NamedTuple):
    """Names and words for one who acts, in a row: their text, where they stand, first and last word, what they mean."""

    text: str
    start: int
    end: int
    first: int
    last: int
    keys: frozenset[str]


def shared_actors(
    source: Content, source_names: Sequence[Place], target: Content, target_names: Sequence[Place]
) -> tuple[list[Actor], list[Actor]]:
    """The actors of two texts of which the other may have a counterpart, in order.

    None where neither is English, where no word for people or a body has a counterpart, or where no two can have
    changed places.
    """
    languages = base_language(source.text.lang), base_language(target.text.lang)
    if "en" not in languages or languages[0] == languages[1]:
        return [], []
    english, other = (source, target) if languages[0] == "en" else (target, source)
    meant = {at: meaning[0] for at in english.text.signed(_ACTS) if (meaning := english.meanings[at]) is not None}
    if not meant or len(meant) + len(source_names if english is source else target_names) < _FEWEST:
        return [], []
    stems = NOTHING.union(*meant.values()) & _kinds()
    by_word = other.text.column(_CALLED)
    if stems.isdisjoint(chain.from_iterable(by_word)) and stems.isdisjoint(other.keys):
        return [], []
    called = {at: frozenset(_alike(keys)) | (keys & stems) for at, keys in meant.items()}
    kinds = NOTHING.union(*called.values())
    answered = {
        at: (meaning[0] | begun) & kinds
        for at, (meaning, begun) in enumerate(zip(other.meanings, by_word, strict=True))
        if meaning is not None and not (meaning[0].isdisjoint(kinds) and begun.isdisjoint(kinds))
    }
    words = (called, answered) if english is source else (answered, called)
    names = [
        {place.at: frozenset({_name_key(place.name)}) for place in places} for places in (source_names, target_names)
    ]
    mine, theirs = _both(words[0], names[0]), _both(words[1], names[1])
    if not _cross(mine, theirs):
        return [], []
    return list(_runs(source.text, mine)), list(_runs(target.text, theirs))


def _both(one: Mapping[int, frozenset[str]], other: Mapping[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    return {at: one.get(at, NOTHING) | other.get(at, NOTHING) for at in {*one, *other}}


def _cross(one: Mapping[int, frozenset[str]], other: Mapping[int, frozenset[str]]) -> bool:
    """True if two words of one text have counterparts in the other that stand in the other order."""
    last = -1
    # Of each word the last counterpart that a word before it has, against its own first.
    for at in sorted(one):
        found = [place for place, keys in other.items() if not keys.isdisjoint(one[at])]
        if found:
            if min(found) < last:
                return True
            last = max(last, *found)
    return False


def _alike(keys: Iterable[str]) -> Iterator[str]:
    """The keys of a word's own letters."""
    return (key for key in keys if key.startswith("="))


def _runs(text: Text, found: Mapping[int, frozenset[str]]) -> Iterator[Actor]:
    """One actor of words in a row, with or without articles and `of` between them."""
    roles = text.language.roles
    links = {*roles.articles, *roles.genitives}
    run: list[int] = []
    for at in sorted(found):
        if run and not _are_linked(text, run[-1], at, links):
            yield _actor(text, run, found)
            run = []
        run.append(at)
    if run:
        yield _actor(text, run, found)


def _are_linked(text: Text, last: int, at: int, links: Iterable[str]) -> bool:
    gap = text.value[text.word(last).end : text.word(at).start]
    between = range(last + 1, at)
    return all(text.folded_words[i] in links or text.raw_words[i].isupper() for i in between) and not any(
        char in ",;:.–—" for char in gap
    )


def _actor(text: Text, run: Sequence[int], found: Mapping[int, frozenset[str]]) -> Actor:
    first, last = text.word(run[0]), text.word(run[-1])
    start, end = first.start, last.start + len(bare(last.text))
    keys = frozenset().union(*(found[at] for at in run))
    return Actor(text.value[start:end], start, end, run[0], run[-1], keys)


def _name_key(name: str) -> str:
    """What a name keeps when it is inflected."""
    return f"={plain_letters(name)[:_KEPT]}"


def _acts(word: str) -> bool:
    """Whether an English word is one for those who act."""
    word = word.casefold().removesuffix("'s").removesuffix("’s")
    kinds = _words()
    return word in kinds or word.removesuffix("s") in kinds or (word.endswith("ies") and word[:-3] + "y" in kinds)


_ACTS = new_sign(lambda lang: _acts if base_language(lang) == "en" else lambda _: False)


def _called(lang: str | None) -> Callable[[str], frozenset[str]]:
    """What gives for a word of a language the stems of the English words for one who acts that it begins like."""
    called = language(lang).roles.called
    stem = lexicon("en").stem
    begun = {start: stem(kind) for kind, starts in called.items() for start in starts}

    def of_word(word: str) -> frozenset[str]:
        word = word.casefold()
        found = [kind for start, kind in begun.items() if word.startswith(start) and len(word) <= len(start) + _ENDING]
        return frozenset(found) if found else NOTHING

    return of_word


_CALLED = Column(_called)


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    return frozenset(language("en").roles.actors)


@lru_cache(maxsize=1)
def _kinds() -> frozenset[str]:
    """The stems of the English words for those who act."""
    return frozenset(map(lexicon("en").stem, _words()))
