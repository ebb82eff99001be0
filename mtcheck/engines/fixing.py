"""Corrected translations: the fixes of a run's findings, put into copies of its input files.

A fix may make room for another, so an article is looked at again until it has none left. What is written is the
input, byte for byte, but for the characters that were fixed.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import FixedCopy, FixedSegment
from mtcheck.core.types import Article, Edit, Finding, Score, Segment
from mtcheck.engines.inspection import Inspector
from mtcheck.gate.suppression import Suppressor
from mtcheck.readers.base import STDIN, Change, Reader, fixed_path
from mtcheck.readers.station import Stream

_ROUNDS = 10
_SHOWN = 100


OnFixed = Callable[[FixedCopy, Sequence[FixedSegment]], None]


class Fixer:
    """Gathers the fixes of one file at a time, and writes its copy when the next one begins.

    `on_fixed` is told of each copy, and of the first segments that were changed.

    Raises:
        MtcheckError: CANNOT_FIX where a copy would take the place of an input.
    """

    def __init__(
        self, stream: Stream, inspector: Inspector, suppressor: Suppressor, on_fixed: OnFixed | None = None
    ) -> None:
        self._stream = stream
        self._on_fixed = on_fixed
        self._inspector = inspector
        self._suppressor = suppressor
        self._name: str | None = None
        self._changes: dict[int | str, dict[int, Change]] = {}
        self._changed = 0
        self._segments: list[FixedSegment] = []
        self._room = _SHOWN
        self.copies: list[FixedCopy] = []
        if not stream.translations:
            raise MtcheckError(
                Code.CANNOT_FIX,
                "records that are in no file cannot be corrected there",
                where="fix",
                mend="Give files, or apply the fixes of the findings",
            )
        self._crossing = 0
        for name, (text, reader) in stream.translations.items():
            if type(reader).rewrite is Reader.rewrite:
                # It says so before the check, not after it.
                reader.rewrite(text, {})
            if text.lenient or not (text.is_plain or name == STDIN):
                raise MtcheckError(
                    Code.CANNOT_FIX,
                    "with --lenient not all of the input is known" if text.lenient else "the input is packed",
                    where=name,
                    mend="Leave out --fix, or give files as they are, all of which can be read",
                )
        inputs = {_identity(Path(file.file)) for file in stream.files if file.file != STDIN}
        for name in stream.translations:
            if name != STDIN and _identity(fixed_path(Path(name))) in inputs - {None}:
                raise MtcheckError(
                    Code.CANNOT_FIX,
                    f"the corrected copy would replace the input {fixed_path(Path(name))}",
                    where=name,
                    mend="Check one of them at a time, or rename it",
                )

    def add(self, article: Article, scores: Sequence[Mapping[str, Score]], found: Sequence[Sequence[Finding]]) -> None:
        """Take an article's fixes. Raises CANNOT_FIX, CANNOT_WRITE for the file that it leaves behind."""
        name = next((s.origin.file for s in article.segments if s.origin.file in self._stream.translations), None)
        if name is None:
            return
        if name != self._name:
            self._write()
            self._name = name
        for segment, edits in zip(article.segments, self._edits(article, scores, found), strict=True):
            if edits:
                line = segment.origin.line
                assert line is not None
                place = segment.id if segment.unit else line
                self._changes.setdefault(place, {})[segment.index] = Change(segment.target, edits, line)
                self._changed += 1
                if self._room:
                    self._room -= 1
                    self._segments.append(FixedSegment(segment.origin, segment.target, edits))

    def finish(self) -> None:
        """Write the last copy. Raises CANNOT_FIX, CANNOT_WRITE."""
        self._write()
        if self._crossing:
            said = "fixes are" if self._crossing > 1 else "fix is"
            self._stream.notes.append(f"{self._crossing:,} {said} left to a reviser: inline tags stand in the way")

    def _edits(
        self, article: Article, scores: Sequence[Mapping[str, Score]], found: Sequence[Sequence[Finding]]
    ) -> list[tuple[Edit, ...]]:
        """What turns each segment's target into one without fixable findings."""
        drafts = [_Draft(segment.target) for segment in article.segments]
        seen = [{segment.target} for segment in article.segments]
        for _ in range(_ROUNDS):
            changed = False
            for draft, past, findings in zip(drafts, seen, found, strict=True):
                edits = choose(draft.text, findings)
                # Two rules that undo each other's fixes would go on for ever.
                if edits and (text := apply(draft.text, edits)) not in past:
                    past.add(text)
                    draft.make(edits)
                    changed = True
            if not changed:
                break
            segments = tuple(
                replace(segment, target=draft.text) for segment, draft in zip(article.segments, drafts, strict=True)
            )
            again = self._inspector.inspect(replace(article, segments=segments), scores)
            found = [
                [finding for finding in findings if finding.fix and not self._suppressor.accepts(segment, finding)]
                for segment, findings in zip(segments, again, strict=True)
            ]
        return [self._in_place(segment, draft.edits()) for segment, draft in zip(article.segments, drafts, strict=True)]

    def _in_place(self, segment: Segment, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """The edits without those that would move or take away a tag."""
        if not segment.unit:
            return edits
        ends = sorted({end for tag in segment.unit.target_tags for end in tag.span})
        kept = tuple(edit for edit in edits if bisect_right(ends, edit.start) >= bisect_left(ends, edit.end))
        self._crossing += len(edits) - len(kept)
        return kept

    def _write(self) -> None:
        if self._name is None:
            return
        text, reader = self._stream.translations[self._name]
        pieces = reader.rewrite(text, self._changes)
        mark, encoding = text.encoding()
        path = fixed_path(Path(self._name))
        try:
            if self._name == STDIN:
                _copy(pieces, sys.stdout.buffer, mark, encoding)
            elif self._changes or path.exists():
                _write_all(pieces, path, mark, encoding)
        except BrokenPipeError:
            raise
        except UnicodeEncodeError as error:
            raise MtcheckError(
                Code.CANNOT_FIX,
                f"the encoding {encoding} has no {error.object[error.start]!r}",
                where=self._name,
                mend="Save the file as UTF-8, or leave out --fix",
            ) from None
        except OSError as error:
            raise MtcheckError(
                Code.CANNOT_WRITE,
                f"cannot write the corrected copy ({error.strerror or error})",
                where=str(path),
                mend="Make room, or check a copy in a folder that can be written to",
            ) from None
        copy = FixedCopy(self._name, STDIN if self._name == STDIN else str(path), self._changed)
        self.copies.append(copy)
        if self._on_fixed:
            self._on_fixed(copy, self._segments)
        self._name, self._changes, self._changed, self._segments = None, {}, 0, []


class _Draft:
    """A text that is edited in rounds, and knows where each of its characters stood at first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._length = len(text)
        self._home: list[int] | None = None

    def make(self, edits: Sequence[Edit]) -> None:
        """Make edits that are in order and apart."""
        home = list(range(self._length)) if self._home is None else self._home
        self._home = []
        at = 0
        for edit in edits:
            self._home += (*home[at : edit.start], *[-1] * len(edit.text))
            at = edit.end
        self._home += home[at:]
        self.text = apply(self.text, edits)

    def edits(self) -> tuple[Edit, ...]:
        """All rounds as one: what lies between each two characters of the first text that are left."""
        if self._home is None:
            return ()
        stays = [(-1, -1), *((now, first) for now, first in enumerate(self._home) if first >= 0)]
        ends = (len(self._home), self._length)
        return tuple(
            Edit(first + 1, next_first, self.text[now + 1 : next_now])
            for (now, first), (next_now, next_first) in pairwise([*stays, ends])
            if next_first > first + 1 or next_now > now + 1
        )


def choose(text: str, findings: Sequence[Finding]) -> tuple[Edit, ...]:
    """The fixes that change something, in order and apart: of two that meet, that of the worse finding."""
    chosen: list[Edit] = []
    for finding in sorted(findings, key=lambda finding: (-finding.severity.rank, finding.target_span, finding.code)):
        if finding.fix is None or finding.target_span.of(text) == finding.fix.target:
            continue
        edit = Edit(*finding.target_span, finding.fix.target)
        place = bisect_left(chosen, edit)
        if not any(_meet(chosen[i], edit) for i in (place - 1, place) if 0 <= i < len(chosen)):
            chosen.insert(place, edit)
    return tuple(chosen)


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with edits made that are in order and apart."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += (text[at : edit.start], edit.text)
        at = edit.end
    return "".join((*parts, text[at:]))


def _meet(one: Edit, other: Edit) -> bool:
    """True if they share a character, or one inserts where the other begins or ends."""
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells files apart under any name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _write_all(pieces: Iterator[str], path: Path, mark: bytes, encoding: str) -> None:
    try:
        with path.open("wb") as file:
            _copy(pieces, file, mark, encoding)
    except BaseException:
        # Half a copy is none.
        path.unlink(missing_ok=True)
        raise


def _copy(pieces: Iterator[str], file: BinaryIO, mark: bytes, encoding: str) -> None:
    file.write(mark)
    for piece in pieces:
        file.write(piece.encode(encoding))
    file.flush()
