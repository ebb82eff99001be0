"""Numbers in a text, as the values that they can stand for.

A number in running text is often ambiguous: `14.30` is a time or a decimal, `90-talet` the 1990s. Each mention
therefore carries every plausible reading, and two mentions agree if they share one. Separators and names of months
come from CLDR; number and scale words, weekdays and words around a number from the language files.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from mtcheck.core.codes import SpanIndex, address_spans
from mtcheck.core.cues import is_cue
from mtcheck.core.languages import base_language, language, separators
from mtcheck.core.memo import Memo
from mtcheck.core.patterns import any_of
from mtcheck.core.types import Span
from mtcheck.core.units import Unit, converts, unit_after

_SPACES = " \u00a0\u202f\u2009"
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(
    rf"(?=\d)(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?!\d)"
    rf"|(?P<lasting>\d{{1,3}}(?P<mark>[:.])[0-5]\d(?P=mark)[0-5]\d(?:[.,]\d{{1,3}})?)(?![\d:])(?!\.\d)"
    rf"|(?P<date>\d{{1,2}}(?P<sep>[./])\d{{1,2}}(?P=sep)(?:\d{{4}}|\d{{2}}))(?![\d.])"
    rf"|(?P<spaced>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?)(?![\d])"
    rf"|(?P<plain>\d+(?:[.,:'’]\d+)*))"
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})[:.](?P<minute>[0-5]\d)")
_PRICE = re.compile(r"\d+:\d{2}")
_FRENCH_CLOCK = re.compile(r"\s?h\s?(?P<minute>[0-5]\d)(?!\d)", re.IGNORECASE)
_MILITARY = re.compile(r"\s?(?:UTC|GMT|Z|hours|hrs|h)\b")
# Longer runs of digits are no number that anybody reads.
_LONGEST = 25
_LAP = re.compile(r"\d{1,2}[:.][0-5]\d[.,]\d{1,2}")
_MERIDIEM = re.compile(r"\s?(?P<half>[ap])\.?\s?m\b\.?", re.IGNORECASE)
_RANGE = re.compile(r"\s?[–—\-‑−]\s?$")
_YEAR_BEFORE = re.compile(r"(?<!\d)\d{4}(?=\s?[–—\-‑−]\s?$)")
_YEAR_AHEAD = re.compile(r"\s?[–—\-‑−/]\s?(\d{4})(?!\d)")
_SCALE_AHEAD = re.compile(
    rf"[{_SPACES}]?(?:[–—\-‑]|[^\W\d_\u3040-\u9fff]{{1,6}})[{_SPACES}]?\d{{1,9}}(?:[.,]\d{{1,6}})?(?!\d)"
)
_WORD_AHEAD = re.compile(rf"[{_SPACES}][^\W\d_\u3040-\u9fff]{{1,7}}(?=[{_SPACES}])")
_WORDS_AHEAD = re.compile(rf"(?:[{_SPACES}][^\W\d_\u3040-\u9fff]{{1,7}}){{2}}(?=[{_SPACES}])")
_WORD = re.compile(r"[^\W\d_]+(?:[-‑][^\W\d_]+)*")
_TAIL_WORD = re.compile(
    r"[\s\-‑]?(?:(?:d['’]|de |di |of |US |U\.S\. )\s?)?(?P<word>[^\W\d_]+)(?:[\s\-‑](?P<next>[^\W\d_]+))?"
)
_CURRENCY_BEFORE = re.compile(r"(?P<symbol>[A-Z]{0,2}[$€£¥₽₹₺₩₪₴]|(?<![A-Za-z])(?:[A-Z]{3}|kr\.?))[ \u00a0]?$")
_SIGNS = frozenset("−–-+")
_SIGN = re.compile(r"(?:(?<!\S)|(?<=\())(?P<sign>[−–\-+])\s?$")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’]\d{3})+")
_PIECE = re.compile(r"\d+(?:[.,]\d+)?")
# `m` is a million and a metre, `mil` a million and a mile.
_LEAST_UNIT = 3
# Minutes by which a time in words may be another: at half past eleven, at 11:29.
_ABOUT = 5
# Of a measure in two units nothing is rounded: 1 minute 20.
_HARDLY = 0.001
# Every third is 33 per cent.
_SHARE = 2
# Of a century named in two words: arton- och nittonhundratalen.
_JOINT = re.compile(r"[-‑]\s[^\W\d_]{2,4}\s(?P<whole>[^\W\d_]+)")
# Between two days of a month: 22nd and 24th August.
_LONGEST_RANGE = 12
_DECADES = (1500, 1600, 1700, 1800, 1900, 2000)
_MINUTES = 24 * 60
_NONE: frozenset[float] = frozenset()
_NO_TIMES: frozenset[int] = frozenset()
_NO_MONEY: frozenset[str] = frozenset()
PERCENT, POINTS = "percent", "points"
_HALF = ("amounts", [0.5])
_LINK = ("link", None)
_WHOLE = Span(0, sys.maxsize)


@dataclass(slots=True, eq=False)
class Number:
    """A mention of a number. `firm` ones must have a counterpart in a translation; the others
    (spelled out, part of a name such as covid-19, day and month of a numeric date) may have one.

    `values` are the readings of the text's own language, `others` those of the other way to write decimals, which
    only the same digits can share. `parts` are lesser readings, which only a number of the other text without such
    can share: 14:16 may be a time or the score 14-16, the 1830s the 30s. `times` are minutes of the day; a `clock` is
    surely a time; a `minor` amount is in hundredths of a currency. `whole` is the expression with its
    sign, unit, percentage or currency. `joint` is the measure that it has together with a neighbour: 80 seconds in
    1 minute 20.
    """

    span: Span
    values: frozenset[float]
    firm: bool
    whole: Span
    digits: str = ""
    others: frozenset[float] = _NONE
    parts: frozenset[float] = _NONE
    times: frozenset[int] = _NO_TIMES
    lasting: str = ""
    clock: bool = False
    era: bool = False
    scaled: bool = False
    hedged: bool = False
    spelled: bool = False
    dated: bool = False
    minor: bool = False
    percent: str = ""
    sign: str = ""
    currency: frozenset[str] = _NO_MONEY
    unit: Unit | None = None
    joint: tuple[float, Unit | None] | None = None

    def agrees(self, other: Number) -> bool:
        """True if a reading is shared, converts into one of the other's, or is one of them rounded."""
        if self.clock and other.clock and (self.spelled or other.spelled):
            return any(abs(a - b) <= _ABOUT for a in self.times for b in other.times)
        if self.clock and other.clock and not self.parts and not other.parts:
            return not self.times.isdisjoint(other.times)
        if not self.values.isdisjoint(other.values) or (self.lasting and self.lasting == other.lasting):
            return True
        if (self.clock or other.clock) and not self.times.isdisjoint(other.times):
            return True
        if (self.joint or other.joint) and any(
            _is_same_measure(a, b)
            for a in self._measures()
            for b in other._measures()
            if self.joint == a or other.joint == b
        ):
            return True
        if self.digits and self.digits == other.digits:
            if not (self.values.isdisjoint(other.others) and self.others.isdisjoint(other.values)):
                return True
            if not self.values and not other.values:
                return not (self.clock and other.clock)
        if (self.parts and not other.parts and not self.parts.isdisjoint(other.values)) or (
            other.parts and not self.parts and not other.parts.isdisjoint(self.values)
        ):
            return True
        if self.minor != other.minor:
            small, large = (self, other) if self.minor else (other, self)
            if any(_tidy(value / 100) in large.values for value in small.values):
                return True
        if self.unit and other.unit and self.unit.name != other.unit.name:
            unit, theirs = self.unit, other.unit
            if any(converts(a, unit, b, theirs) for a in self.values for b in other.values if a and b):
                return True
        if self.percent != other.percent and (self.spelled or other.spelled):
            share, count = (self, other) if self.percent else (other, self)
            if count.spelled and any(abs(a * b - 100) <= _SHARE for a in share.values for b in count.values):
                return True  # every fifth is 20 per cent
        if self.scaled or other.scaled or self.hedged or other.hedged:
            return any(_rounds_to(a, b) or _rounds_to(b, a) for a in self.values for b in other.values)
        return False

    def _measures(self) -> list[tuple[float, Unit | None]]:
        return [*((value, self.unit) for value in self.values), *((self.joint,) if self.joint else ())]

    @property
    def weight(self) -> float:
        """The largest quantity among the readings, 0 if it is only a time."""
        return max(self.values, default=0.0)


