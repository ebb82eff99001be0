"""The progress bar says how fast a run is, what is left, and the verdict so far."""

from __future__ import annotations

import io

from rich.console import Console

import mtcheck
from mtcheck.cli.progress import Progress
from mtcheck.readers.station import Stream


def _shown(lines: dict[str, int], *, terminal: bool = True) -> str:
    records = [
        {"source": "Vägen är öppen.", "target": text, "source_lang": "sv", "target_lang": "en"}
        for text in ("The road is open.", "Ice: – – the the road is open.", " ")
    ]
    run = mtcheck.check(records=records, reference_model="none")
    assert [article.verdict.value for article in run.articles] == ["pass", "review", "block"]
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=160, no_color=True)
    with Progress(Stream((), lines=lines), quiet=False, console=console) as progress:
        for article in run.articles:
            progress.advance(article)
    return screen.getvalue()


def test_rate_and_verdict_so_far() -> None:
    shown = _shown({})
    assert "3 segments" in shown
    assert "/s" in shown
    assert "1 block, 1 review, 1 pass" in shown


def test_nothing_where_nobody_looks() -> None:
    assert _shown({}, terminal=False).strip() == ""
