"""XML and HTML read safely, as small trees that know their lines, and the paragraphs of marked-up articles.

XML comes from expat through defusedxml: entities are never expanded, external ones never fetched. Elements are given
out as they end and then dropped, so that memory does not grow with the file. HTML comes from lxml (libxml2).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from html.entities import name2codepoint
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from mtcheck.core.encodings import text_encoding
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import check_tag
from mtcheck.core.types import Role
from mtcheck.readers.input import MAX_LINE, InputText
from mtcheck.readers.roles import Block

_DEPTH = 200
# More than any page has.
_ELEMENTS = 500_000
_BLOCK = 1 << 16
_XML = "{http://www.w3.org/XML/1998/namespace}"
_SPACE = re.compile(r"[ \t\r\n\f]+")
_DECLARED = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


class Run(str):
    """Text that stands in one piece in the file, the byte where it begins, and whether a CDATA section holds it."""

    at: int
    is_raw: bool


class Node:
    """An element: its local name, attributes by local name (`xml:lang` and `xml:space` under these), content, line."""

    __slots__ = ("attributes", "content", "line", "name", "size")

    def __init__(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.content: list[Node | str] = []
        self.line = line
        self.size = 0

    def get(self, attribute: str) -> str | None:
        """The attribute's value, if it has one."""
        return self.attributes.get(attribute) or None

    @property
    def nodes(self) -> Iterator[Node]:
        """Elements right inside this one."""
        return (part for part in self.content if isinstance(part, Node))

    def find(self, *names: str) -> Node | None:
        """The first element of one of these names right inside this one."""
        return next((node for node in self.nodes if node.name in names), None)

    def all(self, *names: str) -> Iterator[Node]:
        """Elements of these names at any depth, in order, not looking into those found."""
        for node in self.nodes:
            if node.name in names:
                yield node
            else:
                yield from node.all(*names)

    @property
    def text(self) -> str:
        """All text inside, as it stands."""
        return "".join(part if isinstance(part, str) else part.text for part in self.content)

    @property
    def flat(self) -> str:
        """All text inside, white space joined."""
        return _SPACE.sub(" ", self.text).strip(" ")


class _Builder:
    """Gathers the wanted elements with what they stand in."""

    def __init__(self, name: str, wanted: Collection[str], *, placed: bool) -> None:
        self._name = name
        self._wanted = wanted
        self._placed = placed
        self.in_cdata = False
        self._open: list[Node] = []
        self._inside = 0
        self.parser: Any = None
        self.complete: list[tuple[Node, tuple[Node, ...]]] = []

    @property
    def _line(self) -> int:
        line: int = self.parser.CurrentLineNumber
        return line

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if len(self._open) >= _DEPTH:
            raise too_deep(f"{self._name}:{self._line}")
        known = {_attribute(key): value for key, value in attributes.items()}
        self._open.append(Node(name, known, self._line))
        self._inside += name in self._wanted

    def end(self, tag: str) -> None:  # noqa: ARG002 (expat has matched it)
        node = self._open.pop()
        wanted = node.name in self._wanted
        if self._inside > wanted:
            self._open[-1].content.append(node)
            self._grow(self._open[-1], node.size)
        elif wanted:
            self.complete.append((node, tuple(self._open)))
        self._inside -= wanted

    def data(self, text: str) -> None:
        if self._inside:
            if self._placed:
                text = Run(text)
                text.at, text.is_raw = self.parser.CurrentByteIndex, self.in_cdata
            self._open[-1].content.append(text)
            self._grow(self._open[-1], len(text))

    def _grow(self, node: Node, size: int) -> None:
        # An element weighs something even where it has no text.
        node.size += size + 256
        if node.size > 4 * MAX_LINE:
            raise MtcheckError(
                Code.TOO_LARGE,
                f"the element <{node.name}> is too large",
                where=f"{self._name}:{node.line}",
                mend="Split it",
            )


def _attribute(key: str) -> str:
    return f"xml:{key[len(_XML) :]}" if key.startswith(_XML) else key.rpartition("}")[2]


