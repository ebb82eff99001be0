"""`mtcheck compare`: systems side by side over the same sources."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mtcheck.cli.options import (
    Columns,
    ConfigFile,
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

DEFAULT_OUTPUT = Path("reports") / "comparison"


def compare(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...",
            help="Directories of former runs, whose scores are used, or files and folders, which are scored.",
            show_default=False,
        ),
    ] = None,
    source: Source = None,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="[SYSTEM=]FILE", help="Parallel text: a translation. Again for more; may be a pattern."),
    ] = None,
    reference: Reference = None,
    source_lang: SourceLang = None,
    target_lang: TargetLang = None,
    reference_model: ReferenceModels = None,
    metrics: Metrics = None,
    select: Select = None,
    ignore: Ignore = None,
    columns: Columns = None,
    config: ConfigFile = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where to write the comparison. [reports/comparison]"),
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", metavar="NAME[,NAME]", help="json, html, markdown. [all]")
    ] = None,
    no_cache: NoCache = None,
    quiet: Quiet = None,
) -> None:
    """Compare systems over the same sources: scores, significance, clusters, rules, where they differ most."""
    from rich.console import Console

    from mtcheck import api
    from mtcheck.core.config import load_config
    from mtcheck.core.results import ArticleResult
    from mtcheck.renderers.comparison import show, write_comparison

    overrides: dict[str, Any] = {
        "source_lang": source_lang,
        "target_lang": target_lang,
        "reference_model": reference_model or None,
        "metrics": metrics,
        "select": select or None,
        "ignore": ignore or None,
        "columns": columns or None,
        "format": format or "json,html,markdown",
        "cache": False if no_cache else None,
        "quiet": quiet,
    }
    settings = load_config(config, overrides)
    seen = 0
    with Console(stderr=True, quiet=settings.quiet or not sys.stderr.isatty()).status("comparing") as status:

        def on_article(result: ArticleResult) -> None:
            nonlocal seen
            seen += len(result.segments)
            status.update(f"comparing, {seen:,} segments")

        compared = api.compare(
            inputs or (),
            source=source,
            target=target or (),
            reference=reference or (),
            config=settings,
            on_article=on_article,
        )
    written = write_comparison(compared, output or DEFAULT_OUTPUT, settings.format)
    if not settings.quiet:
        show(Console(highlight=False), compared)
        for path in written:
            typer.echo(str(path))


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.command()(compare)
