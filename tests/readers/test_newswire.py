"""ninjs, NewsML-G2, NITF and HTML: roles from the format, nothing twice, and sources found for translations."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from reading import fault, read, segments, write

from mtcheck.core.config import Config
from mtcheck.core.types import Article, ArticlePair, Role

PARTS = [
    ("headline", "Ny bro i Ekby"),
    ("byline", "Anna Ek"),
    ("dateline", "Ekby TT"),
    ("lead", "Kommunen bygger en ny bro över ån."),
    ("quote", "– Vi har väntat länge, säger Eva Lind."),
    ("subhead", "Dyrt bygge"),
    ("body", "Bron kostar 40 miljoner kronor."),
    ("caption", "Ån i Ekby på måndagen."),
    ("credit", "Per Ås"),
]
HTML = """<article><h1>Ny bro i Ekby</h1>
<div class="byline">Anna Ek</div><div class="dat"><span class="vignette">Ekby</span><span class="source">TT</span></div>
<p class="lead">Kommunen bygger en <a href="#">ny bro</a>
   över ån.</p><blockquote>– Vi har väntat länge, säger Eva Lind.</blockquote><h2>Dyrt bygge</h2>
<p>Bron kostar 40 miljoner kronor.</p>
<figure><img src="a.jpg"><figcaption>Ån i Ekby på måndagen.</figcaption>
<div class="credit">Per Ås</div></figure>
</article>"""
NITF = """<nitf{}><head><docdata><doc-id id-string="ekby-1"/><du-key key="bro"/></docdata></head><body><body.head>
<hedline><hl1>Ny bro i Ekby</hl1></hedline><byline>Anna Ek</byline>
<dateline>Ekby TT</dateline></body.head><body.content>
<p lede="true">Kommunen bygger en <em>ny bro</em>
 över ån.</p><bq>– Vi har väntat länge, säger Eva Lind.</bq><hl2>Dyrt bygge</hl2>
