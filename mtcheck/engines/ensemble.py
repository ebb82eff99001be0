"""Several reference models over the same segments: where they differ, and one value from all of them.

Models have scales of their own, so that their scores cannot be averaged as they are. Each score becomes its percentile
rank: the share of segments that the same model scores worse, ties counting half, 0 (worst) to 100. The combined value
is the mean of the models' percentile ranks: Borda's count, as in Dwork et al. 2001 ("Rank aggregation methods for the
Web", WWW 10) and, for benchmarks of language processing, in Colombo et al. 2022 ("What are the best systems?",
NeurIPS 35). The mean of z-scores, of which ensembles of metrics are more often made, depends on outliers and on the
shape of each distribution; this one is the same after any rescaling of a score that keeps its order.

Ranks are taken within a language pair, over the segments that the same models scored in the same way. Agreement is
Spearman's rank correlation, as in the shared tasks of quality estimation (Zerva et al. 2022, WMT).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtcheck.core.results import InputFile, ModelAgreement, RankedSegment, ScoreCorrelation, SegmentResult
from mtcheck.core.spool import Spool
from mtcheck.core.types import Article, Score
from mtcheck.engines.scoring import Scored
from mtcheck.engines.stored import StoredRun
from mtcheck.metrics.sample import key

MEAN_PERCENTILE = "mean_percentile"
# Two models are far apart where half of all segments lie between their ranks of one.
FAR = 50.0
_LISTED = 10
# What is no worse than nine tenths of the rest is not called one of the worst.
_WORST_OF = 10
_DECIMALS = 4
# Below, no interval can be given, and a correlation says nothing.
_FEWEST = 4
_KEPT = ("id", "article", "index", "system", "source", "target")
_Z = 1.959964

Values = NDArray[np.float64]


class _Scale(NamedTuple):
    """One way of scoring: values of one are comparable with each other."""

    name: str
    higher_is_better: bool
    signature: str

    def upward(self, value: float) -> float:
        """The value so that more is better."""
        return value if self.higher_is_better else -value


def percentile_ranks(values: Values, *, higher_is_better: bool = True) -> Values:
    """Of each value the share of all that are worse, in per cent, equal ones (itself among them) counting half."""
    _, places, counts = np.unique(values if higher_is_better else -values, return_inverse=True, return_counts=True)
    ranks: Values = ((np.cumsum(counts) - counts / 2) * 100 / len(values))[places]
    return ranks


def spearman(one: Values, other: Values) -> float | None:
    """Pearson's correlation of two arrays of ranks, -1 to 1; None of fewer than four, and where one is constant."""
    one, other = one - one.mean(), other - other.mean()
    norm = math.sqrt(float((one * one).sum()) * float((other * other).sum()))
    return round(float((one * other).sum()) / norm, _DECIMALS) if norm and len(one) >= _FEWEST else None


def spearman_interval(correlation: float | None, count: int) -> tuple[float, float] | None:
    """The 95 % confidence interval by Fisher's z with the standard error of Bonett and Wright 2000 (Psychometrika 65).

    It takes the segments for independent. None where there is no correlation, or a perfect one, which has no error.
    """
    if correlation is None or abs(correlation) == 1:
        return None
    reach = _Z * math.sqrt((1 + correlation**2 / 2) / (count - 3))
    low, high = (math.tanh(math.atanh(correlation) + step) for step in (-reach, reach))
    return round(low, _DECIMALS), round(high, _DECIMALS)


class Ensemble:
    """Gathers what models say of a run's segments: 8 bytes a score in memory, the texts on disk.

    Args:
        voices: of each model the score that it judges by.
        directory: where there is room for what does not fit into memory.
    """

    def __init__(self, voices: Sequence[str] = (), directory: Path | None = None) -> None:
        self._voices = voices
        self._directory = directory
        self._groups: dict[tuple[str | None, str | None, tuple[_Scale, ...]], _Group] = {}

    def add(self, segments: Iterable[SegmentResult]) -> None:
        """Take the segments that more than one model has scored."""
        if len(self._voices) < 2:
            return
        for segment in segments:
            heard = list(_heard(self._voices, segment.scores))
            if len(heard) > 1:
                group = segment.source_lang, segment.target_lang, tuple(scale for scale, _ in heard)
                if group not in self._groups:
                    self._groups[group] = _Group(len(heard), self._directory)
                self._groups[group].add(segment, [value for _, value in heard])

    def agreement(self) -> tuple[ModelAgreement, ...]:
        """Of each language pair, and each set of models that scored the same segments, in the order they came.

        A segment that is alone has no rank.
        """
        return tuple(
            group.agreement(source_lang, target_lang, scales)
            for (source_lang, target_lang, scales), group in self._groups.items()
            if len(group) > 1
        )


