"""Processes beside the main one that measure and inspect batches; models stay where they are loaded."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import TracebackType

from mtcheck.core.config import Config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.glossary import Glossary
from mtcheck.core.types import Article
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.scoring import Examined, Meter, Scored, segments_of

# Batches after which it is worth while to start processes that nobody asked for.
_MANY = 32
_MOST = 8
# Batches that wait for a worker, so that it has work when it is done with one.
_AHEAD = 2


def examine(
    articles: Sequence[Article], answers: Sequence[Scored], meter: Meter, inspector: Inspector
) -> list[Examined]:
    """A batch measured and inspected. `answers` are what models said of its segments."""
    meter.measure(segments_of(articles), answers)
    remaining = iter(answers)
    batch = [(article, [next(remaining) for _ in article.segments]) for article in articles]
    return [
        Examined(article, scored, inspector.inspect(article, [part.scores for part in scored]))
        for article, scored in batch
    ]


class Team:
    """Takes batches, gives them back examined in the same order; `jobs` processes work, of which this is one.

    With `auto` there is this one alone until the input has shown that it is large. Workers are not waited for while
    they start, so that they never make a run longer; no more batches are held than a few for each of them.

    Raises:
        MtcheckError: WORKER_LOST if the system ended one.
    """

    def __init__(self, config: Config, meter: Meter, inspector: Inspector) -> None:
        self._config = config
        self._meter = meter
        self._inspector = inspector
        self._jobs = min(processors(), _MOST) if config.jobs == "auto" else config.jobs
        self._alone = _MANY if config.jobs == "auto" else 1
        self._taken = 0
        self._pool: ProcessPoolExecutor | None = None
        self._ready: Future[None] | None = None
        self._workers: set[BaseProcess] = set()
        self._waiting: deque[Future[list[Examined]]] = deque()

    def __enter__(self) -> Team:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool and self._ready:
            if error or not self._ready.done():
                # Nobody waits for what they would say.
                for worker in self._workers:
                    worker.kill()
            self._pool.shutdown(cancel_futures=True)

    def take(self, articles: list[Article], answers: list[Scored]) -> Iterator[list[Examined]]:
        """Take one more batch, and give back what is done."""
        if self._pool is None and self._jobs > 1 and self._taken >= self._alone:
            self._start()
        self._taken += 1
        busy = sum(not batch.done() for batch in self._waiting)
        if self._pool and self._ready and self._ready.done() and busy < _AHEAD * (self._jobs - 1):
            self._waiting.append(self._submit(self._pool, articles, answers))
        else:
            done: Future[list[Examined]] = Future()
            done.set_result(examine(articles, answers, self._meter, self._inspector))
            self._waiting.append(done)
        while self._waiting and (self._waiting[0].done() or len(self._waiting) > 2 * _AHEAD * self._jobs):
            yield _result(self._waiting.popleft())

    def rest(self) -> Iterator[list[Examined]]:
        """Give back the batches that are left."""
        while self._waiting:
            yield _result(self._waiting.popleft())

    def _start(self) -> None:
        others = set(multiprocessing.active_children())
        # Threads of a model would not live on in a forked process.
        self._pool = ProcessPoolExecutor(
            self._jobs - 1,
            multiprocessing.get_context("spawn"),
            _begin,
            (self._config, self._inspector.glossary, self._meter),
        )
        # Each asks for one worker more.
        asked = [self._pool.submit(_nothing) for _ in range(self._jobs - 1)]
        self._ready = asked[0]
        self._workers = set(multiprocessing.active_children()) - others

    @staticmethod
    def _submit(pool: ProcessPoolExecutor, articles: list[Article], answers: list[Scored]) -> Future[list[Examined]]:
        try:
            return pool.submit(_work, articles, answers)
        except BrokenProcessPool:
            raise _lost() from None


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _result(batch: Future[list[Examined]]) -> list[Examined]:
    try:
        return batch.result()
    except BrokenProcessPool:
        raise _lost() from None


def _lost() -> MtcheckError:
    return MtcheckError(
        Code.WORKER_LOST,
        "the system ended a worker process, perhaps for want of memory",
        where="--jobs",
        mend="Go on with --resume and fewer jobs; a script's own work stands under `if __name__ == '__main__':`",
    )


_stations: tuple[Meter, Inspector]


def _begin(config: Config, glossary: Glossary, meter: Meter) -> None:
    """A worker's start."""
    global _stations
    # The main process ends the workers when it is interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _stations = meter, Inspector(config, glossary)


def _end_with_parent() -> None:
    """A main process that is killed cannot end its workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _nothing() -> None:
    """What a worker does first, to show that it is there."""


def _work(articles: list[Article], answers: list[Scored]) -> list[Examined]:
    return examine(articles, answers, *_stations)
