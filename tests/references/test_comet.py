"""`comet:` on tiny checkpoints in COMET's format, against the package unbabel-comet where it is installed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from tiny_checkpoints import SENTENCES, make_comet
from transformers import AutoConfig, AutoModel, AutoTokenizer

import mtcheck
from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import ErrorSpan, Pair, Severity
from mtcheck.references.base import Capability
from mtcheck.references.comet import CometModel, sparsemax
from mtcheck.references.estimating import Judged

SWEDISH, ENGLISH = SENTENCES[:6], SENTENCES[6:]
APART = "referenceless_regression_metric"
REFERENCE = "regression_metric"
XCOMET = "xcomet_metric"
KINDS: dict[str, dict[str, Any]] = {
    # As wmt22-cometkiwi-da.
    "kiwi": {"layer_norm": True, "sent_layer": "mix"},
    "softmax": {"layer_transformation": "softmax", "final_activation": "Sigmoid"},
    "one layer": {"sent_layer": 2, "input_segments": ["mt", "src", "ref"]},
    # As wmt20-comet-qe-da.
    "apart": {"kind": APART, "pool": "avg", "layer_transformation": "softmax", "layer_norm": True},
    "apart, first token": {"kind": APART, "pool": "cls"},
    "apart, maximum": {"kind": APART, "pool": "max"},
    # As wmt22-comet-da.
    "reference": {"kind": REFERENCE, "pool": "avg"},
    # As unite-mup, with what it is given: source, reference or both.
    "unite": {"input_segments": ["mt", "src", "ref"]},
    "unite without source": {"input_segments": ["mt", "ref"]},
    "marking": {"word_level_training": True, "word_layer": 1, "error_labels": ["minor", "major"]},
    "xcomet": {"kind": XCOMET},
}
NEEDING = ["reference", "unite without source"]
READING = [*NEEDING, "unite", "one layer", "xcomet"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: make_comet(tmp_path_factory.mktemp("comet") / "model", **made) for kind, made in KINDS.items()}


@pytest.fixture(scope="module")
def kiwi(folders: dict[str, Path]) -> CometModel:
    return CometModel.load(str(folders["kiwi"]), ModelConfig())


# Shorter together than the limit of 62 tokens, at which the package cuts without a word.
PAIRS = [
    Pair(source[:20], target[:20], "sv", "en", (target[8:24], source[:12]))
    for source, target in zip([*SWEDISH, "Ja.", "½ pund"], [*ENGLISH, "Yes.", "half a pound"], strict=True)
]


def original_scores(folder: Path, pairs: list[Pair]) -> list[Judged]:
    """What unbabel-comet itself makes of them, with the reference of those that have one."""
    from comet.models import str2model

    hparams = yaml.safe_load((folder / "hparams.yaml").read_text())
    identifier = hparams.pop("class_identifier")
    original = str2model[identifier](**hparams, load_pretrained_weights=False, local_files_only=True)
    weights = torch.load(folder / "checkpoints" / "model.ckpt", weights_only=True)["state_dict"]
    # What it has beside these is for training.
    loaded = original.load_state_dict(weights, strict=False)
    assert loaded.unexpected_keys == []
    assert all("dropout" in name or "loss" in name for name in loaded.missing_keys), loaded.missing_keys
    original.eval()

    def forward(input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> dict[str, Any]:
        states = original.encoder.model(input_ids, attention_mask, output_hidden_states=True)
        return {"sentemb": states.last_hidden_state[:, 0], "all_layers": states.hidden_states}

    # It asks for a tuple of three, and for a method of tokenizers, which transformers 5 no longer gives.
    tokenizer = original.encoder.tokenizer
    original.encoder.forward = forward
    tokenizer.build_inputs_with_special_tokens = lambda one, other: [
        tokenizer.cls_token_id, *one, *[tokenizer.sep_token_id] * 2, *other, tokenizer.sep_token_id
    ]  # fmt: skip
    found = []
    with torch.inference_mode():
        for pair in pairs:
            sample = {"mt": pair.target, "src": pair.source, **({"ref": pair.references[0]} if pair.references else {})}
            batch = original.prepare_sample([sample], stage="predict")
            if identifier in (APART, REFERENCE):
                found.append(Judged(original(**batch).score.item()))
                continue
            said = original.predict_step(batch)
            spans = said.metadata["error_spans"][0] if original.word_level else None
            errors = spans and [
                ErrorSpan(span["start"], span["end"], Severity(span["severity"]), span["confidence"]) for span in spans
            ]
            found.append(Judged(said.scores.item(), errors if errors is None else tuple(errors)))
    return found


@pytest.mark.parametrize(
    ("kind", "read"), [*((kind, 0) for kind in KINDS if kind not in NEEDING), *((kind, 1) for kind in READING)]
)
def test_scores_are_those_of_comet(kind: str, read: int, folders: dict[str, Path]) -> None:
    pytest.importorskip("comet", reason="unbabel-comet is not installed")
    pairs = [pair._replace(references=pair.references[:read]) for pair in PAIRS]
    expected = original_scores(folders[kind], pairs)
    found = CometModel.load(str(folders[kind]), ModelConfig()).estimate(pairs)
    assert all(score.signature.endswith("|split:no") for score in found)
    assert [score.value for score in found] == pytest.approx([one.value for one in expected], abs=1e-4)
    assert max(one.value for one in expected) - min(one.value for one in expected) > 0.01
    for pair, score, one in zip(pairs, found, expected, strict=True):
        assert (score.errors is None) == (one.errors is None)
        theirs = [error for error in one.errors or () if pair.target[error.start : error.end].strip()]
        for error, other in zip(score.errors or (), theirs, strict=True):
            # It counts the space before a word with it.
            assert pair.target[error.start : error.end] == pair.target[other.start : other.end].strip()
            assert error.severity == other.severity
            assert error.confidence == pytest.approx(other.confidence, abs=1e-4)


@torch.inference_mode()
def test_a_score_is_what_the_parts_give_by_hand(folders: dict[str, Path]) -> None:
    """A softmax of the layers' weights, the first token's mixed state, three linear layers with tanh, a sigmoid."""
    folder = folders["softmax"]
    weights = torch.load(folder / "checkpoints" / "model.ckpt", weights_only=True)["state_dict"]
    encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder), add_pooling_layer=False).eval()
    prefix = "encoder.model."
    encoder.load_state_dict({k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)})
    shares = torch.cat([weights[f"layerwise_attention.scalar_parameters.{at}"] for at in range(4)]).softmax(0) * 1.3
    tokenizer = AutoTokenizer.from_pretrained(folder)
    expected = []
    for pair in PAIRS:
        layers = encoder(**tokenizer(pair.target, pair.source, return_tensors="pt"), output_hidden_states=True)
        state = sum(share * layer[0, 0] for share, layer in zip(shares, layers.hidden_states, strict=True))
        for place in (0, 3, 6):
            state = weights[f"estimator.ff.{place}.weight"] @ state + weights[f"estimator.ff.{place}.bias"]
            state = state.tanh() if place < 6 else state.sigmoid()
        expected.append(state.item())
    found = CometModel.load(str(folder), ModelConfig()).estimate(PAIRS)
    assert [score.value for score in found] == pytest.approx(expected, abs=1e-4)


def test_sparsemax_is_the_nearest_point_of_the_simplex() -> None:
    assert sparsemax(torch.tensor([0.1, 0.1])).tolist() == pytest.approx([0.5, 0.5])
    assert sparsemax(torch.tensor([3.0, 0.0, -1.0])).tolist() == [1, 0, 0]
    assert sparsemax(torch.tensor([0.5, 0.1, -2.0])).tolist() == pytest.approx([0.7, 0.3, 0])


def test_it_takes_part_in_a_run_under_its_name(folders: dict[str, Path], kiwi: CometModel) -> None:
    records = [{"source": PAIRS[0].source, "target": PAIRS[0].target, "source_lang": "sv", "target_lang": "en"}]
    run = mtcheck.check(records=records, reference_model=f"comet:{folders['kiwi']}")
    assert run.segments[0].scores["comet"] == kiwi.estimate(PAIRS[:1])[0]
    assert kiwi.capabilities == {Capability.ESTIMATE}
    assert (kiwi.card.licence, kiwi.card.languages, kiwi.limit) == ("MIT", None, 62)
    assert kiwi.estimate(PAIRS[:1])[0].signature.startswith("estimate:comet|model:model|revision:local|weights:")


@pytest.mark.parametrize("kind", ["kiwi", "apart"])
def test_long_texts_are_split_and_all_of_them_count(kind: str, folders: dict[str, Path]) -> None:
    model = CometModel.load(str(folders[kind]), ModelConfig())
    source, target = " ".join(SWEDISH * 2), " ".join(ENGLISH * 2)
    whole, changed = model.estimate([Pair(source, target, "sv", "en"), Pair(source, f"{target} No.", "sv", "en")])
    assert whole.signature.endswith("|split:yes")
    assert whole.value != changed.value
    odd = [("x" * 500, "😀" * 300), ("", "x" * 500), ("x" * 500, ""), ("", ""), ("\ud800", " \n")]
    assert len(model.estimate([Pair(*texts, "sv", "en") for texts in odd])) == len(odd)


def test_errors_stand_where_the_text_has_them_in_parts_too(folders: dict[str, Path]) -> None:
    xcomet = CometModel.load(str(folders["xcomet"]), ModelConfig())
    target = " ".join(ENGLISH)
    alone, parted = xcomet.estimate([Pair("Ja.", "Snow!", "sv", "en"), Pair(" ".join(SWEDISH), target, "sv", "en")])
    assert parted.signature.endswith("|references:0|split:yes")
    assert alone.errors is not None
    assert parted.errors
    assert max(error.end for error in parted.errors) > len(target) // 2
    for error in parted.errors:
        assert 0 <= error.start < error.end <= len(target)
        assert target[error.start : error.end] == target[error.start : error.end].strip()
        assert 0 < error.confidence <= 1


def test_errors_are_findings_of_a_run(folders: dict[str, Path], tmp_path: Path) -> None:
    records = [
        {"source": one, "target": other, "source_lang": "sv", "target_lang": "en"}
        for one, other in zip(SWEDISH, ENGLISH, strict=True)
    ]
    run = mtcheck.check(records=records, reference_model=f"comet:{folders['xcomet']}", output=tmp_path, select=["ADQ"])
    marked = 0
    for segment in run.segments:
        errors = segment.scores["comet"].errors or ()
        marked += len(errors)
        found = {(*one.target_span, one.severity) for one in segment.findings if one.rule == "suspected-error"}
        assert found == {error[:3] for error in errors}
    assert marked
    assert "The model comet takes this for a " in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_model_that_needs_a_reference_says_so(folders: dict[str, Path]) -> None:
    reference = CometModel.load(str(folders["reference"]), ModelConfig())
    one, other, both = reference.estimate(
        [PAIRS[0]._replace(references=some) for some in (("Snow.",), (ENGLISH[0],), ("Snow.", ENGLISH[0]))]
    )
    assert both.value == pytest.approx((one.value + other.value) / 2, abs=1e-5)
    assert both.signature.endswith("|references:2|split:no")
    assert both.errors is None
    with pytest.raises(MtcheckError, match="human reference") as caught:
        reference.estimate([PAIRS[0]._replace(references=())])
    assert caught.value.code is Code.MODEL_UNUSABLE
    records = [{"source": "Ja.", "target": "Yes.", "source_lang": "sv", "target_lang": "en"}]
    run = mtcheck.check(records=records, reference_model=f"comet:{folders['reference']}")
    assert run.segments[0].scores == {}
    assert any("there is no human reference" in note for note in run.summary.notes)


@pytest.mark.parametrize("kind", ["apart", "reference"])
def test_what_systems_share_is_encoded_once(
    kind: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = CometModel.load(str(folders[kind]), ModelConfig(device="cpu"))
    encoded: list[tuple[int, ...]] = []
    encode = model._encoder.forward

    def counted(input_ids: torch.Tensor, attention_mask: torch.Tensor, **options: Any) -> Any:
        encoded.extend(tuple(ids[: mask.sum()].tolist()) for ids, mask in zip(input_ids, attention_mask, strict=True))
        return encode(input_ids=input_ids, attention_mask=attention_mask, **options)

    monkeypatch.setattr(model._encoder, "forward", counted)
    first = [pair._replace(references=pair.references[:1]) for pair in PAIRS]
    second = [pair._replace(target=pair.target[::-1]) for pair in first]
    third = [pair._replace(target=pair.target[2:9]) for pair in first[2:]]
    # Two systems together, as in one file; then a third one, as in a file of its own.
    found = [*model.estimate([*first, *second]), *model.estimate(third)]
    read = [(pair.source, pair.target, *pair.references[: kind == "reference"]) for pair in [*first, *second, *third]]
    assert len(encoded) == len({*encoded}) == len({text for texts in read for text in texts})
    alone = CometModel.load(str(folders[kind]), ModelConfig(device="cpu", batch_tokens=64))
    assert found[-8:] == [alone.estimate([pair])[0] for pair in [*first, *second, *third][-8:]]
    assert len({score.value for score in found}) == len(found)


@pytest.mark.parametrize("kind", ["apart", "apart, first token", "apart, maximum", "reference"])
def test_texts_read_apart_say_the_same_in_any_batch(
    kind: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last digit, which scores are rounded far above."""
    monkeypatch.setattr("mtcheck.references.estimating.DECIMALS", 15)
    pairs = [pair._replace(target=f"{pair.target} {at}") for at in range(9) for pair in PAIRS]
    orders = [pairs, pairs[::-1], pairs[1::2] + pairs[::2]]
    found = []
    for tokens, order in zip((4096, 64, 200), orders, strict=True):
        model = CometModel.load(str(folders[kind]), ModelConfig(device="cpu", batch_tokens=tokens))
        found.append(dict(zip(order, model.estimate(order), strict=True)))
    assert found[0] == found[1] == found[2]


