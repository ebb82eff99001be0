"""BLEU and chrF of each segment beside sacrebleu's sentence functions and others, on the same pairs in the same run.

    pip install fastchrf nltk
    python -m benchmarks.metrics [--data ../shared/data] [--output reports/metrics.md]

FLORES-200 dev Swedish-English, one system's 997 translations (not in the repository), in one process, in turn, five
rounds; the figures are the fastest round's. sacrebleu's memory of tokenized lines is emptied between rounds. What
mtcheck gives in its time is each segment's score and the statistics that add up to the scores of articles and corpora;
the others give scores alone, fastchrf of chrF, nltk (which counts spaces and tokens otherwise) of both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import fastchrf
import numpy as np
import sacrebleu
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from nltk.translate.chrf_score import sentence_chrf
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp

from mtcheck.metrics.base import METRICS

_ROUNDS = 5
_TOGETHER = 512


def main() -> None:
    """Time all, compare values, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/metrics.md"))
    options = parser.parse_args()
    folder = options.data / "flores-dev.sv-en"
    targets = (folder / "hypothesis.google.en").read_text(encoding="utf-8").splitlines()
    references = (folder / "reference.en").read_text(encoding="utf-8").splitlines()
    smoothing = SmoothingFunction().method3

    def nltk_bleu(target: str, reference: str) -> float:
        return float(sentence_bleu([reference.split()], target.split(), smoothing_function=smoothing))

    def fast_chrf() -> list[float]:
        found = fastchrf.pairwise_chrf([[target] for target in targets], [[reference] for reference in references])
        return [scores[0][0] for scores in found]

    pairs = list(zip(targets, references, strict=True))
    works: dict[tuple[str, str], Callable[[], Sequence[float]]] = {
        ("bleu", "mtcheck"): lambda: _ours("bleu", targets, references),
        ("bleu", "sacrebleu"): lambda: [sacrebleu.sentence_bleu(one, [other]).score for one, other in pairs],
        ("bleu", "nltk"): lambda: [nltk_bleu(*pair) for pair in pairs],
        ("chrf", "mtcheck"): lambda: _ours("chrf", targets, references),
        ("chrf", "sacrebleu"): lambda: [sacrebleu.sentence_chrf(one, [other]).score for one, other in pairs],
        ("chrf", "fastchrf"): fast_chrf,
        ("chrf", "nltk"): lambda: [sentence_chrf(other, one, max_len=6, beta=2.0) for one, other in pairs],
    }
    times = dict.fromkeys(works, float("inf"))
    values: dict[tuple[str, str], Sequence[float]] = {}
    for _ in range(_ROUNDS):
        for name, work in works.items():
            # Nobody scores the same texts twice.
            Tokenizer13a.__call__.cache_clear()
            TokenizerRegexp.__call__.cache_clear()
            start = time.perf_counter()
            values[name] = work()
            times[name] = min(times[name], time.perf_counter() - start)
    options.output.write_text(_page(times, values, len(pairs)), encoding="utf-8")
    print(options.output.read_text(encoding="utf-8"))


def _ours(name: str, targets: Sequence[str], references: Sequence[str]) -> Sequence[float]:
    metric = METRICS.get(name)("en")
    scores: list[float] = []
    for start in range(0, len(targets), _TOGETHER):
        batch = slice(start, start + _TOGETHER)
        statistics = metric.all_statistics(targets[batch], [[reference] for reference in references[batch]])
        scores += metric.scores(np.array(statistics, dtype=np.float64), "segment").tolist()
    return scores


def _page(times: dict[tuple[str, str], float], values: dict[tuple[str, str], Sequence[float]], pairs: int) -> str:
    lines = [
        "# Speed of the metrics",
        "",
        "Made by `python -m benchmarks.metrics`; see its head for what is timed. "
        f"sacrebleu {version('sacrebleu')}, fastchrf {version('fastchrf')}, nltk {version('nltk')}.",
        "",
        "| | | µs a pair | mtcheck is so many times as fast | largest difference from mtcheck |",
        "|---|---|---|---|---|",
    ]
    for (metric, name), seconds in times.items():
        ratio = seconds / times[metric, "mtcheck"]
        ours = np.array(values[metric, "mtcheck"])
        apart = "–" if name == "nltk" else f"{np.abs(np.array(values[metric, name]) - ours).max():.1e}"
        lines.append(f"| {metric} | {name} | {1e6 * seconds / pairs:.0f} | {ratio:.2f} | {apart} |")
    both = {name: times["bleu", name] + times["chrf", name] for name in ("mtcheck", "sacrebleu")}
    lines.append(
        f"| both | sacrebleu | {1e6 * both['sacrebleu'] / pairs:.0f} | {both['sacrebleu'] / both['mtcheck']:.2f} | |"
    )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
