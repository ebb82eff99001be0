"""Numbers in a text, as the values that they can stand for.

A number in running text is often ambiguous: `1.234` is 1234 in German and 1.234 in English, `14.30` a
time or a decimal, `90-talet` the 1990s. Each mention therefore carries every plausible reading, and
two mentions agree if they share one. Separators come from CLDR; number and scale words from the
language files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from mtcheck.core.codes import SpanIndex, address_spans
from mtcheck.core.languages import base_language, language, separators
from mtcheck.core.types import Span
from mtcheck.core.units import Unit, converts, unit_after

_SPACES = " \u00a0\u202f\u2009"
_DIGITS = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?!\d)"
    rf"|(?P<lasting>\d{{1,3}}(?P<mark>[:.])[0-5]\d(?P=mark)[0-5]\d(?:[.,]\d{{1,3}})?)(?![\d:])(?!\.\d)"
    rf"|(?P<date>\d{{1,2}}(?P<sep>[./])\d{{1,2}}(?P=sep)(?:\d{{4}}|\d{{2}}))(?![\d.])"
    rf"|(?P<spaced>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?)(?![\d])"
    rf"|(?P<plain>\d+(?:[.,:'’]\d+)*)"
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.]|\s?h\s?)(?P<minute>[0-5]\d)", re.IGNORECASE)
_FRENCH_CLOCK = re.compile(r"\s?h\s?(?P<minute>[0-5]\d)(?!\d)", re.IGNORECASE)
_MILITARY = re.compile(r"\s?(?:UTC|GMT|Z|hours|hrs|h)\b")
# Longer runs of digits are no number that anybody reads.
_LONGEST = 25
_LAP = re.compile(r"\d{1,2}[:.][0-5]\d[.,]\d{1,2}")
_MERIDIEM = re.compile(r"\s?(?P<half>[ap])\.?\s?m\b\.?", re.IGNORECASE)
_DECADE = re.compile(r"['’]?s\b|-?(?:tal|luku|luv)\w*|er(?:ne|nes|n)?\b|[-‑](?=\s)", re.IGNORECASE)
_RANGE = re.compile(r"\s?[–—\-‑−]\s?$")
_WORD = re.compile(r"[^\W\d_]+(?:[-‑][^\W\d_]+)*")
_MINUTES = 24 * 60


class Value(str):
    """One reading: `n:` and a normalised decimal for a quantity, `t:` and minutes for a time of day,
    `d:` and its parts for a time that something took, `s:` and the string for what is no value (7.2.10)."""

    __slots__ = ()

    @classmethod
    def quantity(cls, number: Decimal) -> Value:
        normal = number.normalize()
        return cls(f"n:{normal:f}")

    @classmethod
    def time(cls, minutes: int) -> Value:
        return cls(f"t:{minutes % _MINUTES}")

    @classmethod
    def duration(cls, raw: str) -> Value:
        parts = [int(part) for part in re.split(r"[:.,]", raw)]
        return cls(f"d:{'-'.join(map(str, parts))}")

    @classmethod
    def literal(cls, raw: str) -> Value:
        return cls(f"s:{raw}")

    @property
    def amount(self) -> Decimal | None:
        """The quantity, or None for a time."""
        return Decimal(self[2:]) if self.startswith("n:") else None


@dataclass(frozen=True, slots=True)
class Number:
    """A mention of a number. `firm` ones must have a counterpart in a translation; the others
    (spelled out, part of a name such as covid-19, day and month of a numeric date) may have one.

    `parts` are readings as several numbers, which only a plain number of the other text can share:
    14:16 may be a time or the score 14-16, 5 000 000 one number or three.
    """

    span: Span
    values: frozenset[Value]
    firm: bool
    scaled: bool = False
    parts: frozenset[Value] = frozenset()
    unit: Unit | None = None

    def agrees(self, other: Number) -> bool:
        """True if a reading is shared, converts into one of the other's, or is one of them rounded."""
        if self.values & other.values:
            return True
        if (self.parts & other.values and not other.parts) or (other.parts & self.values and not self.parts):
            return True
        pairs = [(mine, theirs) for mine in self.amounts for theirs in other.amounts]
        if self.unit and other.unit and any(converts(a, self.unit, b, other.unit) for a, b in pairs):
            return True
        return (self.scaled or other.scaled) and any(_rounds_to(a, b) or _rounds_to(b, a) for a, b in pairs)

    @property
    def amounts(self) -> list[Decimal]:
        """The readings that are quantities other than 0."""
        return [value.amount for value in self.values if value.amount]

    @property
    def weight(self) -> Decimal:
        """The largest quantity among the readings, 0 if it is only a time."""
        return max((value.amount or Decimal(0) for value in self.values), default=Decimal(0))