def test_batches_order_and_progress(folders: dict[str, Path], kiwi: CometModel) -> None:
    done: list[int] = []
    pairs = [*PAIRS, PAIRS[2]]
    together = [score.value for score in kiwi.estimate(pairs, done.append)]
    small = CometModel.load(str(folders["kiwi"]), ModelConfig(batch_tokens=64)).estimate(pairs)
    assert sum(done) == len(pairs)
    assert together[2] == together[-1] != together[0]
    assert [score.value for score in small] == pytest.approx(together, abs=2e-5)
    assert kiwi.estimate([]) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"class_identifier": "ranking_metric"}, "ranking_metric"),
        ({"class_identifier": "xcomet_metric"}, r"2 weights are missing, the first is hidden2tag\.weight"),
        ({"encoder_model": "RemBERT"}, "RemBERT"),
        ({"hidden_sizes": [24, 12, 6]}, "cannot be used"),
        ({"activations": "os.system"}, "cannot be used"),
    ],
)
def test_what_is_not_supported_is_a_coded_error(
    change: dict[str, Any], said: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    shutil.copytree(folders["kiwi"], folder)
    hparams = yaml.safe_load((folder / "hparams.yaml").read_text()) | change
    (folder / "hparams.yaml").write_text(yaml.safe_dump(hparams))
    with pytest.raises(MtcheckError, match=said) as caught:
        CometModel.load(str(folder), ModelConfig())
    assert caught.value.code is Code.MODEL_UNUSABLE


def test_missing_weights_are_a_coded_error(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(folders["kiwi"], folder)
    path = folder / "checkpoints" / "model.ckpt"
    weights = torch.load(path, weights_only=True)["state_dict"]
    del weights["estimator.ff.3.bias"]
    torch.save({"state_dict": weights}, path)
    with pytest.raises(MtcheckError, match=r"1 weights are missing, the first is estimator\.ff\.3\.bias") as caught:
        CometModel.load(str(folder), ModelConfig())
    assert caught.value.code is Code.MODEL_UNUSABLE


def test_a_checkpoint_that_runs_code_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(folders["kiwi"], folder)

    class Evil:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"state_dict": {}, "callbacks": Evil()}, folder / "checkpoints" / "model.ckpt")
    with pytest.raises(MtcheckError) as caught:
        CometModel.load(str(folder), ModelConfig())
    assert caught.value.code is Code.MODEL_UNUSABLE
    assert not (tmp_path / "ran").exists()


