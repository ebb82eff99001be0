"""The local engine: articles in batches, so that models get full batches and processes can share the work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtcheck.alignment.paragraphs import align
from mtcheck.core.types import Article, ArticlePair
from mtcheck.engines.base import ENGINES, Engine, Job
from mtcheck.engines.scoring import Examined, segments_of
from mtcheck.engines.workers import Team

_BATCH_SEGMENTS = 512


@ENGINES.register
class LocalEngine(Engine):
    """This process reads, asks the models and writes; it and `jobs - 1` others measure and inspect."""

    name = "local"
    about = "one or more processes on this machine"

    def examine(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[list[Examined]]:
        with Team(job.config, job.scorer.meter, job.inspector) as team:
            for batch in batches(items, job):
                yield from team.take(batch, job.scorer.ask(segments_of(batch)))
            yield from team.rest()


def batches(items: Iterable[Article | ArticlePair], job: Job) -> Iterator[list[Article]]:
    """The articles, aligned where they come as pairs, as many at a time as are examined together."""
    batch: list[Article] = []
    size = 0
    for item in items:
        article = _aligned(item, job) if isinstance(item, ArticlePair) else item
        batch.append(article)
        size += len(article.segments)
        if size >= _BATCH_SEGMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _aligned(pair: ArticlePair, job: Job) -> Article:
    model = job.scorer.embedder(pair.source_lang, pair.target_lang)
    return align(pair, model.embed if model else None)
