"""All rules of mtcheck beside translate-toolkit's `pofilter` and l10n-lint with all their checks, on the same pairs.

    pip install translate-toolkit l10n-lint
    python -m benchmarks.rules_speed [--data ../shared/data] [--output reports/rules-speed.md]

FLORES-200 dev Swedish-English (not in the repository), 897 pairs, in one process each in turn, fifteen rounds; tables
are loaded before, on 100 other pairs. The figures are those of the fastest round of each fifty pairs, so that what else
the machine does counts little; the first round is given too, because mtcheck remembers what it has looked up once a
word. l10n-lint takes files: its time is the best for a .po of fifty pairs, reading included.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from l10n_lint import RULES, L10nLinter
from translate.filters.checks import CheckerConfig, StandardChecker, StandardUnitChecker, TeeChecker
from translate.storage import pypo as po

from mtcheck.core.config import Config
from mtcheck.core.types import Article, Segment
from mtcheck.engines.inspection import Inspector

T = TypeVar("T")

_ROUNDS = 15
_AT_ONCE = 50


def main() -> None:
    """Time both, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/rules-speed.md"))
    options = parser.parse_args()
    pairs = _pairs(options.data / "flores-dev.sv-en")
    inspector = Inspector(Config())
    articles = [_article(index, source, target) for index, (source, target) in enumerate(pairs)]
    for article in articles[-100:]:
        inspector.inspect(article)
    articles = articles[:-100]
    pairs = pairs[:-100]
    units = []
    for source, target in pairs:
        unit = po.pounit(source)
        unit.target = target
        units.append(unit)
    checker = TeeChecker(CheckerConfig(targetlanguage="en"), checkerclasses=[StandardChecker, StandardUnitChecker])
    catalogs = [_catalog(pairs[start : start + _AT_ONCE]) for start in range(0, len(units), _AT_ONCE)]
    linter = L10nLinter()
    ours, theirs, others = [], [], []
    for _ in range(_ROUNDS):
        ours.append(_times(inspector.inspect, articles))
        theirs.append(_times(checker.run_filters, units))
        others.append([time for file in catalogs for time in _times(partial(linter.lint_file, "pairs.po"), [file])])
    (best, first), (their_best, their_first) = _summary(ours, len(articles)), _summary(theirs, len(units))
    other_best, other_first = _summary(others, len(units))
    filters = len(checker.getfilters())
    text = "\n".join(
        [
            "# Speed of the rules",
            "",
            "Made by `python -m benchmarks.rules_speed`; see its head for what is timed.",
            "",
            "| | checks | ms a pair, best rounds | ms a pair, first round |",
            "|---|---|---|---|",
            f"| mtcheck, all rules | {len(inspector.rules)} | {best:.3f} | {first:.3f} |",
            f"| pofilter, translate-toolkit {version('translate-toolkit')} | {filters} | {their_best:.3f}"
            f" | {their_first:.3f} |",
            f"| l10n-lint {version('l10n-lint')} | {len(RULES)} | {other_best:.3f} | {other_first:.3f} |",
            f"| mtcheck to pofilter | | {best / their_best:.2f} | {first / their_first:.2f} |",
            f"| mtcheck to l10n-lint | | {best / other_best:.2f} | {first / other_first:.2f} |",
            "",
        ]
    )
    options.output.write_text(text, encoding="utf-8")
    print(text)


def _pairs(folder: Path) -> list[tuple[str, str]]:
    source = (folder / "source.sv").read_text(encoding="utf-8").splitlines()
    target = (folder / "reference.en").read_text(encoding="utf-8").splitlines()
    return list(zip(source, target, strict=True))


def _catalog(pairs: Sequence[tuple[str, str]]) -> str:
    """A .po of these pairs."""
    catalog = po.pofile()
    catalog.updateheader(add=True, language="en", content_type="text/plain; charset=UTF-8")
    for source, target in pairs:
        unit = po.pounit(source)
        unit.target = target
        catalog.addunit(unit)
    return bytes(catalog).decode()


def _article(index: int, source: str, target: str) -> Article:
    name = f"pair-{index}"
    return Article(name, (Segment(f"{name}:0", name, 0, target, source, source_lang="sv", target_lang="en"),))


def _times(work: Callable[[T], object], items: Sequence[T]) -> list[float]:
    """Milliseconds for each fifty items."""
    marks = [time.perf_counter()]
    for start in range(0, len(items), _AT_ONCE):
        for item in items[start : start + _AT_ONCE]:
            work(item)
        marks.append(time.perf_counter())
    return [(after - before) * 1000 for before, after in pairwise(marks)]


def _summary(rounds: list[list[float]], items: int) -> tuple[float, float]:
    """Milliseconds an item: of each part the fastest round's, and the first round's."""
    return sum(map(min, zip(*rounds, strict=True))) / items, sum(rounds[0]) / items


if __name__ == "__main__":
    main()
