"""The HTML report, from runs made by hand: hostile text, all severities, several systems and scripts.

`python tests/renderers/test_html.py FOLDER [SEGMENTS]` writes the demo report, or a large one, to look at.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import (
    ArticleResult,
    ArticleSummary,
    CorpusScores,
    Counts,
    InputFile,
    Manifest,
    ModelCard,
    Reason,
    SegmentResult,
    SkippedRule,
    Summary,
)
from mtcheck.core.types import Finding, Fix, Origin, Role, Score, Severity, Span, Verdict, worst
from mtcheck.engines.breakdown import Breakdowns
from mtcheck.engines.ensemble import Ensemble
from mtcheck.renderers import html
from mtcheck.renderers.base import RENDERERS
from mtcheck.renderers.html import HtmlRenderer, amount, csp_hash, number

CLOCK = "2025-03-01T04:00:00Z"

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> & \u2028\u202e gnp\u0007 \x00"
RULES = {
    "doubled-dash": ("DUP001", Severity.MINOR, "fluency/typography"),
    "interface-text": ("LEAK001", Severity.MAJOR, "fluency/inconsistency"),
    "number-mismatch": ("NUM001", Severity.CRITICAL, "accuracy/mistranslation"),
    "untranslated-words": ("LANG002", Severity.MAJOR, "accuracy/untranslated"),
    "omitted-content": ("ADQ004", Severity.CRITICAL, "accuracy/omission"),
    "foreign-quotes": ("TYPO004", Severity.MINOR, "fluency/typography"),
    "inconsistent-spelling": ("TERM004", Severity.NEUTRAL, "style"),
}
PENALTY = {Severity.NEUTRAL: 0, Severity.MINOR: 1, Severity.MAJOR: 5, Severity.CRITICAL: 25}
VERDICT = {Severity.CRITICAL: Verdict.BLOCK, Severity.MAJOR: Verdict.REVIEW}

# --- a run made by hand


def span(text: str, part: str) -> Span:
    """Where the first `part` stands; an empty one stands at the end."""
    start = text.index(part) if part else len(text)
    return Span(start, start + len(part))


def segment(
    article: str,
    index: int,
    source: str | None,
    target: str,
    *faults: tuple[str, str, str | None, str, str | None],
    role: Role = Role.BODY,
    system: str | None = None,
    langs: tuple[str | None, str | None] = ("sv", "en"),
    references: tuple[str, ...] = (),
    pseudo_reference: str | None = None,
    scores: dict[str, Score] | None = None,
) -> SegmentResult:
    """A segment; each fault is rule, faulty part of the target, part of the source, message and fix."""
    findings = tuple(
        Finding(
            rule,
            *RULES[rule],
            message,
            span(target, part),
            span(source, other) if source and other else None,
            None if fix is None else Fix(fix),
        )
        for rule, part, other, message, fix in faults
    )
    return SegmentResult(
        id=f"{article}:{index}",
        article=article,
        index=index,
        role=role,
        system=system,
        source_lang=langs[0],
        target_lang=langs[1],
        source=source,
        target=target,
        references=references,
        pseudo_reference=pseudo_reference,
        scores=scores or {},
        findings=findings,
        verdict=worst([VERDICT.get(finding.severity, Verdict.PASS) for finding in findings]),
        origin=Origin("wire.jsonl", index + 1),
    )


def article(segments: Sequence[SegmentResult], *notes: str) -> ArticleResult:
    """The segments as an article, judged as their findings are."""
    first = segments[0]
    severities = [finding.severity for one in segments for finding in one.findings]
    words = sum(len(one.target.split()) for one in segments)
    critical = severities.count(Severity.CRITICAL)
    message = f"critical findings: {critical}, where the policy allows none"
    return ArticleResult(
        id=first.article,
        system=first.system,
        source_lang=first.source_lang,
        target_lang=first.target_lang,
        words=words,
        scores=first.scores,
        mqm_score=100 - 100 * sum(PENALTY[severity] for severity in severities) / max(words, 1),
        verdict=worst([one.verdict for one in segments]),
        reasons=(Reason("critical", critical, 0, Verdict.BLOCK, message),) if critical else (),
        notes=notes,
        segments=tuple(segments),
    )


def scores(bleu: float, chrf: float, mini: float) -> dict[str, Score]:
    return {
        "bleu": Score(bleu, True, "nrefs:1|case:mixed|eff:yes|tok:13a|smooth:exp|version:2.6.0"),
        "ter": Score(100 - chrf, False, "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|version:2.6.0"),
        "chrf_pseudo": Score(chrf, True, "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0"),
        "mini": Score(mini, True, "mini:sv-en@1 likelihood, mean log-probability per token"),
    }


def wire(system: str, head: str, lead: str, quote: str, *faults: list[Any], note: str = "") -> ArticleResult:
    """One long article, of which head, lead and quote are this system's own."""
    name = "wire-0007"
    in_head, in_lead, in_quote = faults or ([], [], [])
    lead_source = (
        "Färjan mellan Norrvik och Sandholmen stoppas den 14 mars sedan vinterns stormar skadat kajen, "
        "uppgav rederiet på måndagen."
    )
    human = "The ferry between Norrvik and Sandholmen will stop on 14 March, the operator said."
    machine = "The ferry between Norrvik and Sandholmen is stopped on 14 March, the shipping company stated."
    quote_source = "– Vi har inget annat val, säger hamnkapten Ingrid Falkebo."
    head_source = "Färjelinje läggs ner efter stormskador i hamnen"
    own: list[tuple[Role, str, str, list[Any], dict[str, Score]]] = [
        (Role.HEADLINE, head_source, head, in_head, scores(44.1, 71.2, -0.71)),
        (Role.LEAD, lead_source, lead, in_lead, scores(51.7, 68.0, -1.02)),
        (Role.QUOTE, quote_source, quote, in_quote, scores(22.5, 48.8, -1.9)),
    ]
    start = [
        segment(name, index, source, target, *found, role=role, system=system, scores=values)
        for index, (role, source, target, found, values) in enumerate(own)
    ]
    start[1] = replace(start[1], references=(human,), pseudo_reference=machine)
    clean = [
        segment(
            name,
            index,
            f"Rederiet väntar besked i ärende {index}. " * 4,
            f"The operator awaits word in case {index}. " * 4,
            system=system,
            scores=scores(60 + index, 80 - index, -0.4),
        )
        for index in range(3, 17)
    ]
    photo = "Photo: Maja Lind/Kustbild"
    credit = segment(name, 17, "Foto: Maja Lind/Kustbild", photo, role=Role.CREDIT, system=system)
    return article([*start, *clean, credit], *([note] if note else []))


