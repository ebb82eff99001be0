"""Decoder-only models of `hf:`, against what transformers computes for one text at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_checkpoints import SENTENCES, make_decoder
from transformers import AutoModelForCausalLM, AutoTokenizer

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair
from mtcheck.references.hf import HfModel

PAIRS = [
    *(Pair(*texts, "sv", "en") for texts in zip(SENTENCES[:6], SENTENCES[6:], strict=True)),
    Pair(SENTENCES[0], SENTENCES[7], "sv", "en"),
    Pair("", "Yes.", "sv", "en"),
    Pair("Ja.", "", "sv", "en"),
    Pair("½ 你好", "½ 你好 \ud800 x", "sv", "en-GB"),
]
PROMPT = "Translate from Swedish to English:\nSwedish: {}\nEnglish:"


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_decoder(tmp_path_factory.mktemp(request.param), request.param, chat=True)


@torch.inference_mode()
def plain_log_probabilities(folder: Path, prompt: str, target: str, end: str) -> list[float]:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    parts = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, target, end)]
    given, added = parts[0], [*parts[1], *parts[2]]
    values = model(torch.tensor([[*given, *added]])).logits.log_softmax(-1)[0, len(given) - 1 : -1]
    return values.gather(-1, torch.tensor(added)[:, None])[:, 0].tolist()


def test_likelihood_is_that_of_the_line_after_the_prompt(folder: Path) -> None:
    model = HfModel.load(str(folder), ModelConfig())
    for pair, score in zip(PAIRS, model.likelihood(PAIRS), strict=True):
        target = pair.target.replace("\ud800", "?")
        expected = plain_log_probabilities(folder, PROMPT.format(pair.source), " " * bool(target) + target, "\n")
        assert score.tokens is not None
        assert [token.value for token in score.tokens] == pytest.approx(expected, abs=1e-4)
        covered = {at for token in score.tokens for at in range(token.start, token.end)}
        assert covered == {at for at, char in enumerate(target) if not char.isspace()}
        assert (score.tokens[-1].start, score.tokens[-1].end) == (len(target), len(target))
        assert "|chat:no|split:no" in score.signature


def test_a_chat_model_is_asked_by_its_template_and_ends_by_its_token(folder: Path) -> None:
    model = HfModel.load(str(folder), ModelConfig(chat=True, prompt="{source}, please, in {target_language}"))
    (score,) = model.likelihood(PAIRS[:1])
    prompt = f"<user>{PAIRS[0].source}, please, in English<model>"
    expected = plain_log_probabilities(folder, prompt, PAIRS[0].target, "<end>")
    assert score.tokens is not None
    assert [token.value for token in score.tokens] == pytest.approx(expected, abs=1e-4)
    assert "|chat:yes|" in score.signature
    assert score.signature != HfModel.load(str(folder), ModelConfig(chat=True)).likelihood(PAIRS[:1])[0].signature


def test_results_do_not_depend_on_the_batch(folder: Path) -> None:
    small = HfModel.load(str(folder), ModelConfig(batch_tokens=64, num_beams=1))
    large = HfModel.load(str(folder), ModelConfig(batch_tokens=100_000, num_beams=1))
    for one, other in zip(small.likelihood(PAIRS), large.likelihood(PAIRS), strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-4)
    assert small.translate(PAIRS) == large.translate(PAIRS)


@pytest.mark.parametrize("beams", [1, 3])
def test_a_translation_is_the_line_that_follows(folder: Path, beams: int) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    plain = AutoModelForCausalLM.from_pretrained(folder).eval()
    # Each is a batch of its own: these models do not end their lines, and are stopped where the longest has to be.
    translations = HfModel.load(str(folder), ModelConfig(num_beams=beams, batch_tokens=64)).translate(PAIRS[:3])
    assert not any("\n" in text for text in translations)
    for pair, text in zip(PAIRS[:3], translations, strict=True):
        given = tokenizer(PROMPT.format(pair.source), return_tensors="pt")
        ends = [*tokenizer("\n")["input_ids"], tokenizer.eos_token_id]
        length = given["input_ids"].shape[1]
        made = plain.generate(**given, num_beams=beams, max_new_tokens=128, eos_token_id=ends, pad_token_id=0)
        assert text == tokenizer.decode(made[0, length:], skip_special_tokens=True).strip().partition("\n")[0]


def test_long_pairs_are_split(folder: Path) -> None:
    model = HfModel.load(str(folder), ModelConfig(num_beams=1))
    pair = Pair(" ".join(SENTENCES[:6]), " ".join(SENTENCES[6:]), "sv", "en")
    (score,) = model.likelihood([pair])
    assert "split:yes" in score.signature
    assert score.tokens is not None
    covered = {at for token in score.tokens for at in range(token.start, token.end)}
    assert covered == {at for at, char in enumerate(pair.target) if not char.isspace()}
    assert model.translate([pair])[0]


def test_what_cannot_be_asked_is_a_coded_error(tmp_path: Path) -> None:
    folder = make_decoder(tmp_path, "llama")
    with pytest.raises(MtcheckError, match="no chat template") as caught:
        HfModel.load(str(folder), ModelConfig(chat=True))
    assert caught.value.code is Code.MODEL_UNUSABLE
    model = HfModel.load(str(folder), ModelConfig(prompt="well " * 200 + "{source}"))
    with pytest.raises(MtcheckError, match="prompt is too long"):
        model.likelihood(PAIRS[:1])
    for prompt in ("no source", "{source} {source}", "{source} {other}", "{source"):
        with pytest.raises(ValueError, match="prompt"):
            ModelConfig(prompt=prompt)
