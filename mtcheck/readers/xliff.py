"""XLIFF 1.x and 2.x (OASIS), and the XLIFF of SDL/Trados (.sdlxliff) and memoQ (.mqxliff).

A <file> is an article, a unit a segment, or as many as it is segmented into. Segments have the visible text; inline
tags stand beside it with the spans that they mark. Every segment points at its unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import check_tag
from mtcheck.core.types import Article, Origin, Role, Segment, Unit
from mtcheck.readers.base import READERS, Item, Reader
from mtcheck.readers.bilingual import Inline, Scheme, flatten, preserves, stated_role
from mtcheck.readers.input import InputText
from mtcheck.readers.markup import Node, read_xml, root_is

_NOT_FOR_TRANSLATION = "units that are not to be translated"
_SCHEME_1 = Scheme(
    unseen=("bpt", "ept", "ph", "it", "bx", "ex", "x", "ut"),
    opens=("bpt", "bx"),
    closes=("ept", "ex"),
    key=lambda node: node.get("rid") or node.get("id") or "",
)
_SCHEME_2 = Scheme(
    unseen=("ph", "sc", "ec", "sm", "em"),
    opens=("sc", "sm"),
    closes=("ec", "em"),
    key=lambda node: node.get("startRef") or node.get("id") or "",
)
_EMPTY = Inline("")


class _Part(NamedTuple):
    """One segment of a unit: what is put after the unit's id, its texts, its state, its line."""

    id: str
    source: Inline
    target: Inline
    state: str | None
    line: int


@READERS.register
class Xliff(Reader):
    """Units as segments, with their states, notes, inline tags and alternative translations."""

    name = "xliff"
    suffixes = (".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff", ".xml")
    about = "XLIFF 1.x and 2.x, SDLXLIFF, MQXLIFF"

    def sniff(self, head: str) -> bool:
        return root_is(head, "xliff")

    def read(self, text: InputText) -> Iterable[Item]:
        files = _Files(text)
        root: Node | None = None
        for node, ancestors in read_xml(text, ("trans-unit", "bin-unit", "unit")):
            root = ancestors[0] if ancestors else node
            file = next((outer for outer in ancestors if outer.name == "file"), None)
            if root.name != "xliff" or file is None:
                raise _not_xliff(text, root)
            yield from files.enter(file, root)
            try:
                files.add(node, ancestors)
            except MtcheckError as error:
                text.refuse(error)
        yield from files.leave()
        if root is None:
            raise MtcheckError(
                Code.NO_ARTICLE, "it holds no unit", where=text.name, mend="Give XLIFF 1.x or 2.x with units"
            )
        if not files.translated and not text.refused.count:
            raise MtcheckError(
                Code.NO_ARTICLE,
                "no unit in it has a translation",
                where=text.name,
                mend="Give the file as it came back from translation",
            )


def _not_xliff(text: InputText, root: Node) -> MtcheckError:
    return MtcheckError(
        Code.BAD_RECORD,
        f"a unit stands in <{root.name}>, not in a <file> of <xliff>",
        where=f"{text.name}:{root.line}",
        mend="Give XLIFF 1.x or 2.x",
    )


class _Files:
    """The files of a document, one open at a time."""

    def __init__(self, text: InputText) -> None:
        self._text = text
        self._file: Node | None = None
        self._languages: tuple[str | None, str | None] = None, None
        self._name = ""
        self._names: set[str] = set()
        self._ids: dict[str, int] = {}
        self._segments: list[Segment] = []
        self.translated = False

    def enter(self, file: Node, root: Node) -> Iterator[Article]:
        """The file that a unit stands in; gives out the one before."""
        if file is self._file:
            return
        yield from self.leave()
        where = f"{self._text.name}:{file.line}"
        self._file = file
        stated = (
            file.get("source-language") or root.get("srcLang"),
            file.get("target-language") or root.get("trgLang"),
        )
        self._languages = tuple(check_tag(tag, where=where) if tag else None for tag in stated)  # type: ignore[assignment]
        # Two files may come from one original; their line tells them apart.
        name = file.get("original") or file.get("id") or self._text.stem
        name = name.replace("\\", "/").rpartition("/")[2] or self._text.stem
        self._name = f"{name}:{file.line}" if name in self._names else name
        self._names.add(self._name)
        self._ids = {}

    def leave(self) -> Iterator[Article]:
        if self._segments:
            yield Article(self._name, tuple(self._segments))
        self._segments = []

    def add(self, node: Node, ancestors: Sequence[Node]) -> None:
        """A unit's segments. Raises DUPLICATE_ID, BAD_LANGUAGE."""
        text = self._text
        identifier = node.get("id") or str(len(self._ids) + 1)
        # An id need only be unique in its group in what some tools write; the second is told by its line.
        if identifier in self._ids:
            identifier = f"{identifier}@{node.line}"
        self._ids[identifier] = node.line
        if node.name == "bin-unit":
            text.leave_out("binary units")
            return
        if _stated(node, ancestors, "translate") == "no":
            text.leave_out(_NOT_FOR_TRANSLATION)
            return
        is_second = node.name == "unit"
        parts = list(_parts_2(node, ancestors) if is_second else _parts_1(node, ancestors))
        alternatives = _matches(node) if is_second else _alternatives(node, self._languages[1])
        notes = tuple(note.flat for note in _notes(node) if note.flat)
        if not any(side.text.strip() for part in parts for side in (part.source, part.target)):
            text.leave_out("units without text")
        role = stated_role(node.get("restype") or node.get("type"), Role.OTHER)
        for part in parts:
            pieces = zip_longest((part.source, *part.source.subs), (part.target, *part.target.subs), fillvalue=_EMPTY)
            for nested, (source, target) in enumerate(pieces):
                if not source.text.strip() and not target.text.strip():
                    continue
                self.translated = self.translated or bool(target.text.strip())
                unit = f"{identifier}{part.id}" + (f"/sub{nested}" if nested else "")
                self._segments.append(
                    Segment(
                        id=f"{self._name}#{unit}",
                        article=self._name,
                        index=len(self._segments),
                        target=target.text,
                        source=source.text or None,
                        role=role,
                        source_lang=self._languages[0],
                        target_lang=self._languages[1],
                        origin=Origin(text.name, part.line, unit),
                        unit=Unit(part.state, notes, alternatives, source.tags, target.tags),
                    )
                )


