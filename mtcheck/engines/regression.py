"""What got worse since a former run: findings that it has not, and scores that fell by more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mtcheck.core.config import SignificanceConfig
from mtcheck.core.results import BaselineResult, CorpusScores, InputFile, ScoreChange
from mtcheck.core.types import Article, Score, Verdict
from mtcheck.engines.scoring import metric_name, resampled_scorer
from mtcheck.engines.stored import StoredRun
from mtcheck.engines.tally import Group, Tally, label, rows
from mtcheck.gate.baseline import Baseline, Entry
from mtcheck.gate.policy import Check, Gate
from mtcheck.metrics.sample import Positions, Sample, common, key
from mtcheck.metrics.significance import bootstrap, bootstrap_p, holm, interval, randomisation_p
from mtcheck.rules.base import RULES

_FEWEST = 2


class FormerRun:
    """What a run is compared with: a former run's directory, or a file of accepted findings, which has no scores.

    Raises MtcheckError: FILE_NOT_FOUND, BAD_BASELINE, BAD_RUN.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.has_scores = path.is_dir()
        self._samples: dict[Group, Sample] = {}
        self._scores: dict[Group, Mapping[str, Score]] = {}
        self._sources = np.empty(0, dtype=np.uint64)
        self._matched = self._unmatched = 0
        if self.has_scores:
            self.findings = self._read(StoredRun(path))
        else:
            self.findings = Baseline.read(path, RULES.names())

    @property
    def files(self) -> tuple[InputFile, ...]:
        return self.findings.files

    def has_scores_of(self, article: Article) -> bool:
        """True if the former run scored a segment of the same source."""
        return any(segment.source is not None and self._has(key(segment.source)) for segment in article.segments)

    def known_groups(self, tally: Tally) -> set[Group]:
        """The language pairs and systems of this run that the former one has, too."""
        return {group for group in tally.samples() if self._counterpart(group, tally) is not None}

    def changes(
        self, tally: Tally, corpus: Sequence[CorpusScores], gate: Gate, settings: SignificanceConfig
    ) -> tuple[ScoreChange, ...]:
        """Every score that both runs have, before and after, tested on the segments with the same source."""
        found = []
        now = {_group(scores): scores.scores for scores in corpus}
        self._matched = self._unmatched = 0
        for group, sample in tally.samples().items():
            other = self._counterpart(group, tally)
            if other is None:
                self._unmatched += len(sample)
                continue
            before = self._samples[other]
            then_places, places = common([before, sample])
            self._matched += len(places)
            self._unmatched += len(sample) - len(places)
            wanted = gate.of(*group).regression.scores
            for name in sample.names:
                if name in before.names and (wanted is None or name in wanted) and self._alike(name, other, now[group]):
                    change = _change(
                        group,
                        name,
                        (before, sample),
                        (then_places, places),
                        now[group][name].higher_is_better,
                        settings,
                    )
                    found += [] if change is None else [change]
        corrected = holm([change.p_randomisation for change in found])
        return tuple(
            _judged(replace(change, p_corrected=p_value), gate)
            for change, p_value in zip(found, corrected, strict=True)
        )

    def _alike(self, name: str, other: Group, scores: Mapping[str, Score]) -> bool:
        """A metric is counted anew for both; what a model had a part in must be of the same model."""
        return metric_name(name) == name or scores[name].signature == self._scores[other][name].signature

    def result(self, new: int, known: int, changes: tuple[ScoreChange, ...]) -> BaselineResult:
        """What the summary says of the comparison."""
        return BaselineResult(self.name, new, known, self.findings.left, self._matched, self._unmatched, changes)

    def _has(self, source: int) -> bool:
        at = int(np.searchsorted(self._sources, np.uint64(source)))
        return at < len(self._sources) and int(self._sources[at]) == source

    def _counterpart(self, group: Group, tally: Tally) -> Group | None:
        """The former run's group: of the same name, or the only one of the language pair where both have one."""
        if group in self._samples:
            return group
        then = [other for other in self._samples if other[:2] == group[:2]]
        now = [other for other in tally.samples() if other[:2] == group[:2]]
        return then[0] if len(then) == len(now) == 1 else None

    def _read(self, run: StoredRun) -> Baseline:
        entries: list[Entry] = []
        for article, scored, found in run.articles():
            group = article.source_lang, article.target_lang, article.system
            sample = self._samples.setdefault(group, Sample())
            for segment, part, findings in zip(article.segments, scored, found, strict=True):
                entries += [Entry.of(segment, finding) for finding in findings]
                if segment.source is not None:
                    sample.add(key(segment.source), key(*segment.references), rows(part))
        self._sources = np.unique(
            np.concatenate([self._sources, *(sample.sources() for sample in self._samples.values())])
        )
        self._scores = {_group(scores): scores.scores for scores in run.summary.corpus}
        systems = {group[2] for group in self._samples}
        return Baseline(self.name, entries, run.files, systems=systems, accepted=False)


