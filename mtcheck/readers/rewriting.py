"""XML written again with corrected texts: byte for byte as it was, but for the characters that were fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Edit, Segment
from mtcheck.readers.base import Changes, out_of_place
from mtcheck.readers.bilingual import Inline
from mtcheck.readers.input import InputText

# What is written again is held whole.
_HELD = 256 << 20


class _Place(NamedTuple):
    """The bytes that text stands in, of a CDATA section or not."""

    start: int
    end: int
    is_raw: bool

    def spell(self, text: str) -> str:
        return text.replace("]]>", "]]]]><![CDATA[>") if self.is_raw else escape(text)


_ELSEWHERE = _Place(-1, -1, False)


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
            place = _place(edit, places)
            if place is _ELSEWHERE:
                raise MtcheckError(
                    Code.CANNOT_FIX,
                    f"the fix of {change.target[edit.start : edit.end]!r} is not all in plain text",
                    where=str(segment.origin),
                    mend="Correct it by hand and accept the finding, or leave out --fix",
                )
            new = place.spell(edit.text).encode(encoding, "strict" if place.is_raw else "xmlcharrefreplace")
            splices.append(_Splice(place.start, place.end, new))
    if left:
        raise out_of_place(text, 1)
    at = len(mark)
    for start, end, new in sorted(splices):
        yield data[at:start].decode(encoding)
        yield new.decode(encoding)
        at = end
    yield data[at:].decode(encoding)


def _places(inline: Inline, data: bytes, encoding: str) -> list[_Place]:
    """Where each visible character is spelt; _ELSEWHERE for what is not plain text."""
    found: dict[int, _Place] = {}
    for offset, run in inline.runs:
        at = run.at
        for position, character in enumerate(run, start=offset):
            size = _spelt(character, at, data, encoding, is_raw=run.is_raw)
            found[position] = _Place(at, at + size, run.is_raw)
            at += size
    contents = (range(*inline.folds.content(offset)) for offset in range(len(inline.text)))
    return [_whole([found.get(position, _ELSEWHERE) for position in content]) for content in contents]


def _spelt(character: str, at: int, data: bytes, encoding: str, *, is_raw: bool) -> int:
    """How many bytes stand for a character: those of a reference, a line end, or its own."""
    if not is_raw and data.startswith("&".encode(encoding), at):
        end = ";".encode(encoding)
        return data.index(end, at) + len(end) - at
    if character == "\n":
        ends = (end.encode(encoding) for end in ("\r\n", "\r", "\n"))
        return next(len(end) for end in ends if data.startswith(end, at))
    return len(character.encode(encoding))


def _whole(places: Sequence[_Place]) -> _Place:
    """Several places as one, if there is nothing between them."""
    gapless = all(one.end == other.start and one.is_raw is other.is_raw for one, other in pairwise(places))
    first, last = places[0], places[-1]
    return _Place(first.start, last.end, first.is_raw) if gapless and _ELSEWHERE not in places else _ELSEWHERE


def _place(edit: Edit, places: Sequence[_Place]) -> _Place:
    """The bytes that an edit replaces; _ELSEWHERE if it is not all in plain text."""
    if edit.start < edit.end:
        return _whole(places[edit.start : edit.end])
    before = places[edit.start - 1] if edit.start else _ELSEWHERE
    if before is not _ELSEWHERE:
        return before._replace(start=before.end)
    after = places[edit.start] if edit.start < len(places) else _ELSEWHERE
    return after if after is _ELSEWHERE else after._replace(end=after.start)
