"""Systems side by side over the same sources: scores with intervals, significance, clusters, rules, segments.

Segments are the same where their sources are the same text; where one occurs several times, the first of one system
meets the first of the other. Only what all systems have is compared, and what some lack is said. Of the texts
nothing is kept in memory: they lie in a temporary file until it is known which of them differ most.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from mtcheck.core.agreement import NOTICED, accuracy
from mtcheck.core.config import SignificanceConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language
from mtcheck.core.results import (
    ArticleResult,
    ComparedLanguages,
    ComparedPair,
    ComparedSegment,
    ComparedSystem,
    ComparedTranslation,
    Estimate,
    SegmentResult,
)
from mtcheck.core.text import count_words, shorten
from mtcheck.core.types import Score, Severity
from mtcheck.engines.scoring import metric_name, resampled_scorer
from mtcheck.engines.tally import Group
from mtcheck.metrics.sample import Positions, Sample, common
from mtcheck.metrics.significance import Array, bootstrap, bootstrap_p, interval, randomisation_p

_DIFFER_MOST = 10
_EXAMPLES = 3
# What segments are told apart by, the first that there is.
_TELLING = ("chrf", "chrf++", "bleu", "chrf_pseudo", "mini")
_SEVERITIES = list(Severity)


class Entrant:
    """One system of one language pair: numbers by segment, and where its texts lie."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.sample = Sample()
        self.scores: Mapping[str, Score] = {}
        self.words = array("L")
        self.places = array("Q")
        self.findings: dict[tuple[str, Severity], array[int]] = {}

    def merge(self, other: Entrant) -> None:
        """Take the segments of another, after those that there are."""
        for kind, rows in other.findings.items():
            self.findings.setdefault(kind, array("L")).extend(row + len(self.places) for row in rows)
        self.words.extend(other.words)
        self.places.extend(other.places)
        self.sample.extend(other.sample)
        self.scores = {**other.scores, **self.scores}

    def count(self, at: Positions) -> Counter[tuple[str, Severity]]:
        """The findings in the segments at these places, by rule and severity."""
        chosen = np.zeros(len(self.places), dtype=bool)
        chosen[at] = True
        return Counter({kind: int(chosen[np.array(rows)].sum()) for kind, rows in self.findings.items()})


