"""The manifest: what anyone needs to repeat a run."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

from mtcheck.core.config import Config
from mtcheck.core.results import InputFile, Manifest, ModelCard
from mtcheck.rules.base import Rule

# Packages whose version can change a number or a finding.
_PACKAGES = (
    "babel",
    "charset-normalizer",
    "ftfy",
    "lxml",
    "numpy",
    "py3langid",
    "pyarrow",
    "pystemmer",
    "rapidfuzz",
    "sacrebleu",
    "sentencepiece",
    "sentencex",
    "torch",
    "transformers",
)


def make_manifest(
    config: Config, rules: Sequence[Rule], models: Sequence[ModelCard], inputs: Sequence[InputFile]
) -> Manifest:
    """The manifest of a run that ends now."""
    return Manifest(
        mtcheck=version("mtcheck"),
        python=platform.python_version(),
        packages={name: _version(name) for name in _PACKAGES},
        rule_set=rule_set_hash(rules),
        rules=tuple(rule.name for rule in rules),
        models=tuple(models),
        config=config.model_dump(mode="json", exclude={"output", "quiet", "engine", "jobs", "resume"}),
        inputs=tuple(inputs),
        clock=datetime.now(UTC).isoformat(timespec="seconds"),
        host=platform.node(),
    )


def rule_set_hash(rules: Sequence[Rule]) -> str:
    """SHA-256 over the chosen rules, core and all that it knows of languages: equal hashes find equal faults."""
    ordered = sorted(rules, key=lambda rule: rule.code)
    packages = sorted({type(rule).__module__.rpartition(".")[0] for rule in rules})
    return _rule_set_hash(tuple(rule.name for rule in ordered), tuple(packages))


@cache
def _rule_set_hash(names: tuple[str, ...], packages: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode())
    for package in packages:
        _add(digest, files(package), package)
    _add(digest, files("mtcheck.core"), "mtcheck.core")
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
