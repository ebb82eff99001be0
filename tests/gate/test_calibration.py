"""Proposed thresholds stop what they say they stop, and the held-out figures are no better than chance on noise."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mtcheck
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Verdict
from mtcheck.gate.calibration import Calibration, Examples, Feature, calibrate

FEATURES = (Feature("limit", "mini", higher_is_better=True), Feature("max_findings", "major", higher_is_better=False))


def _examples(accepted: Any, rejected: Any) -> Examples:
    """From values of the two features, `(translations, 2)` each."""
    values = np.concatenate([np.asarray(accepted, float), np.asarray(rejected, float).reshape(-1, 2)])
    were_rejected = np.arange(len(values)) >= len(accepted)
    return Examples(FEATURES, values * [-1, 1], were_rejected, np.zeros(len(values), dtype=bool))


def _limits(found: Calibration) -> dict[str, float]:
    return {threshold.feature.name: threshold.limit for threshold in found.thresholds}


def test_a_clear_border_is_found_between_the_kinds() -> None:
    rng = np.random.default_rng(1)
    accepted = np.column_stack([rng.uniform(61, 90, 50), np.zeros(50)])
    rejected = np.column_stack([rng.uniform(20, 59, 40), np.zeros(40)])
    found = calibrate(_examples(accepted, rejected), 0.05)
    assert set(_limits(found)) == {"mini"}
    assert 59 <= _limits(found)["mini"] <= 62
    assert found.fitted.precision == found.fitted.recall == 1
    assert found.held_out.recall is not None
    assert found.held_out.recall > 0.9


def test_two_kinds_of_fault_take_two_conditions() -> None:
    rng = np.random.default_rng(2)
    accepted = np.column_stack([rng.uniform(60, 90, 60), rng.integers(0, 2, 60)])
    faulty = np.column_stack([rng.uniform(60, 90, 30), rng.integers(3, 6, 30)])
    poor = np.column_stack([rng.uniform(20, 50, 30), rng.integers(0, 2, 30)])
    found = calibrate(_examples(accepted, np.concatenate([faulty, poor])), 0.05)
    assert set(_limits(found)) == {"mini", "major"}
    assert _limits(found)["major"] == 2 or _limits(found)["major"] == 1
    assert found.fitted.recall == 1


def test_noise_promises_nothing() -> None:
    rng = np.random.default_rng(3)
    values = np.column_stack([rng.uniform(0, 100, 400), rng.integers(0, 9, 400)])
    found = calibrate(_examples(values[:200], values[200:]), 0.1)
    held_out = found.held_out
    assert held_out.recall is not None
    assert held_out.recall - held_out.false_alarms < 0.12
    assert found.fitted.false_alarms <= 0.1


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1])
def test_accepted_ones_alone(share: float) -> None:
    rng = np.random.default_rng(4)
    accepted = np.column_stack([rng.normal(70, 8, 500), rng.poisson(1.0, 500)])
    found = calibrate(_examples(accepted, np.empty((0, 2))), share)
    assert found.fitted.false_alarms <= share
    assert found.held_out.false_alarms <= share + 0.03
    assert found.held_out.precision is found.held_out.recall is None
    assert set(_limits(found)) == {"mini", "major"}
    if share == 0.1:
        assert found.fitted.false_alarms > 0.04


def test_what_a_translation_has_not_stops_nothing() -> None:
    accepted = [[np.nan, 0]] * 20 + [[80, 0]] * 20
    rejected = [[np.nan, 0]] * 10 + [[30, 0]] * 20
    found = calibrate(_examples(accepted, rejected), 0.05)
    assert (found.fitted.stopped_accepted, found.fitted.stopped_rejected) == (0, 20)


@pytest.mark.parametrize(("accepted", "rejected"), [(9, 0), (5, 50), (50, 3)])
def test_too_few_is_an_error(accepted: int, rejected: int) -> None:
    with pytest.raises(MtcheckError, match="too few to calibrate"):
        calibrate(_examples(np.ones((accepted, 2)), np.ones((rejected, 2))), 0.05)


def test_the_policy_stops_in_a_check_what_it_says(corpora: Path, tmp_path: Path) -> None:
    for kind in ("raw", "revised"):
        mtcheck.check(corpora / "sv-en-wire" / f"{kind}.jsonl", output=tmp_path / kind, format="json,jsonl")
    found, policy = mtcheck.calibrate(tmp_path / "revised", tmp_path / "raw")
    assert found.thresholds
    assert found.fitted.recall is not None
    assert found.before.recall is not None
    assert found.fitted.recall > found.before.recall
    gate = tomllib.loads(policy)["gate"]
    for kind, stopped in (("raw", found.fitted.stopped_rejected), ("revised", found.fitted.stopped_accepted)):
        assert mtcheck.judge(tmp_path / kind, gate=gate).counts.by_verdict[Verdict.BLOCK] == stopped


def test_command_writes_a_policy_and_overwrites_none(tmp_path: Path) -> None:
    for name, target in (("good", "The road is open."), ("bad", "The the road is  open.")):
        lines = [json.dumps({"id": f"{name}{at}", "target": target, "target_lang": "en"}) for at in range(12)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    (tmp_path / "mtcheck.toml").write_text('reference_model = "none"\n')
    arguments = ["calibrate", "good.jsonl", "--rejected", "bad.jsonl", "--write", "mtcheck.toml"]
    call = [sys.executable, "-c", "from mtcheck.cli import main; main()", *arguments]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "article.max_findings.minor" in done.stdout
    written = tomllib.loads((tmp_path / "mtcheck.toml").read_text())
    assert written["reference_model"] == "none"
    assert written["gate"]["article"]["max_findings"] in ({"minor": 0}, {"minor": 1})
    again = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert again.stderr.startswith("MTC-E015: there is a policy already")


def test_labels_say_the_same_as_two_inputs(corpora: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"reference_model": "none", "metrics": "chrf"}
    lines = (corpora / "sv-en-wire" / "raw.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) | {"id": f"r{at}"} for at, line in enumerate(lines)]
    lines = (corpora / "sv-en-wire" / "revised.jsonl").read_text(encoding="utf-8").splitlines()
    good = [json.loads(line) | {"id": f"g{at}"} for at, line in enumerate(lines)]
    for name, part in (
        ("bad", records),
        ("good", good),
        ("both", [*records, *good, {"id": "x", "target": "Unjudged."}]),
    ):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, part)), encoding="utf-8")
    table = ["id\tlabel", *(f"{one['id']}\trejected" for one in records), *(f"{one['id']}\taccepted" for one in good)]
    (tmp_path / "labels.tsv").write_text("\n".join(table), encoding="utf-8")
    apart = mtcheck.calibrate(tmp_path / "good.jsonl", tmp_path / "bad.jsonl", **options)
    labelled = mtcheck.calibrate(tmp_path / "both.jsonl", labels=tmp_path / "labels.tsv", **options)
    assert labelled[0].fitted == apart[0].fitted
    assert labelled[0].thresholds == apart[0].thresholds
    (tmp_path / "labels.tsv").write_text("g0\taccepted\nr0,maybe\n", encoding="utf-8")
    with pytest.raises(MtcheckError, match="'maybe' is no label"):
        mtcheck.calibrate(tmp_path / "both.jsonl", labels=tmp_path / "labels.tsv", **options)
