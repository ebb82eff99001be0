"""`--fix` writes the input again, byte for byte, but for what was fixed; and nothing fixable is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mtcheck
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Edit, Finding, Fix, Severity, Span
from mtcheck.engines.fixing import _Draft, apply, choose
from mtcheck.readers.base import fixed_path

OPTIONS: dict[str, Any] = {"reference_model": "none", "target_lang": "en", "select": ("repeated-word", "spacing")}


def _fix(file: Path, text: str | bytes, **options: Any) -> bytes:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = file.read_bytes()
    mtcheck.check(file, fix=True, **OPTIONS | options)
    assert file.read_bytes() == before
    return fixed_path(file).read_bytes()


_XLIFF = """<xliff version="1.2"><!-- a  b --><file original="o" source-language="sv" target-language="en"><body>
<trans-unit id="1"><source>a b</source><target>{}</target></trans-unit><trans-unit id="1"><source>x</source>
<target>{}</target></trans-unit></body></file></xliff>\r\n"""
_TMX = """<tmx version="1.4"><header srclang="sv"/><body><tu><tuv xml:lang="en"><seg>{}</seg></tuv><tuv xml:lang="sv"
><seg>a b</seg></tuv></tu></body></tmx>"""


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.en.txt",
         "\ufeffThe the road is  open .\r\n\r\nSecond  one.\r\n",
         "\ufeffThe road is open.\r\n\r\nSecond one.\r\n"),
        ("old.txt", "On  Friday.\rSecond  one.", "On Friday.\rSecond one."),
        ("remark.txt",
         "On  Friday.\n<!-- mtcheck: ignore spacing -->\nOn  Monday.\n",
         "On Friday.\n<!-- mtcheck: ignore spacing -->\nOn  Monday.\n"),
        ("d.jsonl",
         '\n {"x" : 1.50, "target":"caf\\u00e9  \\ud83d\\ude00 \\"is\\" \\/  here ,", "source":"a  b"}\r\n\n',
         '\n {"x" : 1.50, "target":"caf\\u00e9  \\ud83d\\ude00 \\"is\\" \\/  here,", "source":"a  b"}\r\n\n'),
        ("e.jsonl",
         '{"m":{"target":"a  b"},"segments":[{"target":"a  b"},{"source":"[{\\"","target":"c"},{"target":"d  e"}]}',
         '{"m":{"target":"a  b"},"segments":[{"target":"a b"},{"source":"[{\\"","target":"c"},{"target":"d e"}]}'),
        ("t.tsv",
         'id\ttarget\tx\r\n1\tHe "said  so\ta  b\r\n\r\n2\tx\t\r\n',
         'id\ttarget\tx\r\n1\tHe "said so\ta  b\r\n\r\n2\tx\t\r\n'),
        ("u.tsv", "target\tid\nHe said  so\t1", "target\tid\nHe said so\t1"),
        ("c.csv",
         'id;"target";note\n1;"He ""said""  so;\r\nand  more";"  "\n\n2;one  two;x\n3;"x";\n',
         'id;"target";note\n1;"He ""said"" so;\r\nand more";"  "\n\n2;one two;x\n3;"x";\n'),
        ("d.csv", '\n"source, x",target\na,b  c\n', '\n"source, x",target\na,b c\n'),
        ("a.xlf",
         _XLIFF.format("The  road &amp; <g id='1'>the  caf&#233;</g>\n is  open .", "Two  words"),
         _XLIFF.format("The road &amp; <g id='1'>the caf&#233;</g>\n is open.", "Two words")),
        ("a.tmx",
         _TMX.format("Two  <ph>  x </ph>words ."),
         _TMX.format("Two <ph>  x </ph>words.")),
        ("a.po",
         'msgid "a b"\nmsgstr ""\n"Two  \\"wo"\n "rds\\" .  \\n"\n\n#~ msgid "a  b"\n',
         'msgid "a b"\nmsgstr ""\n"Two \\"wo"\n "rds\\".  \\n"\n\n#~ msgid "a  b"\n'),
    ],
)  # fmt: skip
def test_formats(tmp_path: Path, name: str, before: str, after: str) -> None:
    assert _fix(tmp_path / name, before) == after.encode()


def test_fixes_that_inline_tags_stand_in_the_way_of_are_left_and_said(tmp_path: Path) -> None:
    text = _XLIFF.format("The <g id='1'> road</g> is  open.", "x")
    assert _fix(tmp_path / "a.xlf", text).decode() == text.replace("is  open", "is open")
    run = mtcheck.check(tmp_path / "a.xlf", fix=True, **OPTIONS)
    assert "1 fix is left to a reviser: inline tags stand in the way" in run.summary.notes


def test_a_format_that_cannot_be_written_is_said_before_the_check(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>On  Friday.</p>")
    with pytest.raises(MtcheckError, match=r"MTC-E020.*the format 'html' cannot be written.*a\.html"):
        mtcheck.check(tmp_path / "a.html", fix=True, **OPTIONS)


def test_what_the_encoding_lacks_cannot_be_written(tmp_path: Path) -> None:
    text = "Lech WaÅ‚Ä™sa was the president of Poland from 1990.\n"
    (tmp_path / "a.txt").write_bytes(text.encode("cp1252"))
    with pytest.raises(MtcheckError, match=r"MTC-E020.*cp1252.*a\.txt"):
        mtcheck.check(tmp_path / "a.txt", fix=True, encoding="cp1252", **OPTIONS | {"select": ()})
    assert not (tmp_path / "a.fixed.txt").exists()


def test_utf_16_stays(tmp_path: Path) -> None:
    fixed = _fix(tmp_path / "a.txt", "On  Friday.\r\n".encode("utf-16"))
    assert fixed == "On Friday.\r\n".encode("utf-16")


def test_wrapped_paragraphs(tmp_path: Path) -> None:
    lines = [
        "The board of the town met on Friday to talk about the",
        "the road, which is  closed for the winter and will be",
        "closed until the end of the month at the  very least.",
    ]
    text = "\n".join(lines) + "\n\n" + "\n".join(lines[:2]) + "\n"
    fixed = _fix(tmp_path / "a.txt", text).decode()
    assert fixed == text.replace("about the\nthe road", "about the road").replace("  ", " ")


def test_parallel_text(tmp_path: Path) -> None:
    (tmp_path / "a.sv").write_text("Ett\nTvå\n")
    for system in ("x", "y"):
        (tmp_path / f"a.{system}.en").write_text(f"One  {system}\nTwo\n")
    run = mtcheck.check(
        source=tmp_path / "a.sv",
        target=[tmp_path / "a.x.en", tmp_path / "a.y.en"],
        fix=True,
        source_lang="sv",
        **OPTIONS,
    )
    assert (tmp_path / "a.y.fixed.en").read_text() == "One y\nTwo\n"
    assert [(Path(copy.copy).name, copy.segments) for copy in run.summary.fixed] == [
        ("a.x.fixed.en", 1),
        ("a.y.fixed.en", 1),
    ]


def test_parallel_articles(tmp_path: Path) -> None:
    (tmp_path / "a.sv").write_text("Rubrik\n\nDet första stycket är här.\n\nDet andra.\n")
    (tmp_path / "a.en").write_text("Headline\n\nThe first  paragraph is here.\n\nThe  second.\n")
    mtcheck.check(source=tmp_path / "a.sv", target=tmp_path / "a.en", fix=True, source_lang="sv", **OPTIONS)
    assert (tmp_path / "a.fixed.en").read_text() == "Headline\n\nThe first paragraph is here.\n\nThe second.\n"


def test_nothing_to_fix_writes_nothing_but_renews(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("On Friday.")
    mtcheck.check(file, fix=True, **OPTIONS)
    assert not fixed_path(file).exists()
    fixed_path(file).write_text("of an earlier run")
    mtcheck.check(file, fix=True, **OPTIONS)
    assert fixed_path(file).read_text() == "On Friday."


def test_suppressed_findings_are_not_fixed(tmp_path: Path) -> None:
    text = json.dumps({"target": "The the a  b", "suppress": "spacing"})
    assert json.loads(_fix(tmp_path / "a.jsonl", text))["target"] == "The a  b"


def test_a_copy_never_replaces_an_input(tmp_path: Path) -> None:
    for name in ("a.txt", "a.fixed.txt"):
        (tmp_path / name).write_text("On  Friday.")
    with pytest.raises(MtcheckError, match=r"MTC-E020.*a\.fixed\.txt"):
        mtcheck.check([tmp_path / "a.txt", tmp_path / "a.fixed.txt"], fix=True, **OPTIONS)
    # Under another name it is the same file.
    (tmp_path / "b.txt").write_text("On  Friday.")
    (tmp_path / "b.fixed.txt").symlink_to(tmp_path / "b.txt")
    with pytest.raises(MtcheckError, match="MTC-E020"):
        mtcheck.check(tmp_path / "b.txt", fix=True, **OPTIONS)
    (tmp_path / "b.fixed.txt").unlink()
    # In a folder, what an earlier run wrote is left out.
    run = mtcheck.check(tmp_path, fix=True, **OPTIONS)
    assert sorted(article.id for article in run.articles) == ["a", "b"]
    with pytest.raises(MtcheckError, match="MTC-E020"):
        mtcheck.check(records=[{"target": "a  b"}], fix=True, **OPTIONS)


_PIECES = st.sampled_from(
    ["the ", "the ", "  ", " ,", "– ", "– – ", ",, ", "..", '"', "“", "é", "😀", "\u200b", "a", "B. ", "\\", "(", " )"]
)  # fmt: skip
_TARGETS = st.lists(st.lists(_PIECES, max_size=10).map("".join), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TARGETS, st.sampled_from(["jsonl", "article", "csv"]))
def test_nothing_fixable_is_left(tmp_path: Path, targets: list[str], form: str) -> None:
    file = tmp_path / ("a.csv" if form == "csv" else "a.jsonl")
    records = [{"id": str(place), "target": target, "note": "a  b, \u2028"} for place, target in enumerate(targets)]
    if form == "csv":
        quoted = ('{id},"{}",{note!r}\n'.format(r["target"].replace('"', '""'), **r) for r in records)
        text = "id,target,note\n" + "".join(line.replace("'a  b, \\u2028'", '"a  b, \u2028"') for line in quoted)
    elif form == "article":
        text = json.dumps({"id": "a", "segments": [{"target": r["target"]} for r in records]})
    else:
        text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    options = {**OPTIONS, "select": ()}
    file.write_text(text, encoding="utf-8", newline="")
    fixed_path(file).unlink(missing_ok=True)
    run = mtcheck.check(file, fix=True, **options)
    if not run.summary.fixed[0].segments:
        return
    again = mtcheck.check(fixed_path(file), **options)
    assert len(again.segments) == len(targets)
    left = [finding for segment in again.segments for finding in segment.findings if finding.fix]
    assert not left
    if form == "jsonl":
        for old, new in zip(records, fixed_path(file).read_text(encoding="utf-8").split("\n"), strict=True):
            assert {**json.loads(new), "target": ""} == {**old, "target": ""}


def test_of_two_fixes_that_meet_the_worse_finding_stays() -> None:
    def finding(severity: Severity, start: int, end: int, fix: str) -> Finding:
        return Finding("r", "R1", severity, "fluency", "m", Span(start, end), None, Fix(fix))

    text = "abcdef"
    minor, major = finding(Severity.MINOR, 0, 3, "x"), finding(Severity.MAJOR, 2, 4, "y")
    insert, same = finding(Severity.MINOR, 4, 4, "z"), finding(Severity.MINOR, 4, 6, "ef")
    assert choose(text, [minor, major, insert, same]) == (Edit(2, 4, "y"),)
    assert choose(text, [minor, finding(Severity.MINOR, 3, 4, "")]) == (Edit(0, 3, "x"), Edit(3, 4, ""))


_EDITS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.text("xyz", max_size=3)), max_size=4)


@given(st.lists(_EDITS, max_size=4))
def test_rounds_of_edits_are_one(rounds: list[list[tuple[int, int, str]]]) -> None:
    first = "abcdefghij"
    draft = _Draft(first)
    for edits in rounds:
        end, apart = 0, []
        for start, length, text in sorted(edits):
            if end <= start and start + length <= len(draft.text):
                apart.append(Edit(start, start + length, text))
                end = start + length + 1
        draft.make(apart)
    assert apply(first, draft.edits()) == draft.text
