"""What grows with a run, kept on disk, so that memory does not grow with it."""

from __future__ import annotations

import pickle
import sqlite3
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any, TypeVar, overload
from weakref import finalize

from mtcheck.core.errors import Code, MtcheckError

T = TypeVar("T")

_BLOCK = 256
_LEVEL = 1


class Spool(Sequence[T]):
    """A sequence that grows at its end; all but the last of it lies packed in a file without a name.

    It can be read while it grows, again and again, and is equal to any sequence of equal items. No file is made for a
    few items.

    Args:
        items: what it begins with.
        directory: where the file is made; None is the system's folder for such files, which may be memory.
    """

    def __init__(self, items: Sequence[T] = (), directory: Path | None = None) -> None:
        self._directory = directory
        self._last: list[T] = []
        self._file: IO[bytes] | None = None
        self._ends = array("q", [0])
        self._read: tuple[int, list[T]] = -1, []
        for item in items:
            self.append(item)

    def append(self, item: T) -> None:
        """Add one item. Raises CANNOT_WRITE."""
        self._last.append(item)
        if len(self._last) == _BLOCK:
            packed = zlib.compress(pickle.dumps(self._last), _LEVEL)
            with _writing(self._directory):
                if self._file is None:
                    self._file = TemporaryFile(dir=self._directory)  # noqa: SIM115 (closed with the spool)
                    finalize(self, self._file.close)
                self._file.seek(self._ends[-1])
                self._file.write(packed)
                self._file.flush()
            self._ends.append(self._ends[-1] + len(packed))
            self._last = []

    def __len__(self) -> int:
        return (len(self._ends) - 1) * _BLOCK + len(self._last)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._block(number) for number in range(len(self._ends)))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        places = range(len(self))[index]
        if isinstance(places, range):
            return [self[place] for place in places]
        number, place = divmod(places, _BLOCK)
        return self._block(number)[place]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Spool, (list(self),)

    def _block(self, number: int) -> list[T]:
        if number == len(self._ends) - 1:
            return self._last
        if self._read[0] != number:
            assert self._file is not None
            start, end = self._ends[number : number + 2]
            self._file.seek(start)
            self._read = number, pickle.loads(zlib.decompress(self._file.read(end - start)))  # noqa: S301 (our own)
        return self._read[1]


class Table:
    """A number for each key (both of 64 bits, with a sign), in memory that is bounded: the rest is a file of SQLite."""

    def __init__(self) -> None:
        self._count = 0
        # No name is a file that is made when memory is full, and is gone with the connection.
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        finalize(self, self._rows.close)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("CREATE TABLE numbers (key INTEGER PRIMARY KEY, value INTEGER)")
        self._rows.execute("BEGIN")

    def __len__(self) -> int:
        return self._count

    def add(self, key: int, number: int) -> int | None:
        """Give the key a number, unless it has one, which is returned. Raises CANNOT_WRITE."""
        with _writing():
            added = self._rows.execute("INSERT OR IGNORE INTO numbers VALUES (?, ?)", (key, number)).rowcount
            self._count += added
            if added:
                return None
            found = self._rows.execute("SELECT value FROM numbers WHERE key = ?", (key,)).fetchone()
            return int(found[0])

    def replace(self, key: int, number: int) -> None:
        """Give a key that has a number another. Raises CANNOT_WRITE."""
        with _writing():
            self._rows.execute("UPDATE numbers SET value = ? WHERE key = ?", (number, key))


@contextmanager
def _writing(directory: Path | None = None) -> Iterator[None]:
    """What is done in it raises CANNOT_WRITE where the system refuses."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise MtcheckError(
            Code.CANNOT_WRITE,
            f"what does not fit into memory cannot be written ({getattr(error, 'strerror', None) or error})",
            where=str(directory or gettempdir()),
            mend="Make room there, and go on with --resume",
        ) from None
