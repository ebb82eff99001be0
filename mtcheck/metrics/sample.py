"""A sample: the statistics of a system's segments as arrays, which is all that resampling needs of them."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mtcheck.metrics.significance import Array

Positions = NDArray[np.int64]
_MIX = np.uint64(0x9E3779B97F4A7C15)
# Longer rows are counts, which are exact in 32 bits as far as 16 million a segment.
_EXACT = 2


def key(*texts: str) -> int:
    """64 bits of the texts' hash, equal for equal texts."""
    digest = hashlib.blake2b(digest_size=8)
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return int.from_bytes(digest.digest(), "little")


class Sample:
    """Grows by a segment at a time; holds numbers only, no texts."""

    def __init__(self) -> None:
        self._sources = array("Q")
        self._references = array("Q")
        self._rows: dict[str, array[float]] = {}
        self._places: dict[str, array[int]] = {}
        self._widths: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._sources)

    @property
    def names(self) -> list[str]:
        """The scores that some segment has, sorted."""
        return sorted(self._rows)

    def add(self, source: int, references: int, rows: Mapping[str, Sequence[float]]) -> None:
        """Take one segment: the keys of its source and of its references, and each score's statistics."""
        for name, row in rows.items():
            if name not in self._rows:
                self._rows[name] = array("d" if len(row) <= _EXACT else "f")
                self._places[name] = array("Q")
                self._widths[name] = len(row)
            self._rows[name].extend(row)
            self._places[name].append(len(self._sources))
        self._sources.append(source)
        self._references.append(references)

    def extend(self, other: Sample) -> None:
        """Take the segments of another, after those that there are."""
        for name, rows in other._rows.items():
            self._rows.setdefault(name, array(rows.typecode)).extend(rows)
            self._places.setdefault(name, array("Q")).extend(place + len(self) for place in other._places[name])
            self._widths[name] = other._widths[name]
        self._sources.extend(other._sources)
        self._references.extend(other._references)

    def sources(self) -> NDArray[np.uint64]:
        """The keys of the sources, in order."""
        return _as_array(self._sources)

    def references(self, at: Positions) -> NDArray[np.uint64]:
        """The keys of the references of the segments at these places."""
        return _as_array(self._references)[at]

    def table(self, name: str, at: Positions) -> Array:
        """The score's statistics of the segments at these places, `(len(at), k)`; rows of NaN where there are none."""
        width = self._widths[name]
        table = np.full((len(self), width), np.nan)
        dtype = np.float64 if self._rows[name].typecode == "d" else np.float32
        places = _as_array(self._places[name]).astype(np.int64)
        table[places] = np.frombuffer(self._rows[name], dtype=dtype).reshape(-1, width)
        return table[at]

    def keys(self) -> NDArray[np.uint64]:
        """A key a segment: its source, and the how manieth of that source it is."""
        sources = self.sources()
        order = np.argsort(sources, kind="stable")
        ordered = sources[order]
        places = np.arange(len(ordered))
        first = np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]
        since = places - np.maximum.accumulate(np.where(first, places, 0)) if len(ordered) else places
        keys = np.empty_like(sources)
        keys[order] = ordered + since.astype(np.uint64) * _MIX
        return keys


def common(samples: Sequence[Sample]) -> list[Positions]:
    """For each sample the places of the segments that all have, in the order of the first."""
    keys = [sample.keys() for sample in samples]
    shared = keys[0]
    for other in keys[1:]:
        shared = np.intersect1d(shared, other, assume_unique=True)
    first = np.flatnonzero(np.isin(keys[0], shared))
    places = [first]
    for other in keys[1:]:
        order = np.argsort(other)
        places.append(order[np.searchsorted(other, keys[0][first], sorter=order)])
    return places


def _as_array(values: array[int]) -> NDArray[np.uint64]:
    return np.array(values, dtype=np.uint64)
