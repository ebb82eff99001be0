"""Counts and sums over a run, kept as articles pass, and the summary made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mtcheck.core.results import ArticleResult, ArticleSummary, Breakdown, CorpusScores, Counts, SegmentResult
from mtcheck.core.spool import Spool
from mtcheck.core.types import Role, Severity, Verdict
from mtcheck.engines.breakdown import Breakdowns
from mtcheck.engines.ensemble import Ensemble
from mtcheck.engines.scoring import Scored, Scorer, Totals, sum_up
from mtcheck.gate.policy import Account, Check, Gate, Scores
from mtcheck.metrics.sample import Sample, key

Group = tuple[str | None, str | None, str | None]
"""Source language, target language, system."""


@dataclass
class _GroupTally:
    account: Account
    articles: int = 0
    sums: dict[Role | None, dict[str, Totals]] = field(default_factory=dict)
    sample: Sample = field(default_factory=Sample)


class Tally:
    """What the summary will say, as far as the run has come."""

    def __init__(
        self, gate: Gate, *, sampling: bool = False, voices: Sequence[str] = (), directory: Path | None = None
    ) -> None:
        """`sampling` keeps each segment's statistics, to be compared with those of another run.

        `voices` are the scores of models that are set beside each other. `directory` is where there is room for what
        does not fit into memory.
        """
        self._gate = gate
        self._sampling = sampling
        self._groups: dict[Group, _GroupTally] = {}
        self._by_severity: Counter[Severity] = Counter()
        self._by_rule: Counter[str] = Counter()
        self.verdicts: Counter[Verdict] = Counter()
        self.articles: Spool[ArticleSummary] = Spool(directory=directory)
        self.ensemble = Ensemble(voices, directory)
        self._breakdowns = Breakdowns()

    def add(self, result: ArticleResult, scored: Sequence[Scored], account: Account) -> None:
        """Take one article's result, the statistics of its segments, and what they were judged by."""
        named = result.source_lang, result.target_lang, result.system
        if named not in self._groups:
            self._groups[named] = _GroupTally(self._gate.account(*named))
        group = self._groups[named]
        group.articles += 1
        group.account.merge(account)
        for role, members in by_role(result.segments, scored, account).items():
            sum_up(members, group.sums.setdefault(role, {}))
        if self._sampling:
            for segment, part in zip(result.segments, scored, strict=True):
                if segment.source is not None:
                    group.sample.add(key(segment.source), key(*segment.references), rows(part))
        self.ensemble.add(result.segments)
        self._breakdowns.add(result)
        severities: Counter[Severity] = Counter()
        for segment in result.segments:
            for finding in segment.findings:
                severities[finding.severity] += 1
                self._by_rule[finding.rule] += 1
        self._by_severity.update(severities)
        self.verdicts[result.verdict] += 1
        self.articles.append(
            ArticleSummary(
                id=result.id,
                system=result.system,
                verdict=result.verdict,
                mqm_score=result.mqm_score,
                segments=len(result.segments),
                words=result.words,
                findings=_in_order(severities),
                scores=result.scores,
                reasons=result.reasons,
                notes=result.notes,
                desk=result.desk,
                date=result.date,
            )
        )

    def counts(self) -> Counts:
        """How much was checked and what was found."""
        groups = self._groups.values()
        return Counts(
            articles=sum(group.articles for group in groups),
            segments=sum(group.account.whole.segments for group in groups),
            words=sum(group.account.whole.words for group in groups),
            findings=sum(self._by_severity.values()),
            by_severity=_in_order(self._by_severity),
            by_rule=dict(sorted(self._by_rule.items(), key=lambda item: (-item[1], item[0]))),
            by_verdict={verdict: self.verdicts[verdict] for verdict in Verdict},
        )

    def corpus(self, scorer: Scorer) -> tuple[CorpusScores, ...]:
        """The scores of each language pair and system, in the order they came."""
        return tuple(
            CorpusScores(
                source_lang=source_lang,
                target_lang=target_lang,
                system=system,
                articles=group.articles,
                segments=group.account.whole.segments,
                words=group.account.whole.words,
                mqm_score=group.account.mqm_score,
                scores=scorer.total(group.sums[None], target_lang),
                scored={name: total.segments for name, total in group.sums[None].items()},
            )
            for (source_lang, target_lang, system), group in self._groups.items()
        )

    def breakdown(self) -> tuple[Breakdown, ...]:
        """The run by system, desk and date, where there is more than one."""
        return self._breakdowns.results(self._gate.config.weights)

    def checks(self, scorer: Scorer, known: Collection[Group] = ()) -> Iterator[tuple[str, Check]]:
        """The conditions of each language pair and system, with its name; of those `known` to a baseline fewer."""
        for group, tally in self._groups.items():
            scores: Scores = {role: scorer.total(sums, group[1]) for role, sums in tally.sums.items()}
            where = label(group)
            for check in tally.account.corpus_checks(scores, where, known=group in known):
                yield where, check

    def samples(self) -> dict[Group, Sample]:
        """The statistics of each language pair and system."""
        return {group: tally.sample for group, tally in self._groups.items()}


def rows(scored: Scored) -> dict[str, Sequence[float]]:
    """What a sample keeps of a segment's scores: a metric's statistics; a model's score, counted once."""
    return {
        name: scored.statistics[name][0] if name in scored.statistics else (score.value, 1.0)
        for name, score in scored.scores.items()
    }


def by_role(
    segments: Sequence[SegmentResult], scored: Sequence[Scored], account: Account
) -> dict[Role | None, Sequence[Scored]]:
    """The segments that are judged together: all of them, and those of each role that is judged apart."""
    pairs = list(zip(segments, scored, strict=True))
    return {
        role: scored if role is None else [part for segment, part in pairs if segment.role is role]
        for role in account.parts
    }


def label(group: Group) -> str:
    """Language pair and system as a person reads them."""
    source_lang, target_lang, system = group
    pair = f"{source_lang or '?'}-{target_lang or '?'}"
    return f"{pair}, {system}" if system else pair


def _in_order(counts: Counter[Severity]) -> dict[Severity, int]:
    return {severity: counts[severity] for severity in Severity}
