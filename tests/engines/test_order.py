"""One defect, one finding: what superseding keeps, for any findings of any rules."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtcheck.core.types import Finding, Severity, Span
from mtcheck.engines import inspection
from mtcheck.engines.inspection import Order
from mtcheck.rules.base import RULES, Rule


def _rule(code: str, name: str, *supersedes: str) -> type[Rule]:
    return type(name, (Rule,), {"name": name, "code": code, "supersedes": frozenset(supersedes)})


# A chain, a family, two that supersede each other, two of one family that do not.
MADE = [
    _rule("A001", "top", "middle"),
    _rule("B001", "middle", "LOW"),
    _rule("LOW001", "low"),
    _rule("LOW002", "lower"),
    _rule("C001", "left", "right"),
    _rule("D001", "right", "left", "low"),
    _rule("E001", "free"),
]
MADE_ORDER, ORDER = Order(MADE), Order(list(RULES))
_SPANS = st.tuples(st.integers(0, 12), st.integers(0, 4)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


def _findings(rules: list[type[Rule]]) -> st.SearchStrategy[list[Finding]]:
    return st.lists(
        st.builds(
            lambda rule, span, source, severity: Finding(rule.name, rule.code, severity, "fluency", "m", span, source),
            st.sampled_from(rules),
            _SPANS | st.just(Span(0, 12)),
            st.none() | _SPANS,
            st.sampled_from(list(Severity)),
        ),
        max_size=12,
    )


def _goes_before(order: Order, above: Finding, below: Finding) -> bool:
    """True if the first is the same defect seen more exactly."""
    same = (
        above.target_span != below.target_span
        or above.source_span is None
        or below.source_span is None
        or above.source_span.overlaps(below.source_span)
    )
    touching = above.target_span.overlaps(below.target_span)
    gives_way = above.rule in order._before.get(below.rule, ())
    return touching and (gives_way or (above.rule in order._over[below.rule] and same))


@pytest.mark.parametrize(("order", "rules"), [(MADE_ORDER, MADE), (ORDER, list(RULES))], ids=["made", "ours"])
def test_one_defect_one_finding(order: Order, rules: list[type[Rule]]) -> None:
    @settings(max_examples=300, deadline=None)
    @given(_findings(rules), st.randoms())
    def check(findings: list[Finding], chance: random.Random) -> None:
        kept = order.resolve(findings)
        assert len(set(kept)) == len(kept)
        assert set(kept) <= set(findings)
        assert not [(a, b) for a in kept for b in kept if a.rule != b.rule and _goes_before(order, a, b)]
        for dropped in set(findings) - set(kept):
            family = order._family[dropped.rule]
            assert any(
                _goes_before(order, other, dropped)
                or (order._family[other.rule] == family and other.target_span == dropped.target_span)
                for other in kept
            ), dropped
        assert order.resolve(kept) == kept
        shuffled = list(findings)
        chance.shuffle(shuffled)
        assert order.resolve(shuffled) == kept

    check()


def test_a_finding_gives_way_to_another_on_a_part_and_not_on_the_whole() -> None:
    def finding(rule: str, code: str, end: int) -> Finding:
        return Finding(rule, code, Severity.MAJOR, "accuracy", "m", Span(0, end))

    suspected, number = finding("suspected-error", "ADQ010", 6), finding("number-mismatch", "NUM001", 4)
    missing, spacing = finding("number-mismatch", "NUM001", 20), finding("spacing", "TYPO006", 4)
    assert ORDER.resolve([suspected, number], 20) == (number,)
    assert set(ORDER.resolve([suspected, missing, spacing], 20)) == {suspected, missing, spacing}


def test_superseding_is_carried_on() -> None:
    def finding(rule: type[Rule]) -> Finding:
        return Finding(rule.name, rule.code, Severity.MINOR, "fluency", "m", Span(0, 4))

    assert [kept.rule for kept in MADE_ORDER.resolve([finding(MADE[2]), finding(MADE[0])])] == ["top"]


@pytest.mark.parametrize("shape", ["apart", "one over all", "nested"])
def test_work_grows_with_the_findings(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def many(count: int) -> list[Finding]:
        rules = [MADE[0], MADE[1], MADE[2], MADE[6]]
        spans = {
            "apart": lambda i: Span(3 * i, 3 * i + 2),
            "one over all": lambda i: Span(0, 3 * count) if i == 0 else Span(3 * i, 3 * i + 2),
            "nested": lambda i: Span(i, 2 * count - i),
        }[shape]
        return [
            Finding(rule.name, rule.code, Severity.MINOR, "fluency", str(i), spans(i), Span(i, i + 1))
            for i in range(count)
            for rule in rules
        ]

    compared = Counter[str]()
    same = inspection._same_defect

    def counted(one: Finding, other: Finding, whole: Span | None) -> bool:
        compared[""] += 1
        return same(one, other, whole)

    monkeypatch.setattr(inspection, "_same_defect", counted)

    def work(count: int) -> int:
        compared.clear()
        MADE_ORDER.resolve(many(count))
        return compared[""] + count

    # Eight times as many: 8 is linear, 64 quadratic.
    assert work(4000) / work(500) < 16
