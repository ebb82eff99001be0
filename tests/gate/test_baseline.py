"""A delivery beside the last one: what got worse fails it, for the right reasons; what did not get worse passes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.types import Verdict

OPTIONS: dict[str, Any] = {"reference_model": "none", "metrics": "chrf,ter"}
Record = dict[str, Any]
# Words that change no number, name, quotation mark or ending.
HARMLESS = {"the": "this", "a": "one", "said": "says", "is": "was", "in": "within", "of": "from", "to": "towards"}


def _delivery(corpora: Path) -> list[Record]:
    lines = (corpora / "sv-en-wire" / "raw.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _write(folder: Path, records: list[Record], name: str = "delivery.jsonl") -> Path:
    file = folder / name
    file.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return file


def _segments(records: list[Record]) -> list[Record]:
    return [segment for record in records for segment in record.get("segments", [record])]


@pytest.fixture
def former(corpora: Path, tmp_path: Path) -> Path:
    """The last delivery's run, which has faults enough to fail."""
    run = mtcheck.check(_write(tmp_path, _delivery(corpora)), output=tmp_path / "former", **OPTIONS)
    assert run.verdict is Verdict.BLOCK
    assert run.summary.counts.findings > 100
    return tmp_path / "former"


def _reorder(records: list[Record], chance: random.Random) -> None:
    chance.shuffle(records)


def _rename(records: list[Record], chance: random.Random) -> None:
    for number, record in enumerate(records):
        record["id"] = f"other-{number}"
        record["system"] = "renamed"
        for at, segment in enumerate(record.get("segments", [])):
            segment["id"] = f"part-{at}"


def _edit(records: list[Record], chance: random.Random) -> None:
    for segment in _segments(records):
        words = segment["target"].split(" ")
        places = [at for at, word in enumerate(words) if word in HARMLESS]
        if places and chance.random() < 0.2:
            at = chance.choice(places)
            words[at] = HARMLESS[words[at]]
            segment["target"] = " ".join(words)


@pytest.mark.parametrize("change", [None, _reorder, _rename, _edit])
@pytest.mark.parametrize("accepted", [False, True], ids=["run", "file"])
def test_the_same_delivery_passes(
    corpora: Path, tmp_path: Path, former: Path, change: Callable[..., None] | None, accepted: bool
) -> None:
    baseline = former
    if accepted:
        baseline = tmp_path / "accepted.json"
        mtcheck.check(_write(tmp_path, _delivery(corpora)), write_baseline=baseline, **OPTIONS)
    records = _delivery(corpora)
    if change:
        change(records, random.Random(3))
    # Other words score otherwise, which is not the matter here.
    run = mtcheck.check(
        _write(tmp_path, records, "another-name.jsonl"),
        baseline=baseline,
        gate={"regression": {"scores": []}},
        **OPTIONS,
    )
    assert [finding for segment in run.segments for finding in segment.findings] == []
    assert run.verdict is Verdict.PASS
    told = run.summary.baseline
    assert told is not None
    assert (told.new, told.unmatched) == (0, 0)
    assert told.known + told.gone == mtcheck.judge(former).counts.findings > 100


def test_planted_faults_fail_it_for_the_right_reasons(corpora: Path, tmp_path: Path, former: Path) -> None:
    records = _delivery(corpora)
    bodies = [next(part for part in record["segments"] if part["role"] == "body") for record in records]
    bodies[0]["target"] += " Read more"
    bodies[1]["target"] = "Here is the translation: " + bodies[1]["target"]
    bodies[2]["target"] = ""
    bodies[3]["target"] = bodies[3]["target"].replace(" the ", " the the ", 1)
    run = mtcheck.check(_write(tmp_path, records), baseline=former, **OPTIONS)
    assert run.verdict is Verdict.BLOCK
    assert run.summary.counts.by_rule == {
        "empty-translation": 1, "interface-text": 1, "model-preamble": 1, "repeated-word": 1,
    }  # fmt: skip
    reason = next(reason for reason in run.summary.reasons if reason.condition == "corpus.new_findings.major")
    assert reason.message.endswith(": 1 empty-translation, 1 interface-text, 1 model-preamble")
    blocked = [article.id for article in run.summary.articles if article.verdict is Verdict.BLOCK]
    assert blocked == [record["id"] for record in records[:3]]


