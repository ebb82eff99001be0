"""What a translation says other than its source in numbers, dates, times and amounts.

Both texts are read into typed values (`core.numbers`), values that agree are set aside, and what is left on either
side is paired by likeness. Each slip names the rule that it belongs to, so that one defect is one finding.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from mtcheck.core.codes import SpanIndex
from mtcheck.core.joined import join_numbers
from mtcheck.core.languages import base_language, language, separators
from mtcheck.core.numbers import PERCENT, Date, Name, Number, Values, find_values
from mtcheck.core.phrases import find_phrase_slips, is_another_clock
from mtcheck.core.signs import COUNTS, SPEAKS
from mtcheck.core.text import Text
from mtcheck.core.types import Span
from mtcheck.core.units import converts, units_named

# A month's last day.
_LEAST_LAST_DAY = 28
# Bare numbers of four digits that are years.
_YEARS = range(1900, 2100)
# Up to here numbers are often reworded: both, a pair, twice, half.
_SMALL = 12
_SHARES = frozenset(map(float, (5, 10, 20, 25, 30, 33, 40, 50, 60, 66, 67, 70, 75, 80, 90, 100)))
# Months, weeks, days, hours and minutes that have other names: a year and a half, a fortnight.
_REWORDED = frozenset(map(float, (6, 7, 12, 14, 15, 18, 24, 30, 36, 45, 48, 60, 72, 90)))
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_MARKED = re.compile(r"(?P<first>\d{1,3})(?P<mark>[.,])(?P<last>\d{1,3})(?![\d.,]?\d)")
# Pairs of numbers that are compared one by one; beyond, only equal values count as agreeing.
_MOST_PAIRS = 20_000
_MOST_KEPT = 50
_ROUGHLY = 0.1
_ONE_HALF, _ONE_AND_A_HALF = frozenset((0.5,)), frozenset((1.5,))
# What an article, half and a half more make of a unit.
_AMOUNTS = (1.0, 0.5, 1.5, 0.25)
# Characters from a part to its whole: 31 of the 33.
_NEAR = 20
# Above this two numbers are too unlike to stand for one another.
_UNLIKE = 2.0
_SAME_UNITS = (
    frozenset(("ton", "tonne")),
    frozenset(("kilometer", "kilometer-per-hour")),
    frozenset(("mile", "mile-per-hour")),
    frozenset(("meter", "meter-per-second")),
    frozenset(("generic", "celsius")),
)
_NAMES_FAHRENHEIT = re.compile(r"fahrenh|farenh|фаренг|华氏|\bF\b", re.IGNORECASE)
_FAHRENHEIT = frozenset(("generic", "fahrenheit"))


class Slip(NamedTuple):
    """A value that differs: the rule, the span in the target (None: it is missing there), and what the source has."""

    rule: str
    target: Span | None
    source: Span | None


def find_slips(mine: Text, other: Text) -> tuple[Slip, ...]:
    """Each value of the source that is another in the target, is missing there, or is the target's alone."""
    if not (mine.signs | other.signs) & COUNTS:
        return ()
    ours, theirs = (find_values(text.value, text.lang, _spoken(text)) for text in (mine, other))
    source, source_lang, target, target_lang = mine.value, mine.lang, other.value, other.lang
    join_numbers(source, source_lang, ours.numbers, mine.signs)
    join_numbers(target, target_lang, theirs.numbers, other.signs)
    slips = list(_calendar(ours, theirs))
    if slips and _says("midnight", source, source_lang, target, target_lang):
        # The night to Saturday is Friday night.
        slips = [slip for slip in slips if not (slip.source and slip.target and _is_next_day(slip, ours, theirs))]
    lost, added = _lonely(ours.numbers, theirs.numbers), _lonely(theirs.numbers, ours.numbers)
    if lost or added:

        def reworded() -> bool:
            """Half past seven is `halv åtta`."""
            return _says("part_hours", source, source_lang, target, target_lang)

        slips += _numbers(
            lost, added, (ours.numbers, theirs.numbers), source, target, (source_lang, target_lang), reworded
        )
        read = any(
            number.clock and number.spelled and any(minute % 60 for minute in number.times)
            for number in (*lost, *added)
        )
        if not read and any(slip.rule == "time-mismatch" for slip in slips) and reworded():
            slips = [slip for slip in slips if slip.rule != "time-mismatch"]
        slips += _halved(lost, added, target, target_lang)
        if any(slip.rule == "time-mismatch" for slip in slips) and is_another_clock(
            (source, source_lang), (target, target_lang)
        ):
            slips = [slip for slip in slips if slip.rule != "time-mismatch"]
    slips += _facets(ours.numbers, theirs.numbers, (source, source_lang), (target, target_lang))
    slips += _formats(ours.numbers, theirs.numbers, target, target_lang)
    sides = (source, source_lang, ours), (target, target_lang, theirs)
    slips += [Slip(*found) for found in find_phrase_slips(*sides, mine.signs)]
    return tuple(_apart(slips))


