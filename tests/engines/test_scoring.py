"""Identical pairs are scored once, and each has its scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score
from mtcheck.engines import local, scoring
from mtcheck.engines.scoring import Scored, Totals, metric_of
from mtcheck.metrics.ter import Ter
from mtcheck.references.base import ReferenceModel, References


class _Counting(ReferenceModel):
    """Remembers what it is asked."""

    name = "counting"
    about = "a test's model"

    def __init__(self) -> None:
        self.asked: list[Pair] = []

    @classmethod
    def load(cls, identifier: str, config: Any) -> _Counting:
        return cls()

    @property
    def card(self) -> ModelCard:
        return ModelCard("counting:x", ("translate", "estimate"), "r1", "h", "float32", "cpu", "MIT")

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        return None

    def translate(self, pairs: Sequence[Pair], progress: Any = None) -> list[str]:
        return [pair.source.upper() for pair in pairs]

    def estimate(self, pairs: Sequence[Pair], progress: Any = None) -> list[Score]:
        self.asked += pairs
        return [Score(float(len(pair.target)), True, "length") for pair in pairs]


def _records() -> list[dict[str, Any]]:
    pairs = [("Hej", "HEJ"), ("Hej", "Hello"), ("Hej då", "Good bye"), ("", "x")]
    languages = {"source_lang": "sv", "target_lang": "en"}
    return [
        {"id": str(at), "source": pairs[at % 4][0], "target": pairs[at % 4][1], "references": ["Hello"], **languages}
        for at in range(40)
    ]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> _Counting:
    model = _Counting()
    monkeypatch.setattr(scoring, "load_model", lambda name, config: model)
    monkeypatch.setattr(local, "_BATCH_SEGMENTS", 8)
    return model


def test_models_are_asked_once(model: _Counting) -> None:
    run = mtcheck.check(records=_records(), reference_model="counting:x")
    assert len(model.asked) == len(set(model.asked)) == 3
    with_source = [segment for segment in run.segments if segment.source]
    assert len(with_source) == 30
    for segment in with_source:
        assert segment.scores["counting"].value == len(segment.target)
        assert segment.pseudo_reference == segment.source.upper()
        assert (segment.scores["ter_pseudo"].value == 0) == (segment.target == segment.source.upper())


def test_a_model_translates_only_if_it_should(model: _Counting) -> None:
    """Its own translation takes a model longest; with human references it may be left out."""
    run = mtcheck.check(records=_records(), reference_model="counting:x", model={"translate": False})
    scored = next(segment for segment in run.segments if segment.source)
    assert set(scored.scores) == {"counting", *mtcheck.core.config.Config().metrics}
    assert all(segment.pseudo_reference is None for segment in run.segments)


def test_what_is_remembered_is_bounded(model: _Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_REMEMBERED", 1)
    run = mtcheck.check(records=_records(), reference_model="counting:x")
    assert 3 < len(model.asked) <= 3 * 5, "once a batch at most"
    assert all(segment.scores["counting"].value == len(segment.target) for segment in run.segments if segment.source)


def test_metrics_are_counted_once_a_batch(model: _Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[str, str]] = []
    statistics = Ter.statistics

    def count(self: Ter, target: str, references: Sequence[str]) -> Any:
        counted.append((target, *references))
        return statistics(self, target, references)

    monkeypatch.setattr(Ter, "statistics", count)
    run = mtcheck.check(records=_records(), reference_model="none")
    assert len(counted) == 4 * 5
    assert {segment.scores["ter"].value == 0 for segment in run.segments if segment.target == "Hello"} == {True}
    assert run.summary.corpus[0].scored["ter"] == 40


def test_a_resumed_run_does_not_ask_again(model: _Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"reference_model": "counting:x", "output": tmp_path}
    stop = mtcheck.engines.checkpoint.Checkpoint.add

    def fail(self: Any, batch: Any) -> None:
        stop(self, batch)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mtcheck.engines.checkpoint.Checkpoint, "add", fail)
        with pytest.raises(KeyboardInterrupt):
            mtcheck.check(records=_records(), **options)
    assert len(model.asked) == 3
    run = mtcheck.check(records=_records(), resume=True, **options)
    assert len(model.asked) == 3
    assert sum("counting" in segment.scores for segment in run.segments) == 30


def test_a_mean_of_scores_that_were_made_in_several_ways_says_so() -> None:
    total = Totals()
    for references in (1, 0, 1):
        score = Score(references / 2, True, f"estimate:comet|references:{references}|split:no")
        total.add("comet", Scored({"comet": score}))
    mean = total.score(metric_of, "en")
    assert mean.signature == "estimate:comet|references:mixed|split:no|mean"
    assert mean.value == pytest.approx(1 / 3)


def test_a_model_is_given_references_if_it_reads_them(model: _Counting) -> None:
    record = {"source": "Hej!", "target": "Hi!", "source_lang": "sv", "target_lang": "en"}
    records = [record | {"references": ["Hello!", " "]}, record | {"references": ["Hi there!"]}, record]
    asked = []
    for model.references in References:
        model.asked.clear()
        mtcheck.check(records=records, reference_model="counting:x")
        asked.append([pair.references for pair in model.asked])
    one, other = ("Hello!",), ("Hi there!",)
    assert asked == [[()], [one, other, ()], [one, other]]
