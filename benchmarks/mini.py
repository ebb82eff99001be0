"""The embedded model: speed, memory, and whether its estimate ranks hallucinations last.

    python -m benchmarks.mini [--data ../shared/data] [--report reports/mini.md]

The hallucinations are those of deep-spin/hallucinations-in-nmt (Guerreiro et al. 2023, "Looking for a Needle
in a Haystack"): German to English, annotated by people.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import random
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from mtcheck.core.config import ModelConfig
from mtcheck.core.types import Pair
from mtcheck.references.mini import MiniModel

# What counts as the positive class: the annotation columns of which at least one is set.
_CLASSES = {
    "hallucination (strong-unsupport, full-unsupport or repetitions)": (
        "strong-unsupport",
        "full-unsupport",
        "repetitions",
    ),
    "detached (strong-unsupport or full-unsupport)": ("strong-unsupport", "full-unsupport"),
    "fully detached (full-unsupport)": ("full-unsupport",),
    "strongly detached (strong-unsupport)": ("strong-unsupport",),
    "oscillation (repetitions)": ("repetitions",),
    "omission": ("omission",),
    "named entities": ("named-entities",),
}
_ALL = ("repetitions", "named-entities", "omission", "strong-unsupport", "full-unsupport")


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive lies below a negative, ties half (Mann-Whitney U)."""
    wins = sum((low < high) + (low == high) / 2 for low in positive for high in negative)
    return wins / (len(positive) * len(negative))


def interval(positive: Sequence[float], negative: Sequence[float], samples: int = 200) -> tuple[float, float]:
    """95% bootstrap interval of `auroc`, both classes resampled; seeded."""
    draw = random.Random(1)
    values = sorted(
        auroc(draw.choices(positive, k=len(positive)), draw.choices(negative, k=len(negative))) for _ in range(samples)
    )
    return values[int(0.025 * samples)], values[int(0.975 * samples) - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--report", type=Path, default=Path("reports/mini.md"))
    options = parser.parse_args()

    start = time.perf_counter()
    model = MiniModel.load("", ModelConfig())
    load_seconds = time.perf_counter() - start

    annotated = options.data / "hallucinations.de-en" / "annotated.tsv.gz"
    with gzip.open(annotated, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    scores = model.estimate([Pair(row["source"], row["target"], "de", "en") for row in rows])
    values = [score.value for score in scores]

    table = []
    for name, columns in _CLASSES.items():
        positive = [v for v, row in zip(values, rows, strict=True) if any(row[c] == "1" for c in columns)]
        negative = [v for v, row in zip(values, rows, strict=True) if all(row[c] == "0" for c in _ALL)]
        low, high = interval(positive, negative)
        table.append(f"| {name} | {len(positive)} | {auroc(positive, negative):.3f} | {low:.3f}–{high:.3f} |")
    healthy = len(negative)

    folder = options.data / "flores-dev.de-en"
    source = (folder / "source.de").read_text(encoding="utf-8").splitlines()
    systems = [path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.glob("*.en")) if path.is_file()]
    distinct = [Pair(*texts, "de", "en") for texts in zip(source, systems[-1], strict=True)]
    shared = [Pair(*texts, "de", "en") for lines in systems for texts in zip(source, lines, strict=True)]
    speeds = []
    for name, pairs in (
        ("distinct pairs", distinct),
        (f"the same sources, {len(systems)} translations each", shared),
        ("the distinct pairs ten times over", distinct * 10),
    ):
        start = time.perf_counter()
        model.estimate(pairs)
        seconds = time.perf_counter() - start
        speeds.append(f"| {name} | {len(pairs)} | {len(pairs) / seconds:,.0f} | {2 * len(pairs) / seconds:,.0f} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(
        f"""# The embedded model `mini`, measured

Made by `python -m benchmarks.mini --data {options.data}` on {os.cpu_count()} cores ({platform.machine()}, \
Python {platform.python_version()}), no accelerator.

Signature: `{scores[0].signature}`

## Does the estimate rank hallucinations last?

AUROC of the plain estimate, no threshold fitted, on the {len(rows)} German–English pairs of even index in
deep-spin/hallucinations-in-nmt. Positive: at least one of the named annotations is set. Negative: the
{healthy} pairs with no annotation set. 95% interval by bootstrap (200 samples, seeded).

| positive class | pairs | AUROC | 95% interval |
|---|---|---|---|
{chr(10).join(table)}

## Speed and memory

Loaded in {load_seconds:.2f} s (hash of the weights included); peak resident memory of this measurement
{peak:,.0f} MB. FLORES-200 dev German–English, sentences of some 25 words.

| what | pairs | pairs/s | sentences/s |
|---|---|---|---|
{chr(10).join(speeds)}
""",
        encoding="utf-8",
    )
    print(options.report.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
