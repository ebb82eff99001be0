"""Who acts in two texts of which one is English: the names and the words for people and bodies that both have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, compress, count
from typing import NamedTuple

from mtcheck.core.content import Content, plain_letters
from mtcheck.core.languages import base_language, language
from mtcheck.core.lexicon import NOTHING, lexicon
from mtcheck.core.memo import Memo
from mtcheck.core.names import Place, bare
from mtcheck.core.text import Text
from mtcheck.core.words import Column

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
    acting = compress(count(), english.text.column(_ACTS))
    meant = {at: meaning[0] for at in acting if (meaning := english.meanings[at]) is not None}
    if len(meant) + len(source_names if english is source else target_names) < _FEWEST:
        return [], []
    stems = NOTHING.union(*meant.values()) & _kinds()
    by_word = list(map(_called(other.text.lang).__getitem__, other.text.folded_words))
    if stems.isdisjoint(other.keys) and stems.isdisjoint(chain.from_iterable(by_word)):
        return [], []
    called = {at: frozenset(_alike(keys)) | (keys & stems) for at, keys in meant.items()}
    kinds = NOTHING.union(*called.values())
    answered = {
        at: found
        for at, (meaning, begun) in enumerate(zip(other.meanings, by_word, strict=True))
        if meaning is not None and (found := (meaning[0] & kinds) | (begun & kinds))
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


_ACTS = Column(lambda _: _acts)


class _Called(Memo[frozenset[str]]):
    """For each case-folded word of a language the stems of the English words for one who acts that it begins like."""

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        stem = lexicon("en").stem
        self._begun = {start: stem(kind) for kind, starts in language(lang).roles.called.items() for start in starts}

    def look_up(self, word: str) -> frozenset[str]:
        return frozenset(
            kind for start, kind in self._begun.items() if word.startswith(start) and len(word) <= len(start) + _ENDING
        )


@lru_cache(maxsize=64)
def _called(lang: str | None) -> _Called:
    return _Called(lang)


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    return frozenset(language("en").roles.actors)


@lru_cache(maxsize=1)
def _kinds() -> frozenset[str]:
    """The stems of the English words for those who act."""
    return frozenset(map(lexicon("en").stem, _words()))
