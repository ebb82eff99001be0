"""How quick the HTML report is: `python tests/renderers/measure.py [SEGMENTS ...]` prints a table.

The text is made up: words drawn by Zipf's law from 30,000 made of syllables, so that it packs about as well as prose.
One segment in eight has a finding. The largest number is measured in three shapes: articles of 20 segments, articles
of one, and one article.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from browser import DRAWN, Browser, browsing
from test_html import article, scores, segment, summarise

from mtcheck.core.results import ArticleResult, SegmentResult
from mtcheck.renderers.html import HtmlRenderer

SIZE = 20
SYLLABLES = ("ba", "den", "fri", "go", "har", "ki", "lo", "mer", "nö", "per", "ra", "sto", "tå", "und", "ver", "ös")
FAULTS = (("doubled-dash", "The dash stands twice"), ("number-mismatch", "14 became 41"), ("interface-text", "Leak"))

# What the reader waits for. Each starts from the page as it is and ends when the list is drawn anew.
TIMED = "(async () => {{ const start = performance.now(); const drawn = {drawn}; {action}; await drawn; "
TIMED += "return performance.now() - start; }})()"
ACTIONS = {
    "filter": "document.querySelector('[data-facet=severity][value=critical]').click()",
    "page": "const next = document.querySelector('#list > .pager button:last-of-type'); if (next) next.click(); "
    "else document.getElementById('sort').dispatchEvent(new Event('change', { bubbles: true }))",
    "sort": "document.getElementById('sort').value = 'place'; "
    "document.getElementById('sort').dispatchEvent(new Event('change', { bubbles: true }))",
    "search": "document.getElementById('search').value = 'findme'; "
    "document.getElementById('search').dispatchEvent(new Event('input'))",
}
LONGEST = (
    "new Promise((done) => { let most = 0; const seen = new PerformanceObserver((list) => { "
    "for (const one of list.getEntries()) most = Math.max(most, one.duration); }); "
    "seen.observe({ type: 'longtask', buffered: true }); setTimeout(() => done(most), 300); })"
)


def made_up(segments: int, size: int) -> Iterator[ArticleResult]:
    """Articles of `size` segments; one text, in the middle, holds a word of its own."""
    chance = random.Random(segments)
    words = ["".join(chance.choices(SYLLABLES, k=chance.choice((1, 2, 2, 3, 4)))) for _ in range(30_000)]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))

    def prose() -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(8, 24))).capitalize() + "."

    def one(name: str, index: int, place: int) -> SegmentResult:
        target = prose() + (" Findme." if place == segments // 2 else "")
        rule, message = chance.choice(FAULTS)
        faults = [(rule, target.split()[0], None, message, None)] if chance.random() < 1 / 8 else []
        values = scores(chance.uniform(5, 95), chance.uniform(20, 90), chance.uniform(-4, -0.2))
        return replace(segment(name, index, prose(), target, *faults, scores=values), system=f"vendor-{place % 3}")

    for start in range(0, segments, size):
        name = f"batch-{start // size:06}"
        found = article([one(name, place - start, place) for place in range(start, min(start + size, segments))])
        yield replace(found, system=f"vendor-{start // size % 3}")


def measure(browser: Browser, folder: Path, segments: int, size: int) -> dict[str, str]:
    """One row: megabytes of the page and of the script's memory, seconds to render, else milliseconds."""
    renderer = HtmlRenderer(folder)
    results = []
    spent = 0.0
    for result in made_up(segments, size):
        start = time.perf_counter()
        renderer.article(result)
        spent += time.perf_counter() - start
        results.append(replace(result, segments=result.segments[:1]))
    summary = summarise(results)
    start = time.perf_counter()
    renderer.finish(summary)
    spent += time.perf_counter() - start
    row = {
        "segments": f"{segments:,}",
        "articles": f"{len(results):,}",
        "file, MB": f"{renderer.path.stat().st_size / 1e6:.1f}",
        "written, s": f"{spent:.1f}",
    }
    address = f"file://{renderer.path}"
    browser.open(address)
    browser.until("document.querySelector('#list .article')")
    row["first paint"] = str(round(browser.run("performance.getEntriesByName('first-contentful-paint')[0].startTime")))
    row["list drawn"] = str(round(browser.run("performance.now()")))
    for name, action in ACTIONS.items():
        row[name] = str(round(browser.run(TIMED.format(drawn=DRAWN, action=action))))
        if name in ("filter", "sort"):
            browser.run("document.getElementById('clear').click()")
            browser.until("document.getElementById('clear').hidden")
    row["longest task"] = str(round(browser.run(LONGEST)))
    browser.call("HeapProfiler.collectGarbage")
    row["script, MB"] = f"{browser.run('performance.memory.usedJSHeapSize') / 1e6:.0f}"
    last = results[len(results) * 2 // 3]
    browser.open(f"{address}#{last.id}:{size - 1}")
    browser.until("document.activeElement.closest('.segment')")
    row["link"] = str(round(browser.run("performance.now()")))
    assert not browser.complaints, browser.complaints
    return row


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
    with tempfile.TemporaryDirectory() as profile, tempfile.TemporaryDirectory() as folder:
        for number, (segments, size) in enumerate(
            [*((one, SIZE) for one in sizes), (max(sizes), 1), (max(sizes), max(sizes))]
        ):
            with browsing(Path(profile) / str(number)) as browser:
                row = measure(browser, Path(folder), segments, size)
            if not number:
                sys.stdout.write("| " + " | ".join(row) + " |\n|" + "---:|" * len(row) + "\n")
            sys.stdout.write("| " + " | ".join(row.values()) + " |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
