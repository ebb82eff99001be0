"""What a run yields: the shapes behind `segments.jsonl` and `summary.json`.

The published JSON Schemas are generated from these classes (`mtcheck.core.schemas`), so a field added
here is a field added to the contract.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer

from mtcheck.core.types import Edit, Finding, Origin, Placement, Role, Score, Severity, Unit, Verdict


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition of the policy that decided: which, the value found, the limit set."""

    condition: str
    value: float
    limit: float
    verdict: Verdict
    message: str


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """A condition of the policy over all that it was asked of: how often, how often it was not met, the worst place.

    `worse_by` is how far the worst value lies beyond the limit; it is negative, or 0, where the condition was met.
    """

    condition: str
    limit: float
    verdict: Verdict
    asked: int
    failed: int
    worst: float
    where: str
    worse_by: float


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A score of one language pair and system beside the baseline's, over the segments that both have.

    `drop` is how much worse it is, negative where it is better. `interval` holds 95 % of the bootstrap's differences
    (after minus before); the p-values are two-sided, of the paired bootstrap and of approximate randomisation;
    `p_corrected` is the latter, corrected for the number of tests
    (Holm 1979). `worse` says that the policy counts it as a drop.
    """

    source_lang: str | None
    target_lang: str | None
    system: str | None
    score: str
    segments: int
    before: float
    after: float
    difference: float
    drop: float
    interval: tuple[float, float]
    p_bootstrap: float
    p_randomisation: float
    p_corrected: float
    worse: bool


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """The comparison with a former run: findings that are `new`, `known` from there, or `gone` since, and the scores.

    `unmatched` segments have no counterpart with the same source in the baseline.
    """

    baseline: str
    new: int
    known: int
    gone: int
    matched: int
    unmatched: int
    changes: tuple[ScoreChange, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """One line of `segments.jsonl`. `pseudo_reference` is the reference model's own translation.

    `known` are findings that the baseline has, too; they count for nothing.
    """

    id: str
    article: str
    index: int
    role: Role
    system: str | None
    source_lang: str | None
    target_lang: str | None
    source: str | None
    target: str
    references: tuple[str, ...]
    pseudo_reference: str | None
    scores: Mapping[str, Score]
    findings: tuple[Finding, ...]
    verdict: Verdict
    origin: Origin
    unit: Unit | None = None
    placement: Placement | None = None
    known: tuple[Finding, ...] = ()
    desk: str | None = None
    date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class ArticleResult:
    """An article with its segments' results, its own scores and its verdict.

    `mqm_score` is 100 minus the weighted penalty of its findings per 100 words of the target
    (100 is no finding; it goes below 0 in hopeless cases).
    """

    id: str
    system: str | None
    source_lang: str | None
    target_lang: str | None
    words: int
    scores: Mapping[str, Score]
    mqm_score: float
    verdict: Verdict
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]
    segments: tuple[SegmentResult, ...]
    desk: str | None = None
    date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article as `summary.json` lists it."""

    id: str
    system: str | None
    verdict: Verdict
    mqm_score: float
    segments: int
    words: int
    findings: Mapping[Severity, int]
    scores: Mapping[str, Score]
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]
    desk: str | None = None
    date: datetime.date | None = None


# There may be more than fit into memory; then they are read from disk.
ManyArticles = Annotated[
    Sequence[ArticleSummary],
    PlainSerializer(lambda articles: tuple(articles), return_type=tuple[ArticleSummary, ...]),
]


