"""`comet:` beside unbabel-comet on the same checkpoints of random weights: how fast, and whether the scores are equal.

    python -m benchmarks.comet --comet PYTHON [--data ../shared/data] [--output reports/comet.md]

PYTHON is that of an environment of its own in which unbabel-comet is installed with the versions that it asks for, and
the same torch. It is asked in turns with mtcheck, on one thread, one system after the other; what is compared is the
time of the processor, the best of the rounds of each.

News are FLORES-200 dev Swedish-English with the six systems' outputs, short sentences Tatoeba's without their last word
(neither is in the repository).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from benchmarks.likelihood import rows, vocabulary
from mtcheck.core.config import CacheConfig, Config
from mtcheck.core.types import Segment
from mtcheck.engines.scoring import Scorer

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "references"))

from tiny_checkpoints import make_comet

_HIDDEN, _LAYERS = 384, 6
# As wmt20-comet-qe-da and wmt22-comet-da.
_KINDS: dict[str, dict[str, Any]] = {
    "source": {"kind": "referenceless_regression_metric", "layer_transformation": "softmax", "layer_norm": True},
    "source and reference": {"kind": "regression_metric"},
}
# What unbabel-comet is told: its `predict` as it is; with comet-score's cache; and in 16 bits too, as comet-score.
_WAYS = {
    "predict": {"caching": False, "half": False},
    "cache": {"caching": True, "half": False},
    "half": {"caching": True, "half": True},
}
_System = list[tuple[str, str, str]]
"""Source, translation and reference of each segment."""


class _Said(NamedTuple):
    seconds: float
    scores: list[float]
    hits: int = 0


def main() -> None:
    """Measure, compare, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comet", required=True, metavar="PYTHON")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sentences", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("reports/comet.md"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    lines = []
    with tempfile.TemporaryDirectory() as place:
        for kind, made in _KINDS.items():
            folder = make_comet(
                Path(place) / kind.replace(" ", "-"),
                encoder=lambda folder: _encoder(folder, options.data),
                pool="avg",
                hidden_sizes=[3 * _HIDDEN, _HIDDEN],
                **made,
            )
            with _Original(options.comet, folder) as original:
                for name, systems in _cases(options.data, options.sentences).items():
                    lines.append(f"| {kind} | {name} | {_measured(folder, original, systems, options.rounds)}")
                    print(lines[-1], flush=True)
                    options.output.write_text(_report(lines, options), encoding="utf-8")


class _Original:
    """unbabel-comet with a checkpoint, in a process of its own."""

    def __init__(self, python: str, folder: Path) -> None:
        call = [
            python,
            "-P",
            "-W",
            "ignore",
            str(Path(__file__).with_name("comet_original.py")),
            str(folder / "checkpoints" / "model.ckpt"),
        ]
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean)

    def __enter__(self) -> _Original:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, systems: Sequence[_System], way: str) -> _Said:
        names = ("src", "mt", "ref")
        asked = [[dict(zip(names, texts, strict=True)) for texts in system] for system in systems]
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"systems": asked, **_WAYS[way]}) + "\n")
        self._process.stdin.flush()
        return _Said(**json.loads(self._process.stdout.readline()))


def _ours(folder: Path, systems: Sequence[_System]) -> _Said:
    """As `mtcheck compare` asks: one system after the other, in a run of its own."""
    scorer = Scorer(Config(reference_model=[f"comet:{folder}"], metrics=[], cache=CacheConfig(use=False)))
    scores = []
    start = time.process_time()
    for number, system in enumerate(systems):
        segments = [
            Segment(f"{number}-{at}", "", at, target, source, (reference,), source_lang="sv", target_lang="en")
            for at, (source, target, reference) in enumerate(system)
        ]
        scores += [scored.scores["comet"].value for scored in scorer.ask(segments)]
    return _Said(time.process_time() - start, scores)


def _measured(folder: Path, original: _Original, systems: Sequence[_System], rounds: int) -> str:
    """The rest of a line of the table."""
    best: dict[str, _Said] = {}
    for number in range(rounds + 1):
        for way in ("mtcheck", *_WAYS):
            # In 16 bits it takes long.
            if way == "half" and number > 1:
                continue
            # The first round, on a few segments, is not counted.
            asked = systems if number else [systems[0][:4]]
            said = _ours(folder, asked) if way == "mtcheck" else original.ask(asked, way)
            if number:
                best[way] = min(best.get(way, said), said)
    ours, exact = best["mtcheck"], best["predict"].scores
    cells = [f"{sum(map(len, systems))}", f"{ours.seconds:.1f}"]
    for way in _WAYS:
        if way in best:
            cells += [f"{best[way].seconds:.1f}", f"**{best[way].seconds / ours.seconds:.1f}x**"]
        else:
            cells += ["–"] * 2
    cells += [str(best["cache"].hits), f"{min(exact):.2f} to {max(exact):.2f}"]
    for way in ("mtcheck", "half"):
        apart = [abs(one - other) for one, other in zip(best[way].scores, exact, strict=True)] if way in best else []
        cells.append(f"{max(apart):.0e}" if apart else "–")
    return " | ".join(cells) + " |"