@dataclass(slots=True, eq=False)
class Date:
    """A day of a month, as (day, month) in every order that it may be read, with its year if it has one."""

    span: Span
    days: frozenset[tuple[int, int]]
    year: int | None

    def agrees(self, other: Date) -> bool:
        """True if day and month can be the same and the years do not differ."""
        same_year = self.year is None or other.year is None or self.year % 100 == other.year % 100
        return same_year and not self.days.isdisjoint(other.days)


@dataclass(slots=True, eq=False)
class Name:
    """A weekday (0 is Monday) or a month (1 to 12)."""

    span: Span
    value: int


@dataclass(slots=True, eq=False)
class Values:
    """All that a text says in numbers."""

    numbers: list[Number]
    dates: list[Date]
    months: list[Name]
    weekdays: list[Name]


def _rounds_to(exact: float, rounded: float) -> bool:
    if exact <= 0 or rounded <= 0 or abs(exact - rounded) > 0.05 * rounded:
        return False
    digits = f"{rounded:.6f}".rstrip("0").rstrip(".").replace(".", "").strip("0")
    return len(digits) >= 2 and float(f"{exact:.{len(digits)}g}") == rounded


def _is_same_measure(one: tuple[float, Unit | None], other: tuple[float, Unit | None]) -> bool:
    (amount, unit), (theirs, their_unit) = one, other
    if unit is None or their_unit is None or unit.name == their_unit.name:
        return _tidy(amount) == _tidy(theirs) or (unit is their_unit is None and _rounds_to(amount, theirs))
    return converts(amount, unit, theirs, their_unit, _HARDLY)


def _tidy(value: float) -> float:
    """Without the dust of binary fractions."""
    return round(value, 6)


