"""A whole job, from a file of pairs to files of results, beside a plain script over sacrebleu and transformers.

    python -m benchmarks.whole [--data ../shared/data] [--sentences 100] [--rounds 2] [--output reports/whole.md]

The job: of FLORES-200 dev Swedish-English (not in the repository) with six systems' outputs, score each segment with
BLEU, chrF and the likelihood of a Marian model (random weights, OPUS-MT's base size), and each system with BLEU and
chrF. The script does it as the packages' documentation shows: `sentence_bleu` and `sentence_chrf` of each pair, the
model in padded batches of 32 in the order of the input, one JSON object a line. `mtcheck check` is given the same model
and metrics, and told to make no translations of its own (`model.translate = false`); it also runs all rules and writes
its report. Each is a process of its own, from start to end, on one thread, in turns; the figures are the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.likelihood import _marian

_MTCHECK = "from mtcheck.cli import main; main()"
_PLAIN = """
import json, sys
from pathlib import Path
import sacrebleu
import torch
from benchmarks.likelihood import _Plain
from mtcheck.core.types import Pair

torch.set_num_threads(1)
pairs, model, output = map(Path, sys.argv[1:])
rows = [json.loads(line) for line in pairs.read_text(encoding="utf-8").splitlines()]
found = _Plain(model).log_probabilities([Pair(row["source"], row["target"], "sv", "en") for row in rows])
with output.open("w", encoding="utf-8") as file:
    for row, tokens in zip(rows, found, strict=True):
        row["bleu"] = sacrebleu.sentence_bleu(row["target"], row["references"]).score
        row["chrf"] = sacrebleu.sentence_chrf(row["target"], row["references"]).score
        row["likelihood"] = sum(tokens) / len(tokens)
        file.write(json.dumps(row) + "\\n")
for system in sorted({row["system"] for row in rows}):
    own = [row for row in rows if row["system"] == system]
    given = [row["target"] for row in own], [[row["references"][0] for row in own]]
    print(system, sacrebleu.corpus_bleu(*given).score, sacrebleu.corpus_chrf(*given).score)
"""


def main() -> None:
    """Run both in turns, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sentences", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path("reports/whole.md"))
    options = parser.parse_args()
    times: dict[str, list[float]] = {"script": [], "mtcheck": []}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model, pairs = _marian(folder / "marian", options.data), folder / "pairs.jsonl"
        rows = list(_rows(options.data / "flores-dev.sv-en", options.sentences))
        pairs.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        config = folder / "mtcheck.toml"
        config.write_text("[model]\ntranslate = false\n", encoding="utf-8")
        check = ["check", str(pairs), "-m", f"hf:{model}", "--config", str(config)]
        check += ["--no-cache", "--jobs", "1", "--quiet", "--output"]
        calls = {
            "script": [_PLAIN, str(pairs), str(model), str(folder / "script.jsonl")],
            "mtcheck": [_MTCHECK, *check, str(folder / "run")],
        }
        for _ in range(options.rounds):
            for name, call in calls.items():
                times[name].append(_seconds(call))
        apart = _apart(folder / "script.jsonl", folder / "run" / "segments.jsonl")
    ratio = median(one / other for one, other in zip(times["script"], times["mtcheck"], strict=True))
    packages = ", ".join(f"{name} {version(name)}" for name in ("sacrebleu", "transformers", "torch"))
    text = f"""# A whole job beside a plain script

Made by `python -m benchmarks.whole --sentences {options.sentences} --rounds {options.rounds}`; see its head for what \
is timed: {len(rows)} pairs, {len({row["system"] for row in rows})} systems.
{packages}. mtcheck also writes findings of all rules, the HTML report and a manifest.

| | seconds of the processor |
|---|---|
| plain script | {median(times["script"]):.1f} |
| `mtcheck check` | {median(times["mtcheck"]):.1f} |
| faster | **{ratio:.1f}x** |

Largest difference of a segment's values: BLEU {apart["bleu"]:.0e}, chrF {apart["chrf"]:.0e}, likelihood \
{apart["likelihood"]:.0e}.
"""
    options.output.write_text(text, encoding="utf-8")
    print(text)


def _rows(folder: Path, sentences: int) -> Iterator[dict[str, Any]]:
    def lines(file: Path) -> list[str]:
        return file.read_text(encoding="utf-8").splitlines()[:sentences]

    sources, references = lines(folder / "source.sv"), lines(folder / "reference.en")
    for file in sorted(folder.glob("hypothesis.*.en")):
        system = file.name.split(".")[1]
        for at, (source, target, reference) in enumerate(zip(sources, lines(file), references, strict=True)):
            row = {"id": f"{at}", "system": system, "source": source, "target": target, "references": [reference]}
            yield row | {"source_lang": "sv", "target_lang": "en"}


def _seconds(call: list[str]) -> float:
    """Of the processor, in the process and those that it began. The gate may fail."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", *call], env=environment, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _apart(script: Path, run: Path) -> dict[str, float]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in run.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["id"], row["system"]] = row["scores"]
    apart = dict.fromkeys(("bleu", "chrf", "likelihood"), 0.0)
    for line in script.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for name in apart:
            ours = found[row["id"], row["system"]][name]["value"]
            apart[name] = max(apart[name], abs(ours - row[name]))
    return apart


if __name__ == "__main__":
    main()
