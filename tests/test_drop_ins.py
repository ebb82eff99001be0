"""What is dropped into other repositories: valid for the system that reads it, and its commands do what it says."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from lxml import etree

from mtcheck.cli.app import app
from mtcheck.renderers.base import RENDERERS

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "vendor-delivery"
ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "templates" / "mtcheck.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
FIXED = "deliveries/vendor-a/monday.jsonl"


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def options() -> set[str]:
    """Of `mtcheck check`."""
    command = typer.main.get_command(app).commands["check"]  # type: ignore[attr-defined]
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def valid(file: Path, schema: str, *more: str) -> None:
    """The file obeys the schema that its system publishes."""
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed")
    call = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *more, str(file)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """A copy of the example repository."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "repository"))


def correct(repository: Path) -> None:
    """Deliver without the article that is wrong."""
    file = repository / FIXED
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def bash(script: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """As GitHub and GitLab run a step, with this mtcheck and this Python for those that would be installed."""
    programs = cwd.parent / "bin"
    programs.mkdir(exist_ok=True)
    for name, words in {"mtcheck": '-c "from mtcheck.cli import main; main()"', "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (programs / name).chmod(0o755)
    ours = ("GITHUB_", "CI_", "MTCHECK_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)} | variables
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip


def test_the_documentation_has_every_format_and_its_file() -> None:
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for renderer in RENDERERS:
        (row,) = [row for row in rows if f"`{renderer.name}`" in row.split("|")[1]]
        own = {"-": "standard output", "github-summary.md": "`GITHUB_STEP_SUMMARY`"}
        assert own.get(renderer.filename, f"`{renderer.filename}`") in row.split("|")[2]


# --- GitHub


def test_the_action_and_the_workflow_are_valid() -> None:
    valid(ACTION, "github-actions")
    valid(EXAMPLE / ".github" / "workflows" / "mtcheck.yml", "github-workflows")


def test_inputs_of_the_action_are_options_and_all_are_given() -> None:
    action = load(ACTION)
    names = set(action["inputs"]) - {"paths", "args", "python-version"}
    assert {f"--{name}" for name in names} <= options()
    check = action["runs"]["steps"][-1]
    for name in names:
        variable = f"MTCHECK_{name.replace('-', '_').upper()}"
        assert check["env"][variable] == f"${{{{ inputs.{name} }}}}"
        assert f'give --{name} "${variable}"' in check["run"]
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "what is put into a script is run"
    for name in action["inputs"]["format"]["default"].split(","):
        RENDERERS.get(name)


def act(repository: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """Run the action's last step as the runner would; what it did, and its outputs."""
    action = load(ACTION)
    given = {name: entry["default"] for name, entry in action["inputs"].items()} | inputs
    step = action["runs"]["steps"][-1]
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], value)
        for name, value in step["env"].items()
    }
    outputs = repository.parent / "outputs"
    outputs.write_text("")
    done = bash(
        step["run"],
        repository,
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(outputs),
        GITHUB_STEP_SUMMARY=str(repository.parent / "summary.md"),
        GITHUB_WORKSPACE=str(repository),
        **variables,
    )
    return done, dict(line.split("=", 1) for line in outputs.read_text().splitlines())


def test_the_action_blocks_a_faulty_delivery_and_shows_where(delivery: Path) -> None:
    done, outputs = act(delivery, paths="deliveries", **{"reference-model": "none"})
    assert done.returncode == 1, done.stderr
    assert outputs == {"verdict": "block", "sarif": "mtcheck/mtcheck.sarif"}
    assert done.stdout.startswith("::error title=mtcheck%3A block::1 of 2 articles blocked; 4 new findings of severity")
    assert f"::warning file={FIXED},line=2," in done.stdout
    assert (delivery.parent / "summary.md").read_text(encoding="utf-8").startswith("## mtcheck: ✖ BLOCK")
    results = json.loads((delivery / outputs["sarif"]).read_text(encoding="utf-8"))["runs"][0]["results"]
    assert {result["ruleId"] for result in results} == {
        "doubled-dash", "forbidden-term", "interface-text", "magnitude-mismatch",
    }  # fmt: skip


def test_the_action_lets_a_right_delivery_pass(delivery: Path) -> None:
    correct(delivery)
    done, outputs = act(delivery, paths="deliveries/vendor-a\n", **{"args": "--reference-model\nnone\n-q"})
    assert done.returncode == 0, done.stderr
    assert outputs["verdict"] == "pass"


def test_the_action_says_what_is_wrong_with_the_call(delivery: Path) -> None:
    done, outputs = act(delivery, paths="absent.jsonl", **{"fail-on": "$(touch pwned)`touch pwned`"})
    assert done.returncode == 2
    assert done.stderr.startswith("MTC-E")
    assert outputs == {}
    assert not (delivery / "pwned").exists()


def test_the_workflow_gives_inputs_and_reads_outputs_that_exist() -> None:
    action, workflow = load(ACTION), load(EXAMPLE / ".github" / "workflows" / "mtcheck.yml")
    (step,) = [step for step in workflow["jobs"]["mtcheck"]["steps"] if "mtcheck@" in step.get("uses", "")]
    assert set(step["with"]) <= set(action["inputs"])
    text = (EXAMPLE / ".github" / "workflows" / "mtcheck.yml").read_text(encoding="utf-8")
    read = set(re.findall(r"steps\.mtcheck\.outputs\.([\w-]+)", text))
    assert read
    assert read <= set(action["outputs"])


# --- GitLab


def job_of(**inputs: str) -> tuple[str, dict[str, Any]]:
    """The job that GitLab makes of the template, as text and read."""
    text = TEMPLATE.read_text(encoding="utf-8")
    spec, _ = yaml.safe_load_all(text)
    given = {name: entry.get("default") for name, entry in spec["spec"]["inputs"].items()} | inputs
    assert set(inputs) <= set(spec["spec"]["inputs"])
    assert None not in given.values(), "an input without a default must be given"
    body = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: given[match[1]], text.partition("\n---\n")[2])
    return body, yaml.safe_load(body)[given["job"]]


