"""Systems ranked by chrF, BLEU and mini, beside the COMET published with their outputs, and sacrebleu's p-values.

    python -m benchmarks.compare [--data ../shared/data] [--output reports/compare.md]

FLORES-200 dev with the outputs of several systems a language pair (not in the repository). COMET is the number
stored beside each output where it comes from, of Unbabel/wmt22-comet-da; it is not computed here.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest

import mtcheck
from mtcheck.core.results import ComparedLanguages, ComparedPair

SCORES = ("bleu", "chrf", "mini")
_PEERS = {"bleu": BLEU, "chrf": CHRF}
_PARITY = "flores-dev.sv-en"


def main() -> None:
    """Compare, count, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/compare.md"))
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    sections: list[str] = []
    parity: list[str] = []
    folders = [path.parent for path in sorted(options.data.glob("flores-dev.*/systems.tsv"))]
    for folder in folders:
        comet = _published(folder)
        compared, warnings = _compare(folder, list(comet))
        sections += _section(comet, compared, warnings)
        for pair in compared.pairs:
            _count(counts, pair, comet)
        if folder.name == _PARITY:
            parity = _parity(folder, compared)
        print(folder.name, file=sys.stderr)
    text = "\n".join([*_head(len(folders)), *_agreement(counts), "", *parity, "", *sections])
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _published(folder: Path) -> dict[str, float]:
    """The systems whose output is there, with their COMET, best first."""
    with (folder / "systems.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    comet = {row["system"]: float(row["comet"]) for row in rows if row["text_here"] == "yes"}
    return dict(sorted(comet.items(), key=lambda item: -item[1]))


def _compare(folder: Path, systems: list[str]) -> tuple[ComparedLanguages, tuple[str, ...]]:
    pair = folder.name.removeprefix("flores-dev.")
    source_lang, target_lang = pair.split("-")
    compared = mtcheck.compare(
        source=next(folder.glob("source.*")),
        target=[f"{system}={folder / f'hypothesis.{system}.{target_lang}'}" for system in systems],
        reference=folder / f"reference.{target_lang}",
        source_lang=source_lang,
        target_lang=target_lang,
        metrics="bleu,chrf",
        select="doubled-dash",
    )
    return compared.languages[0], compared.warnings


def _section(comet: dict[str, float], compared: ComparedLanguages, warnings: Sequence[str]) -> list[str]:
    lines = [
        f"## {compared.source_lang}-{compared.target_lang}",
        "",
        f"| system | COMET, published | {' | '.join(SCORES)} |",
        f"|---|---:|{'---:|' * len(SCORES)}",
    ]
    systems = {system.system: system for system in compared.systems}
    for name, value in comet.items():
        cells = []
        for score in SCORES:
            found = systems[name].scores.get(score)
            if found is None:
                cells.append("–")
            else:
                half = (found.interval[1] - found.interval[0]) / 2
                cells.append(f"{found.value:.2f} ±{half:.2f} ({found.rank})")
        lines.append(f"| {name} | {value:.4f} | {' | '.join(cells)} |")
    against = [
        f"{pair.score}: {pair.better} over {pair.worse} by {pair.difference:.2f} "
        f"(p = {pair.p_randomisation:.4f}{', significant' if pair.significant else ''})"
        for pair in compared.pairs
        if comet[pair.better] < comet[pair.worse]
    ]
    lines += ["", f"Against COMET's order: {'; '.join(against) or 'none'}.", ""]
    for warning in warnings:
        lines += [f"{warning}.", ""]
    return lines


def _count(counts: Counter[tuple[str, str]], pair: ComparedPair, comet: dict[str, float]) -> None:
    agrees = comet[pair.better] > comet[pair.worse]
    kinds = ["all", "significant" if pair.significant else "not significant"]
    if pair.accuracy is not None:
        kinds.append("too small" if pair.too_small else "large enough")
    for kind in kinds:
        counts[pair.score, kind] += 1
        counts[pair.score, f"{kind}, agrees"] += agrees


def _agreement(counts: Counter[tuple[str, str]]) -> list[str]:
    kinds = ("all", "significant", "not significant", "large enough", "too small")
    lines = ["| score | " + " | ".join(kinds) + " |", f"|---|{'---:|' * len(kinds)}"]
    for score in SCORES:
        cells = []
        for kind in kinds:
            total = counts[score, kind]
            cells.append(f"{counts[score, f'{kind}, agrees']} of {total}" if total else "–")
        lines.append(f"| {score} | {' | '.join(cells)} |")
    return lines


def _parity(folder: Path, compared: ComparedLanguages) -> list[str]:
    """Each system beside the best by chrF, in sacrebleu and here."""
    first = compared.systems[0].system
    others = [system.system for system in compared.systems[1:]]
    texts = {
        name: (folder / f"hypothesis.{name}.en").read_text(encoding="utf-8").splitlines() for name in (first, *others)
    }
    reference = (folder / "reference.en").read_text(encoding="utf-8").splitlines()
    metrics: dict[str, Any] = {name: peer() for name, peer in _PEERS.items()}
    found = {}
    for test in ("bs", "ar"):
        _, found[test] = PairedTest(list(texts.items()), metrics, [reference], test)()
    lines = [
        "## Beside sacrebleu",
        "",
        f"sv-en, each system beside {first}, in `sacrebleu` with --paired-bs (1,000 resamples) and --paired-ar",
        "(10,000 trials), seed 12345, and here.",
        "",
        "| system | score | p, bootstrap | sacrebleu | p, randomisation | sacrebleu | ± | sacrebleu |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    pairs = {(pair.score, frozenset((pair.better, pair.worse))): pair for pair in compared.pairs}
    systems = {system.system: system for system in compared.systems}
    largest = 0.0
    for position, name in enumerate(others, start=1):
        for score in _PEERS:
            key = next(key for key in found["bs"] if key.lower().startswith(score[:4]))
            bs, ar = (found[test][key][position] for test in ("bs", "ar"))
            pair = pairs[score, frozenset((first, name))]
            low, high = systems[name].scores[score].interval
            ours = (pair.p_bootstrap, pair.p_randomisation, (high - low) / 2)
            theirs = (bs.p_value, ar.p_value, bs.ci)
            largest = max(largest, *(abs(one - other) for one, other in zip(ours, theirs, strict=True)))
            cells = [f"{value:.4f}" for both in zip(ours, theirs, strict=True) for value in both]
            lines.append(f"| {name} | {score} | {' | '.join(cells)} |")
    return [*lines, "", f"Largest difference: {largest:.1e}."]


def _head(pairs: int) -> list[str]:
    return [
        "# Systems compared",
        "",
        f"Made by `python -m benchmarks.compare` on FLORES-200 dev, 997 sentences a language pair, {pairs} pairs, one",
        "human reference, with the outputs and the COMET (Unbabel/wmt22-comet-da) published by",
        "mozilla/firefox-translations-models.",
        "± is half the 95 % bootstrap interval; in brackets the cluster: every system of one is significantly better",
        "(approximate randomisation, p at most 0.05, each pair for itself) than every system of a later one.",
        "",
        "Pairs of systems that each score orders as COMET does. COMET was not made by people, and sees source and",
        "reference; it is what is published. Large enough are differences of which people confirm 65 % or more",
        "(Kocmi et al. 2024, arXiv:2401.06760), which is known of BLEU and chrF. mini was made to judge single",
        "translations and sees no reference; how far its means rank systems is what the last line says.",
        "",
    ]


if __name__ == "__main__":
    main()
