"""The run by system, desk and date: counted by hand, coarser and cut off where there is much."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.results import ArticleResult, Breakdown, PartOfRun
from mtcheck.core.types import Severity
from mtcheck.engines.breakdown import Breakdowns

WEIGHTS = {Severity.NEUTRAL: 0.0, Severity.MINOR: 1.0, Severity.MAJOR: 5.0, Severity.CRITICAL: 25.0}
BAD = "– – We won, he said."
RECORDS: list[dict[str, Any]] = [
    {"desk": "sports", "date": "2026-05-01T23:30:00-05:00", "target": BAD},
    {"desk": "sports", "date": "2026-05-02", "target": "We won again.", "references": ["We won again."]},
    {"desk": "business", "date": "20260502", "target": "Shares fell.", "references": ["xyz"]},
    {"desk": "business", "date": "2026-05-03T08:00:00", "target": BAD},
    {"target": "The end."},
]


def _run(records: list[dict[str, Any]], **options: Any) -> mtcheck.Run:
    numbered = [
        {"id": f"a{number}", "source": "Vi vann.", "source_lang": "sv", "target_lang": "en", **record}
        for number, record in enumerate(records)
    ]
    return mtcheck.check(
        records=numbered,
        reference_model="none",
        metrics=["chrf"],
        select=["doubled-dash"],
        gate={"fail_on": "major"},
        **options,
    )


def _by(run: mtcheck.Run) -> dict[str, Breakdown]:
    return {each.by: each for each in run.summary.breakdown}


def _brief(part: PartOfRun) -> tuple[Any, ...]:
    verdicts = tuple(part.by_verdict.values())
    return part.value, part.articles, part.segments, part.words, verdicts, part.by_severity[Severity.MAJOR]


@pytest.fixture(scope="module")
def run() -> mtcheck.Run:
    return _run(RECORDS)


def test_desks_are_counted(run: mtcheck.Run) -> None:
    business, sports, none = _by(run)["desk"].parts
    assert _brief(business) == ("business", 2, 2, 6, (1, 0, 1), 1)
    assert _brief(sports) == ("sports", 2, 2, 7, (1, 0, 1), 1)
    assert _brief(none) == (None, 1, 1, 2, (1, 0, 0), 0)
    assert [part.mqm_score for part in (business, sports, none)] == pytest.approx([100 - 500 / 6, 100 - 500 / 7, 100])
    assert [dict(part.means) for part in (business, sports, none)] == [{"chrf": 0}, {"chrf": pytest.approx(100)}, {}]


def test_days_stand_in_order(run: mtcheck.Run) -> None:
    dates = _by(run)["date"]
    assert (dates.unit, dates.others) == ("day", None)
    assert [_brief(part)[:2] for part in dates.parts] == [
        ("2026-05-01", 1), ("2026-05-02", 2), ("2026-05-03", 1), (None, 1),
    ]  # fmt: skip
    second = dates.parts[1]
    assert second.means["chrf"] == pytest.approx(50)
    assert second.scored["chrf"] == 2


def test_what_all_have_in_common_is_no_breakdown() -> None:
    assert _by(_run([{**record, "desk": "sports", "date": None} for record in RECORDS])) == {}
    assert _by(_run([{"target": "Hi.", "system": name} for name in "ab"])).keys() == {"system"}


def test_a_stored_run_is_judged_with_its_desks_and_dates(tmp_path: Path, run: mtcheck.Run) -> None:
    _run(RECORDS, output=tmp_path, format="json,jsonl")
    assert mtcheck.judge(tmp_path, gate={"fail_on": "major"}).breakdown == run.summary.breakdown


def test_runs_of_earlier_versions_are_read(tmp_path: Path) -> None:
    _run(RECORDS, output=tmp_path, format="json,jsonl")
    _forget(tmp_path)
    judged = mtcheck.judge(tmp_path, gate={"fail_on": "major"})
    assert judged.breakdown == ()
    assert judged.counts.articles == len(RECORDS)


def _forget(folder: Path) -> None:
    """Write the run anew as it was before articles had a desk and a date."""
    lines = [json.loads(line) for line in (folder / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    del summary["breakdown"]
    for row in (*lines, *summary["articles"]):
        del row["desk"], row["date"]
    (folder / "segments.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def _dated(article: ArticleResult, days: int, step: int = 1) -> Iterator[ArticleResult]:
    first = datetime.date(2026, 1, 1)
    return (replace(article, date=first + datetime.timedelta(step * day)) for day in range(days))


@pytest.mark.parametrize(
    ("days", "step", "unit", "first", "parts"),
    [
        (62, 1, "day", ("2026-01-01", 1), 62),
        (63, 1, "month", ("2026-01", 31), 3),
        (365, 10, "year", ("2026", 37), 10),
    ],
)  # fmt: skip
def test_many_days_are_months_and_many_months_years(
    run: mtcheck.Run, days: int, step: int, unit: str, first: tuple[str, int], parts: int
) -> None:
    breakdowns = Breakdowns()
    for article in _dated(run.articles[0], days, step):
        breakdowns.add(article)
    (dates,) = breakdowns.results(WEIGHTS)
    assert (dates.unit, len(dates.parts)) == (unit, parts)
    assert (dates.parts[0].value, dates.parts[0].articles) == first
    assert sum(part.articles for part in dates.parts) == days
    assert dates.parts[0].by_severity[Severity.MAJOR] == first[1]


@pytest.mark.parametrize("desks", [101, 1500])
def test_of_many_desks_the_largest_are_listed(run: mtcheck.Run, desks: int) -> None:
    breakdowns = Breakdowns()
    for number in range(desks):
        for _ in range(2 if number == 100 else 1):
            breakdowns.add(replace(run.articles[0], desk=f"desk {number:04}"))
    (found,) = breakdowns.results(WEIGHTS)
    assert len(found.parts) == 100
    assert (found.parts[0].value, found.parts[0].articles) == ("desk 0100", 2)
    assert found.others is not None
    assert found.others.articles == desks - 100
    assert found.others.words == found.others.articles * run.articles[0].words
