"""chrF (Popović 2015) and chrF++ (Popović 2017)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics import CHRF

from mtcheck.metrics.base import METRICS, Level
from mtcheck.metrics.sacrebleu_metric import SacrebleuMetric


@METRICS.register
class Chrf(SacrebleuMetric):
    """chrF2: character n-grams to order 6, recall weighted twice; 0 to 100."""

    name = "chrf"

    def build(self, level: Level) -> Any:  # noqa: ARG002 (the same at every level)
        return CHRF()

    def scores(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        return _f_scores(statistics)


@METRICS.register
class ChrfPlusPlus(SacrebleuMetric):
    """chrF2++: chrF with word unigrams and bigrams; 0 to 100."""

    name = "chrf++"

    def build(self, level: Level) -> Any:  # noqa: ARG002 (the same at every level)
        return CHRF(word_order=2)

    def scores(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        return _f_scores(statistics)


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
