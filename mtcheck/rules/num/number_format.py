from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mtcheck.core.context import SegmentContext
from mtcheck.core.languages import separators
from mtcheck.core.types import Finding, Fix, Severity
from mtcheck.rules.base import RULES, ValueRule


@RULES.register
class NumberFormat(ValueRule):
    """A number has the value of the source in the marks of another language.

    Anti-pattern: `0,25 percentage points` in English; `1.240` for 1 240.
    Best practice: the target's own decimal and grouping marks (CLDR). Versions, dates and times are not asked.
    """

    name = "number-format"
    code = "NUM003"
    severity = Severity.MINOR
    mqm = "design/locale"

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        decimal, group = separators(segment.target.lang)
        for finding in super().check(segment):
            wrong = finding.target_span.of(segment.target.value)
            whole = len(wrong) - max(wrong.find("."), wrong.find(",")) == 4
            right = wrong.replace(",", "\0").replace(".", "\0").replace("\0", group if whole else decimal)
            message = f"“{wrong}” is not how this language writes the number."
            yield replace(finding, message=message, fix=Fix(right))