def _spoken(text: Text) -> Span | None:
    """From the first word that says a value to the last."""
    places = text.signed(SPEAKS)
    return Span(text.starts[places[0]], text.word(places[-1]).end) if places else None


def _formats(ours: Sequence[Number], theirs: Sequence[Number], text: str, lang: str | None) -> Iterator[Slip]:
    """Numbers that keep the source's value in another language's marks."""
    if lang is None:
        return
    decimal, group = separators(lang)
    marked = {number.digits: number for number in ours if not number.spelled and not number.dated}
    for number in theirs:
        same = marked.get(number.digits)
        if same is None or number.spelled or number.dated or number.clock or same.clock or number.lasting:
            continue
        match = _MARKED.match(text, number.span.start)
        if match is None or not (number.firm and same.firm):
            continue
        mark, places = match["mark"], len(match["last"])
        # 1.240 read as the target reads it is another number.
        misread = number.values.isdisjoint(same.values) and not number.others.isdisjoint(same.values)
        same_value = not number.values.isdisjoint(same.values)
        wrong_decimal = (
            same_value
            and places != 3
            and mark != decimal
            and (
                _is_measure(number, match["first"]) or (decimal == "." and (number.sign or _has_decimals(theirs, text)))
            )
        )
        wrong_group = places == 3 and mark != group and misread
        if wrong_decimal or wrong_group:
            yield Slip("number-format", Span(*match.span()), same.span)


def _has_decimals(numbers: Sequence[Number], text: str) -> bool:
    """True if the text has a decimal in marks of its own: beside it a comma is no list's."""
    found = (_MARKED.match(text, number.span.start) for number in numbers if number.values and not number.dated)
    return any(match is not None and match["mark"] == "." and len(match["last"]) != 3 for match in found)


def _is_measure(number: Number, whole: str) -> bool:
    """An amount of something, not a version or a chapter."""
    return bool(number.percent or number.currency or number.unit or number.scaled or whole == "0")


def _says(what: str, source: str, source_lang: str | None, target: str, target_lang: str | None) -> bool:
    sides = ((source, source_lang), (target, target_lang))
    return any(re.search(getattr(language(lang).values, what) or "(?!)", text, re.IGNORECASE) for text, lang in sides)


def _is_next_day(slip: Slip, ours: Values, theirs: Values) -> bool:
    mine = next((day.value for day in ours.weekdays if day.span == slip.source), None)
    other = next((day.value for day in theirs.weekdays if day.span == slip.target), None)
    if mine is not None and other is not None:
        return abs(mine - other) in (1, 6)
    date = next((date for date in ours.dates if date.span == slip.source), None)
    theirs_date = next((date for date in theirs.dates if date.span == slip.target), None)
    return date is not None and theirs_date is not None and _are_neighbours(date, theirs_date)


def _are_neighbours(one: Date, other: Date) -> bool:
    """True if one day is the other's eve."""
    years = {date.year for date in (one, other) if date.year is not None}
    return len(years) < 2 and any(
        (month == their_month and abs(day - theirs) == 1)
        or (abs(month - their_month) in (1, 11) and min(day, theirs) == 1 and max(day, theirs) >= _LEAST_LAST_DAY)
        for day, month in one.days
        for theirs, their_month in other.days
    )


def _apart(slips: Iterable[Slip]) -> list[Slip]:
    """Without a slip on characters that an earlier one has marked."""
    kept: list[Slip] = []
    seen: set[Span] = set()
    for slip in slips:
        if slip.target is None or not any(slip.target.overlaps(span) for span in seen):
            kept.append(slip)
            if slip.target is not None and len(seen) < 200:
                seen.add(slip.target)
    return kept


def _calendar(ours: Values, theirs: Values) -> list[Slip]:
    slips = [
        Slip("date-mismatch", other.span, date.span)
        for date, other in zip(_undated(ours.dates, theirs.dates), _undated(theirs.dates, ours.dates), strict=False)
    ]
    for mine, other in ((ours.weekdays, theirs.weekdays), (ours.months, theirs.months)):
        if mine and other:
            dates = (theirs.dates, ours.dates) if mine is ours.months else ((), ())
            pairs = zip(_unnamed(mine, other, dates[0]), _unnamed(other, mine, dates[1]), strict=False)
            slips += [Slip("date-mismatch", added.span, lost.span) for lost, added in pairs]
    return slips


