"""A progress bar on standard error for long work; silent where that is not a terminal."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from mtcheck.core.results import ArticleResult
from mtcheck.readers.station import Stream


class Progress:
    """Shows how far through the input's lines the run is, and the segments done."""

    def __init__(self, stream: Stream, *, quiet: bool) -> None:
        self._lines = stream.lines
        self._at: dict[str, int] = {}
        self._segments = 0
        self._bar = Bar(
            TextColumn("checking"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[segments]:,} segments"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("checking", total=None, segments=0)

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
        total = sum(self._lines.values())
        self._bar.update(self._task, completed=sum(self._at.values()), total=total or None, segments=self._segments)
