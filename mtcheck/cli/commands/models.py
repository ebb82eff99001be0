"""`mtcheck models`: what reference models there are, and fetching one on request."""

from __future__ import annotations

from typing import Annotated

import typer

models = typer.Typer(help="List, fetch and show reference models.", no_args_is_help=False, invoke_without_command=True)


@models.callback()
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_models()


@models.command("list")
def list_models() -> None:
    """List the families of reference models."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from mtcheck.references.base import REFERENCES

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("name", "about"):
        table.add_column(column)
    for family in REFERENCES:
        table.add_row(family.name, Text(family.about))
    Console(highlight=False).print(table)


@models.command("show")
def show(name: Annotated[str, typer.Argument(help="family or family:id")]) -> None:
    """Load a model and show its card: capabilities, languages, licence, hash."""
    from mtcheck.core.config import Config
    from mtcheck.core.schemas import to_json
    from mtcheck.engines.scoring import load_model

    typer.echo(to_json(load_model(name, Config()).card, indent=2))


@models.command("pull")
def pull(
    name: Annotated[str, typer.Argument(help="family:id, as in hf:Helsinki-NLP/opus-mt-sv-en")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.")] = None,
) -> None:
    """Fetch a model from its hub; nothing is ever fetched unless asked for here."""
    from mtcheck.references.base import REFERENCES

    family, _, identifier = name.partition(":")
    typer.echo(str(REFERENCES.get(family).pull(identifier, revision)))


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.add_typer(models, name="models")
