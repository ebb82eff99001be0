"""Synthetic faults: each kind does what it says, and marks what it put in."""

from __future__ import annotations

import random

import pytest

from mtcheck.training import faults
from mtcheck.training.faults import MAKERS, Fault, Material, make_fault

SOURCE = "Anna Berg sade på tisdagen att 35 arbetare inte får lön, men att Karl Dahl betalar i maj."
TARGET = "Anna Berg said on Tuesday that 35 workers are not paid, but that Karl Dahl will pay in May."
OTHER = "The ferry to Gotland was cancelled because of the storm that hit the coast at night."


def material(target: str = TARGET) -> Material:
    joint = SOURCE.index("men"), target.find("but")
    return Material(SOURCE, target, OTHER, "en", ("Erik", "Lund"), ("harvest", "window"), joint)


def made(maker: faults.Maker, seed: int = 1) -> Fault:
    found = maker(material(), random.Random(seed))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "maker", sorted(set(MAKERS), key=lambda maker: maker.__name__), ids=lambda maker: maker.__name__
)
def test_spans_lie_in_the_target_in_order(maker: faults.Maker) -> None:
    found = [fault for seed in range(20) if (fault := maker(material(), random.Random(seed)))]
    assert found
    for fault in found:
        assert fault.target != TARGET
        assert 0 < fault.weight <= 1.6
        at = 0
        for span in fault.spans:
            assert at <= span.start < span.end <= len(fault.target)
            at = span.end


@pytest.mark.parametrize("maker", [faults.dropped_clause, faults.dropped_words, faults.truncated_end])
def test_what_is_dropped_is_only_gone(maker: faults.Maker) -> None:
    fault = made(maker)
    assert fault.spans == ()
    words = iter(match.group() for match in faults.WORD.finditer(TARGET))
    assert all(match.group() in words for match in faults.WORD.finditer(fault.target))


def test_a_dropped_sentence_is_marked_in_the_source() -> None:
    found = {
        fault.target: fault for seed in range(20) if (fault := faults.dropped_sentence(material(), random.Random(seed)))
    }
    lost = {target: [span.of(SOURCE) for span in fault.source_spans or ()] for target, fault in found.items()}
    assert lost == {
        "Anna Berg said on Tuesday that 35 workers are not paid,": ["men att Karl Dahl betalar i maj."],
        "but that Karl Dahl will pay in May.": ["Anna Berg sade på tisdagen att 35 arbetare inte får lön,"],
    }


def test_what_is_put_in_is_marked() -> None:
    fault = made(faults.changed_number)
    (span,) = fault.spans
    assert span.of(fault.target).isdigit()
    assert span.of(fault.target) != "35"
    assert fault.target[: span.start] + "35" + fault.target[span.end :] == TARGET
    fault = made(faults.wrong_name)
    assert next(span.of(fault.target) for span in fault.spans) in ("Erik", "Lund")
    fault = made(faults.lost_negation)
    assert fault.target == TARGET.replace(" not ", " ")
    fault = made(faults.added_clause)
    (span,) = fault.spans
    assert fault.target[: span.start] + fault.target[span.end :] == TARGET
    assert set(span.of(fault.target).split()) <= set(OTHER.rstrip(".").split())


def test_a_negation_comes_where_there_is_none() -> None:
    fault = faults.lost_negation(material("The road is open."), random.Random(1))
    assert fault is not None
    assert fault.target == "The road is not open."


def test_a_loop_repeats_words_of_the_target() -> None:
    fault = made(faults.loop)
    (span,) = fault.spans
    assert span.of(fault.target).split()[0] in TARGET


def test_the_generator_is_seeded_and_gives_up_on_what_has_no_words() -> None:
    one, same, other = ([make_fault(material(), random.Random(seed + at)) for at in range(30)] for seed in (1, 1, 1000))
    assert one == same != other
    assert len({fault.kind for fault in one if fault}) > 6
    assert make_fault(Material("–", "–", "–", "en"), random.Random(1)) is None
