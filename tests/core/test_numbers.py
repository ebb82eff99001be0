"""Numbers agree where their values do, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtcheck.core.languages import known_languages
from mtcheck.core.numbers import find_values

SAME = [
    ("sv", "3,5 miljarder kronor", "en", "SEK 3.5bn"),
    ("sv", "klockan 14.30", "en", "2:30 p.m."),
    ("sv", "tolv", "en", "12"),
    ("sv", "en halv miljon", "en", "500,000"),
    ("sv", "1 234 567", "en", "1,234,567"),
    ("de", "1.234,5", "en", "1,234.5"),
    ("de", "zweihundertfünfzigtausend", "en", "250,000"),
    ("de", "31:28", "en", "31–28"),
    ("fr", "9 h 30", "en", "9:30 am"),
    ("sv", "1800-talet", "en", "19th century"),
    ("sv", "90-talet", "en", "1990s"),
    ("sv", "trettonåring", "en", "13-year-old"),
    ("en", "0230 UTC", "de", "02:30 UTC"),
    ("en", "10 miles", "sv", "16 kilometer"),
    ("en", "98 °F", "sv", "37 °C"),
    ("sv", "två dygn", "en", "48 hours"),
    ("sv", "1 253 miljoner", "en", "1.25 billion"),
    ("sv", "2021–22", "en", "2021–2022"),
    ("de", "5 000 000", "en", "5,000,000"),
    ("en", "two hundred and fifty thousand", "en", "250,000"),
    ("en", "2:24:51", "sv", "2.24.51"),
]
OTHER = [
    ("sv", "3,5 miljarder", "en", "3.5 million"),
    ("sv", "klockan 14.30", "en", "2:40 p.m."),
    ("sv", "klockan 14.30", "en", "2:30 a.m."),
    ("sv", "7 500", "en", "75,000"),
    ("sv", "2.100", "en", "21,000"),
    ("de", "1987", "en", "1978"),
    ("en", "2:24:51", "sv", "2.42.51"),
    ("sv", "1800-talet", "en", "18th century"),
    ("en", "10 miles", "sv", "26 kilometer"),
    ("en", "2010", "en", "2000"),
]


def _agree(one: tuple[str, str], other: tuple[str, str]) -> bool:
    left, right = find_values(one[1], one[0]).numbers, find_values(other[1], other[0]).numbers
    assert left, one
    assert right, other
    pairs = [(a, b) for a in left for b in right if a.agrees(b)]
    agreeing = {id(number) for pair in pairs for number in pair}
    return bool(pairs) and all(id(number) in agreeing for number in (*left, *right) if number.firm)


@pytest.mark.parametrize(("lang", "text", "other_lang", "other"), SAME)
def test_same_values(lang: str, text: str, other_lang: str, other: str) -> None:
    assert _agree((lang, text), (other_lang, other))


@pytest.mark.parametrize(("lang", "text", "other_lang", "other"), OTHER)
def test_other_values(lang: str, text: str, other_lang: str, other: str) -> None:
    assert not _agree((lang, text), (other_lang, other))


@pytest.mark.parametrize("text", ["covid-19", "F-16", "https://example.com/2024/15", "mail7@example.com", "#42"])
def test_parts_of_names_are_not_firm(text: str) -> None:
    assert not any(number.firm for number in find_values(text, "en").numbers)


@given(
    st.text(alphabet="0123456789.,:;'’ \u00a0-–/hAPMpm.m°CF%milliontwohalfsÅåöéeg\n٣२万", max_size=60),
    st.sampled_from([None, *known_languages()]),
)
def test_any_text_gives_numbers_inside_it(text: str, lang: str | None) -> None:
    for number in find_values(text, lang).numbers:
        assert 0 <= number.span.start < number.span.end <= len(text)
        assert number.agrees(number)
