"""What a reader is, and how files are opened: decoded strictly, line by line, hashed for the manifest."""

from __future__ import annotations

import hashlib
import io
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, ClassVar

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import Registry
from mtcheck.core.results import InputFile
from mtcheck.core.types import Article, ArticlePair

STDIN = "-"
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

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
        with self._stream() as raw:
            head = raw.read(3)
            raw.seek(0)
            encoding = next((name for bom, name in _BOMS.items() if head.startswith(bom)), "utf-8")
            number = 0
            with io.TextIOWrapper(raw, encoding=encoding, newline=None) as text:
                try:
                    for number, line in enumerate(text, start=1):
                        yield number, line.rstrip("\n")
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


READERS: Registry[Reader] = Registry("mtcheck.readers", "input format")