def test_the_hub_cache_and_a_yes_to_the_licence(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--Unbabel--wmt22-cometkiwi-da" / "snapshots" / "0123"
    shutil.copytree(folders["kiwi"], snapshot)
    (snapshot / "README.md").unlink()
    (snapshot.parent.parent / "refs").mkdir()
    (snapshot.parent.parent / "refs" / "main").write_text("0123")
    (present,) = CometModel.present()
    assert (present.name, present.licence) == ("comet:Unbabel/wmt22-cometkiwi-da", "CC-BY-NC-SA-4.0")
    with pytest.raises(MtcheckError) as caught:
        CometModel.load("Unbabel/wmt22-cometkiwi-da", ModelConfig())
    assert caught.value.code is Code.LICENCE_NOT_ACCEPTED
    config = ModelConfig(accept_license=("comet:Unbabel/wmt22-cometkiwi-da",))
    # Its encoder's own files are elsewhere, as with the real one.
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (snapshot / file).unlink()
    with_tokenizer = CometModel.load("Unbabel/wmt22-cometkiwi-da", config).estimate(PAIRS)
    expected = CometModel.load(str(folders["kiwi"]), ModelConfig()).estimate(PAIRS)
    assert [score.value for score in with_tokenizer] == [score.value for score in expected]
    hparams = yaml.safe_load((snapshot / "hparams.yaml").read_text()) | {"pretrained_model": "microsoft/infoxlm-large"}
    (snapshot / "hparams.yaml").write_text(yaml.safe_dump(hparams))
    with pytest.raises(MtcheckError, match="models pull comet:Unbabel/wmt22-cometkiwi-da") as caught:
        CometModel.load("Unbabel/wmt22-cometkiwi-da", config)
    assert caught.value.code is Code.MODEL_NOT_FOUND
