"""`mtcheck models`: what reference models there are, and fetching one on request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mtcheck.cli.options import ConfigFile

if TYPE_CHECKING:
    from rich.console import Console

    from mtcheck.references.base import Present

models = typer.Typer(help="List, fetch and show reference models.", no_args_is_help=False, invoke_without_command=True)

_SOURCE = typer.Option("-s", "--source-lang", metavar="TAG", help="Only models that fit this source language.")
_TARGET = typer.Option("-t", "--target-lang", metavar="TAG", help="Only models that fit this target language.")
_SHOWN = 12


@models.callback()
def _default(
    context: typer.Context,
    source_lang: Annotated[str | None, _SOURCE] = None,
    target_lang: Annotated[str | None, _TARGET] = None,
) -> None:
    if context.invoked_subcommand is None:
        list_models(source_lang, target_lang)


@models.command("list")
def list_models(
    source_lang: Annotated[str | None, _SOURCE] = None, target_lang: Annotated[str | None, _TARGET] = None
) -> None:
    """List the models that are on this machine, some that can be fetched, and the families. Nothing is fetched."""
    from rich.console import Console

    from mtcheck.core.errors import Code, MtcheckError
    from mtcheck.core.languages import check_tag, language_name
    from mtcheck.references.base import REFERENCES
    from mtcheck.references.checkpoints import known_models

    if (source_lang is None) != (target_lang is None):
        raise MtcheckError(
            Code.BAD_CALL, "a language pair has two languages", where="mtcheck models", mend="Give both -s and -t"
        )
    here = [model for family in REFERENCES for model in family.present()]
    title = "on this machine"
    if source_lang is not None and target_lang is not None:
        source_lang, target_lang = check_tag(source_lang, where="-s"), check_tag(target_lang, where="-t")
        here = [model for model in here if model.fits(source_lang, target_lang)]
        title += f", for {language_name(source_lang)} to {language_name(target_lang)}"
    console = Console(highlight=False)
    _print(console, title, [(model.name, model.licence, _languages(model)) for model in here])
    _print(
        console,
        "worth fetching with mtcheck models pull",
        [
            (name, known.licence, f"{known.gigabytes:g} GB; {known.about}")
            for name, known in known_models().items()
            if name not in {model.name for model in here}
        ],
    )
    _print(console, "families", [(family.name, family.about) for family in REFERENCES])


def _languages(model: Present) -> str:
    if model.pairs is not None and len(model.pairs) == 1:
        return " → ".join(model.pairs[0])
    if model.languages is None:
        return "languages not stated"
    more = len(model.languages) - _SHOWN
    return " ".join(model.languages[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _print(console: Console, title: str, rows: Sequence[Sequence[str]]) -> None:
    """Each row's first words in a line, the last below them: names are to be copied whole, and are long."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text(title, style="bold"))
    for *first, last in rows:
        console.print(Padding(Text("  ".join(first)), (0, 2), expand=False))
        console.print(Padding(Text(last), (0, 2, 0, 6), expand=False))
    if not rows:
        console.print(Text("  none"))
    console.print()


@models.command("show")
def show(name: Annotated[str, typer.Argument(help="family or family:id")]) -> None:
    """Load a model and show its card: capabilities, languages, licence, hash."""
    from mtcheck.core.config import Config, ModelConfig
    from mtcheck.core.schemas import to_json
    from mtcheck.engines.scoring import load_model

    # To read a licence is not to use the model.
    config = Config(model=ModelConfig(accept_license=(name,)))
    typer.echo(to_json(load_model(name, config).card, indent=2))


@models.command("pull")
def pull(
    name: Annotated[str, typer.Argument(help="family:id, as in hf:Helsinki-NLP/opus-mt-sv-en")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.")] = None,
) -> None:
    """Fetch a model from its hub and say its licence; nothing is ever fetched unless asked for here."""
    from mtcheck.references.base import REFERENCES

    family, _, identifier = name.partition(":")
    chosen = REFERENCES.get(family)
    typer.echo(str(chosen.pull(identifier, revision)))
    for model in chosen.present():
        if model.name == name:
            typer.echo(f"licence: {model.licence}", err=True)


@models.command("cache")
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Forget all of them.")] = False,
    config: ConfigFile = None,
) -> None:
    """Show where answers of models are kept between runs, how many there are and how much room they take."""
    import sqlite3

    from mtcheck.core.config import load_config
    from mtcheck.core.errors import Code, MtcheckError
    from mtcheck.references.cache import Cache

    kept = Cache(load_config(config).cache)
    try:
        if clear:
            kept.clear()
        count, size = kept.size()
    except (OSError, sqlite3.Error) as error:
        raise MtcheckError(
            Code.CANNOT_WRITE,
            f"the cache cannot be used: {error}",
            where=str(kept.file),
            mend="Empty it with mtcheck models cache --clear, or do without it (--no-cache)",
        ) from None
    typer.echo(f"{kept.folder}: {count:,} groups of answers, {size / 1e6:.1f} MB")


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.add_typer(models, name="models")
