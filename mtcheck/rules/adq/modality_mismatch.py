from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtcheck.core.assertions import (
    Modal,
    denials,
    knows_modality,
    modals,
    paired_sentences,
    window,
)
from mtcheck.core.context import SegmentContext
from mtcheck.core.signs import ALLOWS, OBLIGES
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
        mine, other = source.signs, target.signs
        if not (mine & OBLIGES and other & ALLOWS) and not (mine & ALLOWS and other & OBLIGES):
            return
        for ours, theirs in paired_sentences(source, target):
            if denials(source, ours) or denials(target, theirs):
                continue  # what may not be must not be
            for word, meant in _contradictions(modals(target, theirs), modals(source, ours)):
                if _same_act(segment, word.span, theirs, meant.span, ours):
                    verbs = ("obliges", "allows") if word.obliges else ("allows", "obliges")
                    said, original = word.span.of(target.value), meant.span.of(source.value)
                    message = f"“{said}” {verbs[0]} where “{original}” {verbs[1]}."
                    yield self.finding(message, word.span, source_span=meant.span)


def _contradictions(said: Sequence[Modal], meant: Sequence[Modal]) -> Iterator[tuple[Modal, Modal]]:
    """Modal words of which one surely obliges and the other surely allows.

    As many on both sides correspond in order; otherwise the first of each side speak for all, if all are alike.
    """
    if sorted((m.obliges, m.allows) for m in said) == sorted((m.obliges, m.allows) for m in meant):
        return  # the same, in another order
    if len(said) == len(meant):
        pairs = list(zip(said, meant, strict=True))
    else:
        alike = all(len({(m.obliges, m.allows) for m in side}) == 1 for side in (said, meant))
        pairs = [(said[0], meant[0])] if alike else []
    for word, original in pairs:
        if (word.obliges, word.allows) == (original.allows, original.obliges) and word.obliges != word.allows:
            yield word, original


def _same_act(segment: SegmentContext, word: Span, theirs: Span, meant: Span, ours: Span) -> bool:
    """True if the modal words of both sides stand beside words that correspond."""
    assert segment.source_content is not None
    near = window(segment.target_content, word, theirs, _REACH)
    keys = frozenset().union(*(word.keys for word in window(segment.source_content, meant, ours, _REACH)))
    return any(not word.keys.isdisjoint(keys) for word in near)
