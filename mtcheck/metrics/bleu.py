"""BLEU (Papineni et al. 2002)."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics import BLEU

from mtcheck.core.languages import base_language
from mtcheck.metrics.base import METRICS, Level, Statistics
from mtcheck.metrics.ngrams import shared_ngrams, tokens
from mtcheck.metrics.sacrebleu_metric import SacrebleuMetric

_ORDER = 4
# The steps of 13a: symbols stand apart; so do marks that no digit stands before, or after; a dash after a digit.
_APART = {ord(char): f" {char} " for char in '!"#$%&()*+/:;<=>?@[\\]^_`{|}~'}
_BEFORE_MARK = re.compile(r"([^0-9])([.,])")
_AFTER_MARK = re.compile(r"([.,])([^0-9])")
# Where no two marks stand together, both steps at once.
_MARKS = re.compile(r"[.,]{2}")
_LONE_MARK = re.compile(r"[.,](?:(?<=[^0-9][.,])|(?=[^0-9]))")
_DASH = re.compile(r"([0-9])(-)")


@METRICS.register
class Bleu(SacrebleuMetric):
    """BLEU, 0 to 100. A segment's own score uses effective order; an article's and a corpus's do not."""

    name = "bleu"

    def build(self, level: Level) -> Any:
        # force: no warning about lines that look tokenized; it changes no number.
        return BLEU(tokenize=_tokenizer(self.target_lang), effective_order=level == "segment", force=True)

    def count(self, targets: Sequence[str], references: Sequence[str]) -> Iterable[Statistics]:
        metric = self._by_level["segment"]
        if metric.tokenizer.signature() == "13a":
            words = [split_13a(text) for text in (*targets, *references)]
        else:
            words = [metric._preprocess_segment(text).split() for text in (*targets, *references)]
        numbered = tokens(words)
        shared = shared_ngrams(numbered[: len(targets)], numbered[len(targets) :], _ORDER)
        for correct, target, reference in zip(shared, words, words[len(targets) :], strict=False):
            total = [max(0, len(target) - n) for n in range(_ORDER)]
            yield (len(target), len(reference), *correct, *total)

    def scores(self, statistics: NDArray[np.float64], level: Level = "corpus") -> NDArray[np.float64]:
        length, reference = statistics[:, 0], statistics[:, 1]
        order = (statistics.shape[1] - 2) // 2
        correct, total = statistics[:, 2 : 2 + order], statistics[:, 2 + order :]
        with np.errstate(divide="ignore", invalid="ignore"):
            penalty = np.where(length < reference, np.exp(1 - reference / length), 1.0)
            # An order without a match counts half as much as the one without a match before it.
            smoothed = np.where(correct > 0, correct, 0.5 ** np.cumsum(correct == 0, axis=1))
            logs = np.log(100 * smoothed / total)
            if level == "segment":
                # Effective order: what a short text cannot have does not count.
                logs = np.where(total > 0, logs, 0.0)
                scored = correct.any(axis=1)
                mean = np.exp(logs.sum(axis=1) / np.maximum((total > 0).sum(axis=1), 1))
            else:
                scored = correct.any(axis=1) & (total > 0).all(axis=1)
                mean = np.exp(logs.mean(axis=1))
            return np.where(scored, penalty * mean, 0.0)


def split_13a(line: str) -> list[str]:
    """The tokens of sacrebleu's tokenizer 13a (mteval-v13a): its steps, but for those that a line has no reason for."""
    line = line.rstrip().replace("<skipped>", "")
    if "\n" in line:
        line = line.replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for entity, char in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
            line = line.replace(entity, char)
    line = f" {line} ".translate(_APART)
    if _MARKS.search(line):
        line = _BEFORE_MARK.sub(r"\1 \2 ", line)
        line = _AFTER_MARK.sub(r" \1 \2", line)
    else:
        line = _LONE_MARK.sub(r" \g<0> ", line)
    if "-" in line:
        line = _DASH.sub(r"\1 \2 ", line)
    return line.split()


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
