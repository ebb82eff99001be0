"""`metricx:` on a tiny checkpoint in MetricX's format, against transformers' mT5 called plainly."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import torch
from sentencepiece import SentencePieceProcessor
from tiny_checkpoints import SENTENCES, make_metricx
from transformers import MT5ForConditionalGeneration, T5Tokenizer

import mtcheck
from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair
from mtcheck.references.base import Capability
from mtcheck.references.metricx import MetricxModel

SWEDISH, ENGLISH = SENTENCES[:6], SENTENCES[6:]
PAIRS = [
    Pair(source, target, "sv", "en", (target[::-1],))
    for source, target in zip([*SWEDISH, "Ja.", "½  pund"], [*ENGLISH, "Yes.", "half a\npound"], strict=True)
]
# What each kind is given to read, by its name.
KINDS = {
    "metricx-24-hybrid-tiny-v2p6": "source: {0.source} candidate: {0.target} reference: {0.references[0]}",
    "metricx-23-tiny-v2p0": "candidate: {0.target} reference: {0.references[0]}",
    "metricx-23-qe-tiny-v2p0": "candidate: {0.target} source: {0.source}",
}
HYBRID = "metricx-24-hybrid-tiny-v2p6"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint under its real name; under the others beside it."""
    place = tmp_path_factory.mktemp("metricx")
    made = make_metricx(place / HYBRID)
    for name in KINDS:
        if name != HYBRID:
            (place / name).symlink_to(made, target_is_directory=True)
    return made


@pytest.fixture(scope="module")
def hybrid(folder: Path) -> MetricxModel:
    return MetricxModel.load(str(folder), ModelConfig())


@torch.inference_mode()
def original_scores(folder: Path, inputs: list[str]) -> list[float]:
    """The logit of the 250089th token at the decoder's first step, of the input without its end."""
    pieces = SentencePieceProcessor(model_file=str(folder / "spiece.model"))
    words = [(pieces.id_to_piece(at), pieces.get_score(at)) for at in range(pieces.get_piece_size())]
    tokenizer = T5Tokenizer(vocab=words, extra_ids=0)
    model = MT5ForConditionalGeneration.from_pretrained(folder).eval()
    start = torch.tensor([[0]])
    ids = [torch.tensor([tokenizer(unicodedata.normalize("NFKC", text))["input_ids"][:-1]]) for text in inputs]
    return [model(input_ids=one, decoder_input_ids=start).logits[0, 0, 250089].clamp(0, 25).item() for one in ids]


@pytest.mark.parametrize("name", KINDS)
def test_scores_are_those_of_mt5(name: str, folder: Path) -> None:
    found = MetricxModel.load(str(folder.parent / name), ModelConfig()).estimate(PAIRS)
    expected = original_scores(folder, [KINDS[name].format(pair) for pair in PAIRS])
    assert [score.value for score in found] == pytest.approx(expected, abs=1e-4)
    assert max(expected) - min(expected) > 0.5
    assert not found[0].higher_is_better


def test_a_hybrid_model_without_a_reference_reads_source_and_translation(folder: Path, hybrid: MetricxModel) -> None:
    pairs = [pair._replace(references=()) for pair in PAIRS]
    inputs = [f"source: {pair.source} candidate: {pair.target}" for pair in pairs]
    found = hybrid.estimate(pairs)
    assert [score.value for score in found] == pytest.approx(original_scores(folder, inputs), abs=1e-4)
    assert found[0].signature.endswith("|references:0|split:no")


def test_several_references_count_alike(hybrid: MetricxModel) -> None:
    references = ENGLISH[0], ENGLISH[3]
    one, other, both = hybrid.estimate(
        [PAIRS[1]._replace(references=some) for some in (references[:1], references[1:], references)]
    )
    assert both.value == pytest.approx((one.value + other.value) / 2, abs=1e-5)
    assert one.value != other.value
    assert both.signature.endswith("|references:2|split:no")


