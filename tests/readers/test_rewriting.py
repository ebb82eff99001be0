"""Localisation files written again: the translation has the edits, and all else is as it was, byte for byte."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_localisation import PO, TMX, XLIFF_2, XLIFF_12

from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Edit, Segment
from mtcheck.engines.fixing import apply
from mtcheck.readers.base import READERS, Change, Changes, Reader
from mtcheck.readers.input import InputText

XLIFF = """<?xml version="1.0" encoding="{}"?><xliff version="1.2"><file original="o" source-language="sv"
 target-language="en"><body><trans-unit id="1"{}><source>å</source><target>{}</target></trans-unit><trans-unit id="1">
<source>x</source><target>y&#10;z</target></trans-unit></body></file></xliff>"""


_RAW = XLIFF.format("utf-8", " xml:space='preserve'", "<![CDATA[One < Two & 2\n]]>three<![CDATA[]]>")


def _reader(name: str) -> Reader:
    return next(reader() for reader in READERS if f".{name.rpartition('.')[2]}" in reader.suffixes)


def _read(name: str, content: bytes) -> tuple[InputText, list[Segment]]:
    text = InputText(name, content)
    return text, [s for article in _reader(name).read(text) for s in article.segments]  # type: ignore[union-attr]


def _written(text: InputText, changes: Changes) -> bytes:
    pieces = _reader(text.name).rewrite(text, changes)
    mark, encoding = text.encoding()
    return mark + b"".join(piece.encode(encoding) for piece in pieces)


def _edited(name: str, content: bytes, place: int, *edits: Edit) -> bytes:
    text, found = _read(name, content)
    segment = found[place]
    return _written(text, {segment.id: {segment.index: Change(segment.target, edits, segment.origin.line or 0)}})


@pytest.mark.parametrize(
    ("name", "content", "place", "before", "after"),
    [
        ("a.xlf", XLIFF_12, 0, "bridge", "a<b"),
        ("a.xlf", XLIFF_12, 3, "Two", "2"),
        ("a.xlf", XLIFF_12, 6, "Picture", "Image"),
        ("a.xliff", XLIFF_2, 1, "now", "at once"),
        ("a.tmx", TMX.format(""), 0, "bridge", "brigde"),
        ("a.xlf", _RAW, 0, "Two & 2\n", "a & b]]>"),
        ("a.xlf", _RAW, 0, "three", "<i>"),
        ("a.po", PO, 0, "Öppna ", 'Öppna\\ "'),
        ("a.po", PO, 2, "filer", "filer\n"),
    ],
)
def test_what_is_edited_changes_alone(name: str, content: str, place: int, before: str, after: str) -> None:
    target = _read(name, content.encode())[1][place].target
    at = target.index(before)
    spelt = after.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") if name == "a.po" else after
    spelt = (
        spelt.replace("]]>", "]]]]><![CDATA[>") if "]]>" in spelt else spelt.replace("<", "&lt;").replace(">", "&gt;")
    )
    written = _edited(name, content.encode(), place, Edit(at, at + len(before), after)).decode()
    head, _, tail = content.rpartition(before) if name == "a.po" and place else content.partition(before)
    assert written == head + spelt + tail


def test_bytes_of_other_encodings() -> None:
    for encoding in ("cp1252", "utf-16", "utf-8-sig", "utf-16-be"):
        form = XLIFF.format(encoding.removesuffix("-sig"), "", "En å\r\n  väg till &amp;&#233;")
        mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
        content = mark + form.replace("utf-16-be", "utf-16").encode(encoding)
        written = _edited("a.xlf", content, 0, Edit(0, 2, "Två"), Edit(8, 13, "–"), Edit(16, 16, "\u0142"))
        old, new = "En å\r\n  väg till &amp;&#233;", "Två å\r\n  väg– &amp;&#233;\u0142"
        if encoding == "cp1252":
            new = new.replace("\u0142", "&#322;")
        assert written.removeprefix(mark).decode(encoding) == content.removeprefix(mark).decode(encoding).replace(
            old, new
        )