def test_the_template_and_the_pipeline_are_valid(tmp_path: Path) -> None:
    body, _ = job_of(paths="deliveries")
    (tmp_path / "job.yml").write_text(body, encoding="utf-8")
    valid(tmp_path / "job.yml", "gitlab-ci", "--data-transform", "gitlab-ci")
    valid(EXAMPLE / ".gitlab-ci.yml", "gitlab-ci", "--data-transform", "gitlab-ci")


@pytest.mark.parametrize("right", [False, True])
def test_the_job_gates_the_example_and_leaves_its_reports(delivery: Path, right: bool) -> None:
    pipeline = load(EXAMPLE / ".gitlab-ci.yml")
    _, job = job_of(**{"args": "-m none", **pipeline["include"][0]["inputs"]})
    if right:
        correct(delivery)
    done = bash("\n".join(job["script"]), delivery, CI_PROJECT_DIR=str(delivery))
    assert done.returncode == (0 if right else 1), done.stderr
    reports = job["artifacts"]["reports"]
    quality = json.loads((delivery / reports["codequality"]).read_text(encoding="utf-8"))
    assert {entry["location"]["path"] for entry in quality} == (set() if right else {FIXED})
    root = etree.parse(delivery / reports["junit"]).getroot()
    assert bool(root.findall(".//failure")) is not right
    for path in job["artifacts"]["paths"]:
        assert (delivery / path / "report.html").is_file()


# --- pre-commit


def test_the_hook_stops_the_commit_and_leaves_no_files(delivery: Path) -> None:
    (hook,) = load(HOOKS)
    (use,) = load(EXAMPLE / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert use["id"] == hook["id"]
    assert hook["language"] == "python"
    chosen = [
        path
        for path in (file.relative_to(delivery).as_posix() for file in sorted(delivery.rglob("*")) if file.is_file())
        if re.search(hook["files"], path) and re.search(use["files"], path)
    ]
    assert chosen == [FIXED]
    call = shlex.join([*shlex.split(hook["entry"]), *hook["args"], *chosen])
    before = set(delivery.rglob("*"))
    done = bash(call, delivery)
    assert done.returncode == 1, done.stderr
    assert "doubled-dash" in done.stdout
    assert set(delivery.rglob("*")) == before
    correct(delivery)
    assert bash(call, delivery).returncode == 0


def test_the_hook_takes_formats_that_hold_a_source_beside_its_translation() -> None:
    (hook,) = load(HOOKS)
    for name in ("a.jsonl", "a.xlf", "b/c.sdlxliff", "d.tmx", "e.po"):
        assert re.search(hook["files"], name)
    for name in ("README.md", "a.json", "a.txt", "a.po.bak"):
        assert not re.search(hook["files"], name)


def test_the_commands_of_the_example_do_what_it_says(delivery: Path) -> None:
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^mtcheck .*$", text, re.MULTILINE)
    assert [bash(f"{command.partition('#')[0]} -m none", delivery).returncode for command in commands] == [1, 1]
    assert bash(f"{commands[0].partition('#')[0]} -m none", delivery).returncode == 0, "all is accepted now"
    for name in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE):
        assert list(EXAMPLE.glob(name)), name
