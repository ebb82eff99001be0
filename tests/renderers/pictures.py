"""The README's pictures, of a run on corpora/sv-en-wire: `python tests/renderers/pictures.py REPORT.HTML FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser import Browser, browsing

SEGMENT = "sv-en-05:3"


def take(browser: Browser, report: Path, folder: Path) -> None:
    """The top of the page; a segment that a link leads to; what a rule found, in the dark."""

    def open_at(fragment: str, scheme: str, height: int) -> None:
        browser.size(1200, height)
        browser.media(prefers_color_scheme=scheme)
        browser.open(f"file://{report.resolve()}{fragment}")
        browser.until("document.querySelector('#list .article')")

    open_at("", "light", 1180)
    browser.picture(folder / "report.png")
    open_at(f"#at={SEGMENT}&by=raw-mt", "light", 900)
    browser.until("document.activeElement.closest('.segment')")
    browser.picture(folder / "article.png")
    open_at("#rule=doubled-dash", "dark", 900)
    browser.run("document.getElementById('filters').scrollIntoView()")
    browser.picture(folder / "dark.png")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as profile, browsing(Path(profile)) as one:
        take(one, Path(sys.argv[1]), Path(sys.argv[2]))
