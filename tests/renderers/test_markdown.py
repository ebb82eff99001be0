"""Markdown: texts are text, and a job summary keeps within what GitHub takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token
from runs import evil, hostile, render, segment, written
from test_html import demo_articles, summarise

import mtcheck
from mtcheck.core.text import visible
from mtcheck.core.types import Severity
from mtcheck.renderers.github_summary import MAX_SIZE
from mtcheck.renderers.markdown import code, literal

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OWN = {
    "heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "inline", "text",
    "code_inline", "strong", "softbreak",
}  # fmt: skip


def tokens_of(page: str) -> list[Token]:
    """All of them, flat; none is of a kind that we do not write."""

    def flat(tokens: list[Token]) -> Iterator[Token]:
        for token in tokens:
            yield token
            yield from flat(token.children or [])

    tokens = list(flat(PARSER.parse(page)))
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= OWN
    return tokens


def test_the_page_of_a_run(corpora: Path, tmp_path: Path) -> None:
    run = mtcheck.check(
        corpora / "sv-en-wire" / "raw.jsonl", output=tmp_path, format="markdown", reference_model="none"
    )
    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    tokens_of(page)
    assert page.startswith("## mtcheck: ✖ BLOCK – do not publish\n")
    for reason in run.summary.reasons:
        assert f"- {literal(reason.message)}\n" in page
    assert "| bleu ↑ |" in page
    assert "**critical " in page
    assert page.index("**critical ") < page.index("**major ")


@given(hostile)
def test_any_text_is_held_and_is_text(text: str) -> None:
    with TemporaryDirectory() as folder:
        page = written(Path(folder), "markdown", [evil(text)])
    spans = [token.content for token in tokens_of(page) if token.type == "code_inline"]
    flat = visible(text).replace("\n", "↵").replace("\t", "⇥")
    assert not text or spans.count(flat) >= 2
    assert page.count("\n## ") == 0


@given(hostile)
def test_code_and_literal_read_back(text: str) -> None:
    flat = visible(text).replace("\n", "↵")
    (inline,) = PARSER.parse(f"x {code(text)} y")[1:2]
    assert [token.content for token in inline.children or []][1] == (flat.replace("\t", "⇥") or " ")
    (_, inline, _) = PARSER.parse(f"x{literal(text)}y")
    assert "".join(token.content for token in inline.children or []) == f"x{flat}y"


def test_a_job_summary_is_added_and_keeps_within_its_size(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = repository / "summary"
    page.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    faults = [segment("Å" * 5000, source="Ö" * 5000, severity=Severity.CRITICAL, findings=100)]
    whole = render(repository, "github-summary", faults)
    assert whole.path == page
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before\n## mtcheck: ✖ BLOCK")
    assert text.count("**critical doubled-dash**") == 100
    page.write_text("x" * (MAX_SIZE - 20_000))
    cut = render(repository, "github-summary", faults)
    assert MAX_SIZE - 20_000 < page.stat().st_size <= MAX_SIZE
    kept = page.read_text(encoding="utf-8").count("**critical doubled-dash**")
    assert 0 < kept < 100
    assert f"the {100 - kept} least severe findings are left out" in cut.remark


def test_outside_of_actions_it_lies_in_the_runs_folder(repository: Path) -> None:
    assert render(repository, "github-summary", *demo_articles()).path == repository / "github-summary.md"


def test_the_demo_has_no_markup_of_its_texts(repository: Path) -> None:
    tokens_of(written(repository, "markdown", *demo_articles()))
    assert summarise(demo_articles()).counts.findings
