"""The manifest: what anyone needs to repeat a run."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

from mtcheck.core.config import Config
from mtcheck.core.results import InputFile, Manifest, ModelCard
from mtcheck.rules.base import Rule

# Packages whose version can change a number or a finding.
_PACKAGES = (
    "babel",
    "numpy",
    "py3langid",
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
        config=config.model_dump(mode="json", exclude={"output", "quiet"}),
        inputs=tuple(inputs),
        clock=datetime.now(UTC).isoformat(timespec="seconds"),
        host=platform.node(),
    )


def rule_set_hash(rules: Sequence[Rule]) -> str:
    """SHA-256 over the chosen rules, core and the language data: equal hashes find equal faults."""
    digest = hashlib.sha256()
    modules = sorted({type(rule).__module__ for rule in rules})
    for module in modules:
        package, _, name = module.rpartition(".")
        digest.update(module.encode())
        digest.update((files(package) / f"{name}.py").read_bytes())
    for package, ending in (("mtcheck.core", ".py"), ("mtcheck.core.languages", ".toml")):
        for entry in sorted(files(package).iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(ending):
                digest.update(entry.name.encode())
                digest.update(entry.read_bytes())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
