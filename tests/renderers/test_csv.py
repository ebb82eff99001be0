"""CSV: every finding, and no cell that a spreadsheet computes."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from runs import evil, hostile, render

import mtcheck
from mtcheck.core.text import visible
from mtcheck.renderers.csv import COLUMNS


def rows_of(file: Path) -> list[dict[str, str]]:
    """As the module says that it is to be read back."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    for row in rows:
        assert tuple(row) == COLUMNS
        for value in row.values():
            assert not re.match(r"[=+\-@\t\r\n＝＋－＠]", value), "a spreadsheet computes this"
    return [{key: re.sub(r"^'('*[=+\-@\t\r\n＝＋－＠])", r"\1", value) for key, value in row.items()} for row in rows]


def test_the_findings_of_a_run(corpora: Path, tmp_path: Path) -> None:
    run = mtcheck.check(corpora / "sv-en-wire" / "raw.jsonl", output=tmp_path, format="csv", reference_model="none")
    rows = rows_of(tmp_path / "findings.csv")
    expected = [
        (segment.id, finding.rule, finding.target_span.of(segment.target), segment.target)
        for segment in run.segments
        for finding in segment.findings
    ]
    assert [(row["segment"], row["rule"], row["flagged"], row["target"]) for row in rows] == expected
    for row in rows:
        assert row["target"][int(row["start"]) : int(row["end"])] == row["flagged"]


@given(hostile)
@example("=cmd|' /C calc'!A0")
@example("''=1")
@example("'tis")
def test_any_text_is_held(text: str) -> None:
    with TemporaryDirectory() as folder:
        (row,) = rows_of(render(Path(folder), "csv", [evil(text)]).path)
    for column in ("article", "segment", "system", "unit", "message", "flagged", "fix", "source", "target"):
        assert row[column] == visible(text)
