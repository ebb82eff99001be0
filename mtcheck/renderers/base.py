"""What a renderer is: it is told of articles as they are judged, and of the run when it ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import Registry
from mtcheck.core.results import ArticleResult, Summary


class Renderer(ABC):
    """Writes one file of a run's directory.

    Class attributes: `name` (as in `--format`), `filename` (what it writes), `about` (one line).
    Lifecycle: made with the run's directory, then `article` for each in order, then `finish` once.
    """

    name: ClassVar[str]
    filename: ClassVar[str]
    about: ClassVar[str]

    def __init__(self, directory: Path) -> None:
        self.path = directory / self.filename

    @abstractmethod
    def article(self, result: ArticleResult) -> None:
        """Take one article's result."""

    @abstractmethod
    def finish(self, summary: Summary) -> None:
        """Complete the file. Raises CANNOT_WRITE."""

    def write(self, text: str) -> None:
        """Write the whole file. Raises CANNOT_WRITE."""
        try:
            self.path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise cannot_write(self.path, error) from None


def cannot_write(path: Path, error: OSError) -> MtcheckError:
    """The error for a file that the system would not let us write."""
    return MtcheckError(
        Code.CANNOT_WRITE,
        f"cannot write ({error.strerror or error})",
        where=str(path),
        mend="Give another folder with --output, or make room",
    )


RENDERERS: Registry[Renderer] = Registry("mtcheck.renderers", "format")
