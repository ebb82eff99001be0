"""What a renderer is: it is told of the rules, of articles as they are judged, and of the run when it ends."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, TextIO

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import Registry
from mtcheck.core.results import ArticleResult, RuleCard, Summary

STDOUT = Path("-")


class Renderer(ABC):
    """Writes one file of a run.

    Class attributes: `name` (as in `--format`), `filename` (what it writes, `-` for standard output), `about` (one
    line), `is_log` (standard output may have other lines beside it).
    Lifecycle: made with the run's directory, or a file of its own; then `start` once, `article` for each in order,
    `finish` once. `remark` then says what a user should know of the file: what it leaves out.
    """

    name: ClassVar[str]
    filename: ClassVar[str]
    about: ClassVar[str]
    is_log: ClassVar[bool] = False

    def __init__(self, directory: Path, file: str = "") -> None:
        own = file or self.filename
        self.path = Path(own) if file or own == str(STDOUT) else directory / own
        self.remark = ""

    @property
    def place(self) -> str:
        """Where it writes, for people."""
        return "standard output" if self.path == STDOUT else str(self.path)

    def start(self, rules: Sequence[RuleCard]) -> None:  # noqa: B027 (most renderers need no rules)
        """Take the rules of the run."""

    @abstractmethod
    def article(self, result: ArticleResult) -> None:
        """Take one article's result."""

    @abstractmethod
    def finish(self, summary: Summary) -> None:
        """Complete the file. Raises CANNOT_WRITE."""

    def open(self, encoding: str = "utf-8") -> TextIO:
        """The file, empty, or standard output, which closing leaves open. Raises CANNOT_WRITE."""
        # A file's name may hold bytes that are not UTF-8.
        errors = "backslashreplace"
        with self.writing():
            if self.path == STDOUT:
                sys.stdout.flush()
                return open(sys.stdout.fileno(), "w", encoding=encoding, errors=errors, newline="\n", closefd=False)
            return self.path.open("w", encoding=encoding, errors=errors, newline="\n")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What is done in it raises CANNOT_WRITE where the system refuses; a reader that left is another matter."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def write(self, text: str) -> None:
        """Write the whole file. Raises CANNOT_WRITE."""
        with self.writing(), self.open() as file:
            file.write(text)


def cannot_write(path: Path, error: OSError) -> MtcheckError:
    """The error for a file that the system would not let us write."""
    return MtcheckError(
        Code.CANNOT_WRITE,
        f"cannot write ({error.strerror or error})",
        where=str(path),
        mend="Give another folder with --output, or make room",
    )


RENDERERS: Registry[Renderer] = Registry("mtcheck.renderers", "format")