def test_a_drop_in_score_fails_it(corpora: Path, tmp_path: Path, former: Path) -> None:
    records = _delivery(corpora)
    for segment in _segments(records):
        words = segment["target"].split(" ")
        segment["target"] = " ".join(words[: 4 * len(words) // 5])
    run = mtcheck.check(_write(tmp_path, records), baseline=former, select="doubled-dash", **OPTIONS)
    assert run.verdict is Verdict.BLOCK
    assert {"regression.chrf", "regression.ter"} == {reason.condition for reason in run.summary.reasons}
    assert run.summary.baseline is not None
    chrf = next(change for change in run.summary.baseline.changes if change.score == "chrf")
    assert chrf.after < chrf.before
    assert chrf.interval[0] < chrf.difference < chrf.interval[1] < 0
    assert max(chrf.p_bootstrap, chrf.p_corrected) < 0.01
    lenient = {"regression": {"min_drop": {"chrf": 50, "ter": 50}}}
    kept = mtcheck.check(_write(tmp_path, records), baseline=former, select="doubled-dash", gate=lenient, **OPTIONS)
    assert kept.verdict is Verdict.PASS


def test_better_scores_and_mended_faults_pass(corpora: Path, tmp_path: Path, former: Path) -> None:
    records = _delivery(corpora)
    for segment in _segments(records):
        if segment.get("references"):
            segment["target"] = segment["references"][0]
    run = mtcheck.check(_write(tmp_path, records), baseline=former, **OPTIONS)
    assert not [reason for reason in run.summary.reasons if reason.condition.startswith("regression")]
    assert run.summary.baseline is not None
    assert run.summary.baseline.gone > 10
    assert all(change.drop < 0 and not change.worse for change in run.summary.baseline.changes)


def test_limits_are_for_what_the_baseline_has_not(corpora: Path, tmp_path: Path, former: Path) -> None:
    records = _delivery(corpora)
    gate: dict[str, Any] = {"article": {"limit": {"chrf": 99}}, "corpus": {"limit": {"chrf": 99}}}
    assert mtcheck.check(_write(tmp_path, records), baseline=former, gate=gate, **OPTIONS).verdict is Verdict.PASS
    fresh = {
        "id": "fresh", "source": "En ny mening.", "target": "A new sentence.", "references": ["One more, then."],
        "source_lang": "sv", "target_lang": "en",
    }  # fmt: skip
    run = mtcheck.check(_write(tmp_path, [*records, fresh]), baseline=former, gate=gate, **OPTIONS)
    assert [article.id for article in run.summary.articles if article.verdict is Verdict.BLOCK] == ["fresh"]
    gate["regression"] = {"keep_limits": True}
    assert mtcheck.check(_write(tmp_path, records), baseline=former, gate=gate, **OPTIONS).verdict is Verdict.BLOCK


def test_a_run_with_a_baseline_is_one_itself(corpora: Path, tmp_path: Path, former: Path) -> None:
    file = _write(tmp_path, _delivery(corpora))
    second = mtcheck.check(file, baseline=former, output=tmp_path / "second", **OPTIONS)
    assert second.summary.counts.findings == 0
    third = mtcheck.check(file, baseline=tmp_path / "second", **OPTIONS)
    assert third.verdict is Verdict.PASS
    # Judged without a baseline, all its findings count again.
    assert mtcheck.judge(tmp_path / "second").counts == mtcheck.judge(former).counts


def test_as_often_as_before_and_no_oftener(tmp_path: Path) -> None:
    once = [{"id": "a", "source": "En mening.", "target": "A  sentence.", "source_lang": "sv", "target_lang": "en"}]
    mtcheck.check(records=once, output=tmp_path, select="spacing", **OPTIONS)
    run = mtcheck.check(records=[*once, {**once[0], "id": "b"}], baseline=tmp_path, select="spacing", **OPTIONS)
    assert run.summary.counts.findings == 1


def test_systems_of_a_baseline_are_kept_apart(tmp_path: Path) -> None:
    pair = {"source": "En mening.", "source_lang": "sv", "target_lang": "en"}
    before = [{**pair, "system": "a", "target": "A  sentence."}, {**pair, "system": "b", "target": "A sentence."}]
    after = [{**pair, "system": "a", "target": "A sentence."}, {**pair, "system": "b", "target": "A  sentence."}]
    mtcheck.check(records=before, output=tmp_path, select="spacing", **OPTIONS)
    run = mtcheck.check(records=after, baseline=tmp_path, select="spacing", **OPTIONS)
    assert [segment.system for segment in run.segments if segment.findings] == ["b"]
