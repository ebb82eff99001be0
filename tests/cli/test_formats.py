"""--format: several at once, into the run's folder, to files of their own, and to standard output."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mtcheck.renderers.base import RENDERERS

FAULTY = {"id": "a", "source": "Han sa: – Nej.", "target": "He said: – – No.", "target_lang": "en", "source_lang": "sv"}


def _check(cwd: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    (cwd / "in.jsonl").write_text(json.dumps(FAULTY, ensure_ascii=False) + "\n", encoding="utf-8")
    names = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "-c", "from mtcheck.cli import main; main()", "check", "in.jsonl", "-m", "none", *arguments],
        cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8",
        env={**environment, "COLUMNS": "120", "NO_COLOR": "1", **more},
    )  # fmt: skip


def test_every_format_at_once(tmp_path: Path) -> None:
    names = [name for name in RENDERERS.names() if RENDERERS.get(name).filename != "-"]
    done = _check(tmp_path, "--format", ",".join(names), "-o", "out")
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(
        RENDERERS.get(name).filename for name in names
    )
    for name in names:
        assert f"{RENDERERS.get(name).about}: out/{RENDERERS.get(name).filename}\n" in done.stdout


def test_files_of_their_own_and_no_folder_for_them(tmp_path: Path) -> None:
    done = _check(tmp_path, "--format", "sarif=scan/x.sarif,junit=tests.xml", "--format", "gitlab=q.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "scan" / "x.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert (tmp_path / "tests.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert json.loads((tmp_path / "q.json").read_text(encoding="utf-8"))
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("name", ["sarif", "json", "jsonl", "gitlab", "rdjson"])
def test_standard_output_holds_the_format_only(tmp_path: Path, name: str) -> None:
    done = _check(tmp_path, "--format", f"{name}=-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert "doubled-dash" in done.stdout or name == "json"
    assert "REVIEW" in done.stderr
    assert not (tmp_path / "reports").exists()


def test_the_console_alone_writes_nothing(tmp_path: Path) -> None:
    done = _check(tmp_path, "--format", "console")
    assert "REVIEW" in done.stdout
    assert not (tmp_path / "reports").exists()
    assert _check(tmp_path, "--format", "console=run.txt").returncode == 0
    assert "doubled-dash" in (tmp_path / "run.txt").read_text(encoding="utf-8")


def test_annotations_and_the_report_share_a_log(tmp_path: Path) -> None:
    done = _check(tmp_path, "--format", "github", GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(tmp_path.parent))
    first, second, fence, *report = done.stdout.splitlines()
    assert first.startswith("::warning title=mtcheck%3A review::")
    assert second.startswith(f"::warning file={tmp_path.name}/in.jsonl,line=1,")
    assert fence.startswith("::stop-commands::")
    assert report[-1] == f"::{fence.removeprefix('::stop-commands::')}::"
    assert "REVIEW" in "".join(report)
    assert done.stderr == ""


def test_the_configuration_may_name_files(tmp_path: Path) -> None:
    (tmp_path / "mtcheck.toml").write_text('format = ["junit=a.xml", "csv=-"]\n')
    done = _check(tmp_path, "-q")
    assert done.stdout.startswith("\ufefffile,line,")
    assert done.stderr == ""
    assert (tmp_path / "a.xml").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--format", "serif"], "MTC-E011", "Did you mean 'sarif'"),
        (["--format", "serif=x"], "MTC-E011", "Did you mean 'sarif'"),
        (["--format", "json=-,sarif=-"], "MTC-E016", "both write to standard output"),
        (["--format", "json=x,sarif=x"], "MTC-E016", "both write to x"),
        (["--format", "sarif=/proc/none/x"], "MTC-E015", "/proc/none"),
        (["--format", "sarif=in.jsonl/x"], "MTC-E015", "in.jsonl"),
    ],
)
def test_wrong_calls_are_told_before_the_run(tmp_path: Path, arguments: list[str], code: str, told: str) -> None:
    done = _check(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(code)
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [["--format", "sarif=./in.jsonl"], ["-o", ".", "--format", "jsonl=in.jsonl"]])
def test_what_is_read_is_not_written_over(tmp_path: Path, arguments: list[str]) -> None:
    done = _check(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("MTC-E015: the format ")
    assert json.loads((tmp_path / "in.jsonl").read_text(encoding="utf-8")) == FAULTY


def test_help_names_every_format(tmp_path: Path) -> None:
    done = _check(tmp_path, "--help")
    told = set(re.findall(r"[\w-]+", done.stdout.partition("What to write:")[2].partition("Commas")[0]))
    assert told == set(RENDERERS.names())


def test_an_error_is_one_line_whatever_the_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from mtcheck.cli import main; main()", "check", "a\n::error::x.jsonl"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "a\\n::error::x.jsonl" in done.stderr


def test_corrected_text_and_a_format_cannot_share_standard_output(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from mtcheck.cli import main; main()", "check", "-", "--fix", "--format", "sarif=-"],
        cwd=tmp_path, capture_output=True, text=True, check=False, input=json.dumps(FAULTY),
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("MTC-E016")
    assert "sarif=FILE" in done.stderr


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    _check(tmp_path)
    code = "from mtcheck.cli import main; main()"
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -c "{code}" check in.jsonl -m none --format sarif=- -q | true'],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
