from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.terms import find_term
from mtcheck.core.text import shorten
from mtcheck.core.types import Finding, Severity
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class ForbiddenTerm(SegmentRule):
    """A word stands in the translation that the glossary forbids.

    Anti-pattern: `commune` for `kommun` where the glossary wants `municipality`.
    Best practice: the glossary's word. An entry with a source term forbids only where the source has it.
    """

    name = "forbidden-term"
    code = "TERM002"
    severity = Severity.MAJOR
    mqm = "terminology/wrong-term"
    of = "terms"
    supersedes = frozenset({"missing-term", "inconsistent-term"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        for term in segment.terms:
            if not term.forbidden:
                continue
            if source and term.source and not any(find_term(source, term.source, case_sensitive=term.case_sensitive)):
                continue
            better = f"; use “{shorten(term.targets[0])}”" if term.targets else ""
            for word in term.forbidden:
                for span in find_term(target, word, case_sensitive=term.case_sensitive):
                    yield self.finding(f"The glossary forbids “{shorten(word)}”{better}.", span)
