"""Tables with a header line that carries the names of the native form: TSV and CSV.

TSV is read as IANA text/tab-separated-values: no quoting, so a quotation mark in wire copy stays one.
CSV is RFC 4180; a semicolon instead of the comma is told from the header.
"""

from __future__ import annotations

import csv
import re
import sys
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.readers.base import READERS, InputText, Item, Reader
from mtcheck.readers.records import articles

_REFERENCE = re.compile(r"references?(?:[._ -]?\d+)?")
_FIELDS = {"id", "source", "target", "source_lang", "target_lang", "system", "article", "role", "suppress"}


class _Table(Reader):
    delimiters: str

    def sniff(self, first_line: str) -> bool:
        return self._delimiter(first_line) is not None

    def _delimiter(self, header: str) -> str | None:
        return next(
            (mark for mark in self.delimiters if "target" in _names(header.split(mark))),
            None,
        )

    def read(self, text: InputText) -> Iterable[Item]:
        return articles(text, self._records(text))

    def _records(self, text: InputText) -> Iterator[tuple[int, dict[str, Any]]]:
        lines = text.lines()
        _, header = next(lines, (0, ""))
        delimiter = self._delimiter(header)
        if delimiter is None:
            raise MtcheckError(
                Code.BAD_TABLE,
                "the header line names no column 'target'",
                where=f"{text.name}:1",
                mend="Begin with a header such as: id, source, target, references, source_lang, target_lang, system",
            )
        names = _names(header.split(delimiter))
        unused = [name for name in names if name not in _FIELDS and not _REFERENCE.fullmatch(name)]
        if unused:
            text.notes.append(f"{text.name}: columns not used: {', '.join(unused)}")
        for line, row in self._rows(text.name, lines, delimiter):
            if len(row) != len(names):
                raise MtcheckError(
                    Code.BAD_TABLE,
                    f"the row has {len(row)} fields, the header {len(names)}",
                    where=f"{text.name}:{line}",
                    mend="Give every row one field a column",
                )
            yield line, _record(names, row)

    @abstractmethod
    def _rows(self, file: str, lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Line and fields of each row."""


@READERS.register
class Tsv(_Table):
    """Tab-separated values without quoting."""

    name = "tsv"
    suffixes = (".tsv", ".tab")
    about = "tab-separated values with a header line"
    delimiters = "\t"

    def _rows(
        self,
        file: str,  # noqa: ARG002 (any line is a row)
        lines: Iterator[tuple[int, str]],
        delimiter: str,
    ) -> Iterator[tuple[int, list[str]]]:
        for line, content in lines:
            if content:
                yield line, content.split(delimiter)


@READERS.register
class Csv(_Table):
    """Comma- or semicolon-separated values, quoted as in RFC 4180."""

    name = "csv"
    suffixes = (".csv",)
    about = "comma- or semicolon-separated values with a header line"
    delimiters = ",;"

    def _rows(self, file: str, lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str]]]:
        at = 1

        def feed() -> Iterator[str]:
            nonlocal at
            for line, content in lines:
                at = line
                yield content + "\n"

        csv.field_size_limit(sys.maxsize)
        rows = csv.reader(feed(), delimiter=delimiter, strict=True)
        start = 2
        try:
            for row in rows:
                if row:
                    yield start, row
                start = at + 1
        except csv.Error as error:
            raise MtcheckError(
                Code.BAD_TABLE,
                f"the row is not CSV ({error})",
                where=f"{file}:{start}",
                mend="Quote fields that hold the delimiter or a quotation mark, and double quotation marks inside",
            ) from None


def _names(header: list[str]) -> list[str]:
    return [name.strip().strip('"').casefold() for name in header]


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
