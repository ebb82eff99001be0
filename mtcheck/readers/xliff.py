"""XLIFF 1.x and 2.x (OASIS), and the XLIFF of SDL/Trados (.sdlxliff) and memoQ (.mqxliff).

A <file> is an article, a unit a segment, or as many as it is segmented into. Segments have the visible text; inline
tags stand beside it with the spans that they mark. Every segment points at its unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import check_tag
from mtcheck.core.types import Article, Origin, Role, Segment, Unit
from mtcheck.readers.base import READERS, Changes, Item, Reader
from mtcheck.readers.bilingual import EMPTY, Inline, Scheme, flatten, preserves, stated_role, texts
from mtcheck.readers.input import InputText
from mtcheck.readers.markup import Node, read_xml, root_is
from mtcheck.readers.rewriting import rewritten

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
        for article, _ in self._articles(text):
            yield article

    def rewrite(self, text: InputText, changes: Changes) -> Iterator[str]:
        return rewritten(text, changes, self._placed)

    def _placed(self, text: InputText) -> Iterator[tuple[Segment, Inline]]:
        for article, targets in self._articles(text, placed=True):
            yield from zip(article.segments, targets, strict=True)

    @staticmethod
    def _articles(text: InputText, *, placed: bool = False) -> Iterator[tuple[Article, list[Inline]]]:
        """The articles, each with the translations of its segments."""
        files = _Files(text)
        root: Node | None = None
        for node, ancestors in read_xml(text, ("trans-unit", "bin-unit", "unit"), placed=placed):
            root = ancestors[0] if ancestors else node
            file = next((outer for outer in ancestors if outer.name == "file"), None)
            if root.name != "xliff" or file is None:
                raise _not_xliff(text, root)
            yield from files.enter(file, root)
            files.add(node, ancestors)
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
        self._targets: list[Inline] = []
        self.translated = False

    def enter(self, file: Node, root: Node) -> Iterator[tuple[Article, list[Inline]]]:
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
        self._languages = None, None
        try:
            self._languages = tuple(check_tag(tag, where=where) if tag else None for tag in stated)  # type: ignore[assignment]
        except MtcheckError as error:
            self._text.refuse(error)
        # Two files may come from one original; their line tells them apart.
        name = file.get("original") or file.get("id") or self._text.stem
        name = name.replace("\\", "/").rpartition("/")[2] or self._text.stem
        self._name = f"{name}:{file.line}" if name in self._names else name
        self._names.add(self._name)
        self._ids = {}

    def leave(self) -> Iterator[tuple[Article, list[Inline]]]:
        if self._segments:
            yield Article(self._name, tuple(self._segments)), self._targets
        self._segments, self._targets = [], []

    def add(self, node: Node, ancestors: Sequence[Node]) -> None:
        """A unit's segments."""
        text = self._text
        identifier = node.get("id") or str(len(self._ids) + 1)
        # An id need only be unique in its group in what some tools write; the second is told by its line.
        if identifier in self._ids:
            identifier = f"{identifier}@{node.line}"
        self._ids[identifier] = node.line
        if node.name == "bin-unit":
            text.leave_out("binary units")
            for inner in node.all("trans-unit"):
                self.add(inner, (*ancestors, node))
            return
        if _stated(node, ancestors, "translate") == "no":
            text.leave_out(_NOT_FOR_TRANSLATION)
            return
        is_second = node.name == "unit"
        parts = list(_parts_2(node, ancestors) if is_second else _parts_1(node, ancestors))
        alternatives = _matches(node) if is_second else _alternatives(node, self._languages[1])
        notes = tuple(note.flat for note in _notes(node) if note.flat)
        text.leave_out("texts between segments", _between(node) if is_second else 0)
        if not any(side.text.strip() for part in parts for side in (part.source, part.target)):
            text.leave_out("units without text")
        role = stated_role(node.get("restype") or node.get("type"), Role.OTHER)
        for part in parts:
            for suffix, source, target in texts(part.source, part.target):
                if not source.text.strip() and not target.text.strip():
                    continue
                self.translated = self.translated or bool(target.text.strip())
                unit = f"{identifier}{part.id}{suffix}"
                self._targets.append(target)
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
    source, target, segmented = (node.find(name) for name in ("source", "target", "seg-source"))

    def inline(part: Node | None, side: Node | None) -> Inline:
        if part is None or side is None:
            return EMPTY
        return flatten(part, _SCHEME_1, preserve=preserves(*ancestors, node, side))

    states = {seg.get("id"): seg.get("conf") for seg in node.all("seg") if seg.get("conf")}
    whole = None
    if target is not None:
        whole = target.get("state") or node.get("status") or ("approved" if node.get("approved") == "yes" else None)
    pieces, translated = _marked(segmented), _marked(target)
    if not pieces or not _is_all(pieces, segmented) or not _is_all(translated, target):
        # What is not segmented throughout, or not as the source is, is taken whole, so that nothing is lost.
        side = segmented if source is None else source
        yield _Part("", inline(side, side), inline(target, target), whole, (target or node).line)
        return
    both = pieces | translated
    for mid in both:
        mark, other = pieces.get(mid), translated.get(mid)
        suffix = f"/{mid}" if len(both) > 1 else ""
        line = (other or both[mid]).line
        yield _Part(suffix, inline(mark, segmented), inline(other, target), states.get(mid) or whole, line)


def _marked(side: Node | None) -> dict[str | None, Node]:
    """The segments that a text is marked up as, by their ids."""
    return {mark.get("mid"): mark for mark in _marks(side)} if side is not None else {}


def _marks(node: Node) -> Iterator[Node]:
    for child in node.nodes:
        if child.name == "mrk" and child.get("mtype") == "seg":
            yield child
        else:
            yield from _marks(child)


def _is_all(marks: Mapping[str | None, Node], side: Node | None) -> bool:
    """True if a text has nothing but white space outside its segments."""
    parts = "".join(flatten(mark, _SCHEME_1).text for mark in marks.values())
    return side is None or "".join(parts.split()) == "".join(flatten(side, _SCHEME_1).text.split())


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


def _between(node: Node) -> int:
    """How many texts stand between the segments of a unit."""
    parts = (side for part in node.nodes if part.name == "ignorable" for side in part.nodes)
    return sum(1 for side in parts if side.text.strip())


def _parts_2(node: Node, ancestors: Sequence[Node]) -> Iterator[_Part]:
    segments = [child for child in node.nodes if child.name == "segment"]
    for position, segment in enumerate(segments):
        source, target = segment.find("source"), segment.find("target")
        state = segment.get("state") or segment.get("subState")
        suffix = f"/{segment.get('id') or position + 1}" if len(segments) > 1 else ""
        sides = [
            EMPTY if side is None else flatten(side, _SCHEME_2, preserve=preserves(*ancestors, node, segment, side))
            for side in (source, target)
        ]
        yield _Part(suffix, sides[0], sides[1], state, (target or segment).line)


def _matches(node: Node) -> tuple[str, ...]:
    found = node.find("matches")
    targets = (match.find("target") for match in found.nodes) if found is not None else ()
    texts = (flatten(target, _SCHEME_2).text for target in targets if target is not None)
    return tuple(text for text in texts if text.strip())
