"""Segment, Article, Span, Finding, Score, Verdict: what flows through a run.

All are frozen: a reader creates a segment once, and each later station adds a result of its own.
Spans are half-open offsets in Unicode code points of the text as given.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What a segment is in its article."""

    HEADLINE = "headline"
    LEAD = "lead"
    BODY = "body"
    QUOTE = "quote"
    SUBHEAD = "subhead"
    CAPTION = "caption"
    CREDIT = "credit"
    DATELINE = "dateline"
    BYLINE = "byline"
    FACTBOX = "factbox"
    OTHER = "other"


# What is written in sentences; headlines, captions and credits begin and end as they like.
SENTENCE_ROLES = frozenset((Role.BODY, Role.LEAD, Role.QUOTE, Role.OTHER, Role.FACTBOX))


class Severity(StrEnum):
    """MQM's severities (themqm.org), from no penalty to unusable."""

    NEUTRAL = "neutral"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (neutral) to 3 (critical)."""
        return _SEVERITY_ORDER.index(self)


_SEVERITY_ORDER = list(Severity)


class Verdict(StrEnum):
    """Publish, revise, or stop."""

    PASS = "pass"  # noqa: S105 (not a password)
    REVIEW = "review"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 (pass) to 2 (block)."""
        return _VERDICT_ORDER.index(self)


_VERDICT_ORDER = list(Verdict)


class Span(NamedTuple):
    """Half-open offsets `[start, end)` in Unicode code points."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """True if a code point is shared; an empty span overlaps what it lies in or touches."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end

    def of(self, text: str) -> str:
        """The characters of `text` under this span."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a segment came from: the file as named by the user, its 1-based line there, the format's own unit id."""

    file: str
    line: int | None = None
    unit: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return place if self.unit is None else f"{place}, unit {self.unit}"


class Marker(NamedTuple):
    """A remark in the input that findings of these rules (names, codes or families) are accepted, and where it is."""

    rules: tuple[str, ...]
    where: str


class Placement(StrEnum):
    """What the aligner found of a segment beside an equal: nothing on the other side, or another place."""

    OMITTED = "omitted"
    ADDED = "added"
    MOVED = "moved"


class Tag(NamedTuple):
    """An inline tag of a localisation format: its name, its id, and the visible text it spans, which may be none."""

    name: str
    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unit:
    """What a localisation format says of a segment beside its texts.

    `state` is the format's own word; `alternatives` are other translations that it holds (alt-trans, matches).
    """

    state: str | None = None
    notes: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    source_tags: tuple[Tag, ...] = ()
    target_tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One source/translation pair. `source` is None where there is none; languages are BCP 47.

    `desk` is the part of the newsroom that it belongs to, in its own words, and `date` the day of its publication or
    delivery, where the input says so.
    """

    id: str
    article: str
    index: int
    target: str
    source: str | None = None
    references: tuple[str, ...] = ()
    role: Role = Role.OTHER
    system: str | None = None
    source_lang: str | None = None
    target_lang: str | None = None
    origin: Origin = Origin("-")
    suppress: tuple[Marker, ...] = ()
    unit: Unit | None = None
    placement: Placement | None = None
    desk: str | None = None
    date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """Ordered segments that were published together; a loose pair is an article of one.

    `notes` are what a reader or the aligner has to say to the person who reads the report.
    """

    id: str
    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()

    @property
    def system(self) -> str | None:
        return self.segments[0].system if self.segments else None

    @property
    def source_lang(self) -> str | None:
        return self.segments[0].source_lang if self.segments else None

    @property
    def target_lang(self) -> str | None:
        return self.segments[0].target_lang if self.segments else None

    @property
    def desk(self) -> str | None:
        return self.segments[0].desk if self.segments else None

    @property
    def date(self) -> datetime.date | None:
        return self.segments[0].date if self.segments else None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article that is not aligned yet, with its 1-based line."""

    text: str
    role: Role
    line: int
    suppress: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticlePair:
    """A source article and its translation, read apart; the aligner makes it an Article."""

    id: str
    source: tuple[Paragraph, ...]
    target: tuple[Paragraph, ...]
    system: str | None
    source_lang: str | None
    target_lang: str | None
    source_file: str
    target_file: str
    desk: str | None = None
    date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """The text that should stand in place of the finding's target span."""

    target: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault that one rule saw in one segment.

    `mqm` is the MQM category; `fix` is given only where one mend alone is right.
    """

    rule: str
    code: str
    severity: Severity
    mqm: str
    message: str
    target_span: Span
    source_span: Span | None = None
    fix: Fix | None = None


class Edit(NamedTuple):
    """Text to put in place of the characters from `start` to `end` of a translation."""

    start: int
    end: int
    text: str


class TokenValue(NamedTuple):
    """A model's value for one token of the target, with the token's span in it."""

    start: int
    end: int
    value: float


class ErrorSpan(NamedTuple):
    """Characters of the target that a model takes for an error, how grave, and how sure it is of that, 0 to 1."""

    start: int
    end: int
    severity: Severity
    confidence: float


@dataclass(frozen=True, slots=True)
class Score:
    """A number with its direction and the signature that says exactly what was computed.

    `tokens` holds per-token values and `errors` the places that are wrong, where a model gives them, in the order of
    the target.
    """

    value: float
    higher_is_better: bool
    signature: str
    tokens: tuple[TokenValue, ...] | None = None
    errors: tuple[ErrorSpan, ...] | None = None


class Pair(NamedTuple):
    """What a reference model is asked about. `references` are those of people, for models that read them."""

    source: str
    target: str
    source_lang: str
    target_lang: str
    references: tuple[str, ...] = ()


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of several verdicts; pass for none."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.PASS)
