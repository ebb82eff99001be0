"""Thresholds from translations that people accepted or rejected, with what they would have stopped.

With both kinds, conditions are added one by one, each time the one whose best threshold raises F1 of "stopped" for
"rejected" most, as long as it raises it at all and few enough accepted ones are stopped. From accepted ones alone,
all conditions get the threshold at the same quantile, so that together they stop just few enough. Precision and
recall are those of the whole procedure on parts that it has not seen (cross-validation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mtcheck.core.errors import Code, MtcheckError

Bools = NDArray[np.bool_]
Values = NDArray[np.float64]

FEWEST = 10
_FOLDS = 5
_MOST_CONDITIONS = 4
_LEAST_GAIN = 0.01
_CANDIDATES = 100
_SEED = 12345


@dataclass(frozen=True)
class Feature:
    """What a condition looks at: its table in the policy, the name in it, and whether higher values are better."""

    table: str
    name: str
    higher_is_better: bool


@dataclass(frozen=True)
class Threshold:
    """A condition proposed, with how many of each kind it alone stops."""

    feature: Feature
    limit: float
    stops_accepted: int
    stops_rejected: int


@dataclass(frozen=True)
class Quality:
    """What a policy stops. `precision` and `recall` are None where nothing was rejected, or stopped."""

    accepted: int
    rejected: int
    stopped_accepted: int
    stopped_rejected: int

    @property
    def precision(self) -> float | None:
        stopped = self.stopped_accepted + self.stopped_rejected
        return self.stopped_rejected / stopped if stopped and self.rejected else None

    @property
    def recall(self) -> float | None:
        return self.stopped_rejected / self.rejected if self.rejected else None

    @property
    def false_alarms(self) -> float:
        """The share of accepted ones that are stopped."""
        return self.stopped_accepted / self.accepted


@dataclass(frozen=True)
class Calibration:
    """The conditions proposed, and what the policy does to what they were made from and to what was held out."""

    thresholds: tuple[Threshold, ...]
    before: Quality
    fitted: Quality
    held_out: Quality
    folds: int


@dataclass(frozen=True)
class Examples:
    """Translations with what is known of each.

    `badness` is `(translations, features)`, higher worse, NaN where a translation has not the value; `rejected` are
    those that people rejected, `stopped` those that the policy stops without any new condition.
    """

    features: tuple[Feature, ...]
    badness: Values
    rejected: Bools
    stopped: Bools

    def part(self, rows: Bools) -> Examples:
        """Some of them."""
        return Examples(self.features, self.badness[rows], self.rejected[rows], self.stopped[rows])

    def stopped_by(self, limits: dict[int, float]) -> Bools:
        """Which the policy stops with these limits of badness by feature."""
        stopped = self.stopped.copy()
        for column, limit in limits.items():
            # Comparisons with NaN are False: what is not known stops nothing.
            stopped |= self.badness[:, column] > limit
        return stopped

    def quality(self, stopped: Bools) -> Quality:
        """What stopping these comes to."""
        return Quality(
            accepted=int((~self.rejected).sum()),
            rejected=int(self.rejected.sum()),
            stopped_accepted=int((stopped & ~self.rejected).sum()),
            stopped_rejected=int((stopped & self.rejected).sum()),
        )


def calibrate(examples: Examples, false_alarms: float) -> Calibration:
    """Propose thresholds. Raises BAD_CALL where there is too little to learn from.

    Args:
        examples: accepted ones, and rejected ones if there are any.
        false_alarms: the share of accepted ones that the new conditions may stop.
    """
    rejected = int(examples.rejected.sum())
    accepted = len(examples.rejected) - rejected
    if accepted < FEWEST or 0 < rejected < FEWEST:
        raise MtcheckError(
            Code.BAD_CALL,
            f"{accepted} accepted and {rejected} rejected are too few to calibrate from",
            where="the input",
            mend=f"Give {FEWEST} accepted at least, and {FEWEST} rejected or none",
        )
    limits = _fit(examples, false_alarms)
    thresholds = []
    for column, limit in limits.items():
        alone = examples.badness[:, column] > limit
        feature = examples.features[column]
        thresholds.append(
            Threshold(
                feature,
                -limit if feature.higher_is_better else limit,
                int((alone & ~examples.rejected).sum()),
                int((alone & examples.rejected).sum()),
            )
        )
    return Calibration(
        thresholds=tuple(thresholds),
        before=examples.quality(examples.stopped),
        fitted=examples.quality(examples.stopped_by(limits)),
        held_out=_cross_validated(examples, false_alarms),
        folds=_FOLDS,
    )


def _cross_validated(examples: Examples, false_alarms: float) -> Quality:
    folds = np.empty(len(examples.rejected), dtype=np.int64)
    rng = np.random.default_rng(_SEED)
    for kind in (True, False):
        rows = np.flatnonzero(examples.rejected == kind)
        folds[rng.permutation(rows)] = np.arange(len(rows)) % _FOLDS
    stopped = np.zeros(len(folds), dtype=bool)
    for fold in range(_FOLDS):
        limits = _fit(examples.part(folds != fold), false_alarms)
        held_out = folds == fold
        stopped[held_out] = examples.part(held_out).stopped_by(limits)
    return examples.quality(stopped)


def _fit(examples: Examples, false_alarms: float) -> dict[int, float]:
    return _greedy(examples, false_alarms) if examples.rejected.any() else _quantiles(examples, false_alarms)


def _greedy(examples: Examples, false_alarms: float) -> dict[int, float]:
    allowed = false_alarms * (~examples.rejected).sum() + (examples.stopped & ~examples.rejected).sum()
    limits: dict[int, float] = {}
    best = _f1(examples.rejected, examples.stopped)
    while len(limits) < _MOST_CONDITIONS:
        base = examples.stopped_by(limits)
        found = None
        for column in range(len(examples.features)):
            if column in limits:
                continue
            for limit in _candidates(examples.badness[:, column]):
                stopped = base | (examples.badness[:, column] > limit)
                score = _f1(examples.rejected, stopped)
                if score > best + _LEAST_GAIN and (stopped & ~examples.rejected).sum() <= allowed:
                    best, found = score, (column, limit)
        if found is None:
            break
        limits[found[0]] = found[1]
    return limits


def _quantiles(examples: Examples, false_alarms: float) -> dict[int, float]:
    """The lowest common quantile whose limits together stop no more than the share allowed of what passed before."""
    passed = ~examples.stopped
    known = [column for column in range(len(examples.features)) if not np.isnan(examples.badness[:, column]).all()]
    # Of two equally strict limits, that which stops none of these.
    for share in np.linspace(0, false_alarms, 51)[::-1]:
        limits = {}
        for column in known:
            values = examples.badness[passed, column]
            values = values[~np.isnan(values)]
            if len(values):
                limits[column] = float(np.quantile(values, 1 - share, method="higher"))
        if (examples.stopped_by(limits) & passed).sum() <= false_alarms * passed.sum():
            return {column: _rounded_up(limit, examples.badness[:, column]) for column, limit in limits.items()}
    return {}


def _f1(rejected: Bools, stopped: Bools) -> float:
    return 2 * int((rejected & stopped).sum()) / max(int(rejected.sum()) + int(stopped.sum()), 1)


def _candidates(badness: Values) -> list[float]:
    """Limits between neighbouring values, with as few digits as tell them apart."""
    values = np.unique(badness[~np.isnan(badness)])
    if len(values) > _CANDIDATES + 1:
        values = np.unique(np.quantile(values, np.linspace(0, 1, _CANDIDATES + 1), method="nearest"))
    return [_short(float(low), float(high)) for low, high in pairwise(values)]


def _short(low: float, high: float) -> float:
    """A number from `low` on and below `high`, near their middle; whole between whole numbers."""
    middle = (low + high) / 2
    if low.is_integer() and high.is_integer():
        return float(math.floor(middle))
    for digits in range(7):
        short = round(middle, digits)
        if low < short < high:
            return short
    return low


def _rounded_up(limit: float, badness: Values) -> float:
    above = badness[badness > limit]
    return _short(limit, float(above.min()) if len(above) else limit + max(1.0, abs(limit) * 0.01))
