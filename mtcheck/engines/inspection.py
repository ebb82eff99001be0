"""The inspection station: runs the rules over an article and keeps one finding a defect."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from mtcheck.core.config import Config
from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.glossary import NO_GLOSSARY, Glossary
from mtcheck.core.registry import unknown_name
from mtcheck.core.results import RuleCard, SkippedRule
from mtcheck.core.types import Article, Finding, Score, Severity, Span
from mtcheck.rules.base import RULES, Rule, SegmentRule

NO_SOURCE = "no source text"


class Inspector:
    """The rules chosen by the configuration, with its severities."""

    def __init__(self, config: Config, glossary: Glossary = NO_GLOSSARY) -> None:
        self.glossary = glossary
        self.rules = select(config)
        for name in config.severity:
            if name not in RULES.names():
                raise unknown_name("rule", name, RULES.names())
        self._severity: Mapping[str, Severity] = config.severity
        # Rules that look at one segment at a time are asked so: most have nothing to say, and to say it costs as much.
        by_segment = [rule for rule in self.rules if isinstance(rule, SegmentRule)]
        of_articles = [rule for rule in self.rules if not isinstance(rule, SegmentRule)]
        self._of_articles = {
            alone: [rule for rule in of_articles if not (alone and rule.of_several)] for alone in (True, False)
        }
        self._checks = {
            (sourced, plain): _Checks(
                [rule for rule in by_segment if (sourced or not rule.needs_source) and not (plain and rule.of_marks)]
            )
            for sourced in (True, False)
            for plain in (True, False)
        }
        self._order = Order(list(RULES))
        self._without_source: Counter[str] = Counter()

    def inspect(self, article: Article, scores: Sequence[Mapping[str, Score]] = ()) -> list[tuple[Finding, ...]]:
        """The findings of each segment, in order of position, one a defect.

        `scores` are those of each segment, for rules that ask them.
        """
        context = ArticleContext(article, scores, self.glossary)
        found: list[list[Finding]] = [[] for _ in article.segments]
        for rule in self._of_articles[context.alone]:
            for position, finding in rule.inspect(context):
                found[position].append(self._weighed(finding))
        for segment, findings in zip(context.segments, found, strict=True):
            checks = self._checks[segment.source is not None, segment.target.is_plain].of(segment)
            findings += map(self._weighed, chain.from_iterable([check(segment) for check in checks]))
        return [
            self._order.resolve(findings, len(segment.target))
            for findings, segment in zip(found, article.segments, strict=True)
        ]

    def count(self, article: Article) -> None:
        """Remember what rules that need the source could not look at."""
        lacking = sum(1 for segment in article.segments if segment.source is None)
        if lacking:
            self._without_source.update({rule.name: lacking for rule in self.rules if rule.needs_source})

    def _weighed(self, finding: Finding) -> Finding:
        severity = self._severity.get(finding.rule)
        return replace(finding, severity=severity) if severity else finding

    def cards(self) -> list[RuleCard]:
        """The rules that take part, with the severities configured."""
        return [rule.card(self._severity.get(rule.name)) for rule in self.rules]

    def skipped(self) -> list[SkippedRule]:
        """Rules that could not look at some segments, so far."""
        return [SkippedRule(name, NO_SOURCE, count) for name, count in sorted(self._without_source.items())]


class _Checks:
    """What rules of segments ask, by when they need be asked."""

    def __init__(self, rules: Sequence[SegmentRule]) -> None:
        self._always = [rule.check for rule in rules if not (rule.marks or rule.of)]
        self._by_marks = [(rule.marks, rule.check) for rule in rules if rule.marks]
        self._by_part = {
            part: [rule.check for rule in rules if rule.of == part] for part in {r.of for r in rules} - {""}
        }

    def of(self, segment: SegmentContext) -> Sequence[Callable[[SegmentContext], Iterator[Finding]]]:
        """The checks of the rules that can have something to say of a segment."""
        chars, checks = segment.target.chars, self._always.copy()
        for marks, check in self._by_marks:
            if not marks.isdisjoint(chars):
                checks.append(check)
        for part, of_part in self._by_part.items():
            if getattr(segment, part):
                checks += of_part
        return checks


class Order:
    """Which rules' findings go before which: the key under which a finding comes after all that could replace it.

    Superseding is carried on: what supersedes a rule supersedes what that rule supersedes. Of two rules that
    supersede each other the finding of the higher severity stays, then that of the lower code.
    """

    def __init__(self, rules: Sequence[type[Rule]]) -> None:
        under = {rule.name: _members(rule.supersedes, rules) for rule in rules}
        for middle in under:
            for name, below in under.items():
                if middle in below:
                    under[name] = below | under[middle]
        self._family = {rule.name: rule.family() for rule in rules}
        self._before = {
            rule.name: _members(rule.gives_way_to, rules) - {rule.name} for rule in rules if rule.gives_way_to
        }
        self._over = {name: {above for above in under if name in under[above]} - {name} for name in under}
        # What stands strictly above; a rule's own set is larger than that of any rule above it.
        self._depth = {
            name: len(self._over[name] - under[name]) + (len(under) if name in self._before else 0) for name in under
        }

    def resolve(self, findings: Sequence[Finding], length: int | None = None) -> tuple[Finding, ...]:
        """One finding a defect: none is dropped but for one that stays and says the same more exactly.

        `length` is the target's: what is missing marks the whole of it.
        """
        if len(findings) < 2:
            return tuple(findings)
        whole = None if length is None else Span(0, length)
        kept: dict[str, _Kept] = {}
        exact: dict[tuple[str, Span], list[Finding]] = {}
        for finding in sorted(set(findings), key=self._key):
            family = exact.setdefault((self._family[finding.rule], finding.target_span), [])
            over = self._over[finding.rule] & kept.keys()
            if any(other.rule != finding.rule and _same_defect(other, finding, whole) for other in family) or any(
                kept[rule].covers(finding, whole) for rule in over
            ):
                continue
            family.append(finding)
            kept.setdefault(finding.rule, _Kept()).add(finding)
        found = [finding for of_rule in kept.values() for finding in of_rule.findings]
        if self._before.keys() & kept.keys():
            found = [finding for finding in found if not self._gives_way(finding, found, whole)]
        return tuple(sorted(found, key=_place))

    def _gives_way(self, finding: Finding, others: Sequence[Finding], whole: Span | None) -> bool:
        before = self._before.get(finding.rule, frozenset())
        return any(
            other.rule in before and other.target_span != whole and other.target_span.overlaps(finding.target_span)
            for other in others
        )

    def _key(self, finding: Finding) -> tuple[int, int, str, tuple[object, ...]]:
        return self._depth[finding.rule], -finding.severity.rank, finding.code, _place(finding)


class _Kept:
    """Findings of one rule that stay, to be asked whether one of them covers another rule's finding."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._starts: list[int] = []
        self._reach: list[int] = []

    def add(self, finding: Finding) -> None:
        start, end = finding.target_span
        place = bisect_right(self._starts, start)
        self.findings.insert(place, finding)
        self._starts.insert(place, start)
        # The furthest end up to each place, so that a search may stop; findings come in order but for severities.
        self._reach.insert(place, max(end, self._reach[place - 1] if place else end))
        for later in range(place + 1, len(self._reach)):
            if self._reach[later] >= end:
                break
            self._reach[later] = end

    def covers(self, finding: Finding, whole: Span | None) -> bool:
        place = bisect_right(self._starts, finding.target_span.end)
        while place and self._reach[place - 1] >= finding.target_span.start:
            place -= 1
            if self.findings[place].target_span.overlaps(finding.target_span) and _same_defect(
                self.findings[place], finding, whole
            ):
                return True
        return False


def _place(finding: Finding) -> tuple[object, ...]:
    """Reading order, with all that tells findings apart: the same findings come in the same order every time."""
    fix = "" if finding.fix is None else finding.fix.target
    source = finding.source_span or ()
    return finding.target_span, finding.code, source, finding.message, fix, finding.severity.rank


def _same_defect(one: Finding, other: Finding, whole: Span | None) -> bool:
    """False for two parts of the source that are both missing: each finding marks the whole target for its own.

    Nor is what is missing explained by a fault of a part of the target, unless that speaks of the same source.
    """
    if other.source_span is not None and one.source_span is not None:
        return one.target_span != other.target_span or one.source_span.overlaps(other.source_span)
    return other.source_span is None or other.target_span != whole or one.target_span == whole


def _members(words: frozenset[str], rules: Sequence[type[Rule]]) -> frozenset[str]:
    """Names of rules for names and families."""
    return frozenset(rule.name for rule in rules if {rule.name, rule.family()} & words)


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
