"""XLIFF, TMX and PO: visible text, tags beside it, states, notes, alternatives, and where each unit stands."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import fault, read, segments, write

from mtcheck.core.config import Config
from mtcheck.core.types import Role, Span, Tag
from mtcheck.readers.input import InputText
from mtcheck.readers.po import Po

XLIFF_12 = """<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
 <file original="bro.docx" source-language="sv" target-language="en-GB" datatype="plaintext"><body>
  <trans-unit id="a" restype="x-headline" approved="yes">
   <source>Ny <g id="1">bro</g> i Ekby</source>
   <target state="translated">New <g id="1">bridge</g> in Ekby</target>
   <note>Keep it short.</note>
   <alt-trans><target xml:lang="en-GB">A bridge for Ekby</target></alt-trans>
   <alt-trans><target xml:lang="de">Neue Brücke</target></alt-trans>
  </trans-unit>
  <trans-unit id="b">
   <source>Den är <bpt id="1">&lt;b&gt;</bpt>klar<ept id="1">&lt;/b&gt;</ept>.<x id="2" ctype="lb"/>Nu.</source>
   <target>It is <bpt id="1">&lt;b&gt;</bpt>ready<ept id="1">&lt;/b&gt;</ept>.<x id="2" ctype="lb"/>Now.</target>
  </trans-unit>
  <group translate="no"><trans-unit id="c"><source>EKB-7</source><target>EKB-7</target></trans-unit></group>
  <trans-unit id="d">
   <source>Ett. Två.</source>
   <seg-source><mrk mtype="seg" mid="1">Ett.</mrk> <mrk mtype="seg" mid="2">Två.</mrk></seg-source>
   <target><mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="2">Two.</mrk></target>
  </trans-unit>
  <trans-unit id="e"><source>Ej översatt</source></trans-unit>
  <trans-unit id="f"><source>Se <ph id="1">x<sub>Bild</sub></ph></source>
   <target>See <ph id="1">x<sub>Picture</sub></ph></target></trans-unit>
 </body></file>
</xliff>
"""

XLIFF_2 = """<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="sv" trgLang="en">
 <file id="f1"><unit id="u1" type="my:lead">
   <notes><note>For the web</note></notes>
   <mtc:matches xmlns:mtc="urn:oasis:names:tc:xliff:matches:2.0"><mtc:match ref="#1">
     <source>En bro.</source><target>One bridge.</target></mtc:match></mtc:matches>
   <segment id="s1" state="translated">
    <source>En <pc id="1">ny</pc> bro.</source>
    <target>A <pc id="1">new</pc> bridge.</target></segment>
   <ignorable><source> </source></ignorable>
   <segment id="s2" state="initial">
    <source>Klar <sc id="2"/>nu<ec startRef="2"/><cp hex="0021"/></source>
    <target>Ready <sc id="2"/>now<ec startRef="2"/><ph id="3" equiv="!"/></target></segment>
 </unit></file>
