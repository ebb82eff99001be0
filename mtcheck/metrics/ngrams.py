"""How many n-grams two sequences share, counted for many pairs at once.

Shared n-grams are what BLEU and chrF are made of, and counting them in dictionaries is nearly all of their cost. Here
the n-grams of a few pairs are written as whole numbers (pair, symbols, side) and sorted together, so that equal ones
lie side by side. Counts are exact: no n-gram is hashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Symbols = NDArray[np.int64]
# Symbols that are sorted at once: more are slower each, fewer cost more calls.
_AT_ONCE = 4000
_BITS = 63
_NARROW = 31


def shared_ngrams(targets: Sequence[Symbols], references: Sequence[Symbols], order: int) -> list[list[int]]:
    """For each pair the n-grams in common for n from 1 to `order`, each as often as both have it.

    Args:
        targets, references: the symbols of each text as numbers from 0 on, small ones best.
        order: the longest n-gram.
    """
    counts: list[list[int]] = []
    start = size = 0
    for end, (target, reference) in enumerate(zip(targets, references, strict=True), 1):
        size += len(target) + len(reference)
        if size >= _AT_ONCE or end == len(targets):
            counts += _count(targets[start:end], references[start:end], order)
            start, size = end, 0
    return counts


def characters(texts: Sequence[str]) -> list[Symbols]:
    """Each text as the code points of its characters."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    return np.split(codes, np.cumsum(lengths)[:-1]) if len(texts) else []


def tokens(texts: Iterable[Sequence[str]]) -> list[Symbols]:
    """Each sequence of words as numbers, the same for equal words."""
    known: dict[str, int] = {}
    return [
        np.fromiter((known.setdefault(word, len(known)) for word in words), dtype=np.int64, count=len(words))
        for words in texts
    ]


def _count(targets: Sequence[Symbols], references: Sequence[Symbols], order: int) -> list[list[int]]:
    pairs = len(targets)
    sides = [side for pair in zip(targets, references, strict=True) for side in pair]
    lengths = np.array([len(side) for side in sides])
    symbols, bits = _dense(np.concatenate(sides))
    texts = np.repeat(np.arange(2 * pairs), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(symbols))
    grams, width = symbols, bits
    matched = np.zeros((order, pairs), dtype=np.int64)
    owner_bits = int(2 * pairs).bit_length()
    for n in range(1, order + 1):
        if n > 1:
            if width + bits + owner_bits > _BITS:
                _, grams = np.unique(grams, return_inverse=True)
                width = len(grams).bit_length()
            grams = (grams[:-1] << bits) | symbols[n - 1 :]
            width += bits
        whole = left[: len(grams)] >= n
        owners = texts[: len(grams)][whole]
        keys = ((((owners >> 1) << width) | grams[whole]) << 1) | (owners & 1)
        matched[n - 1] = _intersections(keys, width, pairs, narrow=width + owner_bits <= _NARROW)
    counts: list[list[int]] = matched.T.tolist()
    return counts


def _intersections(keys: Symbols, width: int, pairs: int, *, narrow: bool) -> Symbols:
    """The size of each pair's intersection, from keys whose last bit is the side."""
    if not len(keys):
        return np.zeros(pairs, dtype=np.int64)
    ordered: NDArray[np.integer[Any]] = np.sort(keys.astype(np.uint32) if narrow else keys)
    grams = ordered >> 1
    last = np.append(np.flatnonzero(grams[1:] != grams[:-1]), len(grams) - 1)
    of_references = np.cumsum(ordered & 1)[last]
    of_references[1:] -= of_references[:-1].copy()
    sizes = np.diff(last, prepend=-1)
    common = np.minimum(sizes - of_references, of_references)
    return np.bincount((grams[last] >> width).astype(np.int64), weights=common, minlength=pairs).astype(np.int64)


def _dense(symbols: Symbols) -> tuple[Symbols, int]:
    """The symbols numbered by rank, and the bits that the numbers take."""
    if not len(symbols):
        return symbols, 1
    seen = np.zeros(int(symbols.max()) + 1, dtype=bool)
    seen[symbols] = True
    present = np.flatnonzero(seen)
    ranks = np.empty(len(seen), dtype=np.int64)
    ranks[present] = np.arange(len(present))
    return ranks[symbols], max(1, int(len(present) - 1).bit_length())
