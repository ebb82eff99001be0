"""Paragraphs of two articles, one to one where they fit, said clearly where they do not.

Where the counts differ, paragraphs are paired by dynamic programming over one-to-one, source-only and
target-only steps (after Gale and Church 1993). A pair costs what its lengths, roles and shared anchors
(numbers and names kept in both languages) speak against it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from mtcheck.core.languages import language
from mtcheck.core.types import Article, ArticlePair, Origin, Paragraph, Segment

_ANCHOR = re.compile(r"\d[\d.,:]*|\b[^\W\d_]*[A-ZÅÄÖÜ][^\W\d_]{2,}\b")
_SKIP_COST = 1.6
_ROLE_COST = 0.4


def align(pair: ArticlePair) -> Article:
    """One article. An unpaired source paragraph has an empty target; an unpaired target has no source."""
    if len(pair.source) == len(pair.target):
        steps: list[tuple[int | None, int | None]] = [(i, i) for i in range(len(pair.source))]
    else:
        steps = _pair_up(pair)
    segments = []
    for index, (left, right) in enumerate(steps):
        source = None if left is None else pair.source[left]
        target = None if right is None else pair.target[right]
        known = target or source
        assert known is not None
        file = pair.target_file if target else pair.source_file
        segments.append(
            Segment(
                id=f"{pair.id}:{index}",
                article=pair.id,
                index=index,
                target=target.text if target else "",
                source=source.text if source else None,
                role=known.role,
                system=pair.system,
                source_lang=pair.source_lang,
                target_lang=pair.target_lang,
                origin=Origin(file, known.line),
                suppress=target.suppress if target else (),
            )
        )
    return Article(pair.id, tuple(segments), notes=_notes(pair, steps))


def _notes(pair: ArticlePair, steps: Sequence[tuple[int | None, int | None]]) -> tuple[str, ...]:
    if len(pair.source) == len(pair.target):
        return ()
    notes = [
        f"{pair.source_file} has {len(pair.source)} paragraphs and {pair.target_file} has {len(pair.target)}: "
        "they were paired by length, role, numbers and names"
    ]
    no_target = [pair.source[left].line for left, right in steps if left is not None and right is None]
    no_source = [pair.target[right].line for left, right in steps if right is not None and left is None]
    if no_target:
        notes.append(f"no translation was found for {_lines(no_target)} of {pair.source_file}")
    if no_source:
        notes.append(f"no source was found for {_lines(no_source)} of {pair.target_file}")
    return tuple(notes)


def _lines(lines: Sequence[int]) -> str:
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"


def _pair_up(pair: ArticlePair) -> list[tuple[int | None, int | None]]:
    rows, columns = len(pair.source), len(pair.target)
    expected = _expected_ratio(pair)
    best = [[math.inf] * (columns + 1) for _ in range(rows + 1)]
    back: dict[tuple[int, int], tuple[int, int]] = {}
    best[0][0] = 0.0
    for i in range(rows + 1):
        for j in range(columns + 1):
            options = []
            if i and j:
                cost = _cost(pair.source[i - 1], pair.target[j - 1], expected)
                options.append((best[i - 1][j - 1] + cost, (i - 1, j - 1)))
            if i:
                options.append((best[i - 1][j] + _SKIP_COST, (i - 1, j)))
            if j:
                options.append((best[i][j - 1] + _SKIP_COST, (i, j - 1)))
            if options:
                best[i][j], back[i, j] = min(options)
    steps: list[tuple[int | None, int | None]] = []
    at = (rows, columns)
    while at != (0, 0):
        before = back[at]
        steps.append((at[0] - 1 if before[0] < at[0] else None, at[1] - 1 if before[1] < at[1] else None))
        at = before
    return steps[::-1]


def _expected_ratio(pair: ArticlePair) -> float:
    source = language(pair.source_lang).chars_per_english_char
    target = language(pair.target_lang).chars_per_english_char
    if source and target:
        return target / source
    lengths = [sum(len(paragraph.text) for paragraph in side) for side in (pair.source, pair.target)]
    return max(lengths[1], 1) / max(lengths[0], 1)


def _cost(source: Paragraph, target: Paragraph, expected: float) -> float:
    """0 for a perfect pair; lengths give up to 3, a different role 0.4, shared anchors take off up to 1.5."""
    ratio = math.log((len(target.text) + 5) / ((len(source.text) + 5) * expected))
    cost = min(3.0, (ratio / 0.35) ** 2 * 0.5)
    cost += _ROLE_COST * (source.role != target.role)
    left, right = _anchors(source.text), _anchors(target.text)
    if left or right:
        shared = len(left & right) / min(len(left) or 1, len(right) or 1)
        cost += 0.75 - 1.5 * min(1.0, shared)
    return max(0.0, cost + 0.5)


def _anchors(text: str) -> set[str]:
    return {match.group().rstrip(".,:") for match in _ANCHOR.finditer(text)}
