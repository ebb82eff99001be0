"""NewsML-G2 (IPTC): news items with inline NITF, XHTML or plain text, alone or in a news message."""

from __future__ import annotations

from collections.abc import Iterator

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import base_language
from mtcheck.core.types import Role
from mtcheck.readers.base import READERS
from mtcheck.readers.dates import stated_day
from mtcheck.readers.documents import Document, DocumentReader, assemble
from mtcheck.readers.input import InputText
from mtcheck.readers.markup import Node, language_of, page_blocks, parse_html, read_xml, root_is
from mtcheck.readers.nitf import nitf_blocks
from mtcheck.readers.roles import Block

_OTHER_ITEMS = ("conceptItem", "knowledgeItem", "planningItem", "catalogItem", "NewsML")
_HTML = ("html", "body", "article", "section", "div", "p")


@READERS.register
class NewsMl(DocumentReader):
    """News items and packages of a NewsML-G2 document; each item is an article."""

    name = "newsml-g2"
    suffixes = (".xml",)
    about = "NewsML-G2 news items with inline NITF, XHTML or text"

    def sniff(self, head: str) -> bool:
        return root_is(head, "newsMessage", "newsItem", "packageItem", *_OTHER_ITEMS)

    def documents(self, text: InputText) -> Iterator[Document]:
        found = False
        others = set()
        for node, _ in read_xml(text, ("newsItem", "packageItem", *_OTHER_ITEMS)):
            try:
                document = _document(node, text) if node.name not in _OTHER_ITEMS else None
            except MtcheckError as error:
                text.refuse(error)
                continue
            if document is not None:
                found = True
                yield document
            else:
                others.add(node.name)
                text.leave_out(f"<{node.name}> without text")
        if not found and not text.refused.count:
            kinds = " and ".join(f"<{name}>" for name in sorted(others)) or "the message"
            what = f"{kinds} holds no text of an article"
            if others == {"NewsML"}:
                what = "it is NewsML 1, which is not read"
            raise MtcheckError(
                Code.NO_ARTICLE,
                what,
                where=text.name,
                mend="Give NewsML-G2 news items that carry their text",
            )


def _document(node: Node, text: InputText) -> Document | None:
    about = node.find("contentMeta")
    item = node.find("itemMeta")
    stated = about.find("language") if about else None
    language = language_of(stated, node, text=text)
    head: list[Block] = []
    tail: list[Block] = []
    is_picture = any("picture" in (kind.get("qcode") or "") for kind in (item.all("itemClass") if item else ()))
    for field in about.nodes if about else ():
        said = field.flat
        if not said:
            continue
        if _is_foreign(field, language):
            text.leave_out("fields in another language than the item's")
        elif field.name == "headline":
            role = Role.SUBHEAD if "sub" in (field.get("role") or "").casefold() else Role.HEADLINE
            head.append(Block(said, field.line, role))
        elif field.name == "by":
            head.append(Block(said, field.line, Role.BYLINE))
        elif field.name == "dateline":
            head.append(Block(said, field.line, Role.DATELINE))
        elif field.name == "creditline":
            tail.append(Block(said, field.line, Role.CREDIT))
        elif field.name == "description":
            caption = is_picture or "caption" in (field.get("role") or "")
            if caption and not is_picture:
                # Of a text, what is called a caption is its beginning, cut off.
                text.leave_out("descriptions of a text")
            else:
                (tail if caption else head).append(Block(said, field.line, Role.CAPTION if caption else Role.LEAD))
    for note in item.all("edNote") if item else ():
        if note.flat:
            tail.append(Block(note.flat, note.line, Role.OTHER))
    for reference in node.all("itemRef"):
        for field in reference.nodes:
            if field.name in ("headline", "title", "description") and field.flat:
                tail.append(Block(field.flat, field.line, Role.OTHER))
    body = _body(node.find("contentSet"), text)
    paragraphs = assemble(_one_first(head), body, tail)
    if not paragraphs:
        return None
    slug = about.find("slugline") if about else None
    keys = {"slugline": slug.flat} if slug is not None and slug.flat else {}
    links = (link for link in node.nodes if link.name == "link" and "translat" in (link.get("rel") or "").casefold())
    original = next((link.get("residref") or link.get("href") for link in links), None)
    created = (stated.flat for name in ("versionCreated", "firstCreated") if item and (stated := item.find(name)))
    day = stated_day(text, *created)
    return Document(text.name, paragraphs, node.get("guid"), language, keys, original, date=day)


def _is_foreign(field: Node, language: str | None) -> bool:
    own = field.get("xml:lang")
    return own is not None and language is not None and base_language(own) != base_language(language)


def _one_first(head: list[Block]) -> list[Block]:
    """The headline before the rest, wherever the format has it."""
    return sorted(head, key=lambda block: block.role is not Role.HEADLINE)


def _body(content: Node | None, text: InputText) -> list[Block]:
    """The richest rendition of the text; the others say the same again."""
    renditions: list[tuple[int, list[Block]]] = []
    for inline in content.nodes if content else ():
        if inline.name == "inlineXML":
            nitf = next(inline.all("nitf"), None)
            html = next(inline.all(*_HTML), None)
            if nitf is not None:
                renditions.append((1, nitf_blocks(nitf, text)))
            elif html is not None:
                renditions.append((0, page_blocks(html if html.name in ("html", "body") else inline, text)))
            else:
                text.leave_out("inline XML that is no article")
        elif inline.name == "inlineData" and inline.text.strip():
            if "html" in (inline.get("contenttype") or ""):
                renditions.append((0, page_blocks(parse_html(inline.text, text, inline.line), text)))
            elif (inline.get("contenttype") or "text/plain").startswith("text/"):
                renditions.append((2, _plain(inline)))
            else:
                text.leave_out("inline data that is no text")
    filled = [rendition for rendition in renditions if rendition[1]]
    text.leave_out("further renditions of the same text", max(0, len(filled) - 1))
    return min(filled, key=lambda rendition: rendition[0], default=(0, []))[1]


def _plain(inline: Node) -> list[Block]:
    lines = inline.text.split("\n")
    return [Block(line.strip(), inline.line + at) for at, line in enumerate(lines) if line.strip()]
