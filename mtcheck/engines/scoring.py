"""The scoring station: metrics and reference models over a batch of articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from mtcheck.core.config import Config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Article, Finding, Pair, Score, Segment
from mtcheck.metrics.base import METRICS, Level, Metric, Statistics, add
from mtcheck.metrics.significance import Array
from mtcheck.metrics.significance import Scorer as ResampledScorer
from mtcheck.references.base import REFERENCES, Capability, Embedder, ReferenceModel

PSEUDO = "_pseudo"
LIKELIHOOD = "likelihood"


@lru_cache(maxsize=256)
def metric_of(name: str, target_lang: str | None) -> Metric:
    """The metric for a language. Raises UNKNOWN_NAME."""
    return METRICS.get(name)(target_lang)


def metric_name(score: str) -> str | None:
    """The metric behind a score's name; None where it is a model's."""
    name = score.removesuffix(PSEUDO)
    return name if name in METRICS.names() else None


def resampled_scorer(score: str, target_lang: str | None) -> ResampledScorer:
    """From sums of the statistics that a sample keeps of a score, to scores."""
    name = metric_name(score)
    return _means if name is None else metric_of(name, target_lang).scores


def _means(statistics: Array) -> Array:
    """A model's score is the mean of its segments', each of which counts once."""
    return np.asarray(statistics[:, 0] / statistics[:, 1])


@dataclass
class Scored:
    """A segment's scores, with the statistics behind those that are metrics."""

    scores: dict[str, Score] = field(default_factory=dict)
    statistics: dict[str, tuple[Statistics, int]] = field(default_factory=dict)
    pseudo_reference: str | None = None


class Examined(NamedTuple):
    """An article with what was found out about each of its segments, before anything is accepted."""

    article: Article
    scored: list[Scored]
    found: list[tuple[Finding, ...]]


class Scorer:
    """The metrics and the reference models that the configuration names."""

    def __init__(self, config: Config) -> None:
        for name in config.metrics:
            METRICS.get(name)
        self._names = config.metrics
        self.models = [load_model(name, config) for name in _model_names(config)]
        self._check_score_names()
        self._unfit: Counter[tuple[str, str]] = Counter()
        self._metric = metric_of

    def score(self, articles: Sequence[Article]) -> list[list[Scored]]:
        """The scores of every segment of every article."""
        segments = [segment for article in articles for segment in article.segments]
        scored = [Scored() for _ in segments]
        self._measure(
            {
                place: references
                for place, segment in enumerate(segments)
                if (references := [reference for reference in segment.references if reference.strip()])
            },
            segments,
            scored,
        )
        for model in self.models:
            self._ask(model, segments, scored)
        remaining = iter(scored)
        return [[next(remaining) for _ in article.segments] for article in articles]

    def count(self, article: Article) -> None:
        """Remember what the models have nothing to say about."""
        for model, segment in product(self.models, article.segments):
            reason = None if segment.source is None else _unfit(model, segment)
            if reason is not None:
                self._unfit[model.card.name, reason] += 1

    def total(self, sums: Mapping[str, Totals], target_lang: str | None) -> dict[str, Score]:
        """Scores of summed segments: metrics of the summed statistics, models' scores as means."""
        return {name: total.score(self._metric, target_lang) for name, total in sums.items()}

    def embedder(self, source_lang: str | None, target_lang: str | None) -> Embedder | None:
        """The first model that has vectors of texts in both languages, if any has."""
        if source_lang is None or target_lang is None:
            return None
        fit = (model for model in self.models if model.unfit(source_lang, target_lang) is None)
        return next((model for model in fit if isinstance(model, Embedder)), None)

    def cards(self) -> list[ModelCard]:
        """The models that take part."""
        return [model.card for model in self.models]

    def notes(self) -> list[str]:
        """What models had nothing to say about, so far."""
        return [
            f"{reason}: no {name} score for {count} segment{'s' if count > 1 else ''}"
            for (name, reason), count in sorted(self._unfit.items())
        ]

    def _check_score_names(self) -> None:
        owners: dict[str, str] = {}
        for model in self.models:
            given = {
                Capability.ESTIMATE: model.estimate_name,
                Capability.LIKELIHOOD: LIKELIHOOD,
                Capability.TRANSLATE: "pseudo-reference",
            }
            for capability in sorted(model.capabilities):
                name = given[capability]
                if name in owners:
                    raise MtcheckError(
                        Code.BAD_CALL,
                        f"{owners[name]} and {model.card.name} would both give '{name}'",
                        where="--reference-model",
                        mend="Choose one of them",
                    )
                owners[name] = model.card.name

    def _measure(
        self,
        references: Mapping[int, Sequence[str]],
        segments: Sequence[Segment],
        scored: Sequence[Scored],
        suffix: str = "",
        note: str = "",
    ) -> None:
        """Score the segments at the places that have references, those of a language together."""
        by_language: dict[str | None, list[int]] = {}
        for place in references:
            by_language.setdefault(segments[place].target_lang, []).append(place)
        for (lang, places), name in product(by_language.items(), self._names):
            metric = self._metric(name, lang)
            targets = [segments[place].target for place in places]
            counted = metric.all_statistics(targets, [references[place] for place in places])
            values = metric.scores(np.array(counted, dtype=np.float64), "segment").tolist()
            signatures = {
                number: metric.signature(number, "segment") + note for number in {len(references[at]) for at in places}
            }
            for place, statistics, value in zip(places, counted, values, strict=True):
                number = len(references[place])
                scored[place].statistics[name + suffix] = statistics, number
                scored[place].scores[name + suffix] = Score(value, metric.higher_is_better, signatures[number])

    def _ask(self, model: ReferenceModel, segments: Sequence[Segment], scored: Sequence[Scored]) -> None:
        asked = [
            position
            for position, segment in enumerate(segments)
            if segment.source is not None and _unfit(model, segment) is None
        ]
        pairs = [_pair(segments[position]) for position in asked]
        if not pairs:
            return
        if Capability.ESTIMATE in model.capabilities:
            for position, score in zip(asked, model.estimate(pairs), strict=True):
                scored[position].scores[model.estimate_name] = score
        if Capability.LIKELIHOOD in model.capabilities:
            for position, score in zip(asked, model.likelihood(pairs), strict=True):
                scored[position].scores[LIKELIHOOD] = score
        if Capability.TRANSLATE in model.capabilities and self._names:
            note = f"|pseudo-reference:{model.card.name}@{model.card.revision}"
            translations = dict(zip(asked, model.translate(pairs), strict=True))
            for position, translation in translations.items():
                scored[position].pseudo_reference = translation
            said = {position: [translation] for position, translation in translations.items() if translation.strip()}
            self._measure(said, segments, scored, PSEUDO, note)


