"""Records as JSON Lines and tables give them, checked, and grouped into articles."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.languages import check_tag
from mtcheck.core.spool import Table
from mtcheck.core.text import shorten
from mtcheck.core.types import Article, Marker, Origin, Role, Segment
from mtcheck.readers.base import InputText
from mtcheck.readers.dates import day_of


def _identifier(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _references(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _text(value: Any) -> Any:
    return "" if value is None else value


def _whole(value: str) -> str:
    """JSON can spell half a character (`\\ud800`), which no text file can hold."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate)") from None
    return value


Str = Annotated[str, AfterValidator(_whole)]
Id = Annotated[Str | None, BeforeValidator(_identifier)]
References = Annotated[tuple[Str, ...], BeforeValidator(_references)]
Target = Annotated[Str, BeforeValidator(_text)]


def rule_words(value: Any) -> Any:
    """Rules named in a list, or in one text parted by commas or white space."""
    return tuple(re.findall(r"[^\s,]+", value)) if isinstance(value, str) else () if value is None else value


Rules = Annotated[tuple[Str, ...], BeforeValidator(rule_words)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _stated(cls, data: Any) -> Any:
        """Null is as good as absent, but a null target is an empty translation."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key == "target"}


class SegmentRecord(_Record):
    """A segment inside an article. A null target is an empty one."""

    target: Target
    source: Str | None = None
    references: References = ()
    role: Role = Role.BODY
    suppress: Rules = ()


class PairRecord(SegmentRecord):
    """A loose pair; with `article` it joins its neighbours of the same article."""

    id: Id = None
    article: Id = None
    source_lang: str | None = None
    target_lang: str | None = None
    system: Str | None = None
    desk: Str | None = None
    date: Any = None
    role: Role = Role.OTHER


class ArticleRecord(_Record):
    """An article with its segments in order."""

    segments: tuple[SegmentRecord, ...]
    id: Id = None
    source_lang: str | None = None
    target_lang: str | None = None
    system: Str | None = None
    desk: Str | None = None
    date: Any = None
    suppress: Rules = ()


# What mtcheck itself writes beside the record's own fields, when its output is read back.
_OWN_OUTPUT = {"index", "scores", "findings", "known", "verdict", "origin", "pseudo_reference", "unit", "placement"}


class RecordBook:
    """Turns the records of one file into articles; says once which keys it did not use."""

    def __init__(self, text: InputText) -> None:
        self._text = text
        self._seen = Table()
        self._unused: set[str] = set()
        self._open: list[Segment] = []

    def add(self, data: Any, line: int) -> Iterator[Article]:
        """Articles completed by this record. Raises BAD_RECORD or DUPLICATE_ID."""
        where = f"{self._text.name}:{line}"
        if not isinstance(data, dict):
            raise MtcheckError(
                Code.BAD_RECORD, "the record is not an object", where=where, mend="Write one object a line"
            )
        if data.get("segments") is not None:
            article = self._article(_validate(ArticleRecord, data, where), line)
            yield from self.close()
            yield article
            return
        record = _validate(PairRecord, data, where)
        segment = self._pair(record, line)
        if self._open and (record.article is None or not _same_article(self._open[-1], segment)):
            yield from self.close()
        if record.article is None:
            yield Article(segment.article, (segment,))
        else:
            self._open.append(segment)

    def close(self) -> Iterator[Article]:
        """The article still open, if any."""
        if self._open:
            first = self._open[0]
            self._open, segments = [], self._open
            try:
                self._remember(first.article, first.system, first.origin.line or 0)
            except MtcheckError as error:
                self._text.refuse(error, len(segments))
            else:
                yield Article(first.article, tuple(segments))

    def finish(self) -> Iterator[Article]:
        """The last article. Raises NO_INPUT for a file without a record."""
        yield from self.close()
        if not self._seen and not self._text.refused.count:
            raise MtcheckError(
                Code.NO_INPUT,
                "there is no record in it",
                where=self._text.name,
                mend="Give a file with records",
            )
        if self._unused:
            self._text.notes.append(f"{self._text.name}: keys not used: {', '.join(sorted(self._unused))}")

    def _pair(self, record: PairRecord, line: int) -> Segment:
        if record.article is None:
            article = identifier = record.id or f"{self._text.label}:{line}"
            self._remember(identifier, record.system, line)
            index = 0
        else:
            article = record.article
            same = self._open and self._open[-1].article == article and self._open[-1].system == record.system
            index = len(self._open) if same else 0
            identifier = record.id or f"{article}:{index}"
        return self._segment(record, record, identifier, article, index, line)

    def _article(self, record: ArticleRecord, line: int) -> Article:
        identifier = record.id or f"{self._text.label}:{line}"
        self._note_unused(record)
        self._remember(identifier, record.system, line)
        if not record.segments:
            raise MtcheckError(
                Code.BAD_RECORD,
                f"the article '{identifier}' has no segments",
                where=f"{self._text.name}:{line}",
                mend="Give it segments, or leave it out",
            )
        return Article(
            identifier,
            tuple(
                self._segment(part, record, f"{identifier}:{index}", identifier, index, line)
                for index, part in enumerate(record.segments)
            ),
        )

    def _segment(
        self,
        part: SegmentRecord,
        owner: PairRecord | ArticleRecord,
        identifier: str,
        article: str,
        index: int,
        line: int,
    ) -> Segment:
        """A segment of `part`'s texts with the languages, system, desk and date of the record that owns it."""
        self._note_unused(part)
        where = f"{self._text.name}:{line}"
        markers = [] if part is owner else [Marker(owner.suppress, f"{where}, {article}")]
        markers.append(Marker(part.suppress, f"{where}, {identifier}"))
        return Segment(
            id=identifier,
            article=article,
            index=index,
            target=part.target,
            source=part.source or None,
            references=part.references,
            role=part.role,
            system=owner.system,
            source_lang=_tag(owner.source_lang, self._text.name, line),
            target_lang=_tag(owner.target_lang, self._text.name, line),
            origin=Origin(self._text.name, line),
            suppress=tuple(marker for marker in markers if marker.rules),
            desk=" ".join((owner.desk or "").split()) or None,
            date=_day(owner.date, where),
        )

    def _remember(self, identifier: str, system: str | None, line: int) -> None:
        # Hashes, not strings: a file may have millions of ids.
        key = hash((identifier, system))
        first = self._seen.add(key, line)
        if first is not None:
            raise MtcheckError(
                Code.DUPLICATE_ID,
                f"the id '{identifier}' stands twice, first in line {first}",
                where=f"{self._text.name}:{line}",
                mend="Give every pair and article of a system its own id",
            )

    def _note_unused(self, record: BaseModel) -> None:
        self._unused.update(set(record.model_extra or ()) - _OWN_OUTPUT)


def _same_article(left: Segment, right: Segment) -> bool:
    return (left.article, left.system) == (right.article, right.system)


def _tag(tag: str | None, file: str, line: int) -> str | None:
    return check_tag(tag, where=f"{file}:{line}") if tag else None


def _day(value: Any, where: str) -> datetime.date | None:
    try:
        return day_of(value)
    except ValueError:
        raise MtcheckError(
            Code.BAD_RECORD,
            f"'date' is no date: {shorten(str(value), 40)!r}",
            where=where,
            mend="Write it as ISO 8601 has it: 2026-05-31, with a time or without",
        ) from None


R = TypeVar("R", bound=BaseModel)


def _validate(kind: type[R], data: dict[str, Any], where: str) -> R:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        message = "is missing" if first["type"] == "missing" else f"is not usable: {first['msg']}"
        raise MtcheckError(
            Code.BAD_RECORD,
            f"'{key}' {message}",
            where=where,
            mend="A pair has source and target, an article has segments that do (see README, Inputs)",
        ) from None


def articles(text: InputText, records: Iterable[tuple[int, Any]], *, renamed: bool = False) -> Iterator[Article]:
    """Articles of numbered records; `renamed` if their fields have their own names already."""
    book = RecordBook(text)
    for line, data in records:
        try:
            complete = list(book.add(data if renamed else _renamed(data, text, line), line))
        except MtcheckError as error:
            text.refuse(error)
        else:
            yield from complete
    yield from book.finish()


def _renamed(data: Any, text: InputText, line: int) -> Any:
    """The record with the fields that --columns says where to find; a dotted name leads into objects."""
    if not text.columns or not isinstance(data, dict):
        return data
    taken = {column.partition(".")[0] for column in text.columns.values()}
    record = {key: value for key, value in data.items() if key not in taken}
    for field, column in text.columns.items():
        value: Any = data
        for step in column.split("."):
            if not isinstance(value, dict) or step not in value:
                raise MtcheckError(
                    Code.BAD_RECORD,
                    f"there is no column '{column}'",
                    where=f"{text.name}:{line}",
                    mend=f"Correct --columns; the record has {', '.join(map(str, data)) or 'none'}",
                )
            value = value[step]
        record[field] = value
    return record