</xliff>
"""


def test_xliff_1(tmp_path: Path) -> None:
    name = write(tmp_path, "a.xlf", XLIFF_12)
    items, stream = read(name, config=Config())
    assert len(items) == 1
    found = segments(name)
    assert [(s.source, s.target) for s in found] == [
        ("Ny bro i Ekby", "New bridge in Ekby"),
        ("Den är klar.\nNu.", "It is ready.\nNow."),
        ("Ett.", "One."),
        ("Två.", "Two."),
        ("Ej översatt", ""),
        ("Se ", "See "),
        ("Bild", "Picture"),
    ]
    head = found[0]
    assert head.role is Role.HEADLINE
    assert (head.source_lang, head.target_lang) == ("sv", "en-GB")
    assert head.unit is not None
    assert head.unit.state == "translated"
    assert head.unit.notes == ("Keep it short.",)
    assert head.unit.alternatives == ("A bridge for Ekby",)
    assert head.unit.target_tags == (Tag("g", "1", Span(4, 10)),)
    assert head.unit.target_tags[0].span.of(head.target) == "bridge"
    assert found[1].unit is not None
    assert [tag.span.of(found[1].target) for tag in found[1].unit.target_tags] == ["ready", "\n"]
    assert [s.origin.unit for s in found] == ["a", "b", "d/1", "d/2", "e", "f", "f/sub1"]
    assert str(head.origin) == f"{name}:6, unit a"
    assert [(entry.count, entry.reason) for entry in stream.all_left_out()] == [
        (1, "units that are not to be translated")
    ]


def test_xliff_2(tmp_path: Path) -> None:
    one, two = segments(write(tmp_path, "a.xliff", XLIFF_2))
    assert (one.source, one.target) == ("En ny bro.", "A new bridge.")
    assert (two.source, two.target) == ("Klar nu!", "Ready now!")
    assert one.role is Role.LEAD
    assert one.unit is not None
    assert (one.unit.state, one.unit.notes, one.unit.alternatives) == ("translated", ("For the web",), ("One bridge.",))
    assert two.unit is not None
    assert [tag.span.of(two.target) for tag in two.unit.target_tags] == ["now", "!"]
    assert [s.origin.unit for s in (one, two)] == ["u1/s1", "u1/s2"]


def test_text_between_segments_is_counted(tmp_path: Path) -> None:
    name = write(
        tmp_path, "a.xliff", XLIFF_2.replace("<source> </source></ignorable>", "<source> x </source></ignorable>")
    )
    items, stream = read(name)
    assert len(items[0].segments) == 2  # type: ignore[union-attr]
    assert [(entry.reason, entry.count) for entry in stream.all_left_out()] == [("texts between segments", 1)]


def test_placeholders_that_the_source_has_are_no_faults(tmp_path: Path) -> None:
    import mtcheck

    units = "".join(
        f"<trans-unit id='{n}'><source>Öppna {n} {{0}}</source><target>Open {n} {gap}</target></trans-unit>"
        for n, gap in enumerate(("{0}", "{1}"))
    )
    run = mtcheck.check(write(tmp_path, "a.xlf", _xliff(units)), reference_model="none", select=("special-token",))
    assert [[f.target_span.of(s.target) for f in s.findings] for s in run.segments] == [[], ["{1}"]]


def test_states_of_sdlxliff(tmp_path: Path) -> None:
    body = XLIFF_12.replace(
        '</target>\n  </trans-unit>\n  <trans-unit id="e">',
        '</target><seg-defs xmlns="http://sdl.com/FileTypes/SdlXliff/1.0"><seg id="1" conf="Draft"/></seg-defs>'
        '</trans-unit><trans-unit id="e">',
    )
    found = segments(write(tmp_path, "a.sdlxliff", body))
    assert [s.unit and s.unit.state for s in found[2:4]] == ["Draft", None]


def test_white_space_of_pretty_printed_units(tmp_path: Path) -> None:
    unit = (
        '<trans-unit id="1"{}><source>x</source><target>\n   One <g id="1">big</g>\n   line\n  </target></trans-unit>'
    )
    head = '<xliff version="1.2"><file source-language="sv" target-language="en" original="o">'
    file = head + "<body>{}</body></file></xliff>"
    (plain,) = segments(write(tmp_path, "a.xlf", file.format(unit.format(""))))
    assert plain.target == "One big line"
    assert plain.unit is not None
    assert plain.unit.target_tags[0].span.of(plain.target) == "big"
    (kept,) = segments(write(tmp_path, "b.xlf", file.format(unit.format(' xml:space="preserve"'))))
    assert kept.target.startswith("\n   One")


def _xliff(units: str) -> str:
    head = '<xliff version="1.2"><file source-language="sv" target-language="en" original="o"><body>'
    return f"{head}{units}</body></file></xliff>"


_SEGMENTED = """<trans-unit id="1"><source>Ett. Två.</source><seg-source><mrk mtype="seg" mid="1">Ett.</mrk>
<mrk mtype="seg" mid="2">Två.</mrk></seg-source>\n<target>{}</target></trans-unit>"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ('<mrk mtype="seg" mid="2">Two.</mrk> <mrk mtype="seg" mid="1">One.</mrk>', ["One.", "Two."]),
        ('<mrk mtype="seg" mid="1">One.</mrk><x id="1"/>', ["One.", ""]),
        ('<mrk mtype="seg" mid="1">One.</mrk><mrk mtype="seg" mid="3">Three.</mrk>', ["One.", "", "Three."]),
        ('<mrk mtype="seg" mid="1">One.</mrk> And <mrk mtype="seg" mid="2">two.</mrk>', ["One. And two."]),
        ('<mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="1">Two.</mrk>', ["One. Two."]),
        ("One. Two.", ["One. Two."]),
    ],
)
def test_no_text_of_a_segmented_unit_is_lost(tmp_path: Path, target: str, expected: list[str]) -> None:
    found = segments(write(tmp_path, "a.xlf", _xliff(_SEGMENTED.format(target))))
    assert [s.target for s in found] == expected
    assert found[0].source == ("Ett." if len(expected) > 1 else "Ett. Två.")
    assert not any(tag.name == "mrk" for s in found if s.unit for tag in s.unit.target_tags)


