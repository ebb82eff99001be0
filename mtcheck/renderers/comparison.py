"""A comparison of systems at the terminal, as a page, as Markdown and as JSON: one content, four ways to write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mtcheck.core.agreement import NOTICED, SOURCE
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ComparedLanguages, ComparedPair, Comparison
from mtcheck.core.schemas import to_json
from mtcheck.core.text import shorten, visible
from mtcheck.core.types import Severity
from mtcheck.renderers.base import cannot_write
from mtcheck.renderers.html import environment, page_style

NAME = "comparison"
_SHOWN_TEXT = 400
_SEGMENTS_AT_TERMINAL = 3
# The line that intervals are drawn on, in the template's units.
_LEFT, _RIGHT = 124.0, 314.0
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|])")


@dataclass(frozen=True)
class Table:
    """A table: what it is, its header, its rows; `notes` say how to read it. The first `texts` columns are words."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: tuple[str, ...] = ()
    texts: int = 1


@dataclass(frozen=True)
class Whisker:
    """A system's score and interval, as places on the plot's line."""

    system: str
    low: float
    value: float
    high: float


@dataclass(frozen=True)
class Plot:
    """The intervals of all systems by one score, from `low` to `high`, best first."""

    title: str
    low: float
    high: float
    rows: list[Whisker]


@dataclass(frozen=True)
class Part:
    """One language pair's tables, under a heading."""

    heading: str
    tables: list[Table] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)


def parts(comparison: Comparison) -> Iterator[Part]:
    """What there is to show, in order."""
    for compared in comparison.languages:
        tables = [_scores(compared)] if compared.scored else []
        if compared.pairs:
            tables.append(_pairs(compared, comparison))
        tables += [_rules(compared), *_segments(compared)]
        pair = f"{compared.source_lang or '–'} → {compared.target_lang or '?'}"
        systems = ", ".join(system.system for system in compared.systems)
        yield Part(
            f"{pair}: {len(compared.systems)} systems ({systems}), {compared.segments:,} segments",
            tables,
            _plots(compared),
        )


def show(console: Console, comparison: Comparison) -> None:
    """The comparison at the terminal."""
    for part in parts(comparison):
        console.print(Text(visible(part.heading), style="bold"))
        segments = 0
        for table in part.tables:
            if table.title.startswith(_SEGMENT):
                segments += 1
                if segments > _SEGMENTS_AT_TERMINAL:
                    continue
            for columns in _fitting(table, console.width):
                console.print(Text())
                console.print(_rich(table, columns))
            for note in table.notes:
                console.print(Text(visible(note), style="dim"))
        console.print(Text())
    for warning in comparison.warnings:
        console.print(Text(f"Warning: {visible(warning)}", style="yellow"))


def _fitting(table: Table, width: int) -> Iterator[list[int]]:
    """The columns of each stretch of a table that fits the terminal: its words, and as many numbers as have room."""
    words = list(range(table.texts))
    if table.texts > 1:
        yield words
        return
    widths = [max(cell_len(row[at]) for row in (table.header, *table.rows)) + 1 for at in range(len(table.header))]
    taken: list[int] = []
    for at in range(table.texts, len(table.header)):
        if taken and widths[0] + sum(widths[place] for place in taken) + widths[at] > width:
            yield words + taken
            taken = []
        taken.append(at)
    yield words + taken


def _rich(table: Table, columns: Sequence[int]) -> RichTable:
    shown = RichTable(title=Text(visible(table.title)), title_justify="left", title_style="bold", box=None)
    shown.padding = (0, 1, 0, 0)
    for at in columns:
        is_text = at < table.texts
        shown.add_column(
            Text(visible(table.header[at])),
            justify="left" if is_text else "right",
            no_wrap=not is_text,
            overflow="fold",
        )
    for row in table.rows:
        shown.add_row(*(Text(visible(row[at])) for at in columns))
    return shown


def markdown(comparison: Comparison) -> str:
    """The comparison as Markdown."""
    lines = ["# Systems compared", ""]
    for warning in comparison.warnings:
        lines += [f"> {_escaped(warning)}", ""]
    for part in parts(comparison):
        lines += [f"## {_escaped(part.heading)}", ""]
        for table in part.tables:
            lines += [f"### {_escaped(table.title)}", ""]
            lines.append("| " + " | ".join(map(_escaped, table.header)) + " |")
            lines.append("|" + "|".join("---" if at < table.texts else "---:" for at in range(len(table.header))) + "|")
            lines += ["| " + " | ".join(map(_escaped, row)) + " |" for row in table.rows]
            lines.append("")
            for note in table.notes:
                lines += [_escaped(note), ""]
    return "\n".join(lines)


def page(comparison: Comparison) -> str:
    """The comparison as one HTML page that needs nothing but a browser."""
    style, allowed = page_style("report.css", "comparison.css")
    return (
        environment()
        .get_template("comparison.html.j2")
        .render(parts=list(parts(comparison)), comparison=comparison, style=style, style_hash=allowed)
    )


def _json(comparison: Comparison) -> str:
    return to_json(comparison, indent=2) + "\n"


_WRITERS = {
    "json": (".json", _json),
    "html": (".html", page),
    "markdown": (".md", markdown),
}


