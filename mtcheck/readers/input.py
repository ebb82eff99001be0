"""How inputs are opened: unpacked within bounds, decoded strictly, read line by line, hashed for the manifest.

Nothing is held that grows with the input, and nothing is passed over without being counted: a reader hands what it
cannot read to `InputText.refuse`, and what is nothing to check to `InputText.leave_out`.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import sys
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from gzip import GzipFile
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import InputFile, LeftOut, Refused

STDIN = "-"
# Longer than any article; a line, a text or a tag beyond it is no text but an attack or a mistake.
MAX_LINE = 16 << 20
# What is read whole (one article a file) may be so large.
MAX_DOCUMENT = 16 << 20
# A stream that unpacks to more than both of these is a bomb: text of any language packs to a tenth at best.
_BOMB_BYTES = 64 << 20
_BOMB_RATIO = 200
_ZST_WINDOW = 128 << 20
_SPOOL = 64 << 20
_BLOCK = 1 << 20
_HEAD = 4096
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_END = re.compile(r"(?:\r\n?|\n)\Z")
_PACKED = (".gz", ".zst")
# How what is sent by standard input, without a name, tells that it is packed.
_MAGIC = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst", b"PK\x03\x04": ".zip"}
# What text in newsrooms and localisation is stored in, where it is not Unicode.
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "big5", "cp949", "gb18030", "shift_jis", "koi8_r",
)  # fmt: skip
_COMMONEST = "cp1252"
LISTED = 1000


class Refusals:
    """What could not be read: the count, and the first of it."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Refused] = []

    def add(self, error: MtcheckError, count: int) -> None:
        self.count += count
        if len(self.first) < LISTED:
            self.first.append(Refused(error.where, f"MTC-E{error.code.value:03d}", error.what))


