"""BLEU (Papineni et al. 2002)."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics import BLEU

from mtcheck.core.languages import base_language
from mtcheck.metrics.base import METRICS, Level
from mtcheck.metrics.sacrebleu_metric import SacrebleuMetric


@METRICS.register
class Bleu(SacrebleuMetric):
    """BLEU, 0 to 100. A segment's own score uses effective order; an article's and a corpus's do not."""

    name = "bleu"

    def build(self, level: Level) -> Any:
        # force: no warning about lines that look tokenized; it changes no number.
        return BLEU(tokenize=_tokenizer(self.target_lang), effective_order=level == "segment", force=True)

    def scores(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        length, reference = statistics[:, 0], statistics[:, 1]
        order = (statistics.shape[1] - 2) // 2
        correct, total = statistics[:, 2 : 2 + order], statistics[:, 2 + order :]
        with np.errstate(divide="ignore", invalid="ignore"):
            penalty = np.where(length < reference, np.exp(1 - reference / length), 1.0)
            # An order without a match counts half as much as the one without a match before it.
            smoothed = np.where(correct > 0, correct, 0.5 ** np.cumsum(correct == 0, axis=1))
            mean = np.exp(np.log(100 * smoothed / total).mean(axis=1))
            scored = correct.any(axis=1) & (total > 0).all(axis=1)
            return np.where(scored, penalty * mean, 0.0)


def _tokenizer(target_lang: str | None) -> str:
    """sacrebleu's own choice by language, by characters where the wanted segmenter is not installed."""
    language = base_language(target_lang)
    if language == "zh":
        return "zh"
    if language == "ja":
        return "ja-mecab" if importlib.util.find_spec("MeCab") else "char"
    if language == "ko":
        return "ko-mecab" if importlib.util.find_spec("mecab_ko") else "char"
    return "13a"
