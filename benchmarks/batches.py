"""Speed and memory of whole runs of `mtcheck check`, by the number of pairs and of processes.

    python -m benchmarks.batches [--pairs 5000 50000] [--jobs 1 2] [--output reports/batches.md]

The pairs are those of the sample corpora, drawn at random (seed 1) with a number of their own, so that few are equal;
of those with a source, most have a human reference. Each run is a process of its own and writes `summary.json`,
`segments.jsonl` and `report.html`. Memory is the greatest resident set of the main process, and the sum of that of the
workers, as the kernel tells it at their end (`VmHWM`); time is from start to end of the process, model and
language tables included. `cpu` is what all its processes computed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_CALL = "from mtcheck.cli import main; main()"


class _Figures(NamedTuple):
    seconds: float
    cpu: float
    main: float
    workers: float
    load: float


def main() -> None:
    """Run all, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    parser.add_argument("--output", type=Path, default=Path("reports/batches.md"))
    options = parser.parse_args()
    pool = list(_pool(options.corpora))
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for number in options.pairs:
            file = Path(folder) / f"{number}.jsonl"
            _write(file, pool, number)
            for model in ("none", "mini") if number == min(options.pairs) else ("none",):
                for jobs in options.jobs:
                    found = _measure(file, Path(folder) / "run", model, jobs)
                    lines.append(
                        f"| {number:,} | {model} | {jobs} | {found.seconds:.1f} | {number / found.seconds:,.0f} | "
                        f"{found.cpu:.1f} | {found.main:,.0f} | {found.workers:,.0f} | {found.load:.1f} |"
                    )
                    print(lines[-1], flush=True)
                    options.output.write_text(_report(lines, options.pairs, options.jobs), encoding="utf-8")


def _pool(corpora: Path) -> Iterator[dict[str, object]]:
    """All pairs of the sample corpora that have a source."""
    for file in sorted(corpora.rglob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            for pair in record.get("segments", [record]):
                if pair.get("source"):
                    languages = {key: pair.get(key) or record.get(key) for key in ("source_lang", "target_lang")}
                    kept = {key: pair[key] for key in ("source", "target", "references") if key in pair}
                    yield kept | {key: tag for key, tag in languages.items() if tag}


def _write(file: Path, pool: list[dict[str, object]], number: int) -> None:
    draw = random.Random(1)
    with file.open("w", encoding="utf-8") as lines:
        for at in range(number):
            pair = dict(draw.choice(pool))
            for side in ("source", "target"):
                pair[side] = f"{pair[side]} ({at})"
            lines.write(json.dumps({"id": f"p{at}", **pair}, ensure_ascii=False) + "\n")


def _measure(file: Path, run: Path, model: str, jobs: int) -> _Figures:
    arguments = ["check", str(file), "-m", model, "-j", str(jobs), "-o", str(run), "--quiet", "--fail-on", "never"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    load = os.getloadavg()[0]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", _CALL, *arguments])
    peaks: dict[int, int] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, done))
    watcher.start()
    status = process.wait()
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    if status:
        raise SystemExit(f"mtcheck ended with {status}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = peaks.pop(process.pid, 0)
    return _Figures(seconds, cpu, peak / 1024, sum(peaks.values()) / 1024, load)


def _watch(main: int, peaks: dict[int, int], done: threading.Event) -> None:
    """The greatest resident sets (KiB) of a process and of those that it started, twice a second."""
    while not done.wait(0.5):
        for pid in (main, *_children(main)):
            try:
                status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            except OSError:
                continue
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    peaks[pid] = int(line.split()[1])


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]
    except OSError:
        return []


def _report(lines: list[str], pairs: list[int], jobs: list[int]) -> str:
    call = f"--pairs {' '.join(map(str, pairs))} --jobs {' '.join(map(str, jobs))}"
    return "\n".join(
        [
            "# Speed and memory of batches",
            "",
            f"Made by `python -m benchmarks.batches {call}`; see its head for what is timed.",
            f"The machine has {os.cpu_count()} processors; `load` is how many processes wanted one when the run began: "
            "where they are more, the seconds say little and the processor time more.",
            "",
            "| pairs | model | jobs | seconds | pairs/s | cpu, s | main, MiB | workers, MiB | load |",
            "|---|---|---|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
