"""The local engine: one process, articles in batches so that models get full batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtcheck.alignment.paragraphs import align
from mtcheck.core.types import Article, ArticlePair
from mtcheck.engines.base import ENGINES, Engine, Job
from mtcheck.engines.scoring import Examined

_BATCH_SEGMENTS = 512


@ENGINES.register
class LocalEngine(Engine):
    """Everything in this process."""

    name = "local"
    about = "one process on this machine"

    def examine(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[list[Examined]]:
        for batch in _batches(items, job):
            yield [
                Examined(article, scored, job.inspector.inspect(article, [part.scores for part in scored]))
                for article, scored in zip(batch, job.scorer.score(batch), strict=True)
            ]


def _batches(items: Iterable[Article | ArticlePair], job: Job) -> Iterator[list[Article]]:
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