def _stated(node: Node, ancestors: Sequence[Node], attribute: str) -> str | None:
    """The attribute of the unit, or of the nearest group or file around it."""
    nodes = (node, *reversed(ancestors))
    return next((value for outer in nodes if (value := outer.get(attribute))), None)


def _notes(node: Node) -> Iterator[Node]:
    for child in node.nodes:
        if child.name == "note":
            yield child
        elif child.name == "notes":
            yield from (note for note in child.nodes if note.name == "note")


def _parts_1(node: Node, ancestors: Sequence[Node]) -> Iterator[_Part]:
    preserve = preserves(*ancestors, node)
    source, target = node.find("source"), node.find("target")
    segmented = node.find("seg-source")
    states = {seg.get("id"): seg.get("conf") for seg in node.all("seg") if seg.get("conf")}
    whole = None
    if target is not None:
        whole = target.get("state") or node.get("status") or ("approved" if node.get("approved") == "yes" else None)
    pieces = _marked(segmented) if segmented is not None else []
    if not pieces:
        yield _Part("", _inline(source, preserve), _inline(target, preserve), whole, node.line)
        return
    translated = {mark.get("mid"): mark for mark in _marked(target)} if target is not None else {}
    if target is not None and not translated and target.content:
        # The translation is not segmented as the source is.
        yield _Part("", _inline(source or segmented, preserve), _inline(target, preserve), whole, node.line)
        return
    for mark in pieces:
        mid = mark.get("mid")
        other = translated.pop(mid, None)
        suffix = f"/{mid}" if len(pieces) > 1 or translated else ""
        state = states.get(mid) or whole
        yield _Part(suffix, _inline(mark, preserve), _inline(other, preserve), state, (other or mark).line)
    for mid, mark in translated.items():
        yield _Part(f"/{mid}", _EMPTY, _inline(mark, preserve), states.get(mid) or whole, mark.line)


def _marked(node: Node) -> list[Node]:
    return [mark for mark in _all_marks(node) if mark.get("mtype") == "seg"]


def _all_marks(node: Node) -> Iterator[Node]:
    for child in node.nodes:
        if child.name == "mrk" and child.get("mtype") == "seg":
            yield child
        else:
            yield from _all_marks(child)


def _inline(node: Node | None, preserve: bool) -> Inline:
    return _EMPTY if node is None else flatten(node, _SCHEME_1, preserve=preserve)


def _alternatives(node: Node, target_lang: str | None) -> tuple[str, ...]:
    found = []
    for alternative in node.nodes:
        if alternative.name != "alt-trans":
            continue
        for target in alternative.nodes:
            own = target.get("xml:lang")
            if target.name == "target" and (not own or not target_lang or own.casefold() == target_lang.casefold()):
                found.append(flatten(target, _SCHEME_1).text)
    return tuple(text for text in found if text.strip())


def _parts_2(node: Node, ancestors: Sequence[Node]) -> Iterator[_Part]:
    segments = [child for child in node.nodes if child.name == "segment"]
    for position, segment in enumerate(segments):
        source, target = segment.find("source"), segment.find("target")
        state = segment.get("state") or segment.get("subState")
        suffix = f"/{segment.get('id') or position + 1}" if len(segments) > 1 else ""
        texts = [
            _EMPTY if side is None else flatten(side, _SCHEME_2, preserve=preserves(*ancestors, node, segment, side))
            for side in (source, target)
        ]
        yield _Part(suffix, texts[0], texts[1], state, (target or segment).line)


def _matches(node: Node) -> tuple[str, ...]:
    found = node.find("matches")
    targets = (match.find("target") for match in found.nodes) if found is not None else ()
    texts = (flatten(target, _SCHEME_2).text for target in targets if target is not None)
    return tuple(text for text in texts if text.strip())
