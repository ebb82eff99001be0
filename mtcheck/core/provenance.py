"""What results depend on beside input and configuration: versions of packages, and mtcheck's own code and data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

# Packages whose version can change a number, a translation or a finding.
_PACKAGES = (
    "babel",
    "charset-normalizer",
    "ftfy",
    "fxtranslate",
    "lxml",
    "numpy",
    "py3langid",
    "pyarrow",
    "pystemmer",
    "rapidfuzz",
    "sacrebleu",
    "sentencepiece",
    "sentencex",
    "tokenizers",
    "torch",
    "transformers",
)


@cache
def package_versions() -> dict[str, str]:
    """The version of each package that matters, `absent` where it is not installed."""
    return {name: _version(name) for name in _PACKAGES}


def code_hash(packages: Iterable[str], names: Iterable[str] = ()) -> str:
    """SHA-256 over the names, and over code and data of the packages: equal hashes mean equal results."""
    return _code_hash(tuple(packages), tuple(names))


@cache
def _code_hash(packages: tuple[str, ...], names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode())
    for package in packages:
        _add(digest, files(package), package)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, folder: Traversable, path: str) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            _add(digest, entry, name)
        elif entry.name.endswith((".py", ".toml", ".gz")):
            digest.update(name.encode())
            digest.update(entry.read_bytes())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