def test_scores_are_from_0_to_25(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / HYBRID
    shutil.copytree(folder, place)
    weights = torch.load(place / "pytorch_model.bin", weights_only=True)
    torch.save(weights | {"lm_head.weight": 1000 * weights["lm_head.weight"]}, place / "pytorch_model.bin")
    found = {score.value for score in MetricxModel.load(str(place), ModelConfig()).estimate(PAIRS)}
    assert (min(found), max(found)) == (0, 25)


def test_it_takes_part_in_a_run_with_the_references_that_it_needs(folder: Path, hybrid: MetricxModel) -> None:
    record: dict[str, Any] = {"source": SWEDISH[0], "target": ENGLISH[0], "source_lang": "sv", "target_lang": "en"}
    records = [record | {"references": [ENGLISH[1], " "]}, record]
    run = mtcheck.check(records=records, reference_model=f"metricx:{folder}")
    pair = Pair(SWEDISH[0], ENGLISH[0], "sv", "en")
    expected = hybrid.estimate([pair._replace(references=(ENGLISH[1],)), pair])
    assert [segment.scores["metricx"] for segment in run.segments] == expected
    assert hybrid.capabilities == {Capability.ESTIMATE}
    assert (hybrid.card.licence, hybrid.card.languages, hybrid.limit) == ("Apache-2.0", None, 1536)
    needy = mtcheck.check(records=records, reference_model=f"metricx:{folder.parent / 'metricx-23-tiny-v2p0'}")
    assert ["metricx" in segment.scores for segment in needy.segments] == [True, False]
    (note,) = [note for note in needy.summary.notes if "human reference" in note]
    assert note.endswith("metricx-23-tiny-v2p0 score for 1 segment")


def test_long_texts_are_split_and_all_of_them_count(hybrid: MetricxModel) -> None:
    source, target = " ".join(SWEDISH * 10), " ".join(ENGLISH * 10)
    pairs = [Pair(source, some, "sv", "en", (target,)) for some in (target, f"{target} No.")]
    whole, changed = hybrid.estimate(pairs)
    assert whole.signature.endswith("|split:yes")
    assert whole.value != changed.value
    odd = [("x" * 5000, "😀" * 3000), ("", "x" * 5000), ("x" * 5000, ""), ("", ""), ("\ud800", " \n")]
    assert len(hybrid.estimate([Pair(*texts, "sv", "en") for texts in odd])) == len(odd)


def test_batches_order_and_progress(folder: Path, hybrid: MetricxModel) -> None:
    done: list[int] = []
    pairs = [*PAIRS, PAIRS[2]]
    together = [score.value for score in hybrid.estimate(pairs, done.append)]
    small = MetricxModel.load(str(folder), ModelConfig(batch_tokens=64)).estimate(pairs[::-1])
    assert sum(done) == len(pairs)
    assert together[2] == together[-1] != together[0]
    assert [score.value for score in small[::-1]] == pytest.approx(together, abs=2e-5)


def test_a_name_that_says_nothing_is_a_coded_error(folder: Path, tmp_path: Path) -> None:
    for name in ("model", "metricx-24-large-v2p6", "metricx-25-xl"):
        (tmp_path / name).symlink_to(folder, target_is_directory=True)
        with pytest.raises(MtcheckError, match="which MetricX it is") as caught:
            MetricxModel.load(str(tmp_path / name), ModelConfig())
        assert caught.value.code is Code.MODEL_UNUSABLE


def test_missing_weights_are_a_coded_error(folder: Path, tmp_path: Path) -> None:
    """An output layer of its own among them: transformers would take the embeddings for it."""
    for missing in ("lm_head.weight", "decoder.block.0.layer.0.SelfAttention.q.weight"):
        place = tmp_path / missing / HYBRID
        shutil.copytree(folder, place)
        weights = torch.load(place / "pytorch_model.bin", weights_only=True)
        del weights[missing]
        torch.save(weights, place / "pytorch_model.bin")
        with pytest.raises(MtcheckError, match=f"1 weights are missing, the first is {missing}") as caught:
            MetricxModel.load(str(place), ModelConfig())
        assert caught.value.code is Code.MODEL_UNUSABLE


def test_the_hub_cache_has_the_tokenizer_elsewhere(
    folder: Path, hybrid: MetricxModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    for name in ("metricx-24-hybrid-large-v2p6", "mt5-xl"):
        repository = tmp_path / f"models--google--{name}"
        (repository / "snapshots" / "0123").mkdir(parents=True)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text("0123")
    snapshot = tmp_path / "models--google--metricx-24-hybrid-large-v2p6" / "snapshots" / "0123"
    for file in ("pytorch_model.bin", "config.json"):
        shutil.copy(folder / file, snapshot)
    (present,) = MetricxModel.present()
    assert (present.name, present.licence) == ("metricx:google/metricx-24-hybrid-large-v2p6", "Apache-2.0")
    with pytest.raises(MtcheckError, match="models pull metricx:google/metricx-24-hybrid-large-v2p6") as caught:
        MetricxModel.load("google/metricx-24-hybrid-large-v2p6", ModelConfig())
    assert caught.value.code is Code.MODEL_NOT_FOUND
    shutil.copy(folder / "spiece.model", tmp_path / "models--google--mt5-xl" / "snapshots" / "0123")
    found = MetricxModel.load("google/metricx-24-hybrid-large-v2p6", ModelConfig()).estimate(PAIRS)
    assert [score.value for score in found] == [score.value for score in hybrid.estimate(PAIRS)]


def test_pull_fetches_the_tokenizer_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the hub answers is played; the network is not used."""
    import huggingface_hub

    asked: list[tuple[str, str | None]] = []

    def snapshot_download(identifier: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((identifier, revision))
        assert "spiece.model" in allow_patterns or "config.json" in allow_patterns
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    assert MetricxModel.pull("google/metricx-23-qe-xl-v2p0", "main") == folder
    assert asked[0] == ("google/metricx-23-qe-xl-v2p0", "main")
    assert asked[-1] == ("google/mt5-xl", None)
