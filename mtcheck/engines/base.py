"""What an engine is: it takes a job's articles through scoring and inspection, in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from mtcheck.core.config import Config
from mtcheck.core.registry import Registry
from mtcheck.core.results import InputFile
from mtcheck.core.types import Article, ArticlePair
from mtcheck.engines.checkpoint import Checkpoint
from mtcheck.engines.ensemble import Norm
from mtcheck.engines.fixing import Fixer
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.regression import FormerRun
from mtcheck.engines.scoring import Examined, Scorer
from mtcheck.engines.tally import Tally
from mtcheck.gate.baseline import BaselineWriter
from mtcheck.gate.policy import Gate
from mtcheck.gate.suppression import Filtered, Suppressor


@dataclass
class Job:
    """Everything a run needs. `tally` gathers what the summary will say; `writer` and `fixer` write what is asked."""

    config: Config
    scorer: Scorer
    inspector: Inspector
    suppressor: Suppressor
    gate: Gate
    tally: Tally
    former: FormerRun | None = None
    writer: BaselineWriter | None = None
    fixer: Fixer | None = None
    files: tuple[InputFile, ...] = ()
    """What was read beside the input: baseline, norm and glossaries."""
    norm: Norm | None = None
    checkpoint: Checkpoint | None = None

    def settle(self, examined: Examined) -> Filtered:
        """The findings of each segment that count, and those that the baseline has; what is asked for is written."""
        article = examined.article
        scores = [part.scores for part in examined.scored]
        self.scorer.count(article)
        self.inspector.count(article)
        found = self.suppressor.filter(article, examined.found)
        if self.writer:
            self.writer.add(article, [kept + known for kept, known in zip(*found, strict=True)])
        if self.fixer:
            self.fixer.add(article, scores, found.kept)
        return found


class Engine(ABC):
    """Class attributes: `name`, `about` (one line)."""

    name: ClassVar[str]
    about: ClassVar[str]

    @abstractmethod
    def examine(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[list[Examined]]:
        """Every article scored and inspected, in the order given.

        Batches begin and end at the same items whatever came before and however many processes work: a model's values
        may depend on what is in a batch.
        """


ENGINES: Registry[Engine] = Registry("mtcheck.engines", "engine")
