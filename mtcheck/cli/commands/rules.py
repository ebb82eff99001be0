"""`mtcheck rules`: list the rules, explain one with its cases, or write all of it as Markdown."""

from __future__ import annotations

import shutil
import textwrap
from typing import Annotated

import typer


def rules(
    context: typer.Context,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Explain in Markdown: all rules, as in docs/rules.md, or the one named.")
    ] = False,
) -> None:
    """List the rules, or explain the one with this name or code, with examples."""
    # The name is read here, because an argument with a type costs typer the import of pydantic.
    if len(context.args) > 1:
        raise typer.BadParameter("give one name at most")
    name = context.args[0] if context.args else None
    if name is None and not markdown:
        _list()
        return
    from mtcheck.cli import catalogue

    chosen = catalogue.chosen(name)
    if markdown:
        typer.echo(catalogue.markdown(chosen), nl=False)
    else:
        catalogue.explain(chosen[0])


def _list() -> None:
    """Plain lines, quick to print: the rules by family, what needs the source marked so."""
    from mtcheck.rules.outline import outlines

    found = outlines()
    width = max(len(rule.name) for rule in found)
    columns = shutil.get_terminal_size().columns
    family = found[0].family
    for rule in found:
        if rule.family != family:
            family = rule.family
            typer.echo()
        head = f"{rule.code:8} {rule.name:{width}}  {rule.severity:8}  "
        summary = rule.summary + (" (needs the source)" if rule.needs_source else "")
        typer.echo(textwrap.fill(summary, max(columns, 80), initial_indent=head, subsequent_indent=" " * len(head)))


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.command(options_metavar="[OPTIONS] [NAME]", context_settings={"allow_extra_args": True})(rules)
