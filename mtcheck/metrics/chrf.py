"""chrF (Popović 2015) and chrF++ (Popović 2017)."""

from __future__ import annotations

from typing import Any

from sacrebleu.metrics import CHRF

from mtcheck.metrics.base import METRICS, Level
from mtcheck.metrics.sacrebleu_metric import SacrebleuMetric


@METRICS.register
class Chrf(SacrebleuMetric):
    """chrF2: character n-grams to order 6, recall weighted twice; 0 to 100."""

    name = "chrf"

    def build(self, level: Level) -> Any:  # noqa: ARG002 (the same at every level)
        return CHRF()


@METRICS.register
class ChrfPlusPlus(SacrebleuMetric):
    """chrF2++: chrF with word unigrams and bigrams; 0 to 100."""

    name = "chrf++"

    def build(self, level: Level) -> Any:  # noqa: ARG002 (the same at every level)
        return CHRF(word_order=2)
