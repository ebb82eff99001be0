"""The local engine: one process, articles in batches so that models get full batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mtcheck.alignment.paragraphs import align
from mtcheck.core.results import ArticleResult, SegmentResult
from mtcheck.core.text import count_words
from mtcheck.core.types import Article, ArticlePair, Finding
from mtcheck.engines.base import ENGINES, Engine, Job
from mtcheck.engines.scoring import Scored, by_name, sum_up
from mtcheck.gate.policy import judge_article, mqm_score, segment_verdict

_BATCH_SEGMENTS = 512


@ENGINES.register
class LocalEngine(Engine):
    """Everything in this process."""

    name = "local"
    about = "one process on this machine"

    def run(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[ArticleResult]:
        for batch in _batches(items, job):
            for article, scored in zip(batch, job.scorer.score(batch), strict=True):
                result = _judge(article, scored, job.findings(article, scored), job)
                job.tally.add(result, scored)
                yield result


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


def _judge(article: Article, scored: list[Scored], found: list[tuple[Finding, ...]], job: Job) -> ArticleResult:
    gate = job.config.gate
    segments = tuple(
        SegmentResult(
            id=segment.id,
            article=segment.article,
            index=segment.index,
            role=segment.role,
            system=segment.system,
            source_lang=segment.source_lang,
            target_lang=segment.target_lang,
            source=segment.source,
            target=segment.target,
            references=segment.references,
            pseudo_reference=part.pseudo_reference,
            scores=by_name(part.scores),
            findings=findings,
            verdict=segment_verdict(findings, gate),
            origin=segment.origin,
            unit=segment.unit,
            placement=segment.placement,
        )
        for segment, part, findings in zip(article.segments, scored, found, strict=True)
    )
    findings = [finding for segment in segments for finding in segment.findings]
    words = sum(count_words(segment.target) for segment in segments)
    scores = by_name(job.scorer.total(sum_up(scored, {}), article.target_lang))
    mqm = mqm_score(findings, words, gate)
    verdict, reasons = judge_article(findings, scores, mqm, words, gate)
    return ArticleResult(
        id=article.id,
        system=article.system,
        source_lang=article.source_lang,
        target_lang=article.target_lang,
        words=words,
        scores=scores,
        mqm_score=mqm,
        verdict=verdict,
        reasons=reasons,
        notes=article.notes,
        segments=segments,
    )
