from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class SuspectedError(SegmentRule):
    """A reference model takes these words for an error.

    Anti-pattern: `The Riksdag rejected the bill.` where the source says that it was adopted.
    Best practice: what the source says. The severity is the model's, and only models that mark errors have any
    (xCOMET); a finding of another rule on the same words goes before.
    """

    name = "suspected-error"
    code = "ADQ010"
    severity = Severity.MAJOR
    mqm = "accuracy"
    of = "scores"
    gives_way_to = frozenset({"ADQ", "DOC", "DUP", "LANG", "LEAK", "NAME", "NUM", "TERM"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        for name, score in segment.scores.items():
            for error in score.errors or ():
                message = (
                    f"The model {name} takes this for a {error.severity} error (confidence {error.confidence:.0%})."
                )
                yield replace(self.finding(message, Span(error.start, error.end)), severity=error.severity)
