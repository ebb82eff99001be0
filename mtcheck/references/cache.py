"""Answers of models kept between runs: one SQLite file a user, written by any number of processes at once.

Kept is what a model said of a group of pairs that it was asked about together, under a hash of all that the answer
depends on. Most models' values depend in their last digits on what is in a batch, and a translation may turn on such a
digit; so groups are asked one by one whether they are kept or not, and an answer from here is, to the byte, the one
that the model would give. Where a group ends is seen by the texts alone: a text that is put in, taken out or changed
changes its own group and rarely the next one. Where a pair's answer never depends on others, it is a group by itself.

The file holds no text but the translations that models made. Whatever is wrong with it costs time, never a run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import zstandard

from mtcheck.core.config import CacheConfig
from mtcheck.core.provenance import code_hash, package_versions
from mtcheck.core.types import ErrorSpan, Pair, Score, Severity, TokenValue
from mtcheck.references.base import Capability, ReferenceModel

FOLDER_VARIABLE = "MTCHECK_CACHE_DIR"
# The number is that of the table's form.
_FILE = "answers-1.sqlite"
_SCHEMA = """
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, used INTEGER NOT NULL, value BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS answers_used ON answers (used);
    COMMIT
"""
_SIZES = ("page_count", "freelist_count", "page_size")
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# Seconds that another process is waited for.
_PATIENCE = 10.0
# When it is full, so much of it is left.
_LEFT = 0.75
# What was used last is known to the hour, so that to look something up seldom means to write.
_TICK = 3600
# Keys looked up at a time: SQLite has taken 999 from the beginning.
_KEYS = 900
# Pairs in a group: at least, at most, and one in so many ends it. The larger, the fuller a model's batches; the
# smaller, the less is asked again where a text was changed.
_LEAST, _MOST, _ENDS = 16, 64, 16

_Answer = TypeVar("_Answer", Score, str)

_log = logging.getLogger(__name__)


class Cache:
    """Values by key, those that were not used for longest forgotten when there is no more room.

    Each call opens the file anew, so that nothing is left open in other processes and threads. After the first failure
    nothing is looked up or kept any more, and a warning says why, once.
    """

    def __init__(self, config: CacheConfig) -> None:
        self._room = int(config.gigabytes * 1e9)
        self._used: set[bytes] = set()
        self.on = config.use
        self.folder = Path()
        self.asked = self.found = 0
        """Answers wanted so far, and those of them that were here."""
        try:
            self.folder = config.folder.expanduser() if config.folder else default_folder()
        except RuntimeError as error:  # There is no home.
            self._fail(error)

    @property
    def file(self) -> Path:
        return self.folder / _FILE

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values that there are."""
        found: dict[bytes, bytes] = {}
        now = int(time.time()) // _TICK
        try:
            if self.on and keys and self.file.exists():
                with self._open() as file:
                    for first in range(0, len(keys), _KEYS):
                        some = keys[first : first + _KEYS]
                        marks = ",".join("?" * len(some))
                        query = f"SELECT key, value, used FROM answers WHERE key IN ({marks})"  # noqa: S608 (marks alone)
                        for key, value, used in file.execute(query, some):
                            found[key] = value
                            if used != now:
                                self._used.add(key)
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
        return found

    def put(self, values: Mapping[bytes, bytes]) -> None:
        """Keep values, and that those found before were used."""
        if not (self.on and (values or self._used)):
            return
        now = int(time.time()) // _TICK
        try:
            with self._open() as file:
                file.execute("BEGIN IMMEDIATE")
                file.executemany(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                    [(key, now, value) for key, value in values.items()],
                )
                file.executemany("UPDATE answers SET used = ? WHERE key = ?", [(now, key) for key in self._used])
                self._make_room(file)
                file.execute("COMMIT")
                # Of this statement, `execute` takes one step, which is one page.
                file.executescript("PRAGMA incremental_vacuum")
            self._used.clear()
        except (sqlite3.Error, OSError) as error:
            self._fail(error)

    def size(self) -> tuple[int, int]:
        """How many values there are, and how many bytes they take. Raises OSError or sqlite3.Error."""
        if not self.file.exists():
            return 0, 0
        with self._open() as file:
            (count,) = file.execute("SELECT COUNT(*) FROM answers").fetchone()
        return count, sum(path.stat().st_size for path in self._files())

    def clear(self) -> None:
        """Forget all, also where the file is damaged. Raises OSError or sqlite3.Error."""
        if not self.file.exists():
            return
        try:
            with self._open() as file:
                file.execute("DELETE FROM answers")
                # What was deleted is still in the file until then.
                file.execute("VACUUM")
        except sqlite3.OperationalError:  # Another process has it, or the disk is full.
            raise
        except sqlite3.DatabaseError:
            for path in self._files():
                path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """The file and, while it is open somewhere, what SQLite has beside it."""
        names = (_FILE, f"{_FILE}-wal", f"{_FILE}-shm")
        return [path for path in (self.folder / name for name in names) if path.exists()]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives the files beside it the same mode.
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(self.file, timeout=_PATIENCE, isolation_level=None)) as file:
            if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'answers'").fetchone():
                _create(file)
            file.execute("PRAGMA synchronous = NORMAL")
            yield file

    def _make_room(self, file: sqlite3.Connection) -> None:
        """Forget what was not used for longest, much at once, if there is more than there is room for."""
        while (taken := _bytes(file)) > self._room:
            (count,) = file.execute("SELECT COUNT(*) FROM answers").fetchone()
            if not count:
                return
            most = max(1, int(count * (1 - _LEFT * self._room / taken)))
            file.execute(
                "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers ORDER BY used, rowid LIMIT ?)", (most,)
            )

    def _fail(self, error: Exception) -> None:
        self.on = False
        _log.warning(
            "The cache of models' answers is not used: %s, %s. Do without it (--no-cache), or empty it: "
            "mtcheck models cache --clear.",
            error,
            self.file,
        )


