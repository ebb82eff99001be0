"""A bare article as plain text: paragraphs with the roles that their place and form suggest."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Marker, Paragraph
from mtcheck.readers.base import READERS, Changes, InputText, only, out_of_place, splice
from mtcheck.readers.documents import Document, DocumentReader
from mtcheck.readers.records import rule_words
from mtcheck.readers.roles import Block, with_roles

# A line of its own: for the paragraph that follows, or for the whole file.
_MARKER = re.compile(r"\s*<!--\s*mtcheck:\s*ignore(-file)?\s([^<>]*)-->\s*")
# Hard-wrapped text: most lines inside a block are nearly as long as the longest, which is short.
_WRAP_WIDTH = range(50, 101)


@READERS.register
class PlainText(DocumentReader):
    """A translated article without its source: target-side rules only."""

    name = "text"
    suffixes = (".txt", ".text")
    about = "a bare translated article as plain text, one paragraph a block or line"

    def sniff(self, head: str) -> bool:  # noqa: ARG002 (any text is plain text)
        return False

    def documents(self, text: InputText) -> Iterator[Document]:
        text.detect()
        yield Document(text.name, tuple(paragraphs(text)))

    def rewrite(self, text: InputText, changes: Changes) -> Iterator[str]:
        lines = text.raw_lines()
        for number, line, end in lines:
            if number not in changes:
                yield line + end
                continue
            change = only(changes[number])
            pieces = list(line)
            rest = change.target.removeprefix(line) if change.target.startswith(line) else None
            while rest:
                # What parts this line of the paragraph from the next, remarks between them included.
                gap = end
                for _, line, end in lines:
                    if line.strip() and not _MARKER.fullmatch(line):
                        break
                    gap += line + end
                at = rest.find(line)
                if at < 1 or rest[:at].strip():
                    rest = None
                    break
                pieces += [gap, *[""] * (at - 1), *line]
                rest = rest[at + len(line) :]
            if rest is None:
                raise out_of_place(text, number)
            yield splice(pieces, change.edits, _one_line) + end


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n]+", " ", text)


def paragraphs(text: InputText) -> list[Paragraph]:
    """The paragraphs of an article: blocks between blank lines if it is hard-wrapped, else its lines.

    A line `<!-- mtcheck: ignore RULES -->` is no text: it accepts findings in the paragraph after it, with
    `ignore-file` in all of them. Raises NO_INPUT if there is no paragraph.
    """
    blocks: list[list[tuple[int, str]]] = [[]]
    markers: list[tuple[int, bool, Marker]] = []
    for number, line in text.lines():
        if "<!--" in line and (found := _MARKER.fullmatch(line)):
            markers.append((number, bool(found[1]), Marker(rule_words(found[2]), f"{text.name}:{number}")))
        elif line.strip():
            blocks[-1].append((number, line))
        elif blocks[-1]:
            blocks.append([])
    blocks = [block for block in blocks if block]
    if not blocks:
        raise MtcheckError(Code.NO_INPUT, "the text is empty", where=text.name, mend="Give a file with text")
    if _is_wrapped(blocks):
        parts = [Block("\n".join(line for _, line in block), block[0][0]) for block in blocks]
    else:
        parts = [Block(line, number) for block in blocks for number, line in block]
    return _with_markers(with_roles(parts), markers)


def _with_markers(found: list[Paragraph], markers: list[tuple[int, bool, Marker]]) -> list[Paragraph]:
    if not markers:
        return found
    starts = [paragraph.line for paragraph in found]
    # One that no paragraph follows belongs to the last.
    after = [min(bisect_right(starts, line), len(starts) - 1) for line, _, _ in markers]
    return [
        replace(
            paragraph,
            suppress=tuple(
                marker for place, (_, whole, marker) in zip(after, markers, strict=True) if whole or place == position
            ),
        )
        for position, paragraph in enumerate(found)
    ]


def _is_wrapped(blocks: list[list[tuple[int, str]]]) -> bool:
    inner = [len(line) for block in blocks for _, line in block[:-1]]
    if not inner or max(inner) not in _WRAP_WIDTH:
        return False
    near = sum(1 for length in inner if length > max(inner) * 0.7)
    return near / len(inner) > 0.8
