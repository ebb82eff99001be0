"""JUnit XML: valid against the Jenkins plugin's schema, and red if and only if the gate is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from lxml import etree
from runs import SCHEMAS, blocked, evil, hostile, segment, written
from test_html import article, demo_articles

import mtcheck
from mtcheck.core.text import visible
from mtcheck.core.types import Severity, Verdict

SCHEMA = etree.XMLSchema(file=str(SCHEMAS / "junit-10.xsd"))


def suites_of(text: str) -> list[etree._Element]:
    root = etree.fromstring(text.encode())
    SCHEMA.assertValid(root)
    suites = list(root)
    for suite in suites:
        assert int(suite.get("tests", "")) == len(suite)
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    return suites


def failed(suites: list[etree._Element]) -> list[str | None]:
    return [case.get("name") for suite in suites for case in suite if case.find("failure") is not None]


@pytest.mark.parametrize("fail_on", ["never", "critical", "major"])
def test_a_test_fails_if_and_only_if_the_run_is_blocked(corpora: Path, tmp_path: Path, fail_on: str) -> None:
    file = corpora / "sv-en-wire" / "raw.jsonl"
    run = mtcheck.check(file, output=tmp_path, format="junit", reference_model="none", gate={"fail_on": fail_on})
    suites = suites_of((tmp_path / "junit.xml").read_text(encoding="utf-8"))
    names = failed(suites)
    assert bool(names) == ("run" in names) == (run.verdict is Verdict.BLOCK) == (fail_on != "never")
    blocked = [segment.id for segment in run.segments if segment.verdict is Verdict.BLOCK]
    assert [name for name in names if name not in ("run", "article")] == blocked
    assert names.count("article") == sum(one.verdict is Verdict.BLOCK for one in run.articles)


def test_a_failure_says_what_where_and_in_which_text(repository: Path) -> None:
    faulty = segment("He said – – no.", source="Han sa – nej.", fix="x", severity=Severity.CRITICAL, name="a:1")
    suites = suites_of(written(repository, "junit", [segment("Fine.", findings=0), faulty]))
    assert failed(suites) == ["a:1", "article", "run"]
    failure = suites[0][1].find("failure")
    assert failure is not None
    for part in (
        "critical doubled-dash (DUP001), characters 0 to 15",
        "wire/a.txt:1",
        "Han sa – nej.",
        "(should be “x”)",
    ):
        assert part in (failure.text or "")


def test_a_pair_that_the_gate_blocks_without_a_finding_fails(repository: Path) -> None:
    alone = blocked(article([segment("Fine.", findings=0)]), "chrf 3.0 is below 40")
    suites = suites_of(written(repository, "junit", alone))
    assert [suite.get("tests") for suite in suites] == ["1", "1"]
    failure = suites[0][0].find("failure")
    assert failure is not None
    assert failure.get("message") == "chrf 3.0 is below 40"


@given(hostile)
def test_any_text_is_held(text: str) -> None:
    with TemporaryDirectory() as folder:
        suites = suites_of(written(Path(folder), "junit", [evil(text)]))
    failure = suites[0][0].find("failure")
    assert failure is not None
    assert (failure.text or "").endswith(f"target: {visible(text)}")
    assert suites[0][0].get("name") == visible(text)


def test_the_demo_is_valid(repository: Path) -> None:
    assert failed(suites_of(written(repository, "junit", *demo_articles())))
