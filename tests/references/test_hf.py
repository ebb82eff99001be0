"""`hf:` on tiny checkpoints, against what transformers itself computes for one text at a time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_checkpoints import SENTENCES, make_m2m100, make_marian, make_mbart, make_nllb, make_t5
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair
from mtcheck.references.base import Capability
from mtcheck.references.hf import HfModel
from mtcheck.references.splitting import halves
from mtcheck.references.tokens import aligned

SWEDISH, ENGLISH = SENTENCES[:6], SENTENCES[6:]
ODD = [
    "",
    "½ pund …  ﬁnt 你好吗",
    "Ja.",
    "</s> kvar",
    "a\u0301 la \u200bcarte",
    " \n två  rader\n",
    "lone \ud800 half",
]
FAMILIES = ["marian", "marian_multilingual", "m2m100", "nllb", "mbart50", "t5"]
# What each family is told by hand: languages asked, text before the source, the tokenizer's own codes.
TOLD: dict[str, tuple[str, str, str, tuple[str, str] | None]] = {
    "marian": ("sv", "en", "", None),
    "marian_multilingual": ("en", "sv", ">>swe<< ", None),
    "m2m100": ("sv", "en", "", ("sv", "en")),
    "nllb": ("sv", "en", "", ("swe_Latn", "eng_Latn")),
    "mbart50": ("sv", "en", "", ("sv_SE", "en_XX")),
    "t5": ("sv", "en", "<2en> ", None),
}


def configured(**options: Any) -> ModelConfig:
    """With a yes to NLLB's licence."""
    return ModelConfig(accept_license=("CC-BY-NC-4.0",), **options)


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_marian(tmp_path_factory.mktemp("marian"), source_lang="swe", target_lang="eng")


@pytest.fixture(scope="module")
def marian_multilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marian-multilingual")
    return make_marian(folder, languages=("swe", "nob", "zho_Hant"), source_lang="en", target_lang="gmq")


@pytest.fixture(scope="module")
def m2m100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_m2m100(tmp_path_factory.mktemp("m2m100"))


@pytest.fixture(scope="module")
def nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_nllb(tmp_path_factory.mktemp("nllb"))


