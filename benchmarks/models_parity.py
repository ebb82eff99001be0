"""`sbert:` and `comet:` beside the packages that their formats come from, on small models of random weights.

    python -m benchmarks.models_parity [--data ../shared/data] [--output reports/models-parity.md]

Wants sentence-transformers and unbabel-comet, which mtcheck itself does not. The models are those of the tests; the
texts are FLORES-200 dev Swedish and English (not in the repository), as far as they are within a model's limit: longer
ones the packages truncate.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from mtcheck.core.config import ModelConfig
from mtcheck.core.types import Pair
from mtcheck.references.comet import CometModel
from mtcheck.references.sbert import SbertModel

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "references"))

from test_comet import KINDS as COMET_KINDS
from test_comet import original_scores
from test_sbert import KINDS
from tiny_checkpoints import make_comet, make_sbert


def main() -> None:
    """Embed with both, compare, write the report."""
    import sentence_transformers

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/models-parity.md"))
    options = parser.parse_args()
    folder = options.data / "flores-dev.sv-en"
    swedish, english = (
        [" ".join(line.split()[:6]) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
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
    comets = []
    for kind, made in COMET_KINDS.items():
        with tempfile.TemporaryDirectory() as place:
            path = make_comet(Path(place) / "model", **made)
            pairs = [Pair(*texts, "sv", "en") for texts in zip(swedish[:200], english[:200], strict=True)]
            found = CometModel.load(str(path), ModelConfig()).estimate(pairs)
            whole = [at for at, score in enumerate(found) if score.signature.endswith("|split:no")]
            expected = np.array(original_scores(path, [pairs[at] for at in whole]))
            apart = float(np.abs(expected - np.array([found[at].value for at in whole])).max())
            comets.append(f"| {kind} | {len(whole)} | {expected.min():.3f} to {expected.max():.3f} | {apart:.1e} |")
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
            f"By the same command, with unbabel-comet {version('unbabel-comet')} on the first 200 of these pairs.",
            "Under transformers 5 its call of the encoder fails, and so does its joining of two texts: both are made",
            "good for this, while the mixture of layers, the pooling and the regression head are its own.",
            "",
            "| model | pairs | scores | largest difference |",
            "|---|---:|---|---:|",
            *comets,
            "",
        ]
    )
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
