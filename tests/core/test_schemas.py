"""The published schemas are those of the code, and a run's files obey them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import mtcheck
from mtcheck.core.schemas import PUBLISHED, schema_text


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_schema_is_current(name: str) -> None:
    assert (files("mtcheck.core.schemas") / name).read_text(encoding="utf-8") == schema_text(PUBLISHED[name])


def test_a_run_obeys(corpora: Path, tmp_path: Path) -> None:
    mtcheck.check(corpora / "de-en-wire" / "raw.jsonl", output=tmp_path, format="json,jsonl")
    summary = Draft202012Validator(json.loads(schema_text(PUBLISHED["summary.schema.json"])))
    segment = Draft202012Validator(json.loads(schema_text(PUBLISHED["segment.schema.json"])))
    summary.validate(json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")))
    lines = (tmp_path / "segments.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    for line in lines:
        segment.validate(json.loads(line))


def test_a_line_has_the_keys_of_the_contract(corpora: Path, tmp_path: Path) -> None:
    mtcheck.check(corpora / "de-en-wire" / "raw.jsonl", output=tmp_path, format="jsonl", reference_model="none")
    lines = [json.loads(line) for line in (tmp_path / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    contract = {"id", "article", "index", "role", "system", "source", "target", "references", "scores", "findings"}
    assert contract | {"verdict"} <= set(lines[0])
    finding = next(line["findings"][0] for line in lines if line["findings"])
    assert {"rule", "code", "severity", "mqm", "message", "target_span", "source_span", "fix"} == set(finding)
    score = next(line["scores"]["bleu"] for line in lines if line["scores"])
    assert {"value", "higher_is_better", "signature"} <= set(score)