def _undated(dates: Sequence[Date], others: Sequence[Date]) -> list[Date]:
    return [date for date in dates if not any(date.agrees(other) for other in others[:50])]


def _unnamed(names: Sequence[Name], others: Sequence[Name], dates: Sequence[Date]) -> list[Name]:
    """Weekdays or months that the other text does not name, each once."""
    known = {name.value for name in others} | {month for date in dates for _, month in date.days}
    return list({name.value: name for name in reversed(names) if name.value not in known}.values())


def _lonely(numbers: Sequence[Number], others: Sequence[Number]) -> list[Number]:
    """The numbers that agree with none of the others."""
    shared = {value for other in others for value in other.values}
    left = [n for n in numbers if not n.dated and (n.clock or n.values.isdisjoint(shared))]
    if len(left) * len(others) > _MOST_PAIRS:
        return []
    return [number for number in left if not any(number.agrees(other) for other in others)]


def _numbers(
    lost: list[Number],
    added: list[Number],
    numbers: tuple[Sequence[Number], Sequence[Number]],
    source: str,
    target: str,
    langs: tuple[str | None, str | None],
    reworded: Callable[[], bool],
) -> list[Slip]:
    """Slips of the numbers without a counterpart; `reworded` where half hours and quarters make words mean others."""
    slips: list[Slip] = []
    ours, all_theirs = numbers
    left = [number for number in lost if number.firm]
    words = [number for number in lost if _counts(number)]
    for number in [number for number in added if number.firm]:
        if _is_named(number, source, langs[0]) or _is_rest(number, all_theirs, ours):
            continue
        partner = _partner(number, left, source, target) or _partner(number, words, source, target)
        if partner is not None:
            (left if partner in left else words).remove(partner)
            slips.append(Slip(_rule(partner, number), number.whole, partner.whole))
        elif (
            _must_be_said(number, target)
            and not _is_exchanged(number, ours, lost)
            and not _is_help(number, source, langs[0])
        ):
            slips.append(Slip(_rule(number, number), number.whole, None))
    theirs = [number for number in added if _counts(number)]
    for number in left:
        if _is_named(number, target, langs[1]) or _is_rest(number, ours, all_theirs):
            continue
        partner = _partner(number, theirs, target, source)
        if partner is not None:
            theirs.remove(partner)
            slips.append(Slip(_rule(number, partner), partner.whole, number.whole))
        elif (
            _must_be_said(number, source)
            and not _is_restated(number, ours, lost)
            and not _is_help(number, target, langs[1])
        ):
            slips.append(Slip(_rule(number, number), None, number.whole))
    if not slips and len(words) == len(theirs) == 1 and _like_words(words[0], theirs[0]):
        if (_may_be_hours(words[0], theirs[0]) and reworded()) or _are_siblings(words[0], theirs[0], source, target):
            return slips
        slips.append(Slip(_rule(words[0], theirs[0]), theirs[0].whole, words[0].whole))
    return slips


def _halved(lost: Sequence[Number], added: Sequence[Number], target: str, lang: str | None) -> Iterator[Slip]:
    """One and a half in one word (halvandet, anderthalb) that became a half: not one after an `and`."""
    whole = [number for number in lost if number.spelled and number.values == _ONE_AND_A_HALF]
    halves = [number for number in added if number.spelled and number.values == _ONE_HALF]
    if len(whole) == len(halves) == 1:
        before = target[: halves[0].span.start].casefold().split()[-2:]
        if set(language(lang).conjunctions[:1]).isdisjoint(before):
            yield Slip("number-mismatch", halves[0].whole, whole[0].whole)


def _is_named(number: Number, other_text: str, lang: str | None) -> bool:
    """True if the other text has the measure as a unit without a number: an ounce is 30 grams, half a minute 30 s."""
    unit = number.unit
    return unit is not None and any(
        converts(value, unit, amount, other, _ROUGHLY)
        for other in units_named(other_text, lang)
        for value in number.values
        for amount in _AMOUNTS
        if value
    )


def _is_exchanged(number: Number, ours: Sequence[Number], lost: Sequence[Number]) -> bool:
    """True of money beside an amount that the translation keeps, in another currency: $14 (nearly 150 kronor)."""
    kept = [other for other in ours[:_MOST_KEPT] if other.currency and other not in lost]
    return bool(number.currency and kept) and all(number.currency.isdisjoint(other.currency) for other in kept)


