"""ninjs (IPTC's news in JSON, 1.x to 3.x) and ttninjs (TT's dialect of it): one item or several a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import check_tag
from mtcheck.core.types import Role
from mtcheck.readers.base import READERS
from mtcheck.readers.dates import stated_day
from mtcheck.readers.documents import Document, DocumentReader, assemble
from mtcheck.readers.input import InputText
from mtcheck.readers.markup import page_blocks, parse_html, parse_xml
from mtcheck.readers.nitf import nitf_blocks
from mtcheck.readers.roles import Block

_KEYS = re.compile(r'"(?:headlines?|bodies|body_\w+|body[TXHR]\w+|versioncreated|versionCreated|uri)"\s*:')
_NATIVE = re.compile(r'"(?:target|segments)"\s*:')
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)
_LISTS = ("items", "hits", "docs", "documents")

# The first that there is says when the text went out (ttab.github.io/dates: of articles, "the time of release").
_DATES = ("versioncreated", "versionCreated", "firstcreated", "firstCreated")
_SECTORS = "tt.se/spec/sector/"

# The renditions of a body, richest first.
_HTML, _NITF, _TEXT, _UNKNOWN = range(4)


class _Field(NamedTuple):
    """A text of the item, the format's word for what it is, its content type, its line."""

    text: str
    role: str
    kind: str
    line: int


def looks_like_ninjs(head: str) -> bool:
    """True if a JSON text that begins so is a news item rather than a record of the native form."""
    return head[:1] in "{[" and bool(_KEYS.search(head)) and not _NATIVE.search(head)


@READERS.register
class Ninjs(DocumentReader):
    """News items: headline, byline, dateline, body, captions of what is associated."""

    name = "ninjs"
    suffixes = (".json", ".ninjs")
    about = "ninjs 1.x to 3.x and ttninjs, one item or a list of them"

    def sniff(self, head: str) -> bool:
        return looks_like_ninjs(head)

    def documents(self, text: InputText) -> Iterator[Document]:
        raw = text.text()
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            what = getattr(error, "msg", "nested too deep" if isinstance(error, RecursionError) else "a number")
            raise MtcheckError(
                Code.BAD_JSON,
                f"the text is not JSON ({what})",
                where=f"{text.name}:{line}",
                mend="Give ninjs as one JSON text, or records one a line in a file called .jsonl",
            ) from None
        lines = _lines(raw)
        found = False
        kinds: set[str] = set()
        for path, item in _items(data):
            if not isinstance(item, dict):
                text.leave_out("entries that are no items")
                continue
            try:
                document = _Item(item, path, lines, text).document()
            except MtcheckError as error:
                text.refuse(error)
                continue
            if document is None:
                kinds.add(str(item.get("type", "item")))
                text.leave_out("items without text")
            else:
                found = True
                yield document
        if not found and not text.refused.count:
            native = isinstance(data, dict) and ("target" in data or "segments" in data)
            mend = "Give records one a line in a file called .jsonl" if native else "Give ninjs items with text"
            what = f" (an item of type {', '.join(sorted(kinds))})" if kinds else ""
            raise MtcheckError(Code.NO_ARTICLE, f"it holds no text of an article{what}", where=text.name, mend=mend)


