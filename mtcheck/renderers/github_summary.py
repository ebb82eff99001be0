"""The job summary: the page that GitHub Actions shows for a run.

It is added to the file that `GITHUB_STEP_SUMMARY` names. GitHub refuses one of more than 1 MiB a step ("Workflow
commands for GitHub Actions", docs.github.com).
"""

from __future__ import annotations

import os
from pathlib import Path

from mtcheck.core.results import Summary
from mtcheck.renderers.base import RENDERERS, STDOUT
from mtcheck.renderers.markdown import MarkdownRenderer

MAX_SIZE = 1 << 20
_VARIABLE = "GITHUB_STEP_SUMMARY"


@RENDERERS.register
class GithubSummaryRenderer(MarkdownRenderer):
    """The Markdown report, added to the step's summary."""

    name = "github-summary"
    filename = "github-summary.md"
    about = "the job summary of GitHub Actions"

    def __init__(self, directory: Path, file: str = "") -> None:
        super().__init__(directory, file or os.environ.get(_VARIABLE, ""))

    def finish(self, summary: Summary) -> None:
        """Add the page to what the step has said before. Raises CANNOT_WRITE."""
        if self.path == STDOUT:
            self.write(self.text(summary, MAX_SIZE))
            return
        with self.writing(), self.path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(self.text(summary, MAX_SIZE - file.tell()))
