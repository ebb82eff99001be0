"""Numbers that are one amount together: three tenths, 1 minute 20, two million and 70 thousand, 4 by 5 inches."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from mtcheck.core.cues import FRACTION, TURN
from mtcheck.core.languages import language
from mtcheck.core.numbers import Number, scale_after
from mtcheck.core.types import Span
from mtcheck.core.units import next_smaller, unit_after

_THOUSAND, _MILLION = 1e3, 1e6
_LONGEST_LINK = 5
_NOON = 12 * 60


@lru_cache(maxsize=64)
def _patterns(lang: str | None) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Words of fractions, what links them to their whole, what links two sides, and the two turns of the day."""
    values = language(lang).values
    fractions = "|".join(f"(?P<f{by}>{words})" for by, words in values.fractions.items()) or r"(?!)"
    turns = rf"(?P<noon>{values.noon or '(?!)'})|(?P<midnight>{values.midnight_hour or '(?!)'})"
    return (
        re.compile(rf"(?<![^\W\d_])(?:{fractions})", re.IGNORECASE),
        re.compile(values.fraction_of, re.IGNORECASE),
        re.compile(values.beside, re.IGNORECASE),
        re.compile(rf"(?<![^\W\d_])(?:{turns})(?!\w)", re.IGNORECASE),
    )


def join_numbers(text: str, lang: str | None, numbers: list[Number], signs: int) -> None:
    """Give numbers of a text the amounts that they have with their neighbours; add fractions and turns of the day.

    `signs` are those of the text.
    """
    if signs & FRACTION:
        _read_fractions(text, lang, numbers)
    if signs & TURN:
        _read_turns(text, lang, numbers)
    if len(numbers) < 2:
        return
    *_, beside, _ = _patterns(lang)
    links = {"", ",", *language(lang).conjunctions[:1]}
    for one, other in pairwise(sorted(numbers, key=lambda number: number.span.start)):
        if not 0 <= other.whole.start - one.whole.end <= _LONGEST_LINK:
            continue
        gap = text[one.whole.end : other.whole.start]
        if one.unit and not (other.unit or other.percent or other.currency) and beside.fullmatch(gap):
            other.unit = one.unit
        elif gap.strip() in links:
            _join(one, other)


def _join(one: Number, other: Number) -> None:
    """Feet and inches, minutes and seconds, millions and thousands."""
    amount, unit = one.joint or (one.weight, one.unit)
    if unit is not None:
        smaller = other.unit or next_smaller(unit)
        if smaller is None or smaller.dimension != unit.dimension or smaller.factor >= unit.factor:
            return
        size = unit.factor / smaller.factor
        if 0 < other.weight < size and not (other.percent or other.currency):
            one.joint = other.joint = (round(amount * size) + other.weight, smaller)
    elif one.scaled and other.weight < _MILLION <= one.weight and (other.scaled or other.weight >= _THOUSAND):
        one.joint = other.joint = (amount + other.weight, None)


def _read_fractions(text: str, lang: str | None, numbers: list[Number]) -> None:
    words, of, *_ = _patterns(lang)
    for match in words.finditer(text):
        by = float((match.lastgroup or "f1")[1:])
        link = of.match(text, match.end())
        whole = link.end() if link else match.end()
        scale = scale_after(text, match.end(), lang) or scale_after(text, whole, lang)
        end = scale[0] if scale else match.end()
        own = [n for n in numbers if n.spelled and n.span.overlaps(Span(match.start(), end))]
        is_ordinal = bool(own) and own[0].span.start < match.end()
        linked = whole if link and link.group().strip(" -") else match.end()
        # A third month is no third of one.
        found = None if scale or (is_ordinal and linked == match.end()) else unit_after(text, linked, lang)
        if not (scale or found) and text[end : end + 1].isalpha():
            continue  # the beginning of another word
        count = next((n for n in numbers if 0 <= match.start() - n.span.end <= 1 and not n.unit), None)
        if is_ordinal and own[0].span.start < match.start():
            count = own[0]
        if count is None and not (scale or found):
            continue
        counted = count.values if count else {1.0}
        amounts = frozenset(round(value / by * (scale[1] if scale else 1.0), 6) for value in counted)
        if is_ordinal and not scale:
            own[0].values |= amounts
            own[0].unit = own[0].unit or (found[1] if found else None)
            continue
        span = Span(count.span.start if count else match.start(), end)
        # Seven tenths may be seven of ten, but not of a second.
        read = Number(span, amounts if scale or found else amounts | counted, bool(count and count.firm), span)
        read.spelled, read.scaled = True, scale is not None
        if found:
            read.whole, read.unit = Span(span.start, found[0]), found[1]
        elif own:
            read.whole, read.currency = Span(span.start, max(end, own[-1].whole.end)), own[-1].currency
            read.unit = own[-1].unit
        numbers[:] = [n for n in numbers if n is not count and not (n.spelled and n.span.overlaps(read.whole))]
        numbers.append(read)


def _read_turns(text: str, lang: str | None, numbers: list[Number]) -> None:
    """Noon and midnight as times of day."""
    for match in _patterns(lang)[3].finditer(text):
        span = Span(*match.span())
        times = frozenset((_NOON if match["noon"] else 0,))
        own = next((n for n in numbers if n.span.overlaps(span)), None)
        if own is None:
            numbers.append(Number(span, frozenset(), False, span, times=times, clock=True, spelled=True))
        elif own.spelled and own.span == span:
            own.times, own.clock = times, True
