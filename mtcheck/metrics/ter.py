"""TER (Snover et al. 2006)."""

from __future__ import annotations

from typing import Any

from sacrebleu.metrics import TER

from mtcheck.metrics.base import METRICS, Level
from mtcheck.metrics.sacrebleu_metric import SacrebleuMetric


@METRICS.register
class Ter(SacrebleuMetric):
    """Translation edit rate: edits and shifts per 100 reference words; 0 best, over 100 possible."""

    name = "ter"
    higher_is_better = False

    def build(self, level: Level) -> Any:  # noqa: ARG002 (the same at every level)
        return TER()
