"""What a reference model is: a neural model asked about a source and its translation.

A model states which of three things it can do: re-translate the source (`translate`), say how likely
the translation is given the source (`likelihood`), or judge it (`estimate`). A translation made by a
model is a pseudo-reference, and a score against one says so by its name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from mtcheck.core.config import ModelConfig
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language
from mtcheck.core.registry import Registry
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[int], None]
"""Called with the number of pairs just finished."""


class Capability(StrEnum):
    """What a reference model can be asked."""

    TRANSLATE = "translate"
    LIKELIHOOD = "likelihood"
    ESTIMATE = "estimate"


class References(StrEnum):
    """What a model does with human references when it estimates."""

    UNREAD = "unread"
    READ = "read"
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Present:
    """A model that is on this machine, as far as it can be known without loading it.

    `pairs` are the language pairs that it translates, where it is made for these alone; `languages` those that it knows
    on either side, None where it does not say. `licence` is an SPDX expression.
    """

    name: str
    licence: str
    languages: tuple[str, ...] | None = None
    pairs: tuple[tuple[str, str], ...] | None = None

    def fits(self, source_lang: str, target_lang: str) -> bool:
        """Whether it may have something to say about this language pair."""
        source, target = base_language(source_lang), base_language(target_lang)
        if self.pairs is not None:
            return any((base_language(one), base_language(other)) == (source, target) for one, other in self.pairs)
        return self.languages is None or {source, target} <= {*map(base_language, self.languages)}


class ReferenceModel(ABC):
    """One loaded model of a family. Text over the model's limit is split, never silently cut.

    Class attributes: `name` (the family: `mini`, `hf`) and `about` (one line for `mtcheck models`). `apart`: what it
    says of a pair does not depend, not even in the last digit, on what it is asked together with. `references` says
    whether pairs come with human references; to a model that needs them no pair without one is given.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    apart: bool = False
    references: References = References.UNREAD

    @classmethod
    @abstractmethod
    def load(cls, identifier: str, config: ModelConfig) -> ReferenceModel:
        """The model called `family:identifier` (`mini` alone has an empty identifier).

        Raises MtcheckError: MODEL_NOT_FOUND, or MODEL_UNUSABLE with the reason.
        """

    @classmethod
    def pull(cls, identifier: str, revision: str | None) -> Path:  # noqa: ARG003 (nothing to fetch by default)
        """Fetch the model from its hub and return its folder. Raises BAD_CALL if the family has none to fetch."""
        raise MtcheckError(
            Code.BAD_CALL,
            f"models of the family '{cls.name}' are not fetched",
            where=f"{cls.name}:{identifier}".rstrip(":"),
            mend="Use it as it is",
        )

    @classmethod
    def present(cls) -> Sequence[Present]:
        """Models of the family that are here and need no path: by default the one without a name of its own."""
        try:
            card = cls.load("", ModelConfig()).card
        except MtcheckError:
            return []
        return [Present(card.name, card.licence, card.languages)]

    @property
    @abstractmethod
    def card(self) -> ModelCard:
        """Name, capabilities, revision, weight hash, dtype, device, licence and languages."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(Capability(name) for name in self.card.capabilities)

    @property
    def conditions(self) -> Mapping[str, object] | None:
        """What its answers depend on, as JSON can say it; None if they are not to be kept between runs.

        What all models depend on goes without saying: the pairs, the card, mtcheck itself, versions of packages, the
        processor. A plugin states its own version.
        """
        return None

    @abstractmethod
    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        """Why the model has nothing to say about this language pair; None if it has."""

    def translate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[str]:
        """A pseudo-reference for each pair's source, in order. The target is not looked at."""
        raise NotImplementedError

    def likelihood(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """Mean log-probability per target token (nats, at most 0) with the value of each token."""
        raise NotImplementedError

    def estimate(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[Score]:
        """The model's judgement of each pair on the scale its signature states."""
        raise NotImplementedError

    @property
    def estimate_name(self) -> str:
        """The score's name for estimates: the family's, as in `mini`."""
        return self.name


@runtime_checkable
class Embedder(Protocol):
    """A reference model that also has vectors of texts, of use where articles are aligned."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, (texts, dimensions): what means the same lies near, in whatever language."""


REFERENCES: Registry[ReferenceModel] = Registry("mtcheck.references", "family of reference models")
