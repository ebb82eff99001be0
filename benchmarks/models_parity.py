"""`sbert:`, `comet:` and `metricx:` beside the packages that they come from, on small models of random weights.

    python -m benchmarks.models_parity [--data ../shared/data] [--output reports/models-parity.md]

Wants sentence-transformers and unbabel-comet, which mtcheck itself does not. The models are those of the tests; the
texts are FLORES-200 dev Swedish and English (not in the repository), as far as they are within a model's limit: longer
ones the packages truncate.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from mtcheck.core.config import ModelConfig
from mtcheck.core.types import ErrorSpan, Pair
from mtcheck.references.comet import CometModel
from mtcheck.references.metricx import MetricxModel
from mtcheck.references.sbert import SbertModel

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "references"))

from test_comet import KINDS as COMET_KINDS
from test_comet import NEEDING, READING, original_scores
from test_metricx import KINDS as METRICX_KINDS
from test_metricx import original_scores as mt5_scores
from test_sbert import KINDS
from tiny_checkpoints import make_comet, make_metricx, make_sbert


def main() -> None:
    """Embed with both, compare, write the report."""
    import sentence_transformers

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/models-parity.md"))
    options = parser.parse_args()
    folder = options.data / "flores-dev.sv-en"
    swedish, english = (
        [_words(line, 6) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        for name in ("source.sv", "reference.en")
    )
    rows = []
    for made in KINDS.values():
        with tempfile.TemporaryDirectory() as place:
            path = make_sbert(Path(place) / "model", **made)
            ours = SbertModel.load(str(path), ModelConfig())
            theirs = sentence_transformers.SentenceTransformer(str(path), device="cpu")
            scores = ours.estimate([Pair(*texts, "sv", "en") for texts in zip(swedish, english, strict=True)])
            whole = [at for at, score in enumerate(scores) if score.signature.endswith("|split:no")]
            first, second = (
                theirs.encode([texts[at] for at in whole], normalize_embeddings=True) for texts in (swedish, english)
            )
            cosines = (first * second).sum(axis=1)
            apart = float(np.abs(cosines - np.array([scores[at].value for at in whole])).max())
            vectors = float(np.abs(first - ours.embed([swedish[at] for at in whole])).max())
            pooling = made["pooling"] or {"pooling_mode": "mean"}
            modes = [key.removeprefix("pooling_mode_") for key, value in pooling.items() if value is True]
            stated = pooling.get("pooling_mode", modes)
            modes = [stated] if isinstance(stated, str) else stated
            rows.append(
                f"| {made['encoder']} | {', '.join(modes)} | {'yes' if made.get('dense') else 'no'} "
                f"| {len(whole)} | {cosines.min():.3f} to {cosines.max():.3f} | {vectors:.1e} | {apart:.1e} |"
            )
    pairs = [
        Pair(_words(source, 3), _words(target, 3), "sv", "en", (_words(target, 4),))
        for source, target in zip(swedish[:200], english[:200], strict=True)
    ]
    comets = []
    for kind, made in COMET_KINDS.items():
        with tempfile.TemporaryDirectory() as place:
            path = make_comet(Path(place) / "model", **made)
            model = CometModel.load(str(path), ModelConfig())
            for read in (*([] if kind in NEEDING else [0]), *([1] if kind in READING else [])):
                asked = [pair._replace(references=pair.references[:read]) for pair in pairs]
                found = model.estimate(asked)
                whole = [at for at, score in enumerate(found) if score.signature.endswith("|split:no")]
                said = original_scores(path, [asked[at] for at in whole])
                values = np.array([one.value for one in said])
                apart = float(np.abs(values - np.array([found[at].value for at in whole])).max())
                marked = "–"
                if found[0].errors is not None:
                    same, of = _errors_alike(
                        [(asked[at], found[at].errors, one.errors) for at, one in zip(whole, said, strict=True)]
                    )
                    marked = f"{same} of {of}"
                comets.append(
                    f"| {kind} | {'yes' if read else 'no'} | {len(whole)} | {values.min():.3f} to {values.max():.3f} "
                    f"| {apart:.1e} | {marked} |"
                )
    metricx = []
    with tempfile.TemporaryDirectory() as place:
        for name, form in METRICX_KINDS.items():
            path = make_metricx(Path(place) / name)
            estimates = MetricxModel.load(str(path), ModelConfig()).estimate(pairs)
            expected = np.array(mt5_scores(path, [form.format(pair) for pair in pairs]))
            apart = float(np.abs(expected - np.array([score.value for score in estimates])).max())
            metricx.append(f"| {name} | {len(pairs)} | {expected.min():.3f} to {expected.max():.3f} | {apart:.1e} |")
    text = "\n".join(
        [
            "# Sentence embeddings, beside sentence-transformers",
            "",
            "Made by `python -m benchmarks.models_parity` with sentence-transformers",
            f"{sentence_transformers.__version__}, on small models of random weights in its format, and the first six",
            "words of each sentence of FLORES-200 dev Swedish-English, as many as are within the model's limit (longer",
            "ones the package truncates and mtcheck splits). Cosines are rounded to five decimals.",
            "",
            "| encoder | pooling | dense | pairs | cosines | largest difference of vectors | of cosines |",
            "|---|---|---|---:|---|---:|---:|",
            *rows,
            "",
            "# COMET, beside unbabel-comet",
            "",
            f"By the same command, with unbabel-comet {version('unbabel-comet')} on the first 200 of these sentences:",
            "three words of the Swedish as source, three of the English as translation, four as reference. Under",
            "transformers 5 its call of the encoder fails, and so does its joining of two texts: both are made good",
            "for this, the rest is its own.",
            "",
            "| model | reference | pairs | scores | largest difference | same errors marked |",
            "|---|---|---:|---|---:|---:|",
            *comets,
            "",
            "# MetricX, beside transformers' mT5",
            "",
            "By the same command: the logit of the 250,089th token at the decoder's first step, each pair alone.",
            "",
            "| model | pairs | scores | largest difference |",
            "|---|---:|---|---:|",
            *metricx,
            "",
        ]
    )
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])


def _errors_alike(
    marked: Sequence[tuple[Pair, Sequence[ErrorSpan] | None, Sequence[ErrorSpan] | None]],
) -> tuple[int, int]:
    """How many errors of the others are ours too: the same words, as grave, as sure to 1e-4; and of how many."""
    same = of = 0
    for pair, ours, theirs in marked:
        # It counts the space before a word with it, and tokens without any character.
        others = [one for one in theirs or () if pair.target[one.start : one.end].strip()]
        of += len(others)
        for one, other in zip(ours or (), others, strict=True):
            alike = pair.target[one.start : one.end] == pair.target[other.start : other.end].strip()
            same += alike and one.severity == other.severity and abs(one.confidence - other.confidence) < 1e-4
    return same, of


if __name__ == "__main__":
    main()
