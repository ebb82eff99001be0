"""Documents bent in every way: each reader reads them or raises one coded error, and --lenient never loses count.

The slow run lasts MTCHECK_FUZZ_SECONDS a reader (600 unless set); `python -m benchmarks.formats` puts the figures of
its --junitxml into reports/formats.md.
"""

from __future__ import annotations

import gzip
import json
import os
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
import test_localisation
import test_newswire
import zstandard
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from test_data import ROWS
from test_round_trip import FORMATS

from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Article, ArticlePair
from mtcheck.readers.station import Inputs, read_inputs

SECONDS = float(os.environ.get("MTCHECK_FUZZ_SECONDS", "600"))
# Bits that mean something to some format.
PIECES = [
    b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\n", b"\r\n", b"\t", b'"', b"'",
    b"\\", b"<", b">", b"&", b"&amp;", b"&#0;", b"&#xD800;", b"&nbsp;", b"]]>", b"<![CDATA[", b"<!--", b"-->",
    b"<?x?>", b"{", b"}", b"[", b"]", b",", b";", b":", b"null", b"1e999", b"-1", b'"\\ud800"', b"\\u0000",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"#~ ", b"#, ", b"msgid", b"msgstr[7] ", b"xml:lang='zz'", b"id=''",
    b"encoding='utf-16'", b"<p>", b"</p>", b"<source>", b"</target>", b"<mrk mtype='seg' mid='1'>", b"<ph id='1'/>",
    b"\xf0\x9f\x98\x80", b"\xe2\x80\xa8", b"\xc2\xa0", b"e\xcc\x81",
]  # fmt: skip


def _samples(folder: Path) -> dict[str, bytes]:
    """A valid document of every format, by its ending."""
    found: dict[str, bytes] = {}
    for write in FORMATS:
        place = folder / write.__name__
        place.mkdir(exist_ok=True)
        write(place)
        found |= {file.suffix: file.read_bytes() for file in place.iterdir() if file.suffix != ".gz"}
    found[".xlf"] = test_localisation.XLIFF_12.encode()
    found[".sdlxliff"] = test_localisation.XLIFF_2.encode()
    found[".tmx"] = test_localisation.TMX.format("").encode()
    found[".po"] = test_localisation.PO.encode()
    found[".json"] = json.dumps(test_newswire.NINJS, indent=1).encode()
    found[".xml"] = test_newswire.NEWSML.format(test_newswire.HTML.replace('<img src="a.jpg">', "")).encode()
    lines = b"\n".join(json.dumps(row).encode() for row in ROWS)
    found[".jsonl"] += b"\n" + lines
    found[".jsonl.gz"] = gzip.compress(lines)
    found[".jsonl.zst"] = zstandard.compress(lines)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", lines)
        archive.writestr("b.po", test_localisation.PO)
    found[".zip"] = packed.getvalue()
    return found


ENDINGS = [
    ".csv", ".html", ".json", ".jsonl", ".jsonl.gz", ".jsonl.zst", ".nitf", ".parquet", ".po", ".sdlxliff", ".tmx",
    ".tsv", ".txt", ".xlf", ".xml", ".zip",
]  # fmt: skip


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return _samples(tmp_path_factory.mktemp("samples"))


Edit = tuple[float, int, bytes, int]
_edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(PIECES) | st.binary(max_size=8), st.integers(1, 40)),
    min_size=1,
    max_size=6,
)


def _bent(document: bytes, edits: list[Edit]) -> bytes:
    """The document with pieces put in, several times over, in place of some of its bytes."""
    for place, gone, piece, times in edits:
        at = int(place * len(document))
        document = document[:at] + piece * (times if times > 35 else 1) + document[at + gone :]
    return document


def _is_read_or_refused(name: str) -> None:
    config = Config(source_lang="sv", target_lang="en")
    first: list[Article | ArticlePair] | None = None
    with suppress(MtcheckError):
        first = list(read_inputs(Inputs((name,)), config).items)
    lenient = config.model_copy(update={"lenient": True})
    try:
        stream = read_inputs(Inputs((name,)), lenient)
        items = list(stream.items)
    except MtcheckError:
        # Nothing in it can be read at all: its kind is not known, or its archive is broken.
        assert first is None
        return
    if first is not None:
        assert items == first
        assert not stream.refused_count
    else:
        assert stream.refused_count


def _fuzz(path: Path, document: bytes, examples: list[int]) -> Callable[[], None]:
    """The property, which notes the size of each example."""

    @given(st.binary(max_size=200) | _edits.map(lambda edits: _bent(document, edits)))
    def check(content: bytes) -> None:
        examples.append(len(content))
        path.write_bytes(content)
        _is_read_or_refused(str(path))

    return check


@pytest.mark.parametrize("ending", ENDINGS)
def test_bent_documents(tmp_path: Path, samples: dict[str, bytes], ending: str) -> None:
    check = _fuzz(tmp_path / f"a{ending}", samples[ending], [])
    settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))(check)()


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
def test_bent_documents_for_long(
    tmp_path: Path, samples: dict[str, bytes], ending: str, record_property: Callable[[str, object], None]
) -> None:
    end = time.monotonic() + SECONDS
    runs = 0
    examples: list[int] = []
    try:
        while time.monotonic() < end:
            check = _fuzz(tmp_path / f"a{ending}", samples[ending], examples)
            long = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            seed(runs)(long(check))()
            runs += 1
    finally:
        record_property("examples", len(examples))
        record_property("cpu_seconds", round(time.process_time()))
