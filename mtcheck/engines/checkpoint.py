"""What a run has scored and found so far, kept until it ends, so that it can go on if it is broken off.

Each batch is a file of its own that is there whole or not at all, whatever ends the process. All that follows from
scores and findings (what is accepted, verdicts, sums, every format) is worked out again from there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import zstandard
from pydantic import ConfigDict, TypeAdapter, ValidationError

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import Manifest
from mtcheck.core.types import Article, ArticlePair
from mtcheck.engines.scoring import Examined
from mtcheck.renderers.base import cannot_write

FOLDER = ".unfinished"
_MANIFEST = "manifest.json"
_PART = "{:08}.json.zst"
_LEVEL = 1


class _Part(NamedTuple):
    """A batch: what each article was read as, and what was found out about it."""

    items: list[str]
    examined: list[Examined]


_PARTS = TypeAdapter(_Part, config=ConfigDict(ser_json_inf_nan="constants"))
_MANIFESTS = TypeAdapter(Manifest)


class Checkpoint:
    """The batches of a run that are done.

    Args:
        directory: the run's.
        manifest: what the run is made with; what is resumed must be made with the same.
        resume: go on with what is there. Else it is dropped, as is what a crash left before anything was done.

    Raises:
        MtcheckError: CANNOT_RESUME if what is there was made of or with something else; CANNOT_WRITE.
    """

    def __init__(self, directory: Path, manifest: Manifest, *, resume: bool) -> None:
        self._folder = directory / FOLDER
        self._directory = directory
        self._count = 0
        self._read: deque[str] = deque()
        # As it is read again: without what JSON does not tell apart.
        made = json.loads(_MANIFESTS.dump_json(manifest))
        former = self._manifest() if resume else None
        if former is not None:
            self._demand_same(former, made)
            return
        try:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            self._write(_MANIFEST, json.dumps(made).encode())
        except OSError as error:
            raise cannot_write(self._folder, error) from None

    @staticmethod
    def is_in(directory: Path) -> bool:
        """True if a run in the directory was begun and did not end."""
        return (directory / FOLDER).is_dir()

    def stored(self, items: Iterator[Article | ArticlePair]) -> Iterator[list[Examined]]:
        """The batches that are done, whose items are taken from `items`; ends at the first that is not whole.

        Raises CANNOT_RESUME where the input yields other items than it did.
        """
        while (part := self._load(self._folder / _PART.format(self._count))) is not None:
            for known in part.items:
                item = next(items, None)
                if item is None or _digest(item) != known:
                    raise self._changed("the input is not what it was")
            self._count += 1
            yield part.examined
        # What comes after it was made before something went wrong, and is made again.
        for file in self._folder.glob("*"):
            if file.name != _MANIFEST and file.name >= _PART.format(self._count):
                file.unlink()

    def watch(self, items: Iterable[Article | ArticlePair]) -> Iterator[Article | ArticlePair]:
        """The items, each of which is remembered until its batch is done."""
        for item in items:
            self._read.append(_digest(item))
            yield item

    def add(self, batch: list[Examined]) -> None:
        """One more batch is done. Raises CANNOT_WRITE."""
        part = _Part([self._read.popleft() for _ in batch], batch)
        data = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(_PARTS.dump_json(part))
        try:
            self._write(_PART.format(self._count), data)
        except OSError as error:
            failed = cannot_write(self._folder, error)
            mend = "Make room, and go on with --resume"
            raise MtcheckError(failed.code, failed.what, where=failed.where, mend=mend) from None
        self._count += 1

    def finish(self) -> None:
        """The run is complete: nothing is left to resume."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, name: str, data: bytes) -> None:
        """The whole file or none."""
        draft = self._folder / "draft"
        try:
            draft.write_bytes(data)
            draft.replace(self._folder / name)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def _manifest(self) -> dict[str, object] | None:
        """What the broken run was made with; None where nothing was begun."""
        try:
            found = json.loads((self._folder / _MANIFEST).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _load(self, file: Path) -> _Part | None:
        try:
            data = zstandard.ZstdDecompressor().decompress(file.read_bytes())
            return _PARTS.validate_json(data)
        except (OSError, zstandard.ZstdError, ValidationError):
            return None

    def _demand_same(self, former: dict[str, object], made: dict[str, object]) -> None:
        for key, what in _SAID.items():
            was, now = former.get(key), made[key]
            if was != now:
                if isinstance(was, dict) and isinstance(now, dict):
                    names = ", ".join(name for name in now if was.get(name) != now[name])
                    what = f"{what} ({names})" if names else what
                raise self._changed(f"{what} changed since the run was broken off")

    def _changed(self, what: str) -> MtcheckError:
        return MtcheckError(
            Code.CANNOT_RESUME,
            what,
            where=str(self._directory),
            mend="Give what was given then, or leave out --resume to begin anew",
        )


# In the order in which a user would look. The clock and the host may differ.
_SAID = {
    "inputs": "the files read",
    "config": "the configuration",
    "models": "the reference models",
    "rules": "the rules",
    "rule_set": "the rules' contents",
    "mtcheck": "the version of mtcheck",
    "python": "the version of Python",
    "packages": "the versions of packages",
}


def _digest(item: Article | ArticlePair) -> str:
    return hashlib.blake2b(repr(item).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
