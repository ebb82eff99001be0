"""SARIF: valid against OASIS's schema, exact places only where the file bears them out, GitHub's limits kept."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft4Validator
from runs import evil, hostile, render, schema, segment, written
from test_html import article, demo_articles

import mtcheck
from mtcheck.core.types import Origin, Severity, Span
from mtcheck.renderers import sarif
from mtcheck.rules.base import RULES

SCHEMA = Draft4Validator(schema("sarif-schema-2.1.0.json"))


def run_of(text: str) -> dict[str, Any]:
    log = json.loads(text)
    SCHEMA.validate(log)
    (run,) = log["runs"]
    return run  # type: ignore[no-any-return]


def region(result: dict[str, Any]) -> dict[str, Any]:
    return result["locations"][0]["physicalLocation"]["region"]  # type: ignore[no-any-return]


def test_a_run_of_the_corpora_is_valid_and_has_the_help_of_every_rule(corpora: Path, tmp_path: Path) -> None:
    run = mtcheck.check(
        corpora / "catalogue-wire" / "raw.jsonl", output=tmp_path, format="sarif", reference_model="none"
    )
    found = run_of((tmp_path / "mtcheck.sarif").read_text(encoding="utf-8"))
    assert len(found["results"]) == run.summary.counts.findings > 100
    rules = found["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.name for rule in sorted(RULES, key=lambda rule: rule.code)]
    assert all("Best practice" in rule["help"]["markdown"] for rule in rules)
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    levels = [("error", "warning", "note").index(result["level"]) for result in found["results"]]
    assert levels == sorted(levels), "the worst come first"


def test_columns_are_those_of_the_file_where_it_has_the_text(repository: Path) -> None:
    line = "😀 He said – – that – 𝔣air – and went."
    flagged = Span(line.index("– –"), line.index("– –") + 3)
    record = json.dumps({"source": "Han sa", "target": line}, ensure_ascii=False)
    (repository / "plain.txt").write_text(f"\ufeff{line}\r\n{line}\r\n", encoding="utf-8")
    (repository / "records.jsonl").write_text(record + "\n", encoding="utf-8")
    (repository / "escaped.jsonl").write_text(json.dumps({"target": line}) + "\n", encoding="utf-8")
    (repository / "twice.jsonl").write_text(json.dumps([line, line], ensure_ascii=False) + "\n", encoding="utf-8")
    (repository / "packed.jsonl.gz").write_bytes(gzip.compress(record.encode()))
    (repository / "latin.txt").write_bytes(("å " + line[2:10]).encode("latin-1"))
    places = [
        ("plain.txt", 2), ("records.jsonl", 1), ("escaped.jsonl", 1), ("twice.jsonl", 1), ("packed.jsonl.gz", 1),
        ("latin.txt", 1), ("absent.txt", 7), ("plain.txt", None), ("plain.txt", 1),
    ]  # fmt: skip
    text = written(repository, "sarif", [segment(line, flagged, fix="–", origin=Origin(*place)) for place in places])
    plain, records, *others, first = run_of(text)["results"]
    column = flagged.start + 1
    exact = {"startLine": 2, "startColumn": column, "endLine": 2, "endColumn": column + 3, "snippet": {"text": "– –"}}
    assert region(plain) == exact
    assert region(first) == exact | {"startLine": 1, "endLine": 1}, "a byte order mark is no column"
    assert plain["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "–"}
    at = region(records)["startColumn"] - 1
    assert record[at : region(records)["endColumn"] - 1] == "– –"
    assert at != flagged.start
    assert "fixes" not in records, "the mend of a text is no mend of JSON"
    for other, (_, number) in zip(others, places[2:-1], strict=True):
        assert region(other) == {"startLine": number or 1}
        assert f"characters {flagged.start} to {flagged.end}" in other["message"]["text"]
    for result in (plain, records, *others):
        assert result["properties"]["target"] == line
        assert result["properties"]["targetSpan"] == list(flagged)


def test_a_text_that_stands_in_the_source_too_has_no_columns(repository: Path) -> None:
    (repository / "a.jsonl").write_text('{"source": "Volvo – – ja", "target": "Vol\\u0076o – –"}\n', encoding="utf-8")
    text = written(repository, "sarif", [segment("Volvo – –", source="Volvo – – ja", origin=Origin("a.jsonl", 1))])
    assert region(run_of(text)["results"][0]) == {"startLine": 1}


def test_paths_start_from_the_root_of_the_checkout(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository))
    (repository / "sub").mkdir()
    monkeypatch.chdir(repository / "sub")
    files = ["a b.txt", str(repository / "sub" / "å#1.txt"), "/elsewhere/x.txt", "-", "d.zip!/x.xlf", "odd\udcff.txt"]
    run = run_of(written(repository, "sarif", [segment("x", origin=Origin(file, 1)) for file in files]))
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert uris == [
        "sub/a%20b.txt", "sub/%C3%A5%231.txt", "file:///elsewhere/x.txt", "stdin", "sub/d.zip!/x.xlf", "sub/odd%FF.txt",
    ]  # fmt: skip


def test_fingerprints_tell_apart_equal_findings_of_a_file_and_no_more(repository: Path) -> None:
    same = [segment("He said – – no.", origin=Origin(file, line)) for file, line in [("a", 1), ("a", 9), ("b", 1)]]
    results = run_of(written(repository, "sarif", same))["results"]
    first, second, other = (result["partialFingerprints"]["primaryLocationLineHash"] for result in results)
    assert first.endswith(":1")
    assert second == first[:-1] + "2"
    assert other == first


def test_what_github_would_not_take_is_cut_and_said(repository: Path) -> None:
    assert (sarif.MAX_RESULTS, sarif.MAX_SHOWN, sarif.MAX_PACKED) == (25_000, 5_000, 10_000_000)
    many = segment("x", severity=Severity.MINOR, findings=sarif.MAX_RESULTS + 9)
    worst = segment("y", severity=Severity.CRITICAL)
    renderer = render(repository, "sarif", article([many]), article([worst]))
    log = json.loads(renderer.path.read_text(encoding="utf-8"))
    (run,) = log["runs"]
    assert len(run["results"]) == sarif.MAX_RESULTS
    assert run["results"][0]["properties"]["target"] == "y"
    assert renderer.remark.startswith("the 10 least severe findings are left out")
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["message"]["text"] == renderer.remark
    assert run["properties"]["findings"] == sarif.MAX_RESULTS + 10


def test_what_is_not_shown_is_said(repository: Path) -> None:
    renderer = render(repository, "sarif", [segment("x", findings=sarif.MAX_SHOWN + 1)])
    assert renderer.remark == "GitHub shows the 5,000 worst of its 5,001 results"


def test_the_packed_size_is_kept(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_PACKED", 20_000)
    many = [segment(f"text {number * 7919}", origin=Origin(str(number), 1)) for number in range(2000)]
    renderer = render(repository, "sarif", many)
    data = renderer.path.read_bytes()
    assert 10_000 < len(gzip.compress(data)) <= 20_000
    kept = len(run_of(data.decode())["results"])
    assert f"the {2000 - kept:,} least severe findings are left out" in renderer.remark


@given(hostile)
def test_any_text_is_held_and_makes_no_link(text: str) -> None:
    with TemporaryDirectory() as folder:
        run = run_of(written(Path(folder), "sarif", [evil(text)]))
    (result,) = run["results"]
    assert result["properties"]["target"] == result["properties"]["source"] == text
    assert result["properties"]["fix"] == text
    assert not re.search(r"(?<!\\)\]\(", result["message"]["text"])
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", result["message"]["text"])


def test_the_demo_is_valid(repository: Path) -> None:
    assert run_of(written(repository, "sarif", *demo_articles()))["results"]


def test_a_run_without_findings_is_valid(repository: Path) -> None:
    assert run_of(written(repository, "sarif", [segment("x", findings=0)]))["results"] == []