class Contest:
    """Takes in the systems one after the other, then compares them."""

    def __init__(self, settings: SignificanceConfig, weights: Mapping[Severity, float]) -> None:
        self._settings = settings
        self._weights = weights
        self._entrants: dict[tuple[int, Group], Entrant] = {}
        self._titles: list[str] = []
        self._texts = TemporaryFile()  # noqa: SIM115 (closed with the contest)
        self._without_source = 0
        self.warnings: list[str] = []

    def enter(self, title: str) -> None:
        """What follows comes from another input, called so."""
        self._titles.append(title)

    def add(self, result: ArticleResult) -> None:
        """Take one article of the latest input."""
        group = result.source_lang, result.target_lang, result.system
        entrant = self._entrants.setdefault((len(self._titles), group), Entrant(result.system or self._titles[-1]))
        for segment in result.segments:
            if segment.source is None:
                self._without_source += 1
                continue
            for finding in segment.findings:
                kind = finding.rule, finding.severity
                entrant.findings.setdefault(kind, array("L")).append(len(entrant.places))
            entrant.words.append(count_words(segment.target))
            entrant.places.append(self._keep(segment))

    def leave(self, samples: Mapping[Group, Sample], scores: Mapping[Group, Mapping[str, Score]]) -> None:
        """The latest input is read: the statistics of its segments and its corpus scores."""
        for (number, group), entrant in self._entrants.items():
            if number == len(self._titles):
                entrant.sample, entrant.scores = samples[group], scores[group]

    def languages(self) -> tuple[ComparedLanguages, ...]:
        """Each language pair that two systems or more have. Raises NOTHING_TO_COMPARE if there is none."""
        self._name_apart()
        if self._without_source:
            self.warnings.append(f"{self._without_source:,} segments without a source were left out")
        compared = []
        for (source_lang, target_lang), entrants in self._by_languages().items():
            label = f"{source_lang or '?'}-{target_lang or '?'}"
            if len(entrants) < 2:
                self.warnings.append(f"{label}: only {entrants[0].system} translates this pair, so it was left out")
            else:
                compared.append(self._compare(source_lang, target_lang, label, entrants))
        if not compared:
            raise _nothing("there are not two systems of one language pair", "Give two systems of the same sources")
        self._texts.close()
        return tuple(compared)

    def _by_languages(self) -> dict[tuple[str | None, str | None], list[Entrant]]:
        """The systems of each language pair; variants of a language are one, for the sources say what is the same."""
        pairs: dict[tuple[str | None, str | None], dict[tuple[int, str], Entrant]] = {}
        variants: dict[tuple[str | None, str | None], set[str]] = {}
        for (number, (source_lang, target_lang, _)), entrant in self._entrants.items():
            pair = base_language(source_lang), base_language(target_lang)
            variants.setdefault(pair, set()).add(f"{source_lang or '?'}-{target_lang or '?'}")
            systems = pairs.setdefault(pair, {})
            if (number, entrant.system) in systems:
                systems[number, entrant.system].merge(entrant)
            else:
                systems[number, entrant.system] = entrant
        found: dict[tuple[str | None, str | None], list[Entrant]] = {}
        for pair, systems in pairs.items():
            source_lang, target_lang = pair
            if len(variants[pair]) > 1:
                self.warnings.append(
                    f"{', '.join(sorted(variants[pair]))} were compared as {source_lang or '?'}-{target_lang or '?'}"
                )
            found[pair] = list(systems.values())
        return found

    def _keep(self, segment: SegmentResult) -> int:
        place = self._texts.tell()
        self._texts.write(json.dumps([segment.id, segment.source, segment.target]).encode() + b"\n")
        return place

    def _text(self, entrant: Entrant, at: int) -> tuple[str, str, str]:
        self._texts.seek(entrant.places[at])
        identifier, source, target = json.loads(self._texts.readline())
        return identifier, source, target

    def _name_apart(self) -> None:
        """Where two inputs have a system of the same name, each is called by its input, too."""
        inputs: dict[str, set[int]] = {}
        for (number, _), entrant in self._entrants.items():
            inputs.setdefault(entrant.system, set()).add(number)
        for (number, _), entrant in self._entrants.items():
            title = self._titles[number - 1]
            if len(inputs[entrant.system]) > 1 and entrant.system != title:
                entrant.system = f"{entrant.system} ({title})"

    def _compare(
        self, source_lang: str | None, target_lang: str | None, label: str, entrants: Sequence[Entrant]
    ) -> ComparedLanguages:
        places = common([entrant.sample for entrant in entrants])
        self._warn_of_lacking(label, entrants, places)
        if not len(places[0]):
            systems = " and ".join(entrant.system for entrant in entrants)
            raise _nothing(f"{systems} have no source in common ({label})", "Give translations of the same sources")
        scores: dict[str, _Scored] = {}
        for name in self._shared_scores(label, entrants):
            scored = self._score(name, target_lang, label, entrants, places)
            if scored is not None:
                scores[name] = scored
        if scores and not any(metric_name(name) == name for name in scores):
            self.warnings.append(
                f"{label}: without references in common, systems are ranked by {', '.join(scores)} alone, and what a "
                "model says of single translations need not rank systems (docs/gate.md)"
            )
        ranks = {name: scored.clusters() for name, scored in scores.items()}
        telling = next((name for name in (*_TELLING, *scores) if name in scores), None)
        best_first = range(len(entrants)) if telling is None else scores[telling].order
        return ComparedLanguages(
            source_lang=source_lang,
            target_lang=target_lang,
            segments=len(places[0]),
            scored={name: scored.segments for name, scored in scores.items()},
            systems=tuple(self._system(entrants[at], at, places[at], scores, ranks) for at in best_first),
            pairs=tuple(pair for scored in scores.values() for pair in scored.pairs),
            differ_most=() if telling is None else self._differ_most(scores[telling], entrants),
        )

    def _warn_of_lacking(self, label: str, entrants: Sequence[Entrant], places: Sequence[Positions]) -> None:
        for entrant, at in zip(entrants, places, strict=True):
            lacking = len(entrant.places) - len(at)
            if lacking:
                alone = np.setdiff1d(np.arange(len(entrant.places)), at)[:_EXAMPLES]
                examples = ", ".join(shorten(self._text(entrant, int(place))[0]) for place in alone)
                self.warnings.append(
                    f"{label}: {lacking:,} of {len(entrant.places):,} segments of {entrant.system} have sources that "
                    f"not all systems have, and were left out ({examples}{', …' if lacking > len(alone) else ''})"
                )

    def _shared_scores(self, label: str, entrants: Sequence[Entrant]) -> list[str]:
        """The scores that all have, computed alike; what only some have is said."""
        shared = []
        for name in sorted({name for entrant in entrants for name in entrant.scores}):
            lacking = [entrant.system for entrant in entrants if name not in entrant.scores]
            if lacking:
                self.warnings.append(f"{label}: {name} was left out, which {', '.join(lacking)} has not")
            elif metric_name(name) != name and len({entrant.scores[name].signature for entrant in entrants}) > 1:
                self.warnings.append(f"{label}: {name} was left out, which was not computed alike for all systems")
            else:
                shared.append(name)
        return shared

    def _score(
        self, name: str, target_lang: str | None, label: str, entrants: Sequence[Entrant], places: Sequence[Positions]
    ) -> _Scored | None:
        samples = [entrant.sample for entrant in entrants]
        tables = [sample.table(name, at) for sample, at in zip(samples, places, strict=True)]
        kept = np.logical_and.reduce([~np.isnan(table).any(axis=1) for table in tables])
        if metric_name(name) == name:
            references = [sample.references(at) for sample, at in zip(samples, places, strict=True)]
            same = np.logical_and.reduce([other == references[0] for other in references])
            if (kept & ~same).any():
                count = int((kept & ~same).sum())
                self.warnings.append(f"{label}: {name} leaves out {count:,} segments whose references differ")
            kept &= same
        if kept.sum() < 2:
            self.warnings.append(f"{label}: {name} was left out, which not two segments have in all systems")
            return None
        kept_places = [at[kept] for at in places]
        first = entrants[0].scores[name]
        return _Scored(
            name,
            target_lang,
            first,
            [entrant.system for entrant in entrants],
            [table[kept] for table in tables],
            kept_places,
            self._settings,
        )

    def _system(
        self,
        entrant: Entrant,
        number: int,
        at: Positions,
        scores: Mapping[str, _Scored],
        ranks: Mapping[str, NDArray[np.int64]],
    ) -> ComparedSystem:
        counts = entrant.count(at)
        by_rule: Counter[str] = Counter()
        by_severity: Counter[Severity] = Counter()
        for (rule, severity), count in counts.items():
            by_rule[rule] += count
            by_severity[severity] += count
        words = int(np.array(entrant.words, dtype=np.int64)[at].sum())
        penalty = sum(self._weights[severity] * count for severity, count in by_severity.items())
        return ComparedSystem(
            system=entrant.system,
            own=len(entrant.places),
            words=words,
            scores={name: scored.estimate(number, ranks[name][number]) for name, scored in scores.items()},
            findings={severity: by_severity[severity] for severity in Severity},
            by_rule=dict(sorted((+by_rule).items(), key=lambda item: (-item[1], item[0]))),
            mqm_score=100.0 * (1.0 - penalty / max(words, 1)),
        )

    def _differ_most(self, scored: _Scored, entrants: Sequence[Entrant]) -> tuple[ComparedSegment, ...]:
        values = np.stack([scored.scorer(table) for table in scored.tables])
        spread = values.max(axis=0) - values.min(axis=0)
        found = []
        for at in np.argsort(-spread, kind="stable")[:_DIFFER_MOST]:
            if spread[at] <= 0:
                break
            translations = []
            source = ""
            for number, entrant in enumerate(entrants):
                identifier, source, target = self._text(entrant, int(scored.places[number][at]))
                translations.append(ComparedTranslation(entrant.system, identifier, target, float(values[number, at])))
            translations.sort(key=lambda item: -item.value if scored.higher_is_better else item.value)
            found.append(ComparedSegment(source, scored.name, float(spread[at]), tuple(translations)))
        return tuple(found)


