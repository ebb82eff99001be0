"""The report that a desk reads: one HTML file that needs nothing but a browser.

The verdict, the scores and the pictures are written here, so they show without JavaScript. The articles
go into the page as JSON and are drawn by `templates/report.js` when they come into view. Everything
that was checked is hostile text: Jinja escapes it, and the script writes text nodes only.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mtcheck.core.results import ArticleResult, ArticleSummary, Summary
from mtcheck.core.schemas import to_json
from mtcheck.core.text import visible
from mtcheck.core.types import Severity, Verdict
from mtcheck.renderers.base import RENDERERS, Renderer

# A browser opens this much text at ease, some 45,000 segments. A larger run keeps its worst articles
# and says how many are left out; so memory does not grow with the corpus either.
TEXT_BUDGET = 32 * 2**20
_WORST_SHOWN = 50
_MAX_BINS = 32

_WORDS = {Verdict.PASS: "Publish", Verdict.REVIEW: "Revise", Verdict.BLOCK: "Stop"}
_WORST_FIRST = tuple(reversed(Severity))
_SAID_ONCE = ("system", "source_lang", "target_lang")
# None of these can then end the script element, start a comment in it or break a line of it.
_ESCAPES = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class _Kept(NamedTuple):
    """An article's JSON, ordered by how much it deserves a look: verdict, MQM score, place in the input."""

    verdict: int
    penalty: float
    place: int
    data: bytes


class _Part(NamedTuple):
    """One stretch of a stacked bar, in per cent of its full length."""

    kind: str
    size: int
    start: float
    width: float


class _Bar(NamedTuple):
    """A stacked bar with its label."""

    label: str
    total: int
    parts: list[_Part]


