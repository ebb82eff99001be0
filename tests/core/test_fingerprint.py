"""What a finding is known by: the same after moves and edits elsewhere, another for another fault."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtcheck.core.fingerprint import fingerprint
from mtcheck.core.types import Finding, Origin, Segment, Severity, Span

TEXT = "The minister said on Monday that – – we have no other choice, and left the room."


def found(text: str, flagged: str, rule: str = "doubled-dash", source: str | None = None) -> str:
    start = text.index(flagged)
    finding = Finding(rule, "DUP001", Severity.MAJOR, "x", f"said of {text}", Span(start, start + len(flagged)))
    return fingerprint(Segment("a:1", "a", 1, text, source=source), finding)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("on Monday", "on Tuesday morning"),
        TEXT.replace("left the room", "slammed the door"),
        TEXT.replace("that –", "That,  –").replace("– –", "–  –"),
        "New words come first. " + TEXT,
    ],
)
def test_edits_elsewhere_change_nothing(text: str) -> None:
    assert found(text, "–  –" if "–  –" in text else "– –") == found(TEXT, "– –")


def test_where_it_stands_changes_nothing() -> None:
    segment = Segment("a:1", "a", 1, TEXT)
    finding = Finding("doubled-dash", "DUP001", Severity.MAJOR, "x", "m", Span(33, 36))
    moved = replace(segment, id="b:7", article="b", index=7, origin=Origin("other.txt", 90), system="vendor-b")
    other = replace(finding, severity=Severity.MINOR, message="another word for it")
    assert fingerprint(segment, finding) == fingerprint(moved, other)


@pytest.mark.parametrize(
    ("text", "flagged", "rule"),
    [
        (TEXT, "– –", "spacing"),
        (TEXT, "no", "doubled-dash"),
        (TEXT.replace("we have", "they have"), "– –", "doubled-dash"),
        (TEXT.replace("– –", "– – –"), "– – –", "doubled-dash"),
    ],
)
def test_another_fault_is_known_by_another(text: str, flagged: str, rule: str) -> None:
    assert found(text, flagged, rule) != found(TEXT, "– –")


def test_a_fault_of_a_whole_long_text_survives_an_edit_at_its_end() -> None:
    edited = TEXT.replace("the room", "the building")
    assert found(edited, edited, "wrong-language") == found(TEXT, TEXT, "wrong-language")


def test_an_empty_translation_is_known_by_its_source() -> None:
    assert found("", "", source="Ett") == found(" ", "", source="Ett") != found("", "", source="Två")


def test_two_omissions_of_a_segment_are_two() -> None:
    segment = Segment("a:1", "a", 1, TEXT, source="Ett två. Tre fyra.")
    one = Finding("omitted-content", "ADQ004", Severity.MAJOR, "x", "m", Span(0, len(TEXT)), Span(0, 8))
    assert fingerprint(segment, one) != fingerprint(segment, replace(one, source_span=Span(9, 18)))


@given(st.text(), st.integers(0, 20), st.integers(0, 20))
def test_any_text_has_one(text: str, start: int, length: int) -> None:
    finding = Finding("spacing", "TYPO006", Severity.MINOR, "x", "m", Span(start, start + length))
    known = fingerprint(Segment("a:1", "a", 1, text), finding)
    assert len(known) == 32
    assert int(known, 16) >= 0
