"""What a rule is handed: the texts of an article with everything derived from them, computed lazily."""

from __future__ import annotations

from functools import cached_property

from mtcheck.core.text import Text
from mtcheck.core.types import Article, Role, Segment


class SegmentContext:
    """A segment as rules see it. `source` is None where the segment has no source."""

    def __init__(self, segment: Segment, *, alone: bool) -> None:
        self.segment = segment
        self.alone = alone

    @cached_property
    def target(self) -> Text:
        return Text(self.segment.target, self.segment.target_lang)

    @cached_property
    def source(self) -> Text | None:
        if self.segment.source is None or not self.segment.source.strip():
            return None
        return Text(self.segment.source, self.segment.source_lang)

    @property
    def role(self) -> Role:
        return self.segment.role

    @property
    def index(self) -> int:
        return self.segment.index


class ArticleContext:
    """An article as rules see it: its segments in order."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.alone = len(article.segments) == 1
        self.segments = tuple(SegmentContext(segment, alone=self.alone) for segment in article.segments)
