"""`mtcheck rules` tells the same from a rule's file, its class and its page; hostile cases stay text everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mtcheck.cli import catalogue
from mtcheck.core.types import Severity, Span
from mtcheck.rules.base import RULES, Rule
from mtcheck.rules.cases import Case
from mtcheck.rules.outline import Outline, outlines

DOCS = Path(__file__).parents[2] / "docs" / "rules.md"


def test_outlines_are_what_the_classes_are() -> None:
    assert {outline.name: outline for outline in outlines()} == {
        rule.name: Outline(rule.code, rule.name, str(rule.severity), rule.mqm, rule.needs_source, rule.summary())
        for rule in RULES
    }


@pytest.mark.parametrize("arguments", [["--help"], ["rules"]])
def test_help_and_list_import_nothing_slow(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['mtcheck', *{arguments!r}]\n"
        "from mtcheck.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "slow = {'pydantic', 'yaml', 'sentencex', 'rich.markdown', 'mtcheck.core.languages'} & set(sys.modules)\n"
        "assert not slow, slow\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_page_is_current() -> None:
    text = catalogue.markdown(catalogue.chosen(None))
    assert DOCS.read_text(encoding="utf-8") == text, "run: mtcheck rules --markdown > docs/rules.md"
    for rule in RULES:
        assert f"\n## {rule.name}\n" in text


HOSTILE = "a|b <b>x</b> [y](javascript:1) `z` *w*\n# h\x1b[31m\u202e\u200b ![i](u) &amp; [red]r[/red]"


class Hostile(Rule):
    """A rule of a hostile case.

    Anti-pattern: `a|b`, <script>.
    Best practice: none.
    """

    name = "hostile"
    code = "DUP999"
    severity = Severity.MINOR
    mqm = "fluency"

    def inspect(self, article):  # type: ignore[no-untyped-def]
        for position, segment in enumerate(article.segments):
            if "x" in segment.target.value:
                yield position, self.finding("m", Span(2, 12), fix="<i>|*")


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> type[Rule]:
    cases = [
        Case(name=HOSTILE, source=HOSTILE, target=HOSTILE, source_lang="sv", expect=[{"text": HOSTILE[2:12]}]),
        Case(name="right", target=""),
        Case(name="long", target="y" * 1000),
    ]
    monkeypatch.setattr(catalogue, "load_cases", lambda rule: cases)
    return Hostile


def test_hostile_cases_are_text_in_markdown(hostile: type[Rule]) -> None:
    text = catalogue.markdown([hostile])
    rows = [line for line in text.splitlines() if line.startswith("| <i>")]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 3
    assert set(re.findall(r"<[^>]*>", rows[0])) <= {"<i>", "</i>", "<b>", "</b>", "<br>"}
    assert not set("`*[]\x1b\u202e\u200b!") & set(rows[0])
    assert "\\u200b" in rows[0].replace("&#92;", "\\")
    assert "`a\\|b`" not in text
    assert "&lt;script&gt;" in text


def test_hostile_cases_are_text_at_the_terminal(hostile: type[Rule], capsys: pytest.CaptureFixture[str]) -> None:
    catalogue.explain(hostile)
    shown = capsys.readouterr().out
    assert not set("\x1b\u202e\u200b") & set(shown)
    assert "\\u001b" in shown
    assert "[red]" in shown
    assert "Swedish (sv) → English (en)" in shown
    assert "fix: “<i>|*”" in shown
    assert "y" * 100 not in shown.replace("\n", "")
