from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.assertions import (
    denials,
    deniers,
    knows_denials,
    may_deny,
    may_stand_for,
    may_verbs,
    paired_sentences,
    rules_out,
    window,
)
from mtcheck.core.content import Content
from mtcheck.core.context import SegmentContext
from mtcheck.core.signs import DENIES, RULES_OUT
from mtcheck.core.text import Text
from mtcheck.core.types import Finding, Role, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

_REACH = 2
_LEAST_SHARE = 0.25
# Words of a sentence whose verb denies that the other side has too.
_LEAST_COVERED = 2
# Content words of a sentence that leaves no room to deny something in other words.
_BRIEF = 7
# A letter or an apostrophe in the wrong encoding.
_BROKEN = re.compile("\ufffd|â€|Ã")
_BREAKING = frozenset("\ufffdâÃ")
_RULED_OUT = "One side rules out, or advises against, what the other does not."


@RULES.register
class NegationMismatch(SegmentRule):
    """One side denies what the other says.

    Anti-pattern: `The loot has been recovered` for `Bytet har inte återfunnits`.
    Best practice: the same truth. A sentence is flagged only where one side has a word that negates and nothing on the
    other side can: no other negator, no un- or -less, no verb such as fail or refuse; or where one side rules out, or
    advises against, what the other does not.
    """

    name = "negation-mismatch"
    code = "ADQ007"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
    needs_source = True

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not (source.signs | target.signs) & (DENIES | RULES_OUT):
            return
        if not (knows_denials(source.lang) and knows_denials(target.lang)):
            return
        headline = segment.role in (Role.HEADLINE, Role.SUBHEAD)
        if not target.chars.isdisjoint(_BREAKING) and _BROKEN.search(target.value):
            return  # a letter in the wrong encoding may hide a negator: isnâ€™t
        mine, other = segment.source_content, segment.target_content
        assert mine is not None
        for ours, theirs in paired_sentences(source, target):
            if "?" in ours.of(source.value)[-2:] + theirs.of(target.value)[-2:]:
                continue  # who asks whether it is not so asks whether it is
            lost, added = denials(source, ours), denials(target, theirs)
            if headline and not (_opens(lost, source) and _opens_with_denied(lost[0], mine, ours, other, theirs)):
                continue  # telegraphic: whether its idea is denied is hardly to be told from its words
            out = rules_out(source, ours), rules_out(target, theirs)
            if any(out):
                # As much is denied if one side has neither or both have both; or if the other has another word for it.
                here, there = (target, theirs) if out[0] else (source, ours)
                same = bool(lost) == bool(added) if all(out) else lost or added or may_deny(here, there)
                covered = mine.coverage(other, ours)
                if not same and covered.share >= _LEAST_SHARE and covered.covered >= _LEAST_COVERED:
                    yield self.finding(_RULED_OUT, theirs, source_span=ours)
                continue
            if lost and not added and not may_stand_for(mine, ours, other, theirs, befores=not headline):
                said = _is_said(mine, ours, lost, other, theirs)
                message = f"The source denies this: “{lost[0].of(source.value)}”."
            elif added and not lost and not may_stand_for(other, theirs, mine, ours, befores=not headline):
                said = _is_said(other, theirs, added, mine, ours)
                message = f"The source does not deny this: “{added[0].of(target.value)}”."
            else:
                continue
            if said:
                yield self.finding(message, theirs, source_span=ours)


def _opens(negators: list[Span], text: Text) -> bool:
    """True if a headline's only negator is its first word, or the first after who says it."""
    return len(negators) == 1 and (not (before := text.value[: negators[0].start].strip()) or before[-1] in ":–—-")


def _opens_with_denied(negator: Span, denied: Content, sentence: Span, other: Content, theirs: Span) -> bool:
    """True if the other headline has the very word that is denied where the one has the negator."""
    focus = denied.within(Span(negator.end, sentence.end))[:1]
    if not focus or not denied.text.value[negator.end : denied.text.word(focus[0].at).start].isspace():
        return False
    found = [word.at for word in other.within(theirs) if not word.keys.isdisjoint(focus[0].keys)]
    return bool(found) and _opens([Span(*other.text.word(found[0])[1:])], other.text)


def _is_done(denied: Text, negator: Span, sentence: Span, other: Text, theirs: Span) -> bool:
    """True if one side cannot do what the other can: the modal verb stands beside the negator."""
    return bool(may_verbs(other, theirs)) and any(
        denied.value[min(negator.end, verb.end) : max(negator.start, verb.start)].isspace()
        for verb in may_verbs(denied, sentence)
    )


def _keys(content: Content, span: Span) -> frozenset[str]:
    """All that the words of a part can mean."""
    return frozenset().union(*(word.keys for word in content.within(span)))


def _is_said(denied: Content, sentence: Span, negators: list[Span], other: Content, theirs: Span) -> bool:
    """True if the other side says what is denied: not a paraphrase, as `expected` is of `not unexpected`."""
    if len(negators) > 1:
        return False
    near = window(denied, negators[0], sentence, _REACH)
    alike = frozenset().union(*(word.keys for word in deniers(other, theirs)))
    places = [denied.text.words[word.at] for word in near if word.keys.isdisjoint(alike)]
    if any(may_deny(denied.text, Span(place.start, place.end), beside_negators=False) for place in places):
        return False
    keys = _keys(other, theirs)
    covered = denied.coverage(other, sentence).share >= _LEAST_SHARE
    # So short a sentence leaves no room to say it in other words.
    brief = max(len(denied.within(sentence)), len(other.within(theirs))) <= _BRIEF
    if covered and _is_done(denied.text, negators[0], sentence, other.text, theirs):
        return True
    focus = denied.within(Span(negators[0].end, sentence.end))[:1]
    if focus and denied.text.value[negators[0].end : denied.text.words[focus[0].at].start].isspace():
        if covered and not focus[0].keys.isdisjoint(keys):
            return True  # the very word that is denied
        if brief and not focus[0].known:
            return True  # nothing speaks for another way to say it
    if brief and denied.coverage(other, sentence).covered:
        return True
    said = sum(1 for word in near if not word.keys.isdisjoint(keys))
    unsaid = sum(1 for word in near if word.known) - said
    return covered and said > 0 and unsaid <= said
