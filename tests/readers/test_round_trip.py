"""The same article written as each format gives the same segments, and so the same findings at the same spans."""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import pyarrow
import pytest
from pyarrow import parquet

import mtcheck
from mtcheck.core.types import Role


class Part(NamedTuple):
    """A paragraph in both languages."""

    role: Role
    source: str
    target: str


# With faults for the rules to find: a doubled dash, a wrong magnitude, a wrong number, an untranslated word, spacing.
ARTICLE = [
    Part(Role.HEADLINE, "Ny bro i Ekby dröjer till 2031", "New bridge in Ekby delayed until 2032"),
    Part(
        Role.LEAD,
        "Kommunen i Ekby bygger en ny bro över ån, och den ska kosta 3,5 miljarder kronor.",
        "The municipality of Ekby is building a new bridge over the river, and it will cost 3.5 million kronor.",
    ),
    Part(
        Role.QUOTE,
        "– Vi har väntat länge på den här bron, säger kommunalrådet Eva Lind.",
        "– – We have waited a long time for this bridge, says municipal commissioner Eva Lind.",
    ),
    Part(Role.SUBHEAD, "Dyrt bygge & stora <hinder>", "Costly building & big <obstacles>"),
    Part(
        Role.BODY,
        "Bron blir 420 meter lång och byggs av 75 arbetare under två år.",
        "The bridge will be 420 metres long and is built by 57 arbetare over two years .",
    ),
    Part(Role.CAPTION, "Ån i Ekby på måndagen. Foto: Per Ek", "The river in Ekby on Monday. Photo: Per Ek"),
    Part(Role.FACTBOX, "Fakta", "Facts"),
    Part(Role.FACTBOX, "Ekby har 900 invånare.", "Ekby has 900 inhabitants."),
]
SIDES = ("sv", "en")
Written = tuple[dict[str, Any], dict[str, Any]]


def _text(part: Part, side: str) -> str:
    return part.source if side == "sv" else part.target


def _record() -> dict[str, Any]:
    segments = [{"role": part.role.value, "source": part.source, "target": part.target} for part in ARTICLE]
    return {"id": "ekby", "source_lang": "sv", "target_lang": "en", "segments": segments}


def _rows() -> Iterator[dict[str, str]]:
    for part in ARTICLE:
        yield {"article": "ekby", "role": part.role.value, "source_lang": "sv", "target_lang": "en"} | {
            "source": part.source,
            "target": part.target,
        }


def _file(folder: Path, name: str, content: str | bytes) -> str:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(folder / name)


def jsonl(folder: Path) -> dict[str, Any]:
    return {"inputs": _file(folder, "a.jsonl", json.dumps(_record()))}


def jsonl_gz(folder: Path) -> dict[str, Any]:
    return {"inputs": _file(folder, "a.jsonl.gz", gzip.compress(json.dumps(_record()).encode("utf-8-sig")))}


def tsv(folder: Path) -> dict[str, Any]:
    rows = list(_rows())
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    return {"inputs": _file(folder, "a.tsv", "\r\n".join(lines).encode("utf-16"))}


def table(folder: Path) -> dict[str, Any]:
    rows = list(_rows())
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return {"inputs": _file(folder, "a.csv", out.getvalue().encode("cp1252"))}


def rows_of_parquet(folder: Path) -> dict[str, Any]:
    parquet.write_table(pyarrow.Table.from_pylist(list(_rows())), folder / "a.parquet")
    return {"inputs": str(folder / "a.parquet")}


def _inline(text: str, tag: str) -> str:
    """The first word in a tag, which is not seen in the text."""
    first, space, rest = text.partition(" ")
    return tag.format(escape(first)) + escape(space + rest)


def xliff_1(folder: Path) -> dict[str, Any]:
    tag = '<g id="1">{}</g><x id="2"/>'
    units = "".join(
        f'<trans-unit id="{n}" restype="x-{part.role}"><source>{_inline(part.source, tag)}</source>'
        f'<target state="translated">{_inline(part.target, tag)}</target></trans-unit>\n'
        for n, part in enumerate(ARTICLE)
    )
    return {
        "inputs": _file(
            folder,
            "a.xlf",
            f"""<?xml version="1.0"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
<file original="ekby" source-language="sv" target-language="en" datatype="plaintext"><body>
{units}</body></file></xliff>""",
        )
    }


