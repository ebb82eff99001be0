"""Every value equals sacrebleu's own to 1e-9, per segment and for the corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER

import mtcheck
from mtcheck.metrics.base import METRICS, add

PEERS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "bleu": (lambda: BLEU(effective_order=True), BLEU),
    "chrf": (CHRF, CHRF),
    "chrf++": (lambda: CHRF(word_order=2), lambda: CHRF(word_order=2)),
    "ter": (TER, TER),
}
TEXT = st.text(alphabet="abcdeåö ,.!’-–123 ", min_size=1, max_size=40).filter(str.strip)


@pytest.mark.parametrize("name", PEERS)
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(TEXT | st.just(""), TEXT, TEXT), min_size=1, max_size=6))
def test_same_values_as_sacrebleu(name: str, rows: list[tuple[str, str, str]]) -> None:
    metric = METRICS.get(name)("en")
    segment, corpus = (make() for make in PEERS[name])
    statistics = [metric.statistics(target, (one, two)) for target, one, two in rows]
    for (target, one, two), found in zip(rows, statistics, strict=True):
        assert metric.score(found, "segment") == pytest.approx(
            segment.sentence_score(target, [one, two]).score, abs=1e-9
        )
    targets, ones, twos = zip(*rows, strict=True)
    expected = corpus.corpus_score(list(targets), [list(ones), list(twos)])
    assert metric.score(add(statistics), "corpus") == pytest.approx(expected.score, abs=1e-9)
    assert metric.signature(2, "corpus") == str(corpus.get_signature())


def test_tokenizer_follows_the_language() -> None:
    assert "tok:zh" in METRICS.get("bleu")("zh").signature(1, "corpus")
    assert "tok:13a" in METRICS.get("bleu")("sv").signature(1, "corpus")


def test_six_systems_in_one_call(data: Path) -> None:
    folder = data / "flores-dev.sv-en"
    run = mtcheck.check(
        source=folder / "source.sv",
        target=str(folder / "hypothesis.*.en"),
        reference=folder / "reference.en",
        source_lang="sv",
        target_lang="en",
        reference_model="none",
        metrics="bleu,chrf",
        select="DUP001",
    )
    reference = (folder / "reference.en").read_text(encoding="utf-8").split("\n")[:-1]
    assert len(run.summary.corpus) == 6
    for group in run.summary.corpus:
        target = (folder / f"hypothesis.{group.system}.en").read_text(encoding="utf-8").split("\n")[:-1]
        assert group.scores["bleu"].value == pytest.approx(BLEU().corpus_score(target, [reference]).score, abs=1e-9)
        assert group.scores["chrf"].value == pytest.approx(CHRF().corpus_score(target, [reference]).score, abs=1e-9)
