"""What a finding is known by in a CI system, which compares one fingerprint, wherever its text has moved to.

The gate compares by itself, and by several (`gate.fingerprint`).
"""

from __future__ import annotations

import hashlib
import unicodedata

from mtcheck.core.results import SegmentResult
from mtcheck.core.text import fold
from mtcheck.core.types import Finding, Segment

_WORDS = 8
_FEW = 3


def fingerprint(segment: Segment | SegmentResult, finding: Finding) -> str:
    """32 hexadecimal digits that stay the same when lines move, and when the text is edited elsewhere.

    Hashed are the rule, the flagged text (its first eight words; what has no words as it stands, but for white
    space), the word on either side of it if it has fewer than three, and the source's part that the finding names.
    Neither file, line, article, segment nor system takes part, nor case, punctuation or white space around words. An
    empty translation is known by its source. Equal findings have equal fingerprints: who must tell them apart counts
    them.
    """
    text, (start, end) = segment.target, finding.target_span
    if not text.strip():
        text = segment.source or ""
        start, end = 0, len(text)
    flagged = text[start:end]
    source = finding.source_span.of(segment.source or "") if finding.source_span else ""
    neighbours: list[str] = []
    if len(fold(flagged).split()) < _FEW:
        neighbours = [*fold(text[:start]).split()[-1:], "", *fold(text[end:]).split()[:1]]
    parts = (finding.rule, _said(flagged), _said(source), *neighbours)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _said(text: str) -> str:
    """The first words; of a text without any, its marks."""
    return " ".join(fold(text).split()[:_WORDS]) or " ".join(unicodedata.normalize("NFKC", text).split())