def _is_restated(number: Number, ours: Sequence[Number], lost: Sequence[Number]) -> bool:
    """True of a measure whose conversion stands beside it and is kept: 18 degrees Fahrenheit (minus 8 Celsius)."""
    unit = number.unit
    return unit is not None and any(
        converts(mine, unit, sign * theirs, other.unit)
        for other in ours[:_MOST_KEPT]
        if other.unit and other not in lost
        for mine in number.values
        for theirs in other.values
        for sign in ((1, -1) if unit.dimension == "temperature" else (1,))
    )


def _is_help(number: Number, other_text: str, lang: str | None) -> bool:
    """True of a number that is called for help, where the other text speaks of those who come."""
    values = language(lang).values
    return number.digits in values.emergency_numbers and bool(
        re.search(values.emergency or "(?!)", other_text, re.IGNORECASE)
    )


def _is_rest(one: Number, ours: Sequence[Number], theirs: Sequence[Number]) -> bool:
    """True of one part of a whole where the translation tells the other: 31 of 33 saved, two of 33 let in."""
    wholes = _soon_after(one, ours)
    return bool(wholes) and any(
        mine + rest in wholes & _soon_after(other, theirs)
        for other in theirs[:_MOST_KEPT]
        for mine in one.values
        for rest in other.values
    )


def _soon_after(one: Number, numbers: Sequence[Number]) -> set[float]:
    return {
        value
        for number in numbers[:_MOST_KEPT]
        if 0 < number.span.start - one.span.end <= _NEAR
        for value in number.values
    }


def _must_be_said(number: Number, text: str) -> bool:
    """A value of `text` that the other text cannot do without."""
    return _is_heavy(number) and not _is_round_share(number) and not _in_aside(number, text)


def _in_aside(number: Number, text: str) -> bool:
    """An editor's conversion or explanation in brackets is no fault of the translation."""
    return SpanIndex([Span(*match.span()) for match in _ASIDE.finditer(text)]).overlaps(number.span)


def _counts(number: Number) -> bool:
    """A spelled-out number that is surely a count."""
    return number.spelled and number.weight > 2 and not number.era


def _may_be_hours(*numbers: Number) -> bool:
    """False of what nobody says with half an hour or a quarter: fifty and thirty, nine kilos."""
    units = {number.unit.dimension for number in numbers if number.unit}
    return units <= {"duration"} and (bool(units) or min(number.weight for number in numbers) <= _SMALL)


def _are_siblings(one: Number, other: Number, *texts: str) -> bool:
    """Who has four siblings is one of five children."""
    siblings = language(None).values.siblings
    return abs(one.weight - other.weight) == 1 and any(re.search(siblings, text, re.IGNORECASE) for text in texts)


def _like_words(one: Number, other: Number) -> bool:
    same_kind = one.percent == other.percent and (one.unit is None) == (other.unit is None)
    return same_kind and one.scaled == other.scaled


def _partner(number: Number, others: Sequence[Number], text: str, other_text: str) -> Number | None:
    """The number of the other side that this one most likely stands for."""
    if not others:
        return None
    place = number.span.start / max(len(other_text), 1)
    best = min(
        others[:200],
        key=lambda other: _distance(number, other) + 0.3 * abs(other.span.start / max(len(text), 1) - place),
    )
    return best if _distance(number, best) < _UNLIKE else None


def _distance(one: Number, other: Number) -> float:
    """How unlike two mentions are: what they count, then the digits that they share."""
    timed = one if one.clock else other
    if one.clock != other.clock and (timed.spelled or not (one.times and other.times)):
        return math.inf
    a, b = f"{one.weight:g}", f"{other.weight:g}"
    unlike = 1.0 - len(set(a) & set(b)) / max(len(set(a) | set(b)), 1)
    if one.percent != other.percent:
        unlike += 1.0
    if (one.unit and one.unit.dimension) != (other.unit and other.unit.dimension):
        unlike += 0.4
    if bool(one.currency) != bool(other.currency):
        unlike += 0.4
    return unlike + 0.5 * (one.era != other.era) + 0.1 * (one.scaled != other.scaled)


def _rule(lost: Number, added: Number) -> str:
    """The rule of the catalogue that a pair of unlike values belongs to."""
    lasting = lost.joint and added.joint and lost.joint[1]
    if lost.clock or added.clock or (lasting and lasting.dimension == "duration"):
        return "time-mismatch"
    if lost.era or added.era or (lost is not added and _is_year(lost) and _is_year(added)):
        return "date-mismatch"
    if lost.percent or added.percent:
        return "percent-mismatch"
    if lost is not added and any(_is_power_of_ten(a, b) for a in lost.values for b in added.values):
        return "magnitude-mismatch"
    return "number-mismatch"


