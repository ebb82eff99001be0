"""What a reader is, and how files are opened: decoded strictly, line by line, hashed for the manifest."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, ClassVar, NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import Registry
from mtcheck.core.results import InputFile
from mtcheck.core.types import Article, ArticlePair, Edit

STDIN = "-"
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_END = re.compile(r"(?:\r\n?|\n)\Z")

Item = Article | ArticlePair


@dataclass(slots=True)
class InputText:
    """One input as the user named it. Standard input is held in memory, files are read as they are needed."""

    name: str
    data: bytes | None = None
    notes: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, name: str) -> InputText:
        """Raises FILE_NOT_FOUND."""
        if name == STDIN:
            return cls(name, sys.stdin.buffer.read())
        if not Path(name).is_file():
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                "there is no such file",
                where=name,
                mend="Check the path, and quote patterns so that the shell leaves them alone",
            )
        return cls(name)

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        return "stdin" if self.name == STDIN else Path(self.name).stem

    @property
    def label(self) -> str:
        """The file's name without its folders, for ids."""
        return "stdin" if self.name == STDIN else Path(self.name).name

    def _stream(self) -> IO[bytes]:
        try:
            return io.BytesIO(self.data) if self.data is not None else Path(self.name).open("rb")
        except OSError as error:
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                f"the file cannot be opened ({error.strerror})",
                where=self.name,
                mend="Check its permissions",
            ) from None

    def lines(self) -> Iterator[tuple[int, str]]:
        """1-based number and text of each line, without its end (LF, CRLF or CR). Raises BAD_ENCODING."""
        for number, line in self._lines(newline=None):
            yield number, line.rstrip("\n")

    def raw_lines(self) -> Iterator[tuple[int, str, str]]:
        """1-based number, text and end of each line, from which the text can be put together again."""
        for number, line in self._lines(newline=""):
            text = _END.sub("", line)
            yield number, text, line[len(text) :]

    def encoding(self) -> tuple[bytes, str]:
        """The byte order mark, which may be none, and the encoding."""
        with self._stream() as raw:
            head = raw.read(3)
        return next(((bom, name) for bom, name in _BOMS.items() if head.startswith(bom)), (b"", "utf-8"))

    def _lines(self, newline: str | None) -> Iterator[tuple[int, str]]:
        bom, encoding = self.encoding()
        with self._stream() as raw:
            raw.seek(len(bom))
            number = 0
            with io.TextIOWrapper(raw, encoding=encoding, newline=newline) as text:
                try:
                    yield from ((number := count, line) for count, line in enumerate(text, start=1))
                except UnicodeDecodeError as error:
                    raise MtcheckError(
                        Code.BAD_ENCODING,
                        f"the text is not valid {error.encoding.upper()}",
                        where=f"{self.name}, after line {number}",
                        mend="Save the file as UTF-8",
                    ) from None

    def fingerprint(self) -> tuple[InputFile, int]:
        """Name, SHA-256 and size, and the number of line ends."""
        digest = hashlib.sha256()
        size = lines = 0
        with self._stream() as raw:
            while block := raw.read(1 << 20):
                digest.update(block)
                size += len(block)
                lines += block.count(b"\n")
        return InputFile(self.name, digest.hexdigest(), size), lines


class Change(NamedTuple):
    """A translation as it was read, and its edits, in order and apart."""

    target: str
    edits: tuple[Edit, ...]


# By line, then by the segment's index in its article.
Changes = Mapping[int, Mapping[int, Change]]


class Reader(ABC):
    """Reads one input format.

    Class attributes: `name`, `suffixes` of its files, `about` (one line). `sniff` says whether the
    first non-blank line looks like the format, for standard input.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    about: ClassVar[str]

    @abstractmethod
    def sniff(self, first_line: str) -> bool:
        """True if a text that begins with this line is of the format."""

    @abstractmethod
    def read(self, text: InputText) -> Iterable[Item]:
        """Articles in order; loose pairs are articles of one. Raises coded errors with file and line."""

    def rewrite(self, text: InputText, changes: Changes) -> Iterator[str]:  # noqa: ARG002 (a format that cannot)
        """The whole input piece by piece, with the changes made and all else as it was. Raises CANNOT_FIX."""
        raise MtcheckError(
            Code.CANNOT_FIX,
            f"the format '{self.name}' cannot be written",
            where=text.name,
            mend="Leave out --fix, or give JSON Lines",
        )


def splice(pieces: Sequence[str], edits: Iterable[Edit], spell: Callable[[str], str]) -> str:
    """A text of which each character is spelt by one piece, with the edits made."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += (*pieces[at : edit.start], spell(edit.text))
        at = edit.end
    parts += pieces[at:]
    return "".join(parts)


def out_of_place(text: InputText, line: int) -> MtcheckError:
    """The error for a translation that does not stand where it was read."""
    return MtcheckError(
        Code.CANNOT_FIX,
        "the translation cannot be found again in its file",
        where=f"{text.name}:{line}",
        mend="Do not write to the file while it is checked, or leave out --fix",
    )


def fixed_path(path: Path) -> Path:
    """Where the corrected copy of a file goes: `article.en.fixed.txt` beside `article.en.txt`."""
    return path.with_name(f"{path.stem}.fixed{path.suffix}")


def only(changes: Mapping[int, Change]) -> Change:
    """The change of a line that holds one translation."""
    return next(iter(changes.values()))


READERS: Registry[Reader] = Registry("mtcheck.readers", "input format")
