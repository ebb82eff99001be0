"""The inspection station: runs the rules over an article and keeps one finding a defect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mtcheck.core.config import Config
from mtcheck.core.context import ArticleContext
from mtcheck.core.glossary import NO_GLOSSARY, Glossary
from mtcheck.core.registry import unknown_name
from mtcheck.core.results import SkippedRule
from mtcheck.core.types import Article, Finding, Score, Severity
from mtcheck.rules.base import RULES, Rule

NO_SOURCE = "no source text"


class Inspector:
    """The rules chosen by the configuration, with its severities."""

    def __init__(self, config: Config, glossary: Glossary = NO_GLOSSARY) -> None:
        self._glossary = glossary
        self.rules = select(config)
        for name in config.severity:
            if name not in RULES.names():
                raise unknown_name("rule", name, RULES.names())
        self._severity: Mapping[str, Severity] = config.severity
        self._supersedes = {rule.name: rule.supersedes for rule in self.rules}
        self._without_source: Counter[str] = Counter()

    def inspect(self, article: Article, scores: Sequence[Mapping[str, Score]] = ()) -> list[tuple[Finding, ...]]:
        """The findings of each segment, in order of position, one a defect.

        `scores` are those of each segment, for rules that ask them.
        """
        context = ArticleContext(article, scores, self._glossary)
        found: list[list[Finding]] = [[] for _ in article.segments]
        lacking = sum(1 for segment in context.segments if segment.source is None)
        for rule in self.rules:
            if rule.needs_source and lacking:
                self._without_source[rule.name] += lacking
            for position, finding in rule.inspect(context):
                severity = self._severity.get(finding.rule)
                found[position].append(replace(finding, severity=severity) if severity else finding)
        return [self._resolve(findings) for findings in found]

    def skipped(self) -> list[SkippedRule]:
        """Rules that could not look at some segments, so far."""
        return [SkippedRule(name, NO_SOURCE, count) for name, count in sorted(self._without_source.items())]

    def _resolve(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Drop findings that another, more specific one already says of the same characters."""
        kept = [
            finding
            for finding in findings
            if not any(
                finding.rule in self._supersedes[other.rule] and finding.target_span.overlaps(other.target_span)
                for other in findings
            )
        ]
        return tuple(sorted(set(kept), key=lambda finding: (finding.target_span, finding.code)))


def select(config: Config) -> list[Rule]:
    """Rules by `select` and `ignore`: names, codes or families. Raises UNKNOWN_NAME."""
    rules = sorted(RULES, key=lambda rule: rule.code)
    known = {word for rule in rules for word in (rule.name, rule.code, rule.family())}
    for word in (*config.select, *config.ignore):
        if word not in known:
            raise unknown_name("rule", word, sorted(known))

    def named(rule: type[Rule], words: Sequence[str]) -> bool:
        return bool({rule.name, rule.code, rule.family()} & set(words))

    return [
        rule() for rule in rules if (not config.select or named(rule, config.select)) and not named(rule, config.ignore)
    ]
