"""What a finding is known by in another delivery: several fingerprints, any of which is enough.

They hold no line, and where there is a source no id and no file, so that text which moved or was renamed is known.
A change nearby breaks some of them, but rarely all: the source stays when the translation is edited, and the
characters before a fault stay when something after it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.types import Finding, Segment
from mtcheck.metrics.sample import key

# Letters and digits on one side of a fault, and how many there must be to tell it from others.
_CONTEXT = 24
_LEAST = 12
_REACH = 8 * _CONTEXT
_NO_WORD = re.compile(r"\W+")


def fingerprints(segment: Segment, finding: Finding) -> tuple[int, ...]:
    """The finding's fingerprints, 64 bits each, those that tell most first."""
    return tuple(dict.fromkeys(key(finding.rule, *parts) for parts in _parts(segment, finding)))


def place(segment: Segment) -> str:
    """The article, or its file where it is named by a line, which moves."""
    name, _, line = segment.article.rpartition(":")
    return name if name and line == str(segment.origin.line) else segment.article


def _parts(segment: Segment, finding: Finding) -> Iterator[tuple[str, ...]]:
    target, source = segment.target, segment.source or ""
    start, end = finding.target_span
    flagged = target[start:end]
    # An empty translation is known by its source.
    if target.strip() or not source.strip():
        yield "target", _word_characters(target), flagged
    if source.strip():
        span = finding.source_span
        yield "source", source, "" if span is None else span.of(source)
    before = _word_characters(target[max(0, start - _REACH) : start])[-_CONTEXT:]
    after = _word_characters(target[end : end + _REACH])[:_CONTEXT]
    inside = _word_characters(flagged)
    if len(inside) >= 2 * _CONTEXT:
        yield "begins", inside[:_CONTEXT]
        yield "ends", inside[-_CONTEXT:]
    else:
        if len(before) >= _LEAST:
            yield "before", before, flagged
        if len(after) >= _LEAST:
            yield "after", after, flagged
    if not source.strip():
        # A short text of its own that was edited has nothing else to be known by.
        yield "article", place(segment), flagged


def _word_characters(text: str) -> str:
    return _NO_WORD.sub("", text).casefold()
