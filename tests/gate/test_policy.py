"""Verdicts and their reasons: each condition decides where it stands, and says what it found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.config import GateConfig
from mtcheck.core.errors import MtcheckError
from mtcheck.core.results import Reason, SegmentResult
from mtcheck.core.types import Finding, Origin, Role, Score, Severity, Span, Verdict
from mtcheck.gate.policy import Gate

CRITICAL, MAJOR, MINOR, NEUTRAL = Severity.CRITICAL, Severity.MAJOR, Severity.MINOR, Severity.NEUTRAL


def _segment(
    *severities: Severity, words: int = 1000, role: Role = Role.BODY, rule: str = "spacing", **scores: float
) -> SegmentResult:
    findings = tuple(Finding(rule, "R1", severity, "m", "", Span(0, 1)) for severity in severities)
    named = {name: Score(value, name != "ter", "s") for name, value in scores.items()}
    return SegmentResult(
        "a:1", "a", 1, role, "vendor", "sv", "en-GB", "x", "w " * words, (), None, named, findings, Verdict.PASS,
        Origin("-"),
    )  # fmt: skip


def _judge(
    segments: SegmentResult | list[SegmentResult], policy: dict[str, Any] | None = None, **scores: float
) -> tuple[Verdict, tuple[Reason, ...]]:
    """An article's verdict; `scores` are the whole article's."""
    gate = Gate(GateConfig.model_validate(policy or {}))
    account = gate.account("sv", "en-GB", "vendor")
    for segment in segments if isinstance(segments, list) else [segments]:
        account.add(segment)
    named = {name: Score(value, name != "ter", "s") for name, value in scores.items()}
    verdict, reasons = account.judge_article(dict.fromkeys(account.parts, named), "a")
    assert (verdict is Verdict.PASS) == (not reasons)
    assert all(reason.verdict.rank <= verdict.rank for reason in reasons)
    assert not reasons or reasons[0].verdict is verdict
    return verdict, reasons


def _conditions(reasons: tuple[Reason, ...]) -> list[tuple[str, float, float]]:
    return [(reason.condition, reason.value, reason.limit) for reason in reasons]


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [(NEUTRAL, Verdict.PASS), (MINOR, Verdict.PASS), (MAJOR, Verdict.REVIEW), (CRITICAL, Verdict.BLOCK)],
)
def test_default_policy(severity: Severity, verdict: Verdict) -> None:
    assert _judge(_segment(severity))[0] is verdict
    assert Gate(GateConfig()).of("sv", "en", None).segment_verdict(Role.BODY, _segment(severity).findings) is verdict


def test_fail_on() -> None:
    assert _judge(_segment(MINOR), {"fail_on": "minor"})[0] is Verdict.BLOCK
    assert _judge(_segment(CRITICAL), {"fail_on": "never"})[0] is Verdict.REVIEW


def test_density_of_faults_blocks_articles_and_spares_pairs() -> None:
    verdict, reasons = _judge(_segment(*[MAJOR] * 3, words=200))
    assert verdict is Verdict.BLOCK
    assert reasons[0].condition == "article.min_mqm"
    assert reasons[0].value == pytest.approx(92.5)
    assert _judge(_segment(*[MAJOR] * 3, words=20))[0] is Verdict.REVIEW
    assert _judge(_segment(*[MAJOR] * 3, words=200), {"fail_on": "never"})[0] is Verdict.REVIEW


def test_limits_know_the_direction() -> None:
    policy = {"article": {"limit": {"chrf": 40, "ter": 70, "comet": 1}}}
    assert _judge(_segment(), policy, chrf=41, ter=69)[0] is Verdict.PASS
    assert _judge(_segment(), policy, chrf=40, ter=70)[0] is Verdict.PASS
    assert _conditions(_judge(_segment(), policy, chrf=39)[1]) == [("article.limit.chrf", 39, 40)]
    assert _conditions(_judge(_segment(), policy, ter=71)[1]) == [("article.limit.ter", 71, 70)]


def test_review_conditions_ask_and_do_not_block() -> None:
    policy = {"article": {"limit": {"chrf": 40}, "review": {"limit": {"chrf": 50}}}}
    assert _judge(_segment(), policy, chrf=55)[0] is Verdict.PASS
    assert _judge(_segment(), policy, chrf=45)[0] is Verdict.REVIEW
    assert _judge(_segment(), policy, chrf=35)[0] is Verdict.BLOCK


def test_share_of_segments_beyond() -> None:
    policy = {"article": {"share_beyond": {"ter": {"limit": 80, "most": 0.25}}}}
    segments = [_segment(ter=90), *[_segment(ter=70)] * 3]
    assert _judge(segments, policy, ter=75)[0] is Verdict.PASS
    verdict, reasons = _judge([_segment(ter=81), *segments], policy, ter=75)
    assert verdict is Verdict.BLOCK
    assert _conditions(reasons) == [("article.share_beyond.ter", 0.4, 0.25)]
    assert reasons[0].message == "ter is above 80 in 40.0% of segments, at most 25.0% allowed"


@pytest.mark.parametrize(("word", "count"), [("spacing", 3), ("TYPO006", 3), ("TYPO", 3), ("minor", 4), ("DUP", 1)])
def test_findings_are_counted_by_rule_code_family_or_severity(word: str, count: int) -> None:
    segments = [_segment(MINOR, MINOR, NEUTRAL), _segment(MAJOR, MAJOR, rule="unknown"), _segment(rule="doubled-dash")]
    segments[2] = _segment(NEUTRAL, rule="doubled-dash")
    for most, verdict in ((count, Verdict.REVIEW), (count - 1, Verdict.BLOCK)):
        assert _judge(segments, {"article": {"max_findings": {word: most}, "min_words": 9999}})[0] is verdict


def test_findings_by_length() -> None:
    policy = {"article": {"max_findings_per_1000_words": {"minor": 2}, "min_words": 500}}
    assert _judge(_segment(MINOR, MINOR), policy)[0] is Verdict.PASS
    _, reasons = _judge(_segment(MINOR, MINOR, words=500), policy)
    assert _conditions(reasons) == [("article.max_findings_per_1000_words.minor", 4, 2)]
    assert _judge(_segment(MINOR, MINOR, words=499), policy)[0] is Verdict.PASS


@pytest.mark.parametrize(
    ("override", "applies"),
    [
        ({"target_lang": "en"}, True), ({"target_lang": "en-gb"}, True), ({"target_lang": "da"}, False),
        ({"target_lang": ["de", "en"]}, True), ({"source_lang": "de"}, False), ({"system": "vendor"}, True),
        ({"system": "other"}, False), ({"source_lang": "sv", "system": "other"}, False), ({}, True),
    ],
)  # fmt: skip
def test_overrides_apply_to_what_they_name_and_inherit_the_rest(override: dict[str, Any], applies: bool) -> None:
    policy = {
        "article": {"limit": {"chrf": 40, "bleu": 20}},
        "overrides": [{**override, "article": {"limit": {"chrf": 60}}, "fail_on": "major"}],
    }
    assert _judge(_segment(), policy, chrf=50, bleu=30)[0] is (Verdict.BLOCK if applies else Verdict.PASS)
    assert _judge(_segment(MAJOR), policy, chrf=70)[0] is (Verdict.BLOCK if applies else Verdict.REVIEW)
    assert _judge(_segment(), policy, chrf=70, bleu=10)[0] is Verdict.BLOCK


def test_later_overrides_win() -> None:
    policy = {"overrides": [{"fail_on": "minor"}, {"system": "vendor", "fail_on": "critical"}]}
    assert _judge(_segment(MAJOR), policy)[0] is Verdict.REVIEW


def test_a_role_is_judged_apart() -> None:
    policy = {
        "article": {"limit": {"chrf": 40}},
        "overrides": [{"role": "headline", "fail_on": "minor", "article": {"max_findings": {"neutral": 0}}}],
    }
    headline = _segment(words=8, role=Role.HEADLINE)
    assert _judge([headline, _segment(MINOR)], policy, chrf=50)[0] is Verdict.PASS
    verdict, reasons = _judge([_segment(MINOR, words=8, role=Role.HEADLINE), _segment()], policy, chrf=50)
    assert verdict is Verdict.BLOCK
    assert [reason.condition for reason in reasons] == [
        "article.headline.findings.minor", "article.headline.max_findings.neutral",
    ]  # fmt: skip
    # What is asked of whole articles is not asked of their headlines once more.
    assert [reason.condition for reason in _judge([headline, _segment()], policy, chrf=30)[1]] == ["article.limit.chrf"]


def test_a_lenient_role_does_not_count_for_the_whole() -> None:
    policy = {"overrides": [{"role": "credit", "fail_on": "never", "review_on": "never"}]}
    assert _judge([_segment(), _segment(CRITICAL, role=Role.CREDIT)], policy)[0] is Verdict.PASS


def test_a_misspelt_rule_is_an_error() -> None:
    with pytest.raises(MtcheckError, match="spaceing"):
        Gate(GateConfig.model_validate({"overrides": [{"corpus": {"max_findings": {"spaceing": 0}}}]}))


def _records(*targets: str, system: str = "a", source_lang: str = "sv") -> list[dict[str, Any]]:
    return [
        {"source": f"Mening {at}.", "target": target, "references": ["The road to Ekby was opened again on Friday."],
         "source_lang": source_lang, "target_lang": "en", "system": system}
        for at, target in enumerate(targets)
    ]  # fmt: skip


OPTIONS: dict[str, Any] = {"reference_model": "none", "select": ("spacing", "repeated-word")}
GOOD, BAD = "The road to Ekby was opened again on Friday.", "Something else was said of this."


def test_the_corpus_is_judged_by_language_pair_and_system() -> None:
    records = _records(GOOD, GOOD, system="a") + _records(GOOD, BAD, system="b")
    run = mtcheck.check(records=records, gate={"corpus": {"limit": {"chrf": 80}}}, **OPTIONS)
    assert run.verdict is Verdict.BLOCK
    assert [reason.condition for reason in run.summary.reasons] == ["corpus.limit.chrf"]
    assert "sv-en, b" in run.summary.reasons[0].message
    lenient = {"corpus": {"limit": {"chrf": 80}}, "overrides": [{"system": "b", "corpus": {"limit": {"chrf": 30}}}]}
    assert mtcheck.check(records=records, gate=lenient, **OPTIONS).verdict is Verdict.PASS


def test_run_is_as_bad_as_its_worst_article() -> None:
    records = _records(GOOD, "The road  is open.")
    assert mtcheck.check(records=records, gate={"review_on": "minor"}, **OPTIONS).verdict is Verdict.REVIEW
    run = mtcheck.check(records=records, gate={"fail_on": "minor"}, **OPTIONS)
    assert run.verdict is Verdict.BLOCK
    assert run.summary.reasons[0].message == "1 of 2 articles blocked"
    told = {condition.condition: condition for condition in run.summary.conditions}
    assert (told["article.findings.minor"].asked, told["article.findings.minor"].failed) == (2, 1)
    assert told["article.findings.minor"].where == "records:2"


def test_a_score_that_nothing_has_is_told() -> None:
    run = mtcheck.check(records=_records(GOOD), gate={"article": {"limit": {"chfr": 40}}}, **OPTIONS)
    assert any("'chfr'" in note for note in run.summary.notes)


def test_judging_a_former_run_again_gives_what_the_check_gave(corpora: Path, tmp_path: Path) -> None:
    policy = {
        "article": {
            "limit": {"chrf": 50},
            "max_findings": {"DUP": 1},
            "share_beyond": {"mini": {"limit": 40, "most": 0.2}},
        },
        "overrides": [{"role": "headline", "article": {"limit": {"chrf": 45}}, "corpus": {"limit": {"mini": 60}}}],
    }  # fmt: skip
    run = mtcheck.check(corpora / "en-sv-wire", output=tmp_path, gate=policy)
    again = mtcheck.judge(tmp_path, gate=policy)
    assert again.reasons == run.summary.reasons
    assert again.conditions == run.summary.conditions
    assert again.articles == run.summary.articles
    assert again.corpus == run.summary.corpus
    lenient = {"fail_on": "never", "review_on": "never", "article": {"min_words": 9999}}
    assert mtcheck.judge(tmp_path, gate=lenient).verdict is Verdict.PASS


@pytest.mark.parametrize("broken", ["absent", "no segments", "no summary", "garbage"])
def test_what_is_no_run_is_told(tmp_path: Path, broken: str) -> None:
    if broken != "absent":
        mtcheck.check(records=_records(GOOD), output=tmp_path, format="json,jsonl", **OPTIONS)
    if broken == "no segments":
        (tmp_path / "segments.jsonl").unlink()
    if broken == "no summary":
        (tmp_path / "summary.json").unlink()
    if broken == "garbage":
        (tmp_path / "segments.jsonl").write_text('{"id": 3}\n')
    with pytest.raises(MtcheckError, match="MTC-E029.*segments.jsonl:1" if broken == "garbage" else "MTC-E002"):
        mtcheck.judge(tmp_path if broken != "absent" else tmp_path / "none")
