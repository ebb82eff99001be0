"""Whether the mean of several models' percentile ranks agrees with people better than each model does.

    python -m benchmarks.ensemble [--data ../shared/data] [--output reports/ensemble.md]

Development sets of MLQE-PE (not in the repository) in the languages that `mini` knows: sentences, their translations,
people's assessments, and the mean log-probability that the translating system itself gave each translation. The two
are combined, and `mini`'s own vectors beside them: the cosine of source and translation.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mtcheck.core.config import ModelConfig
from mtcheck.core.types import Pair
from mtcheck.engines.ensemble import Values, percentile_ranks, spearman
from mtcheck.references.mini import MiniModel

_PAIRS = ("en-de", "en-zh", "ro-en", "ru-en")
_RESAMPLES, _SEED = 2000, 12345
_MAX_FIELD = 1 << 24
_NAMES = ("mini", "likelihood", "cosine")
_HEAD = [
    "# Several models combined",
    "",
    "Made by `python -m benchmarks.ensemble` on the development sets of MLQE-PE: Spearman's rank correlation with",
    "people's mean assessments. Alone: `mini`, the log-probability that the translating system itself gave its",
    "translation, the cosine of `mini`'s vectors. Combined: the mean of their percentile ranks (`mean_percentile`)",
    "and, to compare, of their z-scores. The gain is that of `mini` and the likelihood by ranks over the better of the",
    "two alone, with the interval that holds 95 % of the bootstrap's resamples.",
    "",
    "| pair | segments | mini | likelihood | cosine | mini, likelihood: ranks | z-scores | mini, cosine: ranks "
    "| all three: ranks | z-scores | gain |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
]
_TAIL = [
    "",
    "Ranks and z-scores do about as well. What helps is a second opinion of about the same worth: a much weaker one,",
    "such as the cosine, counts for as much, and the mean of both is worse than `mini` alone. The likelihood here is",
    "the translating system's own; that of another model has not been measured.",
    "",
]


def main() -> None:
    """Correlate, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/ensemble.md"))
    options = parser.parse_args()
    csv.field_size_limit(_MAX_FIELD)
    model = MiniModel.load("", ModelConfig())
    rows = []
    for pair in _PAIRS:
        rows.append(_row(pair, *_scores(model, options.data / "mlqe-pe" / f"{pair}.dev.tsv.gz", pair)))
        print(rows[-1], file=sys.stderr)
    text = "\n".join([*_HEAD, *rows, *_TAIL])
    options.output.write_text(text, encoding="utf-8")


def _scores(model: MiniModel, file: Path, pair: str) -> tuple[dict[str, Values], Values]:
    """Each signal, and what people said."""
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    source_lang, target_lang = pair.split("-")
    pairs = [Pair(row["source"], row["target"], source_lang, target_lang) for row in rows]
    sources, targets = model.embed([one.source for one in pairs]), model.embed([one.target for one in pairs])
    signals = {
        "mini": np.array([score.value for score in model.estimate(pairs)]),
        "likelihood": np.array([float(row["model_score"]) for row in rows]),
        "cosine": (sources * targets).sum(axis=1).astype(np.float64),
    }
    return signals, np.array([float(row["z_mean"]) for row in rows])


def _row(pair: str, signals: dict[str, Values], people: Values) -> str:
    ranks = {name: percentile_ranks(signals[name]) for name in _NAMES}
    scaled = {name: (signals[name] - signals[name].mean()) / signals[name].std() for name in _NAMES}
    two, near = ("mini", "likelihood"), ("mini", "cosine")
    means = [_mean(ranks, two), _mean(scaled, two), _mean(ranks, near), _mean(ranks, _NAMES), _mean(scaled, _NAMES)]
    found = [_agreement(values, people) for values in (*signals.values(), *means)]
    better = max(two, key=lambda name: _agreement(signals[name], people))
    low, high = _gain(means[0], signals[better], people)
    gain = f"{found[3] - max(found[:2]):+.3f} ({low:+.3f} to {high:+.3f})"
    return f"| {pair} | {len(people)} | {' | '.join(f'{value:.3f}' for value in found)} | {gain} |"


def _mean(values: dict[str, Values], names: Sequence[str]) -> Values:
    return np.asarray(np.mean([values[name] for name in names], axis=0))


def _agreement(values: Values, people: Values) -> float:
    return spearman(percentile_ranks(values), percentile_ranks(people)) or 0.0


def _gain(combined: Values, alone: Values, people: Values) -> tuple[float, float]:
    draw = np.random.default_rng(_SEED)
    gains = []
    for _ in range(_RESAMPLES):
        at = draw.integers(len(people), size=len(people))
        gains.append(_agreement(combined[at], people[at]) - _agreement(alone[at], people[at]))
    low, high = np.quantile(gains, (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main()
