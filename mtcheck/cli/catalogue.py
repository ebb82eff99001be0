"""A rule explained: what it flags and why, and its cases as wrong and right examples, side by side."""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mtcheck.core.languages import language_name
from mtcheck.core.registry import unknown_name
from mtcheck.core.types import Finding
from mtcheck.renderers.console import revealed
from mtcheck.renderers.markdown import literal
from mtcheck.rules.base import RULES, Rule, SegmentRule
from mtcheck.rules.cases import Case, load_cases

_LONG = 300
_NEAR = 40
_PAIRS_IN_DOCS = 8
_BREAK = re.compile(r"(?<!\n)\n(?!\n|[-*] |Anti-pattern:|Best practice:)")
# In our own texts, what stands between backquotes is code and needs no escape.
_CODE = re.compile(r"(`[^`\n]+`)")


class Part(NamedTuple):
    """A stretch of a line of an example. `kind` is "", "flagged", "fix" or "dim"."""

    text: str
    kind: str = ""


def chosen(name: str | None) -> list[type[Rule]]:
    """The rule called so, by name or code, or all of them by family. Raises UNKNOWN_NAME."""
    rules = sorted(RULES, key=lambda rule: (rule.family(), rule.code))
    found = [rule for rule in rules if name in (None, rule.name, rule.code)]
    if not found:
        raise unknown_name("rule", name or "", [rule.name for rule in rules])
    return found


def facts(rule: type[Rule]) -> list[tuple[str, str]]:
    """What there is to know of a rule beside its text."""
    reads = "source and translation" if rule.needs_source else "the translation, and the source where there is one"
    scope = "one segment at a time" if issubclass(rule, SegmentRule) else "the whole article"
    above = sorted(other.name for other in RULES if {rule.name, rule.family()} & other.supersedes and other is not rule)
    return [
        ("severity", str(rule.severity)),
        ("MQM category", rule.mqm),
        ("evidence", f"{reads}; {scope}"),
        ("needs the source", "yes" if rule.needs_source else "no"),
        ("supersedes", ", ".join(sorted(rule.supersedes)) or "nothing"),
        ("superseded by", ", ".join(above) or "nothing"),
    ]


def explain(rule: type[Rule]) -> None:
    """Print one rule with all its cases."""
    console = Console(highlight=False)
    console.print(Text(f"{rule.name} ({rule.code})", style="bold"))
    # The lines of a paragraph are joined, for the terminal breaks them where it must.
    console.print(Text("\n" + _BREAK.sub(" ", inspect.cleandoc(rule.__doc__ or "")) + "\n"))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for key, value in facts(rule):
        table.add_row(Text(key, style="dim"), Text(value))
    console.print(table)
    console.print()
    table = Table(box=None, padding=(0, 2, 1, 0), expand=True)
    table.add_column("✖ wrong", header_style="bold red", ratio=1, overflow="fold")
    table.add_column("✔ right", header_style="bold green", ratio=1, overflow="fold")
    for pair in _pairs(rule):
        table.add_row(*(Text() if case is None else _cell(rule, case) for case in pair))
    console.print(table)


def _cell(rule: type[Rule], case: Case) -> Text:
    styles = {"": "", "flagged": "reverse red", "fix": "green", "dim": "dim"}
    cell = Text(revealed(case.name), style="bold")
    for line in _lines(rule, case):
        cell.append("\n")
        for part in line:
            cell.append(part.text, style=f"not bold {styles[part.kind]}")
    return cell


