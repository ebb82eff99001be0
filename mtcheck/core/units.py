"""Units of measure after a number, by the names CLDR gives them, and what they convert to.

Reporters convert: 10 miles are 16 kilometres. Names come from CLDR through Babel; factors to one base
unit a dimension are those of the SI brochure and NIST SP 811.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.units import UnknownUnitError, format_unit

from mtcheck.core.languages import base_language, language
from mtcheck.core.memo import Memo

_FACTORS = {
    "length": {
        "mile": "1609.344", "mile-scandinavian": "10000", "kilometer": "1000", "meter": "1", "centimeter": "0.01",
        "millimeter": "0.001", "foot": "0.3048", "inch": "0.0254", "yard": "0.9144", "nautical-mile": "1852",
    },
    "mass": {
        "kilogram": "1", "gram": "0.001", "tonne": "1000", "ton": "907.18", "pound": "0.4536", "ounce": "0.02835",
        "stone": "6.35",
    },
    "area": {
        "acre": "4046.86", "hectare": "10000", "square-kilometer": "1000000", "square-mile": "2589988",
        "square-meter": "1", "square-foot": "0.0929",
    },
    "volume": {
        "liter": "1", "gallon": "3.785", "milliliter": "0.001", "centiliter": "0.01", "deciliter": "0.1",
        "cubic-meter": "1000", "barrel": "158.99", "pint": "0.473", "cubic-foot": "28.317", "cubic-yard": "764.55",
        "cubic-centimeter": "0.001", "cubic-kilometer": "1e12",
    },
    "speed": {"kilometer-per-hour": "0.27778", "mile-per-hour": "0.44704", "meter-per-second": "1", "knot": "0.51444"},
    "duration": {
        "day": "24", "hour": "1", "minute": "0.0166667", "week": "168", "month": "730", "year": "8766",
        "decade": "87660", "century": "876600", "millennium": "8766000", "second": "0.000277778",
        "quarter-hour": "0.25", "half-century": "438300", "quarter-century": "219150",
    },
    "power": {"watt": "1", "kilowatt": "1000", "megawatt": "1e6", "gigawatt": "1e9", "horsepower": "745.7"},
    "temperature": {"celsius": "1", "fahrenheit": "1", "generic": "1"},
}  # fmt: skip
# In which the rest is given: 1 minute 20, five foot two.
_SMALLER = {"hour": "minute", "minute": "second", "foot": "inch", "stone": "pound", "meter": "centimeter"}
# Their short forms are letters and abbreviations that are more often something else.
_LONG_ONLY = frozenset(("century", "watt", "horsepower"))
_TOLERANCE = 0.05
_STEM = 5
_LONGEST_ENDING = 4
_SAMPLES = (1, 2, 5, 100)
_AFTER = re.compile(
    r"[\s\-‑]{0,2}(?P<words>(?:[°º]\s?)?[^\W\d_]{1,24}[²³]?(?:[ \u00a0/\-'’][^\W\d_]{1,20}[²³]?){0,2})(?!\w)"
)
# Its first word.
_FOLLOWING = re.compile(r"[\s\-‑]{0,2}(?P<word>[°º]?[^\W\d_]*[²³]?)")
_MARKS = str.maketrans("º’", "°'")
_LETTER = re.compile(r"\s?\((?P<letter>[CF])\)")
_WORD = re.compile(r"[^\W\d_]{4,24}")
_HEAD = re.compile(r"[ \u00a0/\-']")
_LAST = re.compile(r"(?:^|[ \u00a0/\-'])[^ \u00a0/\-']*$")


class Unit(NamedTuple):
    """A unit, its dimension, and its size in the dimension's base unit."""

    name: str
    dimension: str
    factor: float


def unit_after(text: str, position: int, lang: str | None) -> tuple[int, Unit] | None:
    """The unit named right after a number that ends at `position`, and where its name ends."""
    if "(" in text[position : position + 2] and (letter := _LETTER.match(text, position)):  # 90(F)-degree heat
        name = "fahrenheit" if letter["letter"] == "F" else "celsius"
        return letter.end(), Unit(name, "temperature", 1.0)
    following = _FOLLOWING.match(text, position)
    if following is None or not _opens_unit(lang)[following["word"]]:
        return None
    match = _AFTER.match(text, position)
    if match is None:
        return None
    table, heads = _units(lang)
    # The ordinal sign often stands for the degree sign.
    words = match["words"].casefold().translate(_MARKS)
    first = _HEAD.split(words, maxsplit=1)[0]
    # The longest name first: kilometres per hour before kilometres.
    while first in heads and words:
        unit = table.get(words) or table.get(words.removesuffix("s"))
        if unit is not None:
            return match.start("words") + len(words), unit
        words = _LAST.sub("", words)
    unit = _inflected(lang)[first]
    return (match.start("words") + len(first), unit) if unit else None


