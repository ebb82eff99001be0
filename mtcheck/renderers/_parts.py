"""Parts of a run, as several renderers list them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtcheck.core.results import Breakdown, PartOfRun
from mtcheck.core.types import Verdict


def share(part: PartOfRun, verdict: Verdict) -> float:
    """Of 100 of its articles so many."""
    return 100 * part.by_verdict[verdict] / part.articles


def in_order(breakdown: Breakdown) -> Sequence[PartOfRun]:
    """Dates as they follow each other, other parts worst first: by what is blocked, then by what is to be reviewed."""
    if breakdown.by == "date":
        return breakdown.parts

    def badness(part: PartOfRun) -> tuple[float, float, str]:
        return -share(part, Verdict.BLOCK), -share(part, Verdict.REVIEW), part.value or ""

    return sorted(breakdown.parts, key=badness)


def first(breakdown: Breakdown, most: int) -> Sequence[PartOfRun]:
    """So many parts: the latest dates, else the worst."""
    parts = in_order(breakdown)
    return parts[-most:] if breakdown.by == "date" else parts[:most]


def name(breakdown: Breakdown, part: PartOfRun) -> str:
    """What a part is called."""
    return part.value or f"(no {breakdown.by})"


def part_lines(breakdowns: Sequence[Breakdown], most: int) -> Iterator[str]:
    """How many articles are blocked in so many parts, a line for each thing that the run is broken down by."""
    for breakdown in breakdowns:
        shown = first(breakdown, most)
        listed = (f"{name(breakdown, part)} {part.by_verdict[Verdict.BLOCK]:,} of {part.articles:,}" for part in shown)
        more = ", …" if len(shown) < len(breakdown.parts) or breakdown.others else ""
        yield f"Blocked by {breakdown.by}: {', '.join(listed)}{more}"