def demo_articles() -> list[ArticleResult]:
    """Invented wire copy, made wrong on purpose."""
    leak = "Read more: share this article"
    poor = wire(
        "vendor-a",
        "Ferry line to close efter storm damage at harbour",
        f"The ferry between Norrvik and Sandholmen stops on 41 March, the operator said on Monday. {leak}",
        "– – We have no other choice, says harbour master Ingrid Falkebo.",
        [("untranslated-words", "efter", "efter", "“efter” is Swedish: left untranslated", "after")],
        [
            ("number-mismatch", "41 March", "14 mars", "The source says 14, the translation 41", "14 March"),
            ("interface-text", leak, None, "Text of a web page, not of the article", ""),
            ("inconsistent-spelling", "stops on 41", None, "Overlaps another finding", None),
        ],
        [("doubled-dash", "– –", "–", "The dialogue dash is doubled", "–")],
        note="The source has one paragraph more than the translation.",
    )
    good = wire(
        "vendor-b",
        "Ferry line to close after storm damage at harbour",
        "The ferry between Norrvik and Sandholmen will stop on 14 March, the operator said on Monday.",
        "“We have no other choice,” says harbour master Ingrid Falkebo.",
    )
    astral = article(
        [
            segment(
                "fair-12",
                0,
                "😀 Mässan 𝔬̈ppnar med 15 000 besökare och musik.",
                "😀 The 𝔣air opens 😀 with 1 500 visitors\u00a0\u00a0and 👩‍👩‍👧 music.",
                ("foreign-quotes", "𝔣air", None, "After an astral character", None),
                ("number-mismatch", "1 500", "15 000", "15 000 in the source, 1 500 here", "15,000"),
                ("foreign-quotes", "\u00a0\u00a0", None, "Two no-break spaces", " "),
                ("omitted-content", "", None, "“lördag” is missing: only the place can be marked", None),
                system="vendor-b",
                scores=scores(12.3, 33.3, -3.4),
            ),
            segment(
                "fair-12",
                1,
                "Biljetter finns kvar.",
                "",
                ("omitted-content", "", None, "Nothing was translated", None),
                system="vendor-b",
            ),
        ]
    )
    hostile = article(
        [
            segment(
                HOSTILE,
                0,
                HOSTILE,
                HOSTILE,
                ("interface-text", "<img src=x onerror=alert(2)>", None, HOSTILE, HOSTILE),
                system="vendor-b",
                langs=("sv", 'x"><script>'),
                references=(HOSTILE,),
                pseudo_reference=HOSTILE,
            )
        ],
        HOSTILE,
    )
    arabic = article(
        [
            segment(
                "ar-3",
                0,
                "The municipality said on Monday that the harbour will close on 14 March.",
                "أعلنت البلدية يوم الاثنين أن الميناء سيغلق في 41 مارس.",
                ("number-mismatch", "41", "14", "14 became 41", "14"),
                role=Role.LEAD,
                langs=("en", "ar"),
                scores={"mini": Score(-2.5, True, "mini:en-ar@1 likelihood")},
            )
        ]
    )
    bare = article(
        [
            segment(
                "bare-1",
                0,
                None,
                "The council’s budget was passed without debate. " * 30,
                ("inconsistent-spelling", "council’s", None, "“council’s” here, “Council’s” elsewhere", None),
                langs=(None, "en"),
            )
        ]
    )
    return [poor, good, astral, hostile, arabic, bare]


