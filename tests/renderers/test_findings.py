"""The worst findings of a run: as many as asked for, the right ones, whatever the order they come in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from runs import segment

from mtcheck.core.types import Severity
from mtcheck.renderers._findings import Worst


@given(st.lists(st.sampled_from(Severity), max_size=60), st.integers(1, 9))
def test_the_worst_are_kept_in_reading_order(severities: list[Severity], limit: int) -> None:
    worst = Worst(limit)
    for number, severity in enumerate(severities):
        one = segment(str(number), severity=severity)
        worst.take(one, one.findings[0])
    ordered = sorted(range(len(severities)), key=lambda number: (-severities[number].rank, number))
    assert [int(found.segment.target) for found in worst.ranked()] == ordered[:limit]
    assert worst.total == len(severities)
