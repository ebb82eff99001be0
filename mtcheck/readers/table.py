"""Tables with a header line that carries the names of the native form: TSV and CSV.

TSV is read as IANA text/tab-separated-values: no quoting, so a quotation mark in wire copy stays one.
CSV is RFC 4180; a semicolon instead of the comma is told from the header.
"""

from __future__ import annotations

import csv
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.readers.base import READERS, Change, Changes, InputText, Item, Reader, only, out_of_place, splice
from mtcheck.readers.input import MAX_LINE
from mtcheck.readers.records import articles

_REFERENCE = re.compile(r"references?(?:[._ -]?\d+)?")
# The inside of a quoted field up to its end, and each character of it as it is spelt.
_INSIDE = re.compile(r'(?:[^"]|"")*')
_QUOTED = re.compile(r'""|\r\n|.', re.DOTALL)
_FIELDS = {
    "id", "source", "target", "source_lang", "target_lang", "system", "desk", "date", "article", "role", "suppress",
}  # fmt: skip


_NO_COLUMNS: Mapping[str, str] = {}


class _Table(Reader):
    delimiters: str

    def sniff(self, head: str) -> bool:
        return self._delimiter(head.split("\n", 1)[0]) is not None

    def _delimiter(self, header: str, columns: Mapping[str, str] = _NO_COLUMNS) -> str | None:
        return next((mark for mark in self.delimiters if "target" in self._names(header, mark, columns)), None)

    def _names(self, header: str, delimiter: str, columns: Mapping[str, str] = _NO_COLUMNS) -> list[str]:
        """Field names; of columns that --columns names, those of the fields that they stand for."""
        fields = {column.casefold(): field for field, column in columns.items()}
        names = [name.strip().casefold() for name in self._cells(header, delimiter)]
        return [fields.get(name, name) for name in names]

    def read(self, text: InputText) -> Iterable[Item]:
        return articles(text, self._records(text), renamed=True)

    def _records(self, text: InputText) -> Iterator[tuple[int, dict[str, Any]]]:
        text.detect()
        lines = text.lines()
        first, header = next(((line, content) for line, content in lines if content.strip()), (1, ""))
        delimiter = self._delimiter(header, text.columns)
        if delimiter is None:
            raise MtcheckError(
                Code.BAD_TABLE,
                "the header line names no column 'target'",
                where=f"{text.name}:{first}",
                mend="Begin with a header such as: id, source, target, references, source_lang, target_lang, system; "
                "or say with --columns target=NAME which it is",
            )
        if delimiter != self.delimiters[0]:
            text.notes.append(f"{text.name}: read as CSV with the delimiter {delimiter!r}")
        names = self._names(header, delimiter, text.columns)
        missing = [column for field, column in text.columns.items() if field not in names]
        if missing:
            raise MtcheckError(
                Code.BAD_TABLE,
                f"the header line names no column '{missing[0]}'",
                where=f"{text.name}:{first}",
                mend=f"Correct --columns; there are {', '.join(names)}",
            )
        unused = [name for name in names if name not in _FIELDS and not _REFERENCE.fullmatch(name)]
        if unused:
            text.notes.append(f"{text.name}: columns not used: {', '.join(unused)}")
        for line, row in self._rows(text, lines, delimiter):
            if len(row) == len(names):
                yield line, _record(names, row)
                continue
            error = MtcheckError(
                Code.BAD_TABLE,
                f"the row has {len(row)} fields, the header {len(names)}",
                where=f"{text.name}:{line}",
                mend="Give every row one field a column",
            )
            text.refuse(error)

    def rewrite(self, text: InputText, changes: Changes) -> Iterator[str]:
        lines = text.raw_lines()
        header = ""
        while not header.strip():
            _, header, end = next(lines)
            yield header + end
        delimiter = self._delimiter(header, text.columns)
        assert delimiter is not None
        names = self._names(header, delimiter, text.columns)
        column = len(names) - 1 - names[::-1].index("target")
        for number, fields, end in self._raw_rows(lines, delimiter):
            if number in changes:
                if len(fields) != len(names):
                    raise out_of_place(text, number)
                cell = self._changed(fields[column], only(changes[number]), delimiter)
                if cell is None:
                    raise out_of_place(text, number)
                fields[column] = cell
            yield delimiter.join(fields) + end

    @abstractmethod
    def _cells(self, header: str, delimiter: str) -> list[str]:
        """The fields of the header line."""

    @abstractmethod
    def _raw_rows(self, lines: Iterator[tuple[int, str, str]], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
        """First line, fields as they are spelt, and line end of each row."""

    @abstractmethod
    def _changed(self, cell: str, change: Change, delimiter: str) -> str | None:
        """A field's spelling with the change made; None if it does not hold the text that was read."""

    @abstractmethod
    def _rows(
        self, text: InputText, lines: Iterator[tuple[int, str]], delimiter: str
    ) -> Iterator[tuple[int, list[str]]]:
        """Line and fields of each row."""


@READERS.register
class Tsv(_Table):
    """Tab-separated values without quoting."""

    name = "tsv"
    suffixes = (".tsv", ".tab")
    about = "tab-separated values with a header line"
    delimiters = "\t"

    def _cells(self, header: str, delimiter: str) -> list[str]:
        return [cell.strip().strip('"') for cell in header.split(delimiter)]

    def _rows(
        self,
        text: InputText,  # noqa: ARG002 (any line is a row)
        lines: Iterator[tuple[int, str]],
        delimiter: str,
    ) -> Iterator[tuple[int, list[str]]]:
        for line, content in lines:
            if content:
                yield line, content.split(delimiter)

    def _raw_rows(self, lines: Iterator[tuple[int, str, str]], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
        for number, line, end in lines:
            yield number, line.split(delimiter), end

    def _changed(self, cell: str, change: Change, delimiter: str) -> str | None:  # noqa: ARG002 (a tab)
        return splice(cell, change.edits, _one_line) if cell == change.target else None


@READERS.register
class Csv(_Table):
    """Comma- or semicolon-separated values, quoted as in RFC 4180."""

    name = "csv"
    suffixes = (".csv",)
    about = "comma- or semicolon-separated values with a header line"
    delimiters = ",;|\t"

    def _cells(self, header: str, delimiter: str) -> list[str]:
        csv.field_size_limit(MAX_LINE)
        return next(csv.reader([header], delimiter=delimiter), [])

    def sniff(self, head: str) -> bool:
        # What is parted by tabs and has no file name is TSV.
        return super().sniff(head) and self._delimiter(head.split("\n", 1)[0]) != "\t"

    def _rows(
        self, text: InputText, lines: Iterator[tuple[int, str]], delimiter: str
    ) -> Iterator[tuple[int, list[str]]]:
        start = 0

        def feed() -> Iterator[str]:
            nonlocal start
            for line, content in lines:
                start = start or line
                yield content + "\n"

        rows = csv.reader(feed(), delimiter=delimiter, strict=True)
        while True:
            try:
                row = next(rows, None)
            except csv.Error as error:
                fault = MtcheckError(
                    Code.BAD_TABLE,
                    f"the row is not CSV ({error})",
                    where=f"{text.name}:{start}",
                    mend="Quote fields that hold the delimiter or a quotation mark, and double quotation marks inside",
                )
                text.refuse(fault)
            else:
                if row is None:
                    return
                if row:
                    yield start, row
            start = 0

    def _raw_rows(self, lines: Iterator[tuple[int, str, str]], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
        fields: list[str] = []
        parts: list[str] = []
        first = 0
        quoted = False
        for number, line, end in lines:
            at = 0
            first = first or number
            while True:
                if not quoted and not parts and line.startswith('"', at):
                    quoted = True
                    parts.append('"')
                    at += 1
                if quoted:
                    inside = _INSIDE.match(line, at)
                    assert inside is not None
                    stop = inside.end()
                    parts.append(line[at : stop + 1])
                    at = stop + 1
                    if stop == len(line):
                        parts.append(end)
                        break
                    quoted = False
                    continue
                stop = line.find(delimiter, at)
                parts.append(line[at:] if stop < 0 else line[at:stop])
                fields.append("".join(parts))
                parts = []
                if stop < 0:
                    yield first, fields, end
                    fields, first = [], 0
                    break
                at = stop + len(delimiter)

    def _changed(self, cell: str, change: Change, delimiter: str) -> str | None:
        if cell.startswith('"'):
            pieces = _QUOTED.findall(cell[1:-1])
            if "".join({'""': '"', "\r\n": "\n", "\r": "\n"}.get(piece, piece) for piece in pieces) != change.target:
                return None
            return '"' + splice(pieces, change.edits, _doubled) + '"'
        if cell != change.target:
            return None
        new = splice(cell, change.edits, str)
        # Quoted where it must be, and where an empty row would be no row.
        return new if new and not set(new) & {delimiter, '"', "\r", "\n"} else f'"{_doubled(new)}"'


def _doubled(text: str) -> str:
    return text.replace('"', '""')


def _one_line(text: str) -> str:
    return re.sub(r"[\t\r\n]+", " ", text)


def _record(names: list[str], row: list[str]) -> dict[str, Any]:
    """Empty cells are absent values, but an empty target is an empty translation."""
    record: dict[str, Any] = {"references": []}
    for name, cell in zip(names, row, strict=True):
        if _REFERENCE.fullmatch(name):
            if cell:
                record["references"].append(cell)
        elif name == "target" or (name in _FIELDS and cell):
            record[name] = cell
    return record
