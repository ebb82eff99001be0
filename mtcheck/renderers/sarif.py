"""`mtcheck.sarif`: SARIF 2.1.0, as code scanning on GitHub, Azure DevOps and editors read it.

GitHub's limits ("SARIF support for code scanning", docs.github.com) are kept: a file that has more than 25,000 results
or 10 MB packed is refused there, and of its results the 5,000 worst are shown.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mtcheck.core.results import ArticleResult, RuleCard, Summary
from mtcheck.renderers._findings import LEVELS, Fingerprints, Found, Place, Worst, cut, describe, locate, within
from mtcheck.renderers.base import RENDERERS, Renderer

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
MAX_SHOWN = 5_000
MAX_PACKED = 10_000_000
_MAX_TEXT = 1024  # of a short or full description
_PROBLEM = {"error": "error", "warning": "warning", "note": "recommendation"}


@RENDERERS.register
class SarifRenderer(Renderer):
    """Findings as results, the worst first; rules with their help."""

    name = "sarif"
    filename = "mtcheck.sarif"
    about = "the findings for code scanning (SARIF 2.1.0), worst first"

    def __init__(self, directory: Path, file: str = "") -> None:
        super().__init__(directory, file)
        self._worst = Worst(MAX_RESULTS)
        self._rules: dict[str, dict[str, Any]] = {}

    def start(self, rules: Sequence[RuleCard]) -> None:
        self._rules = {rule.name: _rule(rule) for rule in rules}

    def article(self, result: ArticleResult) -> None:
        self._worst.add(result)

    def finish(self, summary: Summary) -> None:
        """Write the file, with as many results as its reader takes. Raises CANNOT_WRITE."""
        found = self._worst.ranked()
        results = self._results(found)
        text = self._text(summary, results)
        while results and (size := len(gzip.compress(text.encode("utf-8", "backslashreplace"), 6))) > MAX_PACKED:
            del results[int(len(results) * 0.9 * MAX_PACKED / size) :]
            text = self._text(summary, results)
        self.write(text)

    def _results(self, found: Sequence[Found]) -> list[dict[str, Any]]:
        fingerprints = Fingerprints()
        known = {one.number: fingerprints.of(one) for one in sorted(found, key=lambda one: one.number)}
        for one in found:
            # A rule of which nobody told.
            self._rules.setdefault(one.finding.rule, {"id": one.finding.rule})
        index = {name: position for position, name in enumerate(self._rules)}
        return [
            _result(one, place, index[one.finding.rule], "{}:{}".format(*known[one.number]))
            for one, place in zip(found, locate(found), strict=True)
        ]

    def _text(self, summary: Summary, results: Sequence[dict[str, Any]]) -> str:
        limits = f"GitHub takes {MAX_RESULTS:,} results and {MAX_PACKED // 1_000_000} MB packed"
        self.remark = cut(self._worst.total - len(results), limits)
        if not self.remark and len(results) > MAX_SHOWN:
            self.remark = f"GitHub shows the {MAX_SHOWN:,} worst of its {len(results):,} results"
        notes = [note for note in (self.remark, *summary.notes) if note]
        counts = summary.counts
        run = {
            "tool": {
                "driver": {
                    "name": "mtcheck",
                    "version": summary.manifest.mtcheck,
                    "language": "en",
                    "rules": list(self._rules.values()),
                }
            },
            "columnKind": "unicodeCodePoints",
            "invocations": [
                {
                    "executionSuccessful": True,
                    "toolExecutionNotifications": [
                        {"level": "note", "message": {"text": _no_links(note)}} for note in notes
                    ],
                }
            ],
            "results": results,
            "properties": {
                "verdict": summary.verdict,
                "reasons": [reason.message for reason in summary.reasons],
                "articles": counts.articles,
                "segments": counts.segments,
                "findings": counts.findings,
            },
        }
        return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _rule(rule: RuleCard) -> dict[str, Any]:
    level = LEVELS[rule.severity]
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary[:_MAX_TEXT]},
        "fullDescription": {"text": rule.text.partition("\n\n")[0].replace("\n", " ")[:_MAX_TEXT]},
        "help": {"text": rule.text, "markdown": rule.text},
        "defaultConfiguration": {"level": level},
        "properties": {
            "code": rule.code,
            "severity": rule.severity,
            "mqm": rule.mqm,
            "problem.severity": _PROBLEM[level],
            "tags": ["translation", rule.mqm],
        },
    }


def _result(found: Found, place: Place, rule: int, fingerprint: str) -> dict[str, Any]:
    segment, finding = found.segment, found.finding
    text = describe(found) if place.columns else f"{describe(found)} {within(found)}"
    region = _region(place)
    artifact = _artifact(place.path)
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": _no_links(text)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": region | ({"snippet": {"text": found.flagged}} if place.columns else {}),
                },
                "logicalLocations": [{"fullyQualifiedName": segment.id}],
            }
        ],
        # The property by which GitHub knows an alert again, together with rule and file.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        "properties": {
            "severity": finding.severity,
            "mqm": finding.mqm,
            "article": segment.article,
            "system": segment.system,
            "role": segment.role,
            "source": segment.source,
            "target": segment.target,
            "targetSpan": finding.target_span,
            "sourceSpan": finding.source_span,
            "fix": finding.fix and finding.fix.target,
        },
    }
    if finding.fix is not None and place.whole:
        replacement = {"deletedRegion": region, "insertedContent": {"text": finding.fix.target}}
        result["fixes"] = [{"artifactChanges": [{"artifactLocation": artifact, "replacements": [replacement]}]}]
    return result


def _region(place: Place) -> dict[str, int]:
    # Code scanning asks for a line; what has none is shown at the file's first.
    line = place.line or 1
    if place.columns is None:
        return {"startLine": line}
    start, end = place.columns
    return {"startLine": line, "startColumn": start + 1, "endLine": line, "endColumn": end + 1}


def _artifact(path: str) -> dict[str, str]:
    """A file in the repository, or anywhere."""
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path.encode("utf-8", "surrogateescape"), safe="/!"), "uriBaseId": "%SRCROOT%"}


def _no_links(text: str) -> str:
    """Text in which `[…](…)` is no link (SARIF 2.1.0, 3.11.6)."""
    return text.replace("](", "\\](")