def next_smaller(unit: Unit) -> Unit | None:
    """The unit of what follows an amount without a unit of its own."""
    name = _SMALLER.get(unit.name)
    return Unit(name, unit.dimension, float(_FACTORS[unit.dimension][name])) if name else None


def units_named(text: str, lang: str | None) -> set[Unit]:
    """The units whose names of four letters or more stand anywhere in a text: an ounce, half a minute."""
    table, _ = _units(lang)
    words = _WORD.findall(text.casefold())
    return {unit for word in words if (unit := table.get(word) or table.get(word.removesuffix("s"))) is not None}


class _Inflected(Memo["Unit | None"]):
    """Units by words that are no listed form but have its stem: Metern, kilometrin, sentimeetrini."""

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        self._stems: dict[str, Unit] = {}
        if base_language(lang) != "en":  # all of its forms are listed
            for form, unit in _units(lang)[0].items():
                if form.isalpha() and len(form) >= _STEM:
                    self._stems.setdefault(form[: max(_STEM, len(form) - 2)], unit)

    def look_up(self, word: str) -> Unit | None:
        ends = range(len(word) - 1, max(_STEM, len(word) - _LONGEST_ENDING) - 1, -1)
        return next((self._stems[word[:end]] for end in ends if word[:end] in self._stems), None)


class _OpensUnit(Memo[bool]):
    """Whether the name of a unit can begin with a word."""

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        self._heads, self._inflected = _units(lang)[1], _inflected(lang)

    def look_up(self, word: str) -> bool:
        word = word.casefold().translate(_MARKS)
        return word in self._heads or self._inflected.look_up(word) is not None


@lru_cache(maxsize=64)
def _opens_unit(lang: str | None) -> _OpensUnit:
    return _OpensUnit(lang)


@lru_cache(maxsize=64)
def _inflected(lang: str | None) -> _Inflected:
    return _Inflected(lang)


def converts(amount: float, unit: Unit, other_amount: float, other: Unit, tolerance: float = _TOLERANCE) -> bool:
    """True if both measure the same, within 5 % of rounding; False within one unit."""
    if unit.dimension != other.dimension or unit.name == other.name:
        return False
    if unit.dimension == "temperature":
        # Degrees of no named scale can be either.
        sides = ((amount, unit.name), (other_amount, other.name))
        return any(
            one_name != "fahrenheit" and two_name != "celsius" and abs(celsius * 1.8 + 32 - fahrenheit) <= 3
            for (celsius, one_name), (fahrenheit, two_name) in (sides, sides[::-1])
        )
    one, two = amount * unit.factor, other_amount * other.factor
    return abs(one - two) <= tolerance * max(one, two)


@lru_cache(maxsize=64)
def _units(lang: str | None) -> tuple[dict[str, Unit], frozenset[str]]:
    """Units by name, and the words that names begin with."""
    table: dict[str, Unit] = {}
    try:
        locale = Locale.parse(lang or "en", sep="-")
    except (ValueError, UnknownLocaleError):
        return table, frozenset()
    # British spelling stands beside American.
    locales = (locale, Locale("en", "GB")) if locale.language == "en" else (locale,)
    # Also the end of 1st, and `2 a 3`.
    small = {*language(lang).function_words, "st", "a"}
    for length in ("long", "short"):
        for dimension, units in _FACTORS.items():
            for name, factor in units.items():
                unit = Unit(name, dimension, float(factor))
                if length == "short" and name in _LONG_ONLY:
                    continue
                for form in {form for where in locales for form in _forms(f"{dimension}-{name}", length, where)}:
                    if form not in small:  # `in` is hardly ever an inch
                        table.setdefault(form, unit)
    for form, name in language(lang).unit_words.items():
        dimension, _, unit_name = name.partition("-")
        table.setdefault(form.casefold(), Unit(unit_name, dimension, float(_FACTORS[dimension][unit_name])))
    return table, frozenset(_HEAD.split(form, maxsplit=1)[0] for form in table)


def _forms(unit: str, length: str, locale: Locale) -> set[str]:
    forms = set()
    for sample in _SAMPLES:
        try:
            text = format_unit(sample, unit, length, locale=locale)
        except UnknownUnitError:
            return set()
        form = re.sub(r"[\d\s\u00a0\u202f]+", " ", text).strip().casefold()
        if form:
            forms.add(form)
    return forms
