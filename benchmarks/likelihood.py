"""Likelihood by `hf:` beside a plain loop over padded batches, on the same models of random weights.

    python -m benchmarks.likelihood [--data ../shared/data] [--output reports/likelihood.md]

The plain loop is what transformers' documentation leads to: batches of 32 in the order of the input, padded to the
longest, all logits, their log-softmax, of which the targets' are taken. Both are asked for the same pairs in turns, on
one thread, and both tokenise. What is compared is the time of the processor, which other processes disturb least.
`ct2:` is the same model on CTranslate2 in 8 bits; it wants ctranslate2, and is left out where that is absent.

The models have the sizes of Marian (OPUS-MT) and, in half as many layers, of M2M100-418M, with a SentencePiece
vocabulary that is trained on the spot. News are FLORES-200 dev Swedish-English with the six systems' outputs, short
sentences Tatoeba's (neither is in the repository).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Pair, Score
from mtcheck.references.base import ReferenceModel
from mtcheck.references.ct2 import Ct2Model
from mtcheck.references.hf import HfModel

_BATCH = 32
_WORDS = 32_000
_Values = list[list[float]]


class _Case(NamedTuple):
    name: str
    pairs: list[Pair]


def main() -> None:
    """Measure, compare, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sentences", type=int, default=128)
    parser.add_argument("--models", nargs="+", choices=_MADE, default=list(_MADE))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("reports/likelihood.md"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    lines = []
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_CACHE_HOME"] = place
        for name in options.models:
            folder = _MADE[name](Path(place) / name, options.data)
            for case in _cases(options.data, options.sentences):
                lines.append(f"| {name} | {case.name} | {len(case.pairs)} | {_measured(folder, case.pairs, options)}")
                print(lines[-1], flush=True)
                options.output.write_text(_report(lines, options), encoding="utf-8")


def _measured(folder: Path, pairs: Sequence[Pair], options: argparse.Namespace) -> str:
    """The rest of a line of the table."""
    models: dict[str, ReferenceModel] = {"hf": HfModel.load(str(folder), ModelConfig())}
    with contextlib.suppress(MtcheckError):
        Ct2Model.pull(str(folder), None)
        models["ct2"] = Ct2Model.load(str(folder), ModelConfig())
    asked: dict[str, Callable[[Sequence[Pair]], _Values]] = {"plain": _Plain(folder).log_probabilities}
    for key, model in models.items():
        asked[key] = partial(_likelihood, model)
    times: dict[str, list[float]] = {key: [] for key in asked}
    found = {}
    for number in range(options.rounds + 1):
        for key, ask in asked.items():
            # The first round, on a few pairs, is not counted.
            start = time.process_time()
            found[key] = ask(pairs if number else pairs[:4])
            if number:
                times[key].append(time.process_time() - start)
    cells = [f"{median(times['plain']):.1f}"]
    for key in ("hf", "ct2"):
        if key in asked:
            ratio = median(plain / other for plain, other in zip(times["plain"], times[key], strict=True))
            apart = _apart(found["plain"], found[key])
            cells += [f"{median(times[key]):.1f}", f"**{ratio:.1f}x**", f"{apart:.0e}"]
        else:
            cells += ["–"] * 3
    return " | ".join(cells) + " |"


def _cases(data: Path, sentences: int) -> list[_Case]:
    folder = data / "flores-dev.sv-en"
    sources = (folder / "source.sv").read_text(encoding="utf-8").splitlines()[:sentences]
    systems = [path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.glob("hypothesis.*.en"))]
    news = [Pair(source, target, "sv", "en") for source, target in zip(sources, systems[0], strict=False)]
    tatoeba = [row for row in rows(data) if row["origin"].startswith("tatoeba")]
    draw = random.Random(1)
    short = [Pair(row["source"], row["target"], "sv", "en") for row in draw.sample(tatoeba, sentences)]
    mixed = [*news[: sentences // 2], *short[: sentences // 2]]
    draw.shuffle(mixed)
    few = sources[: sentences // 2]
    many = [Pair(source, target, "sv", "en") for system in systems for source, target in zip(few, system, strict=False)]
    return [
        _Case("news", news),
        _Case("short sentences", short),
        _Case("both, mixed", mixed),
        _Case(f"news, {len(systems)} systems", many),
    ]


class _Plain:
    """A checkpoint used without further thought."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._tokenizer.src_lang, self._tokenizer.tgt_lang = "sv", "en"
        self._model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
        # M2M100's targets begin with their language, which is given and not predicted.
        self._given = 1 if self._tokenizer("", text_target="")["labels"][0] != self._tokenizer.eos_token_id else 0

    @torch.inference_mode()
    def log_probabilities(self, pairs: Sequence[Pair]) -> _Values:
        """Of each token of each target, and of its end."""
        found = []
        for first in range(0, len(pairs), _BATCH):
            batch = pairs[first : first + _BATCH]
            inputs = self._tokenizer([pair.source for pair in batch], padding=True, return_tensors="pt")
            wanted = self._tokenizer(text_target=[pair.target for pair in batch], padding=True, return_tensors="pt")
            labels, lengths = wanted["input_ids"], wanted["attention_mask"].sum(1).tolist()
            start = torch.full((len(batch), 1), self._model.config.decoder_start_token_id)
            logits = self._model(**inputs, decoder_input_ids=torch.cat((start, labels[:, :-1]), 1)).logits
            values = logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]
            found += [row[self._given : length].tolist() for row, length in zip(values, lengths, strict=True)]
        return found


def _likelihood(model: ReferenceModel, pairs: Sequence[Pair]) -> _Values:
    return _values(model.likelihood(pairs))


def _values(scores: Sequence[Score]) -> _Values:
    return [[token.value for token in score.tokens or ()] for score in scores]


def _apart(one: _Values, other: _Values) -> float:
    """The largest difference of mean log-probabilities."""
    return max(abs(sum(a) - sum(b)) / len(a) for a, b in zip(one, other, strict=True))


def rows(data: Path) -> list[dict[str, str]]:
    with gzip.open(data / "training" / "sv-en.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def vocabulary(folder: Path, data: Path) -> list[str]:
    """The pieces of a SentencePiece model, `sp.model` in the folder."""
    import sentencepiece

    folder.mkdir()
    sample = random.Random(1).sample(rows(data), 40_000)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([row[side] for row in sample for side in ("source", "target")]),
        model_prefix=str(folder / "sp"),
        vocab_size=_WORDS,
        num_threads=1,
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sp.model"))
    return [processor.id_to_piece(at) for at in range(3, processor.get_piece_size())]


def _marian(folder: Path, data: Path) -> Path:
    """OPUS-MT's base size: 6 and 6 layers of 512, 58,000 words."""
    from transformers import MarianConfig, MarianMTModel

    words = ["</s>", "<unk>", *vocabulary(folder, data)]
    words += [f"<unused{at}>" for at in range(57_999 - len(words))] + ["<pad>"]
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes((folder / "sp.model").read_bytes())
    (folder / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    config = {"tokenizer_class": "MarianTokenizer", "source_lang": "swe", "target_lang": "eng", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    pad = len(words) - 1
    torch.manual_seed(0)
    sizes = {
        f"{side}_{key}": value
        for side in ("encoder", "decoder")
        for key, value in (("layers", 6), ("attention_heads", 8), ("ffn_dim", 2048))
    }
    MarianMTModel(
        MarianConfig(
            vocab_size=len(words),
            d_model=512,
            max_position_embeddings=512,
            activation_function="swish",
            init_std=0.05,
            scale_embedding=True,
            pad_token_id=pad,
            decoder_start_token_id=pad,
            eos_token_id=0,
            forced_eos_token_id=0,
            **sizes,
        )
    ).save_pretrained(folder)
    return folder


def _m2m100(folder: Path, data: Path) -> Path:
    """M2M100-418M's width, 1,024 and 128,112 words, in 6 and 6 layers instead of 12 and 12."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    pieces = vocabulary(folder, data)
    words = ["<s>", "<pad>", "</s>", "<unk>", *pieces]
    words += [f"<unused{at}>" for at in range(128_004 - len(words))]
    (folder / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sp.model")).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {f"{side}_{key}": value for side in ("encoder", "decoder") for key, value in (("layers", 6),)}
    M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=128_112, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, init_std=0.05, **sizes
        )
    ).save_pretrained(folder)
    return folder


_MADE: dict[str, Callable[[Path, Path], Path]] = {"Marian": _marian, "M2M100": _m2m100}


def _report(lines: list[str], options: argparse.Namespace) -> str:
    call = f"--models {' '.join(options.models)} --sentences {options.sentences} --rounds {options.rounds}"
    return "\n".join(
        [
            "# How fast likelihood is, beside a plain loop",
            "",
            f"Made by `python -m benchmarks.likelihood {call}`",
            f"on one thread, with torch {torch.__version__}; seconds of the processor. The plain loop takes batches of",
            "32 in the order of the input, padded to the longest, and all their logits. `hf:` encodes a source once,",
            "whatever the number of its translations, batches sources and translations by their own lengths, computes",
            "logits for tokens and not for padding, and sums them up in pieces that stay in the cache. `ct2:` is the",
            "same model in 8 bits on CTranslate2.",
            "",
            "The models have random weights: Marian's base size (6 and 6 layers of 512, 58,000 words), and the width",
            "of M2M100-418M in half its layers (6 and 6 of 1,024, 128,112 words). The difference is the largest",
            "between mean log-probabilities. How far 8 bits move those of a trained model is not measured here.",
            "",
            "| model | sentences | pairs | plain | `hf:` | faster | difference | `ct2:` | faster | difference |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
