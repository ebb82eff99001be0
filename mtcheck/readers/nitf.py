"""NITF (News Industry Text Format 3.x): one article a file, or inside NewsML-G2 and ninjs."""

from __future__ import annotations

from collections.abc import Iterator

from mtcheck.readers.base import READERS
from mtcheck.readers.dates import stated_day
from mtcheck.readers.documents import Document, DocumentReader, assemble
from mtcheck.readers.input import InputText
from mtcheck.readers.markup import Node, blocks, language_of, read_xml, root_is
from mtcheck.readers.roles import Block


@READERS.register
class Nitf(DocumentReader):
    """An NITF article: hedline, byline, dateline, abstract, paragraphs, captions."""

    name = "nitf"
    suffixes = (".nitf", ".xml")
    about = "NITF 3.x articles"

    def sniff(self, head: str) -> bool:
        return root_is(head, "nitf")

    def documents(self, text: InputText) -> Iterator[Document]:
        for node, _ in read_xml(text, ("nitf",)):
            paragraphs = assemble((), nitf_blocks(node, text))
            if not paragraphs:
                continue
            head = node.find("head") or node
            identifier = next((found.get("id-string") for found in head.all("doc-id")), None)
            key = next((found.get("key") for found in head.all("du-key")), None)
            keys = {"du-key": key} if key else {}
            body = node.find("body")
            issued = (found.get("norm") for name in ("date.issue", "date.release") for found in head.all(name))
            publications = list(head.all("pubdata"))
            published = (found.get("date.publication") for found in publications)
            yield Document(
                text.name,
                paragraphs,
                identifier,
                language_of(node, body, text=text),
                keys,
                desk=next((found.get("position.section") for found in publications), None),
                date=stated_day(text, *issued, *published),
            )


def nitf_blocks(node: Node, text: InputText) -> list[Block]:
    """The paragraphs of an <nitf> element."""
    body = node.find("body")
    return blocks(body, text) if body is not None else []
