"""Every rule does what its cases say, and holds its spans for any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtcheck.core.config import Config
from mtcheck.core.context import ArticleContext
from mtcheck.core.languages import known_languages
from mtcheck.core.types import Article, Role, Segment
from mtcheck.engines.inspection import Inspector
from mtcheck.rules.base import RULES, Rule, SegmentRule
from mtcheck.rules.cases import Case, load_cases

CASES = [(rule, case) for rule in RULES for case in load_cases(rule)]


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule.name}: {case.name}" for rule, case in CASES])
def test_case(rule: type[Rule], case: Case) -> None:
    context = case.context
    found = [(position, finding) for position, finding in rule().inspect(context)]
    texts = [(position, finding.target_span.of(context.segments[position].target.value)) for position, finding in found]
    assert sorted(texts) == sorted((expected.index, expected.text) for expected in case.expect)
    if case.fix is not None:
        assert found[0][1].fix is not None
        assert found[0][1].fix.target == case.fix


@pytest.mark.parametrize("rule", list(RULES), ids=lambda rule: rule.name)
def test_rule_is_documented_and_has_cases_of_both_kinds(rule: type[Rule]) -> None:
    cases = load_cases(rule)
    assert [case for case in cases if case.expect]
    assert [case for case in cases if not case.expect]
    doc = rule.__doc__ or ""
    assert "Anti-pattern:" in doc
    assert "Best practice:" in doc
    assert rule.summary().endswith(".")
    assert "/" in rule.mqm or rule.mqm in ("accuracy", "fluency")


_PIECES = st.sampled_from(
    ["– ", "“", "”", '"', "(", ")", "  ", " ,", "..", "the ", "the ", "Published: Just now", "Read more", "1 234,5 ",
     "2:30 p.m. ", "3 miljarder ", "Organization ", "Organisation ", "(HTO) ", "Baltic Trade ", "\n", "\u202e",
     "😀", "e\u0301", "nytt-inrikes-04", "in English called ", "A", "ö", ".", "\x00", "中文", "&quot;", "\u00ad"]
)  # fmt: skip
_TEXTS = st.lists(_PIECES | st.text(max_size=8), max_size=14).map("".join)
_LANGS = st.sampled_from([None, "tlh", *known_languages()])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.none() | _TEXTS, _TEXTS, st.sampled_from(list(Role))), min_size=1, max_size=5), _LANGS, _LANGS
)
def test_any_article_gives_findings_inside_its_texts(
    parts: list[tuple[str | None, str, Role]], source_lang: str | None, target_lang: str | None
) -> None:
    segments = tuple(
        Segment(f"a:{i}", "a", i, target, source, role=role, source_lang=source_lang, target_lang=target_lang)
        for i, (source, target, role) in enumerate(parts)
    )
    inspector = Inspector(Config())
    found = inspector.inspect(Article("a", segments))
    assert len(found) == len(segments)
    for segment, findings in zip(segments, found, strict=True):
        for finding in findings:
            assert 0 <= finding.target_span.start <= finding.target_span.end <= len(segment.target)
            if finding.source_span is not None:
                assert segment.source is not None
                assert 0 <= finding.source_span.start <= finding.source_span.end <= len(segment.source)


@given(st.from_regex(re.compile(r"\w+(?:['’-]\w+)*(?:,? \w+(?:['’-]\w+)*)*[.!?]?"), fullmatch=True))
def test_rules_of_marks_have_nothing_to_say_of_plain_text(text: str) -> None:
    context = ArticleContext(Article("a", (Segment("a:0", "a", 0, text, target_lang="en"),)))
    assert context.segments[0].target.is_plain
    for rule in RULES:
        if issubclass(rule, SegmentRule) and rule.of_marks:
            assert not list(rule().inspect(context))
