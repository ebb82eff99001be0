"""One defect, one finding; rules are chosen by name, code or family; what is skipped is told."""

from __future__ import annotations

import pytest

import mtcheck
from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.engines.inspection import Inspector


def _rules(target: str, **options: object) -> list[str]:
    run = mtcheck.check(records=[{"target": target}], target_lang="en", reference_model="none", **options)
    return [finding.rule for segment in run.segments for finding in segment.findings]


def test_a_doubled_dash_is_not_a_dialogue_dash_too() -> None:
    assert _rules("– – We are ready, says the mayor.") == ["doubled-dash"]
    assert _rules("– – We are ready, says the mayor.", ignore="doubled-dash") == ["dialogue-dash"]


def test_separate_defects_stay_separate() -> None:
    assert _rules("– The the mayor is ready ,, says the board.") == [
        "dialogue-dash",
        "repeated-word",
        "doubled-punctuation",
    ]


def test_selection() -> None:
    assert [rule.code for rule in Inspector(Config(select=("NUM001", "spacing"))).rules] == ["NUM001", "TYPO006"]
    assert not [rule for rule in Inspector(Config(ignore=("DUP",))).rules if rule.family() == "DUP"]
    with pytest.raises(MtcheckError, match="Did you mean 'spacing'"):
        Inspector(Config(select=("spaceing",)))
    with pytest.raises(MtcheckError, match="MTC-E011"):
        Inspector(Config(severity={"nothing": "minor"}))


def test_severity_can_be_set() -> None:
    run = mtcheck.check(
        records=[{"target": "the the board"}],
        target_lang="en",
        severity={"repeated-word": "critical"},
        reference_model="none",
    )
    assert run.verdict.value == "block"


def test_rules_without_a_source_are_told() -> None:
    run = mtcheck.check(records=[{"target": "A"}, {"target": "B", "source": "B"}], target_lang="en", source_lang="sv")
    skipped = {skip.rule: skip.segments for skip in run.summary.skipped}
    assert skipped["number-mismatch"] == 1
    assert "spacing" not in skipped
