"""XML written again with corrected texts: byte for byte as it was, but for the characters that were fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Edit, Segment, Span
from mtcheck.readers.base import Changes, out_of_place
from mtcheck.readers.bilingual import Inline
from mtcheck.readers.input import InputText

# What is written again is held whole.
_HELD = 256 << 20
_ELSEWHERE = Span(-1, -1)


class _Splice(NamedTuple):
    """Bytes to be put in place of others."""

    start: int
    end: int
    new: bytes


def rewritten(
    text: InputText, changes: Changes, read: Callable[[InputText], Iterable[tuple[Segment, Inline]]]
) -> Iterator[str]:
    """The document with the changes made; `read` gives its segments again, with their translations' runs.

    Raises CANNOT_FIX for a fix that is not all in plain text, TOO_LARGE.
    """
    data = text.whole(_HELD)
    mark, encoding = text.encoding()
    splices: list[_Splice] = []
    left = set(changes)
    for segment, inline in read(text.afresh()):
        if segment.id not in left:
            continue
        left.remove(segment.id)
        change = changes[segment.id][segment.index]
        if inline.text != change.target:
            raise out_of_place(text, segment.origin.line or 1)
        places = _places(inline, data, encoding)
        for edit in change.edits:
            start, end = _place(edit, places)
            if start < 0:
                raise MtcheckError(
                    Code.CANNOT_FIX,
                    f"the fix of {change.target[edit.start : edit.end]!r} is not all in plain text",
                    where=str(segment.origin),
                    mend="Correct it by hand and accept the finding, or leave out --fix",
                )
            splices.append(_Splice(start, end, escape(edit.text).encode(encoding, "xmlcharrefreplace")))
    if left:
        raise out_of_place(text, 1)
    at = len(mark)
    for start, end, new in sorted(splices):
        yield data[at:start].decode(encoding)
        yield new.decode(encoding)
        at = end
    yield data[at:].decode(encoding)


def _places(inline: Inline, data: bytes, encoding: str) -> list[Span]:
    """The bytes that each visible character is spelt with; _ELSEWHERE for what is not plain text."""
    found: dict[int, Span] = {}
    for offset, run in inline.runs:
        at = run.at
        for position, character in enumerate(run, start=offset):
            size = _spelt(character, at, data, encoding)
            found[position] = Span(at, at + size)
            at += size
    places = []
    for offset in range(len(inline.text)):
        content = [found.get(position, _ELSEWHERE) for position in range(*inline.folds.content(offset))]
        places.append(Span(content[0].start, content[-1].end) if _is_one(content) else _ELSEWHERE)
    return places


def _spelt(character: str, at: int, data: bytes, encoding: str) -> int:
    """How many bytes stand for a character: those of a reference, a line end, or its own."""
    if data.startswith("&".encode(encoding), at):
        end = ";".encode(encoding)
        return data.index(end, at) + len(end) - at
    if character == "\n":
        ends = (end.encode(encoding) for end in ("\r\n", "\r", "\n"))
        return next(len(end) for end in ends if data.startswith(end, at))
    return len(character.encode(encoding))


def _is_one(places: Sequence[Span]) -> bool:
    """True if they are plain text without a gap."""
    gapless = all(one.end == other.start for one, other in pairwise(places))
    return gapless and all(place.start >= 0 for place in places)


def _place(edit: Edit, places: list[Span]) -> Span:
    """The bytes that an edit replaces; _ELSEWHERE if it is not all in plain text."""
    inside = places[edit.start : edit.end]
    if inside:
        return Span(inside[0].start, inside[-1].end) if _is_one(inside) else _ELSEWHERE
    before = places[edit.start - 1] if edit.start else _ELSEWHERE
    after = places[edit.start] if edit.start < len(places) else _ELSEWHERE
    if before.start >= 0:
        return Span(before.end, before.end)
    return Span(after.start, after.start) if after.start >= 0 else _ELSEWHERE
