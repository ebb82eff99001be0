"""GitLab's Code Quality report: as its documentation has it, with fingerprints that are one each and stay."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from runs import evil, hostile, schema, segment, written
from test_html import demo_articles

import mtcheck
from mtcheck.core.text import shorten
from mtcheck.core.types import Origin, Severity

SCHEMA = Draft202012Validator(schema("gitlab-code-quality.schema.json"))


def report_of(text: str) -> list[dict[str, Any]]:
    report = json.loads(text)
    SCHEMA.validate(report)
    fingerprints = [entry["fingerprint"] for entry in report]
    assert len(set(fingerprints)) == len(fingerprints), "GitLab drops entries with a fingerprint it has seen"
    return report  # type: ignore[no-any-return]


def test_every_finding_of_the_corpora_is_listed(corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_PROJECT_DIR", str(corpora.parent))
    run = mtcheck.check(corpora, output=tmp_path, format="gitlab", reference_model="none")
    report = report_of((tmp_path / "gl-code-quality-report.json").read_text(encoding="utf-8"))
    assert len(report) == run.summary.counts.findings > 500
    for entry in report:
        assert (corpora.parent / entry["location"]["path"]).is_file()


def test_severities_and_places(repository: Path) -> None:
    text = written(
        repository, "gitlab", [segment("x", severity=one, origin=Origin("./a/b.txt", 7)) for one in Severity]
    )
    report = report_of(text)
    assert [entry["severity"] for entry in report] == ["info", "minor", "major", "critical"]
    assert {entry["location"]["path"] for entry in report} == {"a/b.txt"}
    assert {entry["location"]["lines"]["begin"] for entry in report} == {7}


def test_fingerprints_stay_when_lines_move(repository: Path) -> None:
    one = segment("He said – – no.")
    moved = replace(one, id="b:9", article="b", index=9, origin=replace(one.origin, line=40))
    before, after = (report_of(written(repository, "gitlab", [each])) for each in (one, moved))
    assert before[0]["fingerprint"] == after[0]["fingerprint"]


@given(hostile)
def test_any_text_is_held(text: str) -> None:
    with TemporaryDirectory() as folder:
        (entry,) = report_of(written(Path(folder), "gitlab", [evil(text)]))
    assert shorten(text) in entry["description"]
    assert "\n" not in entry["description"]
    assert "\x1b" not in entry["description"] + entry["location"]["path"]


def test_the_demo_and_nothing_are_valid(repository: Path) -> None:
    assert report_of(written(repository, "gitlab", *demo_articles()))
    assert report_of(written(repository, "gitlab", [segment("x", findings=0)])) == []
