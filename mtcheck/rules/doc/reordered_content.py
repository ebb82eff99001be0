from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtcheck.core.content import are_unrelated
from mtcheck.core.context import ArticleContext, SegmentContext
from mtcheck.core.types import Finding, Placement, Severity
from mtcheck.rules.base import RULES, Rule

# How far apart a segment is looked for; what moved further is reported as detached.
_REACH = 40
_LEAST_KNOWN = 8
_SURE = 0.4
_LEAST_CROSSED = 6
# So many, where a word that both speak of is said in the wrong place too: the woman.
_PLAINLY_CROSSED = 12
_LITTLE = 0.5


@RULES.register
class ReorderedContent(Rule):
    """A segment's translation stands beside another segment's source.

    Anti-pattern: two paragraphs that changed places.
    Best practice: the order of the source. Evidence is that the translation shares no word with its own source (by
    lexicon, names and numbers) and most with another.
    """

    name = "reordered-content"
    code = "DOC003"
    severity = Severity.MAJOR
    mqm = "accuracy"
    needs_source = True
    supersedes = frozenset(
        {
            "detached-translation",
            "NUM",
            "NAME",
            "omitted-content",
            "added-content",
            "negation-mismatch",
            "modality-mismatch",
            "length-outlier",
            "paragraph-mismatch",
            "role-swap",
        }
    )
    of_several = True

    def inspect(self, article: ArticleContext) -> Iterator[tuple[int, Finding]]:
        segments = article.segments
        for position, segment in enumerate(segments):
            if segment.placement is Placement.MOVED:
                yield position, self.finding("This stands elsewhere than in the source.", segment.target.trimmed)
        strangers = [
            position
            for position, segment in enumerate(segments)
            if segment.source_content is not None
            and are_unrelated(segment.source_content, segment.target_content, _LEAST_KNOWN)
        ]
        flagged: dict[int, int] = {}
        mute = [_says_little(segment) for segment in segments]
        for position in range(len(segments) - 1):
            # Neighbours need fewer words that are known: names and numbers may be all.
            if mute[position] and mute[position + 1] and _swapped(segments, position, position + 1):
                flagged[position], flagged[position + 1] = position + 1, position
        for position in strangers:
            for other in range(max(0, position - _REACH), min(len(segments), position + _REACH + 1)):
                if other == position or segments[other].source_content is None:
                    continue
                if _swapped(segments, position, other):
                    flagged[position], flagged[other] = other, position
                    break
                if _shared(segments, position, other) >= _SURE:
                    flagged[position] = other
                    break
        for position, other in sorted(flagged.items()):
            message = f"This translates segment {other + 1}, not this source (by lexicon, names and numbers)."
            yield position, self.finding(message, segments[position].target.trimmed)


def _says_little(segment: SegmentContext) -> bool:
    """True if few words of the source have a counterpart in its translation, or none, and the other way."""
    source, target = segment.source_content, segment.target_content
    if source is None:
        return False
    said = (source.coverage(target), target.coverage(source))
    return all(not coverage.covered or coverage.share <= _LITTLE for coverage in said)


def _shared(segments: Sequence[SegmentContext], position: int, other: int) -> float:
    """The lesser share of what the translation in one place and the source in another say of each other."""
    target, source = segments[position].target_content, segments[other].source_content
    assert source is not None
    said, meant = target.coverage(source), source.coverage(target)
    return min(said.share, meant.share) if said.covered > 1 else 0.0


def _swapped(segments: Sequence[SegmentContext], one: int, other: int) -> bool:
    """True if the translations of two segments fit crosswise far better than as they stand."""
    crossed = _covered(segments, one, other) + _covered(segments, other, one)
    straight = _covered(segments, one, one) + _covered(segments, other, other)
    return (crossed >= _LEAST_CROSSED and straight * 4 <= crossed) or (
        crossed >= _PLAINLY_CROSSED and straight * 3 <= crossed
    )


def _covered(segments: Sequence[SegmentContext], position: int, other: int) -> int:
    target, source = segments[position].target_content, segments[other].source_content
    assert source is not None
    return target.coverage(source).covered + source.coverage(target).covered
