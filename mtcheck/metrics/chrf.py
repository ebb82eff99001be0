"""chrF (Popović 2015) and chrF++ (Popović 2017)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics import CHRF

from mtcheck.metrics.base import METRICS, Level, Statistics
from mtcheck.metrics.ngrams import Symbols, characters, shared_ngrams, tokens
from mtcheck.metrics.sacrebleu_metric import SacrebleuMetric

_ORDER = 6


@METRICS.register
class Chrf(SacrebleuMetric):
    """chrF2: character n-grams to order 6, recall weighted twice; 0 to 100."""

    name = "chrf"
    word_order = 0

    def build(self, level: Level) -> Any:  # noqa: ARG002 (the same at every level)
        return CHRF(word_order=self.word_order)

    def count(self, targets: Sequence[str], references: Sequence[str]) -> Iterable[Statistics]:
        target, reference = (characters([_unspaced(text) for text in texts]) for texts in (targets, references))
        counts = _triples(target, reference, _ORDER)
        if not self.word_order:
            return counts
        split = self.build("segment")._remove_punctuation
        words = tokens([split(text) for text in (*targets, *references)])
        of_words = _triples(words[: len(targets)], words[len(targets) :], self.word_order)
        return [(*one, *other) for one, other in zip(counts, of_words, strict=True)]

    def scores(self, statistics: NDArray[np.float64], level: Level = "corpus") -> NDArray[np.float64]:  # noqa: ARG002
        return _f_scores(statistics)


@METRICS.register
class ChrfPlusPlus(Chrf):
    """chrF2++: chrF with word unigrams and bigrams; 0 to 100."""

    name = "chrf++"
    word_order = 2


def _unspaced(text: str) -> str:
    return "".join(text.split())


def _triples(targets: Sequence[Symbols], references: Sequence[Symbols], order: int) -> list[Statistics]:
    """For each order the n-grams of the target, of the reference and of both, as sacrebleu counts them."""
    found = []
    for target, reference, shared in zip(targets, references, shared_ngrams(targets, references, order), strict=True):
        row: list[float] = []
        for n, common in enumerate(shared):
            of_reference = max(0, len(reference) - n)
            row += (max(0, len(target) - n) if of_reference else 0, of_reference, common)
        found.append(tuple(row))
    return found


def _f_scores(statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    """F2 of the mean precision and recall over the orders that both texts have."""
    target, reference, matched = (statistics[:, start::3] for start in range(3))
    both = (target > 0) & (reference > 0)
    orders = np.maximum(both.sum(axis=1), 1)
    precision, recall = (
        np.divide(matched, all_, out=np.zeros_like(matched), where=both).sum(axis=1) / orders
        for all_ in (target, reference)
    )
    weight = float(CHRF.BETA**2)
    below = weight * precision + recall
    scores: NDArray[np.float64] = 100 * (1 + weight) * precision * recall / np.where(below > 0, below, 1.0)
    return scores
