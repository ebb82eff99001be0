"""Fuzzing that atheris guides by coverage, from the documents that test_fuzz bends; nothing but coded errors passes.

Run: PYTHONPATH=.:tests/readers python tests/readers/fuzz_by_coverage.py ENDING SECONDS (needs `pip install atheris`).
`python -m benchmarks.formats` puts the figures of its output into reports/formats.md.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mtcheck.readers"]):
    import mtcheck.readers.station  # noqa: F401
    from mtcheck.readers.base import READERS

    READERS.load()

from test_fuzz import PIECES, _is_read_or_refused, _samples


def _dictionary(path: Path) -> str:
    """What means something to some format, as libFuzzer reads it."""
    path.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in piece) + '"\n' for piece in PIECES if piece))
    return str(path)


def main(ending: str, seconds: str) -> None:
    """Fuzz the reader of an ending for so long."""
    folder = Path(tempfile.mkdtemp())
    (folder / "corpus").mkdir()
    (folder / "samples").mkdir()
    (folder / "corpus" / "sample").write_bytes(_samples(folder / "samples")[ending])
    file = folder / f"a{ending}"

    def one(content: bytes) -> None:
        file.write_bytes(content)
        _is_read_or_refused(str(file))

    options = [f"-max_total_time={seconds}", f"-dict={_dictionary(folder / 'words')}", "-max_len=20000", "-timeout=60"]
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