class _Group:
    """Segments of one language pair that the same models scored in the same way."""

    def __init__(self, models: int, directory: Path | None) -> None:
        self._values = [array("d") for _ in range(models)]
        self._pairs = array("Q")
        self._places: Spool[dict[str, Any]] = Spool(directory=directory)

    def __len__(self) -> int:
        return len(self._places)

    def add(self, segment: SegmentResult, values: Iterable[float]) -> None:
        for column, value in zip(self._values, values, strict=True):
            column.append(value)
        self._pairs.append(key(segment.source or "", segment.target))
        self._places.append({name: getattr(segment, name) for name in _KEPT})

    def agreement(self, source_lang: str | None, target_lang: str | None, scales: Sequence[_Scale]) -> ModelAgreement:
        ranks = np.array(
            [
                percentile_ranks(np.frombuffer(column), higher_is_better=scale.higher_is_better)
                for column, scale in zip(self._values, scales, strict=True)
            ]
        )
        means, spreads = (each.round(_DECIMALS) for each in (ranks.mean(axis=0), np.ptp(ranks, axis=0)))
        count, names = len(means), [scale.name for scale in scales]
        apart = np.flatnonzero(spreads >= FAR)

        def listed(order: NDArray[np.intp]) -> tuple[RankedSegment, ...]:
            return tuple(
                RankedSegment(
                    **self._places[at],
                    scores={name: column[at] for name, column in zip(names, self._values, strict=True)},
                    percentiles={
                        name: round(rank, _DECIMALS) for name, rank in zip(names, ranks[:, at].tolist(), strict=True)
                    },
                    mean_percentile=float(means[at]),
                )
                for at in self._first(order)
            )

        return ModelAgreement(
            source_lang=source_lang,
            target_lang=target_lang,
            segments=count,
            scores={scale.name: scale.signature for scale in scales},
            signature=_signature(names, f"run|segments:{count}"),
            correlations=tuple(
                ScoreCorrelation(
                    (names[one], names[other]),
                    found := spearman(ranks[one], ranks[other]),
                    spearman_interval(found, count),
                )
                for one, other in combinations(range(len(names)), 2)
            ),
            far_apart=len(apart),
            differ_most=listed(apart[np.argsort(-spreads[apart], kind="stable")]),
            worst=listed(np.argsort(means, kind="stable")[: math.ceil(count / _WORST_OF)]),
        )

    def _first(self, order: NDArray[np.intp]) -> Iterator[int]:
        """The first places in this order whose texts differ, as many as are listed."""
        seen: set[int] = set()
        for at in order.tolist():
            if len(seen) == _LISTED:
                return
            if self._pairs[at] not in seen:
                seen.add(self._pairs[at])
                yield at


class Norm:
    """A former run, among whose scores each segment's is ranked: its mean percentile rank is the same in every run.

    Raises MtcheckError: FILE_NOT_FOUND, BAD_RUN.
    """

    def __init__(self, directory: Path, voices: Sequence[str]) -> None:
        run = StoredRun(directory)
        self.files: tuple[InputFile, ...] = tuple(run.files)
        self._voices = voices
        self._name = directory.resolve().name
        self._digest = next(file.sha256 for file in run.files if file.file.endswith(".jsonl"))[:12]
        self._lacking = 0
        self._values: dict[tuple[str | None, str | None, _Scale], array[float]] = {}
        for segment in run.segments():
            for scale, value in _heard(voices, segment.scores):
                group = segment.source_lang, segment.target_lang, scale
                self._values.setdefault(group, array("d")).append(scale.upward(value))
        for group, values in self._values.items():
            self._values[group] = array("d", np.sort(np.array(values)).tobytes())

    def add(self, article: Article, scored: Sequence[Scored]) -> None:
        """Give each segment that all models scored, as they did in the norm, its mean percentile rank."""
        for segment, part in zip(article.segments, scored, strict=True):
            heard = [
                (scale.upward(value), self._values.get((segment.source_lang, segment.target_lang, scale)))
                for scale, value in _heard(self._voices, part.scores)
            ]
            ranks = [_rank(value, values) for value, values in heard if values]
            if ranks and len(ranks) == len(self._voices):
                signature = _signature(self._voices, self._digest)
                part.scores[MEAN_PERCENTILE] = Score(round(sum(ranks) / len(ranks), _DECIMALS), True, signature)
            else:
                self._lacking += 1

    def notes(self) -> list[str]:
        """How many segments got no rank, so far."""
        if not self._lacking:
            return []
        many = f"{self._lacking:,} segment{'s' if self._lacking > 1 else ''}"
        return [f"Not all models have a score there that {self._name} has, too: no {MEAN_PERCENTILE} for {many}"]


def _rank(value: float, values: array[float]) -> float:
    return (bisect_left(values, value) + bisect_right(values, value)) * 50 / len(values)


def _heard(voices: Iterable[str], scores: Mapping[str, Score]) -> Iterator[tuple[_Scale, float]]:
    for name in voices:
        score = scores.get(name)
        if score is not None and math.isfinite(score.value):
            yield _Scale(name, score.higher_is_better, _comparable(score.signature)), score.value


@lru_cache(maxsize=1024)
def _comparable(signature: str) -> str:
    """The signature without what differs between values that may be compared: whether a long text was cut."""
    return "|".join(part for part in signature.split("|") if not part.startswith("split:"))


def _signature(names: Iterable[str], norm: str) -> str:
    return f"mean-percentile-rank|scores:{'+'.join(names)}|ties:mid|norm:{norm}"
