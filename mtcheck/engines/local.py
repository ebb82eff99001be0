"""The local engine: one process, articles in batches so that models get full batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mtcheck.alignment.paragraphs import align
from mtcheck.core.types import Article, ArticlePair
from mtcheck.engines.base import ENGINES, Engine, Job
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.scoring import Examined, Meter, Scored, segments_of

_BATCH_SEGMENTS = 512


@ENGINES.register
class LocalEngine(Engine):
    """Everything in this process."""

    name = "local"
    about = "one process on this machine"

    def examine(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[list[Examined]]:
        for batch in _batches(items, job):
            yield examine(batch, job.scorer.ask(segments_of(batch)), job.scorer.meter, job.inspector)


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
