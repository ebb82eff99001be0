"""What a reader is: one input format, from opened input to articles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.registry import Registry
from mtcheck.core.types import Article, ArticlePair, Edit
from mtcheck.readers.input import STDIN as STDIN
from mtcheck.readers.input import InputText as InputText

Item = Article | ArticlePair


class Change(NamedTuple):
    """A translation as it was read, its edits, in order and apart, and its line."""

    target: str
    edits: tuple[Edit, ...]
    line: int


# By line, or by the segment's id in a format of units, of which a line may hold several; then by its index in its
# article.
Changes = Mapping[int | str, Mapping[int, Change]]


class Reader(ABC):
    """Reads one input format.

    Class attributes: `name`, `suffixes` of its files, `about` (one line). `sniff` says whether a text looks like
    the format, for standard input and for endings that formats share (.xml, .json).
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    about: ClassVar[str]

    @abstractmethod
    def sniff(self, head: str) -> bool:
        """True if a text that begins so (some thousand characters, no white space before them) is of the format."""

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
