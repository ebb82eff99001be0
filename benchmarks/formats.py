"""Every sample document of newswire and localisation formats: read, or refused, and why. Writes reports/formats.md.

Run: python -m benchmarks.formats DATA, where DATA holds newswire/ and xliff/, each with FILES.tsv.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

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


if __name__ == "__main__":
    text = report(outcomes(Path(sys.argv[1])))
    REPORT.write_text(text, encoding="utf-8")
    print(text)
