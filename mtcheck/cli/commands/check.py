"""`mtcheck check`: score, flag, judge, render."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mtcheck.cli.options import (
    Columns,
    ConfigFile,
    FailOn,
    Ignore,
    Metrics,
    NoCache,
    Quiet,
    Reference,
    ReferenceModels,
    Select,
    Source,
    SourceLang,
    TargetLang,
)

DEFAULT_OUTPUT = Path("reports") / "runs"
_FAILED = 1


def check(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...", help="Files, folders, patterns, or - for standard input.", show_default=False
        ),
    ] = None,
    source: Source = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[SYSTEM=]FILE",
            help="Parallel text: a translation. Again for more systems; may be a pattern.",
        ),
    ] = None,
    reference: Reference = None,
    layout: Annotated[
        str | None, typer.Option(help="Parallel text: 'lines', 'article', or 'auto'.", metavar="LAYOUT")
    ] = None,
    match: Annotated[
        str | None,
        typer.Option(metavar="id|name|KEY", help="What tells which translation is of which source document."),
    ] = None,
    columns: Columns = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Encoding of text that does not say it itself. [UTF-8]")
    ] = None,
    lenient: Annotated[
        bool | None,
        typer.Option(
            "--lenient", help="Pass over records that cannot be read; count and list them.", show_default=False
        ),
    ] = None,
    source_lang: SourceLang = None,
    target_lang: TargetLang = None,
    reference_model: ReferenceModels = None,
    norm: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", help="Rank the models' scores among a former run's, and take the mean of the ranks."
        ),
    ] = None,
    metrics: Metrics = None,
    select: Select = None,
    ignore: Ignore = None,
    glossary: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Terminology: TBX, CSV or TOML. Again for more.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN|FILE",
            help="Fail only on what got worse: than a former run's directory, or a file of accepted findings.",
        ),
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write this run's findings as accepted in later ones.")
    ] = None,
    fix: Annotated[
        bool | None,
        typer.Option(
            "--fix",
            help="Write corrected copies beside the input (NAME.fixed.EXT; of - to standard output).",
            show_default=False,
        ),
    ] = None,
    fail_on: FailOn = None,
    config: ConfigFile = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where to write the run. [reports/runs/INPUT]"),
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME[=FILE]",
            help="What to write: html, json, jsonl, csv, markdown, sarif, junit, gitlab, rdjson, github, "
            "github-summary, console. Commas, or again for more; FILE may be -. [json,jsonl,html]",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", metavar="N", help="Processes. [as many as the input is worth]"),
    ] = None,
    engine: Annotated[
        str | None, typer.Option(metavar="NAME", help="How the run is executed: local, ray (mtcheck[ray]). [local]")
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option("--resume", help="Go on with a run that was broken off.", show_default=False),
    ] = None,
    accept_license: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A model or licence whose non-commercial terms you keep. Again for more."),
    ] = None,
    no_cache: NoCache = None,
    quiet: Quiet = None,
) -> None:
    """Score, flag and judge translations; exit 0 if the gate passed, 1 if not, 2 if the call was wrong."""
    from rich.console import Console

    from mtcheck.api import execute, open_renderers
    from mtcheck.cli.progress import Progress
    from mtcheck.core.config import load_config
    from mtcheck.core.errors import Code, MtcheckError
    from mtcheck.core.results import ArticleResult, FixedCopy, FixedSegment
    from mtcheck.core.types import Verdict
    from mtcheck.readers.base import STDIN
    from mtcheck.readers.station import Inputs, read_inputs
    from mtcheck.renderers.base import STDOUT
    from mtcheck.renderers.console import ConsoleReport, show_changes
    from mtcheck.renderers.github import inert

    overrides: dict[str, Any] = {
        "source_lang": source_lang,
        "target_lang": target_lang,
        "reference_model": reference_model or None,
        "norm": norm,
        "metrics": metrics,
        "select": select or None,
        "ignore": ignore or None,
        "glossary": glossary or None,
        "baseline": baseline,
        "write_baseline": write_baseline,
        "fix": fix,
        "output": output,
        "format": format or None,
        "layout": layout,
        "match": match,
        "columns": columns or None,
        "encoding": encoding,
        "lenient": lenient,
        "jobs": jobs,
        "engine": engine,
        "resume": resume,
        "cache": False if no_cache else None,
        "quiet": quiet,
    }
    if fail_on is not None:
        overrides["gate"] = {"fail_on": fail_on}
    if accept_license:
        overrides["model"] = {"accept_license": accept_license}
    settings = load_config(config, overrides)
    named = Inputs(tuple(inputs or ()), source, tuple(target or ()), tuple(reference or ()))
    stream = read_inputs(named, settings)
    directory = settings.output or DEFAULT_OUTPUT / named.title
    formats = [word for word in settings.format if word not in (ConsoleReport.name, f"{ConsoleReport.name}=-")]
    renderers = open_renderers(formats, directory)
    piped = [renderer for renderer in renderers if renderer.path == STDOUT]
    corrects = settings.fix and STDIN in named.paths
    if piped and corrects:
        raise MtcheckError(
            Code.BAD_CALL,
            f"the corrected text and the format {piped[0].name} both go to standard output",
            where="--format",
            mend=f"Give the format a file, as in {piped[0].name}=FILE",
        )
    # With --fix, standard output is for the corrected text of standard input.
    terminal = Console(highlight=False, stderr=corrects or any(not renderer.is_log for renderer in piped))
    console = ConsoleReport(directory, console=terminal)
    fixed: list[tuple[FixedCopy, Sequence[FixedSegment]]] = []
    cached: list[tuple[int, int]] = []
    with Progress(stream, quiet=settings.quiet) as progress:

        def on_article(result: ArticleResult) -> None:
            console.article(result)
            progress.advance(result)

        # A folder that nothing is written to is not made for this alone.
        writes = settings.output is not None or any(renderer.path.parent == directory for renderer in renderers)
        summary = execute(
            stream,
            settings,
            renderers,
            on_article,
            lambda *copy: fixed.append(copy),
            directory if writes else None,
            lambda *counts: cached.append(counts),
        )
    if not settings.quiet:
        with inert(terminal.file):
            console.finish(summary)
            for copy, segments in fixed:
                show_changes(terminal, copy, segments)
            for renderer in renderers:
                remark = f" ({renderer.remark})" if renderer.remark else ""
                if renderer.path != STDOUT or remark:
                    typer.echo(f"{renderer.about}: {renderer.place}{remark}", err=terminal.stderr)
            for found, asked in cached:
                typer.echo(f"{found:,} of {asked:,} answers of models were in the cache", err=terminal.stderr)
    if summary.verdict is Verdict.BLOCK:
        raise typer.Exit(_FAILED)


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.command()(check)
