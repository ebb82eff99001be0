"""What a metric is: statistics of one segment, a score from summed statistics, a signature."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from mtcheck.core.registry import Registry

Statistics = tuple[float, ...]
Level = Literal["segment", "corpus"]


class Metric(ABC):
    """A metric for one target language.

    Class attributes: `name` (the key under `scores`), `higher_is_better`.
    """

    name: ClassVar[str]
    higher_is_better: ClassVar[bool] = True

    def __init__(self, target_lang: str | None) -> None:
        self.target_lang = target_lang

    @abstractmethod
    def statistics(self, target: str, references: Sequence[str]) -> Statistics:
        """Additive statistics of `target` against one or more references."""

    def all_statistics(self, targets: Sequence[str], references: Sequence[Sequence[str]]) -> list[Statistics]:
        """The statistics of many segments. A metric may say here how it counts them together."""
        return [self.statistics(*segment) for segment in zip(targets, references, strict=True)]

    @abstractmethod
    def score(self, statistics: Statistics, level: Level) -> float:
        """The score of summed statistics; `level` chooses segment smoothing where the metric has one."""

    def scores(self, statistics: NDArray[np.float64], level: Level = "corpus") -> NDArray[np.float64]:
        """The scores of many sums of statistics, `(sums, k)`, as resampling needs them, or of many segments.

        A metric may say here how it counts them all at once; the values are those of `score`.
        """
        return np.array([self.score(tuple(row), level) for row in statistics])

    @abstractmethod
    def signature(self, references: int | None, level: Level) -> str:
        """What exactly was computed; `references` is the number per segment, None if it varies."""


def add(statistics: Iterable[Statistics]) -> Statistics:
    """The sum, position by position."""
    return tuple(map(sum, zip(*statistics, strict=True)))


METRICS: Registry[Metric] = Registry("mtcheck.metrics", "metric")
