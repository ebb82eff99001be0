"""Every sample document of newswire and localisation formats: read, or refused, and why. Writes reports/formats.md.

    python -m benchmarks.formats [--data ../shared/data] [RUN ...]

The data holds newswire/ and xliff/, each with FILES.tsv. A RUN is the --junitxml of `pytest -m slow
tests/readers/test_fuzz.py` (ENDING.xml), or what tests/readers/fuzz_by_coverage.py said (ENDING.log); its figures are
added to those that the report has.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from defusedxml import ElementTree

from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Article
from mtcheck.readers.station import Inputs, read_inputs

REPORT = Path(__file__).parent.parent / "reports" / "formats.md"
# What is no document to check: licences, schemas.
_SKIPPED = (".txt",)


class Outcome(NamedTuple):
    """What became of one file."""

    file: str
    read: str
    segments: int
    units: int
    tags: int
    roles: str
    left_out: str
    refused: str


def outcome(path: Path, name: str) -> Outcome:
    """Read one file; anything but a coded error is raised."""
    try:
        stream = read_inputs(Inputs((str(path),)), Config())
        items = [item for item in stream.items if isinstance(item, Article)]
    except MtcheckError as error:
        return Outcome(name, "refused", 0, 0, 0, "", "", f"MTC-E{error.code.value:03d} {error.what}")
    segments = [segment for item in items for segment in item.segments]
    roles = Counter(str(segment.role) for segment in segments)
    units = [segment.unit for segment in segments if segment.unit]
    (_, reader), *_ = stream.translations.values()
    return Outcome(
        name,
        reader.name,
        len(segments),
        len({segment.origin.unit for segment in segments if segment.origin.unit}),
        sum(len(unit.source_tags) + len(unit.target_tags) for unit in units),
        ", ".join(f"{count} {role}" for role, count in roles.most_common()),
        "; ".join(f"{entry.count} {entry.reason}" for entry in stream.all_left_out()),
        "",
    )


def outcomes(data: Path) -> list[Outcome]:
    """All samples in order."""
    found = []
    for folder in ("newswire", "xliff"):
        root = data / folder
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(data))
            is_sample = path.is_file() and path.name != "FILES.tsv" and "/schema/" not in name
            if is_sample and path.suffix not in _SKIPPED:
                found.append(outcome(path, name))
    return found


class Fuzzed(NamedTuple):
    """One run of fuzzing: what was bent, by what, for how many seconds, in how many documents, what was found.

    `worked` are the seconds that the run had of a processor, where they are known.
    """

    ending: str
    by: str
    seconds: float
    worked: float | None
    documents: int
    found: str


def fuzzed(run: Path) -> Iterator[Fuzzed]:
    """The figures of a run."""
    if run.suffix == ".log":
        said = run.read_text(encoding="utf-8", errors="replace")
        crash = re.search(r"Uncaught Python exception: ===\n(.*)", said)
        done = re.search(r"Done (\d+) runs? in (\d+) second", said)
        last = re.findall(r"^#(\d+)\s", said, re.MULTILINE)
        documents = int(done[1]) if done else int(last[-1]) if last else 0
        found = crash[1] if crash else ""
        yield Fuzzed(f".{run.stem}", "atheris", float(done[2]) if done else 0, None, documents, found)
        return
    for case in ElementTree.parse(run).iter("testcase"):
        ending = re.search(r"for_long\[(.*)\]", case.get("name", ""))
        if ending:
            told = {entry.get("name"): float(entry.get("value", "0")) for entry in case.iter("property")}
            failure = case.find("failure")
            found = "" if failure is None else failure.get("message", "").partition("\n")[0]
            seconds = float(case.get("time", "0"))
            yield Fuzzed(ending[1], "hypothesis", seconds, told["cpu_seconds"], int(told["examples"]), found)


def fuzzing(earlier: Sequence[str], runs: Sequence[Path]) -> str:
    """What fuzzing found, run by run: the lines of the earlier ones, and the new ones after those of their ending."""
    lines = [
        "## Fuzzing",
        "",
        "Made by the same command from the runs of `pytest -m slow tests/readers/test_fuzz.py --junitxml FILE` and of",
        "`python tests/readers/fuzz_by_coverage.py ENDING SECONDS`. Each document is read twice, with --lenient and",
        "without: it must be read alike, or refused with a coded error and counted. What was found was mended; the",
        "run after it is the next row. Seconds are by the clock, and of a processor: several runs shared a busy core.",
        "",
        "| ending | by | seconds | of a processor | documents | found |",
        "|---|---|---:|---:|---:|---|",
    ]
    added = []
    for row in (row for run in runs for row in fuzzed(run)):
        found = row.found.replace("|", "\\|") or "nothing"
        worked = "" if row.worked is None else f"{row.worked:.0f}"
        added.append(f"| {row.ending} | {row.by} | {row.seconds:.0f} | {worked} | {row.documents:,} | {found} |")
    lines += sorted([*earlier, *added], key=lambda line: line.split("|")[1:3])
    return "\n".join(lines) + "\n"


# A line of the table of fuzzing.
_FUZZED = re.compile(r"\| \.\S+ \| (?:atheris|hypothesis) \|")


def report(found: list[Outcome]) -> str:
    """The table."""
    refused = [entry for entry in found if entry.refused]
    lines = [
        "# Formats",
        "",
        "Made by `python -m benchmarks.formats`: sample documents of IPTC (ninjs, NewsML-G2, NITF), Okapi and the",
        "Translate Toolkit (XLIFF, TMX, PO), none of which is in this repository.",
        "",
        f"{len(found)} files: {len(found) - len(refused)} read, {len(refused)} refused with a coded error.",
        "",
        "| file | read as | segments | tags | roles | left out, counted | refused |",
        "|---|---|---:|---:|---|---|---|",
    ]
    for entry in found:
        counts = (entry.segments or "", entry.tags or "")
        cells = (entry.file, entry.read, *counts, entry.roles, entry.left_out, entry.refused)
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read all samples, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN")
    options = parser.parse_args()
    earlier = [line for line in REPORT.read_text(encoding="utf-8").splitlines() if _FUZZED.match(line)]
    text = f"{report(outcomes(options.data))}\n{fuzzing(earlier, options.runs)}"
    REPORT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
