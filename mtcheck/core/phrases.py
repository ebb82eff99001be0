"""What the words around values say: whose clock it is, which night, which world war, per what, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from mtcheck.core.cues import ORDER, TURN, WAR
from mtcheck.core.languages import language
from mtcheck.core.numbers import Number, Values, weekday_of
from mtcheck.core.types import Span

_WEEK = 7
# Characters between two numbers, and from them to what says their order.
_NEAR = 40
_YEARS = range(1500, 2100)
_TURNS = frozenset((0, 12 * 60))
_NAME = re.compile(r"\b[A-ZÅÄÖØÆÉ]\w+")

Found = tuple[str, Span, Span]
Side = tuple[str, str | None, Values]


class _Patterns(NamedTuple):
    zones: dict[str, re.Pattern[str]]
    wars: dict[str, re.Pattern[str]]
    rates: re.Pattern[str]
    into: re.Pattern[str]
    between: re.Pattern[str]
    respectively: re.Pattern[str]


@lru_cache(maxsize=64)
def _patterns(lang: str | None) -> _Patterns:
    values = language(lang).values
    return _Patterns(
        {name: re.compile(rf"(?<!\w){words}") for name, words in values.zones.items()},
        {number: re.compile(words, re.IGNORECASE) for number, words in values.wars.items()},
        re.compile("|".join(f"(?P<{name}>{words})" for name, words in values.rates.items()) or "(?!)", re.IGNORECASE),
        re.compile(rf"\b(?:{values.night_into or '(?!)'})", re.IGNORECASE),
        re.compile(rf"\b(?:{values.night_between or '(?!)'})", re.IGNORECASE),
        re.compile(rf"\b(?:{values.respectively or '(?!)'})\b", re.IGNORECASE),
    )


def is_another_clock(*sides: tuple[str, str | None]) -> bool:
    """True if the texts name different time zones, or but one of them does: hours are converted."""
    named = [{name for name, words in _patterns(lang).zones.items() if words.search(text)} for text, lang in sides]
    return any(named) and (named[0] != named[1] or "own" in named[0])


def find_phrase_slips(source: Side, target: Side, signs: int) -> Iterator[Found]:
    """Rule, place in the target and in the source of what differs; `signs` are those of the source."""
    ours, theirs = source[2], target[2]
    if ours.weekdays and theirs.weekdays:
        yield from _nights(source, target)
    if signs & WAR:
        yield from _wars(source, target)
    if not (ours.numbers and theirs.numbers):
        return
    if signs & TURN:
        yield from _turns(ours.numbers, theirs.numbers)
    if signs & ORDER:
        yield from _order(source, target)
    yield from _rates(source, target)
    yield from _speeds(ours.numbers, theirs.numbers)


def _turns(ours: Sequence[Number], theirs: Sequence[Number]) -> Iterator[Found]:
    """Noon and midnight in each other's place."""
    mine, other = ([n for n in numbers if n.clock and n.spelled and n.times <= _TURNS] for numbers in (ours, theirs))
    if len(mine) == len(other) == 1 and mine[0].times.isdisjoint(other[0].times):
        yield "time-mismatch", other[0].whole, mine[0].whole


def _rates(source: Side, target: Side) -> Iterator[Found]:
    """The same amount by the month and by the year."""
    for number in source[2].numbers:
        per = _rate(source, number)
        if per is None:
            continue
        same = [n for n in target[2].numbers if not n.values.isdisjoint(number.values)]
        others = [found for n in same if (found := _rate(target, n))]
        if others and len(others) == len(same) and all(name != per[0] for name, _ in others):
            yield "unit-mismatch", others[0][1], per[1]


def _rate(side: Side, number: Number) -> tuple[str, Span] | None:
    text, lang, _ = side
    match = (
        _patterns(lang).rates.match(text, number.whole.end)
        if text[number.whole.end : number.whole.end + 1].isspace()
        else None
    )
    return (match.lastgroup or "", Span(match.start() + 1, match.end())) if match else None


