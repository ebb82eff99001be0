"""`sbert:` on tiny models of random weights, against sentence-transformers itself where it is installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_checkpoints import SENTENCES, make_sbert
from transformers import AutoModel, AutoTokenizer

import mtcheck
from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair
from mtcheck.references.base import Capability, Embedder
from mtcheck.references.sbert import SbertModel

SWEDISH, ENGLISH = SENTENCES[:6], SENTENCES[6:]
MEAN = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
KINDS: dict[str, dict[str, Any]] = {
    # As LaBSE.
    "labse": {
        "encoder": "bert",
        "pooling": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
        "dense": (24, "torch.nn.modules.activation.Tanh"),
        "normalize": True,
        "max_seq_length": 48,
    },
    # As paraphrase-multilingual-mpnet and multilingual-e5.
    "mean": {"encoder": "xlm-roberta", "pooling": MEAN, "max_seq_length": 60},
    # As sentence-t5 and gtr.
    "t5": {
        "encoder": "t5",
        "pooling": MEAN,
        "dense": (16, "torch.nn.modules.linear.Identity"),
        "normalize": True,
        "pickled": True,
    },
    "joined": {
        "encoder": "bert-lower",
        "pooling": {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": True},
    },
    "weighted": {"encoder": "bert", "pooling": {"pooling_mode": ["weightedmean", "lasttoken"]}},
    "square root": {"encoder": "bert", "pooling": {"pooling_mode": "mean_sqrt_len_tokens"}},
    "plain": {"encoder": "xlm-roberta", "pooling": None},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: make_sbert(tmp_path_factory.mktemp("sbert") / kind, **made) for kind, made in KINDS.items()}


@pytest.fixture(scope="module")
def labse(folders: dict[str, Path]) -> SbertModel:
    return SbertModel.load(str(folders["labse"]), ModelConfig())


def pairs_of(sources: list[str], targets: list[str]) -> list[Pair]:
    return [Pair(*texts, "sv", "en") for texts in zip(sources, targets, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_those_of_sentence_transformers(kind: str, folders: dict[str, Path]) -> None:
    package = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    original = package.SentenceTransformer(str(folders[kind]), device="cpu")
    texts = [*SENTENCES, "Ja.", "½ pund … 你好吗", "VERSALER och gemener"]
    expected = original.encode(texts, normalize_embeddings=True)
    found = SbertModel.load(str(folders[kind]), ModelConfig()).embed(texts)
    assert np.abs(found - expected).max() < 1e-4
    cosines = [
        score.value for score in SbertModel.load(str(folders[kind]), ModelConfig()).estimate(pairs_of(SWEDISH, ENGLISH))
    ]
    assert cosines == pytest.approx((expected[:6] * expected[6:12]).sum(1).tolist(), abs=1e-4)


@torch.inference_mode()
def test_vectors_are_what_transformers_computes_of_one_text(folders: dict[str, Path]) -> None:
    """LaBSE's way by hand: the first token's state, a layer, tanh, unit length. And the mean of all tokens."""

    def states(kind: str, text: str) -> torch.Tensor:
        tokenizer = AutoTokenizer.from_pretrained(folders[kind])
        hidden = AutoModel.from_pretrained(folders[kind]).eval()(**tokenizer(text, return_tensors="pt"))
        return hidden.last_hidden_state[0]

    from safetensors.torch import load_file

    dense = load_file(folders["labse"] / "2_Dense" / "model.safetensors")
    labse = SbertModel.load(str(folders["labse"]), ModelConfig()).embed(SENTENCES)
    mean = SbertModel.load(str(folders["mean"]), ModelConfig()).embed(SENTENCES)
    for at, text in enumerate(SENTENCES):
        by_hand = (states("labse", text)[0] @ dense["linear.weight"].T + dense["linear.bias"]).tanh()
        assert np.abs(labse[at] - (by_hand / by_hand.norm()).numpy()).max() < 1e-4
        by_hand = states("mean", text).mean(0)
        assert np.abs(mean[at] - (by_hand / by_hand.norm()).numpy()).max() < 1e-4


def test_an_estimate_is_the_cosine_under_its_own_name(folders: dict[str, Path], labse: SbertModel) -> None:
    same, other = labse.estimate([Pair(SWEDISH[0], SWEDISH[0], "sv", "en"), Pair(SWEDISH[0], ENGLISH[3], "sv", "en")])
    assert same.value == pytest.approx(1)
    assert other.value < 0.999
    assert other.higher_is_better
    assert other.signature.startswith("estimate:cosine|model:labse|revision:local|weights:")
    records = [{"source": SWEDISH[0], "target": ENGLISH[0], "source_lang": "sv", "target_lang": "en"}]
    run = mtcheck.check(records=records, reference_model=f"sbert:{folders['labse']}")
    (asked,) = labse.estimate(pairs_of(SWEDISH[:1], ENGLISH[:1]))
    assert run.segments[0].scores["cosine"] == asked
    assert isinstance(labse, Embedder)


def test_the_card_and_languages(labse: SbertModel, folders: dict[str, Path]) -> None:
    assert labse.capabilities == {Capability.ESTIMATE}
    assert (labse.card.licence, labse.card.languages, labse.card.dtype) == ("Apache-2.0", ("sv", "en"), "float32")
    assert labse.unfit("sv-FI", "en-GB") is None
    assert labse.unfit("da", "en") == f"{labse.card.name} does not know Danish (da)"
    anything = SbertModel.load(str(folders["mean"]), ModelConfig())
    assert anything.card.languages is None
    assert anything.unfit("da", "zh") is None


def test_the_hash_is_of_all_weights(labse: SbertModel, folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "labse"
    shutil.copytree(folders["labse"], folder)
    assert SbertModel.load(str(folder), ModelConfig()).card.weight_hash == labse.card.weight_hash
    weights = folder / "2_Dense" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + bytes(4))
    assert SbertModel.load(str(folder), ModelConfig()).card.weight_hash != labse.card.weight_hash


def test_a_long_text_is_split_and_all_of_it_counts(labse: SbertModel) -> None:
    assert labse.limit == 48
    long, cut = " ".join(SWEDISH * 3), " ".join([*SWEDISH * 3, "Tåget skriver nej."])
    whole, changed = labse.estimate([Pair(long, ENGLISH[0], "sv", "en"), Pair(cut, ENGLISH[0], "sv", "en")])
    assert whole.signature.endswith("|split:yes")
    assert whole.value != changed.value
    assert labse.estimate(pairs_of(SWEDISH, ENGLISH))[0].signature.endswith("|split:no")
    assert labse.estimate([Pair("x" * 500, "😀" * 300, "sv", "en")])[0].value <= 1


def test_batches_order_and_progress(folders: dict[str, Path], labse: SbertModel) -> None:
    pairs = pairs_of([*SWEDISH, SWEDISH[0], "Ja."], [*ENGLISH, ENGLISH[0], "Yes, she said."])
    done: list[int] = []
    together = labse.estimate(pairs, done.append)
    small = SbertModel.load(str(folders["labse"]), ModelConfig(batch_tokens=64)).estimate(pairs)
    alone = [labse.estimate([pair])[0].value for pair in pairs]
    assert sum(done) == len(pairs)
    assert [score.value for score in together] == pytest.approx(alone, abs=2e-5)
    assert [score.value for score in small] == pytest.approx(alone, abs=2e-5)
    assert labse.estimate([]) == []
    assert labse.embed([]).shape[0] == 0


def test_empty_and_odd_texts(labse: SbertModel) -> None:
    texts = ["", " \n", "\ud800 halv", "</s> [CLS]", "\u200b"]
    values = [score.value for score in labse.estimate(pairs_of([SWEDISH[0]] * 5, texts))]
    assert values[:2] == [0, 0]
    assert all(-1 <= value <= 1 for value in values)


def test_a_default_prompt_goes_before_each_text(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "prompted"
    shutil.copytree(folders["mean"], folder)
    prompts = {"prompts": {"query": "Regeringen: "}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    prompted = SbertModel.load(str(folder), ModelConfig()).embed([SWEDISH[1]])
    by_hand = SbertModel.load(str(folders["mean"]), ModelConfig()).embed([f"Regeringen: {SWEDISH[1]}"])
    assert np.abs(prompted - by_hand).max() < 1e-6


@pytest.mark.parametrize("damage", ["weights", "dense", "module", "activation", "pooling", "json"])
def test_what_cannot_be_used_is_a_coded_error(damage: str, folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(folders["labse"], folder)

    def edit(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    match damage:
        case "weights":
            (folder / "model.safetensors").write_bytes(b"none")
        case "dense":
            (folder / "2_Dense" / "model.safetensors").unlink()
        case "module":
            edit("modules.json", "Dense", "LSTM")
        case "activation":
            edit("2_Dense/config.json", "torch.nn.modules.activation.Tanh", "os.system")
        case "pooling":
            (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "attention"}')
        case _:
            (folder / "modules.json").write_text("[")
    with pytest.raises(MtcheckError) as caught:
        SbertModel.load(str(folder), ModelConfig())
    assert caught.value.code is Code.MODEL_UNUSABLE


def test_a_pickle_that_runs_code_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(folders["t5"], folder)

    class Evil:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"linear.weight": Evil()}, folder / "2_Dense" / "pytorch_model.bin")
    with pytest.raises(MtcheckError) as caught:
        SbertModel.load(str(folder), ModelConfig())
    assert caught.value.code is Code.MODEL_UNUSABLE
    assert not (tmp_path / "ran").exists()


def test_the_hub_cache_is_listed(folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert SbertModel.present() == []
    for kind in ("labse", "mean", "plain"):
        shutil.copytree(folders[kind], tmp_path / f"models--desk--{kind}" / "snapshots" / "0123")
    labse, mean = SbertModel.present()
    assert (labse.name, labse.licence, labse.languages) == ("sbert:desk/labse", "Apache-2.0", ("sv", "en"))
    assert (mean.name, mean.licence, mean.languages) == ("sbert:desk/mean", "MIT", None)
    assert labse.fits("en", "sv-FI")
    assert not labse.fits("en", "da")


def test_a_model_that_is_not_there_is_a_coded_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MtcheckError, match="models pull sbert:sentence-transformers/LaBSE") as caught:
        SbertModel.load("sentence-transformers/LaBSE", ModelConfig())
    assert caught.value.code is Code.MODEL_NOT_FOUND
