"""Verdicts and their reasons."""

from __future__ import annotations

import pytest

from mtcheck.core.config import ArticlePolicy, CorpusPolicy, GateConfig
from mtcheck.core.results import CorpusScores
from mtcheck.core.types import Finding, Score, Severity, Span, Verdict
from mtcheck.gate.policy import judge_article, judge_run, mqm_score, segment_verdict


def _findings(*severities: Severity) -> list[Finding]:
    return [Finding("r", "R1", severity, "m", "", Span(0, 1)) for severity in severities]


def _judge(findings: list[Finding], gate: GateConfig, words: int = 1000, **scores: float) -> Verdict:
    named = {name: Score(value, name != "ter", "s") for name, value in scores.items()}
    verdict, reasons = judge_article(findings, named, mqm_score(findings, words, gate), words, gate)
    assert (verdict is Verdict.PASS) == (not reasons)
    assert all(reason.verdict.rank <= verdict.rank for reason in reasons)
    return verdict


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [
        (Severity.NEUTRAL, Verdict.PASS),
        (Severity.MINOR, Verdict.PASS),
        (Severity.MAJOR, Verdict.REVIEW),
        (Severity.CRITICAL, Verdict.BLOCK),
    ],
)
def test_default_policy(severity: Severity, verdict: Verdict) -> None:
    assert segment_verdict(_findings(severity), GateConfig()) is verdict
    assert _judge(_findings(severity), GateConfig()) is verdict


def test_fail_on() -> None:
    assert _judge(_findings(Severity.MINOR), GateConfig(fail_on=Severity.MINOR)) is Verdict.BLOCK
    assert _judge(_findings(Severity.CRITICAL), GateConfig(fail_on="never")) is Verdict.REVIEW


def test_density_of_faults_blocks_articles_and_spares_pairs() -> None:
    many = _findings(*[Severity.MAJOR] * 3)
    assert mqm_score(many, 200, GateConfig()) == pytest.approx(92.5)
    assert _judge(many, GateConfig(), words=200) is Verdict.BLOCK
    assert _judge(many, GateConfig(), words=20) is Verdict.REVIEW
    assert _judge(many, GateConfig(fail_on="never"), words=200) is Verdict.REVIEW


def test_limits_know_the_direction() -> None:
    gate = GateConfig(article=ArticlePolicy(limit={"chrf": 40, "ter": 70, "comet": 1}))
    assert _judge([], gate, chrf=41, ter=69) is Verdict.PASS
    assert _judge([], gate, chrf=39) is Verdict.BLOCK
    assert _judge([], gate, ter=71) is Verdict.BLOCK


def test_run_is_as_bad_as_its_worst_part() -> None:
    def corpus(bleu: float) -> CorpusScores:
        return CorpusScores("sv", "en", "a", 1, 1, 10, 100.0, {"bleu": Score(bleu, True, "s")}, {"bleu": 1})

    gate = GateConfig(corpus=CorpusPolicy(limit={"bleu": 20}))
    assert judge_run({Verdict.PASS: 3}, [corpus(30)], gate)[0] is Verdict.PASS
    assert judge_run({Verdict.PASS: 3, Verdict.REVIEW: 1}, [corpus(30)], gate)[0] is Verdict.REVIEW
    verdict, reasons = judge_run({Verdict.PASS: 3}, [corpus(10)], gate)
    assert verdict is Verdict.BLOCK
    assert "sv-en, a" in reasons[0].message
