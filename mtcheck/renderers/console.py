"""The terminal: verdict first, then scores, then the worst places with the fault marked in the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mtcheck.core.results import (
    ArticleResult,
    BaselineResult,
    CorpusScores,
    FixedCopy,
    FixedSegment,
    SegmentResult,
    Summary,
)
from mtcheck.core.text import visible
from mtcheck.core.types import Finding, Score, Severity, Span, Verdict
from mtcheck.renderers._agreement import agreement_lines
from mtcheck.renderers._findings import Worst, worst_articles
from mtcheck.renderers._parts import part_lines
from mtcheck.renderers.base import RENDERERS, STDOUT, Renderer

VERDICTS = {
    Verdict.PASS: ("✔ PASS", "publish", "green"),
    Verdict.REVIEW: ("● REVIEW", "revise before publishing", "yellow"),
    Verdict.BLOCK: ("✖ BLOCK", "do not publish", "red"),
}
SEVERITIES = {
    Severity.CRITICAL: "bold white on red",
    Severity.MAJOR: "red",
    Severity.MINOR: "yellow",
    Severity.NEUTRAL: "cyan",
}
_PLACES = 12
_ARTICLES = 5
_PAIRS = 5
_PARTS = 5
_CONTEXT = 60
_UNUSED = 10
_PAGE = 120


@RENDERERS.register
class ConsoleReport(Renderer):
    """What a person at a terminal needs: publish, revise or stop, and where to look."""

    name = "console"
    filename = "-"
    about = "the run as the terminal shows it"
    is_log = True

    def __init__(self, directory: Path, file: str = "", console: Console | None = None) -> None:
        super().__init__(directory, file)
        self._console = console or Console(highlight=False)
        self._worst = Worst(_PLACES)

    def article(self, result: ArticleResult) -> None:
        self._worst.add(result)

    def finish(self, summary: Summary) -> None:
        """Show it, or write it to a file. Raises CANNOT_WRITE."""
        if self.path == STDOUT:
            self._show(summary)
            return
        with self.writing(), self.open() as file:
            self._console = Console(file=file, width=_PAGE, highlight=False)
            self._show(summary)

    def _show(self, summary: Summary) -> None:
        worst = self._worst.ranked()
        show = self._console.print
        show(_verdict(summary))
        for note in summary.notes:
            show(Text(f"Note: {visible(note)}", style="dim"))
        for table in _scores(summary.corpus):
            show(table)
        for line in part_lines(summary.breakdown, _PARTS):
            show(Text(visible(line)))
        if summary.agreement:
            show(Text("Where the models disagree", style="bold"))
            for line in agreement_lines(summary.agreement, _PAIRS):
                show(Text(visible(line)))
        if summary.baseline:
            for part in _beside(summary.baseline):
                show(part)
        articles = _worst_articles(summary)
        if articles is not None:
            show(articles)
        if worst:
            show(_rules(summary))
            show(Text(f"The worst places ({len(worst)} of {self._worst.total} findings)", style="bold"))
            for segment, finding, _ in worst:
                show(_place(segment, finding))
        for line in (*_unread(summary), *_suppressions(summary)):
            show(Text(visible(line), style="dim"))
        if summary.skipped:
            names = ", ".join(skip.rule for skip in summary.skipped)
            show(Text(f"Skipped where there is no source: {names}", style="dim"))


def show_conditions(console: Console, summary: Summary) -> None:
    """The verdict, and every condition that the policy asked with what it came to; those that decided are marked."""
    console.print(_verdict(summary))
    for note in summary.notes:
        console.print(Text(f"Note: {visible(note)}", style="dim"))
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("")
    table.add_column("condition", overflow="fold")
    for column in ("not met", "worst", "limit"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("worst in", overflow="fold")
    for condition in summary.conditions:
        decided = condition.failed > 0 and condition.verdict is summary.verdict
        word, _, colour = VERDICTS[condition.verdict if condition.failed else Verdict.PASS]
        table.add_row(
            Text(word[:1] + (" decided" if decided else ""), style=colour),
            visible(condition.condition),
            f"{condition.failed:,} of {condition.asked:,}",
            f"{condition.worst:.4g}",
            f"{condition.limit:.6g}",
            Text(visible(condition.where)),
        )
    console.print(table)


def _unread(summary: Summary) -> Iterator[str]:
    for refused in summary.refused[:_UNUSED]:
        yield f"Could not be read, {refused.where}: {refused.code} {refused.message}"
    if summary.counts.refused > _UNUSED:
        yield f"… and {summary.counts.refused - _UNUSED:,} more that could not be read (summary.json)"
    reasons: dict[str, int] = {}
    for entry in summary.left_out:
        reasons[entry.reason] = reasons.get(entry.reason, 0) + entry.count
    if reasons:
        yield f"Nothing to check in {', '.join(f'{count:,} {reason}' for reason, count in reasons.items())}"


def _suppressions(summary: Summary) -> Iterator[str]:
    if summary.suppressed:
        reasons: dict[str, list[str]] = {}
        for accepted in summary.suppressed:
            reasons.setdefault(accepted.reason, []).append(f"{accepted.findings} {accepted.rule}")
        total = sum(accepted.findings for accepted in summary.suppressed)
        listed = "; ".join(f"{', '.join(rules)} ({reason})" for reason, rules in reasons.items())
        yield f"Accepted, so not counted: {_count(total, 'finding')}: {listed}"
    for unused in summary.unused_suppressions[:_UNUSED]:
        yield f"Unused suppression, {unused}"
    if len(summary.unused_suppressions) > _UNUSED:
        yield f"… and {len(summary.unused_suppressions) - _UNUSED} more unused suppressions (summary.json)"


def show_changes(console: Console, copy: FixedCopy, segments: Sequence[FixedSegment]) -> None:
    """What was corrected in a file, as a unified diff of the translations."""
    if not copy.segments:
        console.print(Text(f"Nothing to fix in {visible(copy.file)}", style="dim"))
        return
    console.print(Text(f"--- {visible(copy.file)}\n+++ {visible(copy.copy)}", style="bold"), soft_wrap=True)
    for segment in segments:
        console.print(Text(f"@@ line {segment.origin.line} @@", style="cyan"), soft_wrap=True)
        before = segment.before
        old, new = Text("-", style="red"), Text("+", style="green")
        at = 0
        for edit in segment.edits:
            same = _between(before[at : edit.start], first=at == 0)
            old.append(same).append(revealed(before[edit.start : edit.end]), style="reverse")
            new.append(same).append(revealed(edit.text), style="reverse")
            at = edit.end
        same = _between(before[at:], last=True)
        console.print(old.append(same), soft_wrap=True)
        console.print(new.append(same), soft_wrap=True)
    if copy.segments > len(segments):
        console.print(Text(f"… and {_count(copy.segments - len(segments), 'more segment')}", style="dim"))


def revealed(text: str) -> str:
    """Changed characters: those too that are not seen, or look like others."""
    return "".join(
        f"\\u{ord(char):04x}" if char != " " and unicodedata.category(char) in ("Cf", "Zs") else char
        for char in _flat(text)
    )


def _between(text: str, *, first: bool = False, last: bool = False) -> str:
    """What lies between two changes: only the parts near them."""
    head, tail = 0 if first else _CONTEXT, 0 if last else _CONTEXT
    if len(text) <= head + tail + 1:
        return _flat(text)
    return f"{_flat(text[:head])}…{_flat(text[len(text) - tail :])}"


def _flat(text: str) -> str:
    """On one line, as a line of a diff is."""
    return visible(text).replace("\n", "↵")


def _verdict(summary: Summary) -> Panel:
    word, advice, colour = VERDICTS[summary.verdict]
    counts = summary.counts
    body = Text()
    body.append(f"{word}", style=f"bold {colour}")
    body.append(f"  {advice}\n")
    for reason in summary.reasons:
        body.append(f"{visible(reason.message)}\n")
    verdicts = counts.by_verdict
    body.append(
        f"{_count(counts.articles, 'article')} ({verdicts[Verdict.PASS]} pass, {verdicts[Verdict.REVIEW]} review, "
        f"{verdicts[Verdict.BLOCK]} block), {_count(counts.segments, 'segment')}, {_count(counts.words, 'word')}\n"
    )
    severities = ", ".join(
        f"{counts.by_severity[severity]} {severity}" for severity in reversed(Severity) if counts.by_severity[severity]
    )
    body.append(f"{_count(counts.findings, 'finding')}{': ' + severities if severities else ''}")
    return Panel(body, border_style=colour, title="mtcheck", title_align="left")


def _scores(groups: Sequence[CorpusScores]) -> Iterator[Table]:
    """A table for each kind of score, so that none is read for another and all fit the terminal."""
    kinds: dict[str, list[str]] = {}
    for name in sorted({name for group in groups for name in group.scores}):
        kinds.setdefault(_kind(name, groups), []).append(name)
    for kind, names in sorted(kinds.items()):
        table = Table(title=kind, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
        for column in ("pair", "system"):
            table.add_column(column, overflow="fold")
        table.add_column("segments", justify="right", no_wrap=True)
        for name in names:
            sample = next(group.scores[name] for group in groups if name in group.scores)
            arrow = "↑" if sample.higher_is_better else "↓"
            table.add_column(f"{name} {arrow}", justify="right", no_wrap=True)
        for group in groups:
            scored = max((group.scored.get(name, 0) for name in names), default=0)
            if scored:
                pair = f"{group.source_lang or '–'}→{group.target_lang or '?'}"
                cells = [_cell(group.scores.get(name)) for name in names]
                table.add_row(pair, Text(visible(group.system or "–")), f"{scored:,}", *cells)
        yield table


def _beside(baseline: BaselineResult) -> Iterator[RenderableType]:
    """What there is to say of the baseline: findings known and gone, and the scores before and after."""
    lacking = f", {baseline.unmatched:,} segments have no counterpart there" if baseline.unmatched else ""
    yield Text(
        f"Beside {visible(baseline.baseline)}: {_count(baseline.new, 'new finding')}, {baseline.known:,} known, "
        f"{baseline.gone:,} gone{lacking}",
        style="bold",
    )
    if not baseline.changes:
        return
    table = Table(box=None, padding=(0, 1, 0, 0))
    for column in ("pair", "system", "score"):
        table.add_column(column, overflow="fold")
    for column in ("before", "after", "95 % interval", "p"):
        table.add_column(column, justify="right", no_wrap=True)
    for change in baseline.changes:
        table.add_row(
            f"{change.source_lang or '–'}→{change.target_lang or '?'}",
            Text(visible(change.system or "–")),
            Text(change.score),
            f"{change.before:.2f}",
            f"{change.after:.2f}",
            f"{change.interval[0]:+.2f} {change.interval[1]:+.2f}",
            f"{change.p_corrected:.4f}",
            style="red" if change.worse else "",
        )
    yield table


def _kind(name: str, groups: Sequence[CorpusScores]) -> str:
    signature = next(group.scores[name].signature for group in groups if name in group.scores)
    if "|pseudo-reference:" in signature:
        return "Against the reference model's own translation (pseudo-reference)"
    if signature.startswith("nrefs:"):
        return "Against human references"
    return "By the reference model"


def _worst_articles(summary: Summary) -> Padding | None:
    """The articles that did not pass, the worst first, with what decided."""
    failed = (article for article in summary.articles if article.verdict is not Verdict.PASS and article.segments > 1)
    worst, total = worst_articles(failed, _ARTICLES)
    if not worst:
        return None
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for article in worst:
        word, _, colour = VERDICTS[article.verdict]
        system = f" [{article.system}]" if article.system else ""
        why = "; ".join(reason.message for reason in article.reasons)
        table.add_row(Text(word, style=colour), Text(visible(article.id + system)), Text(visible(why)))
    title = f"The worst articles ({len(worst)} of {total} that did not pass)"
    return Padding(Group(Text(title, style="bold"), table), (1, 0, 0, 0))


def _cell(score: Score | None) -> str:
    return "–" if score is None else f"{score.value:.2f}"


def _rules(summary: Summary) -> Padding:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for rule, count in summary.counts.by_rule.items():
        table.add_row(str(count), rule)
    return Padding(Group(Text("Findings by rule", style="bold"), table), (1, 0))


def _place(segment: SegmentResult, finding: Finding) -> RenderableType:
    head = Text()
    head.append(f" {finding.severity} ", style=SEVERITIES[finding.severity])
    head.append(f" {finding.rule} {finding.code}", style="bold")
    system = f" [{segment.system}]" if segment.system else ""
    head.append(visible(f"  {segment.id}{system}  {segment.role}  {segment.origin}"), style="dim")
    parts: list[RenderableType] = [head, Text(visible(finding.message))]
    if segment.source is not None:
        parts.append(_marked("source ", segment.source, finding.source_span, "underline"))
    parts.append(_marked("target ", segment.target, finding.target_span, f"reverse {_colour(finding.severity)}"))
    if finding.fix is not None:
        parts.append(Text(f"fix    “{visible(finding.fix.target)}”", style="green"))
    return Padding(Group(*parts), (0, 0, 1, 0))


def _colour(severity: Severity) -> str:
    return {Severity.CRITICAL: "red", Severity.MAJOR: "red", Severity.MINOR: "yellow"}.get(severity, "cyan")


def _marked(label: str, text: str, span: Span | None, style: str) -> Text:
    """The text around the span, the span marked; control characters made visible."""
    marked = Text(label, style="dim")
    start, end = span if span is not None else (0, 0)
    left, right = max(0, start - _CONTEXT), min(len(text), max(end, start) + _CONTEXT)
    marked.append(("…" if left else "") + visible(text[left:start]), style="not dim")
    if span is not None:
        marked.append(visible(text[start:end]) or "▯", style=f"not dim {style}")
    marked.append(visible(text[end:right]) + ("…" if right < len(text) else ""), style="not dim")
    return marked


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