class Totals:
    """Sums of one score over segments."""

    def __init__(self) -> None:
        self.segments = 0
        self._statistics: Statistics | None = None
        self._value = 0.0
        self._references: int | None = 0
        self._first: Score | None = None
        self._name = ""

    def add(self, name: str, scored: Scored) -> None:
        """Take one more segment that has the score."""
        score = scored.scores[name]
        self._name = name
        self.segments += 1
        self._value += score.value
        if name in scored.statistics:
            statistics, references = scored.statistics[name]
            self._statistics = statistics if self._statistics is None else add((self._statistics, statistics))
            if self._first is None:
                self._references = references
            elif self._references != references:
                self._references = None
        self._first = self._first or score

    def score(self, metric_of: Callable[[str, str | None], Metric], target_lang: str | None) -> Score:
        """The score of what was added."""
        assert self._first is not None
        if self._statistics is None:
            mean = self._value / self.segments
            return Score(mean, self._first.higher_is_better, f"{self._first.signature}|mean")
        base, pseudo, _ = self._name.partition(PSEUDO)
        metric = metric_of(base, target_lang)
        level: Level = "corpus"
        note = self._first.signature[self._first.signature.index("|pseudo-reference:") :] if pseudo else ""
        signature = metric.signature(self._references, level) + note
        return Score(metric.score(self._statistics, level), metric.higher_is_better, signature)


def sum_up(scored: Sequence[Scored], sums: dict[str, Totals]) -> dict[str, Totals]:
    """`sums` by score name, with these segments added."""
    for part in scored:
        for name in part.scores:
            sums.setdefault(name, Totals()).add(name, part)
    return sums


def load_model(name: str, config: Config) -> ReferenceModel:
    """The reference model called `family` or `family:id`. Raises UNKNOWN_NAME, MODEL_NOT_FOUND, MODEL_UNUSABLE."""
    family, _, identifier = name.partition(":")
    return REFERENCES.get(family).load(identifier, config.model)


def _model_names(config: Config) -> list[str]:
    """`none` is no model; `auto` is the best that is present without a download."""
    names = [name for name in config.reference_model if name != "none"]
    return ["mini" if name == "auto" else name for name in names]


def _unfit(model: ReferenceModel, segment: Segment) -> str | None:
    """Why the model has nothing to say about the segment's languages; None if it has."""
    if segment.source_lang is None or segment.target_lang is None:
        return f"the languages are not known, which {model.card.name} needs"
    return model.unfit(segment.source_lang, segment.target_lang)


def _pair(segment: Segment) -> Pair:
    return Pair(segment.source or "", segment.target, segment.source_lang or "", segment.target_lang or "")


def by_name(scores: Mapping[str, Score]) -> dict[str, Score]:
    """Scores in the order of their names."""
    return dict(sorted(scores.items()))