class _Words(Memo["tuple[str, object] | None"]):
    """What a word of a language is among values, looked up once: a number's amounts, a weekday, a month."""

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        data = language(lang)
        self.upper_months = base_language(lang) in ("en", "de")
        self.months = _months(lang)
        table: dict[str, float | None] = {}
        for word, value in data.number_words.items():
            folded = word.casefold()
            if value and folded[:3] in {name[:3] for name, month in self.months.items() if month == int(float(value))}:
                self.months.setdefault(folded, int(value))
            table[folded] = None if value == "" else float(value)
        for word, value in data.scale_words.items():
            if not value.endswith("?") and len(word) > 3:
                table[word.casefold()] = float(value)
        self.table = table
        self.pattern = _alternation(table)
        days = data.values.weekdays or _weekdays(lang)
        self.weekdays = re.compile("|".join(f"({day})" for day in days)) if days else None

    def look_up(self, word: str) -> tuple[str, object] | None:
        folded = word.casefold()
        if folded in self.months:
            return ("month", self.months[folded]) if word[0].isupper() or not self.upper_months else None
        day = self.weekdays.fullmatch(folded) if self.weekdays else None
        if day and day.lastindex:
            return "weekday", day.lastindex - 1
        if self.pattern is None:
            return None
        amounts: list[float] = []
        position = 0
        while position < len(folded):
            if folded[position] in "-‑":
                position += 1
                continue
            match = self.pattern.match(folded, position)
            if match is None:
                return None
            if match.group() in self.months:
                # An inflected form; with a capital it is a person's name: Мартой.
                return ("month", self.months[match.group()]) if word[0].islower() or match.start() else None
            amount = self.table[match.group()]
            if amount is not None:
                amounts.append(amount)
            position = match.end()
        return ("amounts", amounts) if amounts else _LINK


class _Telling(Memo[bool]):
    """Whether a word alone is reason to look for values: not those for one, two and half alone, nor linking words."""

    def __init__(self, words: _Words) -> None:
        super().__init__()
        self._words = words

    def look_up(self, word: str) -> bool:
        kind, value = self._words.look_up(word) or ("", None)
        if kind != "amounts":
            return kind in ("month", "weekday")
        return value == [1.5] or max(value) > 2  # type: ignore[call-overload]


class _Tails(Memo[frozenset[str]]):
    """The currencies that a word can mean, looked up once a word."""

    def __init__(self, lang: str | None) -> None:
        super().__init__()
        self._words = [
            (re.compile(words, re.IGNORECASE), frozenset(codes.split()))
            for codes, words in language(lang).values.currencies.items()
        ]

    def look_up(self, word: str) -> frozenset[str]:
        return currency_codes().get(word, _NO_MONEY) or next(
            (codes for words, codes in self._words if words.fullmatch(word)), _NO_MONEY
        )


class _Lexis:
    """What is needed to read the numbers of one language."""

    def __init__(self, lang: str | None) -> None:
        data = language(lang)
        values = data.values
        self.lang = lang
        self.base = base_language(lang)
        self.known = lang is not None
        self.decimal, self.group = separators(lang)
        self.words = _Words(lang)
        self.telling = _Telling(self.words)
        self.money = _Tails(lang)
        self.subunit = re.compile(values.subunits or r"(?!)", re.IGNORECASE)
        self.colon_prices = values.colon_prices
        self.hundreds_are_centuries = values.hundreds_are_centuries
        self.half_hour = re.compile(values.half_hour, re.IGNORECASE) if values.half_hour else None
        self.symbols = {symbol: frozenset(codes.split()) for symbol, codes in values.symbols.items()}
        self.scales: dict[str, tuple[float, ...]] = {}
        for word, value in data.scale_words.items():
            amount = float(value.rstrip("?"))
            self.scales[word.casefold()] = (amount, 1.0) if value.endswith("?") else (amount,)
        scale = any_of(re.escape(word) for word in sorted(self.scales, key=len, reverse=True)) or r"(?!)"
        self.scale = re.compile(rf"[{_SPACES}\-‑]?(?P<scale>{scale})(?![^\W\d_\u4e00-\u9fff])", re.IGNORECASE)
        self.percent = re.compile(
            rf"[\s\-‑]?(?:(?P<points>{values.points or '(?!)'})|(?P<percent>[%٪]|{values.percent or '(?!)'}))",
            re.IGNORECASE,
        )
        self.clock = re.compile(rf"(?<![^\W\d_])(?:{values.clock or '(?!)'})\.?\s$", re.IGNORECASE)
        self.clock_after = re.compile(rf"\s?(?:{values.clock_after or '(?!)'})(?![^\W\d_])", re.IGNORECASE)
        self.afternoon = re.compile(values.afternoon or r"(?!)", re.IGNORECASE)
        hedges = "|".join(map(re.escape, values.hedges)) or r"(?!)"
        self.century, self.decade, self.counted_decade, self.hundreds = (
            re.compile(words or r"(?!)", re.IGNORECASE)
            for words in (values.century, values.decade, values.counted_decade, values.hundreds)
        )
        self.day_gap, self.day_ahead, self.year_gap, self.day_range = map(
            re.compile, (values.day_gap, values.day_ahead, values.year_gap, values.day_range)
        )
        self.hedge = re.compile(rf"(?<![^\W\d_])(?:{hedges})\.?\s\S{{0,4}}$", re.IGNORECASE)


@lru_cache(maxsize=64)
def _lexis(lang: str | None) -> _Lexis:
    return _Lexis(lang)


def is_money(word: str, lang: str | None) -> bool:
    """True if the word is one for a currency, which translations often keep: kronor, zloty."""
    return bool(_lexis(lang).money[word.casefold()])


def is_measure(word: str, lang: str | None) -> bool:
    """True if the word says what is counted, or is a number itself: money, per cent, kilometres, milliards."""
    unit = unit_after(word, 0, lang)
    return (
        is_money(word, lang)
        or (_lexis(lang).words[word] or ("", None))[0] == "amounts"
        or _lexis(lang).percent.fullmatch(word) is not None
        or (unit is not None and unit[0] == len(word))
    )


@lru_cache(maxsize=1)
def currency_codes() -> dict[str, frozenset[str]]:
    """Each ISO code of CLDR that wire copy writes with an amount, as the currencies that it can mean."""
    return {code: frozenset((code,)) for code in Locale("en").currencies if code.isupper() and code not in _NO_CODES}


