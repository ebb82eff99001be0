"""Annotations: what GitHub Actions shows beside the lines of a pull request, asked for by lines in a step's log.

GitHub shows 10 errors, 10 warnings and 10 notices a step, and 50 annotations a job ("Workflow commands for GitHub
Actions" and "Problem Matchers", docs.github.com and github.com/actions/toolkit): the worst are given, and how many
are not is said.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mtcheck.core.results import ArticleResult, Summary
from mtcheck.core.text import visible
from mtcheck.core.types import Severity, Verdict
from mtcheck.renderers._findings import Found, Place, Worst, describe, locate, within
from mtcheck.renderers.base import RENDERERS, Renderer

MAX_OF_A_KIND = 10
_COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.MAJOR: "warning",
    Severity.MINOR: "notice",
    Severity.NEUTRAL: "notice",
}
_VERDICTS = {Verdict.PASS: "notice", Verdict.REVIEW: "warning", Verdict.BLOCK: "error"}


@RENDERERS.register
class GithubRenderer(Renderer):
    """The verdict and the worst findings as workflow commands."""

    name = "github"
    filename = "-"
    about = "annotations for GitHub Actions"
    is_log = True

    def __init__(self, directory: Path, file: str = "") -> None:
        super().__init__(directory, file)
        self._worst = {command: Worst(MAX_OF_A_KIND) for command in dict.fromkeys(_COMMANDS.values())}

    def article(self, result: ArticleResult) -> None:
        for segment in result.segments:
            for finding in segment.findings:
                self._worst[_COMMANDS[finding.severity]].take(segment, finding)

    def finish(self, summary: Summary) -> None:
        """The verdict first, then the worst findings. Raises CANNOT_WRITE."""
        kind = _VERDICTS[summary.verdict]
        reasons = "; ".join(reason.message for reason in summary.reasons) or "no condition of the gate was missed"
        lines = [command(kind, reasons, {"title": f"mtcheck: {summary.verdict}"})]
        for name, worst in self._worst.items():
            found = worst.ranked()[: MAX_OF_A_KIND - (name == kind)]
            lines += [_annotation(name, one, place) for one, place in zip(found, locate(found), strict=True)]
        shown = len(lines) - 1
        if shown < summary.counts.findings:
            self.remark = f"GitHub shows {shown} of {summary.counts.findings:,} findings, the worst"
            lines.append(f"mtcheck: {self.remark} (of each kind {MAX_OF_A_KIND} a step).")
        self.write("\n".join(lines) + "\n")


def _annotation(name: str, found: Found, place: Place) -> str:
    properties = {"file": place.path}
    if place.line:
        properties |= {"line": str(place.line), "endLine": str(place.line)}
    if place.columns:
        start, end = place.columns
        properties |= {"col": str(start + 1), "endColumn": str(max(start + 1, end))}
    properties["title"] = f"{found.finding.rule} ({found.finding.severity})"
    text = describe(found) if place.columns else f"{describe(found)} {within(found)}"
    return command(name, text, properties)


def command(name: str, message: str, properties: dict[str, str]) -> str:
    """A workflow command that no text can end or change."""
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


@contextmanager
def inert(log: IO[str]) -> Iterator[None]:
    """What is written to the log meanwhile holds texts, in which GitHub is not to obey commands."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    token = secrets.token_hex(16)
    log.write(f"::stop-commands::{token}\n")
    try:
        yield
    finally:
        log.write(f"::{token}::\n")
        log.flush()