def _cases(data: Path, sentences: int) -> dict[str, list[_System]]:
    folder = data / "flores-dev.sv-en"
    sources = (folder / "source.sv").read_text(encoding="utf-8").splitlines()
    references = (folder / "reference.en").read_text(encoding="utf-8").splitlines()
    systems = [
        list(zip(sources, path.read_text(encoding="utf-8").splitlines(), references, strict=True))
        for path in sorted(folder.glob("hypothesis.*.en"))
    ]
    draw = random.Random(1)
    tatoeba = [row for row in rows(data) if row["origin"].startswith("tatoeba") and " " in row["target"]]
    short = [
        (row["source"], row["target"].rpartition(" ")[0], row["target"]) for row in draw.sample(tatoeba, sentences // 2)
    ]
    mixed = [*systems[0][: sentences // 2], *short]
    draw.shuffle(mixed)
    return {
        "news": [systems[0][:sentences]],
        "news and short sentences": [mixed],
        f"news, {len(systems)} systems": [system[:sentences] for system in systems],
    }


def _encoder(folder: Path, data: Path) -> Any:
    """A small XLM-RoBERTa, whose vocabulary is trained on the spot."""
    import sentencepiece
    from transformers import XLMRobertaConfig, XLMRobertaModel, XLMRobertaTokenizer

    pieces = vocabulary(folder, data)
    scores = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sp.model"))
    words = [(word, 0.0) for word in ("<s>", "<pad>", "</s>", "<unk>")]
    words += [(piece, scores.get_score(at)) for at, piece in enumerate(pieces, 3)]
    XLMRobertaTokenizer(vocab=words).save_pretrained(folder)
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=len(words) + 1,
        hidden_size=_HIDDEN,
        num_hidden_layers=_LAYERS,
        num_attention_heads=_HIDDEN // 64,
        intermediate_size=4 * _HIDDEN,
        max_position_embeddings=514,
        type_vocab_size=1,
        initializer_range=0.1,
    )
    model = XLMRobertaModel(config).eval()
    model.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    return model


def _report(lines: list[str], options: argparse.Namespace) -> str:
    call = f"--comet PYTHON --sentences {options.sentences} --rounds {options.rounds}"
    asked = (
        "from importlib.metadata import version as v; print(v('unbabel-comet'), 'with transformers', v('transformers'))"
    )
    version = subprocess.run([options.comet, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    return "\n".join(
        [
            "# How fast COMET is, beside unbabel-comet",
            "",
            f"Made by `python -m benchmarks.comet {call}` on one thread, with",
            f"torch {torch.__version__}; seconds of the processor, the best of {options.rounds} rounds in turns.",
            f"unbabel-comet {version} runs in an environment of its own. mtcheck is",
            "asked as `mtcheck compare` asks, one system after the other, without its cache of answers.",
            "",
            f"The checkpoints are in COMET's format, {_LAYERS} layers of {_HIDDEN} and 32,000 pieces, with random",
            "weights: one reads the source as wmt20-comet-qe-da, the other source and reference as wmt22-comet-da.",
            "News are FLORES-200 dev Swedish-English with the outputs of six systems, short sentences Tatoeba's.",
            "",
            "`predict` is unbabel-comet's from Python. comet-score calls it with the same defaults, system by system:",
            "batches of 16, sorted by the source's length in characters. It also keeps the vectors of whole batches in",
            "a cache, and makes the model one of 16 bits: both are shown. `hits` is how often something was found in",
            "that cache. Its key holds the tensors themselves, which are never equal: it finds nothing, and source and",
            "reference are encoded again for each system. `difference` is the largest between mtcheck's scores, which",
            "are rounded to five decimals, and those of `predict`; `of 16 bits` that between its own.",
            "",
            "| reads | texts | pairs | mtcheck | `predict` | faster | with cache | faster | 16 bits | faster | hits "
            "| scores | difference | of 16 bits |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|",
            *lines,
            "",
            "Of the texts of N systems, 3N with a reference and 2N without, N + 2 and N + 1 differ: of six, 2.25 and",
            "1.7 times fewer are encoded, and fewer still where systems agree on a translation. The rest is padding.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
