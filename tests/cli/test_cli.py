"""The command line: exit status, one coded line for a wrong call, and what a person reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def _mtcheck(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    code = "from mtcheck.cli import main; main()"
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd, capture_output=True, text=True, check=False, input=stdin, env=environment,
    )  # fmt: skip


def _jsonl(folder: Path, *targets: str) -> str:
    path = folder / "in.jsonl"
    path.write_text("\n".join(json.dumps({"target": t, "target_lang": "en"}) for t in targets), encoding="utf-8")
    return str(path)


def test_clean_text_passes(tmp_path: Path) -> None:
    done = _mtcheck("check", _jsonl(tmp_path, "The road is open."), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "PASS" in done.stdout
    assert done.stderr == ""
    run = tmp_path / "reports" / "runs" / "in"
    assert sorted(file.name for file in run.iterdir()) == ["report.html", "segments.jsonl", "summary.json"]


def test_fail_on_decides_the_exit_status(tmp_path: Path) -> None:
    name = _jsonl(tmp_path, "The the road is open.")
    assert _mtcheck("check", name, cwd=tmp_path).returncode == 0
    failed = _mtcheck("check", name, "--fail-on", "minor", cwd=tmp_path)
    assert failed.returncode == 1
    assert "BLOCK" in failed.stdout
    assert "repeated-word" in failed.stdout
    (tmp_path / "mtcheck.toml").write_text("[gate]\nfail_on = 'minor'\n")
    assert _mtcheck("check", name, cwd=tmp_path).returncode == 1
    assert _mtcheck("check", name, "--fail-on", "never", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check"], "MTC-E001"),
        (["check", "absent.jsonl"], "MTC-E002"),
        (["check", "-", "--select", "nonsense"], "MTC-E011"),
        (["check", "-", "--fail-on", "huge"], "MTC-E010"),
        (["check", "-", "-t", "english"], "MTC-E010"),
        (["check", "-", "-m", "hf:no-such/model-anywhere"], "MTC-E013"),
        (["check", "-", "-m", "nonsense"], "MTC-E011"),
        (["check", "-", "--config", "absent.toml"], "MTC-E002"),
        (["check", "-", "--output", "/proc/none/here"], "MTC-E015"),
        (["rules", "nonsense"], "MTC-E011"),
    ],
)
def test_wrong_calls(tmp_path: Path, arguments: list[str], code: str) -> None:
    done = _mtcheck(*arguments, cwd=tmp_path, stdin='{"target": "x", "source": "y"}')
    assert done.returncode == 2
    assert done.stderr.startswith(code)
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_unknown_option_is_a_wrong_call(tmp_path: Path) -> None:
    assert _mtcheck("check", "--nonsense", cwd=tmp_path).returncode == 2


def test_standard_input_and_quiet(tmp_path: Path) -> None:
    done = _mtcheck("check", "-", "-q", "-o", "out", cwd=tmp_path, stdin='{"target": "x"}\n')
    assert done.returncode == 0
    assert done.stdout == done.stderr == ""
    assert (tmp_path / "out" / "summary.json").is_file()


def test_hostile_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    name = _jsonl(tmp_path, "The the \x1b[31mroad\x1b]0;owned\x07 [bold]is[/bold] \u202eopen.")
    done = _mtcheck("check", name, cwd=tmp_path)
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "\\u001b" in done.stdout
    assert "[bold]is[/bold]" in done.stdout


def test_rules_are_listed_and_explained(tmp_path: Path) -> None:
    listed = _mtcheck("rules", cwd=tmp_path)
    assert "doubled-dash" in listed.stdout
    explained = _mtcheck("rules", "doubled-dash", cwd=tmp_path)
    assert "Anti-pattern" in explained.stdout
    assert "✖ wrong" in explained.stdout
    assert "fix: “–”" in explained.stdout
    assert explained.stdout.startswith("doubled-dash (DUP001)")


def test_models_are_listed_and_shown(tmp_path: Path) -> None:
    listed = _mtcheck("models", cwd=tmp_path).stdout
    assert "mini" in listed
    assert "CC-BY-NC-4.0" in listed
    assert "hf:facebook/nllb-200-distilled-600M " in listed
    fit = _mtcheck("models", "-s", "si", "-t", "en", cwd=tmp_path).stdout.partition("worth fetching")[0]
    assert "Sinhala (si) to English (en)" in fit
    assert "mini" not in fit
    assert "mini" in _mtcheck("models", "list", "-s", "sv", "-t", "en", cwd=tmp_path).stdout.partition("worth")[0]
    assert _mtcheck("models", "-s", "sv", cwd=tmp_path).returncode == 2
    card = json.loads(_mtcheck("models", "show", "mini", cwd=tmp_path).stdout)
    assert card["licence"] == "Apache-2.0"
    assert _mtcheck("models", "pull", "mini", cwd=tmp_path).returncode == 2


def test_answers_of_models_are_kept_shown_and_cleared(tmp_path: Path, cache_folder: Path) -> None:
    pair = {"source": "Bron kostade 40 miljoner.", "target": "The bridge cost 40 million."}
    (tmp_path / "in.jsonl").write_text(json.dumps({**pair, "source_lang": "sv", "target_lang": "en"}))
    said = "1 of 1 answers of models were in the cache"
    assert said not in _mtcheck("check", "in.jsonl", cwd=tmp_path).stdout
    assert said in _mtcheck("check", "in.jsonl", cwd=tmp_path).stdout
    assert said not in _mtcheck("check", "in.jsonl", "--no-cache", cwd=tmp_path).stdout
    assert _mtcheck("models", "cache", cwd=tmp_path).stdout.startswith(f"{cache_folder}: 1 groups of answers, 0.0")
    assert ": 0 groups" in _mtcheck("models", "cache", "--clear", cwd=tmp_path).stdout


def test_fix_of_a_file_and_of_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("On  \x1b[31m\u200bFriday ,  we said.\n")
    done = _mtcheck("check", "a.txt", "--fix", "-t", "en", "--select", "spacing", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    fixed = (tmp_path / "a.fixed.txt").read_text()
    assert fixed == "On \x1b[31m\u200bFriday, we said.\n"
    assert "--- a.txt\n+++ a.fixed.txt\n@@ line 1 @@\n-On  \\u001b[31m" in done.stdout
    assert "\x1b" not in done.stdout
    piped = _mtcheck("check", "-", "--fix", "-t", "en", "--select", "spacing", cwd=tmp_path, stdin=file.read_text())
    assert piped.stdout == fixed
    assert "+++ -" in piped.stderr
    quiet = _mtcheck(
        "check", "-", "--fix", "-q", "-t", "en", "--select", "spacing", cwd=tmp_path, stdin=file.read_text()
    )
    assert (quiet.stdout, quiet.stderr) == (fixed, "")


def test_baseline(tmp_path: Path) -> None:
    name = _jsonl(tmp_path, "The the road is open.")
    strict = ("--fail-on", "minor")
    assert _mtcheck("check", name, *strict, "--write-baseline", "base.json", cwd=tmp_path).returncode == 1
    passed = _mtcheck("check", name, *strict, "--baseline", "base.json", cwd=tmp_path)
    assert passed.returncode == 0
    assert "1 repeated-word (baseline base.json)" in passed.stdout


def _systems(folder: Path) -> str:
    path = folder / "systems.jsonl"
    pairs = [
        {"source": f"Rad {at}.", "target": f"{text} {at}.", "references": [f"The road is open, line {at}."],
         "source_lang": "sv", "target_lang": "en", "system": system}
        for system, text in (("good", "The road is open, line"), ("bad", "Of roads,  perhaps"))
        for at in range(8)
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")
    return str(path)


def test_compare(tmp_path: Path) -> None:
    name = _systems(tmp_path)
    done = _mtcheck("compare", name, "-m", "none", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "good – bad" in done.stdout
    assert done.stdout.index("good ") < done.stdout.index("bad ")
    written = sorted(file.name for file in (tmp_path / "reports" / "comparison").iterdir())
    assert written == ["comparison.html", "comparison.json", "comparison.md"]
    quiet = _mtcheck("compare", name, "-m", "none", "-q", "-o", "out", "--format", "json", cwd=tmp_path)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["comparison.json"]
    alone = _mtcheck("compare", _jsonl(tmp_path, "The road."), "-m", "none", cwd=tmp_path)
    assert alone.returncode == 2
    assert alone.stderr.startswith("MTC-E030")


def test_judge_says_what_decided(tmp_path: Path) -> None:
    name = _systems(tmp_path)
    assert _mtcheck("check", name, "-m", "none", "-o", "run", cwd=tmp_path).returncode == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()}
    (tmp_path / "policy.toml").write_text("[gate.corpus]\nlimit = { chrf = 50 }\nmax_findings = { spacing = 8 }\n")
    judged = _mtcheck("judge", "run", "--config", "policy.toml", cwd=tmp_path)
    assert judged.returncode == 1
    lines = {line.split("corpus.")[1].split()[0]: line for line in judged.stdout.splitlines() if "corpus." in line}
    assert "decided" in lines["limit.chrf"]
    assert "1 of 2" in lines["limit.chrf"]
    assert "sv-en, bad" in lines["limit.chrf"]
    assert "decided" not in lines["max_findings.spacing"]
    assert _mtcheck("judge", "run", cwd=tmp_path).returncode == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "run").iterdir()} == before
    assert _mtcheck("judge", "absent", cwd=tmp_path).stderr.startswith("MTC-E002")


def test_a_non_commercial_model_is_asked_for_first(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n", encoding="utf-8")
    (tmp_path / "model" / "config.json").write_text('{"model_type": "marian"}', encoding="utf-8")
    call = ["check", _jsonl(tmp_path, "A right sentence."), "-m", "hf:model"]
    refused = _mtcheck(*call, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("MTC-E031: the model's licence is CC-BY-NC-4.0")
    # Then it is looked at; this one has no weights.
    assert _mtcheck(*call, "--accept-license", "CC-BY-NC-4.0", cwd=tmp_path).stderr.startswith("MTC-E014")


def test_a_file_name_that_is_not_utf_8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/d\xe5lig.jsonl"
    try:
        Path(_jsonl(tmp_path, "A right sentence.")).rename(os.fsdecode(name))
    except OSError:
        pytest.skip("the file system takes UTF-8 alone")
    for given in (os.fsdecode(name), str(tmp_path)):
        done = _mtcheck("check", given, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith("MTC-E004: the file's name is not UTF-8")
        assert r"d\udce5lig.jsonl" in done.stderr
