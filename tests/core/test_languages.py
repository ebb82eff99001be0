"""Every language file loads, and says what rules rely on."""

from __future__ import annotations

import re

import pytest

from mtcheck.core.errors import MtcheckError
from mtcheck.core.identify import identify, looks_like
from mtcheck.core.languages import base_language, check_tag, known_languages, language, separators


@pytest.mark.parametrize("code", known_languages())
def test_language_file(code: str) -> None:
    data = language(code)
    assert data.name
    assert data.chars_per_english_char is None or 0.2 < data.chars_per_english_char < 2
    for pattern in (*data.translation_notes, *data.interface.patterns, *data.spelling.endings.values()):
        re.compile(pattern)
    for phrase in (*data.interface.line, *data.interface.start):
        assert phrase == phrase.strip(), phrase
    assert not set(data.lookalikes) & set(data.function_words)


def test_at_least_the_languages_of_the_first_desks() -> None:
    assert {"sv", "en", "de", "fr", "es", "da", "nb", "fi", "nl", "it", "pt", "pl"} <= set(known_languages())


def test_unknown_language_knows_nothing_it_should_not() -> None:
    data = language("tlh")
    assert data.dialogue_dash is None
    assert data.reduplicates
    assert not data.number_words


@pytest.mark.parametrize(
    ("tag", "canonical"), [("sv", "sv"), ("EN_gb", "en-GB"), ("zh-hant-tw", "zh-Hant-TW"), ("de-1996", "de-1996")]
)
def test_tags(tag: str, canonical: str) -> None:
    assert check_tag(tag, where="here") == canonical


@pytest.mark.parametrize("tag", ["", "english", "xx", "sv SE", "e", "en--GB"])
def test_bad_tags(tag: str) -> None:
    with pytest.raises(MtcheckError, match="MTC-E012"):
        check_tag(tag, where="here")


def test_macro_language() -> None:
    assert base_language("no") == "nb"
    assert separators("sv")[0] == ","


def test_identify() -> None:
    found = identify(["Kommunen har byggt om skolan.", "Den öppnar på måndag."])
    assert found is not None
    assert found.language == "sv"
    assert identify(["123", "—"]) is None
    assert looks_like("Kommunen har byggt om skolan.", "sv", "en") > 0.9
    assert looks_like("anything", "tlh", "en") == 0.5
