"""The house stands: floors, types, style, the registry's contents, and what the command line imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mtcheck.engines.base import ENGINES
from mtcheck.metrics.base import METRICS
from mtcheck.readers.base import READERS
from mtcheck.references.base import REFERENCES
from mtcheck.renderers.base import RENDERERS
from mtcheck.rules.base import RULES

ROOT = Path(__file__).parent.parent

RULE_CODES = {
    "ADQ001": "empty-translation",
    "ADQ002": "truncated-translation",
    "ADQ003": "length-outlier",
    "ADQ004": "omitted-content",
    "ADQ005": "added-content",
    "ADQ006": "detached-translation",
    "ADQ007": "negation-mismatch",
    "ADQ008": "modality-mismatch",
    "ADQ009": "role-swap",
    "ADQ010": "suspected-error",
    "DOC001": "missing-headline",
    "DOC002": "paragraph-mismatch",
    "DOC003": "reordered-content",
    "DUP001": "doubled-dash",
    "DUP002": "doubled-punctuation",
    "DUP003": "duplicated-headline",
    "DUP004": "repeated-word",
    "DUP005": "repeated-phrase",
    "DUP006": "repeated-sentence",
    "DUP007": "repetition-loop",
    "LANG001": "untranslated-segment",
    "LANG002": "untranslated-words",
    "LANG003": "wrong-language",
    "LEAK001": "interface-text",
    "LEAK002": "cms-identifier",
    "LEAK003": "markup-residue",
    "LEAK004": "agency-marker",
    "LEAK005": "model-preamble",
    "LEAK006": "translation-note",
    "LEAK007": "special-token",
    "NAME001": "name-mismatch",
    "NAME002": "acronym-mismatch",
    "NAME003": "inconsistent-name",
    "NUM001": "number-mismatch",
    "NUM002": "magnitude-mismatch",
    "NUM003": "number-format",
    "NUM004": "date-mismatch",
    "NUM005": "time-mismatch",
    "NUM006": "currency-mismatch",
    "NUM007": "unit-mismatch",
    "NUM008": "percent-mismatch",
    "TERM001": "missing-term",
    "TERM002": "forbidden-term",
    "TERM003": "inconsistent-term",
    "TERM004": "inconsistent-spelling",
    "TYPO001": "dialogue-dash",
    "TYPO002": "unbalanced-quotes",
    "TYPO003": "unbalanced-brackets",
    "TYPO004": "foreign-quotes",
    "TYPO005": "end-punctuation",
    "TYPO006": "spacing",
    "TYPO007": "lowercase-start",
    "TYPO008": "mojibake",
    "TYPO009": "invisible-characters",
    "TYPO010": "mixed-script",
}


def test_registries_hold_exactly_what_is_expected() -> None:
    assert {rule.code: rule.name for rule in RULES} == RULE_CODES
    assert METRICS.names() == ["bleu", "chrf", "chrf++", "ter"]
    assert READERS.names() == [
        "csv", "datasets", "html", "jsonl", "newsml-g2", "ninjs", "nitf", "parquet", "po", "text", "tmx", "tsv",
        "xliff",
    ]  # fmt: skip
    assert RENDERERS.names() == [
        "console", "csv", "github", "github-summary", "gitlab", "html", "json", "jsonl", "junit", "markdown", "rdjson",
        "sarif",
    ]  # fmt: skip
    assert REFERENCES.names() == ["comet", "ct2", "firefox", "hf", "metricx", "mini", "sbert"]
    assert ENGINES.names() == ["local", "ray"]


def test_rules_supersede_rules_of_the_catalogue() -> None:
    design = ROOT.parent / "shared" / "design.md"
    if not design.is_file():
        pytest.skip("the design is not there")
    catalogue = design.read_text(encoding="utf-8")
    for rule in RULES:
        # What a model marks is of the models' part of the design.
        assert rule.name in catalogue or rule.name == "suspected-error"
        for other in rule.supersedes:
            assert other in catalogue or other.isupper(), f"{rule.name} supersedes {other}, which is no rule"


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["importlinter.cli"]],
    ids=["style", "format", "types", "floors"],
)
def test_checks_pass(command: list[str]) -> None:
    if command[0] == "importlinter.cli":
        call = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    else:
        call = [sys.executable, "-m", *command]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["rules"], ["check", "--help"], ["compare", "--help"]])
def test_command_line_starts_without_torch(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['mtcheck', *{arguments!r}]\n"
        "from mtcheck.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "heavy = {'torch', 'transformers', 'numpy', 'sentencepiece', 'ray'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