<p>Bron kostar 40 miljoner kronor.</p><media media-type="image"><media-reference source="a"/>
<media-caption>Ån i Ekby på måndagen.</media-caption><media-producer>Per Ås</media-producer></media>
</body.content></body></nitf>"""
NEWSML = """<?xml version="1.0"?><newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="ekby-1" xml:lang="sv">
<itemMeta><itemClass qcode="ninat:text"/></itemMeta><contentMeta><language tag="sv"/><slugline>bro</slugline>
<headline>Ny bro i Ekby</headline><headline xml:lang="en">New bridge in Ekby</headline></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body>
</html></inlineXML></contentSet></newsItem>"""


def _parts(name: str) -> list[tuple[str, str]]:
    return [(segment.role.value, segment.target) for segment in segments(name)]


def test_html(tmp_path: Path) -> None:
    page = f"""<!doctype html><html lang="sv"><head><title>Ekby</title><script>x()</script></head><body>
    <nav><a>Hem</a></nav>{HTML}<footer>Om oss</footer></body></html>"""
    name = write(tmp_path, "a.html", page)
    assert _parts(name) == PARTS
    assert segments(name)[0].origin.line == 2
    items, stream = read(write(tmp_path, "b.html", page.replace("article>", "div>")), config=Config())
    assert items[0].target_lang == "sv"
    assert {(entry.reason, entry.count) for entry in stream.all_left_out()} == {
        ("document metadata", 1),
        ("navigation and forms", 2),
    }


def test_what_stands_beside_the_article_is_counted_but_for_its_headline(tmp_path: Path) -> None:
    page = """<html lang="sv"><body><header><h1>Ny bro</h1></header><article><p class="lead">Den är klar.</p>
    <p>Den kostade 40 miljoner kronor.</p></article><article><h2>Mer att läsa</h2></article><p>Om oss.</p>
    <p hidden>Dold.</p><p style="display: none">Dold.</p></body></html>"""
    name = write(tmp_path, "a.html", page)
    assert _parts(name) == [
        ("headline", "Ny bro"), ("lead", "Den är klar."), ("body", "Den kostade 40 miljoner kronor."),
    ]  # fmt: skip
    _, stream = read(name, config=Config())
    assert {(entry.reason, entry.count) for entry in stream.all_left_out()} == {
        ("paragraphs beside the article", 2), ("hidden elements", 2),
    }  # fmt: skip


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "no-such"])
def test_html_whose_charset_is_none(tmp_path: Path, charset: str) -> None:
    page = f'<html><meta charset="{charset}"><body><p>Ån är lång.</p></body></html>'
    assert [s.target for s in segments(write(tmp_path, "a.htm", page))] == ["Ån är lång."]


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_lines_of_whole_documents(tmp_path: Path, end: str) -> None:
    page = write(tmp_path, "a.html", f"<h1>A</h1>{end}{end}<p>B</p>")
    assert [s.origin.line for s in segments(page)] == [1, 3]
    item = write(tmp_path, "a.json", f'{{"uri": "x",{end}"headline": "A",{end}"body_text": "B."}}')
    assert [s.origin.line for s in segments(item)] == [2, 3]
    assert "b.json:3" in fault(write(tmp_path, "b.json", f'{{"uri": "x",{end}{end}headline}}'))


def test_html_in_its_own_encoding(tmp_path: Path) -> None:
    page = '<html><meta charset="iso-8859-1"><body><h1>Ån</h1><p>Bron står klar “nu”.</p></body></html>'
    assert [s.target for s in segments(write(tmp_path, "a.htm", page.encode("cp1252")))] == [
        "Ån",
        "Bron står klar “nu”.",
    ]


def test_lines_and_fact_box_of_html(tmp_path: Path) -> None:
    page = "<h1>A headline</h1><p>One.<br><br>Two<br>three.</p><aside><h2>Facts</h2><p>Four</p><li>Five</li></aside>"
    assert _parts(write(tmp_path, "a.html", page)) == [
        ("headline", "A headline"), ("lead", "One."), ("body", "Two\nthree."),
        ("factbox", "Facts"), ("factbox", "Four"), ("factbox", "Five"),
    ]  # fmt: skip


def test_nitf(tmp_path: Path) -> None:
    name = write(tmp_path, "a.xml", NITF.format(' baselang="sv"'))
    assert _parts(name) == PARTS
    assert segments(name)[0].id == "ekby-1:0"
    assert segments(name)[0].target_lang == "sv"
    entity = '<!DOCTYPE nitf SYSTEM "nitf.dtd">' + NITF.format("").replace("40 miljoner", "40&nbsp;miljoner")
    assert segments(write(tmp_path, "b.nitf", entity))[6].target == "Bron kostar 40\xa0miljoner kronor."


def test_newsml_g2(tmp_path: Path) -> None:
    html = HTML.replace('<img src="a.jpg">', "")
    items, stream = read(write(tmp_path, "a.xml", NEWSML.format(html)), config=Config())
    article = items[0]
    assert isinstance(article, Article)
    assert [(s.role.value, s.target) for s in article.segments] == PARTS
    assert article.id == "ekby-1"
    assert [entry.reason for entry in stream.all_left_out()] == ["fields in another language than the item's"]


def test_many_fields_take_no_longer_than_they_are_long(tmp_path: Path) -> None:
    leads = [{"value": f"{n} x"} for n in range(20_000)]
    item = {"uri": "a", "headline": "A", "descriptions": leads, "body_text": "word " * 1_600_000}
    name = write(tmp_path, "a.json", json.dumps(item))
    start = time.monotonic()
    assert len(segments(name)) == 20_002
    assert time.monotonic() - start < 15


def test_translation_in_the_same_message(tmp_path: Path) -> None:
    source = NEWSML.format("<p>Kommunen bygger.</p>").partition("?>")[2]
    target = source.replace('guid="ekby-1" xml:lang="sv"', 'guid="ekby-1-en" xml:lang="en"').replace(
        'tag="sv"', 'tag="en"'
    )
    target = target.replace("</contentSet>", '</contentSet><link rel="irel:translatedFrom" residref="ekby-1"/>')
    target = target.replace("<headline>Ny bro i Ekby</headline>", "")
    message = (
        f"<newsMessage><itemSet>{source}{target.replace('Kommunen bygger', 'The town builds')}</itemSet></newsMessage>"
    )
    (pair,), _ = read(write(tmp_path, "a.xml", message), config=Config())
    assert isinstance(pair, ArticlePair)
    assert (pair.source_lang, pair.target_lang) == ("sv", "en")
    assert [paragraph.text for paragraph in pair.target] == ["New bridge in Ekby", "The town builds."]


NINJS: dict[str, Any] = {
    "uri": "http://example.com/ekby-1",
    "type": "text",
    "language": "sv",
    "profile": "RAW",
    "slugline": "bro",
    "headlines": [{"role": "subhead", "value": "Dyrt bygge"}, {"role": "main", "value": "Ny bro i Ekby"}],
    "by": "Anna Ek",
    "bodies": [
        {"role": "text", "contentType": "text/plain", "value": "Ny bro i Ekby\nKommunen bygger."},
        {"role": "html5", "contentType": "text/html", "value": HTML},
    ],
    "descriptions": [{"value": "Kommunen bygger en ny bro …"}],
    "associations": [
        {"name": "a1", "type": "picture", "by": "Per Ås", "descriptions": [{"value": "Ån i Ekby på måndagen."}]}
    ],
}  # fmt: skip


def test_ninjs_3(tmp_path: Path) -> None:
    document = NINJS | {"headlines": NINJS["headlines"][1:]}
    items, stream = read(write(tmp_path, "a.json", json.dumps(document, indent=1)), config=Config())
    article = items[0]
    assert isinstance(article, Article)
    assert [(s.role.value, s.target) for s in article.segments] == PARTS
    assert article.id == "http://example.com/ekby-1"
    assert article.segments[0].origin.line == 10
    assert [(entry.count, entry.reason) for entry in stream.all_left_out()] == [
        (1, "further renditions of the same text")
    ]


def test_ttninjs(tmp_path: Path) -> None:
    document = {
        "uri": "http://tt.example/1", "language": "sv", "profile": "RAW", "slugline": "bro", "ednote": "Håll till 12.",
        "headline": "Ny bro i Ekby", "byline": "Anna Ek", "dateline": "Ekby TT",
        "body_text": "Ny bro i Ekby\nKommunen bygger en ny bro över ån.\n– Vi har väntat länge, säger Eva Lind.\n"
        "Dyrt bygge\nBron kostar 40 miljoner kronor.",
        "associations": {"a000": {"type": "picture", "byline": "Per Ås", "description_text": "Ån i Ekby på måndagen."}},
    }  # fmt: skip
    assert _parts(write(tmp_path, "a.json", json.dumps(document))) == [
        *PARTS[:7], ("other", "Håll till 12."), *PARTS[7:],
    ]  # fmt: skip


def test_nothing_of_a_list_of_items_is_lost_uncounted(tmp_path: Path) -> None:
    picture = {"type": "text", "headline": "Bakgrund", "body_text": "Mer."}
    items = [
        {"uri": "a", "headline": "A", "associations": {"x": picture}}, "b",
        {"uri": "c", "headline": "C", "body_xml": "<x/>"},
    ]  # fmt: skip
    _, stream = read(write(tmp_path, "a.json", json.dumps(items)))
    assert {(entry.reason, entry.count) for entry in stream.all_left_out()} == {
        ("entries that are no items", 1), ("bodies that are neither text, HTML nor NITF", 1),
        ("bodies of associated items", 1),
    }  # fmt: skip


def test_versions_of_an_item_are_told_apart(tmp_path: Path) -> None:
    items, _ = read(
        write(tmp_path, "a.json", json.dumps([{"uri": "a", "headline": "A"}, {"uri": "a", "headline": "B"}]))
    )
    assert [item.id for item in items] == ["a", "a:2"]


def test_lenient_reads_the_other_items_of_a_message(tmp_path: Path) -> None:
    good = NEWSML.format("<p>Kommunen bygger.</p>").partition("?>")[2]
    bad = good.replace('tag="sv"', 'tag="svenska"').replace("ekby-1", "ekby-0")
    name = write(tmp_path, "a.xml", f"<newsMessage><itemSet>{bad}{good}</itemSet></newsMessage>")
    assert "MTC-E012" in fault(name)
    items, stream = read(name, config=Config(lenient=True))
    assert [item.id for item in items] == ["ekby-1"]
    assert stream.refused_count == 1
    cut = write(tmp_path, "b.xml", f"<newsMessage><itemSet>{good}<newsItem>")
    items, stream = read(cut, config=Config(lenient=True))
    assert [item.id for item in items] == ["ekby-1"]
    assert [entry.code for entry in stream.refused] == ["MTC-E022"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "MTC-E005"),
        ("[" * 100_000, "MTC-E005"),
        ('{"uri": "x", "type": "event"}', "an item of type event"),
        ('{"target": "x"}', "records one a line"),
        ('{"headline": "\\ud800"}', "half a character"),
        ('{"headline": "x", "language": "svenska"}', "MTC-E012"),
        ('{"headline": "x", "body_nitf": "<nitf><body></nitf>"}', "MTC-E022"),
    ],
)
def test_bad_ninjs(tmp_path: Path, content: str, said: str) -> None:
    assert said in fault(write(tmp_path, "a.json", content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<conceptItem><concept/></conceptItem>", "<conceptItem> holds no text of an article"),
        ("<contentMeta/>", "begins with <contentMeta>"),
        ("<NewsML/>", "NewsML 1"),
        ("nothing at all", "MTC-E003"),
        ("<nitf>", "MTC-E022"),
    ],
)
def test_other_xml_is_refused_with_the_reason(tmp_path: Path, content: str, said: str) -> None:
    assert said in fault(write(tmp_path, "a.xml", content))


def _translated(text: str) -> str:
    return text.replace("Ny bro i Ekby", "New bridge in Ekby").replace("Dyrt bygge", "Costly building")


def test_source_and_translation_by_id(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        document = NINJS | {"uri": f"urn:{number}"}
        write(tmp_path, f"sv/{number}.json", json.dumps(document))
        other = document | {"language": "en"}
        write(tmp_path, f"en/t{9 - number}.json", _translated(json.dumps(other)))
    items, stream = read(source=str(tmp_path / "sv"), targets=(str(tmp_path / "en"),))
    pairs = [item for item in items if isinstance(item, ArticlePair)]
    assert [pair.id for pair in pairs] == ["urn:3", "urn:2", "urn:1"]
    assert all((pair.source_lang, pair.target_lang) == ("sv", "en") for pair in pairs)
    assert "articles were matched by id" in stream.notes
    (tmp_path / "en" / "t8.json").unlink()
    said = fault(source=str(tmp_path / "sv"), targets=(str(tmp_path / "en"),))
    assert "MTC-E027" in said
    assert "no translation with the id 'urn:1'" in said
    items, stream = read(source=str(tmp_path / "sv"), targets=(str(tmp_path / "en"),), config=Config(lenient=True))
    assert len(items) == 2
    assert stream.refused_count == 1


def test_source_and_translation_by_name_and_key(tmp_path: Path) -> None:
    write(tmp_path, "in/a.sv.html", "<h1>Ny bro</h1><p>Den är klar.</p>")
    write(tmp_path, "in/b.sv.html", "<h1>Ny väg</h1><p>Den är lång.</p>")
    write(tmp_path, "ut/a.en.txt", "New bridge\n\nIt is ready.\n")
    write(tmp_path, "ut/b.en.txt", "New road\n\nIt is long.\n")
    items, stream = read(source=str(tmp_path / "in"), targets=(f"vendor={tmp_path / 'ut'}",))
    assert [(i.id, i.system, i.source[0].text, i.target[0].text) for i in items if isinstance(i, ArticlePair)] == [
        ("a", "vendor", "Ny bro", "New bridge"),
        ("b", "vendor", "Ny väg", "New road"),
    ]
    assert "articles were matched by file name" in stream.notes
    one = write(tmp_path, "k/1.json", json.dumps([NINJS, NINJS | {"uri": "urn:2", "slugline": "annat"}]))
    two = write(
        tmp_path, "k/2.json", json.dumps([NINJS | {"uri": "urn:7", "slugline": "annat"}, NINJS | {"uri": "urn:8"}])
    )
    items, _ = read(source=one, targets=(two,), config=Config(match="slugline", target_lang="en"))
    assert [item.id for item in items] == ["annat", "bro"]


def test_bilingual_files_are_no_side(tmp_path: Path) -> None:
    one = write(tmp_path, "a.html", "<p>Hej.</p>")
    two = write(tmp_path, "a.jsonl", '{"target": "x"}')
    assert "holds sources and translations already" in fault(source=one, targets=(two,))


def test_roles_of_bare_paragraphs_are_those_of_plain_text(tmp_path: Path) -> None:
    lines = ["Ny bro", "Bron är klar.", "– Bra, säger Eva.", "Mer pengar", "Fakta", "Ekby", "Har 900 invånare."]
    html = write(tmp_path, "a.html", "".join(f"<p>{line}</p>" for line in lines))
    text = write(tmp_path, "a.txt", "\n\n".join(lines))
    assert [s.role for s in segments(html)] == [s.role for s in segments(text)]
    assert segments(html)[4].role is Role.FACTBOX


def test_names_as_they_are_go_before_names_without_languages(tmp_path: Path) -> None:
    for side, word in (("in", "Ny"), ("ut", "New")):
        write(tmp_path, f"{side}/eu/1.html", f"<h1>{word} europe</h1>")
        write(tmp_path, f"{side}/usa/1.html", f"<h1>{word} america</h1>")
    items, _ = read(source=str(tmp_path / "in"), targets=(str(tmp_path / "ut"),))
    assert [(i.id, i.source[0].text, i.target[0].text) for i in items if isinstance(i, ArticlePair)] == [
        ("eu/1", "Ny europe", "New europe"),
        ("usa/1", "Ny america", "New america"),
    ]
    write(tmp_path, "ut/eu/1.txt", "New text.")
    items, stream = read(source=str(tmp_path / "in"), targets=(str(tmp_path / "ut"),), config=Config(lenient=True))
    assert [item.id for item in items] == ["usa/1"]
    assert stream.refused_count == 3
    assert "two articles have the same name, 'eu/1'" in fault(
        source=str(tmp_path / "in"), targets=(str(tmp_path / "ut"),)
    )
