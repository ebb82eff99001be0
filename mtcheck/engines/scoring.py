"""The scoring station: metrics and reference models over a batch of articles."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from mtcheck.references.base import REFERENCES, Capability, Embedder, ReferenceModel, References
from mtcheck.references.cache import Cache, CachedModel

PSEUDO = "_pseudo"
LIKELIHOOD = "likelihood"
CHRF = "chrf"


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


def segments_of(articles: Sequence[Article]) -> list[Segment]:
    """The segments of all articles, in order."""
    return [segment for article in articles for segment in article.segments]


class Meter:
    """The metrics, which need no models.

    Args:
        names: the metrics. Raises UNKNOWN_NAME.
        note: what the signature of a score against a pseudo-reference says of the model that made it.
    """

    def __init__(self, names: Sequence[str], note: str = "") -> None:
        for name in names:
            METRICS.get(name)
        self._names = names
        self._note = note

    def measure(self, segments: Sequence[Segment], scored: Sequence[Scored]) -> None:
        """Add to what models said of each segment its scores against the references and the pseudo-reference."""
        answers = [part.scores for part in scored]
        for part in scored:
            part.scores = {}
        given = enumerate(map(_references, segments))
        self._measure({place: references for place, references in given if references}, segments, scored)
        for part, answer in zip(scored, answers, strict=True):
            part.scores |= answer
        made = enumerate(part.pseudo_reference for part in scored)
        pseudo = {place: [translation] for place, translation in made if translation and translation.strip()}
        self._measure(pseudo, segments, scored, PSEUDO, self._note)

    def _measure(
        self,
        references: Mapping[int, Sequence[str]],
        segments: Sequence[Segment],
        scored: Sequence[Scored],
        suffix: str = "",
        note: str = "",
    ) -> None:
        """Score the segments at the places that have references, those of a language together, equal ones once."""
        by_language: dict[str | None, dict[tuple[str, ...], list[int]]] = {}
        for place, texts in references.items():
            segment = segments[place]
            by_language.setdefault(segment.target_lang, {}).setdefault((segment.target, *texts), []).append(place)
        for (lang, places), name in product(by_language.items(), self._names):
            metric = metric_of(name, lang)
            counted = metric.all_statistics([target for target, *_ in places], [texts for _, *texts in places])
            values = metric.scores(np.array(counted, dtype=np.float64), "segment").tolist()
            signatures = {
                number: metric.signature(number, "segment") + note for number in {len(texts) - 1 for texts in places}
            }
            for (texts, at), statistics, value in zip(places.items(), counted, values, strict=True):
                number = len(texts) - 1
                for place in at:
                    scored[place].statistics[name + suffix] = statistics, number
                    scored[place].scores[name + suffix] = Score(value, metric.higher_is_better, signatures[number])


@dataclass
class Answer:
    """What a model says of a pair; empty until it has been asked."""

    scores: dict[str, Score] = field(default_factory=dict)
    translation: str | None = None


# Pairs whose answers are kept, of each model: what comes again in a delivery mostly comes soon.
_REMEMBERED = 1 << 12


class _Asked:
    """One model, and its answers to the pairs that came last, so that it is not asked the same again."""

    def __init__(self, model: ReferenceModel, cache: Cache, *, translates: bool) -> None:
        self.model = model
        self._cached = CachedModel(model, cache)
        self._translates = translates
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()

    def ask(self, pairs: Sequence[Pair]) -> list[Answer]:
        """What the model says of each pair now."""
        answers = [Answer() for _ in pairs]
        if pairs and Capability.ESTIMATE in self.model.capabilities:
            for answer, score in zip(answers, self._cached.estimate(pairs), strict=True):
                answer.scores[self.model.estimate_name] = score
        if pairs and Capability.LIKELIHOOD in self.model.capabilities:
            for answer, score in zip(answers, self._cached.likelihood(pairs), strict=True):
                answer.scores[LIKELIHOOD] = score
        if pairs and self._translates:
            for answer, translation in zip(answers, self._cached.translate(pairs), strict=True):
                answer.translation = translation
        return answers

    def known(self, pair: Pair) -> Answer | None:
        """The answer to a pair, if it is remembered."""
        return self._answers.get(_digest(pair))

    def remember(self, answers: Mapping[Pair, Answer]) -> None:
        """Keep the answers to pairs that differ, and forget those that were not asked for longest."""
        for pair, answer in answers.items():
            digest = _digest(pair)
            self._answers[digest] = answer
            self._answers.move_to_end(digest)
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)

    def own(self, scored: Scored) -> Answer:
        """What of a segment's scores the model said."""
        given = {Capability.ESTIMATE: self.model.estimate_name, Capability.LIKELIHOOD: LIKELIHOOD}
        can = self.model.capabilities
        scores = {name: scored.scores[name] for capability, name in given.items() if capability in can}
        return Answer(scores, scored.pseudo_reference if self._translates else None)