def test_what_a_reviser_struck_out_in_trados_is_no_text(tmp_path: Path) -> None:
    target = 'See <mrk mtype="x-sdl-deleted">them</mrk><mrk mtype="x-sdl-added">you</mrk>.'
    (found,) = segments(
        write(tmp_path, "a.sdlxliff", _xliff(f"<trans-unit id='1'><target>{target}</target></trans-unit>"))
    )
    assert found.target == "See you."
    assert found.unit is not None
    assert not found.unit.target_tags


def test_units_in_binary_units(tmp_path: Path) -> None:
    unit = "<trans-unit id='t'><source>Bild</source>\n<target>Picture</target></trans-unit>"
    name = write(tmp_path, "a.xlf", _xliff(f"<bin-unit id='b'><bin-source/>{unit}</bin-unit>"))
    items, stream = read(name)
    assert [(s.target, s.origin.line, s.origin.unit) for s in items[0].segments] == [("Picture", 2, "t")]  # type: ignore[union-attr]
    assert [entry.reason for entry in stream.all_left_out()] == ["binary units"]


def test_white_space_that_a_text_says_to_preserve(tmp_path: Path) -> None:
    unit = "<trans-unit id='1'><source>x</source><target xml:space='preserve'>a\n b</target></trans-unit>"
    assert segments(write(tmp_path, "a.mqxliff", _xliff(unit)))[0].target == "a\n b"


def test_lenient_reads_the_files_after_one_whose_language_is_none(tmp_path: Path) -> None:
    bad = XLIFF_12.replace('target-language="en-GB"', 'target-language="engelska"')
    both = bad.replace("</xliff>", "") + XLIFF_12.partition("</xliff>")[0].partition('document:1.2">')[2] + "</xliff>"
    items, stream = read(write(tmp_path, "a.xlf", both), config=Config(lenient=True, target_lang="en"))
    assert [item.target_lang for item in items] == ["en", "en-GB"]
    assert [entry.code for entry in stream.refused] == ["MTC-E012"]
    catalogue = PO.replace("Language: sv", "Language: svenska")
    items, stream = read(write(tmp_path, "a.po", catalogue), config=Config(lenient=True, target_lang="sv"))
    assert len(items) == 4
    assert [entry.code for entry in stream.refused] == ["MTC-E012"]


