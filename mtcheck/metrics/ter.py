"""TER (Snover et al. 2006)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
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

    def scores(self, statistics: NDArray[np.float64], level: Level = "corpus") -> NDArray[np.float64]:  # noqa: ARG002
        edits, words = statistics[:, 0], statistics[:, 1]
        # Edits against nothing are one for one.
        return 100 * np.divide(edits, words, out=(edits > 0).astype(np.float64), where=words > 0)
