"""Thresholds that `mtcheck calibrate` proposes from direct assessments, and how good they are on held-out parts.

    python -m benchmarks.calibrate [--data ../shared/data] [--output reports/calibrate.md]

Development sets of MLQE-PE (not in the repository): sentences, their translations, and people's assessments from 0
to 100. Those of 70 or more count as accepted, those below 50 as rejected; what lies between is left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import mtcheck
from mtcheck.core.types import Verdict
from mtcheck.gate.calibration import Calibration, Quality

_PAIRS = ("en-de", "en-zh", "ro-en", "ru-en")
_ACCEPTED, _REJECTED = 70.0, 50.0
_MAX_FIELD = 1 << 24


def main() -> None:
    """Calibrate each language pair, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/calibrate.md"))
    options = parser.parse_args()
    csv.field_size_limit(_MAX_FIELD)
    rows = []
    for pair in _PAIRS:
        with TemporaryDirectory() as folder:
            both, alone = _calibrated(options.data / "mlqe-pe" / f"{pair}.dev.tsv.gz", pair, Path(folder))
        rows.append(_row(pair, "both", both, both.held_out))
        rows.append(_row(pair, "accepted alone", alone[0], alone[1]))
        print(pair, file=sys.stderr)
    text = "\n".join([*_HEAD, *rows, ""])
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


_HEAD = [
    "# Thresholds from what people accepted and rejected",
    "",
    "Made by `python -m benchmarks.calibrate` on the development sets of MLQE-PE, by `mini` and the rules. Accepted: a",
    "mean direct assessment of 70 or more; rejected: below 50; what lies between is left out. Precision and recall of",
    'stopping what was rejected: from both kinds on held-out parts (five-fold cross-validation); from "accepted alone"',
    "the rejected ones are no part of what is learnt from; all of them are judged, and the accepted ones held out.",
    "At most 5 % of the accepted may be stopped.",
    "",
    "| pair | from | accepted | rejected | conditions | precision | recall | accepted that are stopped |",
    "|---|---|---:|---:|---|---:|---:|---:|",
]


def _calibrated(file: Path, pair: str, folder: Path) -> tuple[Calibration, tuple[Calibration, Quality]]:
    source_lang, target_lang = pair.split("-")
    for kind, wanted in (("accepted", True), ("rejected", False)):
        (folder / f"{kind}.jsonl").write_text("\n".join(_records(file, source_lang, target_lang, wanted)))
        mtcheck.check(folder / f"{kind}.jsonl", output=folder / kind, format="json,jsonl")
    both, _ = mtcheck.calibrate(folder / "accepted", folder / "rejected")
    alone, policy = mtcheck.calibrate(folder / "accepted")
    (folder / "policy.toml").write_text(policy)
    judged = mtcheck.judge(folder / "rejected", config=folder / "policy.toml")
    kept = alone.held_out
    stopped = judged.counts.by_verdict
    quality = Quality(kept.accepted, judged.counts.articles, kept.stopped_accepted, stopped[Verdict.BLOCK])
    return both, (alone, quality)


def _records(file: Path, source_lang: str, target_lang: str, wanted: bool) -> Iterator[str]:
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            score = float(row["da_mean"])
            if score >= _ACCEPTED if wanted else score < _REJECTED:
                languages = {"source_lang": source_lang, "target_lang": target_lang}
                yield json.dumps({"id": row["id"], "source": row["source"], "target": row["target"], **languages})


def _row(pair: str, kind: str, calibration: Calibration, quality: Quality) -> str:
    conditions = ", ".join(
        f"{one.feature.table or ''} {one.feature.name} {one.limit:g}".strip() for one in calibration.thresholds
    )
    precision, recall = ("–" if value is None else f"{value:.1%}" for value in (quality.precision, quality.recall))
    cells = (pair, kind, str(quality.accepted), str(quality.rejected), conditions, precision, recall)
    return f"| {' | '.join(cells)} | {quality.false_alarms:.1%} |"


if __name__ == "__main__":
    main()
