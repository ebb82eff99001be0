"""Which texts of an article translate which of another: dynamic programming over beads (after Gale and Church 1993).

A bead takes none, one or two texts of each side. It costs what its lengths, and what its texts say, speak against it:
by lexicon, names and numbers, and by the embeddings of a reference model where there is one.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from mtcheck.core.content import Content, plain_letters
from mtcheck.core.languages import language
from mtcheck.core.lexicon import lexicon
from mtcheck.core.text import Text
from mtcheck.core.types import Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Unit vectors (texts, dimensions) of texts in either language; what means the same lies near."""


class Bead(NamedTuple):
    """Texts of the source, and those of the target that translate them, by position; either may be none.

    `moved` if the translation stands elsewhere than in the order of the source.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    moved: bool = False


@dataclass(frozen=True)
class Weights:
    """What speaks against what, in nats.

    `content` and `embedding` are for one text each side that say nothing alike, `length` is the most that lengths can
    say; `skip` is for a text left out, `move` for one that stands elsewhere, `role` for texts of two kinds together,
    `two` for two texts that stand for two.
    """

    content: float = 13.0
    embedding: float = 0.0
    length: float = 4.0
    skip: float = 6.5
    move: float = 3.0
    role: float = 1.5
    two: float = 6.5


# Where vectors tell what means the same, words say the less.
WITH_EMBEDDINGS = Weights(content=6.0, embedding=9.0)
# Gale and Church's priors of a bead by its counts, but for what is left out, which `Weights.skip` says.
_PRIOR = {(1, 1): 0.12, (1, 2): 3.1, (2, 1): 3.1}
_VARIANCE = 6.8
# Support of a text of whose words nothing is known, and how many words of evidence outweigh it.
_UNKNOWN = 0.5
_DOUBT = 3.0
# Beyond so many texts a side, only beads near the diagonal are looked at.
_BAND = 150
# How many texts are tried whether they moved; each is an alignment of all the rest, so none of longer articles are.
_TRIALS = 12
_SEARCHED = 200 * 200

# Roles of one kind: a quote may well be read as a paragraph on the other side.
_KINDS = {
    Role.LEAD: Role.BODY, Role.QUOTE: Role.BODY, Role.OTHER: Role.BODY,
    Role.SUBHEAD: Role.HEADLINE, Role.CREDIT: Role.CAPTION, Role.DATELINE: Role.BYLINE,
}  # fmt: skip

# Letters that languages spell the same sounds with, vowels behind the first letter, and what is written twice.
_ALIKE = str.maketrans("cqwzfy", "kkvspi", "h'’")
_MUTE = re.compile(r"(?<!^)[aeiouæøåœj]")
_DOUBLED = re.compile(r"(.)\1+")
_SOUND = 3
# What sounding alike counts beside a shared meaning.
_ALIKE_SURE = 0.7

Places = tuple[int, ...]


def find_beads(
    source: Sequence[str],
    target: Sequence[str],
    source_lang: str | None,
    target_lang: str | None,
    *,
    roles: tuple[Sequence[Role], Sequence[Role]] | None = None,
    embed: Embed | None = None,
    weights: Weights | None = None,
) -> list[Bead]:
    """The cheapest beads that cover both sides, in the order of the target.

    What moved is found among the pairs that suit each other best and break the order: a pair is taken out where that
    makes the whole cheaper.
    """
    weights = weights or (WITH_EMBEDDINGS if embed else Weights())
    costs = _Costs(source, target, source_lang, target_lang, embed, weights, roles)
    rows, columns = list(range(len(source))), list(range(len(target)))
    total, beads = _cheapest(rows, columns, costs, weights)
    moved: list[Bead] = []
    for i, j in _out_of_order(rows, columns, costs, weights)[:_TRIALS]:
        if i not in rows or j not in columns:
            # Texts that say the same have the same best counterpart.
            continue
        fewer = [k for k in rows if k != i], [k for k in columns if k != j]
        cost, rest = _cheapest(*fewer, costs, weights)
        if cost + costs.of((i,), (j,)) + weights.move < total:
            # Of what is left, as the next trial's cost is.
            total = cost
            (rows, columns), beads = fewer, rest
            moved.append(Bead((i,), (j,), moved=True))
    for bead in moved:
        after = (at for at, other in enumerate(beads) if other.target and other.target[0] > bead.target[0])
        beads.insert(next(after, len(beads)), bead)
    return beads


def _cheapest(rows: Sequence[int], columns: Sequence[int], costs: _Costs, weights: Weights) -> tuple[float, list[Bead]]:
    """The cost of the cheapest beads in order that cover these texts, and the beads."""
    best = [[math.inf] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    back: dict[tuple[int, int], tuple[int, int]] = {}
    best[0][0] = 0.0
    for i, j in _cells(len(rows), len(columns)):
        options = []
        if i:
            options.append((best[i - 1][j] + weights.skip, (1, 0)))
        if j:
            options.append((best[i][j - 1] + weights.skip, (0, 1)))
        for step, prior in (*_PRIOR.items(), ((2, 2), weights.two)):
            a, b = step
            if a <= i and b <= j and best[i - a][j - b] < math.inf:
                cost = prior + costs.of(tuple(rows[i - a : i]), tuple(columns[j - b : j]))
                options.append((best[i - a][j - b] + cost, step))
        best[i][j], back[i, j] = min(options)
    beads: list[Bead] = []
    i, j = len(rows), len(columns)
    while i or j:
        a, b = back[i, j]
        beads.append(Bead(tuple(rows[i - a : i]), tuple(columns[j - b : j])))
        i, j = i - a, j - b
    return best[-1][-1], beads[::-1]


def _cells(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    for i in range(rows + 1):
        middle = i * columns // rows if rows else 0
        reach = max(_BAND, abs(rows - columns) + 1) if rows else columns
        for j in range(max(0, middle - reach), min(columns, middle + reach) + 1):
            if i or j:
                yield i, j


def _out_of_order(
    rows: Sequence[int], columns: Sequence[int], costs: _Costs, weights: Weights
) -> list[tuple[int, int]]:
    """Pairs of texts that suit each other best and are not among the most such pairs that are in order."""
    if not (weights.content or weights.embedding) or len(rows) * len(columns) > _SEARCHED:
        return []
    table = [[costs.of((i,), (j,)) for j in columns] for i in rows]
    nearest = [min(range(len(columns)), key=row.__getitem__, default=-1) for row in table]
    anchors = []
    for i, j in enumerate(nearest):
        if j >= 0 and table[i][j] < 2 * weights.skip and all(table[i][j] <= table[k][j] for k in rows):
            anchors.append((i, j))
    in_order = set(_longest_rise(anchors))
    return sorted((pair for pair in anchors if pair not in in_order), key=lambda pair: table[pair[0]][pair[1]])


def _longest_rise(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs of which the second rises with the first; the pairs come in order of the first."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_, value) in enumerate(pairs):
        place = bisect_left(ends, value)
        before.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [value]
        last[place : place + 1] = [at]
    found = []
    at = last[-1] if last else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found


class _Costs:
    """What speaks against texts of the source being translated by texts of the target."""

    def __init__(
        self,
        source: Sequence[str],
        target: Sequence[str],
        source_lang: str | None,
        target_lang: str | None,
        embed: Embed | None,
        weights: Weights,
        roles: tuple[Sequence[Role], Sequence[Role]] | None,
    ) -> None:
        self._weights = weights
        self._kinds = [[_KINDS.get(role, role) for role in side] for side in roles] if roles else None
        self._same = _repeated(source), _repeated(target)
        self._lengths = [len(text) for text in source], [len(text) for text in target]
        self._ratio = _expected_ratio(source, target, source_lang, target_lang)
        self._words = _Words(source, target, source_lang, target_lang) if weights.content else None
        self._near = _Embeddings(source, target, embed) if embed is not None and weights.embedding else None
        # Asked again where moves are looked for.
        self._known: dict[tuple[Places, Places], float] = {}
        self._is_long = len(source) * len(target) > _SEARCHED

    def of(self, source: Places, target: Places) -> float:
        """Nats, 0 or more."""
        if self._is_long:
            return self._of(source, target)
        cost = self._known.get((source, target))
        if cost is None:
            cost = self._known[source, target] = self._of(source, target)
        return cost

    def _of(self, source: Places, target: Places) -> float:
        weights = self._weights
        # A text that stands twice is not the second half of its own translation, nor a translation of something new.
        if any(len({same[place] for place in places}) < len(places) for same, places in self._sides(source, target)):
            return math.inf
        repeats = [any(same[place] != place for place in places) for same, places in self._sides(source, target)]
        left = sum(self._lengths[0][i] for i in source) * self._ratio
        cost = min(weights.length, _surprise(left, sum(self._lengths[1][j] for j in target)))
        if repeats[0] != repeats[1]:
            cost += weights.skip
        if self._words:
            cost += weights.content / 2 * sum(1 - share for share in self._words.supports(source, target))
        if self._near:
            texts = len(source) + len(target)
            cost += weights.embedding / 2 * texts * (1 - self._near.nearness(source, target))
        if self._kinds:
            left_kinds, right_kinds = self._kinds
            kinds = {*(left_kinds[i] for i in source), *(right_kinds[j] for j in target)}
            cost += weights.role * (len(kinds) - 1)
        return cost

    def _sides(self, source: Places, target: Places) -> Iterator[tuple[Sequence[int], Places]]:
        yield self._same[0], source
        yield self._same[1], target


def _repeated(texts: Sequence[str]) -> list[int]:
    """For each text, where it stood first."""
    first: dict[str, int] = {}
    return [first.setdefault(" ".join(text.split()).casefold(), place) for place, text in enumerate(texts)]


def _surprise(left: float, right: float) -> float:
    """Of two lengths of which one is usual for the other: their difference is normal about 0."""
    mean = (left + right) / 2
    if not mean:
        return 0.0
    tail = math.erfc(abs(left - right) / math.sqrt(2 * mean * _VARIANCE))
    return -math.log(tail) if tail > 0 else math.inf


def _expected_ratio(
    source: Sequence[str], target: Sequence[str], source_lang: str | None, target_lang: str | None
) -> float:
    known = language(source_lang).chars_per_english_char, language(target_lang).chars_per_english_char
    if known[0] and known[1]:
        return known[1] / known[0]
    return max(sum(map(len, target)), 1) / max(sum(map(len, source)), 1)


class _Words:
    """What each text says of the other side's, words that few texts have counting more."""

    def __init__(
        self, source: Sequence[str], target: Sequence[str], source_lang: str | None, target_lang: str | None
    ) -> None:
        sides = [
            [_words(Text(text, lang)) for text in texts]
            for texts, lang in ((source, source_lang), (target, target_lang))
        ]
        both = lexicon(source_lang), lexicon(target_lang)
        # A word without a counterpart says something only where the lexicons of both languages would know one.
        missing = 0.0 if not all(both) else 1.0 if all(known.thorough for known in both) else 0.5
        self._marks = _marks(sides[0], sides[1], missing), _marks(sides[1], sides[0], missing)

    def supports(self, source: Places, target: Places) -> list[float]:
        """The share of each text's words that the texts of the other side have together, 0 to 1."""
        return [
            *(_support(self._marks[0][i], _bits(target)) for i in source),
            *(_support(self._marks[1][j], _bits(source)) for j in target),
        ]


