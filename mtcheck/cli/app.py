"""The application that the commands hang on."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Annotated

import typer

app = typer.Typer(
    name="mtcheck",
    help="Check machine translations: scores, flagged artefacts, a verdict.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Help in colours and completion import too much for an answer at once.
    rich_markup_mode=None,
    add_completion=False,
    # A value that is a truth value already is not converted, which would import pydantic.
    context_settings={"help_option_names": ["-h", "--help"], "default_map": {"help": False, "rules": {"help": False}}},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"mtcheck {version('mtcheck')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


# Every file in cli/commands is a command and registers itself.
for _found in pkgutil.iter_modules(import_module("mtcheck.cli.commands").__path__):
    import_module(f"mtcheck.cli.commands.{_found.name}").register(app)
