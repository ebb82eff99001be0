"""Intervals and p-values equal sacrebleu's, and say nothing of what is equal or rests on one segment."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from mtcheck.core.agreement import NOTICED, accuracy
from mtcheck.metrics.base import METRICS
from mtcheck.metrics.significance import bootstrap, bootstrap_p, holm, interval, randomisation_p

SEED = 12345
PEERS = {"bleu": BLEU, "chrf": CHRF, "chrf++": lambda: CHRF(word_order=2), "ter": TER}
_RESAMPLES, _TRIALS = 300, 500


def _table(name: str, targets: list[str], references: list[str]) -> Any:
    metric = METRICS.get(name)("en")
    pairs = zip(targets, references, strict=True)
    return np.array([metric.statistics(target, [reference]) for target, reference in pairs], dtype=float)


def _same_as_sacrebleu(references: list[str], one: list[str], other: list[str]) -> None:
    for name, peer in PEERS.items():
        tables = [_table(name, one, references), _table(name, other, references)]
        scorer = METRICS.get(name)("en").scores
        values = [float(scorer(table.sum(axis=0)[None])[0]) for table in tables]
        systems = [("one", one), ("other", other)]
        drawn = [scorer(sums) for sums in bootstrap(tables, _RESAMPLES, SEED)]
        _, found = PairedTest(systems, {name: peer()}, [references], "bs", n_samples=_RESAMPLES)()
        first, second = next(value for key, value in found.items() if key != "System")
        for ours, theirs, resampled in ((values[0], first, drawn[0]), (values[1], second, drawn[1])):
            assert ours == pytest.approx(theirs.score, abs=1e-9)
            low, high = interval(resampled)
            # sacrebleu sums in 32 bits, where TER's edits need not be exact.
            assert (high - low) / 2 == pytest.approx(theirs.ci, abs=1e-4)
            assert resampled.mean() == pytest.approx(theirs.mean, abs=1e-4)
        assert bootstrap_p(*drawn, values[0] - values[1]) == pytest.approx(second.p_value, abs=1e-12)
        _, found = PairedTest(systems, {name: peer()}, [references], "ar", n_samples=_TRIALS)()
        _, second = next(value for key, value in found.items() if key != "System")
        assert randomisation_p(*tables, scorer, _TRIALS, SEED) == pytest.approx(second.p_value, abs=1e-12)


def test_made_sentences_as_sacrebleu() -> None:
    chance = random.Random(7)
    words = [
        "the",
        "a",
        "council",
        "road",
        "bridge",
        "opened",
        "closed",
        "on",
        "Friday",
        "after",
        "work",
        "said",
        "mayor",
    ]
    references = [" ".join(chance.choices(words, k=chance.randint(4, 25))) for _ in range(90)]

    def worse(text: str, share: float) -> str:
        return " ".join(chance.choice(words) if chance.random() < share else word for word in text.split())

    _same_as_sacrebleu(
        references, [worse(text, 0.2) for text in references], [worse(text, 0.24) for text in references]
    )


@pytest.mark.parametrize(("one", "other"), [("opusmt", "bergamot-tiny"), ("microsoft", "google")])
def test_real_systems_as_sacrebleu(data: Path, one: str, other: str) -> None:
    folder = data / "flores-dev.sv-en"
    names = ("reference.en", f"hypothesis.{one}.en", f"hypothesis.{other}.en")
    _same_as_sacrebleu(*((folder / name).read_text(encoding="utf-8").splitlines()[:200] for name in names))


@pytest.mark.parametrize("name", PEERS)
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.tuples(*[st.text(alphabet="ab c,.é-", max_size=30)] * 2), min_size=1, max_size=8))
def test_many_scores_at_once_are_those_one_by_one(name: str, texts: list[tuple[str, str]]) -> None:
    metric = METRICS.get(name)("en")
    table = _table(name, [target for target, _ in texts], [reference for _, reference in texts])
    sums = np.cumsum(table, axis=0)
    assert metric.scores(sums) == pytest.approx([metric.score(tuple(row), "corpus") for row in sums], abs=1e-9)


def _means(sums: Any) -> Any:
    return sums[:, 0] / sums[:, 1]


def _scores(values: Any) -> Any:
    return np.column_stack([values, np.ones(len(values))])


def test_equal_systems_and_one_changed_segment_are_not_significant() -> None:
    values = np.random.default_rng(1).normal(60, 10, 200)
    assert _p(values, values) == 1
    changed = values.copy()
    changed[17] -= 40
    assert _p(values, changed) == 1
    low, high = interval(np.subtract(*map(_means, bootstrap([_scores(values), _scores(changed)], 500, SEED))))
    assert low <= 0 < high
    assert _p(values, values - 1) == pytest.approx(1 / 501)


def _p(one: Any, other: Any) -> float:
    return randomisation_p(_scores(one), _scores(other), _means, 500, SEED, ties=True)


def test_a_difference_by_chance_is_significant_as_often_as_the_p_value_says() -> None:
    rng = np.random.default_rng(3)
    p_values = [
        randomisation_p(*(_scores(rng.normal(60, 10, 40)) for _ in range(2)), _means, 199, SEED, ties=True)
        for _ in range(300)
    ]
    assert 0.02 < np.mean(np.array(p_values) <= 0.05) < 0.085


def test_corrected_p_values() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.6, 0.9]) == [1.0, 1.0]


def test_accuracy_is_that_of_the_published_table() -> None:
    # Kocmi et al. 2024, table of thresholds: accuracy in per cent and the differences that have it.
    for score, row in {
        "bleu": {60: 0.78, 65: 1.06, 70: 1.39, 80: 2.34, 85: 3.35},
        "chrf": {60: 0.54, 65: 0.76, 70: 1.00, 80: 1.63, 90: 3.05},
    }.items():
        for per_cent, difference in row.items():
            assert 100 * (accuracy(score, difference) or 0) == pytest.approx(per_cent, abs=0.3)
    assert accuracy("ter", 1.0) is None
    assert (accuracy("bleu", 0.9) or 1) < NOTICED < (accuracy("bleu", 1.1) or 0)