def read_xml(
    text: InputText, wanted: Collection[str], *, placed: bool = False
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """The outermost elements of these names, each with its ancestors, which hold nothing but their attributes.

    With `placed` their texts are `Run`s, where each is plain in the file. Raises BAD_XML, BAD_ENCODING, UNSAFE_INPUT
    or TOO_LARGE with file and line.
    """
    encoding = _outer_encoding(text)
    with text.stream() as stream:
        yield from _feed(stream, text, wanted, encoding, placed=placed)


def _outer_encoding(text: InputText) -> str | None:
    """The encoding given, where neither a byte order mark nor the document states one; notes what it does state."""
    with text.stream() as stream:
        declared = _DECLARED.match(stream.read(1024))
    if declared:
        text.given_encoding = text_encoding(declared[1].decode("ascii"))
        return None
    return None if text.encoding()[0] else text.given_encoding


def parse_xml(data: str, text: InputText, wanted: Collection[str]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """The same of XML that stands inside another format's text."""
    # Its declared encoding was that of the file it came from.
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", data, count=1)
    return _feed(io.BytesIO(body.encode("utf-8", "surrogatepass")), text, wanted, encoding="utf-8")


def _feed(
    stream: IO[bytes], text: InputText, wanted: Collection[str], encoding: str | None, *, placed: bool = False
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    builder = _Builder(text.name, wanted, placed=placed)
    parser = DefusedXMLParser(target=builder, encoding=encoding)
    # HTML's named characters, for documents whose DTD is not at hand.
    parser.entity.update({name: chr(code) for name, code in name2codepoint.items()})
    expat = builder.parser = parser.parser
    if placed:
        expat.buffer_text = False
        expat.StartCdataSectionHandler = partial(setattr, builder, "in_cdata", True)
        expat.EndCdataSectionHandler = partial(setattr, builder, "in_cdata", False)
    fed = waiting = 0
    try:
        # What is not yet understood is read again with what comes: ever more, so that a long tag takes no long time.
        while block := stream.read(max(_BLOCK, waiting)):
            parser.feed(block)
            fed += len(block)
            waiting = fed - max(expat.CurrentByteIndex, 0)
            if waiting > 2 * MAX_LINE:
                raise MtcheckError(
                    Code.TOO_LARGE,
                    "a tag or comment is too long",
                    where=f"{text.name}:{expat.CurrentLineNumber}",
                    mend="Mend the XML",
                )
            yield from _taken(builder)
        parser.close()
    except ParseError as error:
        yield from _taken(builder)
        raise MtcheckError(
            Code.BAD_XML,
            f"the XML is not well-formed ({str(error).partition(':')[0]})",
            where=f"{text.name}:{error.position[0]}",
            mend="Mend it there, or export the file anew",
        ) from None
    except DefusedXmlException as error:
        raise MtcheckError(
            Code.UNSAFE_INPUT,
            f"the XML declares entities ({type(error).__name__})",
            where=f"{text.name}:{expat.CurrentLineNumber}",
            mend="Take the declarations out; write the characters themselves",
        ) from None
    except (ValueError, LookupError) as error:
        raise MtcheckError(
            Code.BAD_ENCODING,
            f"the XML's encoding cannot be read ({error})",
            where=f"{text.name}:1",
            mend="Save the file as UTF-8",
        ) from None
    yield from _taken(builder)


def _taken(builder: _Builder) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    done, builder.complete = builder.complete, []
    yield from done


def too_deep(where: str) -> MtcheckError:
    return MtcheckError(
        Code.UNSAFE_INPUT,
        f"elements are nested more than {_DEPTH} deep",
        where=where,
        mend="Give a real document",
    )


def parse_html(data: str, text: InputText, line: int | None = None) -> Node:
    """The root element of an HTML text; `line` is that of one inside another format. Raises UNSAFE_INPUT, BAD_XML."""
    from lxml import etree

    if data.count("<") > _ELEMENTS:
        raise MtcheckError(
            Code.TOO_LARGE,
            f"the page has more than {_ELEMENTS:,} tags",
            where=text.name if line is None else f"{text.name}:{line}",
            mend="Give pages with one article",
        )
    # libxml2 takes no NUL and no half characters; as text they were refused before.
    clean = data.replace("\0", "\ufffd").encode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(clean, parser) if clean.strip() else None
    except (etree.LxmlError, ValueError) as error:
        raise MtcheckError(
            Code.BAD_XML, f"the HTML cannot be read ({error})", where=f"{text.name}:{line or 1}", mend="Mend the HTML"
        ) from None
    if any("depth" in entry.message.casefold() for entry in parser.error_log):
        raise too_deep(text.name if line is None else f"{text.name}:{line}")
    if root is None:
        return Node("html", {}, line or 1)
    return _from_lxml(root, text.name, line)


def _from_lxml(root: Any, name: str, line: int | None) -> Node:
    top = Node("", {}, 1)
    waiting = [(root, top, 1)]
    # Depth first without recursion; an element's tail belongs to its parent, after it.
    while waiting:
        element, parent, depth = waiting.pop()
        if isinstance(element, str):
            parent.content.append(element)
            continue
        if depth > _DEPTH:
            raise too_deep(f"{name}:{line or element.sourceline or 1}")
        node = Node(
            element.tag.rpartition(":")[2].lower(),
            {str(key): str(value) for key, value in element.attrib.items()},
            line or element.sourceline or 1,
        )
        parent.content.append(node)
        if element.text:
            node.content.append(element.text)
        for child in reversed(element):
            if child.tail:
                waiting.append((child.tail, node, depth))
            waiting.append((child, node, depth + 1))
    first = top.find("html")
    return first if first is not None else top


# What stands for itself on a line of its own, and the role it states; None leaves the role to place and form.
_BLOCKS: dict[str, Role | None] = {
    "h1": Role.HEADLINE, "hl1": Role.HEADLINE,
    "h2": Role.SUBHEAD, "h3": Role.SUBHEAD, "h4": Role.SUBHEAD, "h5": Role.SUBHEAD, "h6": Role.SUBHEAD,
    "hl2": Role.SUBHEAD,
    "p": None, "div": None, "section": None, "article": None, "main": None, "body": None, "html": None, "li": None,
    "ul": None, "ol": None, "dl": None, "dt": None, "dd": None, "table": None, "tr": None, "td": None, "th": None,
    "caption": None, "thead": None, "tbody": None, "tfoot": None, "pre": None, "block": None, "header": None,
    "address": None, "details": None, "summary": None, "hr": None, "nitf-table": None, "footnote": None, "fn": None,
    "body.head": None, "body.content": None, "body.end": None, "hedline": None, "note": None,
    "blockquote": Role.QUOTE, "bq": Role.QUOTE, "q-block": Role.QUOTE,
    "figure": Role.CAPTION, "figcaption": Role.CAPTION, "media": Role.CAPTION, "media-caption": Role.CAPTION,
    "media-producer": Role.CREDIT, "credit": Role.CREDIT,
    "aside": Role.FACTBOX,
    "byline": Role.BYLINE, "dateline": Role.DATELINE, "abstract": Role.LEAD, "tagline": Role.BYLINE,
}  # fmt: skip
_HEADS = {"h1", "h2", "h3", "h4", "h5", "h6"}
# What a reader of the article does not see as its text.
_UNREAD = {
    "head": "document metadata", "title": "document metadata", "meta": "document metadata",
    "script": "scripts and styles", "style": "scripts and styles", "template": "scripts and styles",
    "noscript": "scripts and styles", "svg": "scripts and styles", "math": "scripts and styles",
    "nav": "navigation and forms", "footer": "navigation and forms", "form": "navigation and forms",
    "button": "navigation and forms", "select": "navigation and forms", "textarea": "navigation and forms",
    "iframe": "embedded objects", "object": "embedded objects", "audio": "embedded objects",
    "video": "embedded objects", "canvas": "embedded objects", "media-metadata": "document metadata",
    "media-reference": "embedded objects", "media-object": "embedded objects", "distributor": "document metadata",
    "rights": "document metadata", "series": "document metadata",
}  # fmt: skip
# Spans that style sheets set apart.
_PARTED = {"vignette", "source"}
# Class names by which newsrooms state roles.
_CLASSES = {
    "byline": Role.BYLINE, "author": Role.BYLINE, "dateline": Role.DATELINE, "dat": Role.DATELINE,
    "lead": Role.LEAD, "ingress": Role.LEAD, "preamble": Role.LEAD, "lede": Role.LEAD, "intro": Role.LEAD,
    "caption": Role.CAPTION, "imagetext": Role.CAPTION, "credit": Role.CREDIT, "photographer": Role.CREDIT,
    "factbox": Role.FACTBOX, "fact": Role.FACTBOX, "faktaruta": Role.FACTBOX, "facts": Role.FACTBOX,
    "subhead": Role.SUBHEAD, "quote": Role.QUOTE, "headline": Role.HEADLINE,
}  # fmt: skip


def blocks(root: Node, text: InputText) -> list[Block]:
    """The paragraphs under an element in reading order. What is no text of the article is counted as left out."""
    flow = _Flow()
    _walk(root, None, flow, text.leave_out)
    flow.flush()
    return flow.blocks


def main_part(root: Node) -> Node:
    """The largest <article> or <main> of a page; the page if it has none."""
    return max(root.all("article", "main"), key=lambda node: len(node.text), default=root)


def page_blocks(root: Node, text: InputText) -> list[Block]:
    """The paragraphs of a page's main part, with the headline above it. What is beside it is counted as left out."""
    main = main_part(root)
    found = blocks(main, text)
    if main is root:
        return found
    beside = blocks(_without(root, main), text)
    if not any(block.role is Role.HEADLINE for block in found):
        above = next((block for block in beside if block.role is Role.HEADLINE), None)
        if above:
            beside.remove(above)
            found.insert(0, above)
    text.leave_out("paragraphs beside the article", len(beside))
    return found


def _without(node: Node, part: Node) -> Node:
    rest = Node(node.name, node.attributes, node.line)
    rest.content = [
        _without(inner, part) if isinstance(inner, Node) else inner for inner in node.content if inner is not part
    ]
    return rest


class _Flow:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._line = 1
        self._role: Role | None = None

    def flush(self) -> None:
        joined = re.sub(" {2,}", " ", "".join(self._parts))
        for part in re.split(r"(?: *\n){2,} *", joined):
            said = re.sub(r" *\n *", "\n", part).strip(" \n")
            if said:
                self.blocks.append(Block(said, self._line, self._role))
        self._parts = []

    def begin(self, line: int, role: Role | None) -> None:
        self.flush()
        self._line, self._role = line, role

    def add(self, text: str) -> None:
        self._parts.append(_SPACE.sub(" ", text))

    def break_line(self) -> None:
        self._parts.append("\n")


def _walk(node: Node, inherited: Role | None, flow: _Flow, leave_out: Callable[[str], None]) -> None:
    reason = _UNREAD.get(node.name) or ("hidden elements" if _is_hidden(node) else None)
    if reason is not None:
        if node.text.strip():
            leave_out(reason)
        return
    if node.name in ("br", "cr"):
        flow.break_line()
        return
    if _PARTED & set((node.get("class") or "").split()):
        flow.add(" ")
    is_block = node.name in _BLOCKS
    role = _stated(node, inherited) if is_block else inherited
    if is_block:
        flow.begin(node.line, role)
    for part in node.content:
        if isinstance(part, str):
            flow.add(part)
        else:
            _walk(part, role, flow, leave_out)
    if is_block:
        flow.begin(node.line, inherited)


def _is_hidden(node: Node) -> bool:
    return "hidden" in node.attributes or "display:none" in (node.get("style") or "").replace(" ", "").casefold()


def _stated(node: Node, inherited: Role | None) -> Role | None:
    """The role that an element states: by its class, by its name, else that of what it stands in."""
    for word in (node.get("class") or "").casefold().split():
        if word in _CLASSES:
            return _CLASSES[word]
    if node.get("lede") == "true":
        return Role.LEAD
    own = _BLOCKS[node.name]
    if own is None or (inherited in (Role.FACTBOX, Role.CAPTION) and (node.name in _HEADS or own is Role.QUOTE)):
        return inherited
    return own


def language_of(*nodes: Node | None, text: InputText) -> str | None:
    """The first language that one of these elements states. Raises BAD_LANGUAGE."""
    for node in nodes:
        if node is None:
            continue
        tag = node.get("xml:lang") or node.get("lang") or node.get("tag") or node.get("baselang")
        if tag:
            return check_tag(tag, where=f"{text.name}:{node.line}")
    return None


def first_element(head: str) -> str | None:
    """The local name of the first element of a text that begins so."""
    found = _FIRST.match(_PROLOGUE.sub("", head, count=1).lstrip())
    return found[1] if found else None


def root_is(head: str, *names: str) -> bool:
    """True if the first element of a text that begins so has one of these names."""
    return first_element(head) in names


_FIRST = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s/>])")
_PROLOGUE = re.compile(
    r"\A(?:\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>))*", re.DOTALL | re.IGNORECASE
)
