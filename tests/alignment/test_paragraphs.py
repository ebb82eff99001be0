"""Paragraphs are paired one to one where they fit, and it is said where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtcheck.alignment.beads import _PRIOR, Bead, Weights, _cheapest, _Costs, find_beads
from mtcheck.alignment.paragraphs import align
from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import ArticlePair, Paragraph, Placement, Role
from mtcheck.engines.inspection import Inspector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = [
    ("Ny bro i Ekby", Role.HEADLINE),
    ("Kommunen i Ekby bygger en ny bro över ån, och den ska stå klar 2026.", Role.LEAD),
    ("– Vi har väntat länge, säger Eva Lind.", Role.QUOTE),
    ("Bron kostar 40 miljoner kronor och betalas av kommunen, regionen och staten tillsammans.", Role.BODY),
]
TARGET = [
    ("New bridge in Ekby", Role.HEADLINE),
    ("The municipality of Ekby is building a new bridge over the river, to be ready in 2026.", Role.LEAD),
    ("– We have waited a long time, says Eva Lind.", Role.QUOTE),
    ("The bridge costs 40 million kronor and is paid for by the municipality, the region and the state.", Role.BODY),
]


def _pair(source: list[tuple[str, Role]], target: list[tuple[str, Role]]) -> ArticlePair:
    def side(parts: list[tuple[str, Role]]) -> tuple[Paragraph, ...]:
        return tuple(Paragraph(text, role, 2 * i + 1) for i, (text, role) in enumerate(parts))

    return ArticlePair("a", side(source), side(target), None, "sv", "en", "a.sv", "a.en")


def test_equal_counts_go_one_to_one_without_a_word() -> None:
    article = align(_pair(SOURCE, TARGET))
    assert [(s.source, s.target) for s in article.segments] == [
        (s[0], t[0]) for s, t in zip(SOURCE, TARGET, strict=True)
    ]
    assert not article.notes


def test_a_repeated_headline_has_no_source() -> None:
    article = align(_pair(SOURCE, [TARGET[0], *TARGET]))
    assert len(article.segments) == 5
    assert sum(segment.source is None for segment in article.segments[:2]) == 1
    assert [s.source for s in article.segments[2:]] == [text for text, _ in SOURCE[1:]]
    assert any("no source was found for line" in note and "a.en" in note for note in article.notes)
    assert any("4 paragraphs" in note and "5" in note for note in article.notes)


def test_a_repeated_headline_does_not_stand_for_a_lost_lead() -> None:
    article = align(_pair(SOURCE, [TARGET[0], TARGET[0], *TARGET[2:]]))
    assert [segment.placement for segment in article.segments].count(Placement.OMITTED) == 1
    assert article.segments[0].source == SOURCE[0][0]
    assert {segment.target for segment in article.segments if segment.placement is Placement.ADDED} == {TARGET[0][0]}


def test_a_dropped_paragraph_is_an_empty_translation() -> None:
    article = align(_pair(SOURCE, [TARGET[0], TARGET[1], TARGET[3]]))
    empty = [segment for segment in article.segments if not segment.target]
    assert [segment.source for segment in empty] == [SOURCE[2][0]]
    assert any("no translation was found for line 5 of a.sv" in note for note in article.notes)
    assert [segment.index for segment in article.segments] == [0, 1, 2, 3]


def test_merged_and_split_paragraphs_are_taken_together() -> None:
    merged = [TARGET[0], (f"{TARGET[1][0]} {TARGET[2][0]}", Role.LEAD), TARGET[3]]
    article = align(_pair(SOURCE, merged))
    assert [segment.source for segment in article.segments] == [
        SOURCE[0][0],
        f"{SOURCE[1][0]}\n\n{SOURCE[2][0]}",
        SOURCE[3][0],
    ]
    assert any("taken together" in note for note in article.notes)
    one, two = "The bridge costs 40 million kronor", "and is paid for by the municipality, the region and the state."
    article = align(_pair(SOURCE, [*TARGET[:3], (one, Role.BODY), (two, Role.BODY)]))
    assert article.segments[-1].target == f"{one}\n\n{two}"
    assert len(article.segments) == 4


def test_a_moved_paragraph_is_said_to_have_moved() -> None:
    source = [*SOURCE, ("Bygget börjar i augusti och väntas pågå i två år.", Role.BODY)]
    target = [*TARGET, ("Construction starts in August and is expected to last two years.", Role.BODY)]
    order = [0, 3, 1, 2, 4]
    article = align(_pair(source, [target[place] for place in order]))
    assert [segment.source for segment in article.segments] == [source[place][0] for place in order]
    assert [segment.placement for segment in article.segments].count(Placement.MOVED) == 1


def test_equal_counts_may_hide_a_loss_and_an_addition() -> None:
    new = ("Tickets for the concert on Friday are sold out, the organisers write.", Role.BODY)
    article = align(_pair(SOURCE, [TARGET[0], TARGET[2], TARGET[3], new]))
    placed = {segment.placement: segment for segment in article.segments}
    assert placed[Placement.OMITTED].source == SOURCE[1][0]
    assert placed[Placement.ADDED].target == new[0]
    assert len(article.segments) == 5


def test_paragraphs_against_lines_of_one_sentence() -> None:
    source = [(" ".join(text for text, _ in SOURCE[1:3]), Role.BODY), (f"{SOURCE[3][0]} Den är vacker.", Role.BODY)]
    lines = [TARGET[1], TARGET[2], TARGET[3], ("It is beautiful.", Role.BODY), ("Nobody knows why.", Role.BODY)]
    article = align(_pair(source, lines))
    assert [segment.target.count("\n\n") for segment in article.segments[:2]] == [1, 1]
    assert [segment.source for segment in article.segments[:2]] == [text for text, _ in source]


def test_embeddings_are_asked_where_words_do_not_tell() -> None:
    import numpy as np

    asked: list[int] = []

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.append(len(texts))
        # What begins alike lies near.
        keys = {"甲": 0, "A": 0, "乙": 1, "B": 1, "丙": 2, "C": 2}
        vectors = np.full((len(texts), 3), 0.01, dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, keys[text[0]]] = 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    pair = _pair(
        [(f"{mark}" * 9, Role.BODY) for mark in "甲乙丙"], [(f"{mark} and so on", Role.BODY) for mark in "CAB"]
    )
    pair = replace(pair, source_lang="zh")
    article = align(pair, embed)
    assert asked
    assert [segment.target[0] for segment in article.segments if segment.source == "甲" * 9] == ["A"]
    asked.clear()
    align(_pair(SOURCE, TARGET), embed)
    assert not asked


def test_placements_are_findings() -> None:
    new = ("Tickets for the concert on Friday are sold out, the organisers write.", Role.BODY)
    article = align(_pair(SOURCE, [TARGET[0], TARGET[2], TARGET[3], new]))
    inspector = Inspector(Config(select=("ADQ", "DOC")))
    found = {finding.rule for findings in inspector.inspect(article) for finding in findings}
    assert found == {"omitted-content", "added-content"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=12), st.lists(st.text(max_size=40), max_size=12))
def test_beads_cover_everything_once(source: list[str], target: list[str]) -> None:
    beads = find_beads(source, target, "sv", "en")
    assert sorted(place for bead in beads for place in bead.source) == list(range(len(source)))
    assert sorted(place for bead in beads for place in bead.target) == list(range(len(target)))
    firsts = [bead.target[0] for bead in beads if bead.target]
    assert firsts == sorted(firsts)


_WORDS = [
    ("bron", "bridge"), ("vägen", "road"), ("staden", "town"), ("huset", "house"), ("polisen", "police"),
    ("skolan", "school"), ("vatten", "water"), ("pengar", "money"), ("barnen", "children"), ("sommar", "summer"),
]  # fmt: skip
_sentences = st.lists(st.lists(st.sampled_from(_WORDS), min_size=2, max_size=4), min_size=3, max_size=10)


@settings(max_examples=100, deadline=None)
@given(_sentences, st.data())
def test_what_moved_is_found_only_where_that_is_cheaper(
    sentences: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    source = [" ".join(word for word, _ in sentence) for sentence in sentences]
    # Whole sentences and halves, in any order.
    halves = st.lists(st.tuples(st.sampled_from(range(len(source))), st.booleans()), min_size=3, max_size=10)
    target = [" ".join(word for _, word in sentences[place][: 1 if half else 4]) for place, half in data.draw(halves)]
    weights = Weights()
    costs = _Costs(source, target, "sv", "en", None, weights, None)

    def cost(bead: Bead) -> float:
        counts = len(bead.source), len(bead.target)
        if 0 in counts:
            return weights.skip
        prior = weights.move if bead.moved else weights.two if counts == (2, 2) else _PRIOR[counts]
        return prior + costs.of(bead.source, bead.target)

    in_order, _ = _cheapest(range(len(source)), range(len(target)), costs, weights)
    assert sum(map(cost, find_beads(source, target, "sv", "en"))) <= in_order + 1e-6


def test_names_that_are_spelt_otherwise_tell_what_belongs_together() -> None:
    source = ["Vašingtona un Parīze", "Profesors Kovaļovs no Viļņas", "Hārvijs un Džozefs"]
    target = ["Harvey and Joseph", "Washington and Paris", "Professor Kowalow of Vilnius"]
    beads = find_beads(source, target, "lv", "en")
    assert {(bead.source, bead.target) for bead in beads} == {((0,), (1,)), ((1,), (2,)), ((2,), (0,))}


def test_what_is_no_article_is_refused() -> None:
    part = (SOURCE[1][0], Role.BODY)
    with pytest.raises(MtcheckError, match="MTC-E024"):
        align(_pair([part] * 1001, [part] * 3))
