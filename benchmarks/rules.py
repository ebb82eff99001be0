"""Precision and recall of every rule on the sample corpora, and false alarms on human translations.

    python -m benchmarks.rules [--data ../shared/data] [--output reports/rules.md] [--show RULE|all]

The corpora in `corpora/` are labelled; a finding is right if it overlaps a label of its rule, a label is
found if a finding of its rule overlaps it. The revised or clean part of each corpus has no faults, so
every finding there is a false alarm. FLORES-200 dev (human translations, not in the repository) is taken the
same way where `--data` has it: source against the human English reference, 997 sentences a language.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import mtcheck
from mtcheck.core.results import SegmentResult
from mtcheck.core.types import Span
from mtcheck.rules.base import RULES

CORPORA = Path(__file__).parent.parent / "corpora"


def main() -> None:
    """Measure, print what was asked for, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("reports/rules.md"))
    parser.add_argument("--show", default="", help="print misses and false alarms of a rule, or of all")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for folder in sorted(CORPORA.iterdir()):
        if (folder / "labels.json").is_file():
            _labelled(folder, counts, options.show)
            for state in ("revised.jsonl", "clean.jsonl"):
                if (folder / state).is_file():
                    _clean(_segments(str(folder / state)), counts, "clean", options.show)
    human = 0
    for source, reference in _flores(options.data):
        pair = source.parent.name.split(".")[1]
        texts = zip(_lines(source), _lines(reference), strict=True)
        records = [
            {
                "id": f"{pair}:{n}",
                "source": s,
                "target": t,
                "source_lang": pair.split("-")[0],
                "target_lang": "en",
            }
            for n, (s, t) in enumerate(texts)
        ]
        human += len(records)
        _clean(mtcheck.check(records=records, reference_model="none").segments, counts, "human", options.show)
    options.output.write_text(_report(counts, human), encoding="utf-8")
    sys.stdout.write(_report(counts, human))


def _segments(*files: str) -> tuple[SegmentResult, ...]:
    glossary = [file for file in (Path(files[0]).parent / "glossary.toml",) if file.is_file()]
    return mtcheck.check(list(files), reference_model="none", glossary=glossary).segments


def _labelled(folder: Path, counts: dict[str, Counter[str]], show: str) -> None:
    labels: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for label in json.loads((folder / "labels.json").read_text(encoding="utf-8")):
        labels[label["article"], label["index"]].append(label)
    for segment in _segments(str(folder / "raw.jsonl")):
        here = labels[segment.article, segment.index]
        for finding in segment.findings:
            right = any(
                label["rule"] == finding.rule and Span(*label["span"]).overlaps(finding.target_span) for label in here
            )
            counts[finding.rule]["right" if right else "wrong"] += 1
            if not right:
                _show(show, finding.rule, "FALSE ALARM", segment, finding.target_span)
        for label in here:
            found = any(
                label["rule"] == finding.rule and Span(*label["span"]).overlaps(finding.target_span)
                for finding in segment.findings
            )
            counts[label["rule"]]["found" if found else "missed"] += 1
            if not found:
                _show(show, label["rule"], "MISSED", segment, Span(*label["span"]))


def _clean(segments: Iterable[SegmentResult], counts: dict[str, Counter[str]], key: str, show: str) -> None:
    for segment in segments:
        for finding in segment.findings:
            counts[finding.rule][key] += 1
            _show(show, finding.rule, f"FALSE ALARM ({key})", segment, finding.target_span)


def _show(wanted: str, rule: str, what: str, segment: SegmentResult, span: Span) -> None:
    if wanted in ("all", rule):
        sys.stderr.write(
            f"{what} {rule} {segment.id} [{span.of(segment.target)!r}]\n  {segment.source}\n  {segment.target}\n"
        )


def _flores(data: Path) -> Iterator[tuple[Path, Path]]:
    for folder in sorted(data.glob("flores-dev.*-en")):
        yield next(folder.glob("source.*")), folder / "reference.en"


def _lines(file: Path) -> list[str]:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return raw.decode("utf-8").split("\n")[:-1]


def _report(counts: dict[str, Counter[str]], human: int) -> str:
    rows = [
        "# Precision and recall of the rules",
        "",
        "Made by `python -m benchmarks.rules`; see `benchmarks/rules.py` for what counts as right and found.",
        "Labelled: the raw articles of `corpora/`. Clean: findings on its revised and clean articles, all of them",
        f"false alarms. Human: findings on {human:,} human translations of FLORES-200 dev (16 languages into English),",
        "which are faults of that text at most; the numbers among them are mostly its translators' own slips.",
        "",
        "The rules were mended on what these corpora showed, so recall and precision here are not those of unseen",
        "text. For that see the first contact figures in `corpora/unseen-wire/CARD.md`: recall 0.87, precision 0.99.",
        "",
        "| rule | labels | found | recall | findings | right | precision | clean | human |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for rule in sorted(RULES, key=lambda rule: (rule.family(), rule.code)):
        c = counts[rule.name]
        labels, findings = c["found"] + c["missed"], c["right"] + c["wrong"]
        recall = f"{c['found'] / labels:.2f}" if labels else "–"
        precision = f"{c['right'] / findings:.2f}" if findings else "–"
        rows.append(
            f"| {rule.name} | {labels} | {c['found']} | {recall} | {findings} | {c['right']} | {precision} "
            f"| {c['clean']} | {c['human']} |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