def _nights(source: Side, target: Side) -> Iterator[Found]:
    """The night to Saturday is the one between Friday and Saturday."""
    mine, other = _night(source), _night(target)
    if mine and other and mine[0] != other[0]:
        yield "date-mismatch", other[1], mine[1]


def _night(side: Side) -> tuple[int, Span] | None:
    """The weekday that a text's one night leads to."""
    text, lang, _ = side
    patterns = _patterns(lang)
    nights: list[tuple[int, Span]] = []
    for match in patterns.between.finditer(text):
        first, last = weekday_of(match["from"], lang), weekday_of(match["to"], lang)
        if first is not None and last is not None and (first + 1) % _WEEK == last:
            nights.append((last, Span(match.start("from"), match.end("to"))))
    for match in patterns.into.finditer(text):
        name = "day" if match["day"] else "day2"
        day = weekday_of(match[name], lang)
        if day is not None and not any(span.overlaps(Span(*match.span(name))) for _, span in nights):
            nights.append((day, Span(*match.span())))
    return nights[0] if len(nights) == 1 else None


def _wars(source: Side, target: Side) -> Iterator[Found]:
    """One world war as the other."""
    found = [
        {number: match.span() for number, words in _patterns(lang).wars.items() if (match := words.search(text))}
        for text, lang, _ in (source, target)
    ]
    if len(found[0]) == len(found[1]) == 1 and found[0].keys() != found[1].keys():
        (mine,), (other,) = found[0].values(), found[1].values()
        yield "number-mismatch", Span(*other), Span(*mine)


def _order(source: Side, target: Side) -> Iterator[Found]:
    """In 2020 and 2019 respectively, and the two exchanged while all else stays."""
    pairs = [_pair(side) for side in (source, target)]
    if pairs[0] is None or pairs[1] is None:
        return
    (first, second), (other_first, other_second) = pairs[0], pairs[1]
    crossed = first.agrees(other_second) and second.agrees(other_first)
    if not crossed or first.agrees(other_first) or second.agrees(other_second):
        return
    theirs = [n.values for n in target[2].numbers if n is not other_first and n is not other_second]
    ours = [n.values for n in source[2].numbers if n is not first and n is not second]
    names = [
        [word for word in _NAME.findall(text) if word in other]
        for text, other in ((source[0], target[0]), (target[0], source[0]))
    ]
    if ours == theirs and names[0] == names[1]:
        rule = "date-mismatch" if all(n.weight in _YEARS for n in (first, second)) else "number-mismatch"
        yield rule, Span(other_first.whole.start, other_second.whole.end), Span(first.whole.start, second.whole.end)


def _pair(side: Side) -> tuple[Number, Number] | None:
    """The two numbers that the text's one `respectively` is said of: 4 respektive 5, 4 and 5 respectively."""
    text, lang, values = side
    matches = list(_patterns(lang).respectively.finditer(text)) if values.numbers else []
    if len(matches) != 1 or len(values.numbers) < 2:
        return None
    place = matches[0].start()
    numbers = sorted(values.numbers, key=lambda number: number.span.start)
    pairs = [
        (one, other)
        for one, other in pairwise(numbers)
        if one.span.start - _NEAR < place < other.span.end + _NEAR and other.span.start - one.span.end <= _NEAR
    ]
    return min(pairs, key=lambda pair: abs(pair[0].span.start + pair[1].span.end - 2 * place), default=None)


def _speeds(ours: Sequence[Number], theirs: Sequence[Number]) -> Iterator[Found]:
    """In the 100 zone, where 147 km/h are kept, it is not miles per hour."""
    speeds = [n for n in theirs if n.unit and n.unit.dimension == "speed"]
    if len(speeds) < 2:
        return
    kept = {n.unit for n in ours if n.unit} & {n.unit for n in speeds}
    for number in speeds:
        bare = [n for n in ours if not n.values.isdisjoint(number.values)]
        converted = any(other is not number and other.agrees(number) for other in speeds)  # 105 mph (165 km/h)
        if kept and number.unit not in kept and len(bare) == 1 and bare[0].unit is None and not converted:
            yield "unit-mismatch", number.whole, bare[0].whole
