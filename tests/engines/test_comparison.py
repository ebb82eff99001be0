"""Systems compared: ranked, clustered and tested as they were made, and never paired by place alone."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

import mtcheck
from mtcheck.core.errors import MtcheckError
from mtcheck.core.results import ComparedLanguages, Comparison
from mtcheck.core.schemas import schema_text
from mtcheck.renderers.comparison import markdown, page, show

WORDS = ["road", "bridge", "council", "mayor", "school", "river", "opened", "closed", "early", "Friday", "again"]
OPTIONS: dict[str, Any] = {
    "reference_model": "none",
    "metrics": "bleu,chrf,ter",
    "select": "repeated-word",
    "significance": {"resamples": 200, "trials": 400},
}
Pair = dict[str, Any]


def _system(name: str | None, share: float, seed: int, count: int = 120) -> list[Pair]:
    """Translations of the same sources, of which about `share` of the words are wrong."""
    texts, chance = random.Random(1), random.Random(seed)
    pairs = []
    for number in range(count):
        reference = "The " + " ".join(texts.choices(WORDS, k=texts.randint(6, 14)))
        target = " ".join("wrong" if chance.random() < share else word for word in reference.split())
        pair = {
            "id": f"{name}-{number}", "source": f"Källa {number}.", "target": target, "references": [reference],
            "source_lang": "sv", "target_lang": "en",
        }  # fmt: skip
        pairs.append(pair | ({"system": name} if name else {}))
    return pairs


def _write(folder: Path, name: str, *systems: list[Pair]) -> Path:
    file = folder / name
    file.write_text("\n".join(json.dumps(pair) for system in systems for pair in system), encoding="utf-8")
    return file


def _only(compared: Comparison) -> ComparedLanguages:
    assert len(compared.languages) == 1
    return compared.languages[0]


def _ranks(languages: ComparedLanguages, score: str) -> dict[str, int]:
    return {system.system: system.scores[score].rank for system in languages.systems}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good system, two that are alike, a bad one."""
    return _write(
        tmp_path, "all.jsonl", _system("bad", 0.5, 1), _system("like", 0.2, 2), _system("alike", 0.2, 3),
        _system("good", 0.02, 4),
    )  # fmt: skip


def test_systems_are_ranked_and_clustered(file: Path) -> None:
    languages = _only(mtcheck.compare(file, **OPTIONS))
    assert languages.segments == 120
    assert languages.systems[0].system == "good"
    assert languages.systems[-1].system == "bad"
    for score in ("bleu", "chrf", "ter"):
        assert _ranks(languages, score) == {"good": 1, "like": 2, "alike": 2, "bad": 3}
        for system in languages.systems:
            estimate = system.scores[score]
            assert estimate.interval[0] < estimate.value < estimate.interval[1]
    for pair in languages.pairs:
        assert pair.difference >= 0
        assert pair.significant == ({pair.better, pair.worse} != {"like", "alike"})
        assert pair.significant == (pair.interval[0] > 0)
    close = next(pair for pair in languages.pairs if pair.score == "chrf" and not pair.significant)
    assert close.accuracy is not None
    assert close.accuracy < 0.93
    assert all(pair.accuracy is None and not pair.too_small for pair in languages.pairs if pair.score == "ter")


def test_same_numbers_as_the_check(file: Path, tmp_path: Path) -> None:
    run = mtcheck.check(file, output=tmp_path / "run", **OPTIONS)
    checked = {group.system: group for group in run.summary.corpus}
    for compared in (mtcheck.compare(file, **OPTIONS), mtcheck.compare(tmp_path / "run", **OPTIONS)):
        for system in _only(compared).systems:
            group = checked[system.system]
            assert {name: score.value for name, score in system.scores.items()} == pytest.approx(
                {name: score.value for name, score in group.scores.items()}, abs=1e-9
            )
            assert system.mqm_score == pytest.approx(group.mqm_score)


