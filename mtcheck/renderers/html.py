"""The report that a desk reads: one HTML file that needs nothing but a browser.

The verdict, the scores and the pictures are written here, so they show without JavaScript. The articles
go into the page as JSON: all of them in an index, which filters and sorts, and their texts in packed pages,
which `templates/report.js` unpacks when it has to show or search them. Everything that was checked is hostile
text: Jinja escapes it, and the script writes text nodes only.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
import math
import os
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple, TypeVar

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from mtcheck.core.results import ArticleResult, Breakdown, PartOfRun, Summary
from mtcheck.core.schemas import to_json
from mtcheck.core.text import shorten, visible
from mtcheck.core.types import Severity, Verdict
from mtcheck.renderers._findings import Found, Worst, worst_articles
from mtcheck.renderers._parts import in_order, share
from mtcheck.renderers.base import RENDERERS, Renderer

# A browser opens a page of this many bytes at ease. A larger run keeps its worst articles and says how many are
# left out.
BUDGET = 64 * 2**20
# What is unpacked to show one article, before packing: small, so that it takes no time; not too small to pack well.
_PAGE = 64 * 2**10
_IN_MEMORY = 2**20
_WORST_SHOWN = 50
_PLACES_SHOWN = 20
_EXAMPLES = 3
_CONTEXT = 60
_ROWS = 100
_COLUMNS = 60
_MAX_BINS = 32

T = TypeVar("T")

_WORDS = {Verdict.PASS: "Publish", Verdict.REVIEW: "Revise", Verdict.BLOCK: "Stop"}
_WORST_FIRST = tuple(reversed(Severity))
_SAID_ONCE = ("system", "source_lang", "target_lang", "desk", "date")
# Of metrics against the same references one is shown by parts: chrF, for BLEU and TER are for more than a sentence.
_CHRF = "chrf"
_BESIDE_CHRF = ("bleu", "chrf++", "ter")
_PSEUDO = "_pseudo"


class _Kept(NamedTuple):
    """The articles that the report holds, worst first: their numbers, and their texts in pages, one a line."""

    order: NDArray[np.int64]
    pages: IO[bytes]
    sizes: list[int]


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


class _Breakdown(NamedTuple):
    """The verdicts of parts of the run, the worst part first. `facet` filters the articles by a part's name."""

    title: str
    facet: str | None
    bars: list[_Bar]
    left_out: int


class _Trend(NamedTuple):
    """What came to be over dates: the verdicts, and the mean of a score as a line through dots.

    `blocked` are the dates with the least and the greatest share of articles blocked, `extremes` those with the lowest
    and the highest mean.
    """

    dates: list[str]
    verdicts: list[list[_Part]]
    blocked: tuple[PartOfRun, PartOfRun]
    score: str
    line: str
    dots: str
    extremes: tuple[PartOfRun, PartOfRun] | None


