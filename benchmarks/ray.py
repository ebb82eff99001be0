"""The Ray engine beside the local one: whole runs of `mtcheck check`, as a ratio.

    python -m benchmarks.ray [--pairs 5000] [--jobs 2] [--rounds 2] [--output reports/ray.md]

The pairs are those of `benchmarks.batches`. Each run is a process of its own, from start to end: modules, models and
Ray's cluster are begun in it; Ray's processes, which it would let wait for all others, wait for none. Runs of the
engines take turns; of each engine the median counts. Both must have written the same bytes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.batches import _drawn, _pool, _write

_CALL = "from mtcheck.cli import main; main()"
_ENGINES = ("local", "ray")


def main() -> None:
    """Run all, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    parser.add_argument("--output", type=Path, default=Path("reports/ray.md"))
    options = parser.parse_args()
    lines, load = [], os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.jsonl"
        _write(file, _drawn(list(_pool(options.corpora)), options.pairs))
        for model in ("none", "mini"):
            taken: dict[str, list[float]] = {engine: [] for engine in _ENGINES}
            for _ in range(options.rounds):
                for engine in _ENGINES:
                    taken[engine].append(_seconds(file, Path(folder) / engine, model, engine, options.jobs))
            local, ray = ((Path(folder) / engine / "segments.jsonl").read_bytes() for engine in _ENGINES)
            if local != ray:
                raise SystemExit(f"the engines differ with the model {model}")
            speed = {engine: options.pairs / statistics.median(taken[engine]) for engine in _ENGINES}
            ratio = speed["ray"] / speed["local"]
            lines.append(f"| {model} | {speed['local']:,.0f} | {speed['ray']:,.0f} | {ratio:.2f} |")
            print(lines[-1], flush=True)
    options.output.write_text(_report(lines, options, load), encoding="utf-8")


def _seconds(file: Path, run: Path, model: str, engine: str, jobs: int) -> float:
    arguments = ["check", str(file), "-m", model, "-j", str(jobs), "--engine", engine, "-o", str(run)]
    call = [sys.executable, "-c", _CALL, *arguments, "--quiet", "--fail-on", "never"]
    began = time.perf_counter()
    subprocess.run(call, check=True, env=os.environ | {"RAY_worker_niceness": "0"})
    return time.perf_counter() - began


def _report(lines: list[str], options: argparse.Namespace, load: float) -> str:
    call = f"--pairs {options.pairs} --jobs {options.jobs} --rounds {options.rounds}"
    return "\n".join(
        [
            "# The Ray engine on one machine",
            "",
            f"Made by `python -m benchmarks.ray {call}` with Ray {version('ray')}; see its head for what is timed.",
            f"The machine has {os.cpu_count()} processors; {load:.0f} processes wanted one at the beginning, so that "
            "the ratio says more than the pairs a second. The bytes of `segments.jsonl` are the same.",
            "",
            f"| model | local --jobs {options.jobs}, pairs/s | ray --jobs {options.jobs}, pairs/s | ratio |",
            "|---|---:|---:|---:|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
