"""`mtcheck calibrate`: thresholds from translations that people accepted or rejected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mtcheck.cli.options import ConfigFile, NoCache, ReferenceModels, SourceLang, TargetLang


def calibrate(
    accepted: Annotated[
        list[str],
        typer.Argument(
            metavar="ACCEPTED...",
            help="What people accepted: directories of former runs, or files and folders, which are scored.",
            show_default=False,
        ),
    ],
    rejected: Annotated[
        list[str] | None, typer.Option(metavar="INPUT", help="What people rejected. Again for more.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A table of ids, accepted or rejected; the inputs then hold both."),
    ] = None,
    false_alarms: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Share of the accepted that may be stopped.")
    ] = 0.05,
    scores: Annotated[
        str | None, typer.Option(metavar="NAME[,NAME]", help="Only these scores. [all, of the metrics one]")
    ] = None,
    source_lang: SourceLang = None,
    target_lang: TargetLang = None,
    reference_model: ReferenceModels = None,
    no_cache: NoCache = None,
    config: ConfigFile = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the policy there; to the end of a file that has none. [print it]"),
    ] = None,
) -> None:
    """Propose the gate's thresholds, with the precision and recall that they would have had."""
    from rich.console import Console

    from mtcheck import api
    from mtcheck.cli.calibration import show
    from mtcheck.core.config import load_config
    from mtcheck.engines.calibrating import add_policy

    overrides: dict[str, Any] = {
        "source_lang": source_lang,
        "target_lang": target_lang,
        "reference_model": reference_model or None,
        "cache": False if no_cache else None,
    }
    names = [name.strip() for name in (scores or "").split(",") if name.strip()]
    found, policy = api.calibrate(
        accepted,
        rejected or (),
        labels=labels,
        false_alarms=false_alarms,
        scores=names,
        config=load_config(config, overrides),
    )
    show(Console(highlight=False), found)
    if write is None:
        typer.echo(policy, nl=False)
    else:
        add_policy(write, policy)
        typer.echo(f"the policy: {write}")


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.command()(calibrate)
