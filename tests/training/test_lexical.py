"""What is counted in parallel text: which English stands for a word, and where the table begins."""

from __future__ import annotations

import random

import pytest
import torch

from mtcheck.training.adapt import handful
from mtcheck.training.lexical import Counts, begin, count_words, model_1
from mtcheck.training.parallel import Sentence
from mtcheck.training.rated import held_out

TEXTS = [
    ("punainen talo", "red house"),
    ("punainen auto", "red car"),
    ("vanha talo", "old house"),
    ("vanha auto", "old car"),
    ("asuntolaina", "housing loan"),
    ("asuntolaina", "housing loan"),
]


def likeliest(counts: Counts, source: int) -> int:
    own = counts.sources == source
    return int(counts.targets[own][counts.expected[own].argmax()])


def test_words_that_go_together_are_linked() -> None:
    counts = model_1([([11, 12], [21, 22]), ([11, 13], [21, 23]), ([14, 12], [24, 22])], 30, rounds=10)
    assert {source: likeliest(counts, source) for source in (11, 12, 13, 14)} == {11: 21, 12: 22, 13: 23, 14: 24}


def test_every_occurrence_of_a_source_is_counted_once() -> None:
    counts = model_1([([11, 12], [21, 22, 23]), ([11], [21])], 30)
    assert counts.expected[counts.sources == 11].sum() == pytest.approx(2)
    assert counts.expected.sum() == pytest.approx(3)


def test_words_are_found_with_their_english_compounds_with_all_of_it() -> None:
    words = count_words([Sentence(text, english, "fi") for text, english in 2 * TEXTS])
    assert words["talo"] == "house"
    assert words["vanha"] == "old"
    assert words["asuntolaina"] == "housing loan"


def test_a_new_piece_begins_at_its_english_and_a_known_one_stays() -> None:
    table = torch.randn(8, 16, generator=torch.Generator().manual_seed(1))
    counts = model_1([([3, 4], [6, 7]), ([3], [6]), ([4], [7])], 8, rounds=10)
    # Piece 4 is as common in the original's text as in the new language's, and 3 is not met there.
    begun = begin(table, [counts], [0.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.05, 0.05])
    near = torch.nn.functional.cosine_similarity
    assert near(begun[3], table[6], dim=0) > 0.99
    assert near(begun[4], table[4], dim=0) > near(begun[4], table[7], dim=0)
    assert torch.equal(begun[[0, 1, 2, 5, 6, 7]], table[[0, 1, 2, 5, 6, 7]])


def test_a_handful_has_the_same_words_on_both_sides() -> None:
    words = [Sentence(text, text.upper(), "fi") for text in ("yksi", "kaksi", "kolme")]
    draw = random.Random(1)
    drawn = [handful(words, draw) for _ in range(50)]
    assert all(one.english == one.text.upper() for one in drawn)
    assert {len(one.text.split()) for one in drawn} == set(range(1, 9))


def test_a_twentieth_is_held_out() -> None:
    assert [held_out(count) for count in (20, 6704, 7000)] == [1, 336, 350]
