"""Corpus scores of several systems beside sacrebleu's own command line, on the same files.

    python -m benchmarks.parity [--data ../shared/data] [--output reports/parity.md]

FLORES-200 dev Swedish-English with the outputs of six systems (not in the repository) is scored in one
call of mtcheck, then each system by the `sacrebleu` command with default settings.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import mtcheck

_CALLS = {"bleu": ["bleu"], "chrf": ["chrf"], "chrf++": ["chrf", "--chrf-word-order", "2"], "ter": ["ter"]}


def main() -> None:
    """Score, compare, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/parity.md"))
    options = parser.parse_args()
    folder = options.data / "flores-dev.sv-en"
    run = mtcheck.check(
        source=folder / "source.sv",
        target=str(folder / "hypothesis.*.en"),
        reference=folder / "reference.en",
        source_lang="sv",
        target_lang="en",
        reference_model="none",
    )
    rows = []
    worst = 0.0
    for group in run.summary.corpus:
        for name, call in _CALLS.items():
            ours, theirs = group.scores[name], _sacrebleu(folder, str(group.system), call)
            worst = max(worst, abs(ours.value - theirs))
            signature = ours.signature.replace("|", "\\|")
            rows.append(f"| {group.system} | {name} | {ours.value:.8f} | {theirs:.8f} | `{signature}` |")
    text = "\n".join(
        [
            "# Six systems in one call, beside sacrebleu's command line",
            "",
            "Made by `python -m benchmarks.parity` on FLORES-200 dev Swedish-English, 997 sentences, one human",
            "reference: `mtcheck check --source source.sv --target 'hypothesis.*.en' --reference reference.en`,",
            "and for each system `sacrebleu reference.en -i hypothesis.SYSTEM.en -m METRIC`.",
            "",
            f"Largest difference: {worst:.1e}.",
            "",
            "| system | metric | mtcheck | sacrebleu | signature |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _sacrebleu(folder: Path, system: str, call: list[str]) -> float:
    files = [str(folder / "reference.en"), "-i", str(folder / f"hypothesis.{system}.en")]
    done = subprocess.run(
        [sys.executable, "-m", "sacrebleu", *files, "-m", *call, "-w", "9"], capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout)["score"])


if __name__ == "__main__":
    main()
