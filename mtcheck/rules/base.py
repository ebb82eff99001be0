"""What a rule is. One rule a file; the file's class registers itself.

A rule's name states the bad pattern; its docstring gives the anti-pattern and the best practice;
the YAML file of the same name beside it holds cases that must pass and must fail, which are the
rule's tests and the examples that `mtcheck rules NAME` shows.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar, final

from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.registry import Registry
from mtcheck.core.results import RuleCard
from mtcheck.core.text import shorten
from mtcheck.core.types import Finding, Fix, Severity, Span


class Rule(ABC):
    """Looks at an article and yields findings, each with the index of its segment.

    Class attributes: `name` (the contract), `code` (family letters and a number), `severity` and
    `mqm` (category) of its findings, `needs_source` (skipped, and reported so, where there is none),
    `supersedes` (rules, or whole families, whose finding on the same characters is the same defect seen less
    exactly), `gives_way_to` (those whose finding on a part of the target, that of its own touches, goes before it),
    `of_several` (has nothing to say of an article of one segment, and is not asked).
    """

    name: ClassVar[str]
    code: ClassVar[str]
    severity: ClassVar[Severity]
    mqm: ClassVar[str]
    needs_source: ClassVar[bool] = False
    supersedes: ClassVar[frozenset[str]] = frozenset()
    gives_way_to: ClassVar[frozenset[str]] = frozenset()
    of_several: ClassVar[bool] = False

    @abstractmethod
    def inspect(self, article: ArticleContext) -> Iterable[tuple[int, Finding]]:
        """Findings with the position of their segment in the article."""

    def finding(self, message: str, span: Span, *, source_span: Span | None = None, fix: str | None = None) -> Finding:
        """A finding of this rule; `fix` is the text to put in place of the span, if only one is right."""
        return Finding(
            rule=self.name,
            code=self.code,
            severity=self.severity,
            mqm=self.mqm,
            message=message,
            target_span=span,
            source_span=source_span,
            fix=None if fix is None else Fix(fix),
        )

    @classmethod
    def family(cls) -> str:
        """The letters of the code: DUP, LEAK, TYPO, NUM, NAME, LANG, ADQ, TERM or DOC."""
        return cls.code.rstrip("0123456789")

    @classmethod
    def summary(cls) -> str:
        """The first line of the docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0] if cls.__doc__ else ""

    @classmethod
    def card(cls, severity: Severity | None = None) -> RuleCard:
        """The rule as renderers show it; `severity` is the configured one, if there is any."""
        return RuleCard(
            name=cls.name,
            code=cls.code,
            severity=severity or cls.severity,
            mqm=cls.mqm,
            needs_source=cls.needs_source,
            summary=cls.summary(),
            text=inspect.cleandoc(cls.__doc__ or ""),
        )


class SegmentRule(Rule):
    """A rule that needs one segment at a time. A run asks `check` alone.

    One that would have nothing to say is not asked: one `of_marks` of a translation that is plain (`Text.is_plain`),
    one with `marks` of a translation without any of these characters, one with `of` where this attribute of the
    segment (`SegmentContext`) is empty.
    """

    of_marks: ClassVar[bool] = False
    marks: ClassVar[frozenset[str]] = frozenset()
    of: ClassVar[str] = ""

    @final
    def inspect(self, article: ArticleContext) -> Iterable[tuple[int, Finding]]:
        return [
            (position, finding)
            for position, segment in enumerate(article.segments)
            if segment.source is not None or not self.needs_source
            if not (self.marks and self.marks.isdisjoint(segment.target.chars))
            if not (self.of and not getattr(segment, self.of))
            for finding in self.check(segment)
        ]

    @abstractmethod
    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        """Findings in one segment."""


class ValueRule(SegmentRule):
    """A rule of those values that the translation does not keep (`core.values`)."""

    needs_source = True
    of = "slips"

    def check(self, segment: SegmentContext) -> Iterator[Finding]:
        for slip in segment.slips:
            if slip.rule != self.name:
                continue
            said = slip.target and shorten(slip.target.of(segment.target.value))
            meant = slip.source and segment.source and shorten(slip.source.of(segment.source.value))
            if said is None:
                message = f"{meant} is missing from the translation."
            else:
                message = f"{said} stands for {meant}." if meant else f"{said} is not in the source."
            span = slip.target or Span(0, len(segment.target.value))
            yield self.finding(message, span, source_span=slip.source)


RULES: Registry[Rule] = Registry("mtcheck.rules", "rule")