def write_comparison(comparison: Comparison, directory: Path, formats: Sequence[str]) -> list[Path]:
    """Write the comparison in the formats named that it has, and say where. Raises BAD_CALL, CANNOT_WRITE."""
    wanted = [_WRITERS[name] for name in dict.fromkeys(formats) if name in _WRITERS]
    if not wanted:
        raise MtcheckError(
            Code.BAD_CALL,
            f"a comparison cannot be written as {', '.join(formats)}",
            where="--format",
            mend=f"Choose from {', '.join(_WRITERS)}",
        )
    written = []
    for ending, write in wanted:
        path = directory / f"{NAME}{ending}"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            path.write_text(write(comparison), encoding="utf-8", newline="\n")
        except OSError as error:
            raise cannot_write(path, error) from None
        written.append(path)
    return written


def _scores(compared: ComparedLanguages) -> Table:
    names = list(compared.scored)
    header = ["system"]
    for name in names:
        arrow = "↑" if compared.systems[0].scores[name].higher_is_better else "↓"
        header.append(f"{name} {arrow}")
    rows = []
    for system in compared.systems:
        cells = [system.system]
        for name in names:
            score = system.scores[name]
            half = (score.interval[1] - score.interval[0]) / 2
            cells.append(f"{score.value:.2f} ±{half:.2f} ({score.rank})")
        rows.append(tuple(cells))
    notes = [
        "± half the 95 % bootstrap interval; in brackets the cluster: every system of one is significantly better "
        "than every system of a later one."
    ]
    fewer = [f"{name} {count:,}" for name, count in compared.scored.items() if count != compared.segments]
    if fewer:
        notes.append(f"Segments with a score: {', '.join(fewer)} of {compared.segments:,}.")
    return Table("Scores", tuple(header), rows, tuple(notes))


def _plots(compared: ComparedLanguages) -> list[Plot]:
    plots = []
    for name in compared.scored:
        scores = [(system.system, system.scores[name]) for system in compared.systems]
        low = min(score.interval[0] for _, score in scores)
        high = max(score.interval[1] for _, score in scores)
        scale = (_RIGHT - _LEFT) / max(high - low, 1e-9)
        scores.sort(key=lambda item: -item[1].value if item[1].higher_is_better else item[1].value)
        rows = [
            Whisker(
                system,
                *(_LEFT + (value - low) * scale for value in (score.interval[0], score.value, score.interval[1])),
            )
            for system, score in scores
        ]
        plots.append(Plot(name, low, high, rows))
    return plots


def _pairs(compared: ComparedLanguages, comparison: Comparison) -> Table:
    names = list(compared.scored)
    order = [system.system for system in compared.systems]
    by_pair: dict[tuple[str, str], dict[str, ComparedPair]] = {}
    for pair in compared.pairs:
        first, second = sorted((pair.better, pair.worse), key=order.index)
        by_pair.setdefault((first, second), {})[pair.score] = pair
    rows = []
    for (first, second), pairs in sorted(by_pair.items(), key=lambda item: tuple(map(order.index, item[0]))):
        rows.append((f"{first} – {second}", *(_difference(pairs.get(name), first) for name in names)))
    notes = [
        f"How much better the first is than the second, and in brackets the p-value of approximate randomisation "
        f"({comparison.trials:,} trials, seed {comparison.seed}); n.s.: not significant at {comparison.p_value:g}, "
        "each pair for itself."
    ]
    if any(pair.too_small for pair in compared.pairs):
        notes.append(
            f"≈ too small to matter to people: of pairs of systems that far apart, fewer than {NOTICED:.0%} are "
            f"ordered by people as by the score ({SOURCE}; measured for bleu and chrf only)."
        )
    return Table("Differences", ("systems", *names), rows, tuple(notes))


def _difference(pair: ComparedPair | None, first: str) -> str:
    if pair is None:
        return "–"
    sign = "+" if pair.better == first else "−"
    chance = f"{pair.p_randomisation:.4f}" if pair.significant else f"{pair.p_randomisation:.2f} n.s."
    return f"{sign}{pair.difference:.2f}{' ≈' if pair.too_small else ''} ({chance})"


def _rules(compared: ComparedLanguages) -> Table:
    systems = compared.systems
    totals: dict[str, int] = {}
    for system in systems:
        for rule, count in system.by_rule.items():
            totals[rule] = totals.get(rule, 0) + count
    rows = [("words", *(f"{system.words:,}" for system in systems))]
    rows.append(("MQM score of the findings", *(f"{system.mqm_score:.1f}" for system in systems)))
    for severity in reversed(Severity):
        if any(system.findings[severity] for system in systems):
            rows.append((f"severity {severity}", *(f"{system.findings[severity]:,}" for system in systems)))
    for rule in sorted(totals, key=lambda rule: (-totals[rule], rule)):
        rows.append((rule, *(f"{system.by_rule.get(rule, 0):,}" for system in systems)))
    return Table("Findings by rule", ("", *(system.system for system in systems)), rows)


_SEGMENT = "Where they differ most"


def _segments(compared: ComparedLanguages) -> Iterator[Table]:
    total = len(compared.differ_most)
    for number, segment in enumerate(compared.differ_most, start=1):
        rows = [("source", "", shorten(segment.source, _SHOWN_TEXT))]
        rows += [
            (translation.system, f"{translation.value:.1f}", shorten(translation.target, _SHOWN_TEXT))
            for translation in segment.translations
        ]
        identifier = segment.translations[0].id
        yield Table(f"{_SEGMENT}, {number} of {total}: {identifier}", ("system", segment.score, "text"), rows, texts=3)


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\1", visible(text).replace("\n", " "))
