"""The desk and the date of articles, where inputs state them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from reading import fault, read, segments, write
from test_newswire import NEWSML, NITF

from mtcheck.core.config import Config
from mtcheck.core.types import ArticlePair

PAIR = {"source": "Hej.", "target": "Hi."}
DAY = datetime.date(2026, 5, 31)


def _stated(name: str, **options: Any) -> list[tuple[str | None, datetime.date | None]]:
    return [(segment.desk, segment.date) for segment in segments(name, config=Config(**options))]


@pytest.mark.parametrize(
    "date", ["2026-05-31", "20260531", " 2026-05-31T23:59:00-05:00", "2026-05-31T00:30:00+02:00", "20260531T090004Z"]
)
def test_the_day_is_that_of_the_place_where_the_date_was_written(tmp_path: Path, date: str) -> None:
    name = write(tmp_path, "a.jsonl", json.dumps({**PAIR, "desk": " Sports \n desk ", "date": date}))
    assert _stated(name) == [("Sports desk", DAY)]


def test_an_article_shares_its_desk_and_date(tmp_path: Path) -> None:
    name = write(tmp_path, "a.jsonl", json.dumps({"desk": "sports", "date": "2026-05-31", "segments": [PAIR, PAIR]}))
    assert _stated(name) == [("sports", DAY)] * 2


def test_what_is_not_stated_is_none(tmp_path: Path) -> None:
    lines = [PAIR, {**PAIR, "desk": None, "date": None}, {**PAIR, "desk": " ", "date": ""}]
    name = write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)))
    assert _stated(name) == [(None, None)] * 3


def test_tables(tmp_path: Path) -> None:
    rows = "source,target,desk,date\nHej.,Hi.,sports,2026-05-31\nHej.,Hi.,,\n"
    for name, content in (("a.csv", rows), ("a.tsv", rows.replace(",", "\t"))):
        assert _stated(write(tmp_path, name, content)) == [("sports", DAY), (None, None)]
    name = write(tmp_path, "b.csv", rows.replace("desk,date", "Section,published"))
    assert _stated(name, columns={"desk": "Section", "date": "published"})[0] == ("sports", DAY)


@pytest.mark.parametrize("date", ["31 May 2026", "2026-02-30", "2026-05", 1780185600, True, ["2026-05-31"]])
def test_a_date_that_is_none_is_one_error(tmp_path: Path, date: Any) -> None:
    lines = [PAIR, {**PAIR, "id": "b", "date": date}, {**PAIR, "segments": [PAIR], "id": "c", "date": date}]
    name = write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)))
    said = fault(name)
    assert said.startswith(f"MTC-E006: 'date' is no date: {str(date)!r}, {name}:2. ")
    assert "2026-05-31" in said
    items, stream = read(name, config=Config(source_lang="sv", target_lang="en", lenient=True))
    assert (len(items), stream.refused_count) == (1, 2)


def test_a_table_with_a_bad_date(tmp_path: Path) -> None:
    assert ":3. " in fault(write(tmp_path, "a.csv", "source,target,date\nHej.,Hi.,\nHej.,Hi.,yesterday\n"))


@pytest.mark.parametrize(
    ("name", "content", "stated"),
    [
        ("a.json", {"versioncreated": "2026-05-31T10:00:00Z", "firstcreated": "2020-01-01T10:00:00Z"}, (None, DAY)),
        ("a.json", {"firstCreated": "2026-05-31T10:00:00Z", "section": "Sport"}, ("Sport", DAY)),
        ("a.json", {"sector": "INR", "contentcreated": "2026-05-31T10:00:00Z"}, ("INR", None)),
        ("a.json", {"genres": [{"uri": "http://tt.se/spec/sector/1.0/INR", "name": "Inrikes"}]}, ("Inrikes", None)),
        # What a text is about, and of what kind it is, is no desk.
        ("a.json", {"subject": [{"name": "sport"}], "genre": [{"name": "Feature"}], "genres": 7}, (None, None)),
        ("a.json", {"section": "\ud800", "sector": 3, "versioncreated": "\ud800"}, (None, None)),
    ],
)  # fmt: skip
def test_ninjs(tmp_path: Path, name: str, content: dict[str, Any], stated: tuple[Any, Any]) -> None:
    item = {"uri": "ekby-1", "headline": "Ny bro", "body_text": "Den är klar.", **content}
    assert set(_stated(write(tmp_path, name, json.dumps(item)))) == {stated}


def test_newsml(tmp_path: Path) -> None:
    text = NEWSML.format("<p>Hej.</p>").replace(
        "</itemMeta>", "<versionCreated>2026-05-31T09:17:00+03:00\n</versionCreated></itemMeta>"
    )
    assert set(_stated(write(tmp_path, "a.xml", text))) == {(None, DAY)}


@pytest.mark.parametrize(
    ("head", "stated"),
    [
        ('<date.issue norm="20260531T090004"/>', (None, DAY)),
        ('<date.release norm="2026-05-31"/>', (None, DAY)),
        ('<pubdata date.publication="20260531T090004" position.section="Sports"/>', ("Sports", DAY)),
        ('<date.issue norm="20260531"/><pubdata date.publication="20260601"/>', (None, DAY)),
        ('<fixture fix-id="column"/><date.expire norm="20260531"/>', (None, None)),
    ],
)
def test_nitf(tmp_path: Path, head: str, stated: tuple[Any, Any]) -> None:
    text = NITF.format("").replace("</docdata>", f"{head}</docdata>")
    assert set(_stated(write(tmp_path, "a.xml", text))) == {stated}


def test_a_newswire_date_that_is_none_is_counted(tmp_path: Path) -> None:
    item = {"headline": "Ny bro", "body_text": "Den är klar.", "versioncreated": "31/5", "firstcreated": "2026-05-31"}
    items, stream = read(write(tmp_path, "a.json", json.dumps(item)))
    assert items[0].date == DAY
    assert [(entry.reason, entry.count) for entry in stream.all_left_out()] == [
        ("dates that ISO 8601 does not have", 1)
    ]


@pytest.mark.parametrize("given", [{"section": "World", "versioncreated": "2026-05-31"}, {}])
def test_of_a_pair_the_translation_counts_before_its_source(tmp_path: Path, given: dict[str, str]) -> None:
    item = {"uri": "ekby-1", "headline": "Ny bro", "body_text": "Den är klar.", "language": "sv"}
    own = {"section": "Utrikes", "versioncreated": "2026-05-30"}
    source = write(tmp_path, "sv/a.json", json.dumps({**item, **own}))
    target = write(tmp_path, "en/a.json", json.dumps({**item, "language": "en", **given}))
    (pair,), _ = read(source=source, targets=(target,))
    assert isinstance(pair, ArticlePair)
    assert (pair.desk, str(pair.date)) == (("World", "2026-05-31") if given else ("Utrikes", "2026-05-30"))