def checks(changes: Sequence[ScoreChange], gate: Gate) -> Iterator[tuple[str, Check]]:
    """The conditions on scores that a run with a baseline is asked."""
    for change in changes:
        group = change.source_lang, change.target_lang, change.system
        least = gate.of(*group).regression.min_drop.get(change.score, 0.0)
        low, high = sorted(abs(bound) for bound in change.interval)
        message = (
            f"{change.score} {'fell' if change.difference < 0 else 'rose'} by {abs(change.difference):.2f} to "
            f"{change.after:.2f} (95 % interval {low:.2f} to {high:.2f}, p = {change.p_corrected:.4f}; {label(group)})"
        )
        beyond = change.drop - least
        worse_by = beyond if change.worse else min(0.0, beyond)
        yield label(group), Check(f"regression.{change.score}", change.drop, least, Verdict.BLOCK, worse_by, message)


def _change(
    group: Group, name: str, samples: tuple[Sample, Sample], places: tuple[Positions, Positions],
    higher_is_better: bool, settings: SignificanceConfig,
) -> ScoreChange | None:  # fmt: skip
    """The score before and after over the same segments; None where fewer than two have it in both runs."""
    same = np.ones(len(places[0]), dtype=bool)
    if metric_name(name) == name:
        # Against other references a metric is another number.
        same = samples[0].references(places[0]) == samples[1].references(places[1])
    before, after = (sample.table(name, at[same]) for sample, at in zip(samples, places, strict=True))
    both = ~np.isnan(before).any(axis=1) & ~np.isnan(after).any(axis=1)
    before, after = before[both], after[both]
    if len(before) < _FEWEST:
        return None
    scorer = resampled_scorer(name, group[1])
    sums = bootstrap([before, after], settings.resamples, settings.seed)
    drawn = [scorer(part) for part in sums]
    was, is_ = (float(scorer(table.sum(axis=0)[None])[0]) for table in (before, after))
    p_value = randomisation_p(before, after, scorer, settings.trials, settings.seed, ties=True)
    return ScoreChange(
        source_lang=group[0],
        target_lang=group[1],
        system=group[2],
        score=name,
        segments=len(before),
        before=was,
        after=is_,
        difference=is_ - was,
        drop=was - is_ if higher_is_better else is_ - was,
        interval=interval(drawn[1] - drawn[0]),
        p_bootstrap=bootstrap_p(drawn[0], drawn[1], is_ - was, ties=True),
        p_randomisation=p_value,
        p_corrected=p_value,
        worse=False,
    )


def _judged(change: ScoreChange, gate: Gate) -> ScoreChange:
    policy = gate.of(change.source_lang, change.target_lang, change.system).regression
    low, high = change.interval
    worse = (
        change.drop > policy.min_drop.get(change.score, 0.0)
        and change.p_corrected <= policy.p_value
        and not low <= 0 <= high
    )
    return replace(change, worse=worse)


def _group(scores: CorpusScores) -> Group:
    return scores.source_lang, scores.target_lang, scores.system