def test_several_files_runs_and_one_input_say_the_same(file: Path, tmp_path: Path) -> None:
    whole = _only(mtcheck.compare(file, **OPTIONS))
    systems = [("bad", 0.5, 1), ("like", 0.2, 2), ("alike", 0.2, 3), ("good", 0.02, 4)]
    # Without a system of their own they are called by their files; and they come in another order.
    files = []
    for name, share, seed in systems:
        pairs = _system(None, share, seed)
        random.Random(seed).shuffle(pairs)
        files.append(_write(tmp_path, f"{name}.jsonl", pairs))
    apart = _only(mtcheck.compare(files, **OPTIONS))
    for path in files:
        mtcheck.check(path, output=tmp_path / "runs" / path.stem, **OPTIONS)
    runs = _only(mtcheck.compare([tmp_path / "runs" / name for name, _, _ in systems], **OPTIONS))
    for other in (apart, runs):
        assert [system.system for system in other.systems] == [system.system for system in whole.systems]
        assert {s.system: s.scores["chrf"].value for s in other.systems} == pytest.approx(
            {s.system: s.scores["chrf"].value for s in whole.systems}
        )
        assert _ranks(other, "chrf") == _ranks(whole, "chrf")


def test_two_runs_of_one_system_are_told_apart(tmp_path: Path) -> None:
    for day, share in (("monday", 0.3), ("tuesday", 0.1)):
        mtcheck.check(_write(tmp_path, "in.jsonl", _system("vendor", share, 5)), output=tmp_path / day, **OPTIONS)
    languages = _only(mtcheck.compare([tmp_path / "monday", tmp_path / "tuesday"], **OPTIONS))
    assert [system.system for system in languages.systems] == ["vendor (tuesday)", "vendor (monday)"]
    (tmp_path / "again").mkdir()
    (tmp_path / "tuesday").rename(tmp_path / "again" / "monday")
    paths = [tmp_path / "monday", tmp_path / "again" / "monday"]
    languages = _only(mtcheck.compare(paths, **OPTIONS))
    assert [system.system for system in languages.systems] == [f"vendor ({paths[1]})", f"vendor ({paths[0]})"]


def test_what_some_lack_is_left_out_and_told(tmp_path: Path) -> None:
    one, other = _system("one", 0.1, 1), _system("other", 0.3, 2)
    del one[3], other[10:14]
    random.Random(1).shuffle(other)
    other[0]["references"] = ["Another reference."]
    compared = mtcheck.compare(_write(tmp_path, "in.jsonl", one, other), **OPTIONS)
    languages = _only(compared)
    assert languages.segments == 120 - 1 - 4
    assert set(languages.scored.values()) == {languages.segments - 1}
    told = " ".join(compared.warnings)
    assert "4 of 119 segments of one have sources that not all systems have" in told
    assert "1 of 116 segments of other" in told
    assert "chrf leaves out 1 segments whose references differ" in told


def test_variants_of_a_language_are_compared(tmp_path: Path) -> None:
    one, other = _system("one", 0.1, 1), _system("other", 0.3, 2)
    for number, pair in enumerate(other):
        pair["target_lang"] = "en-GB" if number % 3 else "en-US"
    compared = mtcheck.compare(_write(tmp_path, "in.jsonl", one, other), **OPTIONS)
    assert _only(compared).segments == 120
    plain = mtcheck.compare(_write(tmp_path, "in.jsonl", one, _system("other", 0.3, 2)), **OPTIONS)
    assert [system.scores["chrf"].value for system in _only(compared).systems] == pytest.approx(
        [system.scores["chrf"].value for system in _only(plain).systems]
    )
    assert [system.by_rule for system in _only(compared).systems] == [system.by_rule for system in _only(plain).systems]
    assert "sv-en, sv-en-GB, sv-en-US were compared as sv-en" in compared.warnings


@pytest.mark.parametrize(
    ("systems", "said"),
    [
        ([_system("one", 0.1, 1)], "not two systems"),
        ([_system("one", 0.1, 1, 5), [pair | {"source": "Annat."} for pair in _system("b", 0, 1, 5)]], "no source in"),
        ([_system("one", 0.1, 1), [pair | {"target_lang": "da"} for pair in _system("b", 0, 1)]], "not two systems"),
    ],
)
def test_nothing_to_compare_is_one_error(tmp_path: Path, systems: list[list[Pair]], said: str) -> None:
    with pytest.raises(MtcheckError, match=f"MTC-E030.*{said}"):
        mtcheck.compare(_write(tmp_path, "in.jsonl", *systems), **OPTIONS)


