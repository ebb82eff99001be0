"""What an engine is: it takes a job's articles through scoring, inspection and judgement, in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from mtcheck.core.config import Config
from mtcheck.core.registry import Registry
from mtcheck.core.results import ArticleResult
from mtcheck.core.types import Article, ArticlePair
from mtcheck.engines.inspection import Inspector
from mtcheck.engines.scoring import Scorer
from mtcheck.engines.tally import Tally


@dataclass
class Job:
    """Everything a run needs. `tally` gathers what the summary will say."""

    config: Config
    scorer: Scorer
    inspector: Inspector
    tally: Tally


class Engine(ABC):
    """Class attributes: `name`, `about` (one line)."""

    name: ClassVar[str]
    about: ClassVar[str]

    @abstractmethod
    def run(self, items: Iterable[Article | ArticlePair], job: Job) -> Iterator[ArticleResult]:
        """One result an article, in the order given."""


ENGINES: Registry[Engine] = Registry("mtcheck.engines", "engine")
