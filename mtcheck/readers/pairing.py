"""Which translation is of which source, where both come as documents: by id, by file name, or by a stated key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.types import ArticlePair
from mtcheck.readers.documents import Document, DocumentReader, pair
from mtcheck.readers.input import InputText, tolerant

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


class _Keys(dict[str, _Place]):
    """Documents by one kind of key; `of` are the keys of all documents, `twice` those that more than one has."""

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[_Place, str] = {}
        self.twice: set[str] = set()

    def put(self, key: str, place: _Place) -> None:
        if key in self:
            self.twice.add(key)
        self.of[place] = key
        self.setdefault(key, place)


class _Side:
    """The documents of a side by their keys; the documents themselves are read again when their turn comes."""

    def __init__(self, files: Sequence[File], key: str | None) -> None:
        self.places: list[_Place] = []
        self.ids, self.names, self.languageless, self.keyed = _Keys(), _Keys(), _Keys(), _Keys()
        for file in files:
            # All files are read once, for their keys. What cannot be read is refused here.
            documents = enumerate(tolerant(file.text, file.reader.documents(file.text)))
            found = [(_Place(file, position), document.id, document.keys) for position, document in documents]
            for place, identifier, keys in found:
                self.places.append(place)
                if identifier is not None:
                    self.ids.put(identifier, place)
                if len(found) == 1:
                    self.names.put(_bare_name(file.relative), place)
                    self.languageless.put(name_key(file.relative), place)
                if key is not None and key in keys:
                    self.keyed.put(keys[key], place)


def _bare_name(relative: str) -> str:
    path = PurePath(relative.replace("\\", "/"))
    return str(path.with_name(PurePath(path.name.removesuffix(".gz").removesuffix(".zst")).stem))


def name_key(relative: str) -> str:
    """A file's name, folders included, without its ending and the parts that tell languages."""
    *folders, name = PurePath(_bare_name(relative)).parts
    parts = re.split(r"[._]", name)
    kept = [part for part in parts if not _LANGUAGE.fullmatch(part)]
    return "/".join([*(folder for folder in folders if not _LANGUAGE.fullmatch(folder)), ".".join(kept or parts)])


def _meeting(left: _Side, right: _Side, how: str, notes: list[str]) -> tuple[str, _Keys, _Keys]:
    """What the documents are matched by, in words, and those of each side."""
    automatic = how == "auto"
    if automatic:
        how = "id" if left.ids.keys() & right.ids.keys() else "name"
    if how == "id":
        keys = left.ids, right.ids
    elif how != "name":
        keys = left.keyed, right.keyed
    elif left.names.keys() & right.names.keys():
        keys = left.names, right.names
    else:
        keys = left.languageless, right.languageless
    if automatic:
        notes.append(f"articles were matched by {'file name' if how == 'name' else how}")
    return how, *keys


def matched(
    sources: Sequence[File], targets: Sequence[File], how: str, system: str | None, notes: list[str]
) -> Iterator[ArticlePair]:
    """Each translation with its source, in the order of the translations.

    `how` is `id`, `name`, a key of the format, or `auto`: the only two documents there are, else by id where the ids
    meet, else by name. Raises UNMATCHED for a document without its counterpart, or with several.
    """
    key = None if how in ("auto", "id", "name") else how
    left, right = _Side(sources, key), _Side(targets, key)
    if how == "auto" and len(left.places) == len(right.places) == 1:
        pairs = [(right.places[0].file.text.stem, left.places[0], right.places[0])]
    else:
        how, own, other = _meeting(left, right, how, notes)
        _refuse_unmatched(left, own, other, how, "translation")
        _refuse_unmatched(right, other, own, how, "source")
        twice = own.twice | other.twice
        pairs = [(key, own[key], place) for key, place in other.items() if key in own and key not in twice]
    read = lru_cache(maxsize=4)(_documents)
    for name, source, target in pairs:
        yield pair(name, read(source.file)[source.position], read(target.file)[target.position], system)


def _refuse_unmatched(side: _Side, own: _Keys, other: _Keys, how: str, lacking: str) -> None:
    for place in side.places:
        key = own.of.get(place)
        mend = "Give both sides the same articles, or state with --match what they are matched by"
        if key is None:
            what = f"the article has no {how} to match by"
        elif key in own.twice or key in other.twice:
            what = f"two articles have the same {how}, '{key}'"
            mend = "Match by something else: --match id, name, or a key of the format"
        elif key in other:
            continue
        else:
            what = f"there is no {lacking} with the {how} '{key}'"
        name = place.file.text.name
        place.file.text.refuse(MtcheckError(Code.UNMATCHED, what, where=name, mend=mend))


def _documents(file: File) -> list[Document]:
    # What cannot be read was refused and counted when the keys were gathered.
    again = file.text.afresh(lenient=True)
    return list(tolerant(again, file.reader.documents(again)))