@dataclass(frozen=True, slots=True)
class CorpusScores:
    """Scores of all segments of one language pair and system. `scored` counts segments behind each."""

    source_lang: str | None
    target_lang: str | None
    system: str | None
    articles: int
    segments: int
    words: int
    mqm_score: float
    scores: Mapping[str, Score]
    scored: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PartOfRun:
    """The articles that have a system, a desk or a date in common; a `value` of None is none stated.

    `mqm_score` is that of all their words. `means` are those of the segments' scores, of which `scored` says how many.
    """

    value: str | None
    articles: int
    segments: int
    words: int
    by_verdict: Mapping[Verdict, int]
    by_severity: Mapping[Severity, int]
    mqm_score: float
    means: Mapping[str, float]
    scored: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The run by what its articles differ in. Dates are in order, other parts by their number of articles.

    Days become months, and months years, where there are more than 62; `unit` says which. At most 100 parts are
    listed, those with most articles; `others` are all the rest together, and what came with a value after the first
    1,000.
    """

    by: Literal["system", "desk", "date"]
    parts: tuple[PartOfRun, ...]
    others: PartOfRun | None = None
    unit: Literal["day", "month", "year"] | None = None


@dataclass(frozen=True, slots=True)
class SkippedRule:
    """A rule that did not look at some segments, and why."""

    rule: str
    reason: str
    segments: int


@dataclass(frozen=True, slots=True)
class SuppressedFindings:
    """Findings of a rule that were accepted, and why. They count for nothing else."""

    rule: str
    reason: str
    findings: int


@dataclass(frozen=True, slots=True)
class UnusedSuppression:
    """A suppression that accepted nothing: where it stands, its word for rules, how many accepted findings it has."""

    where: str
    rule: str
    count: int = 1

    def __str__(self) -> str:
        times = f" ({self.count} times)" if self.count > 1 else ""
        return f"{self.where}: nothing to accept for '{self.rule}'{times}" if self.rule else f"{self.where}{times}"


@dataclass(frozen=True, slots=True)
class FixedCopy:
    """A corrected copy of an input: how many segments differ. Nothing is written where none does."""

    file: str
    copy: str
    segments: int


@dataclass(frozen=True, slots=True)
class FixedSegment:
    """A translation before, and the edits made, in order and apart."""

    origin: Origin
    before: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class RuleCard:
    """What there is to know about a rule that takes part in a run. `text` is Markdown, `summary` its first line."""

    name: str
    code: str
    severity: Severity
    mqm: str
    needs_source: bool
    summary: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What there is to know about a reference model that took part in a run.

    `licence` is an SPDX expression; `languages` None means that the model does not say. `calibration` are points
    (score, share of the translations at that score that people judged bad), where a model is calibrated.
    """

    name: str
    capabilities: tuple[str, ...]
    revision: str
    weight_hash: str
    dtype: str
    device: str
    licence: str
    languages: tuple[str, ...] | None = None
    calibration: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A record or file that could not be read and was passed over, as --lenient asks: where, and the error."""

    where: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a file holds that is nothing to check, and why: how many."""

    file: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, with the SHA-256 of its bytes."""

    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What anyone needs to repeat the run. `clock` and `host` alone differ between equal runs."""

    mtcheck: str
    python: str
    packages: Mapping[str, str]
    rule_set: str
    rules: tuple[str, ...]
    models: tuple[ModelCard, ...]
    config: Mapping[str, Any]
    inputs: tuple[InputFile, ...]
    clock: str
    host: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was checked and what was found."""

    articles: int = 0
    segments: int = 0
    words: int = 0
    findings: int = 0
    by_severity: Mapping[Severity, int] = field(default_factory=dict)
    by_rule: Mapping[str, int] = field(default_factory=dict)
    by_verdict: Mapping[Verdict, int] = field(default_factory=dict)
    refused: int = 0


@dataclass(frozen=True, slots=True)
class ScoreCorrelation:
    """Spearman's rank correlation, -1 to 1, of two scores over the same segments, with its 95 % confidence interval.

    None where it is not defined: a score that is the same everywhere, fewer than four segments.
    """

    scores: tuple[str, str]
    spearman: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class RankedSegment:
    """A segment among those that the same models scored.

    A score's percentile is the share of these that are worse by it, 0 (worst) to 100, equal ones counting half.
    """

    id: str
    article: str
    index: int
    system: str | None
    source: str | None
    target: str
    scores: Mapping[str, float]
    percentiles: Mapping[str, float]
    mean_percentile: float


@dataclass(frozen=True, slots=True)
class ModelAgreement:
    """What several reference models say of the segments of one language pair that they all scored.

    `scores` are those that they judge by, with their signatures. `far_apart` counts the segments of which two models'
    percentiles differ by 50 or more; of these the first are listed that `differ_most`. The `worst` are the first of the
    tenth with the least mean of percentiles, of which `signature` says how it is made. Equal pairs are listed once.
    """

    source_lang: str | None
    target_lang: str | None
    segments: int
    scores: Mapping[str, str]
    signature: str
    correlations: tuple[ScoreCorrelation, ...]
    far_apart: int
    differ_most: tuple[RankedSegment, ...]
    worst: tuple[RankedSegment, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole run: `summary.json`. `notes` are said to the user in the console and the report too.

    `refused` lists the first records that could not be read; `counts.refused` counts all of them. `conditions` are all
    that the policy asked, met or not. `agreement` has something where several models scored the same segments,
    `breakdown` where there is more than one system, desk or date.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    counts: Counts
    corpus: tuple[CorpusScores, ...]
    articles: ManyArticles
    skipped: tuple[SkippedRule, ...]
    notes: tuple[str, ...]
    manifest: Manifest
    suppressed: tuple[SuppressedFindings, ...] = ()
    unused_suppressions: tuple[UnusedSuppression, ...] = ()
    fixed: tuple[FixedCopy, ...] = ()
    refused: tuple[Refused, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    conditions: tuple[ConditionResult, ...] = ()
    baseline: BaselineResult | None = None
    agreement: tuple[ModelAgreement, ...] = ()
    breakdown: tuple[Breakdown, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A corpus score with the interval that holds 95 % of its bootstrap resamples, and its cluster (1 is best).

    Every system of a cluster is significantly better than every system of a later one.
    """

    value: float
    interval: tuple[float, float]
    rank: int
    higher_is_better: bool
    signature: str


