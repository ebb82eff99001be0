from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.assertions import (
    denials,
    has_modals,
    knows_modality,
    obligation,
    paired_sentences,
    possibility,
    window,
)
from mtcheck.core.context import SegmentContext
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_REACH = 3


@RULES.register
class ModalityMismatch(SegmentRule):
    """What must be may be in the translation, or the other way about.

    Anti-pattern: `Safety may go first` for `Säkerheten måste gå först`.
    Best practice: the same force. Words that can mean either are no contradiction; a sentence is flagged only where one
    side has words of obligation alone and the other of possibility alone.
    """

    name = "modality-mismatch"
    code = "ADQ008"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
    needs_source = True

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not (knows_modality(source.lang) and knows_modality(target.lang)):
            return
        if not (has_modals(target) and has_modals(source)):
            return
        for ours, theirs in paired_sentences(source, target):
            must, may = obligation(target, theirs), possibility(target, theirs)
            if (must is None) == (may is None):
                continue
            if denials(source, ours) or denials(target, theirs):
                continue  # what may not be must not be
            meant_must, meant_may = obligation(source, ours), possibility(source, ours)
            if must and meant_may and not meant_must and _same_act(segment, must, theirs, meant_may, ours):
                message = f"“{must.of(target.value)}” obliges where “{meant_may.of(source.value)}” allows."
                yield self.finding(message, must, source_span=meant_may)
            elif may and meant_must and not meant_may and _same_act(segment, may, theirs, meant_must, ours):
                message = f"“{may.of(target.value)}” allows where “{meant_must.of(source.value)}” obliges."
                yield self.finding(message, may, source_span=meant_must)


def _same_act(segment: SegmentContext, word: Span, theirs: Span, meant: Span, ours: Span) -> bool:
    """True if the modal words of both sides stand beside words that correspond."""
    assert segment.source_content is not None
    near = window(segment.target_content, word, theirs, _REACH)
    keys = frozenset().union(*(word.keys for word in window(segment.source_content, meant, ours, _REACH)))
    return any(not word.keys.isdisjoint(keys) for word in near)
