"""What is known of words by themselves."""

from __future__ import annotations

from mtcheck.core.text import Text
from mtcheck.core.words import Column


def test_a_column_is_answered_for_each_word_in_its_language() -> None:
    tagged = Column(lambda lang: lambda word: f"{lang}:{word.upper()}")
    assert Text("Two words.", "en").column(tagged) == ("en:TWO", "en:WORDS")
    assert Text("Två ord", "sv").column(tagged) == ("sv:TVÅ", "sv:ORD")
    assert Text("…", "en").column(tagged) == ()


def test_a_column_made_after_a_language_was_asked_is_answered_too() -> None:
    assert Text("Two words.", "en").folded_words == ("two", "words")
    length = Column(lambda _: len)
    assert Text("Two words.", "en").column(length) == (3, 5)
