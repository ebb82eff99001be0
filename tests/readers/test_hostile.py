"""Hostile and broken input: one coded error with file and place, within bounds; --lenient counts and lists."""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from reading import fault, read, segments, write

from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Article

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
FORMATS = {
    "a.xlf": '<xliff version="1.2"><file source-language="sv" target-language="en" original="o"><body>'
    '<trans-unit id="1"><source>Hej</source><target>{}</target></trans-unit></body></file></xliff>',
    "a.tmx": '<tmx version="1.4"><header srclang="sv"/><body><tu><tuv xml:lang="sv"><seg>Hej</seg></tuv>'
    '<tuv xml:lang="en"><seg>{}</seg></tuv></tu></body></tmx>',
    "a.nitf": "<nitf><body><body.content><p>{}</p></body.content></body></nitf>",
    "a.xml": '<newsItem guid="1"><contentMeta><headline>{}</headline></contentMeta></newsItem>',
}
XML = sorted(FORMATS.items())


@pytest.mark.parametrize(("name", "form"), XML)
def test_entities_are_refused(tmp_path: Path, name: str, form: str) -> None:
    secret = write(tmp_path, "secret.txt", "secret")
    external = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>\n' + form.format("&e;")
    said = fault(write(tmp_path, name, external))
    assert "MTC-E023" in said
    assert f"{name}:1" in said
    laughs = f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>\n' + form.format("&a11;")
    assert "MTC-E023" in fault(write(tmp_path, name, laughs))
    parameter = f'<!DOCTYPE x [<!ENTITY % p SYSTEM "file://{secret}"> %p;]>\n' + form.format("x")
    assert "MTC-E023" in fault(write(tmp_path, name, parameter))


@pytest.mark.parametrize(("name", "form"), XML)
def test_broken_xml(tmp_path: Path, name: str, form: str) -> None:
    assert "MTC-E023" in fault(write(tmp_path, name, form.format("<b>" * 5000 + "</b>" * 5000)))
    assert "MTC-E022" in fault(write(tmp_path, name, form.format("&#xD800;")))
    assert "MTC-E022" in fault(write(tmp_path, name, form.format("a\0b")))
    assert "MTC-E022" in fault(write(tmp_path, name, form.format("x").encode() + b"\xff"))
    assert "MTC-E022" in fault(write(tmp_path, name, form.format("å").encode("latin-1")))
    assert "MTC-E022" in fault(write(tmp_path, name, form.format("&nothing;")))
    strange = '<?xml version="1.0" encoding="shift_jis"?>' + form.format("x")
    assert "MTC-E004" in fault(write(tmp_path, name, strange))
    unknown = '<?xml version="1.0" encoding="no-such"?>' + form.format("x")
    assert "MTC-E0" in fault(write(tmp_path, name, unknown))


@pytest.mark.parametrize(("name", "form"), XML)
def test_encodings_of_xml(tmp_path: Path, name: str, form: str) -> None:
    text = form.format("En å till")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-1"):
        declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' + text
        (found,) = segments(write(tmp_path, name, declared.encode(encoding)))
        assert found.target == "En å till"


def test_deep_html(tmp_path: Path) -> None:
    assert "MTC-E023" in fault(write(tmp_path, "a.html", "<div>" * 100_000))
    assert "MTC-E023" in fault(write(tmp_path, "a.html", "<p>x</p>" + "<span>" * 300 + "deep" + "</span>" * 300))


@pytest.mark.parametrize(
    "page", ["<!--" * 200_000, "<a " * 200_000, "<" * 400_000, "&" * 400_000, "<p a='" * 100_000, "<b><i></b>" * 50_000]
)
def test_html_takes_no_longer_than_it_is_long(tmp_path: Path, page: str) -> None:
    name = write(tmp_path, "a.html", "<h1>x</h1>" + page)
    start = time.monotonic()
    with suppress(MtcheckError):
        read(name)
    assert time.monotonic() - start < 10


def _zip(path: Path, **files: str | bytes) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return str(path)


PO = 'msgid "Hej"\nmsgstr "Hi"\n\n#~ msgid "Nej"\n'
PAIR = '{"source": "Hej", "target": "Hi"}\n'


