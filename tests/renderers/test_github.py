"""Annotations: as the runner reads them, within GitHub's limits, and no text is a command."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from runs import evil, hostile, segment
from test_html import article, summarise

from mtcheck.core.text import shorten, visible
from mtcheck.core.types import Origin, Severity, Span
from mtcheck.renderers.github import GithubRenderer, inert


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    message: str


def commands_of(log: str) -> tuple[list[Command], list[str]]:
    """What the runner does with a log (actions/runner, ActionCommand.TryParseV2): the commands, and the other lines."""
    commands, lines = [], []
    for line in log.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.lstrip().startswith("::"):
            lines.append(line)
            continue
        head, _, message = line.lstrip()[2:].partition("::")
        name, _, rest = head.partition(" ")
        pairs = (pair.split("=", 1) for pair in rest.split(",") if "=" in pair)
        commands.append(Command(name, {key: _read(value, "%3A:", "%2C,") for key, value in pairs}, _read(message)))
    return commands, [line for line in lines if line]


def _read(text: str, *more: str) -> str:
    for escape in ("%0D\r", "%0A\n", *more, "%25%"):
        text = text.replace(escape[:3], escape[3:])
    return text


def log_of(folder: Path, *segments: object) -> tuple[str, GithubRenderer]:
    results = [article([one]) for one in segments]  # type: ignore[list-item]
    renderer = GithubRenderer(folder, str(folder / "log"))
    for one in results:
        renderer.article(one)
    renderer.finish(summarise(results))
    return renderer.path.read_text(encoding="utf-8"), renderer


def test_the_verdict_and_the_worst_within_the_limits(repository: Path) -> None:
    many = [segment("x", severity=severity, findings=30, name=f"{severity}") for severity in Severity]
    log, renderer = log_of(repository, *many)
    commands, lines = commands_of(log)
    kinds = [command.name for command in commands]
    assert kinds == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert commands[0].properties == {"title": "mtcheck: block"}
    assert "Segment minor" in commands[-1].message or "Segment neutral" in commands[-1].message
    assert lines == [f"mtcheck: {renderer.remark} (of each kind 10 a step)."]
    assert "29 of 120 findings" in renderer.remark


def test_a_place_in_a_file_has_columns(repository: Path) -> None:
    (repository / "a, b.txt").write_text("He said – – no.\n", encoding="utf-8")
    log, renderer = log_of(repository, segment("He said – – no.", Span(8, 11), origin=Origin("a, b.txt", 1)))
    (_, command), lines = commands_of(log)
    assert command.name == "warning"
    assert command.properties == {
        "file": "a, b.txt", "line": "1", "endLine": "1", "col": "9", "endColumn": "11",
        "title": "doubled-dash (major)",
    }  # fmt: skip
    assert command.message == "The dash stands twice: “– –”."
    assert not lines
    assert not renderer.remark


@given(hostile)
def test_no_text_is_a_command(text: str) -> None:
    with TemporaryDirectory() as folder:
        log, _ = log_of(Path(folder), evil(text))
    commands, lines = commands_of(log)
    assert [command.name for command in commands] == ["error", "error"]
    assert not lines
    command = commands[1]
    assert set(command.properties) == {"file", "line", "endLine", "title"}
    assert command.properties["file"].endswith(visible(text or "x").rpartition("/")[2])
    assert shorten(text) in command.message


def test_a_log_of_texts_is_fenced_in_actions_only(monkeypatch: pytest.MonkeyPatch) -> None:
    logs = []
    for value in ("true", ""):
        monkeypatch.setenv("GITHUB_ACTIONS", value)
        log = io.StringIO()
        with inert(log):
            log.write("::error::not obeyed\n")
        logs.append(log.getvalue())
    fenced, plain = logs
    stop, text, resume = fenced.splitlines()
    assert stop.startswith("::stop-commands::")
    token = stop.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert resume == f"::{token}::"
    assert text + "\n" == plain == "::error::not obeyed\n"
