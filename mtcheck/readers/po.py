"""Gettext PO: messages as pairs, with context, plural forms, comments and flags; read entry by entry.

An extracted comment `article: NAME` joins neighbours to an article, `role: ROLE` or po4a's `type: Title` states a role.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mtcheck.core.encodings import text_encoding
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import check_tag
from mtcheck.core.types import Origin, Role, Segment, Unit
from mtcheck.readers.base import READERS, Change, Changes, Item, Reader, out_of_place, splice
from mtcheck.readers.bilingual import grouped, stated_role
from mtcheck.readers.input import MAX_LINE, InputText

_KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d{1,3})\])?)\s*(.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SPELT = str.maketrans({character: f"\\{letter}" for letter, character in _PLAIN.items()})
# A character of a text as it is spelt.
_PIECE = re.compile(r"\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)|.")
_CHARSET = re.compile(rb"Content-Type:[^\n]{0,100}?charset=([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_SAID = re.compile(r"(article|role|type):\s*(.+)")


@dataclass
class _Entry:
    """One message: the parts of its texts by keyword, its comments, and the lines of its keywords."""

    line: int
    parts: dict[str, list[str]] = field(default_factory=dict)
    size: int = 0
    lines: dict[str, int] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def is_translated(self) -> bool:
        return any(name.startswith("msgstr") for name in self.parts)

    def text(self, key: str) -> str | None:
        return "".join(self.parts[key]) if key in self.parts else None


@READERS.register
class Po(Reader):
    """Messages of a catalogue: those that are untranslated too, without those that are obsolete."""

    name = "po"
    suffixes = (".po", ".pot")
    about = "gettext PO catalogues"

    def sniff(self, head: str) -> bool:
        return re.search(r"^msgid\s", head, re.MULTILINE) is not None and re.search(r"^msgstr", head, re.M) is not None

    def read(self, text: InputText) -> Iterable[Item]:
        yield from grouped(self._segments(text))

    def rewrite(self, text: InputText, changes: Changes) -> Iterator[str]:
        found = {change.line: change for message in changes.values() for change in message.values()}
        message: _Spelling | None = None
        for number, line, end in text.raw_lines():
            if message and line.lstrip().startswith('"'):
                message.add(line, end)
                continue
            if message:
                yield message.changed()
                message = None
            if number in found:
                message = _Spelling(found[number], text)
                message.add(line, end)
            else:
                yield line + end
        if message:
            yield message.changed()

    def _segments(self, text: InputText) -> Iterator[tuple[str | None, Segment]]:
        text.given_encoding = _declared(text) or text.given_encoding
        language: str | None = None
        places: Counter[str] = Counter()
        number = 0
        translated = found = False
        for entry in _entries(text):
            context, header = entry.text("msgctxt"), entry.text("msgid") == ""
            if header and context is None:
                try:
                    language = _language(entry, text)
                except MtcheckError as error:
                    text.refuse(error)
                continue
            number += 1
            article = entry.said.get("article")
            notes = (*([f"context: {context}"] if context else []), *entry.comments)
            state = "fuzzy" if "fuzzy" in entry.flags else None
            for form, source, target in _forms(entry):
                found = True
                translated = translated or bool(target.strip())
                unit = f"{number}{form}"
                identifier = f"{text.label}#{unit}"
                key = "msgstr" + form
                yield (
                    article,
                    Segment(
                        id=identifier,
                        article=article or identifier,
                        index=places[article] if article else 0,
                        target=target,
                        source=source or None,
                        role=stated_role(entry.said.get("role") or entry.said.get("type"), Role.OTHER),
                        target_lang=language,
                        origin=Origin(text.name, entry.lines.get(key, entry.line), unit),
                        unit=Unit(state=state, notes=notes),
                    ),
                )
                if article:
                    places[article] += 1
        if not translated and not text.refused.count:
            raise MtcheckError(
                Code.NO_ARTICLE,
                "no message in it has a translation" if found else "it holds no message",
                where=text.name,
                mend="Give the catalogue as it came back from translation",
            )


class _Spelling:
    """A translation as its lines spell it: what stands before it, its characters, and what stands between them."""

    def __init__(self, change: Change, text: InputText) -> None:
        self._change = change
        self._text = text
        self._head = ""
        self._pieces: list[str] = []
        self._read: list[str] = []
        self._gap = ""

    def add(self, line: str, end: str) -> None:
        """One more of its lines."""
        start, stop = line.find('"'), line.rfind('"')
        if start < 0:
            self._gap += line + end
            return
        self._gap += line[: start + 1]
        if not self._head:
            self._head, self._gap = self._gap, ""
        for piece in _PIECE.findall(line[start + 1 : stop]):
            self._pieces.append(self._gap + piece)
            self._read.append(_unescaped(piece))
            self._gap = ""
        self._gap += line[stop:] + end

    def changed(self) -> str:
        """The lines with the change made. Raises CANNOT_FIX."""
        if "".join(self._read) != self._change.target:
            raise out_of_place(self._text, self._change.line)
        return self._head + splice(self._pieces, self._change.edits, _escaped) + self._gap


def _forms(entry: _Entry) -> Iterator[tuple[str, str, str]]:
    """What is put after the message's number, source and translation of each plural form."""
    if "msgid_plural" not in entry.parts:
        yield "", entry.text("msgid") or "", entry.text("msgstr") or ""
        return
    forms = [key for key in entry.parts if key.startswith("msgstr[")] or ["msgstr[0]"]
    for key in forms:
        # The first form is the singular, unless the language has no other.
        source = "msgid" if key == "msgstr[0]" and len(forms) > 1 else "msgid_plural"
        yield key.removeprefix("msgstr"), entry.text(source) or "", entry.text(key) or ""


