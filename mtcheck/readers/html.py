"""An article as an HTML page or fragment: paragraphs with the roles that elements and class names state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtcheck.core.encodings import text_encoding
from mtcheck.readers.base import READERS
from mtcheck.readers.documents import Document, DocumentReader, assemble
from mtcheck.readers.input import InputText
from mtcheck.readers.markup import language_of, main_part, page_blocks, parse_html, root_is

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})"
    rb"|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})",
    re.IGNORECASE,
)


@READERS.register
class Html(DocumentReader):
    """A web page; navigation, scripts and forms are left out and counted."""

    name = "html"
    suffixes = (".html", ".htm", ".xhtml")
    about = "an article as HTML: headings, paragraphs, block quotes, captions and fact boxes give the roles"

    def sniff(self, head: str) -> bool:
        return root_is(head, "html", "head", "body", "article", "section", "div", "p", "h1")

    def documents(self, text: InputText) -> Iterator[Document]:
        declared = _CHARSET.search(text.whole()[:4096])
        if declared:
            text.given_encoding = _known((declared[1] or declared[2]).decode("ascii")) or text.given_encoding
        text.detect()
        root = parse_html(text.text(), text)
        paragraphs = assemble((), page_blocks(root, text))
        if paragraphs:
            yield Document(text.name, paragraphs, language=language_of(main_part(root), root, text=text))


def _known(encoding: str) -> str | None:
    name = text_encoding(encoding)
    # Pages that say Latin-1 mean Windows's extension of it, by the HTML standard.
    return "cp1252" if name in ("iso8859-1", "ascii") else name