def test_xml_that_states_no_encoding_is_in_the_one_given(tmp_path: Path) -> None:
    unit = _xliff("<trans-unit id='1'><source>å</source><target>é</target></trans-unit>").encode("cp1252")
    name = write(tmp_path, "a.xlf", unit)
    assert "MTC-E022" in fault(name)
    assert segments(name, config=Config(encoding="cp1252"))[0].target == "é"
    stated = b'<?xml version="1.0" encoding="utf-8"?>' + unit.decode("cp1252").encode()
    assert segments(write(tmp_path, "b.xlf", stated), config=Config(encoding="cp1252"))[0].target == "é"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<xliff version='1.2'><file><body></body></file></xliff>", "MTC-E026"),
        (XLIFF_12.replace("<target", "<other").replace("</target", "</other"), "no unit in it has a translation"),
        (XLIFF_12.replace("</group>", "", 1), "MTC-E022"),
        (XLIFF_12.replace('target-language="en-GB"', 'target-language="engelska"'), "MTC-E012"),
        ("<unit><segment/></unit>", "MTC-E006"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + XLIFF_2, "MTC-E023"),
    ],
)
def test_bad_xliff(tmp_path: Path, content: str, said: str) -> None:
    assert said in fault(write(tmp_path, "a.xlf", content))


TMX = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="sv" segtype="sentence" adminlang="en" datatype="plaintext"
 o-tmf="x" creationtool="t" creationtoolversion="1"/>
<body>
 <tu tuid="7"><prop type="role">headline</prop><note>n</note>
  <tuv xml:lang="sv"><seg>Ny <bpt i="1">&lt;b></bpt>bro<ept i="1">&lt;/b></ept></seg></tuv>
  <tuv xml:lang="en-US"><seg>New <bpt i="1">&lt;b></bpt>bridge<ept i="1">&lt;/b></ept></seg></tuv>{}
 </tu>
 <tu><tuv xml:lang="sv"><seg>Bara svenska</seg></tuv></tu>
</body></tmx>
"""


def test_tmx(tmp_path: Path) -> None:
    name = write(tmp_path, "a.tmx", TMX.format(""))
    (only,), stream = read(name, config=Config())
    segment = only.segments[0]  # type: ignore[union-attr]
    assert (segment.source, segment.target, segment.role) == ("Ny bro", "New bridge", Role.HEADLINE)
    assert segment.unit.target_tags[0].span.of(segment.target) == "bridge"
    assert (segment.source_lang, segment.target_lang) == ("sv", "en-US")
    assert (segment.id, segment.origin.line) == ("a.tmx#7", 8)
    assert [entry.reason for entry in stream.all_left_out()] == ["units without both languages"]


def test_tmx_of_several_languages_asks_which(tmp_path: Path) -> None:
    more = '<tuv xml:lang="de"><seg>Neue Brücke</seg></tuv>'
    name = write(tmp_path, "a.tmx", TMX.format(more))
    assert "more than one target language: de, en-US" in fault(name, config=Config())
    (german,) = segments(name, config=Config(target_lang="de"))
    assert german.target == "Neue Brücke"
    (english,) = segments(name, config=Config(source_lang="de", target_lang="en"))
    assert (english.source, english.target) == ("Neue Brücke", "New bridge")


_SEVERAL = """<tmx version="1.4"><header srclang="*all*"/><body>
<tu tuid="1"><tuv xml:lang="en-US"><seg>Color <ph>{<sub>Tip</sub>}</ph></seg></tuv><tuv xml:lang="sv"><seg>Färg
<ph>{<sub>Tips</sub>}</ph></seg></tuv><tuv xml:lang="en-GB"><seg>Colour</seg></tuv></tu>
<tu><tuv xml:lang="sv"><seg/></tuv><tuv xml:lang="en-GB"><seg> </seg></tuv></tu></body></tmx>"""


def test_tmx_that_states_no_source_language(tmp_path: Path) -> None:
    name = write(tmp_path, "a.tmx", _SEVERAL)
    items, stream = read(name, config=Config(target_lang="en-GB"))
    assert [(s.source, s.target) for item in items for s in item.segments] == [  # type: ignore[union-attr]
        ("Färg\n", "Colour"), ("Tips", ""),
    ]  # fmt: skip
    assert {(entry.reason, entry.count) for entry in stream.all_left_out()} == {
        ("variants in other languages", 1), ("units without text", 1),
    }  # fmt: skip
    found = segments(name, config=Config(target_lang="en"))
    assert [(s.source_lang, s.target_lang, s.target, s.origin.unit) for s in found] == [
        ("sv", "en-US", "Color ", "1"), ("sv", "en-US", "Tip", "1/sub1"),
    ]  # fmt: skip


@pytest.mark.parametrize("charset", ["hex", "uu", "idna", "undefined", "no-such"])
def test_po_whose_charset_is_none(tmp_path: Path, charset: str) -> None:
    assert segments(write(tmp_path, "a.po", PO.replace("UTF-8", charset)))[0].target == "Öppna %s\n"


PO = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: sv\n"

# A translator's word
#. For the button
#: src/main.c:12
#, c-format, fuzzy
msgctxt "menu"
msgid "Open %s"
msgstr "Öppna "
"%s\n"

msgid "%d file"
msgid_plural "%d files"
msgstr[0] "%d fil"
msgstr[1] "%d filer"

msgid "Untranslated"
msgstr ""

#~ msgid "Old"
#~ msgstr "Gammal"
"""


