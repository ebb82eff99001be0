"""Which translation is of which source, where both come as documents: by id, by file name, or by a stated key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import ArticlePair
from mtcheck.readers.documents import Document, DocumentReader, pair
from mtcheck.readers.input import InputText, Refusals, tolerant

# Parts of file names that tell languages: article.sv.html, 0007_en-GB.json.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-(?:[A-Z]{2}|[A-Z][a-z]{3}|\d{3}))?")


class File(NamedTuple):
    """A file of one side: its name within what the user named."""

    text: InputText
    reader: DocumentReader
    relative: str


class _Place(NamedTuple):
    """Where a document is: its file, and how many stand before it."""

    file: File
    position: int


Keys = dict[str, _Place]


class _Side:
    """The documents of a side by their keys; the documents themselves are read again when their turn comes."""

    def __init__(self, files: Sequence[File]) -> None:
        self.files = files
        self.by_id: Keys = {}
        self.by_name: Keys = {}
        self.by_key: dict[str, Keys] = {}
        self.places: list[_Place] = []
        self._twice: dict[int, set[str]] = {}

    def index(self, key: str | None) -> None:
        """Read all files once, for their keys. What cannot be read is refused here."""
        for file in self.files:
            documents = enumerate(tolerant(file.text, file.reader.documents(file.text)))
            found = [(_Place(file, position), document.id, document.keys) for position, document in documents]
            for place, identifier, keys in found:
                self.places.append(place)
                if identifier is not None:
                    self._put(self.by_id, identifier, place)
                if len(found) == 1:
                    self._put(self.by_name, name_key(file.relative), place)
                if key is not None and key in keys:
                    self._put(self.by_key.setdefault(key, {}), keys[key], place)

    def _put(self, keys: Keys, key: str, place: _Place) -> None:
        if key in keys:
            self._twice.setdefault(id(keys), set()).add(key)
        else:
            keys[key] = place

    def keyed(self, how: str) -> Keys:
        """The documents by what they are to be matched by. Raises UNMATCHED where two have the same key."""
        keys = {"id": self.by_id, "name": self.by_name}.get(how) or self.by_key.get(how, {})
        for key in sorted(self._twice.get(id(keys), ())):
            raise MtcheckError(
                Code.UNMATCHED,
                f"two articles have the same {how}, '{key}'",
                where=keys[key].file.text.name,
                mend="Match by something else: --match id, name, or a key of the format",
            )
        return keys


def name_key(relative: str) -> str:
    """A file's name, folders included, without its ending and the parts that tell languages."""
    path = PurePath(relative.replace("\\", "/"))
    folders = [part for part in path.parts[:-1] if not _LANGUAGE.fullmatch(part)]
    stem = path.name.removesuffix(".gz").removesuffix(".zst")
    parts = re.split(r"[._]", PurePath(stem).stem)
    kept = [part for part in parts if not _LANGUAGE.fullmatch(part)]
    return "/".join([*folders, ".".join(kept or parts)])


def matched(
    sources: Sequence[File], targets: Sequence[File], how: str, system: str | None, notes: list[str]
) -> Iterator[ArticlePair]:
    """Each translation with its source, in the order of the translations.

    `how` is `id`, `name`, a key of the format, or `auto`: the only two documents there are, else by id where the ids
    meet, else by name. Raises UNMATCHED for a document without its counterpart.
    """
    key = None if how in ("auto", "id", "name") else how
    left, right = _Side(sources), _Side(targets)
    left.index(key)
    right.index(key)
    if how == "auto" and len(left.places) == len(right.places) == 1:
        pairs = [(_name(right.places[0]), left.places[0], right.places[0])]
    else:
        if how == "auto":
            how = "id" if left.by_id.keys() & right.by_id.keys() else "name"
            notes.append(f"articles were matched by {'id' if how == 'id' else 'file name'}")
        chosen = [side.keyed(how) for side in (left, right)]
        _refuse_unmatched(left, chosen[0], chosen[1], how, "translation")
        _refuse_unmatched(right, chosen[1], chosen[0], how, "source")
        pairs = [(name, chosen[0][name], place) for name, place in chosen[1].items() if name in chosen[0]]
    read = lru_cache(maxsize=4)(_documents)
    for name, source, target in pairs:
        yield pair(name, _nth(source, read(source.file)), _nth(target, read(target.file)), system)


def _name(place: _Place) -> str:
    return place.file.text.stem


def _refuse_unmatched(side: _Side, own: Keys, other: Keys, how: str, lacking: str) -> None:
    keyed = {place: key for key, place in own.items()}
    for place in side.places:
        key = keyed.get(place)
        if key is not None and key in other:
            continue
        what = f"there is no {lacking} with the {how} '{key}'" if key else f"the article has no {how} to match by"
        place.file.text.refuse(
            MtcheckError(
                Code.UNMATCHED,
                what,
                where=place.file.text.name,
                mend="Give both sides the same articles, or state with --match what they are matched by",
            )
        )


def _documents(file: File) -> list[Document]:
    # What cannot be read was refused and counted when the keys were gathered.
    again = replace(file.text, notes=[], refused=Refusals(), left_out=file.text.left_out.copy(), lenient=True)
    return list(tolerant(again, file.reader.documents(again)))


def _nth(place: _Place, documents: Sequence[Document]) -> Document:
    return documents[place.position]
