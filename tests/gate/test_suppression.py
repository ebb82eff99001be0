"""What is accepted does not count, is told by rule and reason, and says so where it accepts nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.errors import MtcheckError
from mtcheck.gate import suppression

FAULTY = "The the board met  on Friday."
OPTIONS: dict[str, Any] = {"reference_model": "none", "target_lang": "en", "select": ("repeated-word", "spacing")}


def _check(folder: Path, *records: dict[str, Any], config: str = "", **options: Any) -> mtcheck.Run:
    file = folder / "wire.jsonl"
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    (folder / "mtcheck.toml").write_text(config, encoding="utf-8")
    return mtcheck.check(file, config=folder / "mtcheck.toml", **OPTIONS | options)


def _found(run: mtcheck.Run) -> list[tuple[str, str]]:
    return [(segment.id, finding.rule) for segment in run.segments for finding in segment.findings]


def _told(run: mtcheck.Run) -> list[tuple[str, str, int]]:
    return [(row.rule, row.reason, row.findings) for row in run.summary.suppressed]


def _unused(run: mtcheck.Run) -> list[tuple[str, str]]:
    return [(row.where.rpartition("/")[2], row.rule) for row in run.summary.unused_suppressions]


def test_configuration(tmp_path: Path) -> None:
    config = """
