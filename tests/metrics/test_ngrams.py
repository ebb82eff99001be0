"""Statistics counted for many segments at once are sacrebleu's of each."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from mtcheck.metrics.base import METRICS, Level
from mtcheck.metrics.bleu import split_13a
from mtcheck.metrics.ngrams import shared_ngrams

TEXT = st.text(alphabet=st.one_of(st.sampled_from("ab c.,-1 2\n&;é中–"), st.characters()), max_size=60)
SEGMENTS = st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=2)), min_size=1, max_size=8)
LEVELS: tuple[Level, ...] = ("segment", "corpus")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["bleu", "chrf", "chrf++", "ter"])
@given(segments=SEGMENTS)
def test_statistics_and_scores_are_those_of_each_segment(
    name: str, lang: str, segments: list[tuple[str, list[str]]]
) -> None:
    metric = METRICS.get(name)(lang)
    targets, references = [target for target, _ in segments], [given for _, given in segments]
    found = metric.all_statistics(targets, references)
    assert found == [metric.statistics(target, given) for target, given in segments]
    for level in LEVELS:
        scores = metric.scores(np.array(found, dtype=np.float64), level)
        assert scores == pytest.approx([metric.score(row, level) for row in found], abs=1e-9)


@given(st.text(alphabet=st.one_of(st.sampled_from("ab 12.,-/<>&;:()\"'\n"), st.characters()), max_size=60))
def test_tokens_are_those_of_13a(text: str) -> None:
    assert split_13a(text) == Tokenizer13a()(text.rstrip()).split()


@given(st.lists(st.sampled_from(["<skipped>", "&quot;", "&amp;lt;", "-\n", "1-2", "3.5,", ".", "a"]), max_size=8))
def test_tokens_of_what_13a_replaces(parts: list[str]) -> None:
    text = "".join(parts)
    assert split_13a(text) == Tokenizer13a()(text.rstrip()).split()


@pytest.mark.parametrize("kinds", [1, 3, 300, 20_000])
def test_shared_ngrams_are_those_of_dictionaries(kinds: int) -> None:
    draw = random.Random(kinds)
    sides = [[[draw.randrange(kinds) for _ in range(draw.randrange(90))] for _ in range(120)] for _ in range(2)]
    # What is alike in places.
    for target, reference in zip(*sides, strict=True):
        reference[: len(target) // 2] = target[: len(target) // 2]
    targets, references = ([np.array(side, dtype=np.int64) for side in texts] for texts in sides)
    expected = [
        [(grams(target, n) & grams(reference, n)).total() for n in range(1, 7)]
        for target, reference in zip(*sides, strict=True)
    ]
    assert shared_ngrams(targets, references, 6) == expected


def grams(symbols: list[int], n: int) -> Counter[tuple[int, ...]]:
    return Counter(tuple(symbols[i : i + n]) for i in range(len(symbols) - n + 1))
