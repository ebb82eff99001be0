"""What the tests of renderers share: runs made by hand of any text, rendered into a folder, and the schemas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from test_html import article, summarise

from mtcheck.core.results import ArticleResult, Reason, RuleCard, SegmentResult
from mtcheck.core.types import Finding, Fix, Origin, Role, Severity, Span, Verdict
from mtcheck.renderers.base import RENDERERS, Renderer

SCHEMAS = Path(__file__).parent / "schemas"
VERDICTS = {Severity.CRITICAL: Verdict.BLOCK, Severity.MAJOR: Verdict.REVIEW}
CARD = RuleCard("doubled-dash", "DUP001", Severity.MAJOR, "fluency/typography", False, "A dash twice.", "A dash `– –`.")

_ORIGIN = Origin("wire/a.txt", 1)

# What some reader of some output would obey, were it not made harmless.
_TEETH = (
    "::error::x", "\n::add-mask::the", "##[error]x", "%0A", "%25", ",file=x", "=1+1", "+1", "-1", "@x", "\t", "\r",
    "\n", "'=1", "＝1", "`", "```", "\\", "|", "[a](http://x)", "](", "<b>", "<!--", "-->", "]]>", "&amp;",
    "&#60;", "{{x}}",
    "\x00", "\x1b[31m", "\x85", "\u2028", "\u202e", "\ufffe", "\uffff", "\ufeff", "😀", "– –", '"', "**",
    "# ", "---", ";",
)  # fmt: skip
hostile = st.lists(st.sampled_from(_TEETH) | st.text(max_size=12), max_size=8).map("".join)


def segment(
    target: str,
    flagged: Span | None = None,
    *,
    source: str | None = None,
    message: str = "The dash stands twice.",
    fix: str | None = None,
    severity: Severity = Severity.MAJOR,
    rule: str = "doubled-dash",
    name: str = "a:0",
    of: str = "a",
    origin: Origin = _ORIGIN,
    system: str | None = None,
    findings: int = 1,
) -> SegmentResult:
    """A segment of which `flagged` (all of it, if not given) is found fault with, so many times."""
    found = Finding(
        rule=rule,
        code="DUP001",
        severity=severity,
        mqm="fluency/typography",
        message=message,
        target_span=flagged or Span(0, len(target)),
        source_span=None if source is None else Span(0, len(source)),
        fix=None if fix is None else Fix(fix),
    )
    return SegmentResult(
        id=name, article=of, index=0, role=Role.BODY, system=system, source_lang="sv", target_lang="en",
        source=source, target=target, references=(), pseudo_reference=None, scores={}, findings=(found,) * findings,
        verdict=VERDICTS.get(severity, Verdict.PASS) if findings else Verdict.PASS, origin=origin,
    )  # fmt: skip


def evil(text: str, severity: Severity = Severity.CRITICAL) -> SegmentResult:
    """A segment that has the text wherever one can be."""
    origin = Origin(f"wire/{text or 'x'}", 3, text)
    return segment(
        text, source=text, message=text, fix=text, name=text, of=text, origin=origin, system=text, severity=severity
    )


def render(folder: Path, name: str, *articles: ArticleResult | Sequence[SegmentResult]) -> Renderer:
    """The run as the renderer called so writes it into the folder."""
    results = [one if isinstance(one, ArticleResult) else article(one) for one in articles]
    renderer = RENDERERS.get(name)(folder)
    renderer.start([CARD])
    for one in results:
        renderer.article(one)
    renderer.finish(summarise(results))
    return renderer


def written(folder: Path, name: str, *articles: ArticleResult | Sequence[SegmentResult]) -> str:
    """What is in the file."""
    return render(folder, name, *articles).path.read_text(encoding="utf-8")


def blocked(one: ArticleResult, message: str) -> ArticleResult:
    """The article with one reason."""
    return replace(one, verdict=Verdict.BLOCK, reasons=(Reason("x", 1, 0, Verdict.BLOCK, message),))


def schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]