def many_articles(segments: int, size: int = 20) -> Iterator[ArticleResult]:
    """The demo's segments over and over, in articles of `size`."""
    endless = cycle([one for each in demo_articles()[:3] for one in each.segments])
    for place in range(segments // size):
        name = f"batch-{place:05}"
        yield article(
            [
                replace(one, id=f"{name}:{index}", article=name, index=index, system="vendor-a")
                for index, one in enumerate(islice(endless, size))
            ]
        )


def severities_of(result: ArticleResult) -> Counter[Severity]:
    return Counter(finding.severity for one in result.segments for finding in one.findings)


def summarise(articles: Sequence[ArticleResult], clock: str = CLOCK) -> Summary:
    """A summary of the articles, with all that a summary may hold."""
    findings = [finding for one in articles for each in one.segments for finding in each.findings]
    groups: dict[tuple[str | None, str | None, str | None], list[ArticleResult]] = {}
    for one in articles:
        groups.setdefault((one.source_lang, one.target_lang, one.system), []).append(one)
    reasons = (
        Reason("critical_per_article", 2.0, 0, Verdict.BLOCK, "Critical findings; the policy allows none"),
        Reason("chrf_pseudo", 47.25, 50, Verdict.REVIEW, "chrF against the pseudo-reference is too low"),
    )
    ensemble = Ensemble(("mini", "chrf_pseudo"))
    breakdowns = Breakdowns()
    for one in articles:
        ensemble.add(one.segments)
        breakdowns.add(one)
    return Summary(
        agreement=ensemble.agreement(),
        breakdown=breakdowns.results(PENALTY),
        verdict=worst([one.verdict for one in articles]),
        reasons=reasons if findings else (),
        counts=Counts(
            articles=len(articles),
            segments=sum(len(one.segments) for one in articles),
            words=sum(one.words for one in articles),
            findings=len(findings),
            by_severity=Counter(finding.severity for finding in findings),
            by_rule=Counter(finding.rule for finding in findings),
            by_verdict=Counter(one.verdict for one in articles),
        ),
        corpus=tuple(
            CorpusScores(
                *key,
                articles=len(group),
                segments=sum(len(one.segments) for one in group),
                words=sum(one.words for one in group),
                mqm_score=min(one.mqm_score for one in group),
                scores=group[0].scores,
                scored=dict.fromkeys(group[0].scores, 1),
            )
            for key, group in groups.items()
        ),
        articles=tuple(
            ArticleSummary(
                one.id,
                one.system,
                one.verdict,
                one.mqm_score,
                len(one.segments),
                one.words,
                severities_of(one),
                one.scores,
                one.reasons,
                one.notes,
            )
            for one in articles
        ),
        skipped=(
            SkippedRule("number-mismatch", "there is no source", 1),
            SkippedRule("missing-term", "no glossary was given", 43),
        ),
        notes=("The source language of ar-3 was identified as en.", HOSTILE),
        manifest=Manifest(
            mtcheck="0.1.0",
            python="3.11.9",
            packages={"sacrebleu": "2.6.0"},
            rule_set="sha256:0f3a",
            rules=tuple(RULES),
            models=(ModelCard("mini:sv-en", ("likelihood",), "1", "sha256:77aa", "float32", "cpu", "Apache-2.0"),),
            config={"fail_on": "critical", "hostile": HOSTILE},
            inputs=(InputFile("wire.jsonl", "ab" * 32, 12345),),
            clock=clock,
            host="desk-1",
        ),
    )


def render(folder: Path, articles: Sequence[ArticleResult], clock: str = CLOCK) -> str:
    renderer = HtmlRenderer(folder)
    for one in articles:
        renderer.article(one)
    renderer.finish(summarise(articles, clock))
    return (folder / "report.html").read_text(encoding="utf-8")


# --- reading it back


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(tmp_path_factory.mktemp("run"), demo_articles())


def between(page: str, start: str, end: str) -> str:
    return page.partition(start)[2].partition(end)[0]


def blocks(page: str) -> list[str]:
    """The packed data: the index, then the pages."""
    return re.findall(r'<script type="text/plain"[^>]*>([^<]*)</script>', page)


def unpacked(block: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(block, validate=True)))


