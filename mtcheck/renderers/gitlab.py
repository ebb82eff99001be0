"""`gl-code-quality-report.json`: what GitLab shows in merge requests (docs.gitlab.com, "Code Quality").

GitLab shows a description as plain text, so nothing is escaped in it but control characters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from mtcheck.core.results import ArticleResult, RuleCard, Summary
from mtcheck.core.text import visible
from mtcheck.core.types import Severity
from mtcheck.renderers._findings import Fingerprints, Found, describe, repository_path, within
from mtcheck.renderers.base import RENDERERS, Renderer

_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.MAJOR: "major",
    Severity.MINOR: "minor",
    Severity.NEUTRAL: "info",
}


@RENDERERS.register
class GitLabRenderer(Renderer):
    """Findings as GitLab's Code Quality reports list them."""

    name = "gitlab"
    filename = "gl-code-quality-report.json"
    about = "the findings for GitLab's merge requests (Code Quality)"

    def __init__(self, directory: Path, file: str = "") -> None:
        super().__init__(directory, file)
        self._fingerprints = Fingerprints()
        self._comma = "["

    def start(self, rules: Sequence[RuleCard]) -> None:  # noqa: ARG002 (GitLab shows names only)
        self._file = self.open()

    def article(self, result: ArticleResult) -> None:
        with self.writing():
            for segment in result.segments:
                for finding in segment.findings:
                    entry = json.dumps(self._entry(Found(segment, finding, 0)), ensure_ascii=False)
                    self._file.write(f"{self._comma}\n{entry}")
                    self._comma = ","

    def finish(self, summary: Summary) -> None:  # noqa: ARG002 (the report has findings only)
        with self.writing():
            self._file.write("[]\n" if self._comma == "[" else "\n]\n")
            self._file.close()

    def _entry(self, found: Found) -> dict[str, object]:
        path = repository_path(found.segment.origin.file)
        known = "{}\0{}\0{}".format(path, *self._fingerprints.of(found))
        return {
            "description": f"{describe(found)} {within(found)}",
            "check_name": found.finding.rule,
            # Of two entries with the same fingerprint GitLab shows one.
            "fingerprint": hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest(),
            "severity": _SEVERITIES[found.finding.severity],
            "location": {"path": visible(path), "lines": {"begin": found.segment.origin.line or 1}},
        }