def _rounds_to(exact: Decimal, rounded: Decimal) -> bool:
    digits = len(rounded.normalize().as_tuple().digits)
    if digits < 2 or exact == 0:
        return False
    exponent = exact.adjusted() - digits + 1
    return exact.quantize(Decimal(1).scaleb(exponent)) == rounded


def find_numbers(text: str, lang: str | None) -> Iterator[Number]:
    """Every number in `text`, in order of position, digits before words."""
    taken: list[Span] = []
    codes = SpanIndex(address_spans(text))
    for match in _DIGITS.finditer(text):
        span = Span(*match.span())
        if taken and span.start < taken[-1].end:
            continue  # the minutes of `9 h 30`
        in_code = codes.overlaps(span)
        for number in _digit_numbers(text, match, lang, in_code=in_code):
            taken.append(number.span)
            yield number
    yield from _spelled_numbers(text, lang, SpanIndex(taken))


def _digit_numbers(text: str, match: re.Match[str], lang: str | None, *, in_code: bool) -> Iterator[Number]:
    start, end = match.span()
    span = Span(start, end)
    if end - start > _LONGEST:
        yield Number(span, frozenset({Value.literal(match.group())}), firm=False)
        return
    if match["iso"] or match["date"] or _is_date(match["lasting"]):
        yield from _date_parts(text, start, end)
        return
    if match["lasting"]:
        yield Number(span, frozenset({Value.duration(match["lasting"])}), firm=not in_code)
        return
    before = text[start - 1] if start else ""
    joined = before in ("-", "‑", "/") and start > 1 and text[start - 2].isalpha()
    firm = not (in_code or before.isalpha() or joined or before in ("#", "_"))
    pieces = [Span(start + part.start(), start + part.end()) for part in re.finditer(r"\d+(?:[.,]\d+)?", match.group())]
    together = frozenset(_plain(piece.of(text)) for piece in pieces)
    if match["spaced"]:
        # English parts groups with commas: "In May 300 people".
        one_number = base_language(lang) != "en" or separators(lang)[1] in match.group()
    elif re.fullmatch(r"\d+:\d+", match.group()):
        one_number = bool(_CLOCK.fullmatch(match.group()))
    else:
        one_number = True
        is_date = _is_day_and_month(match.group(), text[end : end + 1], lang)
        together = frozenset(map(_plain, match.group().split("."))) if is_date else frozenset()
    if one_number:
        yield replace(_quantity(text, span, match.group(), lang, firm=firm), parts=together)
    else:
        for piece in pieces:
            yield _quantity(text, piece, piece.of(text), lang, firm=firm)


def _plain(raw: str) -> Value:
    return Value.quantity(Decimal(_ascii(raw.replace(",", "."))))


def _is_day_and_month(raw: str, after: str, lang: str | None) -> bool:
    """31.12. where a decimal would have a comma."""
    parts = raw.split(".")
    if len(parts) != 2 or (separators(lang)[0] == "." and after != "."):
        return False
    return all(part.isdecimal() for part in parts) and 1 <= int(parts[0]) <= 31 and 1 <= int(parts[1]) <= 12


def _is_date(raw: str | None) -> bool:
    """12.05.21 is a date, 2.42.51 a time that somebody ran."""
    if not raw or "." not in raw or "," in raw or ":" in raw:
        return False
    day, month, *_ = map(int, raw.split("."))
    return 1 <= day <= 31 and 1 <= month <= 12


def _date_parts(text: str, start: int, end: int) -> Iterator[Number]:
    for part in re.finditer(r"\d+", text[start:end]):
        number = Decimal(int(part.group()))
        values = {Value.quantity(number)}
        year = len(part.group()) == 4
        yield Number(Span(start + part.start(), start + part.end()), frozenset(values), firm=year)