def _items(data: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The items with their paths: the object itself, a list of objects, or the list of a search's answer."""
    if isinstance(data, dict):
        name = next((name for name in _LISTS if isinstance(data.get(name), list)), None)
        if name is None:
            yield (), data
            return
        prefix: tuple[Any, ...] = (name,)
        data = data[name]
    else:
        prefix = ()
    for position, item in enumerate(data if isinstance(data, list) else ()):
        yield (*prefix, position), item


def _lines(raw: str) -> dict[tuple[Any, ...], int]:
    """The line of each string value by its path."""
    found: dict[tuple[Any, ...], int] = {}
    path: list[str | int | None] = []
    line, at = 1, 0
    for token in _TOKEN.finditer(raw):
        line += raw.count("\n", at, token.start())
        at = token.start()
        mark = token.group()
        if mark in "{[":
            path.append(None if mark == "{" else 0)
        elif mark in "}]":
            path.pop()
        elif mark == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else None
        elif path and path[-1] is None:
            path[-1] = str(json.loads(mark))
        else:
            found[tuple(path)] = line
    return found


class _Item:
    """One news item of any version."""

    def __init__(
        self, data: Mapping[str, Any], path: tuple[Any, ...], lines: Mapping[tuple[Any, ...], int], text: InputText
    ) -> None:
        self._data = data
        self._path = path
        self._lines = lines
        self._text = text
        self.where = f"{text.name}:{self._line('uri') if 'uri' in data else 1}"

    def document(self) -> Document | None:
        head = [
            Block(field.text, field.line, Role.SUBHEAD if "sub" in field.role.casefold() else Role.HEADLINE)
            for field in self._fields("headline", "headlines")
        ]
        head = head or [Block(field.text, field.line, Role.HEADLINE) for field in self._fields("title")]
        # The main headline is first, whatever order the item has them in.
        head.sort(key=lambda block: block.role is not Role.HEADLINE)
        head += [Block(field.text, field.line, Role.BYLINE) for field in self._fields("byline", "bylines", "by")]
        head += [Block(field.text, field.line, Role.DATELINE) for field in self._fields("dateline")]
        body = self._body()
        tail: list[Block] = []
        for field in self._fields("description", "descriptions"):
            if _rendition(field) == _HTML:
                self._text.leave_out("descriptions in markup, beside those in plain text")
                continue
            words = field.role.casefold()
            if "credit" in words:
                tail.append(Block(field.text, field.line, Role.CREDIT))
            elif "caption" in words or (
                self._data.get("type") in ("picture", "graphic", "video", "audio") and not body
            ):
                tail.append(Block(field.text, field.line, Role.CAPTION))
            elif "usage" in words:
                self._text.leave_out("notes on usage")
            else:
                head.append(Block(field.text, field.line, Role.LEAD))
        tail += [Block(field.text, field.line, Role.OTHER) for field in self._fields("ednote", "edNote")]
        tail += self._associated()
        paragraphs = assemble(head, body, tail)
        if not paragraphs:
            return None
        language = self._data.get("language")
        return Document(
            file=self._text.name,
            paragraphs=paragraphs,
            id=self._data["uri"] if isinstance(self._data.get("uri"), str) else None,
            language=check_tag(language, where=self.where) if isinstance(language, str) and language else None,
            keys={key: value for key, value in self._keys() if value},
            desk=next(self._desks(), None),
            date=stated_day(self._text, *(self._data.get(name) for name in _DATES)),
        )

    def _desks(self) -> Iterator[str]:
        """What dialects call a section or sector; TT's sectors stand among the genres, too."""
        said: list[Any] = [self._data.get("section"), self._data.get("sector")]
        genres = self._data.get("genres") or self._data.get("genre")
        for genre in genres if isinstance(genres, list) else ():
            if isinstance(genre, dict) and _SECTORS in f"{genre.get('uri')} {genre.get('scheme')}":
                said += [genre.get("name"), genre.get("literal"), genre.get("code")]
        for desk in said:
            if isinstance(desk, str) and desk.strip() and _is_whole(desk):
                yield " ".join(desk.split())

    def _keys(self) -> Iterator[tuple[str, str]]:
        for key, value in self._data.items():
            if isinstance(value, str) and not key.startswith(("body", "description", "headline")):
                yield key, value
        alternatives = self._data.get("altids") or self._data.get("altIds")
        if isinstance(alternatives, dict):
            yield from ((str(key), value) for key, value in alternatives.items() if isinstance(value, str))
        for entry in alternatives if isinstance(alternatives, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("value"), str):
                yield str(entry.get("role", "altid")), entry["value"]

    def _line(self, *path: Any) -> int:
        return self._lines.get((*self._path, *path), 1)

    def _fields(self, *names: str, of: Mapping[str, Any] | None = None, at: tuple[Any, ...] = ()) -> Iterator[_Field]:
        """The texts under these names, whether they are plain, listed with roles, or have the role in the name."""
        data = self._data if of is None else of
        for key, value in data.items():
            name, _, suffix = key.partition("_")
            if name not in names:
                continue
            entries = value if isinstance(value, list) else [value]
            for position, entry in enumerate(entries):
                place = (*at, key, position) if isinstance(value, list) else (*at, key)
                role, kind, said = suffix, "", entry
                if isinstance(entry, dict):
                    inner = next((word for word in ("value", "text", "byline", "name") if word in entry), None)
                    if inner is None:
                        continue
                    said = entry[inner]
                    place = (*place, inner)
                    role = str(entry.get("role") or suffix)
                    kind = str(entry.get("contentType") or entry.get("contenttype") or "")
                if not isinstance(said, str) or not said.strip():
                    continue
                line = self._line(*place)
                if not _is_whole(said):
                    raise MtcheckError(
                        Code.BAD_RECORD,
                        f"'{key}' holds half a character (a lone surrogate)",
                        where=f"{self._text.name}:{line}",
                        mend="Mend what wrote the file",
                    )
                is_markup = key.startswith(("body", "bodies")) or "html" in kind
                if not is_markup:
                    said = " ".join(said.split())
                yield _Field(said, role, kind, line)

    def _body(self) -> list[Block]:
        found = [(_rendition(field), position, field) for position, field in enumerate(self._fields("body", "bodies"))]
        for rendition, _, field in sorted(found, key=lambda entry: entry[:2]):
            read = self._blocks(rendition, field)
            if read:
                self._text.leave_out("further renditions of the same text", len(found) - 1)
                return read
        self._text.leave_out("bodies that are neither text, HTML nor NITF", len(found))
        return []

    def _blocks(self, rendition: int, field: _Field) -> list[Block]:
        if rendition == _HTML:
            return page_blocks(parse_html(field.text, self._text, field.line), self._text)
        if rendition == _NITF:
            nodes = parse_xml(field.text, self._text, ("nitf",))
            return [block for node, _ in nodes for block in nitf_blocks(node, self._text)]
        if rendition == _UNKNOWN:
            return []
        return [
            Block(line.strip(), field.line) for line in re.split(r"[\r\n\u2028\u2029]+", field.text) if line.strip()
        ]

    def _associated(self) -> Iterator[Block]:
        """Captions and credits of pictures and the like, and the texts of fact boxes that go with the item."""
        associations = self._data.get("associations")
        if isinstance(associations, dict):
            entries: list[tuple[Any, Any]] = list(associations.items())
        else:
            entries = list(enumerate(associations)) if isinstance(associations, list) else []
        for key, entry in entries:
            if not isinstance(entry, dict):
                continue
            at = ("associations", key)
            for field in self._fields("description", "descriptions", "caption", of=entry, at=at):
                if _rendition(field) != _HTML:
                    yield Block(field.text, field.line, Role.CAPTION)
            for field in self._fields("byline", "by", of=entry, at=at):
                yield Block(field.text, field.line, Role.CREDIT)
            self._text.leave_out("bodies of associated items", len([*self._fields("body", "bodies", of=entry, at=at)]))
            if entry.get("type") in ("text", "composite"):
                for field in self._fields("headline", "headlines", of=entry, at=at):
                    yield Block(field.text, field.line, Role.FACTBOX)


def _rendition(field: _Field) -> int:
    words = f"{field.role} {field.kind}".casefold()
    if "html" in words:
        return _HTML
    if "nitf" in words:
        return _UNKNOWN if "ttnitf" in words else _NITF
    return _UNKNOWN if "xml" in words else _TEXT


def _is_whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