class _Histogram:
    """Counts in bins of equal width, which doubles when they get too many: one pass, fixed memory."""

    def __init__(self, higher_is_better: bool) -> None:
        self.higher_is_better = higher_is_better
        self.bins: Counter[int] = Counter()
        self.width = 2.0**-10
        self.count = 0
        self.sum = 0.0
        self.low = math.inf
        self.high = -math.inf

    def add(self, value: float) -> None:
        """Count one value; a value that is no number is left out."""
        if not math.isfinite(value):
            return
        self.count += 1
        self.sum += value
        self.low, self.high = min(self.low, value), max(self.high, value)
        index = math.floor(value / self.width)
        is_new = index not in self.bins
        self.bins[index] += 1
        while is_new and max(self.bins) - min(self.bins) >= _MAX_BINS:
            self.width *= 2
            merged: Counter[int] = Counter()
            for old, count in self.bins.items():
                merged[old // 2] += count
            self.bins = merged

    @property
    def mean(self) -> float:
        return self.sum / self.count

    @property
    def heights(self) -> list[float]:
        """Every bin from the lowest to the highest, in per cent of the fullest."""
        fullest = max(self.bins.values())
        return [100 * self.bins[index] / fullest for index in range(min(self.bins), max(self.bins) + 1)]


@RENDERERS.register
class HtmlRenderer(Renderer):
    """`report.html`: verdict, scores, pictures, and the articles with their faults marked, worst first."""

    name = "html"
    filename = "report.html"
    about = "one page to read: verdict, scores, pictures, marked-up articles, worst first"

    def __init__(self, directory: Path, file: str = "") -> None:
        super().__init__(directory, file)
        self._kept: list[_Kept] = []
        self._kept_bytes = 0
        self._seen = 0
        self._best_dropped: _Kept | None = None
        self._kinds: dict[tuple[bool, str], int] = {}
        self._rules: dict[str, Counter[str]] = {}
        self._histograms: dict[str, _Histogram] = {}

    def article(self, result: ArticleResult) -> None:
        """Count what the pictures need, and keep the article if it is among the worst."""
        for segment in result.segments:
            for finding in segment.findings:
                self._rules.setdefault(finding.rule, Counter())[finding.severity] += 1
            for name, score in segment.scores.items():
                self._histograms.setdefault(name, _Histogram(score.higher_is_better)).add(score.value)
        data = embedded(json.dumps(self._trim(result), ensure_ascii=False, separators=(",", ":")))
        self._keep(_Kept(result.verdict.rank, -result.mqm_score, -self._seen, data.encode()))
        self._seen += 1

    def finish(self, summary: Summary) -> None:
        """Write the page. Raises CANNOT_WRITE."""
        pieces = _ENVIRONMENT.get_template("report.html.j2").generate(self._view(summary))
        with self.writing(), self.open() as file:
            file.writelines(pieces)

    def _keep(self, kept: _Kept) -> None:
        """Keep the worst articles that fit the budget: none that is dropped is worse than one that stays."""
        if self._best_dropped and kept < self._best_dropped:
            return
        heapq.heappush(self._kept, kept)
        self._kept_bytes += len(kept.data)
        while self._kept_bytes > TEXT_BUDGET and len(self._kept) > 1:
            self._best_dropped = heapq.heappop(self._kept)
            self._kept_bytes -= len(self._best_dropped.data)

    def _trim(self, result: ArticleResult) -> dict[str, Any]:
        """The article as in the published schema, less what is empty or said elsewhere in the page."""
        article: dict[str, Any] = json.loads(to_json(result))
        article["place"] = self._seen
        article["scores"] = self._trim_scores(article["scores"])
        for segment in article["segments"]:
            del segment["article"], segment["known"]
            for key in _SAID_ONCE:
                if segment[key] == article[key]:
                    del segment[key]
            segment["scores"] = self._trim_scores(segment["scores"])
        article["segments"] = [_filled(segment) for segment in article["segments"]]
        return article

    def _trim_scores(self, scores: Mapping[str, Any]) -> dict[str, tuple[float | None, int]]:
        """Each score as its value and the number of its signature, which thousands of segments share."""
        return {
            name: (
                score["value"],
                self._kinds.setdefault((score["higher_is_better"], score["signature"]), len(self._kinds)),
            )
            for name, score in scores.items()
        }

    def _view(self, summary: Summary) -> dict[str, Any]:
        """What the template shows."""
        style, script = _template_text("report.css"), _template_text("report.js")
        counts, columns = summary.counts, _score_columns(summary)
        kinds = [{"higher_is_better": better, "signature": text} for better, text in self._kinds]
        totals = sorted(self._rules.items(), key=lambda item: (-item[1].total(), item[0]))
        most = totals[0][1].total() if totals else 0
        return {
            "style": style,
            "script": script,
            "style_hash": csp_hash(style),
            "script_hash": csp_hash(script),
            "summary": summary,
            "words": _WORDS,
            "severities": _WORST_FIRST,
            "score_columns": columns,
            "has_pseudo": any(name.endswith("_pseudo") for name in columns),
            "verdicts": _stack(((v.value, counts.by_verdict.get(v, 0)) for v in reversed(Verdict)), counts.articles),
            "rules": [
                _Bar(rule, found.total(), _stack(((s.value, found[s]) for s in _WORST_FIRST), most))
                for rule, found in totals
            ],
            "histograms": {name: shape for name, shape in self._histograms.items() if shape.count},
            "worst": heapq.nsmallest(_WORST_SHOWN, summary.articles, key=_worst_first),
            "config": json.dumps(summary.manifest.config, ensure_ascii=False, indent=2, default=str),
            "left_out": self._seen - len(self._kept),
            "kinds": Markup(embedded(json.dumps(kinds, ensure_ascii=False))),  # noqa: S704 (embedded escapes)
            "articles": self._articles(),
        }

    def _articles(self) -> Iterator[Markup]:
        """The JSON of the kept articles, worst first."""
        for count, kept in enumerate(sorted(self._kept, reverse=True)):
            yield Markup((",\n" if count else "") + kept.data.decode())  # noqa: S704 (embedded escapes)


def embedded(text: str) -> str:
    """JSON text that may stand in a script element: it holds no character that means something to HTML."""
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return text


def csp_hash(text: str) -> str:
    """The Content Security Policy source that allows an inline element with this text, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def number(value: float | None) -> str:
    """A score with as many decimals as its size deserves; the script has the same."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3}f}".replace("-", "−")


def amount(value: float) -> str:
    """A policy's value or limit, which may be a count: no more decimals than it has, three at most."""
    return f"{round(value, 3):,.10g}"


def _visible(value: Any) -> Any:
    """Jinja's last step before it escapes: control and bidi-override characters are shown, not obeyed."""
    return visible(value) if type(value) is not Markup and isinstance(value, str) else value


def _filled(segment: dict[str, Any]) -> dict[str, Any]:
    """The keys that hold something; an empty text is something."""
    return {key: value for key, value in segment.items() if value not in (None, [], {})}


def _stack(counts: Iterable[tuple[str, int]], whole: int) -> list[_Part]:
    """Stretches laid end to end; `whole` is the count that fills the bar."""
    parts: list[_Part] = []
    start = 0.0
    for kind, count in counts:
        if count:
            width = 100 * count / whole
            parts.append(_Part(kind, count, start, width))
            start += width
    return parts


def _score_columns(summary: Summary) -> dict[str, bool]:
    """The scores that the corpus has, in order, with their direction."""
    return {name: score.higher_is_better for row in summary.corpus for name, score in row.scores.items()}


def _worst_first(article: ArticleSummary) -> tuple[int, float]:
    return -article.verdict.rank, article.mqm_score


# Set so that forgetting to escape, or to fill in a name, is impossible.
_ENVIRONMENT = Environment(
    loader=PackageLoader("mtcheck.renderers", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_visible,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(number=number, amount=amount)


def environment() -> Environment:
    """What renders a template with all text escaped."""
    return _ENVIRONMENT


def page_style(*names: str) -> tuple[Markup, str]:
    """The style sheets named, to be inlined, and the source that a Content Security Policy allows them by."""
    style = Markup("").join(_template_text(name) for name in names)
    return style, csp_hash(style)


def _template_text(name: str) -> Markup:
    """One of our own files as it stands, to be inlined."""
    text = (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 (our own file)