def sdlxliff(folder: Path) -> dict[str, Any]:
    units = "".join(
        f'<trans-unit id="u{n}" restype="x-{part.role}"><source>{escape(part.source)}</source>'
        f'<seg-source><mrk mtype="seg" mid="{n}">{escape(part.source)}</mrk></seg-source>'
        f'<target><mrk mtype="seg" mid="{n}">{escape(part.target)}</mrk></target>'
        f'<sdl:seg-defs><sdl:seg id="{n}" conf="Translated"/></sdl:seg-defs></trans-unit>\n'
        for n, part in enumerate(ARTICLE)
    )
    head = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><xliff xmlns:sdl="http://sdl.com/FileTypes/SdlXliff/1.0" '
        'xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"><file original="C:\\x\\ekby" '
        'source-language="sv" target-language="en"><body>'
    )
    return {"inputs": _file(folder, "a.sdlxliff", f"{head}{units}</body></file></xliff>")}


def mqxliff(folder: Path) -> dict[str, Any]:
    tag = '<bpt id="1">&lt;b&gt;</bpt>{}<ept id="1">&lt;/b&gt;</ept>'
    units = "".join(
        f'<trans-unit id="{n}" restype="x-{part.role}" mq:status="Confirmed">'
        f'<source xml:space="preserve">{_inline(part.source, tag)}</source>'
        f'<target xml:space="preserve">{_inline(part.target, tag)}</target></trans-unit>\n'
        for n, part in enumerate(ARTICLE)
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><xliff version="1.2" xmlns:mq="MQXliff" '
        'xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="ekby" source-language="sv" target-language="en">'
        "<body>"
    )
    return {"inputs": _file(folder, "a.mqxliff", f"{head}{units}</body></file></xliff>")}


def xliff_2(folder: Path) -> dict[str, Any]:
    tag = '<pc id="1">{}</pc><ph id="2"/>'
    units = "".join(
        f'<unit id="{n}" type="x:{part.role}"><segment><source>{_inline(part.source, tag)}</source>'
        f"<target>{_inline(part.target, tag)}</target></segment></unit>\n"
        for n, part in enumerate(ARTICLE)
    )
    head = (
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="sv" trgLang="en"><file id="ekby">'
    )
    return {"inputs": _file(folder, "a.xliff", f"{head}{units}</file></xliff>")}


def tmx(folder: Path) -> dict[str, Any]:
    tag = '<bpt i="1">&lt;b&gt;</bpt>{}<ept i="1">&lt;/b&gt;</ept>'
    units = "".join(
        f'<tu><prop type="article">ekby</prop><prop type="role">{part.role}</prop>'
        f'<tuv xml:lang="sv"><seg>{_inline(part.source, tag)}</seg></tuv>'
        f'<tuv xml:lang="en"><seg>{_inline(part.target, tag)}</seg></tuv></tu>\n'
        for part in ARTICLE
    )
    text = f'<?xml version="1.0" encoding="utf-16"?><tmx version="1.4"><header srclang="sv"/><body>{units}</body></tmx>'
    return {"inputs": _file(folder, "a.tmx", text.encode("utf-16"))}


def po(folder: Path) -> dict[str, Any]:
    entries = "\n".join(
        f"#. article: ekby\n#. role: {part.role}\nmsgid {json.dumps(part.source, ensure_ascii=False)}\n"
        f"msgstr {json.dumps(part.target, ensure_ascii=False)}\n"
        for part in ARTICLE
    )
    header = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    return {"inputs": _file(folder, "a.po", header + entries), "source_lang": "sv"}


def text(folder: Path) -> dict[str, Any]:
    return _sides(folder, "txt", lambda side: "\n\n".join(_text(part, side) for part in ARTICLE)) | {
        "source_lang": "sv",
        "target_lang": "en",
    }


_HTML_TAGS = {
    Role.HEADLINE: "h1", Role.LEAD: "p class='lead'", Role.QUOTE: "blockquote", Role.SUBHEAD: "h2", Role.BODY: "p",
    Role.CAPTION: "figcaption", Role.FACTBOX: "aside",
}  # fmt: skip


