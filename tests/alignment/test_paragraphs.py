"""Paragraphs are paired one to one where they fit, and it is said where they do not."""

from __future__ import annotations

from mtcheck.alignment.paragraphs import align
from mtcheck.core.types import ArticlePair, Paragraph, Role

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


def test_a_dropped_paragraph_is_an_empty_translation() -> None:
    article = align(_pair(SOURCE, [TARGET[0], TARGET[1], TARGET[3]]))
    empty = [segment for segment in article.segments if not segment.target]
    assert [segment.source for segment in empty] == [SOURCE[2][0]]
    assert any("no translation was found for line 5 of a.sv" in note for note in article.notes)
    assert [segment.index for segment in article.segments] == [0, 1, 2, 3]
