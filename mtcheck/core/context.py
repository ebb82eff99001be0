"""What a rule is handed: the texts of an article with everything derived from them, computed lazily."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtcheck.core.content import Content
from mtcheck.core.glossary import NO_GLOSSARY, Glossary, Term
from mtcheck.core.lazy import lazy
from mtcheck.core.names import Place, name_words
from mtcheck.core.text import Text
from mtcheck.core.types import Article, Role, Score, Segment
from mtcheck.core.values import Slip, find_slips

_NO_SCORES: Mapping[str, Score] = {}


class SegmentContext:
    """A segment as rules see it. `source` is None where the segment has no source.

    `scores` are those of metrics and reference models, by name; `terms` the glossary's for its languages.
    """

    def __init__(
        self, segment: Segment, *, alone: bool, scores: Mapping[str, Score] = _NO_SCORES, terms: tuple[Term, ...] = ()
    ) -> None:
        self.segment = segment
        self.alone = alone
        self.scores = scores
        self.terms = terms
        self.role: Role = segment.role
        self.index = segment.index
        self.placement = segment.placement
        self.target = Text(segment.target, segment.target_lang)
        has_source = segment.source is not None and bool(segment.source.strip())
        self.source = Text(segment.source or "", segment.source_lang) if has_source else None

    @lazy
    def target_content(self) -> Content:
        """What the translation says."""
        return Content(self.target)

    @lazy
    def source_content(self) -> Content | None:
        """What the source says; None without a source."""
        return Content(self.source) if self.source is not None else None

    @lazy
    def target_names(self) -> tuple[Place, ...]:
        """The words of the translation that are surely names."""
        return tuple(name_words(self.target))

    @lazy
    def source_names(self) -> tuple[Place, ...]:
        """The words of the source that are surely names; none without a source."""
        return tuple(name_words(self.source, self.target_names)) if self.source is not None else ()

    @lazy
    def kept_words(self) -> frozenset[str]:
        """The words, as they are written, that both texts have; none without a source."""
        return frozenset(self.source.raw_words).intersection(self.target.raw_words) if self.source else frozenset()

    @lazy
    def slips(self) -> tuple[Slip, ...]:
        """Where the translation says another number, date, time or amount than the source; none without a source."""
        return find_slips(self.source, self.target) if self.source is not None and self.target else ()


class ArticleContext:
    """An article as rules see it: its segments in order."""

    def __init__(
        self, article: Article, scores: Sequence[Mapping[str, Score]] = (), glossary: Glossary = NO_GLOSSARY
    ) -> None:
        self.article = article
        self.alone = len(article.segments) == 1
        self.glossary = glossary
        self.segments = tuple(
            SegmentContext(
                segment,
                alone=self.alone,
                scores=scores[position] if scores else _NO_SCORES,
                terms=glossary.of_pair(segment.source_lang, segment.target_lang),
            )
            for position, segment in enumerate(article.segments)
        )