def _html(side: str) -> str:
    return "\n".join(
        f"<{_HTML_TAGS[part.role]}>{html.escape(_text(part, side))}</{_HTML_TAGS[part.role].split()[0]}>"
        for part in ARTICLE
    )


def _sides(folder: Path, ending: str, make: Callable[[str], str]) -> dict[str, Any]:
    names = {side: _file(folder, f"ekby.{side}.{ending}", make(side)) for side in SIDES}
    return {"source": names["sv"], "target": names["en"]}


def page(folder: Path) -> dict[str, Any]:
    return _sides(folder, "html", lambda side: f"<!doctype html><html lang='{side}'><body>{_html(side)}</body></html>")


def _nitf(side: str) -> str:
    tags = {
        Role.HEADLINE: "hl1", Role.LEAD: "p lede='true'", Role.QUOTE: "bq", Role.SUBHEAD: "hl2", Role.BODY: "p",
        Role.CAPTION: "media-caption", Role.FACTBOX: "p class='factbox'",
    }  # fmt: skip
    inner = "".join(
        f"<{tags[part.role]}>{escape(_text(part, side))}</{tags[part.role].split()[0]}>\n" for part in ARTICLE
    )
    return f"<nitf baselang='{side}'><body><body.content>{inner}</body.content></body></nitf>"


def nitf(folder: Path) -> dict[str, Any]:
    return _sides(folder, "nitf", _nitf)


def newsml(folder: Path) -> dict[str, Any]:
    def make(side: str) -> str:
        headline = escape(_text(ARTICLE[0], side))
        return (
            f'<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="ekby"><contentMeta><language tag="{side}"/>'
            f"<headline>{headline}</headline></contentMeta><contentSet><inlineXML contenttype='application/nitf+xml'>"
            f"{_nitf(side)}</inlineXML></contentSet></newsItem>"
        )

    return _sides(folder, "xml", make)


def ninjs(folder: Path) -> dict[str, Any]:
    def make(side: str) -> str:
        document = {
            "uri": "ekby", "type": "text", "language": side,
            "headlines": [{"role": "main", "value": _text(ARTICLE[0], side)}],
            "bodies": [{"role": "main", "contentType": "text/html", "value": _html(side)}],
        }  # fmt: skip
        return json.dumps(document, indent=1)

    return _sides(folder, "json", make)


def ttninjs(folder: Path) -> dict[str, Any]:
    def make(side: str) -> str:
        document = {
            "uri": "ekby", "language": side, "profile": "RAW", "headline": _text(ARTICLE[0], side),
            "body_text": "\n".join(_text(part, side) for part in ARTICLE),
        }  # fmt: skip
        return json.dumps(document)

    return _sides(folder, "json", make)


FORMATS = [
    jsonl, jsonl_gz, tsv, table, rows_of_parquet, xliff_1, sdlxliff, mqxliff, xliff_2, tmx, po, text, page, nitf,
    newsml, ninjs, ttninjs,
]  # fmt: skip


def _outcome(named: dict[str, Any]) -> list[tuple[Any, ...]]:
    run = mtcheck.check(**named, reference_model="none", config=None)
    return [
        (segment.role, segment.source, segment.target, segment.source_lang, segment.target_lang, segment.findings)
        for segment in run.segments
    ]


@pytest.fixture(scope="module")
def expected() -> list[tuple[Any, ...]]:
    run = mtcheck.check(records=[_record()], reference_model="none")
    found = [
        (segment.role, segment.source, segment.target, segment.source_lang, segment.target_lang, segment.findings)
        for segment in run.segments
    ]
    rules = {finding.rule for *_, findings in found for finding in findings}
    assert {"doubled-dash", "magnitude-mismatch", "number-mismatch", "spacing"} <= rules
    return found


@pytest.mark.parametrize("write", FORMATS, ids=lambda write: write.__name__)
def test_every_format_gives_the_same_segments_and_findings(
    write: Callable[[Path], dict[str, Any]], tmp_path: Path, expected: list[tuple[Any, ...]]
) -> None:
    found = _outcome(write(tmp_path))
    assert [entry[:5] for entry in found] == [entry[:5] for entry in expected]
    assert [entry[5] for entry in found] == [entry[5] for entry in expected]