@dataclass(frozen=True, slots=True)
class ComparedSystem:
    """A system over the segments that all systems have. `own` segments are all that it has."""

    system: str
    own: int
    words: int
    scores: Mapping[str, Estimate]
    findings: Mapping[Severity, int]
    by_rule: Mapping[str, int]
    mqm_score: float


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two systems by one score: `better` is so by `difference` (positive, whatever the score's direction).

    `interval` holds 95 % of the bootstrap's differences. `accuracy` is the share of pairs of systems that far apart
    on which people agree with the score, where that has been measured; below what people notice it is `too_small`.
    """

    score: str
    better: str
    worse: str
    difference: float
    interval: tuple[float, float]
    p_bootstrap: float
    p_randomisation: float
    significant: bool
    accuracy: float | None
    too_small: bool


@dataclass(frozen=True, slots=True)
class ComparedTranslation:
    """One system's translation of a segment, and its score."""

    system: str
    id: str
    target: str
    value: float


@dataclass(frozen=True, slots=True)
class ComparedSegment:
    """A segment on which systems differ much, by `score`; the best translation first."""

    source: str
    score: str
    spread: float
    translations: tuple[ComparedTranslation, ...]


@dataclass(frozen=True, slots=True)
class ComparedLanguages:
    """All systems of one language pair. `scored` counts the segments behind each score; systems stand best first."""

    source_lang: str | None
    target_lang: str | None
    segments: int
    scored: Mapping[str, int]
    systems: tuple[ComparedSystem, ...]
    pairs: tuple[ComparedPair, ...]
    differ_most: tuple[ComparedSegment, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Systems side by side: `comparison.json`.

    A difference is significant if the p-value of approximate randomisation is at most `p_value`, each pair for
    itself, and its bootstrap interval does not reach 0.
    """

    languages: tuple[ComparedLanguages, ...]
    warnings: tuple[str, ...]
    p_value: float
    resamples: int
    trials: int
    seed: int
    manifest: Manifest