[[suppress]]
rules = ["DUP", "TYPO006"]
path = "*.jsonl"
article = "a*"
reason = "quoted"
[[suppress]]
rules = ["spacing"]
article = "c"
"""
    run = _check(tmp_path, {"id": "a1", "target": FAULTY}, {"id": "b", "target": FAULTY}, config=config)
    assert _found(run) == [("b", "repeated-word"), ("b", "spacing")]
    assert _told(run) == [("repeated-word", "quoted", 1), ("spacing", "quoted", 1)]
    assert _unused(run) == [("mtcheck.toml:7", "spacing")]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [("*.jsonl", True), ("*/wire.jsonl", True), ("**/wire.jsonl", True), ("wire.*", True), ("ire.jsonl", False),
     ("w??e.jsonl", True), ("*.txt", False), ("[w]ire.jsonl", False), ("**", True)],
)  # fmt: skip
def test_paths(tmp_path: Path, pattern: str, matches: bool) -> None:
    run = _check(
        tmp_path, {"target": FAULTY}, config=f'[[suppress]]\nrules = ["spacing", "repeated-word"]\npath = "{pattern}"'
    )
    assert (not _found(run)) is matches


def test_accepted_findings_do_not_count_for_the_gate(tmp_path: Path) -> None:
    options: dict[str, Any] = {"gate": {"fail_on": "minor"}}
    assert _check(tmp_path, {"target": FAULTY}, **options).verdict.value == "block"
    run = _check(tmp_path, {"target": FAULTY, "suppress": "DUP, spacing"}, **options)
    assert run.verdict.value == "pass"
    assert run.summary.counts.findings == 0
    assert {row.mqm_score for row in run.summary.articles} == {100.0}


def test_remarks_in_records(tmp_path: Path) -> None:
    article = {
        "id": "a",
        "suppress": ["spacing"],
        "segments": [{"target": FAULTY, "suppress": "repeated-word"}, {"target": FAULTY}, {"target": "Fine."}],
    }
    run = _check(tmp_path, article, {"id": "b", "target": "Fine.", "suppress": ["DUP", "NUM"]})
    assert _found(run) == [("a:1", "repeated-word")]
    assert _told(run) == [("repeated-word", "marked in the input", 1), ("spacing", "marked in the input", 2)]
    # Rules that did not run have nothing to say of.
    assert _unused(run) == [("wire.jsonl:2, b", "DUP")]


def test_remarks_in_text(tmp_path: Path) -> None:
    file = tmp_path / "article.txt"
    file.write_text(
        f"Head\n\n<!-- mtcheck: ignore spacing -->\n{FAULTY}\n\n{FAULTY}\n\n<!-- mtcheck: ignore-file DUP004 -->\nEnd\n"
    )
    run = mtcheck.check(file, **OPTIONS)
    assert _found(run) == [("article:2", "spacing")]
    assert not run.summary.unused_suppressions


@pytest.mark.parametrize(
    ("record", "config", "place"),
    [
        ({"target": "x", "suppress": "spaceing"}, "", "wire.jsonl:1"),
        ({"target": "x"}, '\n\n[[suppress]]\nrules = ["spaceing"]', "mtcheck.toml:3"),
        ({"target": "x"}, 'ignore = []\nsuppress = [{ rules = ["spaceing"] }]', "mtcheck.toml:2"),
    ],
)
def test_unknown_rule_is_told_with_its_place(tmp_path: Path, record: dict[str, Any], config: str, place: str) -> None:
    with pytest.raises(MtcheckError, match=r"MTC-E011: there is no rule called 'spaceing'.*'spacing'") as told:
        _check(tmp_path, record, config=config)
    assert place in told.value.where


def test_many_unused_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppression, "_UNUSED_KEPT", 2)
    run = _check(tmp_path, *({"target": "Fine.", "suppress": "spacing"} for _ in range(5)))
    assert [row.count for row in run.summary.unused_suppressions] == [1, 1, 3]


def test_baseline_accepts_what_was_there_and_no_more(tmp_path: Path) -> None:
    baseline = tmp_path / "accepted.json"
    first = {"id": "a", "segments": [{"target": FAULTY}, {"target": "Fine."}]}
    written = _check(tmp_path, first, {"target": FAULTY}, write_baseline=baseline)
    assert len(_found(written)) == 4
    text = baseline.read_bytes()
    assert [entry["article"] for entry in json.loads(text)["findings"]] == ["a", "a", "wire.jsonl", "wire.jsonl"]
    # Moved within the article, and to another line of the file; one more of a kind is new.
    moved = {"id": "a", "segments": [{"target": "Fine."}, {"target": FAULTY}, {"target": "A board  met."}]}
    run = _check(tmp_path, {"target": "New  here."}, moved, {"target": FAULTY}, baseline=baseline)
    assert len(_found(run)) == 2
    assert sum(row.findings for row in run.summary.suppressed) == 4
    assert {row.reason for row in run.summary.suppressed} == {"baseline accepted.json"}
    assert not run.summary.unused_suppressions
    # Mended: what is left of the baseline is told, for the articles that took part.
    run = _check(tmp_path, {"id": "a", "target": "The board met  on Friday."}, baseline=baseline)
    assert _unused(run) == [("accepted.json", "repeated-word")]
    # Written over itself it is the same.
    _check(tmp_path, first, {"target": FAULTY}, write_baseline=baseline)
    assert baseline.read_bytes() == text
    assert any(file.file == str(baseline) for file in run.summary.manifest.inputs)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MTC-E019"),
        ("[]", "MTC-E019"),
        ('{"version": 1, "findings": []}', "MTC-E019"),
        ('{"version": 2, "findings": [{"article": "a"}]}', "MTC-E019"),
        (
            '{"version": 2,\n"findings": [\n{"article": "a", "rule": "nonsense", "keys": ["0123456789abcdef"]}]}',
            "MTC-E011.*json:3",
        ),
    ],
)
def test_bad_baseline(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "base.json").write_text(text)
    with pytest.raises(MtcheckError, match=code):
        _check(tmp_path, {"target": "x"}, baseline=tmp_path / "base.json")
    with pytest.raises(MtcheckError, match="MTC-E002"):
        _check(tmp_path, {"target": "x"}, baseline=tmp_path / "absent.json")
    with pytest.raises(MtcheckError, match="MTC-E015"):
        _check(tmp_path, {"target": "x"}, write_baseline=tmp_path / "base.json" / "below")


def test_console_and_page_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mtcheck.renderers.console import ConsoleReport

    monkeypatch.setenv("COLUMNS", "300")
    run = _check(
        tmp_path,
        {"target": FAULTY, "suppress": "spacing"},
        config='[[suppress]]\nrules = ["DUP"]\nreason = "<b>\\u001b[31m"\n[[suppress]]\nrules = ["DUP"]\npath="x"',
        output=tmp_path / "run",
        format="html",
    )
    ConsoleReport(tmp_path).finish(run.summary)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Accepted, so not counted: 2 findings" in shown
    assert "Unused suppression" in shown
    assert "mtcheck.toml:4: nothing to accept for 'DUP'" in shown.replace("\n", "")
    assert "\x1b" not in shown
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "2 accepted findings, not counted" in page
    assert "&lt;b&gt;\\u001b[31m" in page
    assert "1 unused suppression" in page