def _create(file: sqlite3.Connection) -> None:
    """Make the table. Who comes first makes it; that a file is becoming one, SQLite does not wait for by itself."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            file.execute("PRAGMA auto_vacuum = INCREMENTAL")
            file.execute("PRAGMA journal_mode = WAL").fetchall()
            file.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _LOCKED or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _bytes(file: sqlite3.Connection) -> int:
    """What is in use of the file."""
    pages, free, size = (file.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
    return int((pages - free) * size)


def default_folder() -> Path:
    """$MTCHECK_CACHE_DIR, else `mtcheck` where the system wants caches. Raises RuntimeError if there is no home."""
    if given := os.environ.get(FOLDER_VARIABLE):
        return Path(given).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "mtcheck" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mtcheck"
    # A relative one is to be ignored, says the specification.
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "mtcheck"


class CachedModel:
    """A model with the cache in front of it: its answers are those of the model, whether they were here or not."""

    def __init__(self, model: ReferenceModel, cache: Cache) -> None:
        self._model = model
        self._cache = cache
        conditions = model.conditions
        self._conditions = None if conditions is None else _conditions(model, conditions)

    def estimate(self, pairs: Sequence[Pair]) -> list[Score]:
        """As the model's."""
        return self._answers(Capability.ESTIMATE, pairs, self._model.estimate, _score)

    def likelihood(self, pairs: Sequence[Pair]) -> list[Score]:
        """As the model's."""
        return self._answers(Capability.LIKELIHOOD, pairs, self._model.likelihood, _score)

    def translate(self, pairs: Sequence[Pair]) -> list[str]:
        """As the model's, each source asked about once."""
        asked = [pair._replace(target="") for pair in pairs]
        sources = list(dict.fromkeys(asked))
        made = self._answers(Capability.TRANSLATE, sources, self._model.translate, str)
        translations = dict(zip(sources, made, strict=True))
        return [translations[pair] for pair in asked]

    def _answers(
        self,
        capability: Capability,
        pairs: Sequence[Pair],
        ask: Callable[[Sequence[Pair]], list[_Answer]],
        read: Callable[[Any], _Answer],
    ) -> list[_Answer]:
        if self._conditions is None:
            return ask(pairs)
        apart = self._model.apart
        groups = [[pair] for pair in pairs] if apart else list(groups_of(pairs))
        keys = [_hash([self._conditions, capability, group]) for group in groups]
        known = self._cache.get(keys)
        answers = [_unpacked(known.get(key), read) for key in keys]
        lacking = [at for at, group in enumerate(groups) if len(answers[at]) != len(group)]
        # What is said of each pair by itself is asked at once, so that batches are full.
        rounds = ([lacking] if lacking else []) if apart else [[at] for at in lacking]
        new: dict[bytes, bytes] = {}
        try:
            for places in rounds:
                said = iter(ask([pair for at in places for pair in groups[at]]))
                for at in places:
                    answers[at] = list(islice(said, len(groups[at])))
                    new |= _packed(keys[at], answers[at])
        finally:
            # What was asked before something went wrong need not be asked again.
            self._cache.put(new)
        self._cache.asked += len(pairs)
        if self._cache.on:
            self._cache.found += len(pairs) - sum(len(groups[at]) for at in lacking)
        return [answer for group in answers for answer in group]


