"""Spans and text helpers hold for any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mtcheck.core.text import Text, shorten, split_sentences, visible
from mtcheck.core.types import Span


@given(st.text(max_size=200), st.sampled_from([None, "en", "sv", "zh", "tlh"]))
def test_words_and_sentences_lie_in_the_text(value: str, lang: str | None) -> None:
    text = Text(value, lang)
    for word in text.words:
        assert value[word.start : word.end] == word.text
    end = 0
    for span in text.sentences:
        assert end <= span.start < span.end <= len(value)
        assert span.of(value) == span.of(value).strip()
        assert not value[end : span.start].strip()
        end = span.end
    assert not value[end:].strip()


def test_abbreviations_end_no_sentence() -> None:
    text = "Mr. Berg met the U.S. envoy at 2 p.m. on Friday. He left early."
    assert [span.of(text) for span in split_sentences(text, "en")] == [
        "Mr. Berg met the U.S. envoy at 2 p.m. on Friday.",
        "He left early.",
    ]


@given(st.text(max_size=100))
def test_what_is_shown_cannot_steer_a_terminal(value: str) -> None:
    shown = visible(value)
    assert not any(ord(char) < 32 and char not in "\t\n" for char in shown)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shorten(value, 20)) <= 20


def test_empty_spans_overlap_what_they_touch() -> None:
    assert Span(0, 0).overlaps(Span(0, 0))
    assert Span(3, 3).overlaps(Span(1, 5))
    assert not Span(0, 2).overlaps(Span(2, 4))
