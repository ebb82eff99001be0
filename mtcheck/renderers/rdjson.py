"""`mtcheck.rdjson`: the Reviewdog Diagnostic Format, from which review bots write comments and suggestions.

Its columns are 1-based and count bytes of UTF-8 (github.com/reviewdog/reviewdog, proto/rdf).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mtcheck.core.results import ArticleResult, Summary
from mtcheck.core.text import visible
from mtcheck.core.types import Severity
from mtcheck.renderers._findings import Found, Place, Worst, cut, describe, locate, within
from mtcheck.renderers.base import RENDERERS, Renderer

MAX_DIAGNOSTICS = 25_000
_SEVERITIES = {
    Severity.CRITICAL: "ERROR",
    Severity.MAJOR: "WARNING",
    Severity.MINOR: "INFO",
    Severity.NEUTRAL: "INFO",
}


@RENDERERS.register
class RdjsonRenderer(Renderer):
    """Findings as diagnostics, the worst first, with suggestions where the file's line is the translation."""

    name = "rdjson"
    filename = "mtcheck.rdjson"
    about = "the findings for review bots (rdjson, as reviewdog reads it), worst first"

    def __init__(self, directory: Path, file: str = "") -> None:
        super().__init__(directory, file)
        self._worst = Worst(MAX_DIAGNOSTICS)

    def article(self, result: ArticleResult) -> None:
        self._worst.add(result)

    def finish(self, summary: Summary) -> None:  # noqa: ARG002 (the format has findings only)
        found = self._worst.ranked()
        diagnostics = [_diagnostic(one, place) for one, place in zip(found, locate(found), strict=True)]
        self.remark = cut(self._worst.total - len(found), f"{MAX_DIAGNOSTICS:,} are told")
        self.write(
            json.dumps({"source": {"name": "mtcheck"}, "diagnostics": diagnostics}, ensure_ascii=False, indent=1)
        )


def _diagnostic(found: Found, place: Place) -> dict[str, Any]:
    where: dict[str, Any] = {"start": {"line": place.line or 1}}
    if place.octets:
        start, end = place.octets
        where = {"start": {"line": place.line, "column": start + 1}, "end": {"line": place.line, "column": end + 1}}
    diagnostic: dict[str, Any] = {
        "message": describe(found) if place.columns else f"{describe(found)} {within(found)}",
        "location": {"path": visible(place.path), "range": where},
        "severity": _SEVERITIES[found.finding.severity],
        "code": {"value": found.finding.rule},
    }
    if found.finding.fix is not None and place.whole:
        diagnostic["suggestions"] = [{"range": where, "text": found.finding.fix.target}]
    return diagnostic
