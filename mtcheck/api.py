"""The public verbs, as Python functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mtcheck.core.config import Config, load_config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ArticleResult, InputFile, SegmentResult, Summary
from mtcheck.core.types import Verdict
from mtcheck.engines.base import ENGINES, Job
from mtcheck.engines.fixing import Fixer, OnFixed
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.manifest import make_manifest
from mtcheck.engines.scoring import Scorer
from mtcheck.engines.tally import Tally
from mtcheck.gate.baseline import BaselineWriter
from mtcheck.gate.policy import judge_run
from mtcheck.gate.suppression import Suppressor
from mtcheck.readers.glossary import read_glossaries
from mtcheck.readers.station import Inputs, Stream, read_inputs, read_records
from mtcheck.renderers.base import RENDERERS, Renderer, cannot_write

Paths = str | Path | Sequence[str | Path]
OnArticle = Callable[[ArticleResult], None]


@dataclass(frozen=True)
class Run:
    """What a check produced. `directory` is None where nothing was written."""

    summary: Summary
    articles: tuple[ArticleResult, ...]
    directory: Path | None

    @property
    def verdict(self) -> Verdict:
        return self.summary.verdict

    @property
    def segments(self) -> tuple[SegmentResult, ...]:
        """All segments, in order."""
        return tuple(segment for article in self.articles for segment in article.segments)


def check(
    inputs: Paths = (),
    *,
    source: str | Path | None = None,
    target: Paths = (),
    reference: Paths = (),
    records: Iterable[Mapping[str, Any]] | None = None,
    output: str | Path | None = None,
    config: Config | str | Path | None = None,
    **options: Any,
) -> Run:
    """Score, flag and judge translations: `mtcheck check` for Python.

    Args:
        inputs: files, folders or patterns.
        source, target, reference: parallel text instead; a target may be `system=path`.
        records: pairs or articles in the native form instead, as dictionaries.
        output: the folder to write the run to; None writes nothing.
        config: a Config, or a configuration file; None looks for one as the command line does.
        options: any field of Config, over the file's: `target_lang="en"`, `select=["DUP"]`.

    Raises:
        MtcheckError: the input or the call was wrong.
    """
    if isinstance(config, Config):
        settings = Config.model_validate(config.model_dump() | options)
    else:
        settings = load_config(Path(config) if config else None, options)
    directory = Path(output) if output is not None else settings.output
    if records is not None:
        stream = read_records(records, settings)
    else:
        named = Inputs(_names(inputs), None if source is None else str(source), _names(target), _names(reference))
        stream = read_inputs(named, settings)
    articles: list[ArticleResult] = []
    renderers = open_renderers(settings.format, directory) if directory else []
    summary = execute(stream, settings, renderers, articles.append)
    return Run(summary, tuple(articles), directory)


def open_renderers(names: Sequence[str], directory: Path) -> list[Renderer]:
    """The renderers named, writing into `directory`. Raises UNKNOWN_NAME, CANNOT_WRITE."""
    classes = [RENDERERS.get(name) for name in dict.fromkeys(names)]
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(directory, error) from None
    return [renderer(directory) for renderer in classes]


def execute(
    stream: Stream,
    config: Config,
    renderers: Sequence[Renderer],
    on_article: OnArticle,
    on_fixed: OnFixed | None = None,
) -> Summary:
    """Take a stream of articles through all stations, and tell the renderers."""
    engine = ENGINES.get(config.engine)()
    glossary, glossary_files = read_glossaries(config.glossary)
    inspector = Inspector(config, glossary)
    suppressor = Suppressor(config, inspector.rules)
    job = Job(
        config=config,
        scorer=Scorer(config),
        inspector=inspector,
        suppressor=suppressor,
        tally=Tally(config.gate),
        baseline=BaselineWriter(config.write_baseline) if config.write_baseline else None,
        fixer=Fixer(stream, inspector, suppressor, on_fixed) if config.fix else None,
    )
    for result in engine.run(stream.items, job):
        for renderer in renderers:
            renderer.article(result)
        on_article(result)
    if job.fixer:
        job.fixer.finish()
    summary = _summarise(stream, job, glossary_files)
    if job.baseline:
        job.baseline.finish()
    for renderer in renderers:
        renderer.finish(summary)
    return summary


def _summarise(stream: Stream, job: Job, glossary_files: Sequence[InputFile]) -> Summary:
    corpus = job.tally.corpus(job.scorer)
    if not job.tally.articles:
        refused = stream.refused_count
        records = "records" if refused > 1 else "record"
        first = f": {refused:,} {records} could not be read, first {stream.refused[0].where}" if refused else ""
        raise MtcheckError(
            Code.NO_INPUT,
            f"there was nothing to check{first}",
            where="the input",
            mend="Give a file with translations",
        )
    verdict, reasons = judge_run(job.tally.verdicts, corpus, job.config.gate)
    return Summary(
        verdict=verdict,
        reasons=reasons,
        counts=replace(job.tally.counts(), refused=stream.refused_count),
        corpus=corpus,
        articles=tuple(job.tally.articles),
        skipped=tuple(job.inspector.skipped()),
        notes=(*stream.all_notes(), *job.scorer.notes()),
        manifest=make_manifest(
            job.config,
            job.inspector.rules,
            job.scorer.cards(),
            (*stream.files, *job.suppressor.files(), *glossary_files),
        ),
        suppressed=job.suppressor.suppressed(),
        unused_suppressions=job.suppressor.unused(),
        fixed=tuple(job.fixer.copies) if job.fixer else (),
        refused=stream.refused,
        left_out=stream.all_left_out(),
    )


def _names(paths: Paths) -> tuple[str, ...]:
    if isinstance(paths, str | Path):
        return (str(paths),)
    return tuple(str(path) for path in paths)
