"""What localisation formats share: inline tags in visible text, and units that become segments."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from mtcheck.core.types import Article, Role, Segment, Span, Tag
from mtcheck.readers.markup import Node, Run

_SPACE = re.compile(r"[ \t\r\n]+")
_LINE_BREAKS = ("lb", "xlf:lb")
# A line break that a tag stands for, until those of the file's layout are gone; XML holds no such character.
_BREAK = "\0"
# What a reviser struck out in Trados, with changes tracked.
_DELETED = "x-sdl-deleted"
# Marks of segments and of revisers, which are no part of the text.
_NO_TAGS = ("seg", "x-sdl-")


class Folds:
    """Where white space of an element's content is seen as one space, or none: maps content to visible text."""

    def __init__(self) -> None:
        # Of each fold: where it begins and ends in the content, where in the visible text, and its length there.
        self._starts, self._ends, self._seen, self._sizes = array("L"), array("L"), array("L"), array("B")

    def add(self, content: tuple[int, int], visible: int, size: int) -> None:
        """The next fold: its span in the content, its offset in the visible text, and its length there, 0 or 1."""
        self._starts.append(content[0])
        self._ends.append(content[1])
        self._seen.append(visible)
        self._sizes.append(size)

    def visible(self, offset: int) -> int:
        """The offset in the visible text of one in the content."""
        at = bisect_right(self._starts, offset) - 1
        if at < 0:
            return offset
        if offset < self._ends[at]:
            return self._seen[at]
        return self._seen[at] + self._sizes[at] + offset - self._ends[at]

    def content(self, offset: int) -> Span:
        """What of the content the visible character at an offset stands for."""
        at = bisect_right(self._seen, offset) - 1
        if at < 0:
            return Span(offset, offset + 1)
        beyond = offset - self._seen[at] - self._sizes[at]
        if beyond < 0:
            return Span(self._starts[at], self._ends[at])
        return Span(self._ends[at] + beyond, self._ends[at] + beyond + 1)


_UNFOLDED = Folds()


class Inline(NamedTuple):
    """The text that a reader sees, the tags in it, and the texts that stand inside tags (`sub`).

    `runs` are the parts of the content that are plain text, each with its offset in the whole content.
    """

    text: str
    tags: tuple[Tag, ...] = ()
    subs: tuple[Inline, ...] = ()
    runs: tuple[tuple[int, Run], ...] = ()
    folds: Folds = _UNFOLDED


EMPTY = Inline("")


class Scheme(NamedTuple):
    """Which elements of a format are inline tags: around visible text, with native code inside, or pairs of marks.

    `unseen` hold code that is no text; `opens` and `closes` are single marks that begin and end a span.
    """

    unseen: Collection[str]
    opens: Collection[str]
    closes: Collection[str]
    key: Callable[[Node], str]


class _Flattener:
    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._parts: list[str] = []
        self._length = 0
        self.tags: list[tuple[str, str, int, int]] = []
        self.subs: list[Inline] = []
        self.runs: list[tuple[int, Run]] = []
        # Marks that are open: name, key and place by key.
        self._open: dict[str, list[int]] = {}

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str) -> None:
        if isinstance(text, Run):
            self.runs.append((self._length, text))
        self._parts.append(text)
        self._length += len(text)

    def node(self, node: Node) -> None:
        scheme = self._scheme
        key = scheme.key(node)
        start = self._length
        if node.name == "cp":
            self.add(_character(node.get("hex")))
            return
        if node.name in scheme.unseen or not node.content or node.get("mtype") == _DELETED:
            for sub in node.all("sub"):
                self.subs.append(flatten(sub, scheme))
            self.add(_equivalent(node))
        else:
            for part in node.content:
                if isinstance(part, str):
                    self.add(part)
                else:
                    self.node(part)
        if node.name in scheme.opens:
            self._open.setdefault(key, []).append(len(self.tags))
        elif node.name in scheme.closes and self._open.get(key):
            at = self._open[key].pop()
            name, own, first, _ = self.tags[at]
            self.tags[at] = name, own, first, self._length
            return
        if not (node.get("mtype") or "").startswith(_NO_TAGS):
            self.tags.append((node.name, node.get("id") or key, start, self._length))


