from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtcheck.core.assertions import (
    Modal,
    bans,
    denials,
    exemptions,
    knows_modality,
    may_doubt,
    may_verbs,
    modals,
    obligations,
    paired_sentences,
    predictions,
    rumours,
    window,
)
from mtcheck.core.context import SegmentContext
from mtcheck.core.signs import ALLOWS, EXEMPTS, FORETELLS, GOVERNS, OBLIGES, RUMOURS
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_REACH = 3
_LEAST_SHARE = 0.25
_CLAUSE_MARK = frozenset(",;:–—")


@RULES.register
class ModalityMismatch(SegmentRule):
    """What must be or will be may be in the translation, or the other way about.

    Anti-pattern: `Safety may go first` for `Säkerheten måste gå först`.
    Best practice: the same force. Words that can mean either are no contradiction; a sentence is flagged only where one
    side has words of obligation or of the future alone and the other of possibility alone, or where one says that
    something need not be and the other that it must not, or where what is only said to be is so.
    """

    name = "modality-mismatch"
    code = "ADQ008"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
    needs_source = True

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is not None and source.signs & target.signs & EXEMPTS:
            yield from self._exempts(source, target)
        if source is None:
            return
        contradicted = _may_contradict(source.signs, target.signs) or _may_contradict(target.signs, source.signs)
        if not (contradicted or source.signs & RUMOURS):
            return
        if not (knows_modality(source.lang) and knows_modality(target.lang)):
            return
        for ours, theirs in paired_sentences(source, target) if source.signs & RUMOURS else ():
            said_only = rumours(source, ours)
            if said_only and not may_doubt(target, theirs) and _says_much(segment, ours):
                message = f"“{said_only[0].of(source.value)}” is lost: the source does not say that it is so."
                yield self.finding(message, theirs, source_span=said_only[0])
        if not contradicted:
            return
        for ours, theirs in paired_sentences(source, target):
            foretold = bool(predictions(source, ours)) != bool(predictions(target, theirs))
            if not (foretold or obligations(source, ours) or obligations(target, theirs)):
                continue  # on both sides it only may be
            lost, added = denials(source, ours), denials(target, theirs)
            if bool(lost) != bool(added):
                continue  # what may not be must not be
            said, meant = modals(target, theirs), modals(source, ours)
            for word, original in _contradictions(said, meant):
                if _is_denied(target, word.span, added) or _is_denied(source, original.span, lost):
                    continue
                if _same_act(segment, word.span, theirs, original.span, ours):
                    verbs = ("obliges", "allows") if word.obliges else ("allows", "obliges")
                    yield self._contradicts(segment, word.span, original.span, *verbs)
            if not foretold or lost or "?" in source.value:
                continue  # who asks whether you will asks whether you can
            here, there = _may_be(target, theirs, said), _will_be(source, ours, meant)
            verbs = ("allows", "foretells")
            if here is None or there is None:
                here, there = _will_be(target, theirs, said), _may_be(source, ours, meant)
                verbs = ("foretells", "allows")
            if here and there and _same_act(segment, here, theirs, there, ours, reach=2, before=0):
                yield self._contradicts(segment, here, there, *verbs)

    def _exempts(self, source: Text, target: Text) -> Iterator[Finding]:
        """What need not be must not be in the translation, or the other way about."""
        for ours, theirs in paired_sentences(source, target):
            free, banned = exemptions(source, ours), bans(source, ours)
            said_free, said_banned = exemptions(target, theirs), bans(target, theirs)
            if free and not banned and said_banned and not said_free:
                original, word, verbs = free[0], said_banned[0], ("forbids", "exempts")
            elif banned and not free and said_free and not said_banned:
                original, word, verbs = banned[0], said_free[0], ("exempts", "forbids")
            else:
                continue
            said, meant = word.of(target.value), original.of(source.value)
            yield self.finding(f"“{said}” {verbs[0]} where “{meant}” {verbs[1]}.", word, source_span=original)

    def _contradicts(self, segment: SegmentContext, word: Span, original: Span, does: str, did: str) -> Finding:
        assert segment.source is not None
        said, meant = word.of(segment.target.value), original.of(segment.source.value)
        return self.finding(f"“{said}” {does} where “{meant}” {did}.", word, source_span=original)


def _may_contradict(one: int, other: int) -> bool:
    """True if a text of these signs may say that something may be where one of the other signs says that it is so."""
    return bool(one & ALLOWS and (other & OBLIGES or (one & GOVERNS and other & FORETELLS)))


def _says_much(segment: SegmentContext, sentence: Span) -> bool:
    """True if the translation says enough of a sentence to be its translation."""
    assert segment.source_content is not None
    return segment.source_content.coverage(segment.target_content, sentence).share >= _LEAST_SHARE


def _is_denied(text: Text, word: Span, negators: Sequence[Span]) -> bool:
    """True if a negator stands in the clause of a modal word."""
    gaps = [text.value[min(word.end, negator.end) : max(word.start, negator.start)] for negator in negators]
    return any(_CLAUSE_MARK.isdisjoint(gap) for gap in gaps)


def _may_be(text: Text, sentence: Span, found: Sequence[Modal]) -> Span | None:
    """The verb by which something may be, in a sentence that says nothing of what will or must be."""
    if not found or any(word.obliges for word in found) or predictions(text, sentence):
        return None
    verbs = may_verbs(text, sentence)
    return verbs[0] if verbs else None


def _will_be(text: Text, sentence: Span, found: Sequence[Modal]) -> Span | None:
    """The words by which something will be, in a sentence that says nothing else of what may or must be."""
    sure = predictions(text, sentence)
    return sure[0] if sure and all(any(word.span.overlaps(other) for other in sure) for word in found) else None


def _contradictions(said: Sequence[Modal], meant: Sequence[Modal]) -> list[tuple[Modal, Modal]]:
    """Modal words of which one surely obliges and the other surely allows.

    As many on both sides correspond in order; otherwise the first of each side speak for all, if all are alike.
    """
    if sorted((m.obliges, m.allows) for m in said) == sorted((m.obliges, m.allows) for m in meant):
        return []  # the same, in another order
    if len(said) == len(meant):
        pairs = list(zip(said, meant, strict=True))
    else:
        alike = all(len({(m.obliges, m.allows) for m in side}) == 1 for side in (said, meant))
        pairs = [(said[0], meant[0])] if alike else []
    return [
        (word, original)
        for word, original in pairs
        if (word.obliges, word.allows) == (original.allows, original.obliges) and word.obliges != word.allows
    ]


def _same_act(
    segment: SegmentContext,
    word: Span,
    theirs: Span,
    meant: Span,
    ours: Span,
    *,
    reach: int = _REACH,
    before: int = _REACH,
) -> bool:
    """True if the modal words of both sides stand beside words that correspond."""
    assert segment.source_content is not None
    near = window(segment.target_content, word, theirs, reach, before)
    keys = frozenset().union(*(word.keys for word in window(segment.source_content, meant, ours, _REACH, before)))
    return any(not word.keys.isdisjoint(keys) for word in near)
