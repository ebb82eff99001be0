"""The run by system, desk and date, in memory that does not grow with the input."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mtcheck.core.results import ArticleResult, Breakdown, PartOfRun
from mtcheck.core.types import Severity, Verdict
from mtcheck.gate.policy import mqm_score

# Parts that are listed, those with most articles; values that are told apart at all, the first to come.
LISTED = 100
KEPT = 1000
# As many days as two months have.
DATES = 62

_By = Literal["system", "desk", "date"]
_Unit = Literal["day", "month", "year"]
# How many characters of a date say when it is.
_UNITS: dict[_Unit, int] = {"day": 10, "month": 7, "year": 4}


@dataclass
class _Part:
    articles: int = 0
    segments: int = 0
    words: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    sums: dict[str, float] = field(default_factory=dict)
    scored: Counter[str] = field(default_factory=Counter)

    def add(self, article: ArticleResult) -> None:
        self.articles += 1
        self.segments += len(article.segments)
        self.words += article.words
        self.verdicts[article.verdict] += 1
        for segment in article.segments:
            self.severities.update(finding.severity for finding in segment.findings)
            for name, score in segment.scores.items():
                if math.isfinite(score.value):
                    self.sums[name] = self.sums.get(name, 0.0) + score.value
                    self.scored[name] += 1

    def merge(self, other: _Part) -> None:
        self.articles += other.articles
        self.segments += other.segments
        self.words += other.words
        self.verdicts.update(other.verdicts)
        self.severities.update(other.severities)
        for name, value in other.sums.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.scored.update(other.scored)

    def result(self, value: str | None, weights: Mapping[Severity, float]) -> PartOfRun:
        return PartOfRun(
            value=value,
            articles=self.articles,
            segments=self.segments,
            words=self.words,
            by_verdict={verdict: self.verdicts[verdict] for verdict in Verdict},
            by_severity={severity: self.severities[severity] for severity in Severity},
            mqm_score=mqm_score(self.severities, self.words, weights),
            means={name: self.sums[name] / self.scored[name] for name in sorted(self.sums)},
            scored={name: self.scored[name] for name in sorted(self.sums)},
        )


class _Parts:
    """The run by one thing; `unit` is that of dates, which become coarser where there are many."""

    def __init__(self, unit: _Unit | None = None) -> None:
        self.unit = unit
        self._parts: dict[str | None, _Part] = {}
        self._others = _Part()

    def add(self, value: str | None, article: ArticleResult) -> None:
        value = self._shown(value)
        if value not in self._parts and len(self._parts) == KEPT:
            self._others.add(article)
            return
        self._parts.setdefault(value, _Part()).add(article)
        while self.unit in ("day", "month") and len(self._parts.keys() - {None}) > DATES:
            self.unit = "month" if self.unit == "day" else "year"
            fine, self._parts = self._parts, {}
            for date, part in fine.items():
                self._parts.setdefault(self._shown(date), _Part()).merge(part)

    def _shown(self, value: str | None) -> str | None:
        return value[: _UNITS[self.unit]] if value is not None and self.unit is not None else value or None

    def result(self, by: _By, weights: Mapping[Severity, float]) -> Breakdown | None:
        if len(self._parts) < 2:
            return None
        ranked = sorted(self._parts.items(), key=lambda item: (-item[1].articles, _order(item[0])))
        others = _Part()
        for _, part in ranked[LISTED:]:
            others.merge(part)
        others.merge(self._others)
        listed = ranked[:LISTED]
        if self.unit is not None:
            listed.sort(key=lambda item: _order(item[0]))
        return Breakdown(
            by=by,
            parts=tuple(part.result(value, weights) for value, part in listed),
            others=others.result(None, weights) if others.articles else None,
            unit=self.unit,
        )


def _order(value: str | None) -> tuple[bool, str]:
    return value is None, value or ""


class Breakdowns:
    """Takes in articles, and says what those of each system, desk and date came to."""

    def __init__(self) -> None:
        self._by: dict[_By, _Parts] = {"system": _Parts(), "desk": _Parts(), "date": _Parts("day")}

    def add(self, article: ArticleResult) -> None:
        """Take one article."""
        self._by["system"].add(article.system, article)
        self._by["desk"].add(article.desk, article)
        self._by["date"].add(str(article.date) if article.date else None, article)

    def results(self, weights: Mapping[Severity, float]) -> tuple[Breakdown, ...]:
        """The run by what its articles differ in; `weights` are the penalties of MQM's severities."""
        found = (parts.result(by, weights) for by, parts in self._by.items())
        return tuple(each for each in found if each is not None)
