"""What models that judge a pair by a regression have in common: long pairs in parts, references one by one."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from mtcheck.core.types import Pair, Score
from mtcheck.references.base import Progress, ReferenceModel, References
from mtcheck.references.batching import once
from mtcheck.references.checkpoints import unusable

# Scores are given to so many decimals: beyond them, floating point depends on the batch.
DECIMALS = 5


class Part(Protocol):
    """A pair, or a part of one, as tokens. Equal ones are judged once."""

    def __hash__(self) -> int: ...

    @property
    def weight(self) -> int:
        """How much it counts: the length of its translation in tokens, its end counted."""


_Part = TypeVar("_Part", bound=Part)


class Estimator(ReferenceModel, Generic[_Part]):
    """Estimates by parts, each of which is within the model's limit.

    `signature` is what all its scores' have in common. Class attribute: `higher_is_better`.
    """

    higher_is_better = True
    signature: str

    @abstractmethod
    def parts(self, pair: Pair) -> list[_Part]:
        """The pair, which has one reference or none, in as many parts as are within the limit."""

    @abstractmethod
    def judge(self, parts: Sequence[_Part]) -> Mapping[_Part, float]:
        """The value of each part; no two are equal."""

    def estimate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """The model's judgement, on its own scale.

        Of a pair over the limit all texts are cut at sentences, the value is the mean of the parts' by the length of
        the translation, and the signature says `split:yes`. With several references it is the mean of the values with
        each of them: the best would rise with their number. A model that reads references says how many there were.

        Raises MtcheckError: MODEL_UNUSABLE if the model's numbers overflow, as some do in float16.
        """
        return once(pairs, self._scores, progress)

    def _scores(self, pairs: Sequence[Pair]) -> dict[Pair, Score]:
        parts = {pair: [self.parts(one) for one in _with_each_reference(pair)] for pair in pairs}
        values = self.judge(list(dict.fromkeys(part for some in parts.values() for one in some for part in one)))
        return {pair: self._score(pair, some, values) for pair, some in parts.items()}

    def _score(self, pair: Pair, readings: Sequence[Sequence[_Part]], values: Mapping[_Part, float]) -> Score:
        """The score of a pair from the parts of its readings, which are one for each reference."""
        value = sum(_mean(parts, values) for parts in readings) / len(readings)
        if not math.isfinite(value):
            card = self.card
            raise unusable(card.name, f"its numbers overflow in {card.dtype}", mend="Set the dtype to float32")
        split = "yes" if any(len(parts) > 1 for parts in readings) else "no"
        read = "" if self.references is References.UNREAD else f"|references:{len(pair.references)}"
        return Score(round(value, DECIMALS), self.higher_is_better, f"{self.signature}{read}|split:{split}")


def _with_each_reference(pair: Pair) -> list[Pair]:
    return [pair._replace(references=(reference,)) for reference in pair.references] or [pair]


def _mean(parts: Sequence[_Part], values: Mapping[_Part, float]) -> float:
    return sum(values[part] * part.weight for part in parts) / sum(part.weight for part in parts)