class _Example(NamedTuple):
    """A finding, with the text around what it flags."""

    found: Found
    before: str
    flagged: str
    after: str


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
        # Where each article lies in the spool, and what it is sorted by.
        self._spool = self._room()
        self._places = array("q")
        self._verdicts = array("b")
        self._mqm_scores = array("d")
        self._systems: dict[str, int] = {}
        self._pairs: dict[tuple[str | None, str | None], int] = {}
        self._desks: dict[str, int] = {}
        self._dates: dict[str, int] = {}
        self._found: dict[tuple[str, str], int] = {}
        self._kinds: dict[tuple[bool, str], int] = {}
        self._rules: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._histograms: dict[str, _Histogram] = {}
        self._examples: defaultdict[str, Worst] = defaultdict(lambda: Worst(_EXAMPLES))
        self._worst = Worst(_PLACES_SHOWN)
        self._by_pair: defaultdict[str, Counter[Verdict]] = defaultdict(Counter)
        self._by_file: defaultdict[str, Counter[Verdict]] = defaultdict(Counter)

    def article(self, result: ArticleResult) -> None:
        """Count what the pictures need, and put the article by."""
        found: Counter[int] = Counter()
        for segment in result.segments:
            for finding in segment.findings:
                self._rules[finding.rule][finding.severity] += 1
                self._examples[finding.rule].take(segment, finding)
                self._worst.take(segment, finding)
                found[_number(self._found, (finding.rule, finding.severity.value))] += 1
            for name, score in segment.scores.items():
                if name not in self._histograms:
                    self._histograms[name] = _Histogram(score.higher_is_better)
                self._histograms[name].add(score.value)
        self._by_pair[f"{result.source_lang or '?'} → {result.target_lang or '?'}"][result.verdict] += 1
        for file in {segment.origin.file for segment in result.segments}:
            self._by_file[file][result.verdict] += 1
        texts = self._trim(result)
        row = (
            result.id,
            _number(self._systems, result.system or ""),
            _number(self._pairs, (result.source_lang, result.target_lang)),
            result.verdict.rank,
            _finite(result.mqm_score),
            len(self._places),
            len(result.segments),
            result.words,
            texts.pop("scores"),
            [each for kind in sorted(found) for each in (kind, found[kind])],
            _number(self._desks, result.desk or ""),
            _number(self._dates, str(result.date or "")),
        )
        with self.writing():
            self._places.append(self._spool.tell())
            self._spool.write(f"{_compact(row)}\n{_compact(texts)}\n".encode())
        self._verdicts.append(result.verdict.rank)
        self._mqm_scores.append(result.mqm_score)

    def finish(self, summary: Summary) -> None:
        """Write the page. Raises CANNOT_WRITE."""
        with self.writing(), self._room() as pages:
            kept = self._choose(pages)
            pieces = _ENVIRONMENT.get_template("report.html.j2").generate(self._view(summary, kept))
            with self.open() as file:
                file.writelines(pieces)
            self._spool.close()

    def _room(self) -> IO[bytes]:
        """For what does not fit into memory: beside the report, for the system's own folder may be memory."""
        beside = str(self.path.parent) if os.access(self.path.parent, os.W_OK) else None
        return SpooledTemporaryFile(_IN_MEMORY, dir=beside)

    def _choose(self, pages: IO[bytes]) -> _Kept:
        """As many articles as there is room for, worst first: by verdict, then by MQM score."""
        order = np.lexsort((np.asarray(self._mqm_scores), -np.asarray(self._verdicts)))
        sizes: list[int] = []
        texts: list[bytes] = []
        used = size = 0

        def close() -> int:
            page = _pack(b"[" + b",".join(texts) + b"]").encode()
            pages.write(page + b"\n")
            sizes.append(len(texts))
            texts.clear()
            return len(page)

        for at in order:
            self._spool.seek(self._places[at])
            row, text = self._spool.readline()[:-1], self._spool.readline()[:-1]
            if texts and size + len(text) > _PAGE:
                used, size = used + close(), 0
                if used > BUDGET:
                    break
            texts.append(text)
            used, size = used + len(row), size + len(text)
        if texts:
            close()
        return _Kept(order[: sum(sizes)], pages, sizes)

    def _trim(self, result: ArticleResult) -> dict[str, Any]:
        """The texts of an article as in the published schema, less what is empty or said elsewhere in the page."""
        article: dict[str, Any] = json.loads(to_json(result))
        for segment in article["segments"]:
            del segment["article"], segment["known"]
            for key in _SAID_ONCE:
                if segment[key] == article[key]:
                    del segment[key]
            segment["scores"] = self._trim_scores(segment["scores"])
        return {
            "id": article["id"],
            "system": article["system"],
            "scores": self._trim_scores(article["scores"]),
            "reasons": article["reasons"],
            "notes": article["notes"],
            "segments": [_filled(segment) for segment in article["segments"]],
        }

    def _trim_scores(self, scores: Mapping[str, Any]) -> dict[str, tuple[float | None, int]]:
        """Each score as its value and the number of its signature, which thousands of segments share."""
        return {
            name: (
                score["value"],
                _number(self._kinds, (score["higher_is_better"], score["signature"])),
            )
            for name, score in scores.items()
        }

    def _view(self, summary: Summary, kept: _Kept) -> dict[str, Any]:
        """What the template shows."""
        style, script = _template_text("report.css"), _template_text("report.js")
        counts, columns = summary.counts, _score_columns(summary)
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
            "agreement": summary.agreement[:_ROWS],
            "has_pseudo": any(name.endswith("_pseudo") for name in columns),
            "verdicts": _verdicts(counts.by_verdict),
            "breakdowns": [
                _breakdown(title, facet, groups)
                for title, facet, groups in (
                    ("languages", "pair", self._by_pair),
                    ("file", None, self._by_file),
                )
                if len(groups) > 1
            ],
            "parts": [
                (each, in_order(each), _date_trend(each, columns) if each.by == "date" else None)
                for each in summary.breakdown
            ],
            "part_scores": _main_scores(columns),
            "trend": self._trend(),
            "examples": {rule: [_example(one) for one in self._examples[rule].ranked()] for rule, _ in totals},
            "places": [_example(one) for one in self._worst.ranked()],
            "rules": [
                _Bar(rule, found.total(), _stack(((s.value, found[s]) for s in _WORST_FIRST), most))
                for rule, found in totals
            ],
            "histograms": {name: shape for name, shape in self._histograms.items() if shape.count},
            "worst": worst_articles(summary.articles, _WORST_SHOWN)[0],
            "config": json.dumps(summary.manifest.config, ensure_ascii=False, indent=2, default=str),
            "left_out": len(self._places) - len(kept.order),
            "pages": _lines(kept.pages),
            "index": _packed(self._index(kept, summary.breakdown)),
        }

    def _trend(self) -> list[list[_Part]]:
        """The verdicts in the order of the input: columns, each of as many articles; none for a few articles."""
        size = -(-len(self._verdicts) // _COLUMNS)
        if len(self._verdicts) < _MAX_BINS // 2:
            return []
        ranked = tuple(Verdict)
        return [
            _verdicts(Counter(ranked[rank] for rank in self._verdicts[start : start + size]))
            for start in range(0, len(self._verdicts), size)
        ]

    def _index(self, kept: _Kept, breakdown: Iterable[Breakdown]) -> Iterator[bytes]:
        """All articles in short, worst first, as JSON; `report.js` has the meaning of a row."""
        shared = {
            "kinds": [{"higher_is_better": better, "signature": text} for better, text in self._kinds],
            "found": list(self._found),
            "systems": list(self._systems),
            "pairs": list(self._pairs),
            "pages": kept.sizes,
            "desks": list(self._desks),
            "dates": list(self._dates),
            "parts": {each.by: [part.value or "" for part in each.parts] for each in breakdown},
        }
        yield f'{_compact(shared)[:-1]},"articles":['.encode()
        for number, at in enumerate(kept.order):
            self._spool.seek(self._places[at])
            yield (b"," if number else b"") + self._spool.readline()[:-1]
        yield b"]}"


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


def _compact(value: Any) -> str:
    """JSON without blanks, on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pack(data: bytes) -> str:
    """Data as the script unpacks them: by zlib, in characters that mean nothing to HTML."""
    return base64.b64encode(zlib.compress(data)).decode()


def _packed(data: Iterable[bytes]) -> Iterator[str]:
    """Data packed alike, piece by piece."""
    packer = zlib.compressobj()
    rest = b""
    for piece in data:
        rest += packer.compress(piece)
        whole = len(rest) // 3 * 3
        if whole:
            yield base64.b64encode(rest[:whole]).decode()
            rest = rest[whole:]
    yield base64.b64encode(rest + packer.flush()).decode()


def _lines(file: IO[bytes]) -> Iterator[str]:
    file.seek(0)
    return (line[:-1].decode() for line in file)


def _number(numbers: dict[T, int], what: T) -> int:
    """The number of a thing in a list of things that are written once."""
    return numbers.setdefault(what, len(numbers))


def _finite(value: float) -> float | None:
    """JSON has no other numbers."""
    return value if math.isfinite(value) else None


def _filled(segment: dict[str, Any]) -> dict[str, Any]:
    """The keys that hold something; an empty text is something."""
    return {key: value for key, value in segment.items() if value not in (None, [], {})}


def _verdicts(counts: Mapping[Verdict, int]) -> list[_Part]:
    """The verdicts as a full bar, the worst first."""
    return _stack(((v.value, counts.get(v, 0)) for v in reversed(Verdict)), sum(counts.values()))


def _breakdown(title: str, facet: str | None, groups: Mapping[str, Counter[Verdict]]) -> _Breakdown:
    def badness(item: tuple[str, Counter[Verdict]]) -> tuple[float, float, str]:
        label, counts = item
        return -counts[Verdict.BLOCK] / counts.total(), -counts[Verdict.REVIEW] / counts.total(), label

    shown = heapq.nsmallest(_ROWS, groups.items(), key=badness)
    bars = [_Bar(label, counts.total(), _verdicts(counts)) for label, counts in shown]
    return _Breakdown(title, facet, bars, len(groups) - len(bars))


def _main_scores(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    beside = {name + suffix for suffix in ("", _PSEUDO) if _CHRF + suffix in names for name in _BESIDE_CHRF}
    return [name for name in names if name not in beside]


def _date_trend(breakdown: Breakdown, columns: Iterable[str]) -> _Trend | None:
    """Nothing for a single date. The score is the one that most segments have, chrF before what models say."""
    dated = [part for part in breakdown.parts if part.value is not None]
    if len(dated) < 2:
        return None

    def standing(name: str) -> tuple[int, bool, bool]:
        return sum(part.scored.get(name, 0) for part in dated), name == _CHRF, not name.endswith(_PSEUDO)

    score = max(_main_scores(columns), key=standing, default="")
    scored = [part for part in dated if score in part.means]
    extremes = _extremes(scored, lambda part: part.means[score]) if len(scored) > 1 else None
    line = dots = ""
    if extremes:
        low, high = (part.means[score] for part in extremes)
        step = "M"
        for place, part in enumerate(dated):
            if score in part.means:
                # From 100 at the bottom; in the middle where all are the same.
                height = 100 - 100 * (part.means[score] - low) / (high - low) if high > low else 50
                line += f"{step}{place}.5 {height:.1f}"
                dots += f"M{place}.5 {height:.1f}h0"
            step = "L" if score in part.means else "M"
    return _Trend(
        dates=[part.value or "" for part in dated],
        verdicts=[_verdicts(part.by_verdict) for part in dated],
        blocked=_extremes(dated, lambda part: share(part, Verdict.BLOCK)),
        score=score,
        line=line,
        dots=dots,
        extremes=extremes,
    )


def _extremes(parts: Sequence[PartOfRun], value: Callable[[PartOfRun], float]) -> tuple[PartOfRun, PartOfRun]:
    return min(parts, key=value), max(parts, key=value)


def _example(found: Found) -> _Example:
    target, (start, end) = found.segment.target, found.finding.target_span
    before, after = target[max(0, start - _CONTEXT) : start], target[end : end + _CONTEXT]
    return _Example(
        found,
        ("…" if start > _CONTEXT else "") + before,
        shorten(target[start:end], 4 * _CONTEXT),
        after + ("…" if end + _CONTEXT < len(target) else ""),
    )


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


# Set so that forgetting to escape, or to fill in a name, is impossible.
_ENVIRONMENT = Environment(
    loader=PackageLoader("mtcheck.renderers", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_visible,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(number=number, amount=amount, shorten=shorten, share=share, stacked=_verdicts)


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
