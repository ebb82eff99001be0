"""What an engine is: it takes a job's articles through scoring, inspection and judgement, in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mtcheck.core.config import Config
from mtcheck.core.registry import Registry
from mtcheck.core.results import ArticleResult, InputFile
from mtcheck.core.types import Article, ArticlePair
from mtcheck.engines.fixing import Fixer
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.regression import FormerRun
from mtcheck.engines.scoring import Scored, Scorer
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
    """What was read beside the input: baseline and glossaries."""

    def findings(self, article: Article, scored: Sequence[Scored]) -> Filtered:
        """The findings of each segment that count, and those that the baseline has; what is asked for is written."""
        scores = [part.scores for part in scored]
        found = self.suppressor.filter(article, self.inspector.inspect(article, scores))
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
    def run(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[ArticleResult]:
        """One result an article, in the order given."""


ENGINES: Registry[Engine] = Registry("mtcheck.engines", "engine")
