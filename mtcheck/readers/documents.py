"""Documents: articles in one language, as newswire formats hold them; alone a bare article, two a pair to align."""

from __future__ import annotations

import datetime
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Article, ArticlePair, Origin, Paragraph, Role, Segment
from mtcheck.readers.base import Item, Reader
from mtcheck.readers.input import InputText, tolerant
from mtcheck.readers.roles import Block, with_roles


@dataclass(frozen=True, slots=True)
class Document:
    """An article in one language.

    `id` is the document's own, if it has one; `keys` are further names by which its translation may be found;
    `translation_of` is the id of the document that it says it translates.
    """

    file: str
    paragraphs: tuple[Paragraph, ...]
    id: str | None = None
    language: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    translation_of: str | None = None
    desk: str | None = None
    date: datetime.date | None = None


class DocumentReader(Reader):
    """Reads a format of articles in one language."""

    @abstractmethod
    def documents(self, text: InputText) -> Iterator[Document]:
        """The documents in order, none without a paragraph. Raises coded errors with file and line."""

    def read(self, text: InputText) -> Iterable[Item]:
        found = list(tolerant(text, self.documents(text)))
        if not found and not text.refused.count:
            raise MtcheckError(
                Code.NO_ARTICLE, "it holds no text of an article", where=text.name, mend="Give files with articles"
            )
        by_id = {document.id: document for document in found if document.id is not None}
        sources = {document.translation_of for document in found} & by_id.keys()
        names: set[str] = set()
        for position, document in enumerate(found):
            name = document.id or (text.stem if len(found) == 1 else f"{text.label}:{position + 1}")
            # Another version of an item has its id.
            name = f"{name}:{position + 1}" if name in names else name
            names.add(name)
            if document.translation_of in by_id:
                yield pair(name, by_id[document.translation_of], document, None)
            elif document.id not in sources:
                yield _bare(name, document)


def pair(name: str, source: Document, target: Document, system: str | None) -> ArticlePair:
    """A document and its translation, to be aligned. The translation's desk and date count, if it has them."""
    return ArticlePair(
        id=name,
        source=source.paragraphs,
        target=target.paragraphs,
        system=system,
        source_lang=source.language,
        target_lang=target.language,
        source_file=source.file,
        target_file=target.file,
        desk=target.desk or source.desk,
        date=target.date or source.date,
    )


# More than any article has; leads of which there are so many are not looked for inside the body's paragraphs, so that
# the time does not grow with both.
_FIELDS = 1000


def _bare(name: str, document: Document) -> Article:
    return Article(
        name,
        tuple(
            Segment(
                id=f"{name}:{index}",
                article=name,
                index=index,
                target=paragraph.text,
                role=paragraph.role,
                target_lang=document.language,
                origin=Origin(document.file, paragraph.line),
                suppress=paragraph.suppress,
                desk=document.desk,
                date=document.date,
            )
            for index, paragraph in enumerate(document.paragraphs)
        ),
    )


def assemble(head: Sequence[Block], body: Sequence[Block], tail: Sequence[Block] = ()) -> tuple[Paragraph, ...]:
    """The paragraphs of an article whose format states some of them twice: as fields, and in the body's markup.

    The body's first block is the headline again where it says the same. Other fields are read only where the body
    does not say them, for the body knows their place.
    """
    headlines = {_same(block.text) for block in head if block.role is Role.HEADLINE}
    rest = list(body)
    if rest and _same(rest[0].text) in headlines:
        del rest[0]
    said = _same(" ".join(block.text for block in rest))
    whole = {_same(block.text) for block in rest}
    looked_for = {block for block in head if block.role is Role.LEAD} if len(head) <= _FIELDS else set()

    def is_new(block: Block) -> bool:
        same = _same(block.text)
        if block in looked_for:
            return same.rstrip(" .…") not in said
        return block.role is Role.HEADLINE or same not in whole

    fields = [block for block in head if is_new(block)]
    return tuple(with_roles([*fields, *rest, *(block for block in tail if is_new(block))]))


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()
