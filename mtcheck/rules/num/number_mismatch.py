from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from mtcheck.core.context import SegmentContext
from mtcheck.core.numbers import Number
from mtcheck.core.text import shorten
from mtcheck.core.types import Finding, Severity, Span
from mtcheck.rules.base import RULES, SegmentRule

# Up to here numbers are often reworded: both, a pair, twice, half.
_SMALL = Decimal(12)
# Lengths, weights, volumes and areas that reporters convert: factor from one unit to the other.
_CONVERSIONS = tuple(
    Decimal(factor)
    for factor in ("1.609", "0.3048", "0.4536", "3.785", "2.54", "0.4047", "0.9144", "2.59", "10", "1.852", "28.35")
)
_TOLERANCE = Decimal("0.04")


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
        lost = [number for number in source.numbers if number.firm and not _found(number, target.numbers)]
        added = [number for number in target.numbers if number.firm and not _found(number, source.numbers)]
        if lost and added:
            yield from self._changed(segment, lost, added)
            return
        for number in added:
            if _is_heavy(number) and not _is_converted(number, source.numbers):
                said = shorten(number.span.of(target.value))
                yield self.finding(f"{said} is not in the source.", number.span)
        for number in lost:
            if _is_heavy(number) and not _is_converted(number, target.numbers):
                said = shorten(number.span.of(source.value))
                whole = Span(0, len(target.value))
                yield self.finding(f"{said} is missing from the translation.", whole, source_span=number.span)

    def _changed(self, segment: SegmentContext, lost: Sequence[Number], added: Sequence[Number]) -> Iterator[Finding]:
        assert segment.source is not None  # noqa: S101 (the caller's condition)
        left = list(lost)
        for number in added:
            if any(_converts(number, other) for other in lost):
                continue
            said = shorten(number.span.of(segment.target.value))
            partner = min(left, key=lambda other: _distance(number, other), default=None)
            if partner is None:
                if _is_heavy(number):
                    yield self.finding(f"{said} is not in the source.", number.span)
                continue
            left.remove(partner)
            meant = shorten(partner.span.of(segment.source.value))
            yield self.finding(f"{said} stands for {meant}.", number.span, source_span=partner.span)


def _found(number: Number, others: Sequence[Number]) -> bool:
    return any(number.agrees(other) for other in others)


def _is_heavy(number: Number) -> bool:
    """A value that nobody rewords into nothing."""
    return number.weight > _SMALL or any(
        value.amount is not None and value.amount % 1 for value in number.values
    )


def _is_converted(number: Number, others: Sequence[Number]) -> bool:
    return any(_converts(number, other) for other in others)


def _converts(one: Number, other: Number) -> bool:
    """True if a unit conversion leads from one value to the other, within rounding."""
    for a in _amounts(one):
        for b in _amounts(other):
            for factor in _CONVERSIONS:
                if any(abs(x * factor - y) <= _TOLERANCE * y for x, y in ((a, b), (b, a))):
                    return True
            # Fahrenheit and Celsius.
            if any(abs(x * Decimal("1.8") + 32 - y) <= 1 for x, y in ((a, b), (b, a))):
                return True
    return False


def _amounts(number: Number) -> list[Decimal]:
    return [value.amount for value in number.values if value.amount]


def _distance(one: Number, other: Number) -> float:
    """How unlike two mentions are: digits in common count more than nearness of value."""
    a, b = str(one.weight), str(other.weight)
    shared = len(set(a) & set(b)) / max(len(set(a) | set(b)), 1)
    return 1.0 - shared + (0.1 if one.scaled != other.scaled else 0.0)