ROW = ("id", "system", "pair", "verdict", "mqm_score", "place", "size", "words", "scores", "found", "desk", "date")


def data_of(page: str) -> dict[str, Any]:
    """The index, with each article's texts."""
    index, *pages = map(unpacked, blocks(page))
    assert index["pages"] == [len(one) for one in pages]
    texts = [one for each in pages for one in each]
    index["articles"] = [
        dict(zip(ROW, row, strict=True)) | own for row, own in zip(index["articles"], texts, strict=True)
    ]
    for one in index["articles"]:
        one["target_lang"] = index["pairs"][one["pair"]][1]
        one["verdict"] = tuple(Verdict)[one["verdict"]]
    return index  # type: ignore[no-any-return]


def test_is_registered() -> None:
    assert RENDERERS.get("html") is HtmlRenderer


def test_loads_nothing_from_elsewhere(page: str) -> None:
    elements = Elements(page)
    for tag, attributes in elements.found:
        assert tag not in {"img", "iframe", "object", "embed", "base"}
        assert not {"src", "srcset", "style", "action"} & attributes.keys(), f"{tag} {attributes}"
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
    style, script = between(page, "<style>", "</style>"), between(page, "<script>", "</script>")
    assert not re.search(r"@import|url\(", style)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|fetch\(|XMLHttp", script)


def test_policy_allows_this_style_and_this_script_only(page: str) -> None:
    policy = between(page, 'Content-Security-Policy" content="', '"')
    style, script = between(page, "<style>", "</style>"), between(page, "<script>", "</script>")
    assert policy == (
        f"default-src 'none'; style-src '{csp_hash(style)}'; script-src '{csp_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert csp_hash("") == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_hostile_text_stays_text(page: str) -> None:
    elements = Elements(page)
    data = blocks(page)
    assert [tag for tag, _ in elements.found].count("script") == page.count("</script") == 1 + len(data)
    assert "alert(1)" in page
    assert "\\u202e" in page
    assert not re.search("[\u2028\u2029\u202a-\u202e\x00-\x08]", page)


def test_the_data_are_the_results(page: str) -> None:
    data = data_of(page)
    made = {(one.id, one.system): one for one in demo_articles()}
    assert len(data["articles"]) == len(made)
    for shown in data["articles"]:
        given = made[shown["id"], shown["system"]]
        assert shown["mqm_score"] == given.mqm_score
        for one, expected in zip(shown["segments"], given.segments, strict=True):
            assert one["target"] == expected.target
            assert one.get("source") == expected.source
            assert one.get("pseudo_reference") == expected.pseudo_reference
            assert tuple(one.get("references", ())) == expected.references
            assert one.get("target_lang", shown["target_lang"]) == expected.target_lang
            assert [
                (found["rule"], found["severity"], found["message"], tuple(found["target_span"]))
                for found in one.get("findings", [])
            ] == [(found.rule, found.severity, found.message, found.target_span) for found in expected.findings]
            for name, score in expected.scores.items():
                value, kind = one["scores"][name]
                assert value == score.value
                assert data["kinds"][kind] == {
                    "higher_is_better": score.higher_is_better,
                    "signature": score.signature,
                }


def test_articles_come_worst_first(page: str) -> None:
    ranks = [(-one["verdict"].rank, one["mqm_score"]) for one in data_of(page)["articles"]]
    assert ranks == sorted(ranks)


def test_says_the_verdict_without_javascript(page: str) -> None:
    heading = between(page, '<h1 id="verdict-word">', "</h1>")
    assert heading.endswith(" Stop")
    assert "#icon-block" in heading
    assert "Critical findings; the policy allows none" in page
    assert "vs pseudo-reference" in page
    assert "<small>1 of 18</small>" in page, "how many segments are behind a score"
    worst_articles = between(page, "<noscript>", "</noscript>")
    assert worst_articles.index("fair-12") < worst_articles.index("bare-1")


def test_same_input_same_bytes(page: str, tmp_path: Path) -> None:
    assert render(tmp_path, demo_articles()) == page
    later = "2026-01-01T00:00:00Z"
    assert render(tmp_path, demo_articles(), clock=later).replace(later, CLOCK) == page


def test_an_empty_run_has_a_page(tmp_path: Path) -> None:
    page = render(tmp_path, [])
    assert "Nothing was checked" in page
    assert data_of(page)["articles"] == []


def test_a_large_run_keeps_its_worst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "BUDGET", 20_000)
    articles = list(many_articles(2000))
    page = render(tmp_path, articles)
    kept = [one["id"] for one in data_of(page)["articles"]]
    assert 0 < len(kept) < len(articles)
    assert f"{len(articles) - len(kept)} more, none of them worse, are in segments.jsonl" in page
    order = sorted(articles, key=lambda one: (-one.verdict.rank, one.mqm_score))
    assert kept == [one.id for one in order[: len(kept)]]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(MtcheckError) as caught:
        HtmlRenderer(tmp_path).finish(summarise([]))
    assert caught.value.code is Code.CANNOT_WRITE


def test_numbers_have_the_decimals_they_deserve() -> None:
    assert [number(value) for value in (31.24, -1.902, 0.0721)] == ["31.2", "−1.90", "0.072"]
    assert [number(value) for value in (None, float("nan"))] == ["–", "–"]
    assert [amount(value) for value in (3.0, 47.25, 1_200_000)] == ["3", "47.25", "1,200,000"]


def test_says_where_the_verdicts_fall(tmp_path: Path) -> None:
    """By languages and file, the worst first, and in the order of the input."""
    good, bad = demo_articles()[1], demo_articles()[2]
    first, last = (
        replace(
            one,
            target_lang=lang,
            system=system,
            segments=tuple(replace(each, system=system, origin=Origin(file, 1)) for each in one.segments),
        )
        for one, lang, system, file in ((good, "nb", "vendor-good", "mon.jsonl"), (bad, "da", None, "tue.jsonl"))
    )
    page = render(tmp_path, [first] * 20 + [last] * 20)
    for title, worse, better in (
        ("languages", "sv → da", "sv → nb"),
        ("file", "tue.jsonl", "mon.jsonl"),
    ):
        rows = between(page, f"Articles by {title}, worst first", "</table>").split("<tr>")[1:]
        assert [worse in rows[0], "(20 Stop)" in rows[0]] == [True, True]
        assert [better in rows[1], "(20 Publish)" in rows[1]] == [True, True]
    trend = between(page, '<svg class="trend"', "</svg>")
    assert re.findall('rect class="([a-z]+)"', trend) == ["pass"] * 20 + ["block"] * 20


def test_tells_systems_desks_and_dates_apart(tmp_path: Path) -> None:
    good, bad = demo_articles()[1], demo_articles()[2]
    page = render(
        tmp_path,
        [
            replace(good, desk="sports", date=date(2026, 5, 1)),
            replace(bad, desk="<b>business</b>", date=date(2026, 5, 2)),
            replace(good, desk=None, date=date(2026, 5, 3)),
            replace(bad, desk="sports", date=date(2026, 5, 3)),
        ],
    )
    assert '<a href="#breakdown">' in page
    section = between(page, '<section id="breakdown"', "</section>")
    tables = dict(re.findall(r"<caption>([^<]*)</caption>(.*?)</table>", section, re.DOTALL))
    # All are by one system.
    assert list(tables) == ["By desk, worst first", "By date"]
    desks = re.findall(r'<a href="#desk=([^"]*)"><bdi>([^<]*)</bdi>', tables["By desk, worst first"])
    assert desks == [
        ("%3Cb%3Ebusiness%3C%2Fb%3E", "&lt;b&gt;business&lt;/b&gt;"), ("sports", "sports"), ("", "(no desk)"),
    ]  # fmt: skip
    row = between(tables["By date"], "2026-05-03</bdi>", "</tr>")
    # Articles, segments, Stop, Revise, Publish, and of each severity as many as one of the two has.
    assert re.findall(r'<td class="number">([\d,]+)</td>', row)[:5] == ["2", "20", "1", "0", "1"]
    verdicts, means = re.findall(r'<svg class="trend[^>]*aria-label="([^"]*)">(.*?)</svg>', section, re.DOTALL)
    assert "Stop: from 0 % of the articles (2026-05-01) to 100 % (2026-05-02)" in verdicts[0]
    assert re.findall('rect class="([a-z]+)"', verdicts[1]) == ["pass", "block", "block", "pass"]
    assert means[0].startswith("Mean bleu by day, 2026-05-01 to 2026-05-03: from 12.3 (2026-05-02) to ")
    assert len(re.findall("M[^M]*h0", means[1])) == 3


def test_a_run_of_one_kind_has_no_breakdown(tmp_path: Path) -> None:
    page = render(tmp_path, [replace(one, desk="sports", date=date(2026, 5, 1)) for one in demo_articles()[1:3]])
    assert 'id="breakdown"' not in page
    assert 'href="#breakdown"' not in page


def test_a_date_without_a_score_parts_the_line(tmp_path: Path) -> None:
    one = article([segment("a", 0, "Hej", "Hi", scores={"mini": Score(50, True, "mini")})])
    mute = article([segment("b", 0, "Hej", "Hi")])
    days = [replace(each, date=date(2026, 5, 1 + at)) for at, each in enumerate([one, one, mute, one])]
    path = between(between(render(tmp_path, days), '<svg class="trend line"', "</svg>"), '<path d="', '"')
    assert path == "M0.5 50.0L1.5 50.0M3.5 50.0"


def test_many_desks_are_folded_and_what_is_not_listed_said(tmp_path: Path) -> None:
    good, bad = demo_articles()[1], demo_articles()[2]
    page = render(tmp_path, [replace(good, desk=f"d{number}") for number in range(120)] + [replace(bad, desk="worst")])
    section = between(page, '<section id="breakdown"', "</section>")
    shown, rest = section.split("<details>")
    assert shown.count("<bdi>") == 20
    assert "80 more, of those with most articles" in rest
    assert '<th scope="row">all others</th>' in rest


def test_each_rule_has_examples(page: str) -> None:
    shown = between(page, '<dl class="examples">', "</dl>")
    rules = dict(part.split("</a></dt>", 1) for part in re.split(r'<dt><a href="#rule=[^"]*">', shown)[1:])
    assert rules.keys() == RULES.keys()
    assert '<mark class="critical">41 March</mark>, the operator said' in rules["number-mismatch"]
    assert "#at=wire-0007%3A1&amp;by=vendor-a" in rules["number-mismatch"]
    assert "&lt;img src=x onerror=alert(2)&gt;</mark>" in rules["interface-text"]


def test_the_worst_places_need_no_javascript(page: str) -> None:
    places = between(page, "The worst places:", "</noscript>")
    assert '<mark class="critical">1 500</mark>' in places
    assert places.index("critical") < places.index("major") < places.index("minor")


def test_histogram_holds_every_value() -> None:
    shape = html._Histogram(True)
    for value in (-3.5, 0.0, 100.0, 12.5, 12.6, float("inf")):
        shape.add(value)
    assert shape.count == sum(shape.bins.values()) == 5
    assert (shape.low, shape.high) == (-3.5, 100)
    assert max(shape.heights) == 100


def test_shows_where_models_disagree_with_links_to_the_segments(tmp_path: Path) -> None:
    segments = [
        segment("a", at, "Hej", f"Text {at}.", scores=scores(1, chrf, mini), system="vendor-a")
        for at, (chrf, mini) in enumerate([(10, -1), (20, -2), (30, -4), (40, -3), (50, -5), (5, -9)])
    ]
    page = render(tmp_path, [article(segments)])
    section = between(page, '<section id="agreement"', "</section>")
    assert '<a href="#agreement">' in page
    assert "sv → en, 6 segments" in section
    # Ranks of chrF 2 3 4 5 6 1 and of mini 6 5 3 4 2 1: 1 - 6 * (16 + 4 + 1 + 1 + 16 + 0) / (6 * 35).
    assert ">−0.086<" in section
    apart, worst = section.split("The worst by the mean of their ranks")
    assert re.findall(r'href="#at=([^&]+)&amp;by=vendor-a"', apart) == ["a%3A0", "a%3A4"]
    assert re.findall(r'href="#at=([^&]+)&amp;by=vendor-a"', worst) == ["a%3A5"]
    assert "Text 5." in worst


def test_hostile_text_stays_text_where_models_disagree(tmp_path: Path) -> None:
    one = segment(HOSTILE, 0, HOSTILE, HOSTILE, scores=scores(1, 1, -9), system=HOSTILE, langs=("sv", HOSTILE))
    two = segment(HOSTILE, 1, HOSTILE, "x", scores=scores(1, 2, -99), system=HOSTILE, langs=("sv", HOSTILE))
    page = render(tmp_path, [article([one, two])])
    section = between(page, '<section id="agreement"', "</section>")
    assert "two ranks are 50 or more apart in 2" in section
    assert not {tag for tag, _ in Elements(section).found} & {"script", "img"}
    assert "alert(1)" in section


def test_says_nothing_of_disagreement_where_one_model_judged(tmp_path: Path) -> None:
    one = segment("a", 0, "Hej", "Hi.", scores={"mini": Score(50.0, True, "mini")})
    assert "agreement" not in between(render(tmp_path, [article([one])]), "<body>", "<footer")


if __name__ == "__main__":
    run_folder = Path(sys.argv[1])
    run_folder.mkdir(parents=True, exist_ok=True)
    render(run_folder, list(many_articles(int(sys.argv[2]))) if len(sys.argv) > 2 else demo_articles())