def markdown(rules: Sequence[type[Rule]]) -> str:
    """All of it as one page."""
    lines = [
        "# The rules",
        "",
        "Made by `mtcheck rules --markdown` of the rules' own texts and cases; `mtcheck rules NAME` shows one,",
        "with all its cases. What is **flagged** stands in bold; `\\u200b` and the like are characters not seen.",
        "",
        "| code | rule | severity | MQM category | needs source | what it flags |",
        "|---|---|---|---|---|---|",
    ]
    for rule in rules:
        needs = "yes" if rule.needs_source else ""
        lines.append(
            f"| {rule.code} | [{rule.name}](#{rule.name}) | {rule.severity} | {rule.mqm} | {needs} "
            f"| {_escape(rule.summary(), in_table=True)} |"
        )
    for rule in rules:
        lines += ["", f"## {rule.name}", "", _escape(inspect.cleandoc(rule.__doc__ or "")), ""]
        lines += [f"- {key}: {_escape(value)}" for key, value in [("code", rule.code), *facts(rule)]]
        lines += ["", "| ✖ wrong | ✔ right |", "|---|---|"]
        for pair in list(_pairs(rule))[:_PAIRS_IN_DOCS]:
            cells = ("" if case is None else _markdown_cell(rule, case) for case in pair)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _markdown_cell(rule: type[Rule], case: Case) -> str:
    tags = {"": ("", ""), "flagged": ("<b>", "</b>"), "fix": ("", ""), "dim": ("", "")}
    lines = [f"<i>{literal(revealed(case.name))}</i>"]
    for line in _lines(rule, case):
        lines.append("".join(f"{tags[part.kind][0]}{literal(part.text)}{tags[part.kind][1]}" for part in line))
    return "<br>".join(lines)


def _pairs(rule: type[Rule]) -> Iterator[tuple[Case | None, Case | None]]:
    """Wrong examples beside right ones."""
    cases = _cases(rule)
    yield from zip_longest([case for case in cases if case.expect], [case for case in cases if not case.expect])


@cache
def _cases(rule: type[Rule]) -> list[Case]:
    return load_cases(rule)


def _lines(rule: type[Rule], case: Case) -> Iterator[list[Part]]:
    """The example: its languages and what else goes with it, then its texts with the flagged parts and their fixes."""
    found: dict[int, list[Finding]] = {}
    for position, finding in rule().inspect(case.context):
        found.setdefault(position, []).append(finding)
    has_source = any(segment.source is not None for segment in case.segments)
    languages = [language_name(tag) for tag in (case.source_lang if has_source else None, case.target_lang) if tag]
    yield [Part(" → ".join(languages) or "language unknown", "dim")]
    for term in case.glossary:
        targets = " / ".join(term.targets) or ("(kept)" if term.keep else "–")
        forbidden = f", never {' / '.join(term.forbidden)}" if term.forbidden else ""
        yield [Part(revealed(f"glossary: {term.source or 'any'} → {targets}{forbidden}"), "dim")]
    if case.scores:
        yield [Part(", ".join(f"{name} {value:g}" for name, value in case.scores.items()), "dim")]
    if case.errors:
        yield [Part(", ".join(f"marked by a model: “{text}” ({how})" for text, how in case.errors.items()), "dim")]
    for position, segment in enumerate(case.segments):
        role = f"{segment.role}: " if len(case.segments) > 1 else ""
        if segment.source is not None:
            yield [Part(f"{role}{_short(segment.source)}", "dim")]
        findings = sorted(found.get(position, []), key=lambda finding: finding.target_span)
        yield [Part(role, "dim"), *_marked(segment.target, findings)]
        for finding in findings:
            if finding.fix is not None:
                yield [Part(f"fix: “{revealed(finding.fix.target)}”", "fix")]


def _marked(text: str, findings: Sequence[Finding]) -> Iterator[Part]:
    at = 0
    for finding in findings:
        start, end = finding.target_span
        if start < at:
            continue
        yield Part(_short(text[at:start]))
        flagged = text[start:end]
        yield Part((_short(flagged) if flagged.strip() else revealed(flagged).replace(" ", "␣")) or "▯", "flagged")
        at = end
    yield Part(_short(text[at:]) if text or findings else "(empty)")


def _short(text: str) -> str:
    """A long text without its middle, on one line."""
    if len(text) > _LONG:
        return f"{revealed(text[:_NEAR])} … {revealed(text[-_NEAR:])}"
    return revealed(text)


def _escape(text: str, *, in_table: bool = False) -> str:
    """Our own text, whose code stays code."""
    parts = [part if place % 2 else html.escape(part, quote=False) for place, part in enumerate(_CODE.split(text))]
    return "".join(parts).replace("|", "\\|") if in_table else "".join(parts)
