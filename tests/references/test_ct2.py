"""`ct2:` on tiny checkpoints, beside `hf:` on the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from tiny_checkpoints import SENTENCES, make_m2m100, make_marian

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair, Score
from mtcheck.references.ct2 import Ct2Model, convert
from mtcheck.references.hf import HfModel

pytest.importorskip("ctranslate2", reason="wants the package ctranslate2")

PAIRS = [
    *(Pair(*texts, "sv", "en") for texts in zip(SENTENCES[:6], SENTENCES[6:], strict=True)),
    Pair("", "Yes.", "sv", "en"),
    Pair("Ja.", "", "sv", "en"),
]


def _without_padding(folder: Path) -> Path:
    """As in OPUS-MT's checkpoints, which never predict padding; CTranslate2 has no such word at all."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights["final_logits_bias"][0, -1] = -1e4
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marian")
    return _without_padding(make_marian(folder, source_lang="swe", target_lang="eng"))


@pytest.fixture(scope="module")
def marian_multilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marian-multilingual")
    return _without_padding(make_marian(folder, languages=("swe", "eng"), source_lang="mul", target_lang="mul"))


@pytest.fixture(scope="module")
def m2m100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_m2m100(tmp_path_factory.mktemp("m2m100"))


@pytest.fixture(params=["marian", "marian_multilingual", "m2m100"])
def checkpoint(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(request.param))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _converted(checkpoint: Path, folder: Path) -> Path:
    """In full precision, as ctranslate2's own command leaves it with `--copy_files`."""
    convert(checkpoint, folder, "float32")
    for path in checkpoint.iterdir():
        if not path.name.endswith("config.json") and path.suffix != ".safetensors":
            shutil.copy(path, folder)
    shutil.copy(checkpoint / "tokenizer_config.json", folder)
    return folder


def _tokens(scores: list[Score]) -> list[list[Any]]:
    return [
        [(token.start, token.end, pytest.approx(token.value, abs=1e-3)) for token in s.tokens or ()] for s in scores
    ]


@pytest.mark.parametrize("beams", [1, 3])
def test_a_converted_folder_gives_what_transformers_gives(checkpoint: Path, tmp_path: Path, beams: int) -> None:
    config = ModelConfig(num_beams=beams)
    ours = Ct2Model.load(str(_converted(checkpoint, tmp_path / "converted")), config)
    theirs = HfModel.load(str(checkpoint), config)
    ours.limit = theirs.limit = 64
    assert ours.card.dtype == "float32"
    assert ours.unfit("sv", "en") is None
    assert _tokens(ours.likelihood(PAIRS)) == [
        [(token.start, token.end, token.value) for token in score.tokens or ()] for score in theirs.likelihood(PAIRS)
    ]
    # These models repeat themselves up to the limit, where one may stop a word before the other.
    translations = [[text[:60] for text in model.translate(PAIRS[:6])] for model in (ours, theirs)]
    assert translations[0] == translations[1]


def test_pulled_models_are_in_eight_bits_and_near(checkpoint: Path, cache: Path) -> None:
    name = str(checkpoint)
    with pytest.raises(MtcheckError, match="has not been converted") as caught:
        Ct2Model.load(name, ModelConfig())
    assert caught.value.code is Code.MODEL_NOT_FOUND
    assert caught.value.mend == f"Run mtcheck models pull ct2:{name}"
    place = Ct2Model.pull(name, None)
    assert place.is_relative_to(cache)
    assert list(place.parent.iterdir()) == [place]
    model = Ct2Model.load(name, ModelConfig())
    assert model.card.dtype.startswith("int8")
    assert model.card.languages == HfModel.load(name, ModelConfig()).card.languages
    scores, exact = model.likelihood(PAIRS), HfModel.load(name, ModelConfig()).likelihood(PAIRS)
    assert all("dtype:int8" in score.signature for score in scores)
    # 8 bits are coarse for 32 units of random weights.
    assert fmean(abs(one.value - other.value) for one, other in zip(scores, exact, strict=True)) < 0.6


def test_long_pairs_are_split(marian: Path) -> None:
    Ct2Model.pull(str(marian), None)
    model = Ct2Model.load(str(marian), ModelConfig())
    pair = Pair(" ".join(SENTENCES[:6]), " ".join(SENTENCES[6:]), "sv", "en")
    (score,) = model.likelihood([pair])
    assert "split:yes" in score.signature
    assert len(model.translate([pair])[0]) > 0


def test_a_damaged_model_and_another_kind_are_coded_errors(marian: Path, tmp_path: Path) -> None:
    folder = _converted(marian, tmp_path / "converted")
    (folder / "model.bin").write_bytes(b"\xff" * 100)
    for ask in (lambda: Ct2Model.load(str(folder), ModelConfig()), lambda: Ct2Model.pull(str(tmp_path), None)):
        with pytest.raises(MtcheckError) as caught:
            ask()
        assert caught.value.code is Code.MODEL_UNUSABLE
        assert "\n" not in str(caught.value)
