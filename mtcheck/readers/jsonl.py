"""JSON Lines, the native form: one pair or one article an object, one object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Span
from mtcheck.readers.base import READERS, Changes, InputText, Item, Reader, out_of_place, splice
from mtcheck.readers.ninjs import looks_like_ninjs
from mtcheck.readers.records import articles

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]')
_CHARACTER = re.compile(r"\\u[dD][89abAB]\w{2}\\u[dD][c-fC-F]\w{2}|\\u\w{4}|\\.|.", re.DOTALL)


@READERS.register
class JsonLines(Reader):
    """Pairs `{"id", "source", "target", ...}` or articles `{"id", "segments": [...], ...}`."""

    name = "jsonl"
    suffixes = (".jsonl", ".ndjson")
    about = "JSON Lines of pairs or articles"

    def sniff(self, head: str) -> bool:
        return head.startswith("{") and not looks_like_ninjs(head)

    def read(self, text: InputText) -> Iterable[Item]:
        return articles(text, self._records(text))

    def rewrite(self, text: InputText, changes: Changes) -> Iterator[str]:
        for number, line, end in text.raw_lines():
            if number in changes:
                pair, article = _targets(line)
                at = 0
                for index, change in sorted(changes[number].items()):
                    place = pair if article is None else article.get(index)
                    if place is None or json.loads(place.of(line)) != change.target:
                        raise out_of_place(text, number)
                    token = place.of(line)
                    # Where others are, new characters beyond ASCII are escaped too.
                    escaped = token.isascii() and "\\u" in line
                    pieces = _CHARACTER.findall(token[1:-1])
                    yield line[at : place.start + 1]
                    yield splice(pieces, change.edits, _escaped if escaped else _plain)
                    at = place.end - 1
                line = line[at:]
            yield line + end

    @staticmethod
    def _records(text: InputText) -> Iterator[tuple[int, Any]]:
        for line, content in text.lines():
            if not content.strip():
                continue
            try:
                yield line, json.loads(content)
            except (ValueError, RecursionError) as error:
                # Numbers of thousands of digits are refused with a plain ValueError.
                what = getattr(error, "msg", "nested too deep" if isinstance(error, RecursionError) else "a number")
                fault = MtcheckError(
                    Code.BAD_JSON,
                    f"the line is not JSON ({what})",
                    where=f"{text.name}:{line}",
                    mend="Write one JSON object a line",
                )
                text.refuse(fault)


def _plain(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def _targets(line: str) -> tuple[Span | None, dict[int, Span] | None]:
    """Where the translation of a pair stands, or those of an article by position."""
    pair: Span | None = None
    article: dict[int, Span] | None = None
    # For each container that is open: the key, or the position, of the value that comes next.
    path: list[str | int | None] = []
    for token in _TOKEN.finditer(line):
        mark = token.group()
        if mark in "{[":
            path.append(None if mark == "{" else 0)
            if path[:-1] == ["segments"] and mark == "[":
                article = {}
        elif mark in "}]":
            path.pop()
        elif mark == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
        elif path and path[-1] is None:
            path[-1] = json.loads(mark)
        elif path == ["target"]:
            pair = Span(*token.span())
        elif article is not None and len(path) == 3 and path[0] == "segments" and path[2] == "target":
            assert isinstance(path[1], int)
            article[path[1]] = Span(*token.span())
    return pair, article
