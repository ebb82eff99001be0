"""The bridge to sacrebleu (Post 2018, "A Call for Clarity in Reporting BLEU Scores").

sacrebleu's public interface scores whole corpora; the hooks used here give each segment's statistics,
which add up to the corpus score that its command line prints. Tests hold that parity.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from mtcheck.metrics.base import Level, Metric, Statistics


class SacrebleuMetric(Metric):
    """A metric computed by sacrebleu."""

    def __init__(self, target_lang: str | None) -> None:
        super().__init__(target_lang)
        self._by_level: dict[Level, Any] = {"segment": self.build("segment"), "corpus": self.build("corpus")}

    @abstractmethod
    def build(self, level: Level) -> Any:
        """sacrebleu's metric object for the level."""

    def all_statistics(self, targets: Sequence[str], references: Sequence[Sequence[str]]) -> list[Statistics]:
        single = [place for place, given in enumerate(references) if len(given) == 1]
        counted = dict(
            zip(
                single,
                self.count([targets[place] for place in single], [references[place][0] for place in single]),
                strict=True,
            )
        )
        # Of several references sacrebleu chooses, or joins them.
        return [
            counted[place] if place in counted else self.statistics(target, given)
            for place, (target, given) in enumerate(zip(targets, references, strict=True))
        ]

    def count(self, targets: Sequence[str], references: Sequence[str]) -> Iterable[Statistics]:
        """The statistics of many segments with one reference each, the same as sacrebleu's."""
        return [self.statistics(target, [reference]) for target, reference in zip(targets, references, strict=True)]

    def statistics(self, target: str, references: Sequence[str]) -> Statistics:
        metric = self._by_level["segment"]
        extracted = metric._extract_corpus_statistics([target], [[reference] for reference in references])
        return tuple(extracted[0])

    def score(self, statistics: Statistics, level: Level) -> float:
        return float(self._by_level[level]._compute_score_from_stats(list(statistics)).score)

    def signature(self, references: int | None, level: Level) -> str:
        metric = self._by_level[level]
        metric.num_refs = -1 if references is None else references
        return str(metric.get_signature().format())