def _bits(places: Places) -> int:
    return sum(1 << place for place in places)


class _Mark(NamedTuple):
    """A word's weight, and the texts of the other side that have a counterpart, as bits."""

    weight: float
    texts: int


class _Word(NamedTuple):
    """What a content word can mean, whether that is known, and how it sounds."""

    keys: frozenset[str]
    known: bool
    sound: str


def _words(text: Text) -> list[_Word]:
    return [_Word(word.keys, word.known, _sound(text.folded_words[word.at])) for word in Content(text).words]


@lru_cache(maxsize=1 << 15)
def _sound(word: str) -> str:
    """The consonants that a word begins with, of which names and loan words keep most in any spelling; else empty."""
    if word[0].isdecimal():
        return ""
    consonants = _MUTE.sub("", _DOUBLED.sub(r"\1", plain_letters(word).translate(_ALIKE)))
    return f"~{consonants[:_SOUND]}" if len(consonants) >= _SOUND else ""


def _marks(own: Sequence[Sequence[_Word]], other: Sequence[Sequence[_Word]], missing: float) -> list[list[_Mark]]:
    where: dict[str, int] = {}
    for position, words in enumerate(other):
        for key in {key for word in words for key in (*word.keys, word.sound)}:
            where[key] = where.get(key, 0) | 1 << position
    where.pop("", None)
    found = []
    for words in own:
        marks = []
        for word in words:
            texts = 0
            for key in word.keys:
                texts |= where.get(key, 0)
            sure = 1.0
            if not texts:
                texts, sure = where.get(word.sound, 0), _ALIKE_SURE
            # What no text of the other side has is missing; what many have tells little of which.
            weight = math.log(1 + len(other) / max(1, texts.bit_count()))
            if texts:
                marks.append(_Mark(weight * sure, texts))
            elif word.known and missing:
                marks.append(_Mark(weight * missing, 0))
        found.append(marks)
    return found


