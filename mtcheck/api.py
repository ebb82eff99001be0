"""The public verbs, as Python functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mtcheck.core.config import Config, load_config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ArticleResult, Comparison, InputFile, Manifest, SegmentResult, Summary
from mtcheck.core.types import Verdict
from mtcheck.engines import judging
from mtcheck.engines.base import Job
from mtcheck.engines.calibrating import Gatherer, policy_toml, read_labels, without_density
from mtcheck.engines.checkpoint import Checkpoint
from mtcheck.engines.comparison import Contest
from mtcheck.engines.ensemble import Norm
from mtcheck.engines.fixing import Fixer, OnFixed
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.manifest import make_manifest, rule_set_hash
from mtcheck.engines.regression import FormerRun
from mtcheck.engines.scoring import Scorer
from mtcheck.engines.stored import StoredRun
from mtcheck.engines.tally import Tally
from mtcheck.gate.baseline import BaselineWriter
from mtcheck.gate.calibration import Calibration
from mtcheck.gate.calibration import calibrate as fit
from mtcheck.gate.policy import Gate
from mtcheck.gate.suppression import Suppressor
from mtcheck.readers.glossary import read_glossaries
from mtcheck.readers.station import Inputs, Stream, read_inputs, read_records
from mtcheck.renderers.base import RENDERERS, STDOUT, Renderer, cannot_write
from mtcheck.renderers.comparison import write_comparison

Paths = str | Path | Sequence[str | Path]
_NO_MODEL = {"reference_model": ("none",), "norm": None}
OnArticle = Callable[[ArticleResult], None]
OnCached = Callable[[int, int], None]
"""Called with how many of the models' answers came from the cache, if any did, and how many were wanted."""


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
        output: the folder to write the run to; None writes nothing but formats with a file of their own.
        config: a Config, or a configuration file; None looks for one as the command line does.
        options: any field of Config, over the file's: `target_lang="en"`, `select=["DUP"]`. With `jobs` beyond 1 the
            calling script must keep what it does under `if __name__ == "__main__":`.

    Raises:
        MtcheckError: the input or the call was wrong.
    """
    settings = _settings(config, options)
    directory = Path(output) if output is not None else settings.output
    if records is not None:
        stream = read_records(records, settings)
    else:
        named = Inputs(_names(inputs), None if source is None else str(source), _names(target), _names(reference))
        stream = read_inputs(named, settings)
    articles: list[ArticleResult] = []
    formats = [word for word in settings.format if directory or "=" in word]
    renderers = open_renderers(formats, directory or Path())
    summary = execute(stream, settings, renderers, articles.append, directory=directory)
    return Run(summary, tuple(articles), directory)


def compare(
    inputs: Paths = (),
    *,
    source: str | Path | None = None,
    target: Paths = (),
    reference: Paths = (),
    output: str | Path | None = None,
    config: Config | str | Path | None = None,
    on_article: OnArticle | None = None,
    **options: Any,
) -> Comparison:
    """Compare systems over the same sources: `mtcheck compare` for Python.

    Args:
        inputs: former runs' directories, whose scores are used, or files, folders and patterns, which are scored.
        source, target, reference: parallel text instead; a target may be `system=path`.
        output: the folder to write the comparison to, in each `format` that it has; None writes nothing.
        config, options: as for `check`.

    Raises:
        MtcheckError: NOTHING_TO_COMPARE if no two systems translate the same sources, or the call was wrong.
    """
    settings = _settings(config, options).model_copy(update={"baseline": None, "write_baseline": None, "fix": False})
    if source is None:
        settings = _model_if_needed(settings, inputs)
    job = make_job(settings)
    contest = Contest(settings.significance, settings.gate.weights)
    files: list[InputFile] = []
    rule_sets: set[str] = set()
    groups = [Inputs((), str(source), _names(target), _names(reference))] if source is not None else _one_by_one(inputs)
    names = Counter(Path(path).name for named in groups for path in named.paths)
    for named in groups:
        alone = replace(job, tally=Tally(job.gate, sampling=True))
        judged = open_input(named, alone)
        given = named.paths[0] if named.paths else ""
        contest.enter(given if names[Path(given).name] > 1 else judged.title)
        for result in judged.results:
            contest.add(result)
            if on_article:
                on_article(result)
        corpus = alone.tally.corpus(job.scorer)
        scores = {(group.source_lang, group.target_lang, group.system): group.scores for group in corpus}
        contest.leave(alone.tally.samples(), scores)
        contest.warnings += judged.notes()
        files += judged.files()
        rule_sets.add(judged.rule_set)
    if len(rule_sets) > 1:
        contest.warnings.append("The runs were made with different rules, so their findings cannot be compared")
    compared = Comparison(
        languages=contest.languages(),
        warnings=(*contest.warnings, *job.scorer.notes()),
        p_value=settings.significance.p_value,
        resamples=settings.significance.resamples,
        trials=settings.significance.trials,
        seed=settings.significance.seed,
        manifest=make_manifest(settings, job.inspector.rules, job.scorer.cards(), files),
    )
    if output is not None:
        write_comparison(compared, Path(output), settings.format)
    return compared


def calibrate(
    accepted: Paths,
    rejected: Paths = (),
    *,
    labels: str | Path | None = None,
    false_alarms: float = 0.05,
    scores: Sequence[str] = (),
    config: Config | str | Path | None = None,
    **options: Any,
) -> tuple[Calibration, str]:
    """Propose thresholds from articles that people accepted, and from some that they rejected if there are any.

    Args:
        accepted, rejected: former runs' directories, or files, folders and patterns, which are scored.
        labels: a table of ids, each `accepted` or `rejected`; then `accepted` are inputs that hold both.
        false_alarms: the share of accepted ones that the new conditions may stop.
        scores: the only scores to look at; all that there are (of the metrics one) where none is named.
        config, options: as for `check`. The policy in it is started from, less its MQM limit.

    Returns:
        What is proposed and how good it is, and the policy as TOML.

    Raises:
        MtcheckError: BAD_CALL where there is too little to learn from, or the call was wrong.
    """
    settings = _model_if_needed(_settings(config, options), (*_names(accepted), *_names(rejected)))
    settings = settings.model_copy(
        update={"baseline": None, "write_baseline": None, "fix": False, "gate": without_density(settings.gate)}
    )
    job = make_job(settings)
    gatherer = Gatherer(settings.gate, scores)
    told = False if labels is None else read_labels(Path(labels))
    for paths, were_rejected in ((accepted, told), (rejected, True)):
        for named in _one_by_one(paths) if _names(paths) else ():
            gatherer.add(open_input(named, job).results, were_rejected)
    found = fit(gatherer.examples(), false_alarms)
    return found, policy_toml(found, settings.gate)


def judge(run: str | Path, *, config: Config | str | Path | None = None, **options: Any) -> Summary:
    """Judge a former run by another policy, without scoring it again; nothing is written.

    Args:
        run: the run's directory.
        config: as for `check`; of it the gate, the suppressions and the baseline count.
        options: any field of Config, over the file's.

    Raises:
        MtcheckError: FILE_NOT_FOUND or BAD_RUN for what is no run, or the policy is wrong.
    """
    settings = _settings(config, options)
    stored = StoredRun(Path(run))
    # Scores and findings are there already.
    job = make_job(settings.model_copy(update={**_NO_MODEL, "write_baseline": None}))
    for _ in stored_results(stored, job):
        pass
    corpus = job.tally.corpus(job.scorer)
    counts = replace(job.tally.counts(), refused=stored.summary.counts.refused)
    verdict, reasons, baseline = judging.judge_run(job, corpus, counts)
    return replace(
        stored.summary,
        verdict=verdict,
        reasons=reasons,
        counts=counts,
        corpus=corpus,
        articles=job.tally.articles,
        notes=(*stored.summary.notes, *judging.policy_notes(job, corpus)),
        suppressed=(*stored.suppressed(), *job.suppressor.suppressed()),
        conditions=job.gate.conditions(),
        baseline=baseline,
        breakdown=job.tally.breakdown(),
    )


@dataclass(frozen=True)
class JudgedInput:
    """What the user named, as articles scored, inspected and judged; the rest is complete when they are used up."""

    title: str
    results: Iterator[ArticleResult]
    rule_set: str
    notes: Callable[[], Sequence[str]]
    files: Callable[[], Sequence[InputFile]]


def open_input(named: Inputs, job: Job) -> JudgedInput:
    """A former run, with the scores and findings that it has, or an input that is scored and inspected now."""
    path = Path(named.paths[0]) if named.paths else None
    if path and StoredRun.is_one(path):
        stored = StoredRun(path)
        rule_set = stored.summary.manifest.rule_set
        return JudgedInput(path.resolve().name, stored_results(stored, job), rule_set, tuple, lambda: stored.files)
    stream = read_inputs(named, job.config)
    results = judging.run(stream.items, job)
    rule_set = rule_set_hash(job.inspector.rules)
    return JudgedInput(named.title, results, rule_set, stream.all_notes, lambda: stream.files)


def _one_by_one(paths: Paths) -> list[Inputs]:
    return [Inputs((name,)) for name in _names(paths)] or [Inputs()]


def _model_if_needed(settings: Config, paths: Paths) -> Config:
    """No reference model where all is scored already."""
    if all(StoredRun.is_one(Path(name)) for name in _names(paths)):
        return settings.model_copy(update=_NO_MODEL)
    return settings


def stored_results(run: StoredRun, job: Job) -> Iterator[ArticleResult]:
    """The articles of a former run, judged again."""
    for article, scored, found in run.articles():
        yield judging.judge(article, scored, job.suppressor.filter(article, found), job)


def make_job(
    config: Config,
    stream: Stream | None = None,
    on_fixed: OnFixed | None = None,
    directory: Path | None = None,
) -> Job:
    """All stations of a run, as the configuration says.

    `stream` is what --fix writes again; `directory` has room for what does not fit into memory.
    """
    glossary, glossary_files = read_glossaries(config.glossary)
    inspector = Inspector(config, glossary)
    former = FormerRun(config.baseline) if config.baseline else None
    scorer = Scorer(config)
    norm = Norm(config.norm, scorer.voices()) if config.norm else None
    suppressor = Suppressor(config, inspector.rules, former.findings if former else None)
    gate = Gate(config.gate, against_baseline=former is not None)
    return Job(
        config=config,
        scorer=scorer,
        inspector=inspector,
        suppressor=suppressor,
        gate=gate,
        tally=Tally(
            gate,
            sampling=former is not None and former.has_scores,
            voices=scorer.voices(),
            directory=directory,
        ),
        former=former,
        writer=BaselineWriter(config.write_baseline) if config.write_baseline else None,
        fixer=Fixer(stream, inspector, suppressor, on_fixed) if stream and config.fix else None,
        norm=norm,
        files=(*(former.files if former else ()), *(norm.files if norm else ()), *glossary_files),
    )


def open_renderers(names: Sequence[str], directory: Path) -> list[Renderer]:
    """The renderers named, each writing into `directory` or, named `NAME=FILE`, to the file; `-` is standard output.

    Raises UNKNOWN_NAME, CANNOT_WRITE, and BAD_CALL if two of them write to the same place.
    """
    renderers: dict[Path, Renderer] = {}
    for name, _, file in (word.partition("=") for word in dict.fromkeys(names)):
        kind = RENDERERS.get(name)
        folder = Path(file).parent if file else directory
        if file or kind.filename != str(STDOUT):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise cannot_write(folder, error) from None
        renderer = kind(directory, file)
        known = renderers.setdefault(renderer.path, renderer)
        if known is not renderer:
            raise MtcheckError(
                Code.BAD_CALL,
                f"the formats {known.name} and {name} both write to {renderer.place}",
                where="--format",
                mend=f"Give one of them a file, as in {name}=FILE",
            )
    return list(renderers.values())


def execute(
    stream: Stream,
    config: Config,
    renderers: Sequence[Renderer],
    on_article: OnArticle,
    on_fixed: OnFixed | None = None,
    directory: Path | None = None,
    on_cached: OnCached | None = None,
) -> Summary:
    """Take a stream of articles through all stations, and tell the renderers.

    In `directory`, if there is one, the run can be resumed until it has ended.
    """
    job = make_job(config, stream, on_fixed, directory)
    _spare_inputs(stream, renderers)
    results = judging.run(stream.items, job)
    job.checkpoint = _checkpoint(stream, job, directory)
    for renderer in renderers:
        renderer.start(job.inspector.cards())
    for result in results:
        for renderer in renderers:
            renderer.article(result)
        on_article(result)
    if job.fixer:
        job.fixer.finish()
    summary = _summarise(stream, job)
    if job.writer:
        job.writer.finish()
    for renderer in renderers:
        renderer.finish(summary)
    if job.checkpoint:
        job.checkpoint.finish()
    if on_cached and job.scorer.cache.found:
        on_cached(job.scorer.cache.found, job.scorer.cache.asked)
    return summary


def _checkpoint(stream: Stream, job: Job, directory: Path | None) -> Checkpoint | None:
    if directory is None:
        if job.config.resume:
            raise MtcheckError(
                Code.BAD_CALL,
                "a run that is written to no folder cannot be resumed",
                where="--resume",
                mend="Give the folder with --output",
            )
        return None
    return Checkpoint(directory, _manifest(stream, job), resume=job.config.resume)


def _manifest(stream: Stream, job: Job) -> Manifest:
    return make_manifest(job.config, job.inspector.rules, job.scorer.cards(), (*stream.files, *job.files))


def _spare_inputs(stream: Stream, renderers: Sequence[Renderer]) -> None:
    """Raises CANNOT_WRITE where a renderer would write over what is read."""
    read = {Path(file.file).resolve() for file in stream.files}
    for renderer in renderers:
        if renderer.path.resolve() in read:
            raise MtcheckError(
                Code.CANNOT_WRITE,
                f"the format {renderer.name} would write over a file that is read",
                where=renderer.place,
                mend=f"Give another folder with --output, or a file, as in {renderer.name}=FILE",
            )


def _summarise(stream: Stream, job: Job) -> Summary:
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
    counts = replace(job.tally.counts(), refused=stream.refused_count)
    verdict, reasons, baseline = judging.judge_run(job, corpus, counts)
    return Summary(
        verdict=verdict,
        reasons=reasons,
        counts=counts,
        corpus=corpus,
        articles=job.tally.articles,
        skipped=tuple(job.inspector.skipped()),
        notes=(
            *stream.all_notes(),
            *job.scorer.notes(),
            *(job.norm.notes() if job.norm else ()),
            *judging.policy_notes(job, corpus),
        ),
        manifest=_manifest(stream, job),
        suppressed=job.suppressor.suppressed(),
        unused_suppressions=job.suppressor.unused(),
        fixed=tuple(job.fixer.copies) if job.fixer else (),
        refused=stream.refused,
        left_out=stream.all_left_out(),
        conditions=job.gate.conditions(),
        baseline=baseline,
        agreement=job.tally.ensemble.agreement(),
        breakdown=job.tally.breakdown(),
    )


def _settings(config: Config | str | Path | None, options: Mapping[str, Any]) -> Config:
    if isinstance(config, Config):
        settings = Config.model_validate({**config.model_dump(), **options})
    else:
        settings = load_config(Path(config) if config else None, options)
    # Other processes import the script that calls, which must be written for that: they are started only if asked for.
    alone = settings.jobs == "auto" and settings.engine == "local"
    return settings.model_copy(update={"jobs": 1}) if alone else settings


def _names(paths: Paths) -> tuple[str, ...]:
    if isinstance(paths, str | Path):
        return (str(paths),)
    return tuple(str(path) for path in paths)