_NO_CODES = frozenset(("ALL", "TOP", "MOP", "CUP", "PAB", "BAM", "GEL", "SOS", "LAK", "MAF", "ANG", "BAD", "TRY"))


def _alternation(words: Iterable[str]) -> re.Pattern[str] | None:
    joined = any_of(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(joined) if joined else None


def _locale(lang: str | None) -> Locale | None:
    try:
        return Locale.parse(lang or "en", sep="-")
    except (ValueError, UnknownLocaleError):
        return None


def _months(lang: str | None) -> dict[str, int]:
    locale = _locale(lang)
    if locale is None:
        return {}
    table: dict[str, int] = {}
    for use in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for month, name in locale.months[use][width].items():
                folded = name.casefold().rstrip(".")
                if width == "wide" or (folded.isalpha() and len(folded) > 2 and base_language(lang) == "en"):
                    table.setdefault(folded, month)
    if base_language(lang) == "en":
        table["sept"] = 9
    return table


@lru_cache(maxsize=64)
def month_names(lang: str | None) -> frozenset[str]:
    """The names of the months and their short forms of three letters or more, case folded, without full stops."""
    locale = _locale(lang)
    if locale is None:
        return frozenset()
    uses = (names for use in ("format", "stand-alone") for names in locale.months[use].values())
    folded = {name.casefold().rstrip(".") for names in uses for name in names.values()}
    return frozenset(name for name in folded if len(name) > 2 and name.isalpha())


def _weekdays(lang: str | None) -> list[str]:
    locale = _locale(lang)
    if locale is None:
        return []
    return [re.escape(locale.days["stand-alone"]["wide"][day].casefold()) for day in range(7)]


def is_telling(word: str, lang: str | None) -> bool:
    """True if a word as it is written is reason to look for values: a digit, a number's word, a weekday or a month."""
    tell = _lexis(lang).telling.look_up
    if word.isalpha():
        return tell(word) or is_cue(word, lang)
    return bool(_DIGIT.search(word)) or any(map(tell, _WORD.findall(word))) or is_cue(word, lang)


def weekday_of(word: str, lang: str | None) -> int | None:
    """The weekday that a word names, 0 for Monday."""
    kind, value = _lexis(lang).words[word] or ("", None)
    return value if kind == "weekday" else None  # type: ignore[return-value]


def scale_after(text: str, position: int, lang: str | None) -> tuple[int, float] | None:
    """The scale word right after a position, as where it ends and what it multiplies by."""
    lexis = _lexis(lang)
    match = lexis.scale.match(text, position)
    return (match.end(), lexis.scales[match["scale"].casefold()][0]) if match else None


def is_spoken(word: str, lang: str | None) -> bool:
    """True if a number's word, a weekday or a month is in a word as it is written."""
    kinds = _lexis(lang).words
    return any((kinds.look_up(piece) or _LINK)[0] != "link" for piece in _WORD.findall(word))


def find_values(text: str, lang: str | None, spoken: Span | None = _WHOLE) -> Values:
    """All numbers, dates, months and weekdays of `text`, each in order of position, digits before words.

    `spoken` is the stretch from the first to the last of its words of which `is_spoken` is true; without it the text
    has nothing but digits.
    """
    lexis = _lexis(lang)
    numbers: list[Number] = []
    dates: list[Date] = []
    if _DIGIT.search(text):
        addresses = address_spans(text) if "." in text or "/" in text or "@" in text else []
        codes = SpanIndex(addresses) if addresses else None
        end = 0
        for match in _DIGITS.finditer(text):
            if match.start() < end:
                continue  # the minutes of `9 h 30`
            in_code = codes is not None and codes.overlaps(Span(*match.span()))
            for number in _digit_numbers(text, match, lexis, dates, in_code=in_code):
                numbers.append(number)
                end = number.span.end
        _share_percent(text, numbers)
    months: list[Name] = []
    weekdays: list[Name] = []
    words = lexis.words
    tokens = _WORD.findall(text, spoken.start, spoken.end) if spoken is not None else []
    entries = list(map(words.__getitem__, tokens))
    while entries and (entries[-1] or _LINK)[0] == "link":
        entries.pop()
        tokens.pop()
    if entries:
        assert spoken is not None
        _read_words(text, spoken.start, tokens, entries, lexis, numbers, months, weekdays)
        if months and numbers:
            _compose_dates(text, numbers, months, dates, lexis)
    return Values(numbers, dates, months, weekdays)


def _digit_numbers(
    text: str, match: re.Match[str], lexis: _Lexis, dates: list[Date], *, in_code: bool
) -> Iterator[Number]:
    start, end = match.span()
    span = Span(start, end)
    raw = match.group()
    if end - start > _LONGEST:
        yield Number(span, _NONE, False, span, digits=raw)
        return
    kind = match.lastgroup
    if match["iso"] or match["date"] or _is_date(match["lasting"]):
        parts = [int(part) for part in re.findall(r"\d+", raw)]
        if not in_code:
            dates.append(_numeric_date(span, parts))
        for part in re.finditer(r"\d+", raw):
            piece = Span(start + part.start(), start + part.end())
            year = len(part.group()) == 4
            yield Number(piece, frozenset((float(part.group()),)), year and not in_code, span, part.group(), dated=True)
        return
    if match["lasting"]:
        lasting = "-".join(str(int(part)) for part in re.split(r"[:.,]", raw))
        yield Number(span, _NONE, not in_code, span, lasting=lasting)
        return
    before = text[start - 1] if start else ""
    joined = before in ("-", "‑", "/") and start > 1 and text[start - 2].isalpha()
    firm = not (in_code or before.isalpha() or joined or before in ("#", "_"))
    if raw.isdecimal():
        yield _quantity(text, span, raw, lexis, firm=firm)
        return
    together = _NONE
    pieces: list[Span] = []
    if kind == "spaced" or ":" in raw:
        pieces = [Span(start + part.start(), start + part.end()) for part in _PIECE.finditer(raw)]
        together = frozenset(float(piece.of(text).replace(",", ".")) for piece in pieces)
    if kind == "spaced":
        # English parts groups with commas: "In May 300 people".
        one_number = lexis.base != "en" or lexis.group in raw
    elif re.fullmatch(r"\d+:\d+", raw):
        one_number = bool(_CLOCK.fullmatch(raw)) or _is_price(text, span, raw, lexis)
        if lexis.colon_prices and not one_number:
            # Of a share, mostly; else two numbers as before.
            price = frozenset((float(raw.replace(":", ".")),))
            yield Number(span, price, firm, span, digits=_bare(raw), parts=together)
            return
    else:
        one_number = True
        if _is_day_and_month(raw, text[end : end + 1], lexis):
            together = frozenset(map(float, raw.split(".")))
    if one_number:
        number = _quantity(text, span, raw, lexis, firm=firm)
        number.parts = _NONE if _is_price(text, span, raw, lexis) else together
        yield number
    else:
        for piece in pieces:
            yield _quantity(text, piece, piece.of(text), lexis, firm=firm)


def _is_price(text: str, span: Span, raw: str, lexis: _Lexis) -> bool:
    """True of an amount with its hundredths after a colon: 59:90 kronor."""
    if not _PRICE.fullmatch(raw):
        return False
    number = Number(span, _NONE, False, span)
    _money_after(text, span.end, number, lexis)
    return bool(number.currency)


def _numeric_date(span: Span, parts: list[int]) -> Date:
    """Day and month in both orders where both can be: the order differs between countries that share a language."""
    first, second, third = parts
    if first > 31:
        return Date(span, frozenset(((third, second),)), first)
    return Date(span, frozenset((d, m) for d, m in ((first, second), (second, first)) if m <= 12), third)


def _is_day_and_month(raw: str, after: str, lexis: _Lexis) -> bool:
    """31.12. where a decimal would have a comma."""
    parts = raw.split(".")
    if len(parts) != 2 or (lexis.decimal == "." and after != "."):
        return False
    return all(part.isdecimal() for part in parts) and 1 <= int(parts[0]) <= 31 and 1 <= int(parts[1]) <= 12


def _is_date(raw: str | None) -> bool:
    """12.05.21 is a date, 2.42.51 a time that somebody ran."""
    if not raw or raw.count(".") != 2 or "," in raw or ":" in raw:
        return False
    day, month, _ = map(int, raw.split("."))
    return 1 <= day <= 31 and 1 <= month <= 12


def _quantity(text: str, span: Span, raw: str, lexis: _Lexis, *, firm: bool) -> Number:
    start, end = span
    own, others = _readings(raw, lexis)
    whole_start = whole_end = end
    number = Number(span, _NONE, firm, span, digits=_bare(raw))
    scale = lexis.scale.match(text, end)
    if scale and _opens_unit(text, end, scale, lexis):
        scale = None
    if scale:
        scales = lexis.scales[scale["scale"].casefold()]
        number.scaled = scales[0] >= 1000 and len(scales) == 1
        own = {_tidy(amount * by) for amount in own for by in scales}
        others = {_tidy(amount * by) for amount in others for by in scales}
        end = scale.end()
    elif scale := _scale_ahead(text, end, lexis):
        by = lexis.scales[scale["scale"].casefold()][0]
        own |= {_tidy(amount * by) for amount in own}
        scale = None
    whole_end = end
    if tail := lexis.percent.match(text, end):
        number.percent = POINTS if tail["points"] else PERCENT
        whole_end = tail.end()
    elif found := unit_after(text, end, lexis.lang):
        whole_end, number.unit = found
    whole_start = _before(text, start, number, lexis)
    if not number.percent and not number.currency:
        whole_end = max(whole_end, _money_after(text, end, number, lexis))
    if number.currency and _PRICE.fullmatch(raw):
        own = {float(raw.replace(":", "."))}
    elif not scale and not number.percent:
        if clock_end := _read_clock(text, span, raw, number, lexis, own):
            end = clock_end
            whole_end = max(whole_end, end)
        if raw.isdecimal() and not number.unit:
            readings = set(_elliptic_readings(text, span, int(raw), lexis))
            if len(raw) == 4:
                number.parts = frozenset(readings)
            else:
                own |= readings
    if not raw.isdecimal() and _LAP.fullmatch(raw):
        number.lasting = "-".join(str(int(part)) for part in re.split(r"[:.,]", raw))
    era = lexis.century.match(text, span.end) or (
        lexis.decade.match(text, span.end) if raw[-1] == "0" and raw != "0" else None
    )
    number.era = raw.isdecimal() and era is not None
    if number.era and era is not None:
        whole_end = max(whole_end, era.end())
    number.span = Span(start, end)
    number.whole = Span(whole_start, whole_end)
    number.values = frozenset(own)
    number.others = frozenset(others - own)
    return number


def _scale_ahead(text: str, end: int, lexis: _Lexis) -> re.Match[str] | None:
    """A scale word that may be this number's too: 2–3 miljarder, 50 or more million, 27 GBP million."""
    for gap in (_SCALE_AHEAD, _WORD_AHEAD, _WORDS_AHEAD):
        ahead = gap.match(text, end)
        scale = lexis.scale.match(text, ahead.end()) if ahead else None
        if scale is not None:
            return scale
    return None


def _opens_unit(text: str, end: int, scale: re.Match[str], lexis: _Lexis) -> bool:
    """True if what may be a scale word is a unit's beginning, or a unit: 千米, mil."""
    if len(lexis.scales[scale["scale"].casefold()]) == 1:
        return False
    found = unit_after(text, end, lexis.lang)
    if found is None or found[0] - end < _LEAST_UNIT:
        return False
    return found[0] > scale.end() or text[scale.end() : scale.end() + 1] != "."


def _before(text: str, start: int, number: Number, lexis: _Lexis) -> int:
    """What stands before the digits: a sign, a currency, a word that says that the number is rounded."""
    head = text[max(0, start - 6) : start]
    if not head:
        return start
    last = head.rstrip()[-1:]
    if last in _SIGNS and (sign := _SIGN.search(head)):
        number.sign = "+" if sign["sign"] == "+" else "-"
        return start - (len(head) - sign.start("sign"))
    if (last == "r" or not last.islower()) and (money := _CURRENCY_BEFORE.search(head)):
        symbol = money["symbol"].rstrip(".")
        codes = lexis.symbols.get(symbol) or currency_codes().get(symbol) or lexis.symbols.get(symbol[-1:], _NO_MONEY)
        if codes:
            number.currency = codes
            start -= len(head) - money.start()
    if head[-1] in _SPACES:
        number.hedged = bool(lexis.hedge.search(text[max(0, start - 20) : start]))
    return start


def _money_after(text: str, end: int, number: Number, lexis: _Lexis) -> int:
    following = text[end : end + 2].lstrip()[:1]
    if following and not following.isalpha():
        codes = lexis.symbols.get(following)
        if codes is None:
            return end
        number.currency = codes
        return text.index(following, end) + 1
    match = _TAIL_WORD.match(text, end)
    if match is None:
        return end
    for group in ("word", "next"):
        word = match[group]
        if word is None:
            break
        codes = lexis.symbols.get(word) or lexis.money[word if word.isupper() else word.casefold()]
        if codes:
            if number.unit is None or group == "next":
                number.currency = codes
            return match.end(group)
        if lexis.subunit.fullmatch(word):
            number.minor = True
            return match.end(group)
        if number.unit is not None:
            break
    return end


def _read_clock(text: str, span: Span, raw: str, number: Number, lexis: _Lexis, own: set[float]) -> int | None:
    """The times of day that the digits can be; the end of the time's notation if it is longer than they."""
    if raw.isdecimal() and len(raw) > 2 and (len(raw) != 4 or (raw[0] != "0" and not _MILITARY.match(text, span.end))):
        return None
    half = _MERIDIEM.match(text, span.end)
    minutes = _FRENCH_CLOCK.match(text, span.end) if raw.isdecimal() and len(raw) <= 2 else None
    sure = bool(half or minutes)
    if minutes:
        hour, minute = int(raw), int(minutes["minute"])
    elif len(raw) == 4 and raw.isdecimal():
        if int(raw[2:]) > 59:
            return None
        hour, minute = int(raw[:2]), int(raw[2:])
        sure = True
    elif raw.isdecimal():
        hour, minute = int(raw), 0
    elif clock := _CLOCK.fullmatch(raw):
        hour, minute = int(clock["hour"]), int(clock["minute"])
        sure = sure or ":" in raw or (lexis.decimal == "," and not number.unit and not number.currency)
    else:
        return None
    if hour > 24:
        return None
    cue = lexis.clock.search(text[max(0, span.start - 12) : span.start]) or lexis.clock_after.match(text, span.end)
    clear = sure
    if cue and not (number.unit and number.unit.dimension != "duration") and not number.currency:
        sure = sure or not raw.isdecimal() or bool(lexis.clock_after.match(text, span.end)) or lexis.base != "en"
    number.clock = sure
    if half:
        hour = hour % 12 + (12 if half["half"].lower() == "p" else 0)
    times = {(hour * 60 + minute) % _MINUTES}
    # A time with minutes is of the morning where the day has 24 hours, unless the text speaks of the evening.
    twelve = not half and 1 <= hour <= 12 and raw[0] != "0"
    if twelve and (
        (raw.isdecimal() and not minutes) or lexis.base in ("en", None) or _speaks_of_evening(text, lexis.lang)
    ):
        times.add((hour * 60 + minute + 720) % _MINUTES)
    number.times = frozenset(times)
    if clear and not (len(raw) == 4 and raw.isdecimal()):
        own.clear()
    if half:
        return half.end()
    return minutes.end() if minutes else None


@lru_cache(maxsize=16)
def _speaks_of_evening(text: str, lang: str | None) -> bool:
    """Asked once a text, however many times of day it has."""
    return bool(_lexis(lang).afternoon.search(text))


def _readings(raw: str, lexis: _Lexis) -> tuple[set[float], set[float]]:
    """Quantities that a digit string means in the language, and what it would mean in others."""
    if raw.isdecimal():
        return {float(raw)}, set()
    compact = "".join(char for char in raw if char not in _SPACES and char not in "'’")
    if compact.isdecimal():
        return {float(compact)}, set()
    if ":" in compact:
        return set(), set()
    marks = [char for char in compact if char in ".,"]
    kinds = set(marks)
    if len(kinds) == 2:
        decimal = marks[-1]
        group = (kinds - {decimal}).pop()
        one = marks.count(decimal) == 1
        return ({float(compact.replace(group, "").replace(decimal, "."))} if one else set()), set()
    mark = marks[0]
    parts = compact.split(mark)
    as_decimal = float(f"{parts[0]}.{parts[1]}") if len(parts) == 2 else None
    grouped = len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])
    as_group = float("".join(parts)) if grouped or (len(parts) > 2 and mark == lexis.group) else None
    if as_decimal is None or as_group is None:
        return {value for value in (as_decimal, as_group) if value is not None}, set()
    if not lexis.known:
        return {as_decimal, as_group}, set()
    # CLDR groups by spaces where older usage has a full stop; a decimal of three places is the rarer reading.
    if mark == lexis.decimal:
        return {as_decimal}, {as_group}
    return {as_group}, {as_decimal}