def test_packed_files(tmp_path: Path) -> None:
    for name, data in [
        ("a.jsonl.gz", gzip.compress(PAIR.encode())),
        ("a.jsonl.zst", zstandard.compress(PAIR.encode())),
        ("b.tsv.gz", gzip.compress(b"source\ttarget\nHej\tHi\n")),
    ]:
        assert [s.target for s in segments(write(tmp_path, name, data))] == ["Hi"]
    archive = _zip(tmp_path / "a.zip", a__jsonl=PAIR, b__txt="Hello.\n", c__png=b"\x89PNG", d__json='{"no": "news"}')
    items, stream = read(archive)
    assert [s.id for item in items if isinstance(item, Article) for s in item.segments] == ["a.jsonl:1", "b:0"]
    assert [(entry.count, entry.reason) for entry in stream.all_left_out()] == [(2, "files of no known format")]
    assert items[0].segments[0].origin.file.endswith("a.zip!/a.jsonl")  # type: ignore[union-attr]


def test_what_macos_packs_beside_files(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", a__po=PO)
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("__MACOSX/._a.po", b"\0\5\26\7\0")
    items, stream = read(archive)
    assert [item.id for item in items] == ["a.po#1"]
    assert {(entry.reason, entry.count) for entry in stream.all_left_out()} == {
        ("files of no known format", 1), ("lines of obsolete messages", 1),
    }  # fmt: skip


def test_files_of_an_archive_are_counted_apart(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", a__po=PO, b__jsonl=PAIR + "{\n")
    _, stream = read(archive, config=Config(lenient=True, target_lang="en"))
    assert [(entry.file.rpartition("/")[2], entry.count) for entry in stream.all_left_out()] == [("a.po", 1)]
    assert stream.refused_count == 1


def test_archives_as_sides(tmp_path: Path) -> None:
    one = _zip(tmp_path / "sv.zip", a__html="<h1>Ny bro</h1>", b__html="<h1>Ny väg</h1>")
    two = _zip(tmp_path / "en.zip", b__html="<h1>New road</h1>", a__html="<h1>New bridge</h1>")
    items, _ = read(source=one, targets=(two,))
    assert [item.id for item in items] == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["../evil.jsonl", "/etc/evil.jsonl", "a/../../evil.jsonl", "C:\\evil.jsonl", "..\\e.jsonl"]
)
def test_paths_out_of_an_archive(tmp_path: Path, name: str) -> None:
    archive = _zip(tmp_path / "a.zip", x__jsonl=PAIR)
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(name, PAIR)
    assert "MTC-E023" in fault(archive)


def test_broken_archives(tmp_path: Path) -> None:
    assert "MTC-E025" in fault(write(tmp_path, "a.zip", b"PK\x03\x04 nothing"))
    assert "MTC-E025" in fault(write(tmp_path, "a.jsonl.gz", b"nothing"))
    assert "MTC-E025" in fault(write(tmp_path, "b.jsonl.gz", gzip.compress(PAIR.encode() * 1000)[:-20]))
    assert "MTC-E025" in fault(write(tmp_path, "a.jsonl.zst", b"nothing"))
    data = bytearray(Path(_zip(tmp_path / "b.zip", a__jsonl=PAIR * 100)).read_bytes())
    data[45] ^= 0xFF
    assert "MTC-E025" in fault(write(tmp_path, "c.zip", bytes(data)))
    # A name that the file itself has otherwise than the list at the end, in no encoding.
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as file:
        file.writestr("å.jsonl", PAIR)
    named = (tmp_path / "d.zip").read_bytes().replace("å".encode(), b"\xb3\xb3", 1)
    assert "MTC-E025" in fault(write(tmp_path, "d.zip", named))


def test_bombs(tmp_path: Path) -> None:
    bomb = (b" " * 1023 + b"\n") * (100 << 10)
    said = fault(write(tmp_path, "a.jsonl.gz", gzip.compress(bomb)))
    assert "MTC-E024" in said
    assert "a.jsonl.gz" in said
    assert "MTC-E024" in fault(_zip(tmp_path / "b.zip", a__jsonl=bomb))
    assert "MTC-E024" in fault(write(tmp_path, "c.jsonl.zst", zstandard.compress(bomb)))


_MEASURE = """
import resource, sys
from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.readers.base import READERS
from mtcheck.readers.station import Inputs, read_inputs
READERS.load()
import pyarrow, lxml.etree, charset_normalizer
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for _ in read_inputs(Inputs((sys.argv[1],)), Config(source_lang="sv", target_lang="en")).items: pass
except MtcheckError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def _grown(name: str) -> tuple[str, int]:
    """What was said, and by how many MiB the process grew."""
    done = subprocess.run([sys.executable, "-c", _MEASURE, name], capture_output=True, text=True, check=True)
    *said, size = done.stdout.splitlines()
    return "\n".join(said), int(size) >> 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "head", "fill"),
    [
        ("a.jsonl", b'{"target": "', b"a"),
        ("a.tsv", b"source\ttarget\nx\t", b"a"),
        ("a.csv", b'source,target\nx,"', b"a,b\n"),
        ("a.txt", b"", b"a"),
        ("a.po", b'msgid "', b"a"),
        ("a.xlf", b"<xliff><file><unit><segment><source>", b"a"),
        ("b.xlf", b"<xliff a='", b"a"),
        ("a.tmx", b"<!--", b"a"),
        ("a.nitf", b"<nitf>", b"<p/>"),
        ("a.html", b"<p>", b"a"),
        ("a.json", b'{"headline": "', b"a"),
    ],
)
def test_a_gigabyte_without_an_end(tmp_path: Path, name: str, head: bytes, fill: bytes) -> None:
    block = fill * ((1 << 20) // len(fill))
    with (tmp_path / name).open("wb") as file:
        file.write(head)
        for _ in range(1 << 10):
            file.write(block)
    start = time.monotonic()
    said, grown = _grown(str(tmp_path / name))
    (tmp_path / name).unlink()
    assert said.startswith("MTC-E024") or said.startswith("MTC-E007"), said
    assert name in said
    assert grown < 600
    assert time.monotonic() - start < 60


def test_white_space_takes_no_longer_than_it_is_long(tmp_path: Path) -> None:
    name = write(tmp_path, "a.xlf", FORMATS["a.xlf"].format("x" + " " * 1_000_000 + "y\nz"))
    start = time.monotonic()
    assert len(segments(name)[0].target) == 1_000_004
    assert time.monotonic() - start < 10


def test_long_lines(tmp_path: Path) -> None:
    line = b'{"target": "' + b"a" * (17 << 20) + b'"}\n'
    name = write(tmp_path, "a.jsonl", PAIR.encode() + line + PAIR.encode())
    said = fault(name)
    assert "MTC-E024" in said
    assert "a.jsonl:2" in said
    items, stream = read(name, config=Config(lenient=True, source_lang="sv", target_lang="en"))
    assert [item.id for item in items] == ["a.jsonl:1", "a.jsonl:3"]
    assert [(entry.where, entry.code) for entry in stream.refused] == [(f"{name}:2", "MTC-E024")]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_line_ends_and_marks(tmp_path: Path, end: str, encoding: str) -> None:
    for name, lines in [
        ("a.jsonl", [PAIR.strip(), '{"source": "Nej", "target": "No å"}']),
        ("a.tsv", ["source\ttarget", "Hej\tHi", "Nej\tNo å"]),
        ("a.csv", ["source;target", "Hej;Hi", 'Nej;"No å"']),
        ("a.txt", ["Hi", "No å"]),
        ("a.po", ['msgid "Hej"', 'msgstr "Hi"', "", 'msgid "Nej"', 'msgstr "No å"']),
    ]:
        found = segments(write(tmp_path, name, end.join(lines).encode(encoding)))
        assert [s.target for s in found] == ["Hi", "No å"], name


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (PAIR.encode() + b'{"target": "a\0b"}\n', 2),
        (PAIR.encode() + '{"target": "å"}\n'.encode("latin-1") + '{"target": "å"}\n'.encode(), 2),
        (PAIR.encode() + b'{"target": "\xed\xa0\x80"}\n', 2),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes, line: int) -> None:
    name = write(tmp_path, "a.jsonl", content)
    said = fault(name)
    assert "MTC-E004" in said
    assert f"a.jsonl:{line}" in said
    _, stream = read(name, config=Config(lenient=True, target_lang="en"))
    assert [entry.where for entry in stream.refused] == [f"{name}:{line}"]


def test_encodings_of_tables_and_text_are_detected_and_said(tmp_path: Path) -> None:
    rows = "Kommunen bygger en ny bro över ån;The council builds a bridge – “now”\nDen är så lång;It is so long\n" * 5
    name = write(tmp_path, "a.csv", ("source;target\n" + rows).encode("cp1252"))
    items, stream = read(name)
    assert items[0].segments[0].source == "Kommunen bygger en ny bro över ån"  # type: ignore[union-attr]
    assert any("detected and read as cp1252" in note for note in stream.notes)
    assert any("delimiter ';'" in note for note in stream.notes)
    russian = "Совет строит новый мост через реку\n\nОн будет готов в следующем году\n\nЭто дорого\n"
    (article,), stream = read(write(tmp_path, "a.txt", russian.encode("cp1251")))
    assert article.segments[0].target == "Совет строит новый мост через реку"  # type: ignore[union-attr]
    assert any("cp1251" in note for note in stream.notes)
    (article,), stream = read(
        write(tmp_path, "b.txt", russian.encode("koi8-r")), config=Config(encoding="koi8-r", target_lang="ru")
    )
    assert article.segments[0].target == "Совет строит новый мост через реку"  # type: ignore[union-attr]
    assert not stream.notes
    mixed = "å\n".encode() + "å\n".encode("latin-1")
    assert "c.txt:2" in fault(write(tmp_path, "c.txt", mixed))


def test_strange_json(tmp_path: Path) -> None:
    for line in ("1" * 10_000, '{"target": 1e999}', "NaN", '{"target": {"a": []}}', '"x"', "null"):
        assert "MTC-E0" in fault(write(tmp_path, "a.jsonl", line))


def test_lenient_counts_and_lists_every_bad_record(tmp_path: Path) -> None:
    lines = [PAIR.strip(), "{", '{"source": "x"}', '{"id": 1, "target": "a"}', '{"id": 1, "target": "b"}', "\0"]
    lines += ['{"article": "w", "target": "c"}', '{"article": "w", "target": "d", "role": "hero"}']
    name = write(tmp_path, "a.jsonl", "\n".join(lines))
    import mtcheck

    run = mtcheck.check(name, lenient=True, source_lang="sv", target_lang="en", reference_model="none")
    assert run.summary.counts.refused == 5
    assert [entry.where.rpartition(":")[2] for entry in run.summary.refused] == ["2", "3", "5", "6", "8"]
    assert [segment.target for segment in run.segments] == ["Hi", "a", "c"]
    assert any("5 records that could not be read" in note for note in run.summary.notes)
    table = write(tmp_path, "a.csv", 'source,target\na,b\n"x" y,z\nc,d,e\nf,g\n')
    items, stream = read(table, config=Config(lenient=True, source_lang="sv", target_lang="en"))
    assert len(items) == 2
    assert stream.refused_count == 2


def test_lenient_passes_over_whole_files(tmp_path: Path) -> None:
    write(tmp_path, "d/a.jsonl", PAIR)
    write(tmp_path, "d/b.xlf", "<xliff>")
    write(tmp_path, "d/c.jsonl.gz", b"nothing")
    write(tmp_path, "d/e.zip", b"nothing")
    write(tmp_path, "d/f.json.gz", b"nothing")
    write(tmp_path, "d/g.xml.zst", b"nothing")
    items, stream = read(str(tmp_path / "d"), config=Config(lenient=True, source_lang="sv", target_lang="en"))
    assert len(items) == 1
    assert sorted(entry.code for entry in stream.refused) == ["MTC-E022"] + ["MTC-E025"] * 4


def test_nothing_left_is_an_error_that_says_why(tmp_path: Path) -> None:
    import mtcheck

    with pytest.raises(MtcheckError, match="1 record could not be read"):
        mtcheck.check(write(tmp_path, "a.jsonl", "{\n"), lenient=True, reference_model="none")


def test_the_command_line_says_one_line(tmp_path: Path) -> None:
    name = write(tmp_path, "a.xlf", f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>\n' + FORMATS["a.xlf"].format("&a11;"))
    call = [
        sys.executable,
        "-c",
        "from mtcheck.cli import main; main()",
        "check",
        name,
        "-m",
        "none",
        "-o",
        str(tmp_path),
    ]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("MTC-E023")
    assert done.stderr.count("\n") == 1


def test_standard_input(tmp_path: Path) -> None:
    packed = Path(_zip(tmp_path / "a.zip", a__po=PO)).read_bytes()
    for content, ending in [
        (PAIR, "jsonl"), (FORMATS["a.xlf"].format("Hi"), "xliff"), ("source\ttarget\nHej\tHi\n", "tsv"),
        ('msgid "Hej"\nmsgstr "Hi"\n', "po"), ('{\n "uri": "x",\n "headline": "Hi"}', "ninjs"),
        ("<!DOCTYPE html><html><body><p>Hi</p></body></html>", "html"), ("Hi\n", "text"),
        (gzip.compress(PAIR.encode()), "jsonl"), (zstandard.compress(PO.encode()), "po"), (packed, "po"),
    ]:  # fmt: skip
        code = (
            "import json\nfrom mtcheck.core.config import Config\n"
            "from mtcheck.readers.station import Inputs, read_inputs\n"
            "stream = read_inputs(Inputs(('-',)), Config(source_lang='sv', target_lang='en'))\n"
            "print(json.dumps([s.target for a in stream.items for s in a.segments]),"
            " *{reader.name for _, reader in stream.translations.values()})"
        )
        sent = content if isinstance(content, bytes) else content.encode()
        done = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, check=False)
        assert done.stdout.decode() == f'["Hi"] {ending}\n', done.stderr


def test_files_of_one_name_in_an_archive(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.zip", x__jsonl=PAIR)
    with zipfile.ZipFile(archive, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("x.jsonl", PAIR)
    assert "2 files called 'x.jsonl'" in fault(archive)


def test_a_bad_line_of_parallel_text_shifts_nothing(tmp_path: Path) -> None:
    source = write(tmp_path, "s.sv", b"Ett\nTv\xe5\nTr\xc3\xa5\n")
    target = write(tmp_path, "t.en", "One\nTwo\nThree\n")
    other = write(tmp_path, "u.en", "One\nTwo\nThree\n")
    assert "s.sv:2" in fault(source=source, targets=(target,))
    items, stream = read(source=source, targets=(target, other), config=Config(lenient=True, target_lang="en"))
    assert not items
    assert stream.refused_count == 2


def test_parallel_text_in_another_encoding(tmp_path: Path) -> None:
    source = write(tmp_path, "s.sv", "Vi går hem på kvällen\nDet är långt till affären\n".encode("cp1252"))
    items, stream = read(source=source, targets=(write(tmp_path, "t.en", "We go home\nIt is far\n"),))
    assert items[1].segments[0].source == "Det är långt till affären"  # type: ignore[union-attr]
    assert any("detected and read as" in note for note in stream.notes)


def test_a_side_that_cannot_be_read(tmp_path: Path) -> None:
    good, bad = write(tmp_path, "a.html", "<p>Hej.</p>"), write(tmp_path, "b.xml", "nothing")
    lenient = Config(lenient=True, target_lang="en")
    for source, target in ((good, bad), (bad, good)):
        assert "MTC-E003" in fault(source=source, targets=(target,))
        items, stream = read(source=source, targets=(target,), config=lenient)
        assert not items
        assert stream.refused_count == 1


def test_many_small_parts_are_bounded_too(tmp_path: Path) -> None:
    assert "MTC-E024" in fault(write(tmp_path, "a.html", "<p>" * 600_000))
    assert "MTC-E024" in fault(write(tmp_path, "a.json", "[" + "{}," * (6 << 20) + "{}]"))
    assert "the message is too long" in fault(write(tmp_path, "a.po", 'msgid ""\n' + f'"{"a" * 60}"\n' * 300_000))
    start = time.monotonic()
    unit = "<trans-unit id='1'><source>" + "<x id='1'/>" * 1_000_000 + "</source></trans-unit>"
    assert "MTC-E024" in fault(write(tmp_path, "a.xlf", f"<xliff><file><body>{unit}</body></file></xliff>"))
    assert time.monotonic() - start < 30