@pytest.fixture(scope="module")
def mbart50(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_mbart(tmp_path_factory.mktemp("mbart50"))


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_t5(tmp_path_factory.mktemp("t5"))


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(family: str, request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(family))


def pairs_for(family: str, sources: list[str], targets: list[str]) -> list[Pair]:
    source_lang, target_lang, _, _ = TOLD[family]
    return [Pair(*texts, source_lang, target_lang) for texts in zip(sources, targets, strict=True)]


class Plain:
    """The checkpoint used as transformers' documentation does, one text at a time."""

    def __init__(self, folder: Path, family: str) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
        _, _, self.before, self.codes = TOLD[family]
        if self.codes:
            self.tokenizer.src_lang, self.tokenizer.tgt_lang = self.codes

    @torch.inference_mode()
    def log_probabilities(self, pair: Pair) -> list[float]:
        inputs = self.tokenizer(self.before + pair.source, return_tensors="pt")
        labels = self.tokenizer(text_target=pair.target, return_tensors="pt")["input_ids"]
        values = self.model(**inputs, labels=labels).logits.log_softmax(-1).gather(-1, labels[..., None])
        # The language token is given, not predicted.
        return values[0, 1 if self.codes else 0 :, 0].tolist()

    def translation(self, pair: Pair, limit: int) -> str:
        inputs = self.tokenizer(self.before + pair.source, return_tensors="pt")
        forced = {}
        if self.codes:
            code = self.codes[1]
            token = f"__{code}__" if len(code) == 2 else code
            forced["forced_bos_token_id"] = self.tokenizer.convert_tokens_to_ids(token)
        made = self.model.generate(**inputs, num_beams=3, max_length=limit, **forced)
        return str(self.tokenizer.decode(made[0, 2 if self.codes else 1 :], skip_special_tokens=True)).strip()


def test_likelihood_is_what_transformers_computes(family: str, folder: Path) -> None:
    pairs = pairs_for(family, [*SWEDISH, *SWEDISH, "Ja."], [*ENGLISH, *ENGLISH[::-1], ""])
    plain = Plain(folder, family)
    scores = HfModel.load(str(folder), configured()).likelihood(pairs)
    for pair, score in zip(pairs, scores, strict=True):
        expected = plain.log_probabilities(pair)
        assert score.tokens is not None
        assert [token.value for token in score.tokens] == pytest.approx(expected, abs=1e-4)
        assert score.value == pytest.approx(sum(expected) / len(expected), abs=1e-4)
        assert score.value <= 0
        assert score.higher_is_better
        assert "mean-token-logprob" in score.signature
        assert "split:no" in score.signature


def test_spans_lie_in_the_target_in_order_and_give_its_words(family: str, folder: Path) -> None:
    targets = [*SENTENCES, *ODD]
    model = HfModel.load(str(folder), configured())
    for target, score in zip(targets, model.likelihood(pairs_for(family, targets, targets)), strict=True):
        assert score.tokens is not None
        spans = [(token.start, token.end) for token in score.tokens]
        assert spans[-1] == (len(target), len(target))
        assert all(0 <= start <= end <= len(target) for start, end in spans)
        assert [start for start, _ in spans] == sorted(start for start, _ in spans)
        assert [end for _, end in spans] == sorted(end for _, end in spans)
        covered = {at for start, end in spans for at in range(start, end)}
        solid = {at for at, char in enumerate(target) if not char.isspace()}
        # The zero-width space is dropped by some tokenizers, and its token is none of the words.
        assert covered - solid == set()
        assert solid - covered <= {target.find("\u200b"), target.find("\u0301")}
        if target in SENTENCES:
            assert sum(end - start for start, end in spans) == len(solid)


def test_results_do_not_depend_on_the_batch(family: str, folder: Path) -> None:
    pairs = pairs_for(family, [*SWEDISH, *SWEDISH], [*ENGLISH, *SWEDISH])
    small = HfModel.load(str(folder), configured(batch_tokens=64, num_beams=2))
    large = HfModel.load(str(folder), configured(batch_tokens=100_000, num_beams=2))
    for one, other in zip(small.likelihood(pairs), large.likelihood(pairs), strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-4)
    small.limit = large.limit = 64
    assert small.translate(pairs[:6]) == large.translate(pairs[:6])


def test_order_is_kept_and_equal_pairs_are_scored_once(
    family: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = HfModel.load(str(folder), configured(batch_tokens=128))
    distinct = pairs_for(family, SWEDISH, ENGLISH)
    shuffled = [distinct[at] for at in (3, 0, 3, 5, 1, 0, 2, 4, 3)]
    rows = 0
    compute = model._log_probabilities

    def counting(batch: Any, told: Any) -> list[list[float]]:
        nonlocal rows
        rows += len(batch)
        return compute(batch, told)

    monkeypatch.setattr(model, "_log_probabilities", counting)
    done: list[int] = []
    scores = model.likelihood(shuffled, done.append)
    assert rows == len(distinct)
    assert sum(done) == len(shuffled)
    alone = {pair: model.likelihood([pair])[0].value for pair in distinct}
    assert [score.value for score in scores] == pytest.approx([alone[pair] for pair in shuffled], abs=1e-4)


def test_translation_is_what_generate_makes_of_one_text(family: str, folder: Path) -> None:
    model = HfModel.load(str(folder), configured(num_beams=3))
    model.limit = 64
    plain = Plain(folder, family)
    pairs = pairs_for(family, SWEDISH[:4], ENGLISH[:4])
    done: list[int] = []
    translations = model.translate([*pairs, pairs[0]], done.append)
    assert translations == [plain.translation(pair, 64) for pair in [*pairs, pairs[0]]]
    assert sum(done) == 5


@pytest.mark.parametrize("targets", [ENGLISH * 3, ENGLISH * 2, ["word " * 300]], ids=["equal", "fewer", "one"])
def test_long_pairs_are_split_and_nothing_is_lost(marian: Path, targets: list[str]) -> None:
    model = HfModel.load(str(marian), configured())
    pair = Pair(" ".join(SWEDISH * 3), " ".join(targets).strip(), "sv", "en")
    (score,) = model.likelihood([pair])
    assert "split:yes" in score.signature
    assert score.tokens is not None
    covered = {at for token in score.tokens for at in range(token.start, token.end)}
    assert covered == {at for at, char in enumerate(pair.target) if not char.isspace()}
    assert [token.start for token in score.tokens] == sorted(token.start for token in score.tokens)
    assert sum(token.start == token.end == len(pair.target) for token in score.tokens) == 1


def test_long_sources_are_translated_whole(marian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = HfModel.load(str(marian), configured())

    def echo(batch: Any, told: Any) -> list[str]:
        assert all(len(part.source) <= model.limit for part in batch)
        return [model._tokenizer.decode(part.source, skip_special_tokens=True) for part in batch]

    monkeypatch.setattr(model, "_generate", echo)
    source = " ".join(SWEDISH * 3)
    assert model.translate([Pair(source, "", "sv", "en")]) == [source]
    unspaced = "x" * 500
    assert model.translate([Pair(unspaced, "", "sv", "en")])[0].replace(" ", "") == unspaced


def test_a_short_source_stays_whole_for_a_long_target() -> None:
    left, right = halves(Pair("Ja.", "Yes. " * 100, "sv", "en"), source_fits=True)
    assert left.source == right.source == "Ja."
    assert left.target + right.target == "Yes. " * 100


def test_halves_are_cut_at_the_same_sentence() -> None:
    pair = Pair(" ".join(SWEDISH[:4]), " ".join(ENGLISH[:4]), "sv", "en")
    left, right = halves(pair, source_fits=False)
    assert left.source.strip() == " ".join(SWEDISH[:2])
    assert right.target == " ".join(ENGLISH[2:4])


def test_pieces_are_aligned_through_normalisation() -> None:
    text = "½  liter…å ﬁnt\u00a0你好"
    pieces = ["▁1", "⁄2", "▁", "liter", "..", ".å", "▁fi", "nt", "▁你好"]
    found = [text[start:end] for start, end in aligned(pieces, text)]
    assert found == ["½", "½", "", "liter", "…", "…å", "ﬁ", "nt", "你好"]


def test_pieces_that_are_not_in_the_text_have_empty_spans() -> None:
    assert aligned(["▁a", "xyz", "b"], "ab") == [(0, 1), (1, 1), (1, 2)]
    assert aligned(["▁"], "") == [(0, 0)]
    assert aligned([], "ab") == []


@pytest.mark.parametrize(
    ("family", "languages", "reason"),
    [
        ("marian", ("sv", "en"), None),
        ("marian", ("sv-FI", "en-GB"), None),
        ("marian", ("en", "sv"), "does not translate English (en) to Swedish (sv)"),
        ("marian_multilingual", ("en", "nb"), None),
        ("marian_multilingual", ("en", "zh-Hant"), None),
        ("marian_multilingual", ("en", "de"), "does not know German (de)"),
        ("marian_multilingual", ("de", "sv"), "does not translate German (de) to Swedish (sv)"),
        ("m2m100", ("nb", "fil"), None),
        ("m2m100", ("sv", "kw"), "does not know Cornish (kw)"),
        ("nllb", ("zh-Hant", "nn"), None),
        ("nllb", ("kw", "br"), "does not know Cornish (kw) or Breton (br)"),
        ("t5", ("de", "sv"), None),
        ("t5", ("sv", "de"), "does not know German (de)"),
    ],
)
def test_unfit_languages(
    family: str, languages: tuple[str, str], reason: str | None, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(family)
    model = HfModel.load(str(folder), configured())
    assert model.unfit(*languages) == (reason and f"hf:{folder} {reason}")


def test_an_unfit_pair_is_refused(marian: Path) -> None:
    model = HfModel.load(str(marian), configured())
    with pytest.raises(MtcheckError, match="does not translate") as caught:
        model.likelihood([Pair("a", "b", "en", "sv")])
    assert caught.value.code is Code.MODEL_UNUSABLE


def test_groups_and_silence_are_no_ground_for_refusal(tmp_path: Path) -> None:
    group = make_marian(tmp_path / "group", source_lang="ROMANCE", target_lang="en")
    model = HfModel.load(str(group), configured())
    assert model.unfit("ro", "en") is None
    assert model.unfit("ro", "de") is not None
    silent = make_marian(tmp_path / "silent")
    model = HfModel.load(str(silent), configured())
    assert model.unfit("ro", "de") is None
    assert model.card.languages == ("sv", "en")


def test_original_t5_is_asked_by_its_tasks(t5: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    shutil.copytree(t5, folder)
    config = json.loads((folder / "config.json").read_text())
    prefix = "translate English to German: "
    config["task_specific_params"] = {"translation_en_to_de": {"prefix": prefix}}
    (folder / "config.json").write_text(json.dumps(config))
    tokenizer = json.loads((folder / "tokenizer.json").read_text().replace("<2en>", "<1en>").replace("<2sv>", "<1sv>"))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    settings = (folder / "tokenizer_config.json").read_text().replace("<2", "<1")
    (folder / "tokenizer_config.json").write_text(settings)
    model = HfModel.load(str(folder), configured())
    assert model.unfit("en", "de") is None
    assert model.unfit("de", "en") == f"hf:{folder} does not translate German (de) to English (en)"
    assert model.card.languages == ("de", "en")
    told = model._languages.tell("en", "de")
    assert model._parts([Pair("x", "", "en", "de")], told)[0][0].source == tuple(
        AutoTokenizer.from_pretrained(folder)(prefix + "x")["input_ids"]
    )


def test_the_first_mbart_begins_with_the_language(tmp_path: Path) -> None:
    folder = make_mbart(tmp_path, first=True)
    model = HfModel.load(str(folder), configured())
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, src_lang="ro_RO", tgt_lang="en_XX")
    plain = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    inputs = tokenizer(SWEDISH[0], text_target=ENGLISH[0], return_tensors="pt")
    # Its labels are the text, its end and the language, which is moved to the front.
    values = plain(**inputs).logits.log_softmax(-1).gather(-1, inputs["labels"][..., None])[0, :-1, 0]
    (score,) = model.likelihood([Pair(SWEDISH[0], ENGLISH[0], "ro", "en")])
    assert score.tokens is not None
    assert [token.value for token in score.tokens] == pytest.approx(values.tolist(), abs=1e-4)


def test_card(marian: Path, nllb: Path) -> None:
    import hashlib

    card = HfModel.load(str(marian), configured()).card
    assert card.name == f"hf:{marian}"
    assert card.capabilities == (Capability.TRANSLATE, Capability.LIKELIHOOD)
    assert card.revision == "local"
    assert card.weight_hash == hashlib.sha256((marian / "model.safetensors").read_bytes()).hexdigest()
    assert (card.dtype, card.device, card.licence) == ("float32", "cpu", "Apache-2.0")
    assert card.languages == ("sv", "en")
    card = HfModel.load(str(nllb), configured(dtype="bfloat16")).card
    assert (card.dtype, card.licence) == ("bfloat16", "CC-BY-NC-4.0")
    assert card.languages is not None
    assert {"sv", "nb", "zh-Hant"} <= set(card.languages)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_model_in_the_hub_cache_is_found_with_its_commit(hub: Path, marian: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = hub / "models--desk--opus-mt-sv-en"
    shutil.copytree(marian, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    model = HfModel.load("desk/opus-mt-sv-en", configured())
    assert model.card.revision == commit
    assert model.card.name == "hf:desk/opus-mt-sv-en"
    with pytest.raises(MtcheckError):
        HfModel.load("desk/opus-mt-sv-en", configured(revision="v2"))


@pytest.mark.parametrize("identifier", ["desk/none", "", "no such/name at all", "a/b/c/d", "\0", "x" * 5000])
def test_a_missing_model_is_a_coded_error(hub: Path, identifier: str) -> None:
    with pytest.raises(MtcheckError) as caught:
        HfModel.load(identifier, configured())
    assert caught.value.code is Code.MODEL_NOT_FOUND
    assert caught.value.mend == f"Run mtcheck models pull hf:{identifier}, or give a local folder"


def _without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _with_damaged_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 100)


def _with_fewer_weights(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights.pop(next(name for name in weights if "fc1" in name))
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def _with_a_pickle_that_runs_code(folder: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (folder / "sprung",))

    (folder / "model.safetensors").unlink()
    torch.save({"trap": Trap()}, folder / "pytorch_model.bin")


def _with_another_kind_of_model(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}')


def _without_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def _with_code_of_its_own(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.C", "AutoModelForSeq2SeqLM": "own.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("import pathlib; pathlib.Path(__file__).with_name('sprung').touch()")


@pytest.mark.parametrize(
    "spoil",
    [
        _without_weights,
        _with_damaged_weights,
        _with_fewer_weights,
        _with_a_pickle_that_runs_code,
        _with_another_kind_of_model,
        _without_config,
        _with_code_of_its_own,
    ],
)
def test_a_bad_checkpoint_is_a_coded_error(
    spoil: Any, marian: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(marian, folder)
    spoil(folder)
    with pytest.raises(MtcheckError) as caught:
        HfModel.load(str(folder), configured())
    assert caught.value.code is Code.MODEL_UNUSABLE
    assert "\n" not in str(caught.value)
    assert not (folder / "sprung").exists()
    assert capfd.readouterr() == ("", "")


def test_plain_pickled_weights_are_read(marian: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = tmp_path / "model"
    shutil.copytree(marian, folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    pair = Pair(SWEDISH[0], ENGLISH[0], "sv", "en")
    (pickled,) = HfModel.load(str(folder), configured()).likelihood([pair])
    (safe,) = HfModel.load(str(marian), configured()).likelihood([pair])
    assert pickled.value == safe.value
    assert pickled.signature != safe.signature


def test_nothing_is_said_on_the_console(marian: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = HfModel.load(str(marian), configured(num_beams=2))
    pair = Pair(" ".join(SWEDISH * 2), " ".join(ENGLISH * 2), "sv", "en")
    model.likelihood([pair])
    model.translate([pair])
    assert capfd.readouterr() == ("", "")


def test_nothing_to_do(marian: Path) -> None:
    model = HfModel.load(str(marian), configured())
    assert model.likelihood([]) == []
    assert model.translate([]) == []


class TestPull:
    """What the hub answers is played; the network is not used."""

    @staticmethod
    def answer(monkeypatch: pytest.MonkeyPatch, reply: Any) -> list[list[str]]:
        import huggingface_hub

        asked: list[list[str]] = []

        def snapshot_download(identifier: str, *, revision: str | None, allow_patterns: list[str]) -> str:
            asked.append(allow_patterns)
            if isinstance(reply, Exception):
                raise reply
            return str(reply)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
        return asked

    def test_safetensors_are_preferred(self, marian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = self.answer(monkeypatch, marian)
        assert HfModel.pull("desk/model", None) == marian
        assert len(asked) == 1
        assert not any(pattern.endswith(".bin") for pattern in asked[0])

    def test_no_weights(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = self.answer(monkeypatch, tmp_path)
        with pytest.raises(MtcheckError, match="no PyTorch weights"):
            HfModel.pull("desk/model", None)
        assert len(asked) == 2

    def test_no_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer(monkeypatch, ConnectionError("no route to host\nat all"))
        with pytest.raises(MtcheckError, match="no route to host") as caught:
            HfModel.pull("desk/model", "main")
        assert caught.value.code is Code.MODEL_UNUSABLE
        assert "\n" not in str(caught.value)

    def test_no_such_model(self) -> None:
        with pytest.raises(MtcheckError) as caught:
            HfModel.pull("not a name", None)
        assert caught.value.code is Code.MODEL_NOT_FOUND


def test_a_non_commercial_model_needs_a_yes(nllb: Path, marian: Path, tmp_path: Path) -> None:
    name = f"hf:{nllb}"
    with pytest.raises(MtcheckError, match=r"CC-BY-NC-4\.0, for non-commercial use alone") as caught:
        HfModel.load(str(nllb), ModelConfig())
    assert caught.value.code is Code.LICENCE_NOT_ACCEPTED
    assert f'accept_license = ["{name}"]' in caught.value.mend
    assert HfModel.load(str(nllb), ModelConfig(accept_license=(name,))).card.licence == "CC-BY-NC-4.0"
    with pytest.raises(MtcheckError):
        HfModel.load(str(nllb), ModelConfig(accept_license=("hf:facebook/nllb-200-distilled-600M",)))
    # A copy without its card is what it is by name.
    copy = tmp_path / "nllb-200-distilled-600M"
    shutil.copytree(marian, copy)
    (copy / "README.md").unlink()
    with pytest.raises(MtcheckError, match=r"CC-BY-NC-4\.0"):
        HfModel.load(str(copy), ModelConfig())


def test_the_hub_cache_is_listed_by_what_fits(hub: Path, marian: Path, nllb: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    for folder, name in ((marian, "desk--opus-mt-sv-en"), (nllb, "desk--nllb")):
        cached = hub / f"models--{name}"
        shutil.copytree(folder, cached / "snapshots" / commit)
        (cached / "refs").mkdir()
        (cached / "refs" / "main").write_text(commit)
    encoder = hub / "models--desk--encoder" / "snapshots" / commit
    encoder.mkdir(parents=True)
    (encoder / "config.json").write_text('{"model_type": "bert"}')
    many, one = HfModel.present()
    assert (many.name, many.licence, many.languages) == ("hf:desk/nllb", "CC-BY-NC-4.0", None)
    assert (one.name, one.licence, one.pairs) == ("hf:desk/opus-mt-sv-en", "Apache-2.0", (("sv", "en"),))
    assert one.fits("sv-FI", "en-GB")
    assert not one.fits("en", "sv")
    assert many.fits("sw", "ne")
