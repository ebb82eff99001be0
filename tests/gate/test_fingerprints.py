"""A finding is known again wherever it moved, and two findings of different texts are not taken for one."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mtcheck.core.types import Finding, Origin, Segment, Severity, Span
from mtcheck.gate.fingerprint import fingerprints

WORDS = [
    "road",
    "bridge",
    "council",
    "mayor",
    "school",
    "river",
    "opened",
    "closed",
    "early",
    "Friday",
    "again",
    "ekby",
]
_SENTENCES = st.integers(0, 10**9).map(lambda seed: random.Random(seed).choices(WORDS, k=16))


def _found(words: list[str], at: int, source: str | None, rule: str = "repeated-word") -> tuple[Segment, Finding]:
    """A segment whose word at this place is flagged."""
    start = len(" ".join(words[:at])) + (at > 0)
    segment = Segment("a:1", "a", 1, " ".join(words), source, origin=Origin("in.jsonl", 7))
    return segment, Finding(rule, "DUP004", Severity.MINOR, "m", "said", Span(start, start + len(words[at])))


def _same(one: tuple[Segment, Finding], other: tuple[Segment, Finding]) -> bool:
    return bool(set(fingerprints(*one)) & set(fingerprints(*other)))


@given(_SENTENCES, st.integers(0, 15), st.none() | st.just("En mening."))
def test_ids_files_lines_and_messages_do_not_matter(words: list[str], at: int, source: str | None) -> None:
    segment, finding = _found(words, at, source)
    moved = replace(segment, id="b:9", article="b", index=9, system="other", origin=Origin("out.tsv", 99))
    assert _same((segment, finding), (moved, replace(finding, message="else", severity=Severity.MAJOR)))


@given(_SENTENCES, _SENTENCES)
def test_a_side_that_is_not_edited_is_enough(words: list[str], others: list[str]) -> None:
    one = _found(words, 8, None)
    assert _same(one, _found([*others[:3], *words[3:]], 8, None))
    assert _same(one, _found([*words[:13], *others[13:]], 8, None))
    assert _same(one, _found(["more", "here", *words], 10, None))


@given(_SENTENCES, _SENTENCES)
def test_the_source_is_enough(words: list[str], others: list[str]) -> None:
    assert _same(_found(words, 8, "En mening."), _found(others, 3, "En mening."))


@given(_SENTENCES, _SENTENCES)
def test_other_texts_are_other_findings(words: list[str], others: list[str]) -> None:
    near = words[3:14] == others[3:14]
    assert near or not _same(_found(words, 8, "En mening."), _found(others, 8, "En annan."))
    assert not _same(_found(words, 8, "En mening."), _found(words, 8, "En mening.", rule="spacing"))


@given(_SENTENCES, _SENTENCES)
def test_a_fault_of_the_whole_text_is_known_by_its_ends(words: list[str], others: list[str]) -> None:
    def whole(text: list[str]) -> tuple[Segment, Finding]:
        segment, finding = _found(text, 0, None)
        finding = replace(finding, target_span=Span(0, len(segment.target)))
        return replace(segment, article=" ".join(text)), finding

    assert _same(whole(words), whole([*words[:6], "other", *words[7:]]))
    assert _same(whole(words), whole([*others[:2], *words[2:]]))