class Questions:
    """What models are asked about a batch. Answers that an earlier batch waits for are shared with it.

    `pairs` are, of each model, those that it has not been asked lately.
    """

    def __init__(self, segments: Sequence[Segment], asked: Sequence[_Asked]) -> None:
        self._segments = len(segments)
        self._places = [_fit(one.model, segments) for one in asked]
        found = [{pair: one.known(pair) for pair in of} for one, of in zip(asked, self._places, strict=True)]
        self.pairs = [[pair for pair, answer in known.items() if answer is None] for known in found]
        self._answers = [{pair: answer or Answer() for pair, answer in known.items()} for known in found]
        for one, answers in zip(asked, self._answers, strict=True):
            one.remember(answers)

    def answered(self, said: Sequence[Sequence[Answer]]) -> list[Scored]:
        """What the models say of each segment, `said` being their answers to `pairs`; earlier batches come first."""
        scored = [Scored() for _ in range(self._segments)]
        for places, answers, pairs, given in zip(self._places, self._answers, self.pairs, said, strict=True):
            for pair, now in zip(pairs, given, strict=True):
                answers[pair].scores, answers[pair].translation = now.scores, now.translation
            for pair, answer in answers.items():
                for place in places[pair]:
                    scored[place].scores |= answer.scores
                    if answer.translation is not None:
                        scored[place].pseudo_reference = answer.translation
        return scored


class Scorer:
    """The metrics and the reference models that the configuration names."""

    def __init__(self, config: Config) -> None:
        self.models = [load_model(name, config) for name in _model_names(config)]
        translators = [model for model in self.models if _translates(model, config)]
        self._check_score_names(translators)
        self.note = "".join(f"|pseudo-reference:{model.card.name}@{model.card.revision}" for model in translators)
        self._metrics = config.metrics
        self.meter = Meter(config.metrics, self.note)
        self.cache = Cache(config.cache)
        self._asked = [_Asked(model, self.cache, translates=model in translators) for model in self.models]
        self._cards = [model.card for model in self.models]
        self._device = config.model.device
        self._unfit: Counter[tuple[str, str]] = Counter()

    def ask(self, segments: Sequence[Segment]) -> list[Scored]:
        """What the models say of each segment; of equal pairs once."""
        questions = self.questions(segments)
        return questions.answered(self.answer(questions.pairs))

    def questions(self, segments: Sequence[Segment]) -> Questions:
        """What the models are to be asked about the next batch."""
        return Questions(segments, self._asked)

    def answer(self, pairs: Sequence[Sequence[Pair]]) -> list[list[Answer]]:
        """What each model says of the pairs that are for it."""
        return [asked.ask(some) for asked, some in zip(self._asked, pairs, strict=True)]

    def remember(self, segments: Sequence[Segment], scored: Sequence[Scored]) -> None:
        """Take over answers that models gave to a batch: afterwards it is as if they had been asked now."""
        for asked in self._asked:
            places = _fit(asked.model, segments)
            asked.remember({pair: asked.own(scored[at[0]]) for pair, at in places.items()})

    def count(self, article: Article) -> None:
        """Remember what the models have nothing to say about."""
        for model, segment in product(self.models, article.segments):
            reason = None if segment.source is None else _unfit(model, segment)
            if reason is not None:
                self._unfit[model.card.name, reason] += 1

    def total(self, sums: Mapping[str, Totals], target_lang: str | None) -> dict[str, Score]:
        """Scores of summed segments: metrics of the summed statistics, models' scores as means."""
        return {name: total.score(metric_of, target_lang) for name, total in sums.items()}

    def embedder(self, source_lang: str | None, target_lang: str | None) -> Embedder | None:
        """The first model that has vectors of texts in both languages, if any has."""
        if source_lang is None or target_lang is None:
            return None
        fit = (model for model in self.models if model.unfit(source_lang, target_lang) is None)
        return next((model for model in fit if isinstance(model, Embedder)), None)

    def voices(self) -> list[str]:
        """Of each model the score that it judges by: its estimate, else its likelihood.

        Of one that can but translate, chrF against its translation: BLEU and TER are for more than a sentence.
        """
        found = []
        for model in self.models:
            given = {
                Capability.ESTIMATE: model.estimate_name,
                Capability.LIKELIHOOD: LIKELIHOOD,
                Capability.TRANSLATE: CHRF + PSEUDO,
            }
            found.append(next(name for capability, name in given.items() if capability in model.capabilities))
        return [name for name in found if name != CHRF + PSEUDO or CHRF in self._metrics]

    def cards(self) -> list[ModelCard]:
        """The models that take part."""
        return self._cards

    def run_elsewhere(self, cards: Sequence[Sequence[ModelCard]]) -> None:
        """Say of the models what each of some other processes, which are asked in place of this one, says of its own.

        Raises MODEL_UNUSABLE if they are others than this process has, or run on different devices.
        """
        for own, *others in zip(self._cards, *cards, strict=True):
            expected = replace(own, device=others[0].device, dtype=others[0].dtype)
            for other in others:
                if other != expected:
                    raise MtcheckError(
                        Code.MODEL_UNUSABLE,
                        f"one machine has revision {expected.revision} (weights {expected.weight_hash[:12]}) on the "
                        f"{expected.device}, another {other.revision} ({other.weight_hash[:12]}) on the {other.device}",
                        where=own.name,
                        mend="Install the same mtcheck and the same models on all, or set model.device to cpu",
                    )
        self._cards = list(cards[0])

    def notes(self) -> list[str]:
        """Which models do not run where they should, and what models had nothing to say about, so far."""
        absent = [
            f"There is no {self._device} for {card.name} here: it runs on the {card.device}"
            for card in self._cards
            if self._device != "auto" and self._device.partition(":")[0] != card.device.partition(":")[0]
        ]
        return absent + [
            f"{reason}: no {name} score for {count} segment{'s' if count > 1 else ''}"
            for (name, reason), count in sorted(self._unfit.items())
        ]

    def _check_score_names(self, translators: Sequence[ReferenceModel]) -> None:
        owners: dict[str, str] = {}
        for model in self.models:
            given = {
                Capability.ESTIMATE: model.estimate_name,
                Capability.LIKELIHOOD: LIKELIHOOD,
                Capability.TRANSLATE: "pseudo-reference",
            }
            for capability in sorted(model.capabilities):
                if capability is Capability.TRANSLATE and model not in translators:
                    continue
                name = given[capability]
                if name in owners:
                    raise MtcheckError(
                        Code.BAD_CALL,
                        f"{owners[name]} and {model.card.name} would both give '{name}'",
                        where="--reference-model",
                        mend="Choose one of them",
                    )
                owners[name] = model.card.name


