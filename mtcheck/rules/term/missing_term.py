from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.context import SegmentContext
from mtcheck.core.glossary import Term
from mtcheck.core.terms import find_term
from mtcheck.core.text import shorten
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule


@RULES.register
class MissingTerm(SegmentRule):
    """The glossary's translation of a term is not there.

    Anti-pattern: `reduced schedules` where the glossary has `short-time work` for `Kurzarbeit`.
    Best practice: one of the accepted translations, in any inflected form; a term to be kept, as it is.
    """

    name = "missing-term"
    code = "TERM001"
    severity = Severity.MAJOR
    mqm = "terminology/wrong-term"
    needs_source = True
    of = "terms"

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not target:
            return
        for term in segment.terms:
            if term.source is None or not (term.targets or term.keep):
                continue
            place = next(find_term(source, term.source, case_sensitive=term.case_sensitive), None)
            if place is None or _has(segment, _accepted(term), term) or _has(segment, term.forbidden, term):
                continue  # what is forbidden instead is forbidden-term's
            wanted = " or ".join(f"“{shorten(word)}”" for word in _accepted(term))
            message = f"“{shorten(term.source)}” must be {wanted}."
            yield self.finding(message, Span(0, len(target.value)), source_span=place)


def _accepted(term: Term) -> tuple[str, ...]:
    kept = (term.source,) if term.keep and term.source is not None else ()
    return (*term.targets, *kept)


def _has(segment: SegmentContext, words: tuple[str, ...], term: Term) -> bool:
    return any(any(find_term(segment.target, word, case_sensitive=term.case_sensitive)) for word in words)
