"""`junit.xml`: what every CI system shows as tests; a test fails where the gate blocks, and nowhere else.

A suite is an article, a test a segment, and of an article with several segments one test more is the article itself.
The last suite is the run. So there is a failed test if and only if the run is blocked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from mtcheck.core.results import ArticleResult, Reason, RuleCard, SegmentResult, Summary
from mtcheck.core.text import visible
from mtcheck.core.types import Verdict
from mtcheck.renderers._findings import Found, describe
from mtcheck.renderers.base import RENDERERS, Renderer


@RENDERERS.register
class JUnitRenderer(Renderer):
    """Segments and articles as test cases."""

    name = "junit"
    filename = "junit.xml"
    about = "the verdicts as tests (JUnit XML)"

    def start(self, rules: Sequence[RuleCard]) -> None:  # noqa: ARG002 (tests have no rules)
        self._file = self.open()
        with self.writing():
            self._file.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="mtcheck">\n')

    def article(self, result: ArticleResult) -> None:
        name = f"{result.id} [{result.system}]" if result.system else result.id
        alone = len(result.segments) == 1
        cases = []
        for segment in result.segments:
            blocked = (result if alone else segment).verdict is Verdict.BLOCK
            cases.append(_case(name, segment.id, _lines(segment, result.reasons if alone else ()), failed=blocked))
        if not alone:
            cases.append(_case(name, "article", _reasons(result.reasons), failed=result.verdict is Verdict.BLOCK))
        self._suite(name, cases, file=result.segments[0].origin.file if result.segments else "")

    def finish(self, summary: Summary) -> None:
        """The suite of the run. Raises CANNOT_WRITE."""
        refused = (f"Could not be read, {one.where}: {one.code} {one.message}" for one in summary.refused)
        lines = [*_reasons(summary.reasons), *summary.notes, *refused]
        case = _case("mtcheck", "run", lines, failed=summary.verdict is Verdict.BLOCK)
        self._suite("mtcheck", [case])
        with self.writing():
            self._file.write("</testsuites>\n")
            self._file.close()

    def _suite(self, name: str, cases: Sequence[etree._Element], file: str = "") -> None:
        failures = sum(1 for case in cases if case.find("failure") is not None)
        suite = etree.Element("testsuite", name=visible(name))
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(failures))
        suite.set("errors", "0")
        if file:
            suite.set("file", visible(file))
        suite.extend(cases)
        with self.writing():
            self._file.write(etree.tostring(suite, encoding="unicode", pretty_print=True))


def _case(suite: str, name: str, lines: Sequence[str], *, failed: bool) -> etree._Element:
    """A test; what there is to say of it is why it failed, or its output."""
    case = etree.Element("testcase", name=visible(name), classname=visible(suite))
    told = visible("\n".join(lines))
    if failed:
        failure = etree.SubElement(case, "failure", message=visible(lines[0]) if lines else "blocked", type="blocked")
        failure.text = told
    elif told:
        etree.SubElement(case, "system-out").text = told
    return case


def _reasons(reasons: Sequence[Reason]) -> list[str]:
    return [reason.message for reason in reasons]


def _lines(segment: SegmentResult, reasons: Sequence[Reason]) -> list[str]:
    """Why, what was found, and the texts."""
    findings = list(_findings(segment))
    if not reasons and not findings:
        return []
    texts = [] if segment.source is None else [f"source: {segment.source}"]
    return [*_reasons(reasons), *findings, str(segment.origin), *texts, f"target: {segment.target}"]


def _findings(segment: SegmentResult) -> Iterator[str]:
    for finding in sorted(segment.findings, key=lambda finding: -finding.severity.rank):
        start, end = finding.target_span
        yield (
            f"{finding.severity} {finding.rule} ({finding.code}), characters {start} to {end}: "
            f"{describe(Found(segment, finding, 0))}"
        )