class Totals:
    """Sums of one score over segments."""

    def __init__(self) -> None:
        self.segments = 0
        self._statistics: Statistics | None = None
        self._value = 0.0
        self._references: int | None = 0
        self._first: Score | None = None
        self._signature = ""
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
        self._signature = _common(self._signature, score.signature) if self._first else score.signature
        self._first = self._first or score

    def score(self, metric_of: Callable[[str, str | None], Metric], target_lang: str | None) -> Score:
        """The score of what was added."""
        assert self._first is not None
        if self._statistics is None:
            mean = self._value / self.segments
            return Score(mean, self._first.higher_is_better, sys.intern(f"{self._signature}|mean"))
        base, pseudo, _ = self._name.partition(PSEUDO)
        metric = metric_of(base, target_lang)
        level: Level = "corpus"
        note = self._first.signature[self._first.signature.index("|pseudo-reference:") :] if pseudo else ""
        # Every article of a run keeps its own.
        signature = sys.intern(metric.signature(self._references, level) + note)
        return Score(metric.score(self._statistics, level), metric.higher_is_better, signature)


def _common(one: str, other: str) -> str:
    """What two signatures of a model have in common; where a part differs it says `mixed`."""
    if one == other:
        return one
    parts = zip(one.split("|"), other.split("|"), strict=False)
    return "|".join(part if part == its else f"{part.partition(':')[0]}:mixed" for part, its in parts)


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


def _translates(model: ReferenceModel, config: Config) -> bool:
    """Whether the model is asked for a translation of its own."""
    alone = model.capabilities == {Capability.TRANSLATE}
    return bool(config.metrics) and Capability.TRANSLATE in model.capabilities and (config.model.translate or alone)


def _model_names(config: Config) -> list[str]:
    """`none` is no model; `auto` is the best that is present without a download."""
    names = [name for name in config.reference_model if name != "none"]
    return ["mini" if name == "auto" else name for name in names]


def _unfit(model: ReferenceModel, segment: Segment) -> str | None:
    """Why the model has nothing to say about the segment; None if it has."""
    if segment.source_lang is None or segment.target_lang is None:
        return f"the languages are not known, which {model.card.name} needs"
    if model.references is References.NEEDED and not _references(segment):
        return f"there is no human reference, which {model.card.name} needs"
    return model.unfit(segment.source_lang, segment.target_lang)


def _fit(model: ReferenceModel, segments: Sequence[Segment]) -> dict[Pair, list[int]]:
    """The pairs that the model has something to say about, each with the places where it stands."""
    places: dict[Pair, list[int]] = {}
    for place, segment in enumerate(segments):
        if segment.source is not None and _unfit(model, segment) is None:
            places.setdefault(_pair(model, segment), []).append(place)
    return places


def _digest(pair: Pair) -> bytes:
    return hashlib.blake2b(repr(pair).encode("utf-8", "backslashreplace"), digest_size=16).digest()


def _pair(model: ReferenceModel, segment: Segment) -> Pair:
    references = () if model.references is References.UNREAD else _references(segment)
    return Pair(segment.source or "", segment.target, segment.source_lang or "", segment.target_lang or "", references)


def _references(segment: Segment) -> tuple[str, ...]:
    """The references that say something."""
    return tuple(reference for reference in segment.references if reference.strip())


def by_name(scores: Mapping[str, Score]) -> dict[str, Score]:
    """Scores in the order of their names."""
    return dict(sorted(scores.items()))
