"""`report.md`: the run in short, for job summaries, comments and wikis (GitHub Flavored Markdown).

Texts stand in code spans, names in tables as character references: neither can be anything but text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mtcheck.core.results import ArticleResult, ArticleSummary, Breakdown, Summary
from mtcheck.core.text import shorten, visible
from mtcheck.core.types import Severity, Span, Verdict
from mtcheck.renderers._agreement import agreement_lines
from mtcheck.renderers._findings import Found, Worst, cut, worst_articles
from mtcheck.renderers._parts import first, name
from mtcheck.renderers.base import RENDERERS, Renderer
from mtcheck.renderers.console import VERDICTS

# ASCII punctuation, which Markdown or HTML may read as a sign.
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_PLAIN = frozenset(",.;:?'/()%")
_TICKS = re.compile("`+")
_PLACES = 100
_ROWS = 20
_CONTEXT = 60


@RENDERERS.register
class MarkdownRenderer(Renderer):
    """Verdict, scores, the worst articles and the worst places."""

    name = "markdown"
    filename = "report.md"
    about = "the run in short (Markdown)"

    def __init__(self, directory: Path, file: str = "") -> None:
        super().__init__(directory, file)
        self._worst = Worst(_PLACES)

    def article(self, result: ArticleResult) -> None:
        self._worst.add(result)

    def finish(self, summary: Summary) -> None:
        self.write(self.text(summary))

    def text(self, summary: Summary, size: int | None = None) -> str:
        """The page, of at most `size` bytes of UTF-8: places at its end are left out, and it says how many."""
        head = "".join(f"{line}\n" for line in _head(summary))
        places = ["".join(f"{line}\n" for line in _place(found)) for found in self._worst.ranked()]
        room = None if size is None else size - len(head.encode()) - 200
        while room is not None and places and sum(len(place.encode()) for place in places) > room:
            del places[len(places) * 9 // 10 :]
        self.remark = cut(self._worst.total - len(places), f"a page has at most {_PLACES} places")
        if not places:
            return head
        title = f"\n### The worst places ({len(places)} of {self._worst.total:,} findings)\n\n"
        return head + title + "".join(places)


def _head(summary: Summary) -> Iterator[str]:
    word, advice, _ = VERDICTS[summary.verdict]
    counts = summary.counts
    yield from (f"## mtcheck: {word} – {advice}", "")
    yield from (f"- {literal(reason.message)}" for reason in summary.reasons)
    verdicts = ", ".join(f"{counts.by_verdict.get(verdict, 0):,} {verdict}" for verdict in Verdict)
    severities = ", ".join(
        f"{counts.by_severity[severity]:,} {severity}"
        for severity in reversed(Severity)
        if counts.by_severity.get(severity)
    )
    yield f"- articles: {counts.articles:,} ({verdicts}); segments: {counts.segments:,}; words: {counts.words:,}"
    yield f"- findings: {counts.findings:,}{f' ({severities})' if severities else ''}"
    yield from (f"- Note: {literal(shorten(note, 300))}" for note in summary.notes)
    yield from _scores(summary)
    for breakdown in summary.breakdown:
        yield from _parts(breakdown)
    if summary.agreement:
        yield from ("", "### Where the models disagree", "")
        yield from (f"- {literal(shorten(line, 500))}" for line in agreement_lines(summary.agreement, _ROWS))
    failed = (article for article in summary.articles if article.verdict is not Verdict.PASS)
    worst, total = worst_articles(failed, _ROWS)
    if worst:
        yield from ("", f"### Articles that did not pass ({len(worst)} of {total:,})", "")
        yield from _table(("verdict", "article", "MQM", "why"), [_article(article) for article in worst])
    if counts.by_rule:
        yield from ("", "### Findings by rule", "")
        yield from _table(("rule", "findings"), [(rule, f"{count:,}") for rule, count in counts.by_rule.items()])


def _scores(summary: Summary) -> Iterator[str]:
    scored = [group for group in summary.corpus if group.scores]
    kinds = {name: score.higher_is_better for group in scored for name, score in group.scores.items()}
    if not kinds:
        return
    head = ["pair", "system", "segments", *(f"{name} {'↑' if better else '↓'}" for name, better in kinds.items())]
    rows = []
    for group in scored[:_ROWS]:
        values = (group.scores.get(name) for name in kinds)
        rows.append(
            [
                f"{group.source_lang or '–'}→{group.target_lang or '?'}",
                group.system or "–",
                f"{group.segments:,}",
                *("–" if score is None else f"{score.value:.2f}" for score in values),
            ]
        )
    share = f" ({len(rows)} of {len(scored):,} groups)" if len(rows) < len(scored) else ""
    yield from ("", f"### Scores{share}", "")
    yield from _table(head, rows)


def _parts(breakdown: Breakdown) -> Iterator[str]:
    shown = first(breakdown, _ROWS)
    which = "the latest" if breakdown.by == "date" else "the worst"
    share = f" ({which} {len(shown)})" if len(shown) < len(breakdown.parts) or breakdown.others else ""
    yield from ("", f"### By {breakdown.by}{share}", "")
    yield from _table(
        (breakdown.by, "articles", *Verdict, "MQM"),
        [
            (
                name(breakdown, part),
                f"{part.articles:,}",
                *(f"{part.by_verdict[verdict]:,}" for verdict in Verdict),
                f"{part.mqm_score:.1f}",
            )
            for part in shown
        ],
    )


def _article(article: ArticleSummary) -> Sequence[str]:
    system = f" [{article.system}]" if article.system else ""
    why = "; ".join(reason.message for reason in article.reasons)
    return VERDICTS[article.verdict][0], article.id + system, f"{article.mqm_score:.1f}", why


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(literal(shorten(cell, 120)) for cell in row)} |"


def _place(found: Found) -> Iterator[str]:
    segment, finding = found.segment, found.finding
    where = f"{segment.id}{f' [{segment.system}]' if segment.system else ''}, {segment.role}, {segment.origin}"
    yield f"- **{finding.severity} {finding.rule}** ({finding.code}): {literal(shorten(finding.message, 300))}"
    yield f"  - {code(shorten(where, 200))}"
    if segment.source is not None:
        yield f"  - source: {_marked(segment.source, finding.source_span)}"
    yield f"  - target: {_marked(segment.target, finding.target_span)}"
    if finding.fix is not None:
        yield f"  - fix: {code(shorten(finding.fix.target, 2 * _CONTEXT)) if finding.fix.target else '(leave it out)'}"


def _marked(text: str, span: Span | None) -> str:
    """The text around the span, which stands in bold."""
    start, end = span or (0, 0)
    left, right = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    flagged = text[start:end]
    if len(flagged) > 4 * _CONTEXT:
        flagged = flagged[: 2 * _CONTEXT] + "…" + flagged[-2 * _CONTEXT :]
    parts = (
        code(("…" if left else "") + text[left:start]) if start > left else "",
        f"**{code(flagged)}**" if flagged else "▯" if span else "",
        code(text[end:right] + ("…" if right < len(text) else "")) if right > end else "",
    )
    return " ".join(part for part in parts if part) or "(empty)"


def literal(text: str) -> str:
    """Text on one line that means nothing to Markdown and HTML, in a table too."""
    flat = visible(text).replace("\n", "↵")
    return _SIGN.sub(lambda match: match[0] if match[0] in _PLAIN else f"&#{ord(match[0])};", flat)


def code(text: str) -> str:
    """Text on one line as a code span: the fence is longer than any run of backquotes in it. Not for tables."""
    flat = visible(text).replace("\n", "↵").replace("\t", "⇥") or " "
    fence = "`" * (max(map(len, _TICKS.findall(flat)), default=0) + 1)
    # One space on either side is taken away again, unless there is nothing but spaces.
    pad = " " if flat.strip(" ") and (flat[0] in "` " or flat[-1] in "` ") else ""
    return f"{fence}{pad}{flat}{pad}{fence}"