def _character(code: str | None) -> str:
    try:
        point = int(code or "", 16)
        return "" if 0xD800 <= point <= 0xDFFF else chr(point)
    except (ValueError, OverflowError):
        return ""


def _equivalent(node: Node) -> str:
    """What a tag without text of its own shows: the text stated, or a line break."""
    stated = node.get("equiv-text") or node.get("equiv")
    if stated is not None:
        return stated
    return _BREAK if node.get("ctype") in _LINE_BREAKS or node.get("subType") in _LINE_BREAKS else ""


def flatten(node: Node, scheme: Scheme, *, preserve: bool = True) -> Inline:
    """The visible text of an element's content with its tags.

    Where white space is not to be preserved, a line break with what is around it is one space, none at the ends.
    """
    flat = _Flattener(scheme)
    for part in node.content:
        if isinstance(part, str):
            flat.add(part)
        else:
            flat.node(part)
    text, folds = flat.text, _UNFOLDED
    tags = [(name, key, Span(start, end)) for name, key, start, end in flat.tags]
    if not preserve and ("\n" in text or "\r" in text):
        text, folds = _folded(text)
        tags = [(name, key, Span(folds.visible(span.start), folds.visible(span.end))) for name, key, span in tags]
    found = (Tag(name, key, span) for name, key, span in tags)
    return Inline(text.replace(_BREAK, "\n"), tuple(found), tuple(flat.subs), tuple(flat.runs), folds)


def _folded(text: str) -> tuple[str, Folds]:
    parts: list[str] = []
    folds = Folds()
    at = size = 0
    for match in _SPACE.finditer(text):
        if "\n" in match[0] or "\r" in match[0]:
            start, end = match.span()
            space = " " if start > 0 and end < len(text) else ""
            size += start - at
            folds.add(match.span(), size, len(space))
            parts += (text[at:start], space)
            size += len(space)
            at = end
    parts.append(text[at:])
    return "".join(parts), folds


def texts(source: Inline, target: Inline) -> Iterator[tuple[str, Inline, Inline]]:
    """What is put after the unit's id, source and target: of the unit, and of each text that stands inside tags."""
    sides = ((source, *source.subs), (target, *target.subs))
    for number, (left, right) in enumerate(zip_longest(*sides, fillvalue=EMPTY)):
        yield f"/sub{number}" if number else "", left, right


def preserves(*nodes: Node) -> bool:
    """Whether the innermost element that says how to treat white space wants it preserved; nodes from outside in."""
    stated = [value for node in nodes if (value := node.get("xml:space"))]
    return bool(stated) and stated[-1] == "preserve"


_ROLES = {
    "title": Role.HEADLINE, "heading": Role.HEADLINE, "header": Role.HEADLINE, "h1": Role.HEADLINE,
    "h2": Role.SUBHEAD, "h3": Role.SUBHEAD, "paragraph": Role.BODY, "p": Role.BODY, "plain text": Role.BODY,
    "blockquote": Role.QUOTE, "figcaption": Role.CAPTION,
}  # fmt: skip


_OWN = frozenset(role.value for role in Role)


def stated_role(word: str | None, default: Role) -> Role:
    """The role that a unit's type names: a role of ours, also as `x-lead` or `my:lead`, or a common word for one."""
    if not word:
        return default
    name = word.casefold().removeprefix("x-").rpartition(":")[2].strip()
    if name in _OWN:
        return Role(name)
    return _ROLES.get(name.partition(" =")[0], default)


def grouped(segments: Iterable[tuple[str | None, Segment]]) -> Iterator[Article]:
    """Segments that state the same article, one after the other, as that article; the others as articles of one."""
    name: str | None = None
    together: list[Segment] = []
    for article, segment in segments:
        if together and article != name:
            yield Article(together[0].article, tuple(together))
            together = []
        name = article
        if article is None:
            yield Article(segment.article, (segment,))
        else:
            together.append(segment)
    if together:
        yield Article(together[0].article, tuple(together))
