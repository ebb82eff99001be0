"""Parallel plain text: a source, one or more translations of it, references; line by line or as articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import Article, ArticlePair, Origin, Segment
from mtcheck.readers.article import paragraphs
from mtcheck.readers.base import InputText, Item

_ARTICLE_BLANK_SHARE = 0.2


class Translation(NamedTuple):
    """A file of translations and the system that made it."""

    system: str | None
    text: InputText


class _Shape(NamedTuple):
    lines: int
    blank: int

    @property
    def spaced(self) -> bool:
        """True if blank lines stand between paragraphs throughout."""
        return self.lines > 1 and self.blank / self.lines >= _ARTICLE_BLANK_SHARE


def name_systems(files: Sequence[InputText], names: Sequence[str | None]) -> list[Translation]:
    """Systems by the names given, else by the part of the file names that differs; None for a single file."""
    labels = [re.split(r"[._]", file.label) for file in files]
    head = _shared(labels)
    tail = _shared([label[head:][::-1] for label in labels])
    derived = [".".join(label[head : len(label) - tail]) or ".".join(label) for label in labels]
    return [
        Translation(name or (guess if len(files) > 1 else None), file)
        for file, name, guess in zip(files, names, derived, strict=True)
    ]


def _shared(labels: Sequence[Sequence[str]]) -> int:
    """How many parts all labels begin with."""
    shortest = min(map(len, labels))
    return next((i for i, parts in enumerate(zip(*labels, strict=False)) if len(set(parts)) > 1), shortest)


def read_parallel(
    source: InputText, translation: Translation, references: Sequence[InputText], layout: str
) -> Iterator[Item]:
    """Articles of one translation of the source.

    In layout `lines` line n of every file belongs together; in layout `article` each file is one
    article. `auto` takes articles where blank lines part the paragraphs of both texts, or of one
    where the line counts differ.

    Raises LINE_COUNTS_DIFFER, naming both counts.
    """
    shape, other = _shape(source), _shape(translation.text)
    as_articles = layout == "article" or (
        layout == "auto"
        and ((shape.spaced and other.spaced) or (shape.lines != other.lines and (shape.spaced or other.spaced)))
    )
    if as_articles:
        yield _article(source, translation, references)
        return
    for text, found in [
        (translation.text, other),
        *((reference, _shape(reference)) for reference in references),
    ]:
        if found.lines != shape.lines:
            raise MtcheckError(
                Code.LINE_COUNTS_DIFFER,
                f"{source.name} has {shape.lines} lines and {text.name} has {found.lines}",
                where=text.name,
                mend="Give files that match line by line, or --layout article if these are two articles",
            )
    yield from _lines(source, translation, references)


def _shape(text: InputText) -> _Shape:
    lines = blank = 0
    for _, line in text.lines():
        lines += 1
        blank += not line.strip()
    if lines == blank:
        raise MtcheckError(Code.NO_INPUT, "the text is empty", where=text.name, mend="Give a file with text")
    return _Shape(lines, blank)


def _lines(source: InputText, translation: Translation, references: Sequence[InputText]) -> Iterator[Article]:
    columns = [source.lines(), translation.text.lines(), *(reference.lines() for reference in references)]
    for row in zip_longest(*columns):
        (line, left), (_, right), *others = row
        texts = tuple(text for _, text in others)
        if not left.strip() and not right.strip():
            continue
        identifier = f"{source.label}:{line}"
        segment = Segment(
            id=identifier,
            article=identifier,
            index=0,
            target=right,
            source=left or None,
            references=texts,
            system=translation.system,
            origin=Origin(translation.text.name, line),
        )
        yield Article(identifier, (segment,))


def _article(source: InputText, translation: Translation, references: Sequence[InputText]) -> Item:
    left, right = paragraphs(source), paragraphs(translation.text)
    identifier = translation.text.stem
    if not references:
        return ArticlePair(
            id=identifier,
            source=tuple(left),
            target=tuple(right),
            system=translation.system,
            source_lang=None,
            target_lang=None,
            source_file=source.name,
            target_file=translation.text.name,
        )
    columns = [paragraphs(reference) for reference in references]
    for file, column in [(translation.text, right), *zip(references, columns, strict=True)]:
        if len(column) != len(left):
            raise MtcheckError(
                Code.LINE_COUNTS_DIFFER,
                f"{source.name} has {len(left)} paragraphs and {file.name} has {len(column)}",
                where=file.name,
                mend="With references, give articles that match paragraph by paragraph",
            )
    segments = tuple(
        Segment(
            id=f"{identifier}:{index}",
            article=identifier,
            index=index,
            target=target.text,
            source=paragraph.text,
            references=tuple(column[index].text for column in columns),
            role=target.role,
            system=translation.system,
            origin=Origin(translation.text.name, target.line),
            suppress=target.suppress,
        )
        for index, (paragraph, target) in enumerate(zip(left, right, strict=True))
    )
    return Article(identifier, segments)
