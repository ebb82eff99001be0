"""A progress bar on standard error for long work, with the verdict so far; silent where that is not a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from mtcheck.core.results import ArticleResult
from mtcheck.core.types import Verdict
from mtcheck.readers.station import Stream


class Progress:
    """Shows how far through the input's lines the run is, the segments done, how fast, and the articles' verdicts.

    The time that is left is known where the input's lines are: not of what is packed.
    """

    def __init__(self, stream: Stream, *, quiet: bool, console: Console | None = None) -> None:
        self._lines = stream.lines
        self._at: dict[str, int] = {}
        self._segments = 0
        self._bar = Bar(
            TextColumn("checking"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[segments]:,} segments, {task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[verdict]}"),
            console=console or Console(stderr=True),
            transient=True,
            disable=quiet or not (console.is_terminal if console else sys.stderr.isatty()),
        )
        self._verdicts: Counter[Verdict] = Counter()
        self._task = self._bar.add_task("checking", total=None, segments=0, rate=0.0, verdict="")

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, result: ArticleResult) -> None:
        """One more article is done."""
        if self._bar.disable:
            return
        self._segments += len(result.segments)
        origin = result.segments[-1].origin
        self._at[origin.file] = origin.line or 0
        self._verdicts[result.verdict] += 1
        elapsed = self._bar.tasks[0].elapsed
        self._bar.update(
            self._task,
            completed=sum(self._at.values()),
            total=sum(self._lines.values()) or None,
            segments=self._segments,
            rate=self._segments / elapsed if elapsed else 0.0,
            verdict=", ".join(
                f"{count:,} {verdict}" for verdict in reversed(Verdict) if (count := self._verdicts[verdict])
            ),
        )