@dataclass(eq=False)
class InputText:
    """One input as the user named it: a file, standard input, or a file in a zip archive; packed (gz, zst) or not.

    `data` is what is held in memory instead, `archive` and `member` the place in a zip. With `lenient` a record that
    cannot be read is counted in `refused` instead of ending the run.
    """

    name: str
    data: bytes | None = None
    notes: list[str] = field(default_factory=list)
    archive: Archive | None = None
    member: str = ""
    given_encoding: str | None = None
    lenient: bool = False
    refused: Refusals = field(default_factory=Refusals)
    left_out: Counter[str] = field(default_factory=Counter)
    columns: dict[str, str] = field(default_factory=dict)
    languages: tuple[str | None, str | None] = None, None
    _detected: str | None = None
    _spool: Any = None

    @classmethod
    def open(cls, name: str, **options: Any) -> InputText:
        """Raises FILE_NOT_FOUND."""
        if name == STDIN:
            text = cls(name, **options)
            text._take(sys.stdin.buffer)
            return text
        if not Path(name).is_file():
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                "there is no such file",
                where=name,
                mend="Check the path, and quote patterns so that the shell leaves them alone",
            )
        return cls(name, **options)

    def afresh(self, **changes: Any) -> InputText:
        """The same input with these changes, nothing noted, refused or left out of it yet."""
        return replace(self, notes=[], refused=Refusals(), left_out=Counter(), **changes)

    def _take(self, stream: BinaryIO) -> None:
        """Hold a stream that cannot be read twice: in memory, or on disk where it is large."""
        head = stream.read(_SPOOL)
        if len(head) < _SPOOL:
            self.data = head
            return
        self._spool = tempfile.NamedTemporaryFile()  # noqa: SIM115 (lives as long as the input)
        self._spool.write(head)
        while block := stream.read(_BLOCK):
            self._spool.write(block)
        self._spool.flush()

    @property
    def _path(self) -> PurePosixPath | Path:
        path = PurePosixPath(self.member) if self.archive else Path(self.name)
        return path.with_suffix("") if path.suffix.lower() in _PACKED else path

    @property
    def suffix(self) -> str:
        return self._path.suffix.lower()

    @property
    def stem(self) -> str:
        return "stdin" if self.name == STDIN else self._path.stem

    @property
    def label(self) -> str:
        """The file's name without its folders, for ids."""
        return "stdin" if self.name == STDIN else self._path.name

    @property
    def packing(self) -> str:
        """The ending that says how the file itself is packed; none if it is not."""
        if self.name != STDIN:
            suffix = PurePosixPath(self.member or self.name).suffix.lower()
            return suffix if suffix in (*_PACKED, ".zip") else ""
        with self.raw() as raw:
            head = raw.read(4)
        return next((suffix for magic, suffix in _MAGIC.items() if head.startswith(magic)), "")

    @property
    def is_plain(self) -> bool:
        """True for a file that lies on disk as it is."""
        return self.data is None and not self.archive and self._spool is None and self._path == Path(self.name)

    def refuse(self, error: MtcheckError, count: int = 1) -> None:
        """Raise the error, or count it (for so many records) where bad ones are to be passed over."""
        if not self.lenient or error.code is Code.CANNOT_WRITE:
            raise error
        self.refused.add(error, count)

    def leave_out(self, reason: str, count: int = 1) -> None:
        """Count what is nothing to check."""
        if count:
            self.left_out[reason] += count

    def all_left_out(self) -> tuple[LeftOut, ...]:
        return tuple(LeftOut(self.name, reason, count) for reason, count in sorted(self.left_out.items()))

    def raw(self) -> IO[bytes]:
        """The bytes as they are stored."""
        if self.archive:
            return self.archive.open(self.member, self.name)
        if self.data is not None:
            return io.BytesIO(self.data)
        try:
            return Path(self._spool.name if self._spool else self.name).open("rb")
        except OSError as error:
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                f"the file cannot be opened ({error.strerror})",
                where=self.name,
                mend="Check its permissions",
            ) from None

    def stream(self) -> IO[bytes]:
        """The bytes, unpacked within bounds. Raises BAD_ARCHIVE, TOO_LARGE as they are read."""
        raw, packing = self.raw(), self.packing
        if packing == ".gz":
            return _bounded(GzipFile(fileobj=raw), raw, self.name)
        if packing == ".zst":
            import zstandard

            unpacked = zstandard.ZstdDecompressor(max_window_size=_ZST_WINDOW).stream_reader(
                raw, read_across_frames=True
            )
            return _bounded(unpacked, raw, self.name)
        return raw

    def whole(self, limit: int = MAX_DOCUMENT) -> bytes:
        """All bytes of a file that is one document. Raises TOO_LARGE beyond the limit."""
        with self.stream() as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise MtcheckError(
                Code.TOO_LARGE,
                f"a document of this format may have {limit >> 20} MiB",
                where=self.name,
                mend="Split it, or give JSON Lines, which are read line by line",
            )
        return data

    def text(self) -> str:
        """The whole text of one document, its lines ended by LF. Raises TOO_LARGE, BAD_ENCODING."""
        data = self.whole()
        bom, encoding = self.encoding()
        try:
            text = data[len(bom) :].decode(encoding)
        except UnicodeDecodeError as error:
            before = data[: error.start].replace(b"\r\n", b"\n")
            line = before.count(b"\n") + before.count(b"\r") + 1
            raise self._bad_encoding(encoding, f"{self.name}:{line}") from None
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\0" in text:
            raise self._nul(text.count("\n", 0, text.index("\0")) + 1)
        return text

    def head(self) -> str:
        """The beginning, from its first character that is no white space, decoded as well as may be."""
        bom, encoding = self.encoding()
        with self.stream() as stream:
            data = stream.read(_HEAD)
        return data[len(bom) :].decode(encoding, "replace").lstrip()

    def lines(self) -> Iterator[tuple[int, str]]:
        """1-based number and text of each line, without its end (LF, CRLF or CR). Raises BAD_ENCODING, TOO_LARGE."""
        for number, line in self._lines(newline=None):
            yield number, line.rstrip("\n")

    def raw_lines(self) -> Iterator[tuple[int, str, str]]:
        """1-based number, text and end of each line, from which the text can be put together again."""
        for number, line in self._lines(newline=""):
            text = _END.sub("", line)
            yield number, text, line[len(text) :]

    def encoding(self) -> tuple[bytes, str]:
        """The byte order mark, which may be none, and the encoding: the mark's, the one given, detected, or UTF-8."""
        with self.stream() as stream:
            head = stream.read(_HEAD)
        for bom, name in _BOMS.items():
            if head.startswith(bom):
                return bom, name
        if self.given_encoding:
            return b"", self.given_encoding
        return b"", self._detected or _wide(head) or "utf-8"

    def detect(self) -> None:
        """Find out what a text that is not UTF-8 is encoded in, and say so; one that is partly UTF-8 is mixed."""
        _, encoding = self.encoding()
        if self.given_encoding or encoding != "utf-8":
            return
        with self.stream() as stream:
            sample = _not_utf8(stream)
        if sample is None or b"\0" in sample:
            return
        from charset_normalizer import from_bytes

        found = from_bytes(sample, cp_isolation=list(_LEGACY))
        best = found.best()
        if best is None:
            return
        # Of encodings that make as good a text of it, the commonest.
        likely = [match.encoding for match in found if match.chaos <= best.chaos + 0.02]
        self._detected = _COMMONEST if _COMMONEST in likely else best.encoding
        self.notes.append(
            f"{self.name}: not UTF-8; detected and read as {codecs.lookup(self._detected).name} (--encoding states it)"
        )

    def _lines(self, newline: str | None) -> Iterator[tuple[int, str]]:
        bom, encoding = self.encoding()
        with self.stream() as raw:
            raw.read(len(bom))
            # Bytes that are not UTF-8 become lone surrogates, which tell the line that they stand in.
            errors = "surrogateescape" if encoding == "utf-8" else "strict"
            with io.TextIOWrapper(raw, encoding=encoding, newline=newline, errors=errors) as text:
                number = 0
                while True:
                    try:
                        line = text.readline(MAX_LINE + 2)
                    except UnicodeDecodeError as error:
                        self.refuse(self._bad_encoding(error.encoding, f"{self.name}, after line {number}"))
                        return
                    if not line:
                        return
                    number += 1
                    if len(line) > MAX_LINE:
                        self.refuse(self._long(number))
                        while line and line[-1] not in "\r\n":
                            line = text.readline(MAX_LINE)
                        continue
                    if not line.isascii() and not _is_whole(line):
                        self.refuse(self._bad_encoding(encoding, f"{self.name}:{number}"))
                        continue
                    if "\0" in line:
                        self.refuse(self._nul(number))
                        continue
                    yield number, line

    def _long(self, line: int) -> MtcheckError:
        return MtcheckError(
            Code.TOO_LARGE,
            f"the line is longer than {MAX_LINE:,} characters",
            where=f"{self.name}:{line}",
            mend="Give one record or paragraph a line",
        )

    def _nul(self, line: int) -> MtcheckError:
        return MtcheckError(
            Code.BAD_ENCODING,
            "the text holds NUL characters",
            where=f"{self.name}:{line}",
            mend="Give text; if it is UTF-16 or UTF-32, save it with a byte order mark or as UTF-8",
        )

    @staticmethod
    def _bad_encoding(encoding: str, where: str) -> MtcheckError:
        return MtcheckError(
            Code.BAD_ENCODING,
            f"the text is not valid {encoding.upper()}",
            where=where,
            mend="Save the file as UTF-8, or state what it is with --encoding",
        )

    def fingerprint(self) -> tuple[InputFile, int]:
        """Name, SHA-256 and size of what is stored, and the number of line ends, which is 0 for what is packed."""
        digest = hashlib.sha256()
        size = lines = 0
        with self.raw() as raw:
            while block := raw.read(_BLOCK):
                digest.update(block)
                size += len(block)
                lines += block.count(b"\n")
        return InputFile(self.name, digest.hexdigest(), size), 0 if self.packing else lines