@pytest.mark.parametrize("target", ["a <![CDATA[b]]>", "a <!-- x -->b", "a <x id='1' equiv-text='b'/>", "a <?x?>b"])
def test_what_is_no_plain_text_is_not_written(target: str) -> None:
    content = XLIFF.format("utf-8", ' xml:space="preserve"', target).encode()
    with pytest.raises(MtcheckError, match=r"MTC-E020.*'a?.?b' is not all in plain text, a\.xlf:2, unit 1"):
        _edited("a.xlf", content, 0, Edit(1, 3, "c"))
    with pytest.raises(MtcheckError, match="cannot be found again"):
        _written(_read("a.xlf", content)[0], {"o#9": {0: Change("a", (Edit(0, 1, "b"),), 1)}})


_XML = ["a", "é", "😀", " ", "\n", "\r\n", "\r", "\t", "&amp;", "&#13;", "&#x1F600;", "&lt;", "<g id='1'>b</g>",
        "<x id='2'/>", "<mrk mtype='seg' mid='1'>c</mrk>", "<!-- - -->", "<![CDATA[&]]>"]  # fmt: skip
_QUOTED = ["a", "é", "😀", " ", "\\n", '\\"', "\\\\", "\\101", "\\x41", '"\n"', '"\r\n  "']
_edits = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.text('a<&"\\\n', max_size=3)), max_size=3)


def _apart(edits: list[tuple[int, int, str]], target: str) -> tuple[Edit, ...]:
    apart: list[Edit] = []
    end = 0
    for start, length, new in sorted(edits):
        if end <= start and start + length <= len(target) and (length or new):
            apart.append(Edit(start, start + length, new))
            end = start + length + 1
    return tuple(apart)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_XML), min_size=1, max_size=12), _edits, st.booleans())
def test_any_xml(parts: list[str], edits: list[tuple[int, int, str]], preserve: bool) -> None:
    content = XLIFF.format("utf-8", " xml:space='preserve'" if preserve else "", "".join(parts)).encode()
    text, (segment, *others) = _read("a.xlf", content)
    assert _written(text, {}) == content
    # What shows nothing has no place for a fix, and no rule has one for it.
    assume(segment.id == "o#1" and segment.target)
    apart = _apart([(start, length, new.replace("\n", "b")) for start, length, new in edits], segment.target)
    written = b""
    # Only where a tag or a comment stands may a fix not be all in plain text.
    with suppress(*([MtcheckError] if any("<" in part for part in parts) else [])):
        written = _edited("a.xlf", content, 0, *apart)
    assume(written)
    _, (again, *same) = _read("a.xlf", written)
    expected = apply(segment.target, apart)
    if preserve:
        assert again.target == expected
    else:
        assert again.target.strip() == expected.strip()
    assert same[-1].target == others[-1].target
    assert written.count(b"\r\n") + written.count(b"<!--") <= content.count(b"\r\n") + content.count(b"<!--")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_QUOTED), min_size=1, max_size=12), _edits)
def test_any_po(parts: list[str], edits: list[tuple[int, int, str]]) -> None:
    content = f'msgid "x"\r\nmsgstr "{"".join(parts)}"\r\n\r\n# c\r\nmsgid "y"\r\nmsgstr "z"\r\n'.encode()
    text, (segment, other) = _read("a.po", content)
    assert _written(text, {}) == content
    apart = _apart(edits, segment.target)
    written = _edited("a.po", content, 0, *apart)
    _, (again, same) = _read("a.po", written)
    assert again.target == apply(segment.target, apart)
    assert same == replace(other, origin=same.origin)
    assert written.endswith(b'\r\n\r\n# c\r\nmsgid "y"\r\nmsgstr "z"\r\n')