def _declared(text: InputText) -> str | None:
    with text.stream() as stream:
        found = _CHARSET.search(stream.read(1 << 16))
    return text_encoding(found[1].decode("ascii")) if found else None


def _language(entry: _Entry, text: InputText) -> str | None:
    for line in (entry.text("msgstr") or "").split("\n"):
        name, _, value = line.partition(":")
        # `sr@latin` and the like: the modifier says nothing that a tag says.
        tag = value.strip().partition("@")[0]
        if name.strip().casefold() == "language" and tag:
            return check_tag(tag, where=f"{text.name}:{entry.line}")
    return None


def _entries(text: InputText) -> Iterator[_Entry]:
    """Messages in order. One that is not PO is refused with its line; reading goes on at the next blank line."""
    entry: _Entry | None = None
    key = ""
    broken = False
    for number, line in text.lines():
        said = line.strip()
        if not said:
            if entry is not None and entry.is_translated:
                yield from _complete(entry, text)
                entry = None
            broken = False
            continue
        if broken:
            continue
        if said.startswith("#~"):
            text.leave_out("lines of obsolete messages")
            continue
        begins = re.match(r"msgid\b(?!_)", said) is not None
        starts = begins or said.startswith(("#", "msgctxt", "domain "))
        if entry is not None and ((starts and entry.is_translated) or (begins and "msgid" in entry.parts)):
            yield from _complete(entry, text)
            entry = None
        if said.startswith("domain "):
            continue
        entry = entry or _Entry(number)
        if said.startswith("#"):
            _comment(entry, said)
            continue
        keyword = _KEYWORD.fullmatch(said)
        problem = None
        if keyword:
            key, said = keyword[1], keyword[3]
            problem = f"'{key}' stands twice" if key in entry.parts else None
            entry.parts.setdefault(key, [])
            entry.lines[key] = number
        elif not entry.parts or said[0] != '"':
            problem = "this is no line of PO"
        if problem is None and said:
            quoted = _QUOTED.fullmatch(said)
            entry.size += len(said)
            if quoted is None:
                problem = "the text is not quoted"
            elif entry.size > MAX_LINE:
                problem = "the message is too long"
            else:
                entry.parts[key].append(_unescaped(quoted[1]))
        if problem:
            text.refuse(_bad(text, number, problem))
            entry, broken = None, True
    if entry is not None and entry.parts:
        yield from _complete(entry, text)


def _complete(entry: _Entry, text: InputText) -> Iterator[_Entry]:
    if "msgid" in entry.parts and entry.is_translated:
        yield entry
    else:
        lacking = "msgstr" if "msgid" in entry.parts else "msgid"
        text.refuse(_bad(text, entry.line, f"the message has no {lacking}"))


def _comment(entry: _Entry, said: str) -> None:
    if said.startswith("#,"):
        entry.flags += [flag.strip() for flag in said[2:].split(",")]
    elif said.startswith("#."):
        comment = said[2:].strip()
        stated = _SAID.fullmatch(comment)
        if stated:
            entry.said[stated[1]] = stated[2].strip()
        elif comment:
            entry.comments.append(comment)
    elif not said.startswith(("#:", "#|")) and said[1:].strip():
        entry.comments.append(said[1:].strip())


def _unescaped(quoted: str) -> str:
    return _ESCAPE.sub(_escape, quoted) if "\\" in quoted else quoted


def _escape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "01234567":
        return chr(int(code, 8))
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _PLAIN.get(code, code)


def _escaped(text: str) -> str:
    return re.sub(r"[\\\"]", r"\\\g<0>", text).translate(_SPELT)


def _bad(text: InputText, line: int, what: str) -> MtcheckError:
    return MtcheckError(
        Code.BAD_RECORD,
        what,
        where=f"{text.name}:{line}",
        mend="Check the catalogue with msgfmt -c, and mend it there",
    )