def _support(marks: Sequence[_Mark], window: int) -> float:
    total = said = 0.0
    for weight, texts in marks:
        total += weight
        if texts & window:
            said += weight
    return (said + _UNKNOWN * _DOUBT) / (total + _DOUBT)


class _Embeddings:
    """Nearness of vectors, against that of texts that do not belong together."""

    def __init__(self, source: Sequence[str], target: Sequence[str], embed: Embed) -> None:
        import numpy as np

        self._sides = [_joined(texts) for texts in (source, target)]
        left, right = (embed(texts) for texts, _ in self._sides)
        self._cosines = left @ right.T
        single = self._cosines[: len(source), : len(target)]
        # Most pairs do not belong together: their median is what chance gives.
        self._chance = float(np.median(single)) if single.size else 0.0

    def nearness(self, source: Places, target: Places) -> float:
        """1 for the same meaning, 0 for no more than chance."""
        rows, columns = (
            [side[1][places]] if places in side[1] else [side[1][place,] for place in places]
            for side, places in zip(self._sides, (source, target), strict=True)
        )
        cosine = float(self._cosines[rows][:, columns].mean())
        return min(1.0, max(0.0, (cosine - self._chance) / max(1e-6, _SURE - self._chance)))


# The cosine of a good translation.
_SURE = 0.85


def _joined(texts: Sequence[str]) -> tuple[list[str], dict[Places, int]]:
    """The texts, and each two neighbours as one, with where they stand."""
    pairs = [f"{one} {two}" for one, two in pairwise(texts)]
    where: dict[Places, int] = {(place,): place for place in range(len(texts))}
    where |= {(place, place + 1): len(texts) + place for place in range(len(pairs))}
    return [*texts, *pairs], where
