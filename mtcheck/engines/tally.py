"""Counts and sums over a run, kept as articles pass, and the summary made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mtcheck.core.config import GateConfig
from mtcheck.core.results import ArticleResult, ArticleSummary, CorpusScores, Counts
from mtcheck.core.types import Severity, Verdict
from mtcheck.engines.scoring import Scored, Scorer, Totals, sum_up
from mtcheck.gate.policy import mqm_of_penalty

Group = tuple[str | None, str | None, str | None]


@dataclass
class _GroupTally:
    articles: int = 0
    segments: int = 0
    words: int = 0
    penalty: float = 0.0
    sums: dict[str, Totals] = field(default_factory=dict)


class Tally:
    """What the summary will say, as far as the run has come."""

    def __init__(self, gate: GateConfig) -> None:
        self._gate = gate
        self._groups: dict[Group, _GroupTally] = {}
        self._by_severity: Counter[Severity] = Counter()
        self._by_rule: Counter[str] = Counter()
        self.verdicts: Counter[Verdict] = Counter()
        self.articles: list[ArticleSummary] = []

    def add(self, result: ArticleResult, scored: Sequence[Scored]) -> None:
        """Take one article's result and the statistics of its segments."""
        group = self._groups.setdefault((result.source_lang, result.target_lang, result.system), _GroupTally())
        group.articles += 1
        group.segments += len(result.segments)
        group.words += result.words
        sum_up(scored, group.sums)
        severities: Counter[Severity] = Counter()
        for segment in result.segments:
            for finding in segment.findings:
                severities[finding.severity] += 1
                self._by_rule[finding.rule] += 1
                group.penalty += self._gate.weights[finding.severity]
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
            )
        )

    def counts(self) -> Counts:
        """How much was checked and what was found."""
        groups = self._groups.values()
        return Counts(
            articles=sum(group.articles for group in groups),
            segments=sum(group.segments for group in groups),
            words=sum(group.words for group in groups),
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
                segments=group.segments,
                words=group.words,
                mqm_score=mqm_of_penalty(group.penalty, group.words),
                scores=scorer.total(group.sums, target_lang),
                scored={name: total.segments for name, total in group.sums.items()},
            )
            for (source_lang, target_lang, system), group in self._groups.items()
        )


def _in_order(counts: Counter[Severity]) -> dict[Severity, int]:
    return {severity: counts[severity] for severity in Severity}
