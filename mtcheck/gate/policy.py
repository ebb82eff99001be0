"""From findings and scores to verdicts, each with the reasons that decided.

The MQM score follows the MQM scoring model without calibration (themqm.org, "The MQM scoring models"):
100 x (1 - penalty / words), the penalty being the sum of the severities' weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mtcheck.core.config import GateConfig, Thresholds
from mtcheck.core.results import CorpusScores, Reason
from mtcheck.core.types import Finding, Score, Severity, Verdict, worst


def segment_verdict(findings: Iterable[Finding], gate: GateConfig) -> Verdict:
    """Block or review by the worst severity found, else pass."""
    return worst([_of_severity(finding.severity, gate) for finding in findings])


def mqm_score(findings: Iterable[Finding], words: int, gate: GateConfig) -> float:
    """100 without findings; falls by the weighted penalty per 100 words, below 0 if need be."""
    return mqm_of_penalty(sum(gate.weights[finding.severity] for finding in findings), words)


def mqm_of_penalty(penalty: float, words: int) -> float:
    """The MQM score of a penalty already summed."""
    return 100.0 * (1.0 - penalty / max(words, 1))


def judge_article(
    findings: Sequence[Finding], scores: Mapping[str, Score], mqm: float, words: int, gate: GateConfig
) -> tuple[Verdict, tuple[Reason, ...]]:
    """An article's verdict with every condition that was not met, the worst first."""
    reasons = _severity_reasons(findings, gate)
    policy = gate.article
    if policy.min_mqm is not None and words >= policy.min_words and mqm < policy.min_mqm:
        message = f"MQM score {mqm:.1f} is below {policy.min_mqm:g}"
        reasons.append(Reason("article.min_mqm", mqm, policy.min_mqm, Verdict.BLOCK, message))
    reasons += _limit_reasons(scores, policy, "article", "")
    return _decide(reasons, gate)


def judge_run(
    verdicts: Mapping[Verdict, int], corpus: Sequence[CorpusScores], gate: GateConfig
) -> tuple[Verdict, tuple[Reason, ...]]:
    """The run's verdict: the worst of its articles', and the corpus conditions."""
    total = sum(verdicts.values())
    reasons = []
    for verdict, name in ((Verdict.BLOCK, "blocked"), (Verdict.REVIEW, "to be reviewed")):
        count = verdicts.get(verdict, 0)
        if count:
            message = f"{count} of {total} articles {name}"
            reasons.append(Reason(f"articles.{verdict}", count, 0, verdict, message))
    for group in corpus:
        pair = f"{group.source_lang or '?'}-{group.target_lang or '?'}"
        label = f" ({pair}, {group.system})" if group.system else f" ({pair})"
        reasons += _limit_reasons(group.scores, gate.corpus, "corpus", label)
    return _decide(reasons, gate)


def _of_severity(severity: Severity, gate: GateConfig) -> Verdict:
    if gate.fail_on != "never" and severity.rank >= gate.fail_on.rank:
        return Verdict.BLOCK
    if gate.review_on != "never" and severity.rank >= gate.review_on.rank:
        return Verdict.REVIEW
    return Verdict.PASS


def _severity_reasons(findings: Sequence[Finding], gate: GateConfig) -> list[Reason]:
    counts = Counter(_of_severity(finding.severity, gate) for finding in findings)
    reasons = []
    for verdict, least in ((Verdict.BLOCK, gate.fail_on), (Verdict.REVIEW, gate.review_on)):
        if counts[verdict] and least != "never":
            faults = "finding" if counts[verdict] == 1 else "findings"
            message = f"{counts[verdict]} {faults} of severity {least} or worse"
            reasons.append(Reason(f"findings.{least}", counts[verdict], 0, verdict, message))
    return reasons


def _limit_reasons(scores: Mapping[str, Score], policy: Thresholds, level: str, label: str) -> list[Reason]:
    reasons = []
    for name, limit in policy.limit.items():
        score = scores.get(name)
        if score is None:
            continue
        failed = score.value < limit if score.higher_is_better else score.value > limit
        if failed:
            side = "below" if score.higher_is_better else "above"
            message = f"{name} {score.value:.1f} is {side} {limit:g}{label}"
            reasons.append(Reason(f"{level}.limit.{name}", score.value, limit, Verdict.BLOCK, message))
    return reasons


def _decide(reasons: list[Reason], gate: GateConfig) -> tuple[Verdict, tuple[Reason, ...]]:
    if gate.fail_on == "never":
        reasons = [replace(reason, verdict=Verdict.REVIEW) for reason in reasons]
    ordered = sorted(reasons, key=lambda reason: -reason.verdict.rank)
    return worst([reason.verdict for reason in ordered]), tuple(ordered)