def _quantity(text: str, span: Span, raw: str, lang: str | None, *, firm: bool) -> Number:
    amounts = set(_readings(raw, lang))
    values: set[Value] = set()
    end = span.end
    scale_end, scales = _scale_after(text, end, lang)
    scaled = bool(scales) and Decimal(1) not in scales
    if scales:
        amounts = {amount * scale for amount in amounts for scale in scales}
        end = scale_end
    elif (ahead := _scale_after_range(text, end, lang)) is not None:
        amounts |= {amount * ahead for amount in amounts}
    half = _MERIDIEM.match(text, span.end)
    french = _FRENCH_CLOCK.match(text, span.end) if raw.isdecimal() else None
    military = len(raw) == 4 and raw.isdecimal() and (raw[0] == "0" or _MILITARY.match(text, span.end))
    if french:
        end, amounts = french.end(), set()
        clock = _CLOCK.fullmatch(f"{raw}:{french['minute']}")
    elif military:
        clock = _CLOCK.fullmatch(f"{raw[:2]}:{raw[2:]}")
    else:
        clock = _CLOCK.fullmatch(f"{raw}:00" if raw.isdecimal() else raw)
    if clock and int(clock["hour"]) <= 24:
        hour, minute = int(clock["hour"]), int(clock["minute"])
        if half:
            hour = hour % 12 + (12 if half["half"].lower() == "p" else 0)
            values.add(Value.time(hour * 60 + minute))
            amounts = set()
        elif not scales:
            values.add(Value.time(hour * 60 + minute))
            if 1 <= hour <= 12:
                values.add(Value.time((hour + 12) * 60 + minute))
    if not scales and raw.isdecimal():
        amounts |= set(_elliptic_readings(text, span, int(raw)))
    values |= {Value.quantity(amount) for amount in amounts}
    if _LAP.fullmatch(raw):
        values.add(Value.duration(raw))
    values = values or {Value.literal(raw)}
    unit = unit_after(text, end, lang)
    return Number(Span(span.start, end), frozenset(values), firm=firm, scaled=scaled, unit=unit)


def _readings(raw: str, lang: str | None) -> Iterator[Decimal]:
    """Quantities that a digit string can mean; the language's own reading is among them."""
    compact = re.sub(rf"[{_SPACES}'’]", "", raw)
    if compact.isdecimal():
        yield Decimal(int(compact))
        return
    if ":" in compact:
        return
    marks = [char for char in compact if char in ".,"]
    kinds = set(marks)
    if len(kinds) == 2:
        decimal = marks[-1]
        group = (kinds - {decimal}).pop()
        if marks.count(decimal) == 1:
            yield Decimal(_ascii(compact.replace(group, "").replace(decimal, ".")))
        return
    mark = marks[0]
    parts = compact.split(mark)
    if len(parts) == 2:
        yield Decimal(_ascii(f"{parts[0]}.{parts[1]}"))
    if (len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])) or (
        len(parts) > 2 and mark == separators(lang)[1]
    ):
        yield Decimal(_ascii("".join(parts)))


def _ascii(raw: str) -> str:
    return "".join(char if char == "." else str(int(char)) for char in raw)


