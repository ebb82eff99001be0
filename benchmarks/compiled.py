"""Likelihood by `hf:` as it is, beside the same model whose encoder and decoder `torch.compile` has compiled.

    python -m benchmarks.compiled [--data ../shared/data] [--sentences 64] [--rounds 2] [--output reports/compiled.md]

The model is Marian's size with random weights, the sentences those of `benchmarks.likelihood`. Both are asked for the
same pairs in turns on one thread. Seconds are of the processor; the first time, when the compiler works, stands apart.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import torch

from benchmarks.likelihood import _cases, _likelihood, _marian
from mtcheck.core.config import ModelConfig
from mtcheck.core.types import Pair
from mtcheck.references.base import ReferenceModel
from mtcheck.references.hf import HfModel


def main() -> None:
    """Measure, compare, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sentences", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path("reports/compiled.md"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        # No code that an earlier run compiled.
        os.environ |= {"XDG_CACHE_HOME": place, "TORCHINDUCTOR_CACHE_DIR": f"{place}/compiled"}
        folder = str(_marian(Path(place) / "Marian", options.data))
        plain, compiled = (HfModel.load(folder, ModelConfig()) for _ in range(2))
        assert isinstance(compiled, HfModel)
        for part in (compiled._model.get_encoder(), compiled._model.get_decoder()):
            part.forward = torch.compile(part.forward, dynamic=True)
        lines = []
        for case in _cases(options.data, options.sentences)[:3]:
            first = _seconds(compiled, case.pairs)
            rounds = [(_seconds(plain, case.pairs), _seconds(compiled, case.pairs)) for _ in range(options.rounds)]
            own, other = (median(times) for times in zip(*rounds, strict=True))
            ratio = median(one / two for one, two in rounds)
            lines.append(f"| {case.name} | {len(case.pairs)} | {own:.1f} | {first:.1f} | {other:.1f} | {ratio:.2f}x |")
            print(lines[-1], flush=True)
    options.output.write_text(_report(lines, options), encoding="utf-8")


def _seconds(model: ReferenceModel, pairs: Sequence[Pair]) -> float:
    """Seconds of the processor, of this process and of those that it has waited for."""
    before = os.times()
    _likelihood(model, pairs)
    return sum(after - start for after, start in zip(os.times()[:4], before[:4], strict=True))


def _report(lines: list[str], options: argparse.Namespace) -> str:
    return "\n".join(
        [
            "# Likelihood with torch.compile",
            "",
            f"Made by `python -m benchmarks.compiled --sentences {options.sentences} --rounds {options.rounds}` on one",
            f"thread, with torch {torch.__version__}; see its head. On the CPU compiling is not worth its time, so",
            "nothing is compiled; on a GPU it was not measured.",
            "",
            "| sentences | pairs | seconds | compiled, first time | compiled, later | faster |",
            "|---|---:|---:|---:|---:|---:|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
