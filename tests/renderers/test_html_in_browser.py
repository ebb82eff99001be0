"""The HTML report as its reader has it: in a real Chromium, driven."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browser import CHROMIUM, DRAWN, Browser, browsing
from test_html import HOSTILE, article, demo_articles, many_articles, render, segment

from mtcheck.core.types import Severity

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
    pytest.mark.skipif(sys.platform == "win32", reason="the browser is driven through a POSIX pipe"),
]

# Segments need not be named after their article.
STRAY = article(
    [
        segment("stray", 0, "Allt gott.", "All is well."),
        replace(segment("stray", 1, "Slut.", "The end."), id="tail"),
    ]
)
MANY = list(many_articles(2000))


class Report:
    """A report in a browser."""

    def __init__(self, browser: Browser, file: Path) -> None:
        self.browser = browser
        self.file = file

    def open(self, fragment: str = "") -> None:
        """Load the page and wait until it is drawn."""
        self.browser.open(f"file://{self.file}{fragment}")
        self.settle()

    def settle(self) -> None:
        """Wait until the page says how much it shows."""
        self.browser.until("/ of [\\d,]+ finding/.test(document.getElementById('status').textContent)")

    def run(self, script: str) -> Any:
        return self.browser.run(script)

    def do(self, action: str) -> None:
        """Run a script and wait until the list has been drawn anew."""
        self.run(f"(async () => {{ const drawn = {DRAWN}; {action}; await drawn; }})()")

    def click(self, selector: str) -> None:
        self.do(f"document.querySelector({selector!r}).click()")

    def seek(self, text: str) -> None:
        box = "document.getElementById('search')"
        self.do(f"{box}.value = {text!r}; {box}.dispatchEvent(new Event('input'))")

    def press(self, key: str) -> None:
        """Press a key and wait until something else has the focus."""
        focus = "document.activeElement"
        self.run(f"window.focused = {focus}")
        self.browser.key(key)
        self.browser.until(f"{focus} !== window.focused && {focus} !== document.body")

    def ids(self) -> list[str]:
        return self.run("[...document.querySelectorAll('#list .about bdi:first-child')].map((one) => one.textContent)")  # type: ignore[no-any-return]

    def status(self) -> str:
        return self.run("document.getElementById('status').textContent")  # type: ignore[no-any-return]

    def at(self) -> str | None:
        """The segment that has the focus, or of which a finding has."""
        return self.run("document.activeElement.closest('.segment')?.querySelector('.place a').textContent")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demo's report, and one of several pages."""
    made = {}
    demo = [
        replace(one, desk=("sports", "world", None)[at % 3], date=date(2026, 5, 1 + at // 2))
        for at, one in enumerate([*demo_articles(), STRAY])
    ]
    for name, articles in (("demo", demo), ("many", MANY)):
        folder = tmp_path_factory.mktemp(name)
        render(folder, articles)
        made[name] = folder / "report.html"
    return made


@pytest.fixture
def demo(browser: Browser, files: dict[str, Path]) -> Iterator[Report]:
    yield from _report(browser, files["demo"])


@pytest.fixture
def many(browser: Browser, files: dict[str, Path]) -> Iterator[Report]:
    yield from _report(browser, files["many"])


def _report(browser: Browser, file: Path) -> Iterator[Report]:
    browser.complaints.clear()
    browser.media()
    browser.size(1280, 900)
    yield Report(browser, file)
    assert not browser.complaints, "an error, or something that the policy refused"


def test_the_right_characters_are_marked(demo: Report) -> None:
    demo.open("#fair-12:0")
    marks = demo.run("[...document.querySelectorAll('mark')].map((one) => [one.className, one.textContent])")
    assert ["critical", "1 500"] in marks
    assert ["critical", "15 000"] in marks
    assert ["minor", "𝔣air"] in marks
    assert ["critical point", ""] in marks


def test_hostile_text_stays_text(demo: Report) -> None:
    demo.open(f"#at={quote(HOSTILE)}")
    assert demo.run("document.querySelectorAll('#list img, #list script, #list iframe').length") == 0
    assert "<img src=x onerror=alert(2)>" in demo.run("document.activeElement.textContent")
    assert "\\u202e" in demo.run("[...document.querySelectorAll('.escape')].map((one) => one.textContent).join()")


@pytest.mark.parametrize("name", ["fair-12:1", "wire-0007:9", "tail", "stray:0"])
def test_a_link_leads_to_any_segment(demo: Report, name: str) -> None:
    demo.open(f"#{name}")
    demo.browser.until("document.activeElement.closest('.segment')")
    assert demo.at() == name
    assert demo.run("(({ top, bottom }) => top >= 0 && bottom <= innerHeight)"
                    "(document.activeElement.getBoundingClientRect())")  # fmt: skip


def test_a_segments_own_link_leads_back_to_it(many: Report) -> None:
    """On a page that is not the first, in a part of the article that is folded, through a filter that hides it."""
    last = many_last()
    many.open(f"#severity=critical&at={last}")
    many.browser.until("document.activeElement.closest('.segment')")
    assert many.at() == last
    link = many.run("document.activeElement.querySelector('.place a').getAttribute('href')")
    many.open(link)
    many.browser.until("document.activeElement.closest('.segment')")
    assert many.at() == last


def many_last() -> str:
    """A segment of the best article that has no finding."""
    best = max(MANY, key=lambda one: (-one.verdict.rank, one.mqm_score))
    return next(one.id for one in best.segments if not one.findings)


def test_one_of_two_translations_of_a_segment(demo: Report) -> None:
    for system in ("vendor-a", "vendor-b"):
        demo.open(f"#at=wire-0007:2&by={system}")
        demo.browser.until("document.activeElement.closest('.segment')")
        assert system in demo.run("document.activeElement.closest('.article').querySelector('.about').textContent")


def test_an_example_leads_to_its_segment(demo: Report) -> None:
    demo.open()
    demo.run("document.querySelector('.examples a[href*=\"fair-12%3A0\"]').click()")
    demo.browser.until("document.activeElement.closest('.segment')")
    assert demo.at() == "fair-12:0"


def test_where_models_disagree_leads_to_the_segment(demo: Report) -> None:
    demo.open()
    demo.run("document.querySelector('#agreement summary').click()")
    demo.run("document.querySelector('#agreement a[href*=\"fair-12%3A0\"]').focus()")
    demo.browser.key("Enter")
    demo.browser.until("document.activeElement.closest('.segment')")
    assert demo.at() == "fair-12:0"


def test_a_link_to_nothing_says_so(demo: Report) -> None:
    demo.open("#nowhere:3")
    demo.browser.until("document.getElementById('status').textContent.includes('nowhere:3')")


def test_pages_turn_and_have_an_address(many: Report) -> None:
    many.open()
    first = many.ids()
    assert len(first) == 50
    many.click("#list > .pager button:last-of-type")
    second = many.ids()
    assert len(second) == 50
    assert not set(first) & set(second)
    address = many.run("location.hash")
    many.open(address)
    assert many.ids() == second
    ranks = [(-one.verdict.rank, one.mqm_score, at) for at, one in enumerate(MANY)]
    assert first + second == [MANY[at].id for *_, at in sorted(ranks)]


def test_texts_are_unpacked_for_what_is_shown_only(many: Report) -> None:
    many.open()
    assert many.run("document.querySelectorAll('script.page').length") > 1
    assert many.run("document.querySelectorAll('.segment').length") < 50


def test_filters_show_what_they_say(demo: Report) -> None:
    articles = [*demo_articles(), STRAY]
    demo.open()
    offered = demo.run("Object.fromEntries([...document.querySelectorAll('[data-facet=severity]')].map("
                       "(box) => [box.value, box.parentElement.querySelector('output').textContent]))")  # fmt: skip
    found = [finding.severity for one in articles for each in one.segments for finding in each.findings]
    assert offered == {severity.value: str(found.count(severity)) for severity in Severity}
    demo.click("[data-facet=severity][value=minor]")
    assert f"{found.count(Severity.MINOR)} of {len(found)} findings" in demo.status()
    with_minor = [
        one for one in articles if any(f.severity is Severity.MINOR for s in one.segments for f in s.findings)
    ]
    assert sorted(demo.ids()) == sorted(one.id for one in with_minor)
    demo.click("[data-facet=rule][value=doubled-dash]")
    assert demo.ids() == ["wire-0007"]
    address = demo.run("location.hash")
    assert address == "#severity=minor&rule=doubled-dash"
    demo.open(address)
    assert demo.ids() == ["wire-0007"], "the address is the view"
    demo.click("#clear")
    assert len(demo.ids()) == len(articles)


def test_languages_and_systems_filter(demo: Report) -> None:
    demo.open()
    demo.click('[data-facet=pair][value="en → ar"]')
    assert demo.ids() == ["ar-3"]
    demo.click("#clear")
    demo.click("[data-facet=system][value=vendor-a]")
    assert demo.ids() == ["wire-0007"]


def test_desks_and_dates_filter(demo: Report) -> None:
    demo.open()
    demo.do("document.querySelector('#breakdown a[href=\"#desk=sports\"]').click()")
    assert {"wire-0007", "stray"} < set(demo.ids())
    assert len(demo.ids()) == 3
    demo.click('[data-facet=date][value="2026-05-04"]')
    assert demo.ids() == ["stray"]
    demo.click("#clear")
    demo.click('[data-facet=desk][value=""]')
    assert sorted(demo.ids()) == ["bare-1", "fair-12"]


def test_dates_filter_as_coarsely_as_the_breakdown_has_them(browser: Browser, tmp_path: Path) -> None:
    first = date(2026, 1, 1)
    render(tmp_path, [replace(one, date=first + timedelta(at)) for at, one in enumerate(MANY[:70])])
    for report in _report(browser, tmp_path / "report.html"):
        report.open("#date=2026-03")
        assert sorted(report.ids()) == [one.id for one in MANY[59:70]]
        assert report.run("document.querySelectorAll('[data-facet=date]').length") == 3


def test_the_search_looks_everywhere(many: Report, demo: Report) -> None:
    demo.open()
    demo.seek("INGRID falkebo")
    assert sorted(demo.ids()) == ["wire-0007", "wire-0007"]
    demo.seek("“lördag” is missing")
    assert demo.ids() == ["fair-12"]
    demo.seek("there is no such text")
    assert demo.ids() == []
    assert demo.status().startswith("0 of")
    many.open()
    many.seek("batch-00042:7")
    assert many.ids() == ["batch-00042"], "in a page of texts that was not unpacked"


def test_articles_sort(many: Report) -> None:
    many.open()
    many.run("(() => { const sort = document.getElementById('sort'); sort.value = 'place'; "
             "sort.dispatchEvent(new Event('change', { bubbles: true })); })()")  # fmt: skip
    many.browser.until("document.querySelector('#list .about bdi').textContent === 'batch-00000'")
    assert many.ids() == [one.id for one in MANY[:50]]


def test_keys_walk_through_the_findings(demo: Report) -> None:
    demo.open()
    walk = []
    total = int(demo.status().split(", ")[1].split(" ")[0])
    for _ in range(total):
        demo.press("j")
        walk.append([demo.at(), demo.run("document.activeElement.dataset.place")])
    assert len({tuple(one) for one in walk}) == total
    demo.press("k")
    assert [demo.at(), demo.run("document.activeElement.dataset.place")] == walk[-2]
    demo.browser.key("/")
    assert demo.run("document.activeElement.id") == "search"
    demo.browser.key("j")
    assert demo.run("document.activeElement.id") == "search", "a letter in a text box is a letter"


def test_keys_cross_pages(many: Report) -> None:
    many.open()
    first = many.ids()
    many.open(f"#{first[-1]}:19")
    many.browser.until("document.activeElement.closest('.segment')")
    for _ in range(2):  # the last segment may have a finding of its own
        many.press("j")
    assert many.run("document.activeElement.matches('.finding')")
    assert not set(many.ids()) & set(first)
    many.browser.key("k")
    many.browser.until(f"document.querySelector('#list').textContent.includes({first[-1]!r})")


def test_dark_and_light(demo: Report) -> None:
    def paper() -> int:
        colour = demo.run("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.strip("rgb()").split(","))

    demo.browser.media(prefers_color_scheme="light")
    demo.open()
    assert paper() > 600
    demo.browser.media(prefers_color_scheme="dark")
    assert paper() < 150, "as the system has it"
    demo.run("document.getElementById('theme').click()")
    assert paper() > 600, "as the reader has it"
    demo.open()
    assert paper() > 600, "and keeps it"
    demo.run("localStorage.clear()")


def test_without_javascript_the_report_still_tells(demo: Report) -> None:
    demo.browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        demo.browser.open(f"file://{demo.file}")
        shown = demo.run("document.body.innerText")
    finally:
        demo.browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert "Stop" in shown
    assert "Critical findings; the policy allows none" in shown
    assert "fair-12" in shown


def test_on_paper_what_is_folded_is_open(demo: Report) -> None:
    demo.open()
    count = "['.article[open]', 'details[open]'].map((what) => document.querySelectorAll(what).length)"
    seen = f"[{count}, document.querySelectorAll('.article .segment').length]"
    before = demo.run(count)
    demo.run(f"addEventListener('beforeprint', () => (window.printed = {seen}))")
    assert demo.browser.print().startswith(b"%PDF")
    (open_articles, _), segments = demo.run("window.printed")
    failed = [one for one in [*demo_articles(), STRAY] if one.verdict != "pass"]
    assert open_articles >= len(failed)
    assert segments >= sum(bool(each.findings) for one in failed for each in one.segments)
    assert demo.run(count) == before, "and then as it was"
    demo.browser.media("print", prefers_color_scheme="dark")
    assert demo.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert demo.run("getComputedStyle(document.getElementById('filters')).display") == "none"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_to_say(demo: Report, scheme: str, width: int) -> None:
    """The rules of WCAG that a machine can check, with articles, menus and details open."""
    axe = pytest.importorskip("axe_core_python", reason="needs axe-core-python")
    demo.browser.size(width, 900)
    demo.browser.media(prefers_color_scheme=scheme)
    demo.open()
    demo.run("document.getElementById('open').click()")
    demo.run("for (const one of document.querySelectorAll('main details, footer details')) one.open = true")
    demo.browser.until("document.querySelectorAll('.segment').length > 20")
    demo.run((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = demo.run("axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) => "
                     "[id, help, nodes.length, nodes[0].html.slice(0, 200), nodes[0].failureSummary]))")  # fmt: skip
    assert not found, found
