"""What models that judge a pair by a regression have in common: long pairs in parts, references one by one."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from mtcheck.core.types import ErrorSpan, Pair, Score
from mtcheck.references.base import Progress, References
from mtcheck.references.batching import once
from mtcheck.references.checkpoints import CheckpointModel, unusable

# Scores are given to so many decimals: beyond them, floating point depends on the batch.
DECIMALS = 5


class Part(Protocol):
    """A pair, or a part of one, as tokens. Equal ones are judged once."""

    def __hash__(self) -> int: ...

    @property
    def weight(self) -> int:
        """How much it counts: the length of its translation in tokens, its end counted."""


class Judged(NamedTuple):
    """What a model says of a part; `errors` by their place in the whole pair's target, None where it marks none."""

    value: float
    errors: tuple[ErrorSpan, ...] | None = None


_Part = TypeVar("_Part", bound=Part)


class Estimator(CheckpointModel, Generic[_Part]):
    """Estimates by parts, each of which is within the model's limit.

    `signature` is what all its scores' have in common. Class attribute: `higher_is_better`.
    """

    higher_is_better = True
    signature: str

    @abstractmethod
    def parts(self, pair: Pair) -> list[_Part]:
        """The pair, which has one reference or none, in as many parts as are within the limit."""

    @abstractmethod
    def judge(self, parts: Sequence[_Part]) -> Mapping[_Part, Judged]:
        """What is said of each part; no two are equal."""

    def estimate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """The model's judgement, on its own scale.

        Of a pair over the limit all texts are cut at sentences, the value is the mean of the parts' by the length of
        the translation, and the signature says `split:yes`. With several references it is the mean of the values with
        each of them, for the best would rise with their number; errors are those seen beside the first. The signature
        of a model that reads references says how many there were.

        Raises MtcheckError: MODEL_UNUSABLE where a reference is needed and there is none, and if the model's numbers
        overflow, as some do in float16.
        """
        return once(pairs, self._scores, progress)

    def _scores(self, pairs: Sequence[Pair]) -> dict[Pair, Score]:
        parts = {pair: [self.parts(one) for one in self._readings(pair)] for pair in pairs}
        said = self.judge(list(dict.fromkeys(part for some in parts.values() for one in some for part in one)))
        return {pair: self._score(pair, some, said) for pair, some in parts.items()}

    def _readings(self, pair: Pair) -> list[Pair]:
        """The pair with each of its references, or alone."""
        if self.references is References.NEEDED and not pair.references:
            raise unusable(self.card.name, "it needs a human reference", mend="Give it pairs that have one")
        read = () if self.references is References.UNREAD else pair.references
        return [pair._replace(references=(reference,)) for reference in read] or [pair._replace(references=())]

    def _score(self, pair: Pair, readings: Sequence[Sequence[_Part]], said: Mapping[_Part, Judged]) -> Score:
        """The score of a pair from the parts of its readings, which are one for each reference."""
        value = sum(_mean(parts, said) for parts in readings) / len(readings)
        if not math.isfinite(value):
            card = self.card
            raise unusable(card.name, f"its numbers overflow in {card.dtype}", mend="Set the dtype to float32")
        split = "yes" if any(len(parts) > 1 for parts in readings) else "no"
        read = "" if self.references is References.UNREAD else f"|references:{len(pair.references)}"
        signature = f"{self.signature}{read}|split:{split}"
        marked = [said[part].errors for part in readings[0]]
        errors = tuple(error for some in marked for error in some or ()) if marked[0] is not None else None
        return Score(round(value, DECIMALS), self.higher_is_better, signature, errors=errors)


def _mean(parts: Sequence[_Part], said: Mapping[_Part, Judged]) -> float:
    return sum(said[part].value * part.weight for part in parts) / sum(part.weight for part in parts)
