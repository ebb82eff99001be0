"""What `mtcheck calibrate` proposes, at the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mtcheck.core.text import visible
from mtcheck.gate.calibration import Calibration, Quality


def show(console: Console, calibration: Calibration) -> None:
    """The conditions, and what the policy stops: before, with them, and of what it has not seen."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("condition")
    for column in ("limit", "stops of rejected", "stops of accepted"):
        table.add_column(column, justify="right")
    for one in calibration.thresholds:
        name = ".".join(part for part in ("article", one.feature.table, one.feature.name) if part)
        table.add_row(Text(visible(name)), f"{one.limit:g}", f"{one.stops_rejected:,}", f"{one.stops_accepted:,}")
    if calibration.thresholds:
        console.print(table)
    else:
        console.print("No condition stops more of the rejected without stopping too many of the accepted.")
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("policy")
    for column in ("precision", "recall", "accepted that are stopped"):
        table.add_column(column, justify="right")
    for name, quality in (
        ("before", calibration.before),
        ("with these conditions", calibration.fitted),
        (f"cross-validated ({calibration.folds} parts)", calibration.held_out),
    ):
        table.add_row(name, *_cells(quality))
    console.print()
    console.print(table)
    console.print()


def _cells(quality: Quality) -> tuple[str, str, str]:
    precision, recall = ("–" if value is None else f"{value:.1%}" for value in (quality.precision, quality.recall))
    return precision, recall, f"{quality.false_alarms:.1%} ({quality.stopped_accepted:,} of {quality.accepted:,})"
