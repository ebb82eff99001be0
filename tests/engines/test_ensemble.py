"""Several models: where they differ, and the mean of their percentile ranks, in a run and among a former run's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_resume import _break_off, _files

import mtcheck
from mtcheck.core.config import Config
from mtcheck.core.results import ModelAgreement, ModelCard, SegmentResult
from mtcheck.core.types import Origin, Pair, Role, Score, Verdict
from mtcheck.engines import local, scoring
from mtcheck.engines.ensemble import MEAN_PERCENTILE, Ensemble, percentile_ranks, spearman, spearman_interval
from mtcheck.engines.scoring import Scorer
from mtcheck.references.base import ReferenceModel

# The scores of four segments: b puts the last first, and less of c is better.
_A = [10.0, 20.0, 30.0, 40.0]
_B = [0.2, 0.3, 0.4, 0.1]
_C = [4.0, 3.0, 2.0, 1.0]


def _segment(at: int, scores: dict[str, Score], target: str | None = None, target_lang: str = "en") -> SegmentResult:
    return SegmentResult(
        id=f"s:{at}", article="s", index=at, role=Role.BODY, system=None, source_lang="sv", target_lang=target_lang,
        source="Hej", target=target or f"text {at}", references=(), pseudo_reference=None, scores=scores, findings=(),
        verdict=Verdict.PASS, origin=Origin("x"),
    )  # fmt: skip


def _agreement(segments: Sequence[SegmentResult], *voices: str) -> tuple[ModelAgreement, ...]:
    ensemble = Ensemble(voices or ("a", "b"))
    ensemble.add(segments)
    return ensemble.agreement()


def _segments(rescaled: Callable[[float], float] = float) -> list[SegmentResult]:
    return [
        _segment(at, {"a": Score(rescaled(a), True, "a"), "b": Score(b, True, "b"), "c": Score(c, False, "c")})
        for at, (a, b, c) in enumerate(zip(_A, _B, _C, strict=True))
    ]


def test_ranks_by_hand() -> None:
    assert percentile_ranks(np.array(_A)).tolist() == [12.5, 37.5, 62.5, 87.5]
    assert percentile_ranks(np.array(_A), higher_is_better=False).tolist() == [87.5, 62.5, 37.5, 12.5]
    assert percentile_ranks(np.array([3.0, 1.0, 3.0, 3.0])).tolist() == [62.5, 12.5, 62.5, 62.5]
    assert percentile_ranks(np.array([5.0])).tolist() == [50]


def test_correlation_by_hand() -> None:
    ranks = np.array([1.0, 2, 3, 4])
    assert spearman(ranks, ranks) == 1
    assert spearman(ranks, ranks[::-1]) == -1
    # 1 - 6 * (1 + 1 + 1 + 9) / (4 * 15)
    assert spearman(ranks, np.array([2.0, 3, 4, 1])) == -0.2
    assert spearman(ranks, np.full(4, 2.5)) is None
    assert spearman(ranks[:3], ranks[:3]) is None


def test_the_interval_is_that_of_bonett_and_wright() -> None:
    # 0.5 over 50: atanh 0.5 = 0.549306, standard error sqrt((1 + 0.125) / 47) = 0.154713, 1.959964 times is 0.303231.
    assert spearman_interval(0.5, 50) == pytest.approx((np.tanh(0.246075), np.tanh(0.852537)), abs=1e-4)
    assert spearman_interval(1.0, 50) is None
    assert spearman_interval(None, 50) is None


def test_what_models_differ_about_by_hand() -> None:
    (row,) = _agreement(_segments())
    assert (row.source_lang, row.target_lang, row.segments) == ("sv", "en", 4)
    assert [(each.scores, each.spearman) for each in row.correlations] == [(("a", "b"), -0.2)]
    assert row.far_apart == 1
    (apart,) = row.differ_most
    assert (apart.id, apart.scores) == ("s:3", {"a": 40, "b": 0.1})
    assert apart.percentiles == {"a": 87.5, "b": 12.5}
    assert apart.mean_percentile == 50
    (worst,) = row.worst
    assert (worst.id, worst.mean_percentile) == ("s:0", 25)
    assert row.signature == "mean-percentile-rank|scores:a+b|ties:mid|norm:run|segments:4"


def test_of_three_models_each_pair_is_compared_and_the_direction_counts() -> None:
    (row,) = _agreement(_segments(), "a", "b", "c")
    assert {each.scores: each.spearman for each in row.correlations} == {
        ("a", "b"): -0.2,
        ("a", "c"): 1,
        ("b", "c"): -0.2,
    }
    assert row.worst[0].percentiles == {"a": 12.5, "b": 37.5, "c": 12.5}
    assert row.worst[0].mean_percentile == pytest.approx(20.8333)


@pytest.mark.parametrize("rescaled", [lambda x: 7 * x - 300, lambda x: x**3, np.log], ids=["affine", "cubic", "log"])
def test_a_rescaling_that_keeps_the_order_changes_no_rank(rescaled: Callable[[float], float]) -> None:
    def without_scores(row: ModelAgreement) -> ModelAgreement:
        return replace(
            row,
            differ_most=tuple(replace(one, scores={}) for one in row.differ_most),
            worst=tuple(replace(one, scores={}) for one in row.worst),
        )

    before, after = (_agreement(_segments(scale), "a", "b", "c")[0] for scale in (float, lambda x: float(rescaled(x))))
    assert without_scores(after) == without_scores(before)
    assert after.worst[0].scores != before.worst[0].scores


def test_what_not_all_models_scored_is_ranked_apart() -> None:
    """Neither by what one model alone said, nor among what the others said of more."""
    skipped = [_segment(at, {"a": Score(at, True, "a")}) for at in range(4, 9)]
    assert _agreement(_segments() + skipped) == _agreement(_segments())
    two = [replace(one, scores={name: one.scores[name] for name in "ab"}) for one in _segments()]
    rows = _agreement(_segments() + two, "a", "b", "c")
    assert [(list(row.scores), row.segments) for row in rows] == [(["a", "b", "c"], 4), (["a", "b"], 4)]


def test_language_pairs_and_scales_are_ranked_apart_and_cut_texts_are_not() -> None:
    german = [replace(one, target_lang="de") for one in _segments()]
    assert [row.target_lang for row in _agreement(_segments() + german)] == ["en", "de"]

    def signed(signature: str) -> list[SegmentResult]:
        return [replace(one, scores={**one.scores, "b": Score(0.5, True, signature)}) for one in _segments()]

    assert len(_agreement(signed("b|references:0") + signed("b|references:1"))) == 2
    (row,) = _agreement(signed("b|split:no") + signed("b|split:yes"))
    assert (row.segments, row.scores["b"]) == (8, "b")


def test_equal_pairs_are_listed_once_and_no_number_is_ranked() -> None:
    many = [_segment(at, {"a": Score(0, True, "a"), "b": Score(9, True, "b")}, "same") for at in range(4)]
    rest = [_segment(at, {"a": Score(at, True, "a"), "b": Score(-at, True, "b")}) for at in range(4, 50)]
    nothing = _segment(60, {"a": Score(float("nan"), True, "a"), "b": Score(1, True, "b")})
    (row,) = _agreement([*many, *rest, nothing])
    assert row.segments == 50
    assert [one.target for one in row.differ_most].count("same") == 1
    assert len(row.differ_most) == 10 < row.far_apart


def test_one_model_has_nothing_to_disagree_with() -> None:
    assert _agreement(_segments(), "a") == ()
    assert _agreement(_segments()[:1]) == ()


# --- in runs


class _Judge(ReferenceModel):
    """Judges by the length of the target, or of the source; lives in this process only."""

    about = "a test's model"

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    @classmethod
    def load(cls, identifier: str, config: Any) -> _Judge:
        return cls(identifier)

    @property
    def card(self) -> ModelCard:
        does = {"teller": ("translate",), "likely": ("likelihood", "translate")}.get(self.name, ("estimate",))
        return ModelCard(self.name, does, "r1", "h", "float32", "cpu", "MIT")

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        return f"{self.name} knows no Norwegian" if self.name == "short" and source_lang == "nb" else None

    def estimate(self, pairs: Sequence[Pair], progress: Any = None) -> list[Score]:
        kinds: dict[str, Callable[[Pair], Score]] = {
            "long": lambda pair: Score(len(pair.target) % 17, True, "length"),
            "short": lambda pair: Score(hash_of(pair.target), False, "shortness"),
        }
        return [kinds[self.name](pair) for pair in pairs]

    def likelihood(self, pairs: Sequence[Pair], progress: Any = None) -> list[Score]:
        return [Score(-1.0, True, "mean") for _ in pairs]

    def translate(self, pairs: Sequence[Pair], progress: Any = None) -> list[str]:
        return [pair.source.upper() for pair in pairs]


def hash_of(text: str) -> float:
    """A number of a text that no other test's text shares by chance."""
    return sum(ord(char) * (at + 1) for at, char in enumerate(text)) % 101 / 10


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "load_model", lambda name, config: _Judge(name))
    monkeypatch.setattr(local, "_BATCH_SEGMENTS", 24)


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    lines = [
        {
            "id": f"p{at}",
            "source": f"Bron kostade {at} kronor.",
            "target": f"The bridge cost {'very much, ' * (at % 7)}{at} kronor.",
            "source_lang": "nb" if at % 10 == 0 else "sv",
            "target_lang": "en",
        }
        for at in range(200)
    ]
    (tmp_path / "delivery.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return tmp_path / "delivery.jsonl"


def test_each_model_judges_by_one_score(models: None) -> None:
    def voices(*names: str, metrics: tuple[str, ...] = ("bleu", "chrf")) -> list[str]:
        return Scorer(Config(reference_model=names, metrics=metrics)).voices()

    assert voices("likely", "long") == ["likelihood", "long"]
    assert voices("long", "teller") == ["long", "chrf_pseudo"]
    assert voices("teller", "long", metrics=("bleu",)) == ["long"]


def test_a_run_says_where_its_models_disagree(models: None, delivery: Path, tmp_path: Path) -> None:
    formats = "json,jsonl,html,markdown,console=" + str(tmp_path / "console.txt")
    run = mtcheck.check(delivery, output=tmp_path / "run", format=formats, reference_model="long,short")
    (row,) = run.summary.agreement
    assert (row.source_lang, row.segments, list(row.scores)) == ("sv", 180, ["long", "short"])
    assert row.far_apart >= len(row.differ_most) > 0
    by_id = {segment.id: segment for segment in run.segments}
    for one in (*row.differ_most, *row.worst):
        assert {name: score.value for name, score in by_id[one.id].scores.items()} == one.scores
    first = row.differ_most[0].id
    for name in ("run/report.html", "run/report.md", "console.txt"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "Where the models disagree" in text, name
        assert first in text.partition("Where the models disagree")[2], name


def test_one_model_alone_makes_no_section(models: None, delivery: Path, tmp_path: Path) -> None:
    run = mtcheck.check(delivery, output=tmp_path / "run", format="json,html,markdown", reference_model="long")
    assert run.summary.agreement == ()
    for file in (tmp_path / "run").iterdir():
        assert "models disagree" not in file.read_text(encoding="utf-8"), file


def test_any_number_of_processes_and_a_resumed_run_give_the_same_bytes(
    models: None, delivery: Path, tmp_path: Path
) -> None:
    mtcheck.check(delivery, output=tmp_path / "norm", reference_model="long,short")
    options = {
        "reference_model": "long,short",
        "norm": tmp_path / "norm",
        "format": "json,jsonl,html,markdown",
        "lenient": True,
    }
    mtcheck.check(delivery, output=tmp_path / "one", **options)
    mtcheck.check(delivery, output=tmp_path / "three", jobs=3, **options)
    _break_off(delivery, tmp_path / "broken", 4, **options)
    mtcheck.check(delivery, output=tmp_path / "broken", resume=True, **options)
    whole = _files(tmp_path / "one")
    assert '"differ_most"' in whole["summary.json"]
    assert MEAN_PERCENTILE in whole["segments.jsonl"]
    assert _files(tmp_path / "three") == whole
    assert _files(tmp_path / "broken") == whole


def test_among_a_former_run_each_segment_has_a_rank_that_other_runs_share(
    models: None, delivery: Path, tmp_path: Path
) -> None:
    norm = mtcheck.check(delivery, output=tmp_path / "norm", reference_model="long,short")
    options: dict[str, Any] = {"reference_model": "long,short", "norm": tmp_path / "norm"}
    run = mtcheck.check(delivery, **options)
    swedish = [segment for segment in run.segments if segment.source_lang == "sv"]
    longs, shorts = (
        [segment.scores[name].value for segment in norm.segments if segment.source_lang == "sv"]
        for name in ("long", "short")
    )
    one = swedish[7]
    expected = [
        sum((other < one.scores["long"].value) + (other == one.scores["long"].value) / 2 for other in longs) / 1.8,
        sum((other > one.scores["short"].value) + (other == one.scores["short"].value) / 2 for other in shorts) / 1.8,
    ]
    assert one.scores[MEAN_PERCENTILE].value == pytest.approx(sum(expected) / 2, abs=1e-4)
    assert one.scores[MEAN_PERCENTILE].signature.startswith("mean-percentile-rank|scores:long+short|ties:mid|norm:")
    # The run is its own norm: its segments are at 50 in the mean, and the least of them are its worst.
    (row,) = run.summary.agreement
    corpus = {group.source_lang: group.scores for group in run.summary.corpus}
    assert corpus["sv"][MEAN_PERCENTILE].value == pytest.approx(50, abs=1e-4)
    assert min(segment.scores[MEAN_PERCENTILE].value for segment in swedish) == row.worst[0].mean_percentile
    # Norwegian, which one of the models does not know, has none, and the run says so.
    assert MEAN_PERCENTILE not in corpus["nb"]
    assert any(f"no {MEAN_PERCENTILE} for 20 segments" in note for note in run.summary.notes)
    # A part of the delivery has the same values, whatever else it is delivered with.
    lines = delivery.read_text(encoding="utf-8").splitlines()
    (tmp_path / "part.jsonl").write_text("\n".join(lines[:9]), encoding="utf-8")
    part = mtcheck.check(tmp_path / "part.jsonl", **options)
    assert [one.scores for one in part.segments] == [one.scores for one in run.segments[:9]]


def test_the_gate_judges_by_it_as_by_any_score(models: None, delivery: Path, tmp_path: Path) -> None:
    mtcheck.check(delivery, output=tmp_path / "norm", reference_model="long,short")
    run = mtcheck.check(
        delivery,
        reference_model="long,short",
        norm=tmp_path / "norm",
        gate={"article": {"limit": {MEAN_PERCENTILE: 25}}},
    )
    stopped = {article.id for article in run.articles if article.verdict is Verdict.BLOCK}
    low = {
        segment.article
        for segment in run.segments
        if MEAN_PERCENTILE in segment.scores and segment.scores[MEAN_PERCENTILE].value < 25
    }
    assert low
    assert low <= stopped


def test_a_norm_of_another_model_gives_no_rank(models: None, delivery: Path, tmp_path: Path) -> None:
    mtcheck.check(delivery, output=tmp_path / "norm", reference_model="long")
    run = mtcheck.check(delivery, reference_model="long,short", norm=tmp_path / "norm")
    assert not any(MEAN_PERCENTILE in segment.scores for segment in run.segments)
    with pytest.raises(mtcheck.MtcheckError, match="MTC-E"):
        mtcheck.check(delivery, reference_model="long,short", norm=tmp_path / "nowhere")


def test_a_former_run_keeps_its_agreement_when_it_is_judged_again(models: None, delivery: Path, tmp_path: Path) -> None:
    run = mtcheck.check(delivery, output=tmp_path / "run", reference_model="long,short")
    assert mtcheck.judge(tmp_path / "run").agreement == run.summary.agreement


def test_systems_are_compared_by_it_where_they_have_the_same_norm(models: None, delivery: Path, tmp_path: Path) -> None:
    lines = list(map(json.loads, delivery.read_text(encoding="utf-8").splitlines()))
    for line in lines:
        line["target"] += " Or so."
    (tmp_path / "other.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    options: dict[str, Any] = {"reference_model": "long,short", "metrics": "chrf"}
    for norm, file in (("norm", delivery), ("second", tmp_path / "other.jsonl")):
        mtcheck.check(file, output=tmp_path / norm, **options)
    mtcheck.check(delivery, output=tmp_path / "a", norm=tmp_path / "norm", **options)
    for norm, output in (("norm", "b"), ("second", "c")):
        mtcheck.check(tmp_path / "other.jsonl", output=tmp_path / output, norm=tmp_path / norm, **options)

    same = mtcheck.compare([tmp_path / "a", tmp_path / "b"])
    assert MEAN_PERCENTILE in {pair.score for each in same.languages for pair in each.pairs}
    different = mtcheck.compare([tmp_path / "a", tmp_path / "c"])
    assert MEAN_PERCENTILE not in {pair.score for each in different.languages for pair in each.pairs}
    assert any(f"{MEAN_PERCENTILE} was left out" in warning for warning in different.warnings)
