"""`mtcheck rules`: list the rules, or explain one with its cases."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def rules(
    name: Annotated[str | None, typer.Argument(help="A rule's name or code.", show_default=False)] = None,
) -> None:
    """List the rules, or explain one with examples."""
    from mtcheck.core.registry import unknown_name
    from mtcheck.rules.base import RULES

    console = Console(highlight=False)
    found = sorted(RULES, key=lambda rule: (rule.family(), rule.code))
    if name is None:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for column in ("code", "rule", "severity", "MQM category", "needs source", "what it flags"):
            table.add_column(column, overflow="fold")
        for rule in found:
            needs = "yes" if rule.needs_source else ""
            table.add_row(rule.code, rule.name, str(rule.severity), rule.mqm, needs, Text(rule.summary()))
        console.print(table)
        return
    chosen = next((rule for rule in found if name in (rule.name, rule.code)), None)
    if chosen is None:
        raise unknown_name("rule", name, [rule.name for rule in found])
    console.print(Text(f"{chosen.name} ({chosen.code})", style="bold"))
    needs = ", needs the source" if chosen.needs_source else ""
    console.print(Text(f"{chosen.severity}, {chosen.mqm}{needs}", style="dim"))
    console.print(Text("\n" + inspect.cleandoc(chosen.__doc__ or "") + "\n"))
    _show_cases(console, chosen)


def _show_cases(console: Console, rule: type) -> None:
    from mtcheck.core.text import visible
    from mtcheck.rules.cases import load_cases

    for case in load_cases(rule):
        mark, style = ("✖ flagged", "red") if case.expect else ("✔ right", "green")
        console.print(Text(f"{mark}: {case.name}", style=style))
        for segment in case.segments:
            if segment.source is not None:
                console.print(Text(f"    {visible(segment.source)}", style="dim"))
            line = Text(f"    {visible(segment.target)}")
            for expected in case.expect:
                if expected.index == segment.index and expected.text and visible(expected.text) == expected.text:
                    line.highlight_words([expected.text], style="reverse red")
            console.print(line)


def register(app: typer.Typer) -> None:
    """Hang the command on the application."""
    app.command()(rules)