def _is_whole(line: str) -> bool:
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of ASCII text is NUL."""
    size = len(head) // 2
    if size >= 2 and head.count(0) >= size // 2:
        if not any(head[0 : 2 * size : 2]):
            return None
        if head[1::2].count(0) > 0.7 * size and 0 not in head[0::2]:
            return "utf-16-le"
        if head[0::2].count(0) > 0.7 * size and 0 not in head[1::2]:
            return "utf-16-be"
    return None


def _not_utf8(stream: IO[bytes]) -> bytes | None:
    """The first lines that are not UTF-8; None if all are, or if other lines beyond ASCII are."""
    sample: list[bytes] = []
    size = 0
    while size < _BLOCK and (block := stream.read(_BLOCK)):
        if block.isascii():
            continue
        for line in (block + stream.readline(MAX_LINE)).split(b"\n"):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                sample.append(line)
                size += len(line)
            else:
                return None
    return b"\n".join(sample) or None


class Archive:
    """A zip archive, whose files are read in place: nothing is ever unpacked to disk."""

    def __init__(self, path: str, file: IO[bytes] | None = None) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(file or path)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise bad_archive(path, error) from None

    def members(self) -> list[str]:
        """Names of the files inside, sorted. Raises UNSAFE_INPUT for one that points out of the archive."""
        names = []
        for info in self._zip.infolist():
            path = PurePosixPath(info.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", info.filename):
                raise MtcheckError(
                    Code.UNSAFE_INPUT,
                    f"the name {info.filename!r} points out of the archive",
                    where=self.path,
                    mend="Pack the archive anew, with relative names",
                )
            if not info.is_dir():
                names.append(info.filename)
        for name, count in Counter(names).items():
            if count > 1:
                raise MtcheckError(
                    Code.UNSAFE_INPUT,
                    f"it holds {count} files called {name!r}",
                    where=self.path,
                    mend="Pack the archive anew, each file once",
                )
        return sorted(names)

    def open(self, member: str, name: str) -> IO[bytes]:
        """Raises BAD_ARCHIVE, and TOO_LARGE as it is read."""
        try:
            info = self._zip.getinfo(member)
            return _bounded(self._zip.open(info), info.compress_size, name)
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
            raise bad_archive(name, error) from None


def bad_archive(where: str, error: Exception) -> MtcheckError:
    return MtcheckError(
        Code.BAD_ARCHIVE,
        f"the archive cannot be unpacked ({str(error).rstrip('.') or type(error).__name__})",
        where=where,
        mend="Pack it anew, without a password",
    )


def _bounded(stream: Any, packed: IO[bytes] | int, name: str) -> IO[bytes]:
    return io.BufferedReader(_Bounded(stream, packed, name), _BLOCK)


class _Bounded(io.RawIOBase):
    """An unpacked stream that ends in a coded error where it is broken, or a bomb."""

    def __init__(self, stream: Any, packed: IO[bytes] | int, name: str) -> None:
        self._stream = stream
        self._packed = packed
        self._name = name
        self._size = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def readinto(self, buffer: Any) -> int:
        import zstandard

        try:
            block = self._stream.read(len(buffer))
            packed = self._packed if isinstance(self._packed, int) else self._packed.tell()
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError, RuntimeError) as error:
            raise bad_archive(self._name, error) from None
        self._size += len(block)
        if self._size > max(_BOMB_BYTES, _BOMB_RATIO * packed):
            raise MtcheckError(
                Code.TOO_LARGE,
                f"it unpacks to more than {_BOMB_RATIO} times its size",
                where=self._name,
                mend="If it is no attack, unpack it and give the files",
            )
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            if not isinstance(self._packed, int):
                self._packed.close()
        super().close()


def tolerant(text: InputText, items: Iterable[Any]) -> Iterator[Any]:
    """The items; an error that ends them is handed to `refuse`, which may pass it over."""
    try:
        yield from items
    except MtcheckError as error:
        text.refuse(error)
