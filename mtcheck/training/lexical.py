"""Which English translates a word or a piece of a word, counted in parallel text: IBM Model 1 (Brown et al. 1993, "The
Mathematics of Statistical Machine Translation").

Two things of `adapt` come from it: where the training of the table begins, and the words that it puts together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtcheck.references.mini._tokens import Tokenizer
from mtcheck.training.parallel import Sentence

_ROUNDS = 4
# How much a piece's place in the original's own text counts against its place in the new languages'.
_LOYALTY = 3.0
_SMOOTHING = 1e-7
_LEAST_SHARE = 0.01
_WORD = re.compile(r"[^\W\d_]+(?:['’\-‑][^\W\d_]+)*")
# A word is given for a translation from this share of the other's occurrences on.
_MEANING = 0.25
_KNOWN = 0.6
_LEAST_COUNT = 2.0

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """How often `sources[i]` is expected to stand for `targets[i]`; target 0 is nothing."""

    sources: Ids
    targets: Ids
    expected: Floats


def model_1(pairs: Iterable[tuple[Sequence[int], Sequence[int]]], size: int, rounds: int = _ROUNDS) -> Counts:
    """Expected counts of the links of pairs of sets of ids below `size`, 0 being no id of either side.

    Of the targets that a source may come from, "nothing" is always one.
    """
    kept = [(np.asarray(source), np.asarray([0, *target])) for source, target in pairs if source and target]
    links = [np.add.outer(source * size, target).ravel() for source, target in kept]
    keys, cells = np.unique(np.concatenate(links), return_inverse=True)
    tokens = np.repeat(
        np.arange(sum(len(source) for source, _ in kept)), [len(target) for source, target in kept for _ in source]
    )
    sources, targets = keys // size, keys % size
    expected: Floats = np.ones(len(keys))
    for step in range(rounds):
        chances = expected / np.bincount(targets, expected, minlength=size)[targets] if step else expected
        shares = chances[cells]
        shares /= np.bincount(tokens, shares)[tokens]
        expected = np.bincount(cells, shares, minlength=len(keys)).astype(np.float64)
    return Counts(sources, targets, expected)


def count_pieces(sentences: Sequence[Sentence], tokenizer: Tokenizer, size: int) -> Counts:
    """Links of the pieces of sentences with those of their English; `size` is that of the table."""
    sources = tokenizer.encode_all([sentence.text for sentence in sentences])
    targets = tokenizer.encode_all([sentence.english for sentence in sentences])
    sets = ((sorted({*s[1:-1]} - {0}), sorted({*t[1:-1]} - {0})) for s, t in zip(sources, targets, strict=True))
    return model_1(sets, size)


def begin(table: Tensor, counts: Sequence[Counts], probabilities: Sequence[float]) -> Tensor:
    """The table (pieces, width) with each piece of the new languages moved to the English that it stands for.

    `counts` are those of each language. A piece moves as far as it belongs to the new languages: the share of their
    text that it is, beside its probability in the vocabulary, which is the share of the original's text. Its place is
    the mean of the English pieces', each weighted with the square of the chance that it is meant; its length is the
    mean of theirs, since averaging shortens.
    """
    size = len(table)
    lengths = table.norm(dim=1)
    moved, share = torch.zeros_like(table), np.zeros(size)
    for found in counts:
        counted = np.bincount(found.sources, found.expected, minlength=size)
        part = counted / counted.sum() / len(counts)
        chance = np.where(found.targets > 0, found.expected / counted[found.sources], 0.0)
        weight = np.where(chance > _LEAST_SHARE, chance**2, 0.0)
        total = np.bincount(found.sources, weight, minlength=size)
        kept = weight > 0
        sources, targets = found.sources[kept], found.targets[kept]
        weight = weight[kept] / total[sources]
        matrix = torch.sparse_coo_tensor(
            torch.tensor(np.stack((sources, targets))),
            torch.tensor(weight).float(),
            (size, size),
            check_invariants=False,
        )
        mean = matrix @ table
        length = matrix @ lengths[:, None]
        mean *= length / mean.norm(dim=1, keepdim=True).clamp_min(1e-6)
        part = np.where(total > 0, part, 0.0)
        moved += torch.tensor(part).float()[:, None] * mean
        share += part
    known = np.zeros(size)
    known[: len(probabilities)] = probabilities
    new = torch.tensor(share / (share + _LOYALTY * known + _SMOOTHING)).float()[:, None]
    return (1 - new) * table + new * moved / torch.tensor(share).float().clamp_min(1e-12)[:, None]


def count_words(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Words with the English that nearly always stands for them in these sentences."""
    numbers: dict[str, int] = {}
    english: dict[str, int] = {}
    sets = [
        (
            sorted({numbers.setdefault(word, len(numbers) + 1) for word in _WORD.findall(sentence.text)}),
            list(dict.fromkeys(english.setdefault(word, len(english) + 1) for word in _WORD.findall(sentence.english))),
        )
        for sentence in sentences
    ]
    size = max(len(numbers), len(english)) + 1
    counts = model_1(sets, size)
    counted = np.bincount(counts.sources, counts.expected, minlength=size)
    chance = counts.expected / counted[counts.sources]
    kept = (counts.targets > 0) & (chance >= _MEANING) & (counted[counts.sources] >= _LEAST_COUNT)
    chances: dict[int, dict[int, float]] = {}
    for source, target, value in zip(counts.sources[kept], counts.targets[kept], chance[kept], strict=True):
        chances.setdefault(int(source), {})[int(target)] = float(value)
    words, theirs = list(numbers), list(english)
    found: dict[str, str] = {}
    # In the order that they have in a sentence of the word.
    for source, target in sets:
        for word in source:
            meant = chances.pop(word, {})
            order = [number for number in target if number in meant]
            if sum(meant[number] for number in order) >= _KNOWN:
                found[words[word - 1]] = " ".join(theirs[number - 1] for number in order)
    return found