def _is_year(number: Number) -> bool:
    """Four digits without a mark that count nothing."""
    counts = number.percent or number.unit or number.currency or number.clock or number.scaled
    return not counts and number.span.end - number.span.start == len(number.digits) == 4 and number.weight in _YEARS


def _is_power_of_ten(one: float, other: float) -> bool:
    if one <= 0 or other <= 0 or one == other:
        return False
    power = math.log10(one / other)
    return abs(power - round(power)) < 1e-9 and round(power) != 0


def _is_heavy(number: Number) -> bool:
    """A value that nobody rewords into nothing."""
    if number.unit and number.unit.dimension == "duration" and not number.values.isdisjoint(_REWORDED):
        return False
    if number.clock:
        # A whole hour is often a word that holds it.
        return not number.spelled and any(minute % 60 or minute > 720 for minute in number.times)
    return number.weight > _SMALL or any(value % 1 for value in number.values)


def _is_round_share(number: Number) -> bool:
    """20 per cent may be a fifth, 75 per cent three out of four."""
    return bool(number.percent) and not number.values.isdisjoint(_SHARES)


def _facets(
    ours: Sequence[Number], theirs: Sequence[Number], source: tuple[str, str | None], target: tuple[str, str | None]
) -> list[Slip]:
    """Values that are the same but for what they count: money, a unit, per cent, a sign."""
    by_value: dict[float, list[Number]] = {}
    for number in theirs:
        if not number.dated:
            for value in number.values:
                by_value.setdefault(value, []).append(number)
    slips: list[Slip] = []
    for number in ours[:400]:
        if number.dated:
            continue
        same = next((by_value[value] for value in number.values if value in by_value), [])[:20]
        rule = _facet(number, same, source, target) if same else None
        if rule:
            slips.append(Slip(rule, same[0].whole, number.whole))
    return slips


def _facet(
    number: Number, same: Sequence[Number], source: tuple[str, str | None], target: tuple[str, str | None]
) -> str | None:
    if number.percent != same[0].percent and not any(other.percent == number.percent for other in same):
        if number.percent and all(other.percent for other in same):
            return "percent-mismatch"
        bare, text = (same[0], target) if number.percent else (number, source)
        shown = number if number.percent else same[0]
        if not bare.spelled and not shown.spelled and shown.percent == PERCENT and not _says_percent(*text):
            return "percent-mismatch"
        return None
    if number.currency:
        if all(other.currency and number.currency.isdisjoint(other.currency) for other in same):
            return "currency-mismatch"
    elif number.unit and all(
        other.unit and not _same_unit(number, other, source, target) and not _is_converted(number, other)
        for other in same
    ):
        return "unit-mismatch"
    measured = number.percent or (number.unit and number.unit.dimension == "temperature")
    if measured and all(number.sign != other.sign for other in same):
        signs = {number.sign, same[0].sign}
        lacking = target if number.sign == "-" else source
        if signs == {"+", "-"} or (signs == {"-", ""} and not _falls(*lacking)):
            return "percent-mismatch" if number.percent else "number-mismatch"
    return None


def _is_converted(one: Number, other: Number) -> bool:
    """True if a reading of one is a reading of the other in its unit: three millennia, three thousand years."""
    return any(
        one.unit is not None and other.unit is not None and converts(mine, one.unit, theirs, other.unit)
        for mine in one.values
        for theirs in other.values
        if mine and theirs
    )


def _same_unit(one: Number, other: Number, *sides: tuple[str, str | None]) -> bool:
    assert one.unit is not None
    assert other.unit is not None
    names = {one.unit.name, other.unit.name}
    if names == _FAHRENHEIT:  # bare degrees are Celsius where nobody measures otherwise, and nobody says so
        text, lang = sides[one.unit.name == "fahrenheit"]
        return base_language(lang) in ("en", None) or bool(_NAMES_FAHRENHEIT.search(text))
    return len(names) == 1 or any(names <= same for same in _SAME_UNITS)


def _says_percent(text: str, lang: str | None) -> bool:
    values = language(lang).values
    if not values.percent:
        return True
    return "%" in text or bool(
        re.search(f"{values.points}|{values.percent}|percent|procent|point", text, re.IGNORECASE)
    )


def _falls(text: str, lang: str | None) -> bool:
    falls = language(lang).values.falls
    return not falls or bool(re.search(falls, text, re.IGNORECASE)) or any(dash in text for dash in "−–-")