def _elliptic_readings(text: str, span: Span, number: int) -> Iterator[Decimal]:
    """Decades, centuries and shortened second years of a range."""
    if _DECADE.match(text, span.end):
        if 1000 <= number <= 2100:
            yield from (Decimal(number % 100), Decimal(number // 100 + 1))
        elif number < 100 and number % 10 == 0:
            yield from (Decimal(1900 + number), Decimal(1800 + number))
        elif number % 100 == 0:
            yield Decimal(number // 100 + 1)
    head = _RANGE.search(text[max(0, span.start - 2) : span.start])
    if head and number < 100:
        before = re.search(r"(\d{4})$", text[: max(0, span.start - len(head.group()))][-4:])
        if before:
            yield Decimal(int(before[1]) // 100 * 100 + number)
    ahead = re.match(r"\s?[–—\-‑−/]\s?(\d{4})(?!\d)", text[span.end : span.end + 8])
    if ahead and number < 100:
        yield Decimal(int(ahead[1]) // 100 * 100 + number)


@lru_cache(maxsize=64)
def _scales(lang: str | None) -> tuple[re.Pattern[str] | None, dict[str, tuple[Decimal, ...]]]:
    """Scale words by their folded form; `?` in the data marks a word that may also mean something else."""
    table: dict[str, tuple[Decimal, ...]] = {}
    for word, value in language(lang).scale_words.items():
        amount = Decimal(value.rstrip("?"))
        table[word.casefold()] = (amount, Decimal(1)) if value.endswith("?") else (amount,)
    if not table:
        return None, table
    words = "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))
    return re.compile(rf"[{_SPACES}\-‑]?(?P<scale>{words})(?![^\W\d_\u4e00-\u9fff])", re.IGNORECASE), table


def _scale_after(text: str, position: int, lang: str | None) -> tuple[int, tuple[Decimal, ...]]:
    pattern, table = _scales(lang)
    match = pattern.match(text, position) if pattern else None
    if match is None:
        return position, ()
    return match.end(), table[match["scale"].casefold()]


def _scale_after_range(text: str, position: int, lang: str | None) -> Decimal | None:
    """In `2–3 miljarder` the 2 may be milliards too."""
    match = re.match(rf"[{_SPACES}]?(?:[–—\-‑]|\w{{1,6}})[{_SPACES}]?\d+(?:[.,]\d+)?", text[position : position + 24])
    if match is None:
        return None
    _, scales = _scale_after(text, position + match.end(), lang)
    return scales[0] if scales else None


@lru_cache(maxsize=64)
def _spelled(lang: str | None) -> tuple[re.Pattern[str] | None, dict[str, Decimal | None]]:
    """Morphemes of spelled-out numbers; None for those that only link (`and`, `und`, `och`)."""
    data = language(lang)
    table: dict[str, Decimal | None] = {}
    for word, value in data.number_words.items():
        table[word.casefold()] = None if value == "" else Decimal(value)
    for word, value in data.scale_words.items():
        if not value.endswith("?") and len(word) > 3:
            table[word.casefold()] = Decimal(value)
    if not table:
        return None, table
    words = "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))
    return re.compile(words), table


def _spelled_numbers(text: str, lang: str | None, taken: SpanIndex) -> Iterator[Number]:
    pattern, table = _spelled(lang)
    if pattern is None:
        return
    run: list[Decimal] = []
    start = end = last = 0
    for match in _WORD.finditer(text):
        amounts = _morphemes(match.group().casefold(), pattern, table)
        gap, last = text[last : match.start()], match.end()
        if run and (amounts is None or gap.strip(" -‑\u00a0")):
            yield from _spelled_number(run, Span(start, end), taken, unit_after(text, end, lang))
            run = []
        if amounts is None:
            continue
        if not amounts and not run:
            continue
        if not run:
            start = match.start()
        if amounts:
            if run and _starts_anew(run[-1], amounts[0]):
                yield from _spelled_number(run, Span(start, end), taken, unit_after(text, end, lang))
                run, start = [], match.start()
            run.extend(amounts)
            end = match.end()
    if run:
        yield from _spelled_number(run, Span(start, end), taken, unit_after(text, end, lang))


def _starts_anew(before: Decimal, after: Decimal) -> bool:
    """True where two amounts cannot be parts of one number: three and four million."""
    if before >= 100 or after >= 100 or after == Decimal("0.5"):
        return False
    tens_and_unit = before >= 20 and before % 10 == 0 and after < 10
    unit_and_tens = before < 10 and after >= 20 and after % 10 == 0
    return not (tens_and_unit or unit_and_tens)


def _morphemes(word: str, pattern: re.Pattern[str], table: dict[str, Decimal | None]) -> list[Decimal] | None:
    """The values in a word made of number morphemes only; None for any other word."""
    found: list[Decimal] = []
    position = 0
    while position < len(word):
        if word[position] in "-‑":
            position += 1
            continue
        match = pattern.match(word, position)
        if match is None:
            return None
        amount = table[match.group()]
        if amount is not None:
            found.append(amount)
        position = match.end()
    return found


def _spelled_number(run: list[Decimal], span: Span, taken: SpanIndex, unit: Unit | None) -> Iterator[Number]:
    if taken.overlaps(span):
        return
    values = {Value.quantity(amount) for amount in (*run, _compose(run), _compose(_without_article(run)))}
    yield Number(span, frozenset(values), firm=False, scaled=any(amount >= 1000 for amount in run), unit=unit)


def _without_article(run: list[Decimal]) -> list[Decimal]:
    """In `en halv miljon` the word for one is an article; in `one and a half` it is not."""
    half = Decimal("0.5")
    return [a for i, a in enumerate(run) if not (a == 1 and run[i + 1 : i + 2] == [half])]


def _compose(run: list[Decimal]) -> Decimal:
    """Add units and tens, multiply by hundreds and scales: two hundred (and) five thousand -> 205000."""
    total = current = Decimal(0)
    for amount in run:
        if amount == 100:
            current = (current or Decimal(1)) * amount
        elif amount >= 1000:
            total += (current or Decimal(1)) * amount
            current = Decimal(0)
        else:
            current += amount
    return total + current