def test_po(tmp_path: Path) -> None:
    name = write(tmp_path, "a.po", PO)
    items, stream = read(name, config=Config(source_lang="en"))
    found = [item.segments[0] for item in items]  # type: ignore[union-attr]
    assert [(s.source, s.target) for s in found] == [
        ("Open %s", "Öppna %s\n"),
        ("%d file", "%d fil"),
        ("%d files", "%d filer"),
        ("Untranslated", ""),
    ]
    assert found[0].unit.state == "fuzzy"
    assert found[0].unit.notes == ("context: menu", "A translator's word", "For the button")
    assert found[0].target_lang == "sv"
    assert [(s.origin.unit, s.origin.line) for s in found] == [("1", 12), ("2[0]", 17), ("2[1]", 18), ("3", 21)]
    assert [entry.count for entry in stream.all_left_out()] == [2]


def test_po_in_another_encoding(tmp_path: Path) -> None:
    text = PO.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert segments(write(tmp_path, "a.po", text))[0].target == "Öppna %s\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('msgid "a\nmsgstr "b"\n', "a.po:1"),
        ('msgid "a"\n\nmsgid "b"\nmsgstr "c"\n', "has no msgstr"),
        ('msgid "a"\nmsgstr "b"\nmsgstr "c"\n', "'msgstr' stands twice"),
        ("hello\n", "MTC-E006"),
        ('msgid "a"\nmsgstr ""\n', "no message in it has a translation"),
    ],
)
def test_bad_po(tmp_path: Path, content: str, said: str) -> None:
    assert said in fault(write(tmp_path, "a.po", content))


def test_lenient_po_passes_over_one_message(tmp_path: Path) -> None:
    name = write(tmp_path, "a.po", 'msgid "a"\nmsgstr "b"\n\nmsgid oops\nmsgstr "c"\n\nmsgid "d"\nmsgstr "e"\n')
    items, stream = read(name, config=Config(lenient=True, target_lang="en"))
    assert [item.segments[0].target for item in items] == ["b", "e"]  # type: ignore[union-attr]
    assert stream.refused_count == 1
    assert stream.refused[0].where.endswith("a.po:4")


_words = st.text(st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=("Cc", "Zl", "Zp")))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_words.filter(str.strip), _words, st.none() | _words), min_size=1, max_size=5))
def test_po_reads_what_polib_writes(entries: list[tuple[str, str, str | None]]) -> None:
    catalogue = polib.POFile()
    for source, target, context in entries:
        catalogue.append(polib.POEntry(msgid=source, msgstr=target or "x", msgctxt=context or None))
    text = InputText("a.po", str(catalogue).encode())
    found = [segment for article in Po().read(text) for segment in article.segments]  # type: ignore[union-attr]
    assert [(s.source, s.target) for s in found] == [(source, target or "x") for source, target, _ in entries]
