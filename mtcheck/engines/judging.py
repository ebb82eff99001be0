"""The judging station: an article's scores and findings in, its result with a verdict out; the tally is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from mtcheck.core.results import (
    ArticleResult,
    BaselineResult,
    CorpusScores,
    Counts,
    Reason,
    ScoreChange,
    SegmentResult,
)
from mtcheck.core.types import Article, ArticlePair, Verdict
from mtcheck.engines.base import ENGINES, Engine, Job
from mtcheck.engines.regression import checks as regression_checks
from mtcheck.engines.scoring import Examined, Scored, by_name, segments_of, sum_up
from mtcheck.engines.tally import Group, by_role
from mtcheck.gate.policy import run_checks
from mtcheck.gate.suppression import Filtered


def run(items: Iterable[Article | ArticlePair], job: Job) -> Iterator[ArticleResult]:
    """One result an article, in the order given; what a checkpoint has is not scored and inspected again.

    Raises UNKNOWN_NAME, or what the engine raises where it cannot be had, at once.
    """
    return _results(iter(items), job, ENGINES.get(job.config.engine)())


def _results(items: Iterator[Article | ArticlePair], job: Job, engine: Engine) -> Iterator[ArticleResult]:
    kept = job.checkpoint
    for batch in kept.stored(items) if kept else ():
        scored = [part for examined in batch for part in examined.scored]
        job.scorer.remember(segments_of([examined.article for examined in batch]), scored)
        yield from _settled(batch, job)
    for batch in engine.examine(kept.watch(items) if kept else items, job):
        if kept:
            kept.add(batch)
        yield from _settled(batch, job)


def _settled(batch: Iterable[Examined], job: Job) -> Iterator[ArticleResult]:
    for examined in batch:
        if job.norm:
            job.norm.add(examined.article, examined.scored)
        yield judge(examined.article, examined.scored, job.settle(examined), job)


def judge(article: Article, scored: Sequence[Scored], found: Filtered, job: Job) -> ArticleResult:
    """The result of an article whose segments have these scores and findings."""
    account = job.gate.account(article.source_lang, article.target_lang, article.system)
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
            verdict=account.policy.segment_verdict(segment.role, findings),
            origin=segment.origin,
            unit=segment.unit,
            placement=segment.placement,
            known=known,
            desk=segment.desk,
            date=segment.date,
        )
        for segment, part, findings, known in zip(article.segments, scored, *found, strict=True)
    )
    for segment in segments:
        account.add(segment)
    scores = {
        role: by_name(job.scorer.total(sum_up(parts, {}), article.target_lang))
        for role, parts in by_role(segments, scored, account).items()
    }
    had_scores = job.former is not None and job.former.has_scores_of(article)
    verdict, reasons = account.judge_article(scores, article.id, known=had_scores)
    result = ArticleResult(
        id=article.id,
        system=article.system,
        source_lang=article.source_lang,
        target_lang=article.target_lang,
        words=account.whole.words,
        scores=scores[None],
        mqm_score=account.mqm_score,
        verdict=verdict,
        reasons=reasons,
        notes=article.notes,
        segments=segments,
        desk=article.desk,
        date=article.date,
    )
    job.tally.add(result, scored, account)
    return result


def judge_run(
    job: Job, corpus: Sequence[CorpusScores], counts: Counts
) -> tuple[Verdict, tuple[Reason, ...], BaselineResult | None]:
    """The run's verdict with its reasons, and what became of the baseline if there is one."""
    changes: tuple[ScoreChange, ...] = ()
    known: set[Group] = set()
    former = job.former
    if former and former.has_scores:
        changes = former.changes(job.tally, corpus, job.gate, job.config.significance)
        known = former.known_groups(job.tally)
    checks = chain(
        (("the run", check) for check in run_checks(job.tally.verdicts)),
        job.tally.checks(job.scorer, known),
        regression_checks(changes, job.gate),
    )
    verdict, reasons = job.gate.decide(checks)
    if former is None:
        return verdict, reasons, None
    accepted = sum(row.findings for row in job.suppressor.suppressed() if row.reason == former.findings.reason)
    return verdict, reasons, former.result(counts.findings, accepted, changes)


def policy_notes(job: Job, corpus: Sequence[CorpusScores]) -> list[str]:
    """What the policy asks for and nothing has."""
    names = job.gate.unheard({name for group in corpus for name in group.scores})
    return [f"The policy asks for the score '{name}', which no segment has" for name in names]
