"""The Reviewdog Diagnostic Format: as described, with suggestions only where they can be applied."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from jsonschema import Draft202012Validator
from runs import evil, hostile, render, schema, segment, written
from test_html import demo_articles

from mtcheck.core.text import shorten
from mtcheck.core.types import Origin, Severity, Span
from mtcheck.renderers import rdjson

SCHEMA = Draft202012Validator(schema("rdjson.schema.json"))


def diagnostics_of(text: str) -> list[dict[str, Any]]:
    result = json.loads(text)
    SCHEMA.validate(result)
    return result["diagnostics"]  # type: ignore[no-any-return]


def test_a_suggestion_mends_the_file_when_its_bytes_are_replaced(repository: Path) -> None:
    line = "😀 Å – – no."
    flagged = Span(line.index("– –"), line.index("– –") + 3)
    (repository / "a.txt").write_text(f"x\n{line}\n", encoding="utf-8")
    (repository / "a.jsonl").write_text(json.dumps({"target": line}, ensure_ascii=False) + "\n", encoding="utf-8")
    places = [Origin("a.txt", 2), Origin("a.jsonl", 1), Origin("absent.txt", 3)]
    found = [segment(line, flagged, fix="–", origin=origin) for origin in places]
    plain, record, absent = diagnostics_of(written(repository, "rdjson", found))
    (suggestion,) = plain["suggestions"]
    data = (repository / "a.txt").read_bytes().split(b"\n")[1]
    start, end = (suggestion["range"][side]["column"] - 1 for side in ("start", "end"))
    assert (data[:start] + suggestion["text"].encode() + data[end:]).decode() == "😀 Å – no."
    data = (repository / "a.jsonl").read_bytes()
    start, end = (record["location"]["range"][side]["column"] - 1 for side in ("start", "end"))
    assert data[start:end].decode() == "– –"
    assert "suggestions" not in record
    assert absent["location"]["range"] == {"start": {"line": 3}}


def test_the_worst_come_first_and_what_is_cut_is_said(repository: Path) -> None:
    many = segment("x", severity=Severity.MINOR, findings=rdjson.MAX_DIAGNOSTICS)
    renderer = render(repository, "rdjson", [many, segment("y", severity=Severity.CRITICAL)])
    result = json.loads(renderer.path.read_text(encoding="utf-8"))["diagnostics"]
    assert len(result) == rdjson.MAX_DIAGNOSTICS
    assert [one["severity"] for one in result[:2]] == ["ERROR", "INFO"]
    assert "the 1 least severe findings are left out" in renderer.remark


@given(hostile)
def test_any_text_is_held(text: str) -> None:
    with TemporaryDirectory() as folder:
        (one,) = diagnostics_of(written(Path(folder), "rdjson", [evil(text)]))
    assert shorten(text) in one["message"]
    assert "\x1b" not in one["message"] + one["location"]["path"]


def test_the_demo_is_valid(repository: Path) -> None:
    assert diagnostics_of(written(repository, "rdjson", *demo_articles()))