def groups_of(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """The pairs in their order, cut at sources of some hashes, so that equal runs of pairs make equal groups."""
    group: list[Pair] = []
    for pair in pairs:
        group.append(pair)
        ends = crc32(pair.source.encode("utf-8", "surrogatepass")) % _ENDS == 0
        if len(group) >= _MOST or (ends and len(group) >= _LEAST):
            yield group
            group = []
    if group:
        yield group


def _conditions(model: ReferenceModel, own: Mapping[str, object]) -> str:
    """A hash of all that the model's answers depend on, but for the pairs."""
    card = model.card
    return _hash(
        {
            "model": [card.name, card.revision, card.weight_hash, card.dtype, card.device],
            "own": own,
            "code": code_hash(("mtcheck.references", "mtcheck.core")),
            "packages": package_versions(),
            "python": platform.python_version(),
            "processor": _processor(),
        }
    ).hex()


@cache
def _processor() -> str:
    """What kind of processor this is: others add in another order."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return " ".join([platform.machine(), *(facts.get(name, "") for name in ("model name", "flags", "Features"))])


def _hash(value: object) -> bytes:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=20).digest()


def _packed(key: bytes, answers: Sequence[Score] | Sequence[str]) -> dict[bytes, bytes]:
    """The answers under their key; nothing where they are more than numbers and texts."""
    try:
        text = json.dumps([_plain(answer) for answer in answers], separators=(",", ":"))
    except (TypeError, ValueError):
        return {}
    return {key: zstandard.ZstdCompressor(write_checksum=True).compress(text.encode())}


def _unpacked(data: bytes | None, read: Callable[[Any], _Answer]) -> list[_Answer]:
    """The answers; none where there are none or they are damaged."""
    if data is None:
        return []
    try:
        return [read(answer) for answer in json.loads(zstandard.ZstdDecompressor().decompress(data))]
    except (zstandard.ZstdError, ValueError, TypeError, MemoryError):
        return []


def _plain(answer: Score | str) -> object:
    if isinstance(answer, str):
        return answer
    return answer.value, answer.higher_is_better, answer.signature, answer.tokens, answer.errors


def _score(plain: Any) -> Score:
    value, higher_is_better, signature, tokens, errors = plain
    return Score(
        value,
        higher_is_better,
        sys.intern(signature),
        None if tokens is None else tuple(TokenValue(*one) for one in tokens),
        None if errors is None else tuple(ErrorSpan(one[0], one[1], Severity(one[2]), one[3]) for one in errors),
    )
