"""All rules of mtcheck beside translate-toolkit's `pofilter` and l10n-lint with all their checks, on the same pairs.

    pip install translate-toolkit l10n-lint
    python -m benchmarks.rules_speed [--data ../shared/data] [--output reports/rules-speed.md]

FLORES-200 dev Swedish-English (not in the repository), 997 pairs, in one process each in turn, seven rounds; tables are
loaded before, on other pairs. The figures are the fastest round's; the first round is given too, because mtcheck
remembers what it has looked up once a word. l10n-lint takes files: its time is that for one .po of all pairs, reading
included.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from l10n_lint import RULES, L10nLinter
from translate.filters.checks import CheckerConfig, StandardChecker, StandardUnitChecker, TeeChecker
from translate.storage import pypo as po

from mtcheck.core.config import Config
from mtcheck.core.types import Article, Segment
from mtcheck.engines.inspection import Inspector

_ROUNDS = 7


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
    units = []
    for source, target in pairs[:-100]:
        unit = po.pounit(source)
        unit.target = target
        units.append(unit)
    catalog = po.pofile()
    catalog.updateheader(add=True, language="en", content_type="text/plain; charset=UTF-8")
    for unit in units:
        catalog.addunit(unit)
    content = bytes(catalog).decode()
    linter = L10nLinter()
    checker = TeeChecker(CheckerConfig(targetlanguage="en"), checkerclasses=[StandardChecker, StandardUnitChecker])
    ours: list[float] = []
    theirs: list[float] = []
    others: list[float] = []
    for _ in range(_ROUNDS):
        ours.append(_time(lambda: [inspector.inspect(article) for article in articles]) / len(articles))
        theirs.append(_time(lambda: [checker.run_filters(unit) for unit in units]) / len(units))
        others.append(_time(lambda: linter.lint_file("pairs.po", content)) / len(units))
    filters = len(checker.getfilters())
    text = "\n".join(
        [
            "# Speed of the rules",
            "",
            "Made by `python -m benchmarks.rules_speed`; see its head for what is timed.",
            "",
            "| | checks | ms a pair, best round | ms a pair, first round |",
            "|---|---|---|---|",
            f"| mtcheck, all rules | {len(inspector.rules)} | {min(ours):.3f} | {ours[0]:.3f} |",
            f"| pofilter, translate-toolkit {version('translate-toolkit')} | {filters} | {min(theirs):.3f}"
            f" | {theirs[0]:.3f} |",
            f"| l10n-lint {version('l10n-lint')} | {len(RULES)} | {min(others):.3f} | {others[0]:.3f} |",
            f"| mtcheck to pofilter | | {min(ours) / min(theirs):.2f} | {ours[0] / theirs[0]:.2f} |",
            f"| mtcheck to l10n-lint | | {min(ours) / min(others):.2f} | {ours[0] / others[0]:.2f} |",
            "",
        ]
    )
    options.output.write_text(text, encoding="utf-8")
    print(text)


def _pairs(folder: Path) -> list[tuple[str, str]]:
    source = (folder / "source.sv").read_text(encoding="utf-8").splitlines()
    target = (folder / "reference.en").read_text(encoding="utf-8").splitlines()
    return list(zip(source, target, strict=True))


def _article(index: int, source: str, target: str) -> Article:
    name = f"pair-{index}"
    return Article(name, (Segment(f"{name}:0", name, 0, target, source, source_lang="sv", target_lang="en"),))


def _time(work: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
