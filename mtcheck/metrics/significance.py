"""Significance of differences between translations of the same segments.

Paired bootstrap resampling (Koehn 2004, "Statistical Significance Tests for Machine Translation Evaluation") and
approximate randomisation (Riezler and Maxwell 2005, "On Some Pitfalls in Automatic Evaluation and Significance
Testing for MT"). Both draw and count as `sacrebleu --paired-bs` and `--paired-ar` do, so that equal statistics, seed
and number of draws give equal numbers.

sacrebleu counts draws whose difference is larger than the one observed. With `ties`, those that equal it count too,
as a valid test has it (Phipson and Smyth 2010, "Permutation P-values Should Never Be Zero"): where two translations
differ in one segment, each draw equals the observation, so that p is 1, where sacrebleu finds it all but impossible.

Statistics are rows of `(segments, k)` arrays that add up, as `mtcheck.metrics.base` says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Scorer = Callable[[Array], Array]
"""From summed statistics `(draws, k)` to scores `(draws,)`."""

# sacrebleu draws all trials at once, bit by bit out of words of 32; so many trials leave no bit over.
_TRIALS_AT_ONCE = 32
_COLUMNS_AT_ONCE = 1 << 16
# Differences that are equal but for rounding.
_EQUAL = 1e-9


def bootstrap(tables: Sequence[Array], resamples: int, seed: int) -> list[Array]:
    """Summed statistics of each system, `(resamples, k)`, over the same resampled segments for all of them."""
    segments = len(tables[0])
    rng = np.random.default_rng(seed)
    sums = [np.empty((resamples, table.shape[1])) for table in tables]
    for draw in range(resamples):
        weights = np.bincount(rng.choice(segments, size=segments, replace=True), minlength=segments).astype(np.float64)
        for table, out in zip(tables, sums, strict=True):
            out[draw] = weights @ table
    return sums


def interval(values: Array) -> tuple[float, float]:
    """The middle 95 % of resampled values, cut off as sacrebleu does."""
    ordered = np.sort(values)
    cut = len(ordered) // 40
    return float(ordered[cut]), float(ordered[len(ordered) - cut - 1])


def bootstrap_p(one: Array, other: Array, difference: float, *, ties: bool = False) -> float:
    """Two-sided p-value of an observed difference from two systems' scores of the same resamples."""
    differences = np.abs(one - other)
    return _p(differences - differences.mean(), difference, ties)


def randomisation_p(one: Array, other: Array, scorer: Scorer, trials: int, seed: int, *, ties: bool = False) -> float:
    """Two-sided p-value of the difference of two systems, whose segments are swapped at random.

    Args:
        one: the first system's statistics, `(segments, k)`.
        other: the second's, of the same segments.
    """
    rng = np.random.default_rng(seed)
    # What both have alike is the same however it is swapped.
    differs = np.flatnonzero((one != other).any(axis=1))
    gap = one[differs] - other[differs]
    sum_one, sum_other = one.sum(axis=0), other.sum(axis=0)
    found = np.empty(trials)
    for start in range(0, trials, _TRIALS_AT_ONCE):
        size = min(_TRIALS_AT_ONCE, trials - start)
        stay = rng.integers(2, size=(size, len(one)), dtype=bool)[:, differs]
        moved = np.zeros((size, one.shape[1]))
        for left in range(0, len(differs), _COLUMNS_AT_ONCE):
            block = slice(left, left + _COLUMNS_AT_ONCE)
            moved += (~stay[:, block]).astype(np.float64) @ gap[block]
        found[start : start + size] = np.abs(scorer(sum_one - moved) - scorer(sum_other + moved))
    observed = abs(scorer(sum_one[None])[0] - scorer(sum_other[None])[0])
    return _p(found, float(observed), ties)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number (Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure")."""
    corrected = [0.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        least = max(least, min(1.0, p_values[place] * (len(p_values) - rank)))
        corrected[place] = least
    return corrected


def _p(draws: Array, difference: float, ties: bool) -> float:
    least = abs(difference) + (-_EQUAL if ties else _EQUAL)
    return (int(np.sum(draws > least)) + 1) / (len(draws) + 1)