def test_without_references_it_is_said_what_the_ranking_is_worth(tmp_path: Path) -> None:
    pairs = [
        {key: value for key, value in pair.items() if key != "references"}
        for name, share in (("one", 0.1), ("other", 0.4))
        for pair in _system(name, share, 1, 12)
    ]
    compared = mtcheck.compare(_write(tmp_path, "in.jsonl", pairs), **OPTIONS | {"reference_model": "mini"})
    assert set(_only(compared).scored) == {"mini"}
    assert any("ranked by mini alone" in warning for warning in compared.warnings)
    none = mtcheck.compare(_write(tmp_path, "in.jsonl", pairs), **OPTIONS)
    assert not _only(none).scored
    assert len(_only(none).systems) == 2


def test_segments_that_differ_most(tmp_path: Path) -> None:
    one, other = _system("one", 0.0, 1), _system("other", 0.05, 2)
    other[42]["target"] = "Something of another kind entirely."
    languages = _only(mtcheck.compare(_write(tmp_path, "in.jsonl", one, other), **OPTIONS))
    segment = languages.differ_most[0]
    assert segment.source == "Källa 42."
    assert [translation.system for translation in segment.translations] == ["one", "other"]
    assert segment.translations[1].target == "Something of another kind entirely."
    assert segment.translations[1].id == "other-42"
    assert [segment.spread for segment in languages.differ_most] == sorted(
        (segment.spread for segment in languages.differ_most), reverse=True
    )


def test_rules_are_counted_over_the_same_segments(tmp_path: Path) -> None:
    one, other = _system("one", 0.0, 1), _system("other", 0.0, 2)
    for number in (5, 6, 7):
        other[number]["target"] += " the the end"
    del one[6]
    languages = _only(mtcheck.compare(_write(tmp_path, "in.jsonl", one, other), **OPTIONS))
    counts = {system.system: system.by_rule for system in languages.systems}
    # Random words repeat alike in both.
    assert counts["other"]["repeated-word"] - counts["one"].get("repeated-word", 0) == 2


def test_written_in_three_formats(tmp_path: Path) -> None:
    one, other = _system("<b>one|", 0.1, 1), _system("other", 0.4, 2)
    other[3]["target"] = "<script>alert(1)</script> | \x1b[31m *x*"
    compared = mtcheck.compare(_write(tmp_path, "in.jsonl", one, other), output=tmp_path / "out",
                               format="json,html,markdown", **OPTIONS)  # fmt: skip
    written = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    Draft202012Validator(json.loads(schema_text(Comparison))).validate(written)
    assert written["languages"][0]["systems"][0]["system"] == "<b>one|"
    html = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert html == page(compared)
    assert "<script>alert" not in html
    assert "&lt;b&gt;one|" in html
    assert "\x1b" not in html
    text = (tmp_path / "out" / "comparison.md").read_text(encoding="utf-8")
    assert text == markdown(compared)
    assert "\\<script\\>" in text
    assert "\x1b" not in text
    header = next(line for line in text.split("\n") if line.startswith("| system"))
    assert header.count("|") == 2 + len(_only(compared).scored)
    with pytest.raises(MtcheckError, match="MTC-E016"):
        mtcheck.compare(tmp_path / "in.jsonl", output=tmp_path / "out", format="jsonl", **OPTIONS)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_number_stands_beside_its_system_in_a_terminal(tmp_path: Path, width: int) -> None:
    one, other = _system("vendor-one", 0.1, 1), _system("vendor-other", 0.4, 2)
    options = OPTIONS | {"metrics": "bleu,chrf,chrf++,ter"}
    compared = mtcheck.compare(_write(tmp_path, "in.jsonl", one, other), **options)
    console = Console(width=width, record=True, file=io.StringIO())
    show(console, compared)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    for system in _only(compared).systems:
        for score in system.scores.values():
            assert any(line.startswith(system.system) and f"{score.value:.2f} ±" in line for line in lines)


def test_same_input_same_bytes(file: Path) -> None:
    one, two = (mtcheck.compare(file, **OPTIONS) for _ in range(2))
    assert one.languages == two.languages
