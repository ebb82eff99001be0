"""BLEU (Papineni et al. 2002)."""

from __future__ import annotations

import importlib.util
from typing import Any

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
