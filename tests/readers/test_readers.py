"""Every reader reads what it should, and refuses the rest with one coded error that says where."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Article, ArticlePair, Role
from mtcheck.readers.base import READERS, InputText
from mtcheck.readers.station import Inputs, Stream, read_inputs


def _read(*names: str, config: Config | None = None, **named: Any) -> tuple[list[Article | ArticlePair], Stream]:
    stream = read_inputs(Inputs(tuple(names), **named), config or Config(source_lang="sv", target_lang="en"))
    return list(stream.items), stream


def _file(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def _fault(*names: str, **named: Any) -> str:
    with pytest.raises(MtcheckError) as caught:
        _read(*names, **named)
    return str(caught.value)


def test_pairs_and_articles_in_one_file(tmp_path: Path) -> None:
    lines = [
        {"id": 7, "source": "Hej", "target": "Hi", "references": "Hello", "system": "a"},
        {"id": "w", "source_lang": "de", "target_lang": "en-GB", "segments": [
            {"role": "headline", "source": "Titel", "target": "Title"}, {"target": None, "source": "Text."}]},
        {"source": "", "target": "No source"},
    ]  # fmt: skip
    name = _file(tmp_path, "in.jsonl", "\n\n".join(json.dumps(line) for line in lines))
    (pair, article, bare), _ = _read(name)
    assert isinstance(pair, Article)
    assert isinstance(article, Article)
    assert isinstance(bare, Article)
    assert pair.segments[0].id == "7"
    assert pair.segments[0].references == ("Hello",)
    assert pair.segments[0].source_lang == "sv"
    assert [s.id for s in article.segments] == ["w:0", "w:1"]
    assert [s.role for s in article.segments] == [Role.HEADLINE, Role.BODY]
    assert article.segments[1].target == ""
    assert article.target_lang == "en-GB"
    assert bare.segments[0].source is None
    assert bare.segments[0].id == "in.jsonl:5"


def test_pairs_of_one_article_join(tmp_path: Path) -> None:
    rows = [{"article": "w", "role": "headline", "target": "T"}, {"article": "w", "target": "x"}, {"target": "y"}]
    name = _file(tmp_path, "in.jsonl", "\n".join(map(json.dumps, rows)))
    items, _ = _read(name)
    assert [len(item.segments) for item in items if isinstance(item, Article)] == [2, 1]


def test_own_output_reads_back(tmp_path: Path) -> None:
    import mtcheck

    source = _file(tmp_path, "in.jsonl", json.dumps({"id": "w", "segments": [{"target": "A b"}, {"target": "C"}]}))
    mtcheck.check(source, target_lang="en", output=tmp_path / "run", format="jsonl", reference_model="none")
    items, stream = _read(str(tmp_path / "run" / "segments.jsonl"))
    assert [len(item.segments) for item in items if isinstance(item, Article)] == [2]
    assert not stream.notes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "MTC-E005"),
        ("[1]", "MTC-E006"),
        ('{"source": "x"}', "'target' is missing"),
        ('{"target": 5}', "'target' is not usable"),
        ('{"target": "x", "role": "hero"}', "'role' is not usable"),
        ('{"segments": []}', "no segments"),
        ('{"segments": [{"source": "x"}]}', "'segments.0.target' is missing"),
        ('{"target": "x", "target_lang": "english"}', "MTC-E012"),
        ('{"id": "a", "target": "x"}\n{"id": "a", "target": "y"}', "first in line 1"),
        ('{"target": "\\ud800"}', "MTC-E006"),
        ("", "MTC-E001"),
        ("[" * 100000, "MTC-E005"),
    ],
)
def test_bad_json_lines(tmp_path: Path, content: str, said: str) -> None:
    fault = _fault(_file(tmp_path, "in.jsonl", content))
    assert said in fault
    assert "in.jsonl" in fault


def test_unused_keys_are_told(tmp_path: Path) -> None:
    _, stream = _read(_file(tmp_path, "in.jsonl", '{"target": "x", "refrences": ["y"]}'))
    assert any("refrences" in note for note in stream.notes)


def test_tables(tmp_path: Path) -> None:
    tsv = _file(tmp_path, "a.tsv", 'id\tsource\ttarget\treference\n1\tHej "du"\tHi "you"\tHello\n2\tNej\t\t\n')
    (one, two), _ = _read(tsv)
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert one.segments[0].target == 'Hi "you"'
    assert one.segments[0].references == ("Hello",)
    assert two.segments[0].target == ""
    csv = _file(tmp_path, "a.csv", 'id;source;target;system\r\n1;"Hej; ""du""\r\nrad två";Hi;a\r\n2;x;y;b\r\n')
    (one, two), _ = _read(csv)
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert one.segments[0].source == 'Hej; "du"\nrad två'
    assert two.segments[0].origin.line == 4


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.tsv", "source\ttranslation\nx\ty\n", "no column 'target'"),
        ("a.tsv", "source\ttarget\nx\n", "a.tsv:2"),
        ("a.csv", 'source,target\n"x,y\n', "MTC-E007"),
        ("a.csv", "", "MTC-E007"),
        ("a.csv", "source,target\n", "MTC-E001"),
    ],
)
def test_bad_tables(tmp_path: Path, name: str, content: str, said: str) -> None:
    assert said in _fault(_file(tmp_path, name, content))


def test_parallel_text(tmp_path: Path) -> None:
    source = _file(tmp_path, "s.sv", "Ett\nTvå\u2028kvar\nTre")
    _file(tmp_path, "hyp.alpha.en", "One\nTwo\n\n")
    _file(tmp_path, "hyp.beta.en", "1\r\n2\r\n3\r\n")
    reference = _file(tmp_path, "r.en", "One!\nTwo!\nThree!\n")
    items, _ = _read(source=source, targets=(str(tmp_path / "hyp.*.en"),), references=(reference,))
    segments = [item.segments[0] for item in items if isinstance(item, Article)]
    assert [s.system for s in segments] == ["alpha"] * 3 + ["beta"] * 3
    assert segments[2].target == ""
    assert segments[5].references == ("Three!",)
    assert segments[1].source == "Två\u2028kvar"
    assert segments[1].id == segments[4].id == "s.sv:2"


def test_unequal_counts_name_both(tmp_path: Path) -> None:
    source = _file(tmp_path, "s.sv", "Ett\nTvå\nTre\n")
    target = _file(tmp_path, "t.en", "One\nTwo\n")
    fault = _fault(source=source, targets=(target,))
    assert "MTC-E008" in fault
    assert "3 lines" in fault
    assert "2" in fault


def test_article_pair(tmp_path: Path) -> None:
    source = _file(tmp_path, "s.txt", "Rubrik\n\nFörsta stycket.\n\nAndra stycket.\n")
    target = _file(tmp_path, "t.txt", "Headline\n\nHeadline\n\nFirst paragraph.\n\nSecond paragraph.\n")
    (item,), _ = _read(source=source, targets=(target,))
    assert isinstance(item, ArticlePair)
    assert item.target[0].role is Role.HEADLINE
    assert len(item.source) == 3
    assert item.target[3].line == 7


def test_bare_article_roles(tmp_path: Path) -> None:
    text = (
        "Mayor resigns after vote\n\nPublished: Just now\n\nThe mayor of Ekby resigned on Monday.\n\n"
        "– It was time, says Eva Lind.\n\nHard winter\n\nThe council meets in May. Photo: Per Ek\n\nFacts\n\nEkby\n\n"
        "Ekby has 900 inhabitants.\n"
    )
    (item,), _ = _read(_file(tmp_path, "a.en.txt", text), config=Config())
    assert isinstance(item, Article)
    assert [s.role.value for s in item.segments] == [
        "headline", "other", "lead", "quote", "subhead", "caption", "factbox", "factbox", "factbox",
    ]  # fmt: skip
    assert item.target_lang == "en"
    assert all(s.source is None for s in item.segments)


def test_hard_wrapped_paragraphs_stay_whole(tmp_path: Path) -> None:
    line = "The mayor of Ekby resigned on Monday after a long vote in the hall"
    text = f"{line}\n{line}\n{line}\nand left.\n\n{line}\n{line}\nat last.\n"
    (item,), _ = _read(_file(tmp_path, "a.txt", text))
    assert isinstance(item, Article)
    assert len(item.segments) == 2


def test_folders_and_patterns(tmp_path: Path) -> None:
    _file(tmp_path, "a.jsonl", '{"target": "x"}')
    (tmp_path / "deep").mkdir()
    _file(tmp_path / "deep", "b.tsv", "target\ny\n")
    _file(tmp_path, "c.bin", b"\x00")
    items, stream = _read(str(tmp_path))
    assert len(items) == 2
    assert len(stream.files) == 2
    assert len(_read(str(tmp_path / "*.jsonl"))[0]) == 1
    assert "MTC-E003" in _fault(str(tmp_path / "c.bin"))
    assert "MTC-E002" in _fault(str(tmp_path / "*.nothing"))
    assert "MTC-E002" in _fault(str(tmp_path / "absent.jsonl"))
    assert "MTC-E001" in _fault()
    assert "MTC-E016" in _fault("a", source="b", targets=("c",))


def test_encodings(tmp_path: Path) -> None:
    assert len(_read(_file(tmp_path, "a.jsonl", '{"target": "å"}'.encode("utf-8-sig")))[0]) == 1
    assert len(_read(_file(tmp_path, "b.jsonl", '{"target": "å"}'.encode("utf-16")))[0]) == 1
    fault = _fault(_file(tmp_path, "c.jsonl", '{"target": "x"}\n{"target": "å"}'.encode("latin-1")))
    assert "MTC-E004" in fault
    assert "c.jsonl" in fault


def test_languages_are_identified_and_said(tmp_path: Path) -> None:
    pair = {"source": "Kommunen har byggt om skolan i sommar.", "target": "The council has rebuilt the school."}
    name = _file(tmp_path, "a.jsonl", json.dumps(pair))
    (item,), stream = _read(name, config=Config())
    assert (item.source_lang, item.target_lang) == ("sv", "en")
    assert len(stream.all_notes()) == 2
    assert all("identified as" in note for note in stream.all_notes())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_articles_or_a_coded_error(tmp_path: Path, content: bytes) -> None:
    for reader in READERS:
        if reader.suffixes:
            name = _file(tmp_path, f"x{reader.suffixes[0]}", content)
            with suppress(MtcheckError):
                assert all(isinstance(item, Article) for item in reader().read(InputText.open(name)))
