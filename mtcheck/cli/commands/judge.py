"""`mtcheck judge`: judge a former run again, and say what each condition of the policy came to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mtcheck.cli.options import ConfigFile, FailOn

_FAILED = 1


def judge(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run.", show_default=False)],
    baseline: Annotated[
        Path | None, typer.Option(metavar="RUN|FILE", help="Judge only what got worse since this run.")
    ] = None,
    fail_on: FailOn = None,
    config: ConfigFile = None,
) -> None:
    """Try a policy on a former run: every condition, what it came to, and which decided. Writes nothing."""
    from rich.console import Console

    from mtcheck import api
    from mtcheck.core.config import load_config
    from mtcheck.core.types import Verdict
    from mtcheck.renderers.console import show_conditions

    overrides: dict[str, Any] = {"baseline": baseline}
    if fail_on is not None:
        overrides["gate"] = {"fail_on": fail_on}
    summary = api.judge(run, config=load_config(config, overrides))
    show_conditions(Console(highlight=False), summary)
    if summary.verdict is Verdict.BLOCK:
        raise typer.Exit(_FAILED)


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.command()(judge)
