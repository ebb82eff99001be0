"""`findings.csv`: a finding a line, for spreadsheets (RFC 4180, with a byte order mark, by which Excel knows UTF-8).

A cell that a spreadsheet would compute begins with an apostrophe (OWASP, "CSV Injection"). To read it back, take one
apostrophe from every cell that has nothing but apostrophes before one of `= + - @`, a tab or a line break.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from mtcheck.core.results import ArticleResult, RuleCard, SegmentResult, Summary
from mtcheck.core.text import visible
from mtcheck.core.types import Finding
from mtcheck.renderers.base import RENDERERS, Renderer

# The wide forms are computed too, where East Asian input is.
_FORMULA = re.compile("'*[=+@\\t\\r\\n\\-＝＋－＠]")
COLUMNS = (
    "file", "line", "unit", "article", "segment", "role", "system", "source_lang", "target_lang", "rule", "code",
    "severity", "mqm", "message", "flagged", "start", "end", "source_flagged", "fix", "source", "target", "verdict",
)  # fmt: skip


@RENDERERS.register
class CsvRenderer(Renderer):
    """Every finding with its texts."""

    name = "csv"
    filename = "findings.csv"
    about = "the findings as a table (CSV)"

    def start(self, rules: Sequence[RuleCard]) -> None:  # noqa: ARG002 (they are named in each line)
        self._file = self.open("utf-8-sig")
        self._table = csv.writer(self._file)
        with self.writing():
            self._table.writerow(COLUMNS)

    def article(self, result: ArticleResult) -> None:
        with self.writing():
            for segment in result.segments:
                for finding in segment.findings:
                    self._table.writerow([_cell(value) for value in _row(segment, finding)])

    def finish(self, summary: Summary) -> None:  # noqa: ARG002 (the lines are written already)
        with self.writing():
            self._file.close()


def _row(segment: SegmentResult, finding: Finding) -> tuple[object, ...]:
    source = finding.source_span.of(segment.source or "") if finding.source_span else None
    return (
        segment.origin.file,
        segment.origin.line,
        segment.origin.unit,
        segment.article,
        segment.id,
        segment.role,
        segment.system,
        segment.source_lang,
        segment.target_lang,
        finding.rule,
        finding.code,
        finding.severity,
        finding.mqm,
        finding.message,
        finding.target_span.of(segment.target),
        *finding.target_span,
        source,
        finding.fix and finding.fix.target,
        segment.source,
        segment.target,
        segment.verdict,
    )


def _cell(value: object) -> str:
    text = "" if value is None else visible(str(value))
    return f"'{text}" if _FORMULA.match(text) else text
