"""The Ray engine: the stations of a run on the processors and GPUs of a Ray cluster, for what outgrows one machine.

The input is one stream, which this process alone can read, and once: standard input, archives, articles in pairs. Ray
Data has no such source (it is told the blocks before it begins, or tasks to read them, and reads them again after a
loss), and would load the models anew for each window of the stream. So batches go to Ray's actors through its pool of
them, which keeps their order; Ray moves them, makes a lost actor anew and gives it its work again.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from itertools import cycle, islice
from typing import Any, TypeVar

from mtcheck.core.config import Config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.glossary import Glossary
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Article, ArticlePair, Pair
from mtcheck.engines.base import ENGINES, Engine, Job
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.local import batches
from mtcheck.engines.scoring import Answer, Examined, Meter, Questions, Scored, Scorer, segments_of
from mtcheck.engines.workers import examine, processors
from mtcheck.references.checkpoints import first_line

T = TypeVar("T")

_ADDRESS = "RAY_ADDRESS"
_LOCAL = "local"
# Seconds in which a cluster must answer; Ray itself would try for ten minutes.
_PATIENCE = 10
# Batches that an actor has been given, so that it has work when it is done with one.
_AHEAD = 2
# Tries, of which a loss takes one or two, after which a batch is taken to be the cause of it.
_RETRIES = 10


@ENGINES.register
class RayEngine(Engine):
    """This process reads, remembers what models said, judges and writes; actors ask models, measure and inspect.

    The cluster is the one that RAY_ADDRESS names, else one of `jobs` processors on this machine for this run alone. An
    actor for each GPU, or for each machine where there is none, has the models; one for each processor inspects.
    """

    name = "ray"
    about = "the machines of a Ray cluster, or processes on this one"

    def __init__(self) -> None:
        """Raises PACKAGE_MISSING."""
        try:
            self._ray: Any = import_module("ray")
        except ImportError:
            raise MtcheckError(
                Code.PACKAGE_MISSING,
                "the package 'ray' is not installed",
                where="--engine ray",
                mend="Install it: pip install 'mtcheck[ray]'",
            ) from None

    def examine(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[list[Examined]]:
        """Raises BAD_CALL where there is no such cluster, MODEL_UNUSABLE where it has other models, WORKER_LOST."""
        waiting: deque[tuple[list[Article], Questions]] = deque()

        def asked() -> Iterator[list[list[Pair]]]:
            for batch in batches(items, job):
                waiting.append((batch, job.scorer.questions(segments_of(batch))))
                yield waiting[-1][1].pairs

        def answered(actors: Sequence[Any]) -> Iterator[tuple[list[Article], list[Scored]]]:
            for said in self._in_order(actors, lambda actor, pairs: actor.answer.remote(pairs), asked()):
                batch, questions = waiting.popleft()
                yield batch, questions.answered(said)

        with self._cluster(job.config), self._errors(), self._actors(job) as (models, inspectors):
            job.scorer.run_elsewhere(self._ray.get([actor.cards.remote() for actor in models]))
            yield from self._in_order(inspectors, lambda actor, batch: actor.examine.remote(*batch), answered(models))

    @contextmanager
    def _actors(self, job: Job) -> Iterator[tuple[list[Any], list[Any]]]:
        """Those that have the models, and those that inspect; they end with it."""
        models, inspectors = self._begun(job)
        try:
            yield models, inspectors
        finally:
            # Of themselves they would only when nothing knows them any more, such as the traceback of an error.
            for actor in (*models, *inspectors):
                self._ray.kill(actor)

    def _begun(self, job: Job) -> tuple[list[Any], list[Any]]:
        jobs = job.config.jobs
        # A cluster may have other users; with as many as are asked for, it may have to wait for them.
        there = self._ray.available_resources() if jobs == "auto" else self._ray.cluster_resources()
        number = max(1, int(there.get("CPU", 1)))
        threads = None
        if job.scorer.models:
            import torch

            threads = torch.get_num_threads()
        kind = self._ray.remote(_Actor)

        def make(**wanted: Any) -> Any:
            options = kind.options(max_restarts=-1, max_task_retries=_RETRIES, **wanted)
            return options.remote(job.config, job.scorer.meter, job.inspector.glossary, threads)

        inspectors = [make(num_cpus=1) for _ in range(number if jobs == "auto" else min(number, jobs))]
        if not job.scorer.models:
            return inspectors[:1], inspectors
        if job.config.model.device != "cpu" and (gpus := int(there.get("GPU", 0))):
            return [make(num_cpus=0, num_gpus=1) for _ in range(gpus)], inspectors
        at = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        machines = [node["NodeID"] for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        return [make(num_cpus=0, scheduling_strategy=at(one, soft=True)) for one in machines], inspectors

    def _in_order(self, actors: Sequence[Any], call: Callable[[Any, T], object], values: Iterator[T]) -> Iterator[Any]:
        """What the actors make of each value; no more values are taken than keep them busy."""
        pool = self._ray.util.ActorPool(list(islice(cycle(actors), _AHEAD * len(actors))))
        for value in values:
            if not pool.has_free():
                yield pool.get_next()
            pool.submit(call, value)
        while pool.has_next():
            yield pool.get_next()

    @contextmanager
    def _cluster(self, config: Config) -> Iterator[None]:
        """Within it there is a cluster; what was begun for it ends with it."""
        if self._ray.is_initialized():
            yield
            return
        options: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        address = os.environ.get(_ADDRESS) or _LOCAL
        if address == _LOCAL:
            # Nothing is sent anywhere, of which Ray itself would have to be asked.
            os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
            jobs = processors() if config.jobs == "auto" else config.jobs
            options |= {"num_cpus": jobs, "include_dashboard": False}
        try:
            _demand_answer(address)
            self._ray.init(address, **options)
        except Exception as error:  # Ray does not say what it raises.
            raise MtcheckError(
                Code.BAD_CALL,
                f"there is no Ray cluster to work on ({first_line(error)})",
                where=f"{_ADDRESS} {address}",
                mend="Give the address of one that runs, or none to have one on this machine",
            ) from error
        try:
            yield
        finally:
            self._ray.shutdown()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Errors as they were raised where the work is done, and one for what is lost too often."""
        try:
            yield
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except self._ray.exceptions.RayError as error:
            raise MtcheckError(
                Code.WORKER_LOST,
                f"Ray lost a worker, and again with every retry ({first_line(error)})",
                where="--engine ray",
                mend="See that all machines have mtcheck and memory enough, and go on with --resume",
            ) from None


class _Actor:
    """What works in another process. Models and rules are loaded when they are first needed."""

    def __init__(self, config: Config, meter: Meter, glossary: Glossary, threads: int | None) -> None:
        self._config = config
        self._meter = meter
        self._glossary = glossary
        self._threads = threads

    @cached_property
    def _scorer(self) -> Scorer:
        if self._threads:
            import torch

            # Sums depend on it: as many as where the run was begun, and not the one that Ray gives.
            torch.set_num_threads(self._threads)
        return Scorer(self._config)

    @cached_property
    def _inspector(self) -> Inspector:
        return Inspector(self._config, self._glossary)

    def cards(self) -> list[ModelCard]:
        return self._scorer.cards()

    def answer(self, pairs: Sequence[Sequence[Pair]]) -> list[list[Answer]]:
        return self._scorer.answer(pairs)

    def examine(self, articles: Sequence[Article], answers: Sequence[Scored]) -> list[Examined]:
        return examine(articles, answers, self._meter, self._inspector)


def _demand_answer(address: str) -> None:
    """Raises OSError where nobody listens at `HOST:PORT` or `ray://HOST:PORT`."""
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
