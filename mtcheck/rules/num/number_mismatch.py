from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from mtcheck.core.codes import SpanIndex
from mtcheck.core.context import SegmentContext
from mtcheck.core.numbers import Number
from mtcheck.core.text import shorten
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

# Up to here numbers are often reworded: both, a pair, twice, half.
_SMALL = Decimal(12)
_PERCENT = re.compile(
    r"\s?(?:%|per ?cent|procent|prosent|prozent|prosenttia|pour ?cent|por ?ciento|per cento)", re.IGNORECASE
)
_SHARES = {Decimal(share) for share in (10, 20, 25, 30, 33, 40, 50, 60, 66, 67, 70, 75, 80, 90, 100)}
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


@RULES.register
class NumberMismatch(SegmentRule):
    """A number of the source is another in the translation, or is lost.

    Anti-pattern: `3,5 miljarder` as `3.5 million`; `1 240` as `1,420`.
    Best practice: the same value in the target's own form. Values are compared, not strings: `14.30` is
    `2:30 p.m.`, `tolv` is `12`, `1800-talet` the 19th century, and a converted unit is right.
    """

    name = "number-mismatch"
    code = "NUM001"
    severity = Severity.MAJOR
    mqm = "accuracy/mistranslation"
    needs_source = True
    supersedes = frozenset({"magnitude-mismatch"})

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        source, target = segment.source, segment.target
        if source is None or not target:
            return
        lost = _without_counterpart(source.numbers, target.numbers)
        added = _without_counterpart(target.numbers, source.numbers)
        if lost and added:
            yield from self._changed(segment, lost, added)
            return
        asides = SpanIndex([Span(*match.span()) for match in _ASIDE.finditer(target.value)])
        for number in added:
            # An editor's conversion or explanation in brackets is no fault of the translation.
            in_aside = asides.overlaps(number.span)
            if _is_heavy(number) and not in_aside and not _is_round_share(number, target.value):
                said = shorten(number.span.of(target.value))
                yield self.finding(f"{said} is not in the source.", number.span)
        for number in lost:
            if _is_heavy(number) and not _is_round_share(number, source.value):
                said = shorten(number.span.of(source.value))
                whole = Span(0, len(target.value))
                yield self.finding(f"{said} is missing from the translation.", whole, source_span=number.span)

    def _changed(self, segment: SegmentContext, lost: Sequence[Number], added: Sequence[Number]) -> Iterator[Finding]:
        assert segment.source is not None
        left = list(lost)
        for number in added:
            said = shorten(number.span.of(segment.target.value))
            partner = min(left, key=lambda other: _distance(number, other), default=None)
            if partner is None:
                if _is_heavy(number):
                    yield self.finding(f"{said} is not in the source.", number.span)
                continue
            left.remove(partner)
            meant = shorten(partner.span.of(segment.source.value))
            yield self.finding(f"{said} stands for {meant}.", number.span, source_span=partner.span)


def _without_counterpart(numbers: Sequence[Number], others: Sequence[Number]) -> list[Number]:
    """The firm numbers that agree with none of the others."""
    shared = {value for other in others for value in other.values}
    # Numbers that say the same are asked about once: tables repeat theirs.
    distinct = list({(other.values, other.parts, other.scaled, other.unit): other for other in others}.values())
    return [
        number
        for number in numbers
        if number.firm and not number.values & shared and not any(number.agrees(other) for other in distinct)
    ]


def _is_heavy(number: Number) -> bool:
    """A value that nobody rewords into nothing."""
    return number.weight > _SMALL or any(value.amount is not None and value.amount % 1 for value in number.values)


def _is_round_share(number: Number, text: str) -> bool:
    """20 per cent may be a fifth, 75 per cent three out of four."""
    return _PERCENT.match(text, number.span.end) is not None and any(amount in _SHARES for amount in number.amounts)


def _distance(one: Number, other: Number) -> float:
    """How unlike two mentions are: digits in common count more than nearness of value."""
    a, b = str(one.weight), str(other.weight)
    shared = len(set(a) & set(b)) / max(len(set(a) | set(b)), 1)
    return 1.0 - shared + (0.1 if one.scaled != other.scaled else 0.0)
