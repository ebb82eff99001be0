"""`mtcheck.check` returns what the command writes, the same every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.types import Pair, Score
from mtcheck.engines import scoring
from mtcheck.references.base import ReferenceModel


def test_same_input_same_bytes(corpora: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        mtcheck.check(
            corpora / "en-sv-wire",
            output=tmp_path / name,
            format="json,jsonl,html,csv,markdown,sarif,junit,gitlab,rdjson",
        )
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert len(files) == 9
    for file in files:
        texts = [(tmp_path / name / file).read_text(encoding="utf-8") for name in ("one", "two")]
        clocks = [
            json.loads((tmp_path / name / "summary.json").read_text())["manifest"]["clock"] for name in ("one", "two")
        ]
        assert texts[0].replace(clocks[0], "") == texts[1].replace(clocks[1], ""), file


def test_formats_with_a_file_of_their_own_need_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mtcheck.check(
        records=[{"target": "He said: – – No.", "target_lang": "en"}], format=["json", "sarif=scan/a.sarif"],
        reference_model="none",
    )  # fmt: skip
    assert [file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*")] == ["scan/a.sarif"]


def test_run_has_what_the_files_have(corpora: Path, tmp_path: Path) -> None:
    run = mtcheck.check(corpora / "de-en-wire" / "raw.jsonl", output=tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["verdict"] == run.verdict.value
    assert summary["counts"]["segments"] == len(run.segments)
    assert len((tmp_path / "segments.jsonl").read_text(encoding="utf-8").split("\n")) == len(run.segments) + 1
    assert summary["counts"]["findings"] == sum(len(segment.findings) for segment in run.segments)
    assert summary["manifest"]["inputs"][0]["sha256"]
    assert [card["name"] for card in summary["manifest"]["models"]] == ["mini"]


def test_scores_only_where_there_are_references(corpora: Path) -> None:
    run = mtcheck.check(corpora / "de-en-wire" / "raw.jsonl")
    group = run.summary.corpus[0]
    with_references = sum(1 for segment in run.segments if segment.references)
    assert group.scored["bleu"] == with_references < len(run.segments)
    assert 0 <= group.scores["mini"].value <= 100
    assert "nrefs:1" in group.scores["bleu"].signature


def test_mini_is_silent_about_languages_it_does_not_know() -> None:
    records = [{"source": "Habari ya asubuhi.", "target": "Good morning.", "source_lang": "sw", "target_lang": "en"}]
    run = mtcheck.check(records=records)
    assert not any("mini" in segment.scores for segment in run.segments)
    assert any("mini does not know Swahili" in note for note in run.summary.notes)


def test_pseudo_reference_scores_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Upper(ReferenceModel):
        name = "upper"
        about = "a test's model"

        @classmethod
        def load(cls, identifier: str, config: Any) -> Upper:
            return cls()

        @property
        def card(self) -> Any:
            from mtcheck.core.results import ModelCard

            return ModelCard("upper:x", ("translate", "likelihood"), "r1", "h", "float32", "cpu", "MIT")

        def unfit(self, source_lang: str, target_lang: str) -> str | None:
            return "upper is for Swedish" if source_lang != "sv" else None

        def translate(self, pairs: Any, progress: Any = None) -> list[str]:
            return [pair.source.upper() for pair in pairs]

        def likelihood(self, pairs: list[Pair], progress: Any = None) -> list[Score]:
            return [Score(-1.0, True, "mean") for _ in pairs]

    monkeypatch.setattr(scoring, "load_model", lambda name, config: Upper())
    records = [
        {"source": "Hej du", "target": "HEJ DU", "source_lang": "sv", "target_lang": "en", "references": ["Hi"]},
        {"source": "Guten Tag", "target": "Hello", "source_lang": "de", "target_lang": "en"},
    ]
    run = mtcheck.check(records=records, reference_model="upper:x")
    first, second = run.segments
    assert first.pseudo_reference == "HEJ DU"
    assert first.scores["chrf_pseudo"].value == pytest.approx(100)
    assert first.scores["chrf"].value < 50
    assert "pseudo-reference:upper:x@r1" in first.scores["bleu_pseudo"].signature
    assert first.scores["likelihood"].value == -1.0
    assert not second.scores
    corpus = {group.source_lang: group.scores for group in run.summary.corpus}
    assert "pseudo-reference:upper:x@r1" in corpus["sv"]["ter_pseudo"].signature
    assert any("upper is for Swedish" in note for note in run.summary.notes)


def test_two_models_of_one_score_are_refused() -> None:
    with pytest.raises(mtcheck.MtcheckError, match="both give 'mini'"):
        mtcheck.check(records=[{"target": "x"}], reference_model="mini,auto")


def test_article_pair_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "a.sv").write_text(
        "Ny bro i Ekby\n\nBron kostar 40 miljoner kronor.\n\n– Vi är glada, säger Eva Lind.\n"
    )
    (tmp_path / "a.en").write_text(
        "New bridge in Ekby\n\nNew bridge in Ekby\n\nThe bridge costs 40 billion kronor.\n\n"
        "– We are happy, says Eva Lind.\n"
    )
    run = mtcheck.check(source=tmp_path / "a.sv", target=tmp_path / "a.en", source_lang="sv", target_lang="en")
    rules = [finding.rule for segment in run.segments for finding in segment.findings]
    assert {"duplicated-headline", "magnitude-mismatch", "dialogue-dash"} <= set(rules)
    assert "empty-translation" not in rules
    assert any("3 paragraphs" in note for note in run.articles[0].notes)
