"""What renderers of findings share: the worst of them, where they stand in the repository, and how they are told."""

from __future__ import annotations

import heapq
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from mtcheck.core.fingerprint import fingerprint
from mtcheck.core.results import ArticleResult, ArticleSummary, SegmentResult
from mtcheck.core.spool import Table
from mtcheck.core.text import shorten
from mtcheck.core.types import Finding, Severity, Span

# The words of SARIF, which CI systems share more or less: an error stops, a warning asks, a note informs.
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.MAJOR: "warning",
    Severity.MINOR: "note",
    Severity.NEUTRAL: "note",
}
# Where a CI system has checked out the repository, whose root its paths start from.
_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
_SLACK = 2


class Found(NamedTuple):
    """A finding and its segment; `number` counts the findings of the run, in reading order."""

    segment: SegmentResult
    finding: Finding
    number: int

    @property
    def flagged(self) -> str:
        return self.finding.target_span.of(self.segment.target)


class Worst:
    """The worst `limit` findings of a run, in memory that does not grow with it: by severity, then in reading order."""

    def __init__(self, limit: int) -> None:
        self.total = 0
        self._limit = limit
        self._kept: list[Found] = []
        self._least = -1

    def add(self, result: ArticleResult) -> None:
        """Take the findings of an article."""
        for segment in result.segments:
            for finding in segment.findings:
                self.take(segment, finding)

    def take(self, segment: SegmentResult, finding: Finding) -> None:
        """Take one finding."""
        self.total += 1
        if finding.severity.rank <= self._least:
            return
        self._kept.append(Found(segment, finding, self.total))
        if len(self._kept) > _SLACK * self._limit:
            self._cut()

    def ranked(self) -> list[Found]:
        """The worst first."""
        self._cut()
        return self._kept

    def _cut(self) -> None:
        # A stable sort, so that findings of equal severity stay in reading order.
        self._kept.sort(key=lambda found: -found.finding.severity.rank)
        del self._kept[self._limit :]
        if len(self._kept) == self._limit:
            # What comes later and is no worse would be cut again.
            self._least = self._kept[-1].finding.severity.rank


def worst_articles(articles: Iterable[ArticleSummary], limit: int) -> tuple[list[ArticleSummary], int]:
    """The worst `limit` articles, by verdict, then by MQM score, and how many there are."""
    numbers = count()
    # A number is taken with each article, and none when they end.
    numbered = (article for article, _ in zip(articles, numbers, strict=False))
    worst = heapq.nsmallest(limit, numbered, key=lambda article: (-article.verdict.rank, article.mqm_score))
    return worst, next(numbers)


class Place(NamedTuple):
    """Where a finding stands in the repository.

    `path` starts from its root, with `/`; `line` is 1-based. `columns` are half-open offsets in code points of the
    line as the file has it, `octets` the same in bytes of UTF-8; they are given only where the line holds the
    translation word for word, and once. `whole` if it holds nothing else.
    """

    path: str
    line: int | None
    columns: Span | None = None
    octets: Span | None = None
    whole: bool = False


def locate(found: Sequence[Found]) -> list[Place]:
    """The place of each; files are read again, once, for what stands in the lines that are asked for."""
    places = [Place(repository_path(one.segment.origin.file), one.segment.origin.line) for one in found]
    asked: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, one in enumerate(found):
        if one.segment.origin.line and one.segment.target:
            asked[one.segment.origin.file][one.segment.origin.line].append(index)
    for file, lines in asked.items():
        _look_up(file, lines, found, places)
    return places


def _look_up(file: str, lines: dict[int, list[int]], found: Sequence[Found], places: list[Place]) -> None:
    path, last = Path(file), max(lines)
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8-sig") as text:
            for number, line in enumerate(text, 1):
                for index in lines.get(number, ()):
                    places[index] = _in_line(found[index], places[index], line.rstrip("\n"))
                if number >= last:
                    return
    except (OSError, UnicodeDecodeError):
        # Packed, or in another encoding: lines are known, columns are not.
        return


def _in_line(found: Found, place: Place, line: str) -> Place:
    target, (start, end) = found.segment.target, found.finding.target_span
    at = 0
    if line != target:
        at = line.find(target)
        others = (found.segment.source or "", *found.segment.references)
        if at < 0 or line.find(target, at + 1) >= 0 or any(target in other for other in others):
            return place
    before = len(line[: at + start].encode())
    octets = Span(before, before + len(line[at + start : at + end].encode()))
    return place._replace(columns=Span(at + start, at + end), octets=octets, whole=line == target)


def repository_path(file: str) -> str:
    """The file's path from the repository's root: that of the CI system's checkout, else the working directory.

    What lies elsewhere keeps its name.
    """
    if file == "-":
        return "stdin"
    root = next((os.environ[name] for name in _ROOTS if os.environ.get(name)), os.getcwd())  # noqa: PTH109
    full = Path(os.path.abspath(file))  # noqa: PTH100 (links are not followed: the repository has the link)
    try:
        return full.relative_to(root).as_posix()
    except ValueError:
        return Path(file).as_posix()


def describe(found: Found) -> str:
    """What is wrong in one line: the message, the flagged text where the message does not have it, and the mend."""
    finding, flagged = found.finding, shorten(found.flagged)
    said = shorten(finding.message, 300).rstrip(".")
    if flagged and flagged not in said:
        said += f": “{flagged}”"
    if finding.fix is not None:
        said += f" (should be “{shorten(finding.fix.target)}”)" if finding.fix.target else " (leave it out)"
    return f"{said}."


def within(found: Found) -> str:
    """Which segment and which characters, for places of which no more than the line is known."""
    start, end = found.finding.target_span
    system = f" of {found.segment.system}" if found.segment.system else ""
    return shorten(f"Segment {found.segment.id}{system}, characters {start} to {end}.", 300)


class Fingerprints:
    """Fingerprints that tell apart equal findings of one file, by counting them."""

    def __init__(self) -> None:
        self._seen = Table()

    def of(self, found: Found) -> tuple[str, int]:
        """The fingerprint, and the how-manieth of its file this is; findings come in reading order."""
        known = fingerprint(found.segment, found.finding)
        # Hashes, not strings: a file may have millions of findings.
        key = hash((found.segment.origin.file, known))
        before = self._seen.add(key, 1)
        if before is None:
            return known, 1
        self._seen.replace(key, before + 1)
        return known, before + 1


def cut(left_out: int, what: str) -> str:
    """Says that something was left out, or nothing."""
    return f"the {left_out:,} least severe findings are left out: {what}" if left_out > 0 else ""
