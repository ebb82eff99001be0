"""Speed and memory of whole runs of `mtcheck check`, by the number of pairs and of processes.

    python -m benchmarks.batches [--pairs 5000 50000] [--jobs 1 2] [--output reports/batches.md]
    python -m benchmarks.batches --million [--pairs 50000 1000000] [--jobs 2] [--output reports/batches-memory.md]
                                 [--with OPTIONS OF mtcheck check]

The pairs are those of the sample corpora that have a source, drawn at random (seed 1) with a number of their own, so
that few are equal. With `--million` memory is asked for, with the embedded model, metrics and all rules: the pairs are
those of up to 60 characters, so that it takes no night, each with a number and a made-up name of its own on both sides,
so that all differ and most hold words never seen before; what has no human reference gets the translation without its
last word as one. Each run is a process of its own and writes `summary.json`,
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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_CALL = "from mtcheck.cli import main; main()"
_SHORT = 60

_Pair = dict[str, Any]


class _Figures(NamedTuple):
    seconds: float
    cpu: float
    main: float
    workers: float
    load: float

    @property
    def all(self) -> float:
        """No less than what all processes had at any time."""
        return self.main + self.workers


def main() -> None:
    """Run all, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--pairs", type=int, nargs="+")
    parser.add_argument("--jobs", type=int, nargs="+")
    parser.add_argument("--model", default="mini", help="of --million")
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    parser.add_argument("--output", type=Path)
    parser.add_argument("--with", dest="extra", nargs=argparse.REMAINDER, default=[], help="to `mtcheck check`")
    options = parser.parse_args()
    pool = list(_pool(options.corpora))
    if options.million:
        pairs, jobs = options.pairs or [50_000, 1_000_000], options.jobs or [2]
        output = options.output or Path("reports/batches-memory.md")
        _measure_memory(pool, pairs, jobs, options.model, output, options.extra)
    else:
        pairs, jobs = options.pairs or [5_000, 50_000], options.jobs or [1, 2]
        _measure_speed(pool, pairs, jobs, options.output or Path("reports/batches.md"))


def _measure_speed(pool: list[_Pair], pairs: list[int], several: list[int], output: Path) -> None:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for number in pairs:
            file = Path(folder) / f"{number}.jsonl"
            _write(file, _drawn(pool, number))
            for model in ("none", "mini") if number == min(pairs) else ("none",):
                for jobs in several:
                    found = _measure(file, Path(folder) / "run", model, jobs)
                    lines.append(
                        f"| {number:,} | {model} | {jobs} | {found.seconds:.1f} | {number / found.seconds:,.0f} | "
                        f"{found.cpu:.1f} | {found.main:,.0f} | {found.workers:,.0f} | {found.load:.1f} |"
                    )
                    print(lines[-1], flush=True)
                    output.write_text(_report(lines, pairs, several), encoding="utf-8")


def _measure_memory(
    pool: list[_Pair], pairs: list[int], several: list[int], model: str, output: Path, extra: list[str]
) -> None:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        file, run = Path(folder) / "pairs.jsonl", Path(folder) / "run"
        for jobs in several:
            fewest: _Figures | None = None
            for number in pairs:
                _write(file, _distinct(pool, number))
                found = _measure(file, run, model, jobs, extra)
                fewest = fewest or found
                lines.append(
                    f"| {number:,} | {model} | {jobs} | {found.seconds:,.0f} | {number / found.seconds:,.0f} | "
                    f"{found.cpu:,.0f} | {found.main:,.0f} | {found.workers:,.0f} | {found.all:,.0f} | "
                    f"{found.all / fewest.all:.2f} | {_size(run):,.0f} | {found.load:.1f} |"
                )
                print(lines[-1], flush=True)
                output.write_text(_memory_report(lines, pairs, several, model, extra), encoding="utf-8")


def _size(folder: Path) -> float:
    """MiB of the files that a run leaves."""
    return sum(file.stat().st_size for file in folder.iterdir()) / 2**20


def _pool(corpora: Path) -> Iterator[_Pair]:
    """All pairs of the sample corpora that have a source."""
    for file in sorted(corpora.rglob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            for pair in record.get("segments", [record]):
                if pair.get("source"):
                    languages = {key: pair.get(key) or record.get(key) for key in ("source_lang", "target_lang")}
                    kept = {key: pair[key] for key in ("source", "target", "references") if key in pair}
                    yield kept | {key: tag for key, tag in languages.items() if tag}


def _drawn(pool: list[_Pair], number: int) -> Iterator[_Pair]:
    draw = random.Random(1)
    for at in range(number):
        pair = draw.choice(pool)
        yield pair | {side: f"{pair[side]} ({at})" for side in ("source", "target")}


def _distinct(pool: list[_Pair], number: int) -> Iterator[_Pair]:
    draw = random.Random(1)
    short = [pair for pair in pool if max(len(pair["source"]), len(pair["target"])) <= _SHORT]
    for at in range(number):
        pair = draw.choice(short)
        name = "".join(draw.choice("bdfgklmnprstv") + draw.choice("aeiou") for _ in range(4)).capitalize()
        texts = {side: f"{pair[side]} {name} {at}." for side in ("source", "target")}
        references = pair.get("references") or [pair["target"].rpartition(" ")[0] or pair["target"]]
        yield pair | texts | {"references": [f"{reference} {name} {at}." for reference in references]}


def _write(file: Path, pairs: Iterator[_Pair]) -> None:
    with file.open("w", encoding="utf-8") as lines:
        for at, pair in enumerate(pairs):
            lines.write(json.dumps({"id": f"p{at}", **pair}, ensure_ascii=False) + "\n")


def _measure(file: Path, run: Path, model: str, jobs: int, extra: Sequence[str] = ()) -> _Figures:
    arguments = ["check", str(file), "-m", model, "-j", str(jobs), "-o", str(run), "--quiet", "--fail-on", "never"]
    arguments += extra
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


def _memory_report(lines: list[str], pairs: list[int], jobs: list[int], model: str, extra: list[str]) -> str:
    call = f"--million --pairs {' '.join(map(str, pairs))} --jobs {' '.join(map(str, jobs))} --model {model}"
    call += f" --with {' '.join(extra)}" if extra else ""
    return "\n".join(
        [
            "# Memory of batches",
            "",
            f"Made by `python -m benchmarks.batches {call}`; see its head for the pairs and for what is measured. "
            "`all` is the sum of the greatest resident sets of all processes, which is no less than what they had at "
            "any one time, and `ratio` what it is of that of the fewest pairs. `files` is the size of what the run "
            "wrote.",
            f"The machine has {os.cpu_count()} processors; `load` is how many processes wanted one when the run began.",
            "",
            "| pairs | model | jobs | seconds | pairs/s | cpu, s | main, MiB | workers, MiB | all, MiB | ratio "
            "| files, MiB | load |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