class _Scored:
    """All systems by one score."""

    def __init__(
        self,
        name: str,
        target_lang: str | None,
        sample: Score,
        systems: Sequence[str],
        tables: Sequence[Array],
        places: Sequence[Positions],
        settings: SignificanceConfig,
    ) -> None:
        self.name = name
        self.higher_is_better = sample.higher_is_better
        self.signature = f"{sample.signature}|bs:{settings.resamples}|ar:{settings.trials}|seed:{settings.seed}"
        self.scorer = resampled_scorer(name, target_lang)
        self.tables = tables
        self.places = places
        self.segments = len(tables[0])
        self.values = np.concatenate([self.scorer(table.sum(axis=0)[None]) for table in tables])
        self.resampled = [self.scorer(sums) for sums in bootstrap(tables, settings.resamples, settings.seed)]
        self.order: list[int] = np.argsort(
            -self.values if self.higher_is_better else self.values, kind="stable"
        ).tolist()
        self._significant = np.zeros((len(tables), len(tables)), dtype=bool)
        self.pairs: list[ComparedPair] = []
        for better, worse in combinations(self.order, 2):
            difference = abs(float(self.values[better] - self.values[worse]))
            sign = 1 if self.higher_is_better else -1
            p_value = randomisation_p(tables[better], tables[worse], self.scorer, settings.trials, settings.seed)
            between = interval(sign * (self.resampled[better] - self.resampled[worse]))
            # What rests on a segment or two, no trial exceeds; but resamples leave it out.
            significant = p_value <= settings.p_value and between[0] > 0
            self._significant[better, worse] = significant
            agreed = accuracy(name, difference)
            self.pairs.append(
                ComparedPair(
                    score=name,
                    better=systems[better],
                    worse=systems[worse],
                    difference=difference,
                    interval=between,
                    p_bootstrap=bootstrap_p(self.resampled[better], self.resampled[worse], difference),
                    p_randomisation=p_value,
                    significant=significant,
                    accuracy=agreed,
                    too_small=agreed is not None and agreed < NOTICED,
                )
            )

    def clusters(self) -> NDArray[np.int64]:
        """The cluster of each system: a new one begins where all above are significantly better than all below."""
        ranks = np.empty(len(self.order), dtype=np.int64)
        cluster = 1
        for position, system in enumerate(self.order):
            above, below = self.order[:position], self.order[position:]
            if above and self._significant[np.ix_(above, below)].all():
                cluster += 1
            ranks[system] = cluster
        return ranks

    def estimate(self, system: int, rank: int) -> Estimate:
        """A system's score."""
        return Estimate(
            value=float(self.values[system]),
            interval=interval(self.resampled[system]),
            rank=int(rank),
            higher_is_better=self.higher_is_better,
            signature=self.signature,
        )


def _nothing(what: str, mend: str) -> MtcheckError:
    return MtcheckError(Code.NOTHING_TO_COMPARE, what, where="the input", mend=mend)
