"""The estimator's recipe on small things: marks, calibration, losses, and that a few steps teach something."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from mtcheck.core.types import Span
from mtcheck.references.mini._modeling import MiniConfig, MiniNetwork
from mtcheck.training.adapt import loss_of
from mtcheck.training.estimate import (
    Example,
    Store,
    calibrate,
    judge,
    losses,
    main_directions,
    marked,
    narrow,
    train,
    widen,
)
from mtcheck.training.parallel import read_names
from mtcheck.training.rated import detokenised, read_rated

DATA = Path(__file__).parents[3] / "shared" / "data"


def test_pieces_are_marked_by_the_characters_they_share() -> None:
    spans = [Span(0, 0), Span(0, 3), Span(4, 4), Span(4, 6), Span(6, 9), Span(9, 9)]
    assert marked(spans, [Span(5, 7)]) == [-1, 0, -1, 1, 1, -1]
    assert marked(spans, []) == [-1, 0, -1, 0, 0, -1]


def test_the_calibrated_share_falls_as_the_score_rises() -> None:
    torch.manual_seed(1)
    scores = torch.rand(3000) * 100
    assessments = torch.where(torch.rand(3000) * 100 < scores, 80.0, 20.0)
    points = calibrate(scores, assessments)
    assert [score for score, _ in points] == sorted(score for score, _ in points)
    assert [share for _, share in points] == sorted((share for _, share in points), reverse=True)
    assert all(abs((100 - score) / 100 - share) < 0.12 for score, share in points)


def test_post_edits_are_written_as_text_is() -> None:
    assert detokenised("He said , that ( for now ) it 's over .") == "He said, that (for now) it's over."
    assert detokenised("他 在 2006 年 走 了 。") == "他在2006年走了。"


def test_names_come_in_both_languages() -> None:
    names = {(name.text, name.english) for name in read_names("sv")}
    assert ("Tyskland", "Germany") in names
    assert ("tisdag", "Tuesday") in names


def test_a_vector_is_drawn_to_its_own_english() -> None:
    goal = torch.nn.functional.normalize(torch.randn(6, 8, generator=torch.Generator().manual_seed(1)), dim=1)
    assert loss_of(goal, goal, 4) < loss_of(goal.roll(1, 0), goal, 4)


def test_a_few_steps_teach_the_estimator() -> None:
    torch.manual_seed(1)
    config = MiniConfig(
        vocab_size=40, embedding_size=16, hidden_size=8, vector_size=16, head_size=8, bits=32, group_size=16,
        estimator_size=16, estimator_heads=2,
    )  # fmt: skip
    network = MiniNetwork(config)
    # Piece 30 is a fault.
    right = [Example([1, 5 + at, 6, 2], [1, 7, 8 + at, 2], [-1] * 4, [-1, 0, 0, -1], 0.9, 1.0) for at in range(6)]
    wrong = [
        Example([1, 5 + at, 6, 2], [1, 30, 8 + at, 2], [-1, 1, 0, -1], [-1, 1, 0, -1], 0.2, -1.0) for at in range(6)
    ]
    examples = [*right, *wrong, *right, *wrong]
    optimizer = torch.optim.Adam(network.estimator.parameters(), lr=0.01)
    seen = []
    for _ in range(40):
        found = network([example.source for example in examples], [example.target for example in examples])
        loss = sum(losses(found, examples, 12, 6).values(), torch.zeros(()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert seen[-1] < seen[0] / 2
    network.eval()
    assert judge(network, right).min() > judge(network, wrong).max()
    words = network([example.source for example in wrong], [example.target for example in wrong]).target_words
    assert (words.view(6, 4)[:, 1] > words.view(6, 4)[:, 2]).all()


def test_what_is_learnt_over_directions_is_what_the_whole_network_then_says() -> None:
    torch.manual_seed(1)
    config = MiniConfig(
        vocab_size=40, embedding_size=16, hidden_size=8, vector_size=16, head_size=8, bits=32, group_size=16,
        estimator_size=8, estimator_heads=2,
    )  # fmt: skip
    network = MiniNetwork(config).requires_grad_(False)
    network.estimator.requires_grad_(True)
    draw = random.Random(1)

    def example(z: float, piece: int) -> Example:
        source, target = ([1, *draw.choices(range(3, 20), k=5), 2] for _ in range(2))
        target[2] = piece
        return Example(source, target, [-1] * 7, [-1, 0, int(piece == 30), 0, 0, 0, -1], 0.5 + z / 4, z)

    rated = [example(1.0 if at % 2 else -1.0, 29 if at % 2 else 30) for at in range(96)]
    faults = [(example(1.0, 29), example(-1.0, 30)) for _ in range(40)] * 120
    directions = main_directions(network.encoder, 12)
    store = Store(network.encoder, directions, [*rated, *(one for pair in faults for one in pair)])
    narrow(network.estimator, 12)
    train(network.estimator, store, {"xx-en": rated}, {"xx-en": rated}, faults, steps=200, seed=1)
    over_directions = network.estimator(*store.read(network.estimator, rated)).quality
    widen(network.estimator, directions)
    whole = network.eval()([one.source for one in rated], [one.target for one in rated]).quality
    # The store keeps 16 bits.
    assert torch.allclose(whole, over_directions, atol=0.02)
    assert (whole[1::2, None] > whole[::2]).float().mean() > 0.9


@pytest.mark.skipif(not (DATA / "mlqe-pe").is_dir(), reason="the data is not there")
def test_tags_stand_at_their_words() -> None:
    for item in read_rated(DATA, "ro-en", "dev")[:200]:
        assert len(item.target_words) >= len(item.target_bad)
        assert all(span.of(item.target).strip() for span in item.target_bad if span.end > span.start)
        assert 0 <= item.level <= 100