def _bare(raw: str) -> str:
    """Significant digits, which a change of scale leaves as they are."""
    return raw if raw.isdecimal() else "".join(char for char in raw if char.isdecimal())


def _elliptic_readings(text: str, span: Span, number: int, lexis: _Lexis) -> Iterator[float]:
    """Decades, centuries and shortened second years of a range."""
    if number > 2100:
        return
    if 10 <= number <= 20 and lexis.hundreds.match(text, span.end):
        yield from (number * 100.0, number + 1.0)
    if lexis.decade.match(text, span.end):
        if number >= 1000:
            yield from (float(number % 100), float(number // 100 + 1))
        elif number < 100 and number % 10 == 0:
            yield from (float(1900 + number), float(1800 + number))
        elif number % 100 == 0:
            yield float(number // 100 + 1)
    if number <= 10:
        yield from _counted_decades(text, span.end, number, lexis)
    if number < 100:
        if year := _YEAR_BEFORE.search(text[max(0, span.start - 8) : span.start]):
            yield float(int(year.group()) // 100 * 100 + number)
        elif year := _YEAR_AHEAD.match(text, span.end):
            yield float(int(year[1]) // 100 * 100 + number)


def _counted_decades(text: str, end: int, number: float, lexis: _Lexis) -> list[float]:
    """The decades that a number can be the count of, if the word that says so follows it."""
    if not 1 <= number <= 10 or not lexis.counted_decade.match(text, end):
        return []
    return [century + (number - 1) * 10 for century in _DECADES]


def _share_percent(text: str, numbers: list[Number]) -> None:
    """In `5–10 %` and `5, 6 and 7 %` the sign is every number's; so is the currency and the unit."""
    for number, after in zip(reversed(numbers[:-1]), reversed(numbers[1:]), strict=True):
        gap = text[number.whole.end : after.whole.start]
        fused = gap[:1].isascii() and gap[:1].isalpha()  # 44h 8min
        linked = not fused and (len(gap) < 4 or (len(gap) <= 7 and gap.strip(" \u00a0").isalpha()))
        if number.whole.end != number.span.end or not linked:
            continue
        if not (number.percent or number.unit or number.currency or number.clock):
            number.percent, number.unit = after.percent, after.unit
            number.currency = after.currency


def _read_words(
    text: str,
    begin: int,
    tokens: Sequence[str],
    entries: Sequence[tuple[str, object] | None],
    lexis: _Lexis,
    numbers: list[Number],
    months: list[Name],
    weekdays: list[Name],
) -> None:
    """Add what the words of the text from `begin` on say, `entries` being what each of them is."""
    run: list[float] = []
    start = end = last = begin
    taken = [number.span.start for number in numbers]
    digits = len(numbers)

    def close() -> None:
        at = bisect_right(taken, start)
        if any(numbers[i].span.overlaps(Span(start, end)) for i in (at - 1, at) if 0 <= i < digits):
            return
        numbers.append(_spelled_number(text, run, Span(start, end), lexis))

    find, here, stop = text.find, begin, begin
    for word, entry in zip(tokens, entries, strict=True):
        # Where it is first found, as nothing of a word lies between two of them.
        here = find(word, stop)
        stop = here + len(word)
        if entry is None:
            if run:
                close()
                run = []
            continue
        gap, last = text[last:here], stop
        amounts: list[float] | None = None
        kind, value = entry
        if kind == "amounts":
            amounts = value  # type: ignore[assignment]
        elif kind == "link":
            amounts = []
        else:
            (months if kind == "month" else weekdays).append(Name(Span(here, stop), value))  # type: ignore[arg-type]
        if run and (amounts is None or gap.strip(" -‑\u00a0")):
            close()
            run = []
        if not amounts:
            continue
        if run and _starts_anew(run[-1], amounts[0]):
            close()
            run = []
        if not run:
            start = here
        run.extend(amounts)
        end = stop
    if run:
        close()
    if lexis.half_hour is not None and _HALF in entries:
        numbers[:] = _with_half_hours(text, numbers, lexis)


def _with_half_hours(text: str, numbers: list[Number], lexis: _Lexis) -> list[Number]:
    """The numbers of a text with `half past four` and `halv fem` as times of day."""
    assert lexis.half_hour is not None
    for match in lexis.half_hour.finditer(text):
        word = match["to"] or match["past"]
        kind, amounts = lexis.words[word] or ("", None)
        hour = int(word) if word.isdecimal() else amounts[0] if kind == "amounts" and len(amounts) == 1 else 0  # type: ignore[index, arg-type]
        if not 1 <= hour <= 12:
            continue
        minute = int(hour * 60 + (30 if match["past"] else -30))
        times = frozenset((minute % _MINUTES, (minute + 720) % _MINUTES))
        span = Span(*match.span())
        numbers = [number for number in numbers if not number.span.overlaps(span)]
        numbers.append(Number(span, _NONE, True, span, times=times, clock=True, spelled=True))
    return numbers


def _starts_anew(before: float, after: float) -> bool:
    """True where two amounts cannot be parts of one number: three and four million."""
    if before >= 100 or after >= 100 or after == 0.5 or (before == 0.5 and after == 12):
        return False
    if after == 12 and before < 10:
        return False  # four dozen
    tens_and_unit = before >= 20 and before % 10 == 0 and after < 10
    unit_and_tens = before < 10 and after >= 20 and after % 10 == 0
    return not (tens_and_unit or unit_and_tens)


def _spelled_number(text: str, run: list[float], span: Span, lexis: _Lexis) -> Number:
    values = frozenset(
        (*run, _compose(run), _compose(_without_article(run)), *_counted_decades(text, span.end, run[-1], lexis))
    )
    number = Number(span, values, False, span, scaled=any(amount >= 1000 for amount in run), spelled=True)
    if (
        lexis.hundreds_are_centuries
        and text[span.start].isupper()
        and (hundreds := _compose(run)) in range(200, 1000, 100)
    ):
        number.era = True
        number.values |= {1000 + hundreds, hundreds // 100 + 11}
    if run[-1] < 20 and (joint := _JOINT.match(text, span.end)):
        kind, amounts = lexis.words[joint["whole"]] or ("", None)
        if kind == "amounts" and amounts[-1] == 100:  # type: ignore[index]
            number.values |= {run[-1] * 100, run[-1] + 1}
    if run[-1] == 12 and (dozens := _compose(run)) > 12:
        number.values |= {dozens // 10 * 10, dozens // 10 * 10 + 10}  # hardly ever meant to the unit
    if tail := lexis.percent.match(text, span.end):
        number.percent = POINTS if tail["points"] else PERCENT
        number.whole = Span(span.start, tail.end())
    elif found := unit_after(text, span.end, lexis.lang):
        number.whole, number.unit = Span(span.start, found[0]), found[1]
    if not number.percent:
        money = _money_after(text, span.end, number, lexis)
        number.whole = Span(span.start, max(number.whole.end, money))
    if (len(run) == 1 and run[0] in (12, 24)) or lexis.clock.search(text[max(0, span.start - 12) : span.start]):
        number.times = frozenset(int(v * 60) % _MINUTES for v in values if v <= 24) | frozenset(
            int(v * 60 + 720) % _MINUTES for v in values if v <= 12
        )
    return number


def _without_article(run: list[float]) -> list[float]:
    """In `en halv miljon` the word for one is an article; in `one and a half` it is not."""
    return [a for i, a in enumerate(run) if not (a == 1 and run[i + 1 : i + 2] == [0.5])]


def _compose(run: list[float]) -> float:
    """Add units and tens, multiply by hundreds and scales: two hundred (and) five thousand -> 205000."""
    total = current = 0.0
    for amount in run:
        if amount == 100 or (amount == 12 and 0 < current < 10):
            current = (current or 1.0) * amount
        elif amount >= 1000:
            total += (current or 1.0) * amount
            current = 0.0
        else:
            current += amount
    return total + current


def _compose_dates(text: str, numbers: list[Number], months: list[Name], dates: list[Date], lexis: _Lexis) -> None:
    """Join a month with the day and the year beside it."""
    ends = {number.span.end: number for number in numbers}
    starts = {number.span.start: number for number in numbers}
    for month in months:
        day = next((ends[at] for at in range(month.span.start - 1, month.span.start - 9, -1) if at in ends), None)
        if day is not None and not (_is_day(day) and lexis.day_gap.fullmatch(text, day.span.end, month.span.start)):
            day = None
        ahead = lexis.day_ahead.match(text, month.span.end)
        if day is None and ahead:
            day = starts.get(ahead.end())
            if day is not None and not _is_day(day):
                day = None
        if day is None:
            continue
        after = max(day.span.end, month.span.end)
        gap = lexis.year_gap.match(text, after)
        year = starts.get(gap.end()) if gap else None
        if year is not None and not (len(year.digits) == 4 and year.digits[0] in "12" and not year.era):
            year = None
        for part in (day, year):
            if part is not None:
                part.dated = True
        value = next(iter(day.values))
        span = Span(min(day.span.start, month.span.start), year.span.end if year else after)
        day.whole = span
        said = int(year.digits) if year else None
        dates.append(Date(span, frozenset(((int(value), month.value),)), said))
        other = _other_end(text, day, numbers, lexis, ahead=day.span.start > month.span.start)
        if other is not None:
            other.dated = True
            dates.append(Date(other.span, frozenset(((int(other.weight), month.value),)), said))


def _other_end(text: str, day: Number, numbers: Sequence[Number], lexis: _Lexis, *, ahead: bool) -> Number | None:
    """The other day of a range or a pair, which has the month too: 22–24 August, August 22 and 24."""
    for other in numbers:
        first, last = (day, other) if ahead else (other, day)
        if (
            0 < last.span.start - first.span.end <= _LONGEST_RANGE
            and lexis.day_range.fullmatch(text, first.span.end, last.span.start)
            and not other.dated
            and _is_day(other)
        ):
            return other
    return None


def _is_day(number: Number) -> bool:
    return len(number.values) == 1 and 1 <= number.weight <= 31 and len(number.digits) in (1, 2)
