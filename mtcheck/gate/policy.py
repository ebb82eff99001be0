"""From findings and scores to verdicts, each with the reasons that decided.

The MQM score follows the MQM scoring model without calibration (themqm.org, "The MQM scoring models"):
100 x (1 - penalty / words), the penalty being the sum of the severities' weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel

from mtcheck.core.config import Conditions, GateConfig, Override, Policy, RegressionPolicy
from mtcheck.core.results import ConditionResult, Reason, SegmentResult
from mtcheck.core.text import count_words
from mtcheck.core.types import Finding, Role, Score, Severity, Verdict, worst
from mtcheck.gate.words import called, rule_words

Least = Severity | Literal["never"]
Scores = Mapping[Role | None, Mapping[str, Score]]
"""The scores of the whole, under None, and of the segments of each role that has a policy of its own."""

_S = TypeVar("_S", bound=BaseModel)


@dataclass(frozen=True)
class Asked:
    """What is asked of the whole, or of the segments of one role."""

    fail_on: Least
    review_on: Least
    article: Policy
    corpus: Policy

    def severity_verdict(self, severity: Severity) -> Verdict:
        """What a finding of this severity asks for."""
        for verdict, least in ((Verdict.BLOCK, self.fail_on), (Verdict.REVIEW, self.review_on)):
            if least != "never" and severity.rank >= least.rank:
                return verdict
        return Verdict.PASS


@dataclass(frozen=True)
class Resolved:
    """The policy for one language pair and system, all overrides applied."""

    whole: Asked
    roles: Mapping[Role, Asked]
    regression: RegressionPolicy
    never: bool
    limits: Mapping[str, frozenset[float]]
    """The limits whose share of segments beyond is asked, by score."""

    def of(self, role: Role | None) -> Asked:
        """What is asked of the role: its own policy, else that of the whole."""
        return self.whole if role is None else self.roles.get(role, self.whole)

    def segment_verdict(self, role: Role, findings: Iterable[Finding]) -> Verdict:
        """Block or review by the worst severity found, else pass."""
        found = worst([self.of(role).severity_verdict(finding.severity) for finding in findings])
        return Verdict.REVIEW if self.never and found is Verdict.BLOCK else found


class Gate:
    """The policy of a run.

    Args:
        config: the policy as written.
        against_baseline: the run is compared with a former one, so that all its findings are new.

    Raises:
        MtcheckError: UNKNOWN_NAME for a word in `max_findings` that is no severity and no rule.
    """

    def __init__(self, config: GateConfig, *, against_baseline: bool = False) -> None:
        self.config = config
        self.against_baseline = against_baseline
        self.rules = _named_rules(config)
        self.of = cache(self._resolve)
        self._conditions: dict[tuple[str, float, Verdict], ConditionResult] = {}

    def account(self, source_lang: str | None, target_lang: str | None, system: str | None) -> Account:
        """An empty account for translations of a language pair and system."""
        return Account(self, self.of(source_lang, target_lang, system))

    def decide(self, checks: Iterable[tuple[str, Check]]) -> tuple[Verdict, tuple[Reason, ...]]:
        """The verdict with every condition that was not met, the worst first; each with the name of what was judged."""
        reasons = []
        for where, check in checks:
            if self.config.fail_on == "never" and check.verdict is Verdict.BLOCK:
                check = check._replace(verdict=Verdict.REVIEW)
            self._note(check, where)
            if check.failed:
                reasons.append(Reason(check.condition, check.value, check.limit, check.verdict, check.message))
        reasons.sort(key=lambda reason: -reason.verdict.rank)
        return worst([reason.verdict for reason in reasons]), tuple(reasons)

    def conditions(self) -> tuple[ConditionResult, ...]:
        """Every condition that was asked so far: how often, how often not met, and the worst place."""
        return tuple(self._conditions.values())

    def unheard(self, names: Collection[str]) -> list[str]:
        """Scores that the policy asks for and that are not among `names`, which nothing has."""
        asked: set[str] = set()
        parts: list[GateConfig | Override] = [self.config, *self.config.overrides]
        for part in parts:
            asked.update(part.regression.scores or (), part.regression.min_drop)
            for policy in (part.article, part.article.review, part.corpus, part.corpus.review):
                asked.update(policy.limit, policy.share_beyond)
        return sorted(asked - set(names))

    def _note(self, check: Check, where: str) -> None:
        key = check.condition, check.limit, check.verdict
        known = self._conditions.get(key)
        if known is None:
            known = ConditionResult(*key, asked=0, failed=0, worst=check.value, where=where, worse_by=check.worse_by)
        known = replace(known, asked=known.asked + 1, failed=known.failed + check.failed)
        if check.worse_by > known.worse_by:
            known = replace(known, worst=check.value, where=where, worse_by=check.worse_by)
        self._conditions[key] = known

    def _resolve(self, source_lang: str | None, target_lang: str | None, system: str | None) -> Resolved:
        fitting = [
            override
            for override in self.config.overrides
            if _speaks(override.source_lang, source_lang)
            and _speaks(override.target_lang, target_lang)
            and (not override.system or system in override.system)
        ]
        merged = self.config
        for override in fitting:
            if not override.role:
                merged = _over(merged, override)
        whole = self._asked(merged, merged.article, merged.corpus)
        roles: dict[Role, Asked] = {}
        for role in Role:
            own = [override for override in fitting if role in override.role]
            if own:
                above, alone = merged, Override()
                for override in own:
                    above, alone = _over(above, override), _over(alone, override)
                # What is asked of whole articles is not asked of a headline.
                roles[role] = self._asked(above, alone.article, alone.corpus)
        never = self.config.fail_on == "never"
        return Resolved(whole, roles, merged.regression, never, _share_limits((whole, *roles.values())))

    def _asked(self, merged: GateConfig, article: Policy, corpus: Policy) -> Asked:
        fail_on: Least = merged.fail_on
        if self.against_baseline:
            fail_on = _stricter(fail_on, merged.regression.fail_on)
        return Asked(fail_on, merged.review_on, article, corpus)


class Check(NamedTuple):
    """One condition asked: it is not met if the value is worse than the limit, by more than nothing."""

    condition: str
    value: float
    limit: float
    verdict: Verdict
    worse_by: float
    message: str

    @property
    def failed(self) -> bool:
        return self.worse_by > 0


class Part:
    """Counts over segments that are judged together. `own` are findings whose severity nobody else judges."""

    def __init__(self) -> None:
        self.segments = 0
        self.words = 0
        self.found: Counter[tuple[str, Severity]] = Counter()
        self.own: Counter[tuple[str, Severity]] = Counter()
        self.scored: Counter[str] = Counter()
        self.beyond: Counter[tuple[str, float]] = Counter()

    def merge(self, other: Part) -> None:
        """Add the counts of another."""
        self.segments += other.segments
        self.words += other.words
        self.found.update(other.found)
        self.own.update(other.own)
        self.scored.update(other.scored)
        self.beyond.update(other.beyond)

    def count(self, rules: frozenset[str] | None, least: Severity | None) -> int:
        """The findings of the rules, or of the severity or worse."""
        return sum(
            count
            for (rule, severity), count in self.found.items()
            if (rules is None or rule in rules) and (least is None or severity.rank >= least.rank)
        )

    def mqm_score(self, weights: Mapping[Severity, float]) -> float:
        """100 without findings; falls by the weighted penalty per 100 words, below 0 if need be."""
        return _mqm_score(sum(weights[severity] * count for (_, severity), count in self.found.items()), self.words)


def _mqm_score(penalty: float, words: int) -> float:
    return 100.0 * (1.0 - penalty / max(words, 1))


def mqm_score(found: Mapping[Severity, int], words: int, weights: Mapping[Severity, float]) -> float:
    """The MQM score of a text of so many words with these findings: 100 without any, below 0 if need be."""
    return _mqm_score(sum(weights[severity] * count for severity, count in found.items()), words)


class Account:
    """What there is to judge of an article, or of a language pair and system: the whole, and roles apart."""

    def __init__(self, gate: Gate, policy: Resolved) -> None:
        self.policy = policy
        self.parts: dict[Role | None, Part] = {None: Part(), **{role: Part() for role in policy.roles}}
        self._gate = gate

    @property
    def whole(self) -> Part:
        return self.parts[None]

    @property
    def mqm_score(self) -> float:
        return self.whole.mqm_score(self._gate.config.weights)

    def add(self, segment: SegmentResult) -> None:
        """Count one segment."""
        words = count_words(segment.target)
        judged_apart = segment.role in self.parts
        for role in (None, segment.role) if judged_apart else (None,):
            part = self.parts[role]
            part.segments += 1
            part.words += words
            found = [(finding.rule, finding.severity) for finding in segment.findings]
            part.found.update(found)
            if role is not None or not judged_apart:
                part.own.update(found)
            for name, limits in self.policy.limits.items():
                score = segment.scores.get(name)
                if score is not None:
                    part.scored[name] += 1
                    part.beyond.update((name, limit) for limit in limits if _worse(score, limit) > 0)

    def merge(self, other: Account) -> None:
        """Add another account of the same policy."""
        for role, part in other.parts.items():
            self.parts[role].merge(part)

    def judge_article(self, scores: Scores, where: str, *, known: bool = False) -> tuple[Verdict, tuple[Reason, ...]]:
        """The verdict on an article. One `known` to the baseline is not asked for absolute scores."""
        absolute = not known or self.policy.regression.keep_limits
        return self._gate.decide((where, check) for check in self._article_checks(scores, absolute))

    def _article_checks(self, scores: Scores, absolute: bool) -> Iterator[Check]:
        for role, part in self.parts.items():
            if part.segments:
                asked = self.policy.of(role)
                prefix, label = ("article", "") if role is None else (f"article.{role}", f" in {role} segments")
                yield from self._severity_checks(part, asked, prefix, label)
                yield from self._checks(part, asked.article, scores.get(role, {}), prefix, label, absolute)

    def corpus_checks(self, scores: Scores, where: str, *, known: bool = False) -> Iterator[Check]:
        """The conditions of a language pair and system as a whole."""
        absolute = not known or self.policy.regression.keep_limits
        for role, part in self.parts.items():
            if part.segments:
                label = f" ({where})" if role is None else f" in {role} segments ({where})"
                prefix = "corpus" if role is None else f"corpus.{role}"
                asked = self.policy.of(role)
                if self._gate.against_baseline:
                    yield from _new_findings(part, asked, prefix, label)
                yield from self._checks(part, asked.corpus, scores.get(role, {}), prefix, label, absolute)

    def _severity_checks(self, part: Part, asked: Asked, prefix: str, label: str) -> Iterator[Check]:
        kind, word = ("new_findings", "new ") if self._gate.against_baseline else ("findings", "")
        counts: Counter[Verdict] = Counter()
        for (_, severity), count in part.own.items():
            counts[asked.severity_verdict(severity)] += count
        for verdict, least in ((Verdict.BLOCK, asked.fail_on), (Verdict.REVIEW, asked.review_on)):
            if least != "never" and not (verdict is Verdict.REVIEW and _covers(asked.fail_on, least)):
                count = counts[verdict]
                faults = f"{word}finding" if count == 1 else f"{word}findings"
                message = f"{count} {faults} of severity {least} or worse{label}"
                yield Check(f"{prefix}.{kind}.{least}", count, 0, verdict, count, message)

    def _checks(
        self, part: Part, policy: Policy, scores: Mapping[str, Score], prefix: str, label: str, absolute: bool
    ) -> Iterator[Check]:
        for conditions, verdict, name in (
            (policy, Verdict.BLOCK, prefix),
            (policy.review, Verdict.REVIEW, f"{prefix}.review"),
        ):
            least_words = conditions.min_words if conditions.min_words is not None else policy.min_words
            if absolute:
                yield from _score_checks(part, conditions, scores, verdict, name, label)
            yield from self._finding_checks(part, conditions, verdict, name, label, part.words >= (least_words or 0))

    def _finding_checks(
        self, part: Part, conditions: Conditions, verdict: Verdict, name: str, label: str, long_enough: bool
    ) -> Iterator[Check]:
        if conditions.min_mqm is not None and long_enough:
            mqm = part.mqm_score(self._gate.config.weights)
            below = conditions.min_mqm - mqm
            message = f"MQM score {mqm:.1f} is below {conditions.min_mqm:g}{label}"
            yield Check(f"{name}.min_mqm", mqm, conditions.min_mqm, verdict, below, message)
        for word, most in conditions.max_findings.items():
            count = part.count(*self._gate.rules[word])
            message = f"{count} findings of {_said(word)}, at most {most} allowed{label}"
            yield Check(f"{name}.max_findings.{word}", count, most, verdict, count - most, message)
        for word, densest in conditions.max_findings_per_1000_words.items() if long_enough else ():
            density = 1000 * part.count(*self._gate.rules[word]) / max(part.words, 1)
            message = f"{density:.1f} findings of {_said(word)} per 1,000 words, at most {densest:g} allowed{label}"
            condition = f"{name}.max_findings_per_1000_words.{word}"
            yield Check(condition, density, densest, verdict, density - densest, message)


def run_checks(verdicts: Mapping[Verdict, int]) -> Iterator[Check]:
    """A run is as bad as its worst article."""
    total = sum(verdicts.values())
    for verdict, name in ((Verdict.BLOCK, "blocked"), (Verdict.REVIEW, "to be reviewed")):
        count = verdicts.get(verdict, 0)
        message = f"{count} of {total} articles {name}"
        yield Check(f"articles.{verdict}", count, 0, verdict, count, message)


def _new_findings(part: Part, asked: Asked, prefix: str, label: str) -> Iterator[Check]:
    """The findings that the baseline has not and that block, by rule."""
    blocking = {key: count for key, count in part.own.items() if asked.severity_verdict(key[1]) is Verdict.BLOCK}
    by_rule: Counter[str] = Counter()
    for (rule, _), found in blocking.items():
        by_rule[rule] += found
    count = by_rule.total()
    listed = ", ".join(
        f"{found} {rule}" for rule, found in sorted(by_rule.items(), key=lambda item: (-item[1], item[0]))
    )
    message = f"{count} new finding{'' if count == 1 else 's'} of severity {asked.fail_on} or worse{label}: {listed}"
    yield Check(f"{prefix}.new_findings.{asked.fail_on}", count, 0, Verdict.BLOCK, count, message)


def _score_checks(
    part: Part, conditions: Conditions, scores: Mapping[str, Score], verdict: Verdict, prefix: str, label: str
) -> Iterator[Check]:
    for name, limit in conditions.limit.items():
        score = scores.get(name)
        if score is not None:
            side = "below" if score.higher_is_better else "above"
            message = f"{name} {score.value:.1f} is {side} {limit:g}{label}"
            yield Check(f"{prefix}.limit.{name}", score.value, limit, verdict, _worse(score, limit), message)
    for name, share in conditions.share_beyond.items():
        score = scores.get(name)
        if score is not None and part.scored[name]:
            found = part.beyond[name, share.limit] / part.scored[name]
            side = "below" if score.higher_is_better else "above"
            message = (
                f"{name} is {side} {share.limit:g} in {found:.1%} of segments, at most {share.most:.1%} allowed{label}"
            )
            yield Check(f"{prefix}.share_beyond.{name}", found, share.most, verdict, found - share.most, message)


def _worse(score: Score, limit: float) -> float:
    """By how much the score is worse than the limit; negative if it is better."""
    return limit - score.value if score.higher_is_better else score.value - limit


def _covers(upper: Least, lower: Least) -> bool:
    """True if every finding of severity `lower` or worse is one of `upper` or worse."""
    return upper != "never" and lower != "never" and upper.rank <= lower.rank


def _stricter(one: Least, other: Least) -> Least:
    if one == "never" or other == "never":
        return other if one == "never" else one
    return min(one, other, key=lambda severity: severity.rank)


def _speaks(tags: Sequence[str], language: str | None) -> bool:
    """True if the language is one of the tags or a variant of one, or none is asked."""
    if not tags:
        return True
    found = (language or "").lower()
    return any(found == tag.lower() or found.startswith(f"{tag.lower()}-") for tag in tags)


def _said(word: str) -> str:
    return f"severity {word} or worse" if word in {*Severity} else word


def _over(base: _S, top: BaseModel) -> _S:
    """`base` with what `top` sets: tables are merged key by key, and None inherits."""
    changed: dict[str, object] = {}
    for name in type(base).model_fields.keys() & type(top).model_fields.keys():
        above, below = getattr(top, name), getattr(base, name)
        if isinstance(above, BaseModel):
            changed[name] = _over(below, above)
        elif isinstance(above, Mapping):
            changed[name] = {**below, **above}
        elif above is not None:
            changed[name] = above
    return base.model_copy(update=changed)


def _share_limits(parts: Iterable[Asked]) -> dict[str, frozenset[float]]:
    limits: dict[str, frozenset[float]] = {}
    for asked in parts:
        for policy in (asked.article, asked.article.review, asked.corpus, asked.corpus.review):
            for name, share in policy.share_beyond.items():
                limits[name] = limits.get(name, frozenset()) | {share.limit}
    return limits


def _named_rules(config: GateConfig) -> dict[str, tuple[frozenset[str] | None, Severity | None]]:
    """What each word in the policy counts: rules, or a severity and worse."""
    known = rule_words()
    words: dict[str, tuple[frozenset[str] | None, Severity | None]] = {}
    for place, policy in (
        ("gate.article", config.article),
        ("gate.corpus", config.corpus),
        *(("gate.overrides", override.article) for override in config.overrides),
        *(("gate.overrides", override.corpus) for override in config.overrides),
    ):
        for conditions in (policy, policy.review):
            for word in (*conditions.max_findings, *conditions.max_findings_per_1000_words):
                if word in {*Severity}:
                    words[word] = None, Severity(word)
                else:
                    words[word] = called(word, place, known), None
    return words
