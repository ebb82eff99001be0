"""Where models run: on the GPU that is asked for, and where there is none on the CPU, which is said."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_checkpoints import make_marian

import mtcheck
from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.references.checkpoints import device_and_dtype

PAIR = {"source": "Tåget är försenat.", "target": "The train is late.", "source_lang": "sv", "target_lang": "en"}


@pytest.fixture
def one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("device", "dtype", "expected"),
    [
        ("auto", "auto", ("cuda", "bfloat16")),
        ("cuda", "auto", ("cuda", "bfloat16")),
        ("cuda:0", "float32", ("cuda:0", "float32")),
        ("cpu", "auto", ("cpu", "float32")),
    ],
)
@pytest.mark.usefixtures("one_gpu")
def test_with_a_gpu(device: str, dtype: str, expected: tuple[str, str]) -> None:
    found = device_and_dtype(ModelConfig.model_validate({"device": device, "dtype": dtype}))
    assert (str(found[0]), found[1]) == expected


@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:7", "cpu"])
@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu(device: str) -> None:
    assert device_and_dtype(ModelConfig(device=device)) == (torch.device("cpu"), "float32")


@pytest.mark.usefixtures("one_gpu")
def test_a_number_that_is_not_there_is_a_coded_error() -> None:
    with pytest.raises(MtcheckError, match="there is no 'cuda:1'") as caught:
        device_and_dtype(ModelConfig(device="cuda:1"))
    assert caught.value.code is Code.MODEL_UNUSABLE


@pytest.mark.usefixtures("no_gpu")
def test_what_is_no_device_is_a_coded_error(tmp_path: Path) -> None:
    for model in ("mini", f"hf:{make_marian(tmp_path)}"):
        with pytest.raises(MtcheckError, match="there is no 'abacus'"):
            mtcheck.check(records=[PAIR], reference_model=model, model={"device": "abacus"})


@pytest.mark.usefixtures("no_gpu")
def test_a_run_says_that_a_model_does_not_run_where_it_should() -> None:
    said = "There is no cuda for mini here: it runs on the cpu"
    for device, notes in (("auto", 0), ("cpu", 0), ("cuda:1", 1)):
        summary = mtcheck.check(records=[PAIR], model={"device": device}).summary
        assert summary.manifest.models[0].device == "cpu"
        assert sum(note.startswith("There is no cuda") for note in summary.notes) == notes, said
