"""The manifest: what anyone needs to repeat a run."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from mtcheck.core.config import Config
from mtcheck.core.provenance import code_hash, package_versions
from mtcheck.core.results import InputFile, Manifest, ModelCard
from mtcheck.rules.base import Rule

# What changes where a run goes and how long it takes, but no byte of it.
_OF_NO_MATTER = {"output", "quiet", "engine", "jobs", "resume", "cache"}


def make_manifest(
    config: Config, rules: Sequence[Rule], models: Sequence[ModelCard], inputs: Sequence[InputFile]
) -> Manifest:
    """The manifest of a run that ends now."""
    return Manifest(
        mtcheck=version("mtcheck"),
        python=platform.python_version(),
        packages=package_versions(),
        rule_set=rule_set_hash(rules),
        rules=tuple(rule.name for rule in rules),
        models=tuple(models),
        config=config.model_dump(mode="json", exclude=_OF_NO_MATTER),
        inputs=tuple(inputs),
        clock=datetime.now(UTC).isoformat(timespec="seconds"),
        host=platform.node(),
    )


def rule_set_hash(rules: Sequence[Rule]) -> str:
    """SHA-256 over the chosen rules, core and all that it knows of languages: equal hashes find equal faults."""
    ordered = sorted(rules, key=lambda rule: rule.code)
    packages = sorted({type(rule).__module__.rpartition(".")[0] for rule in rules})
    return code_hash((*packages, "mtcheck.core"), (rule.name for rule in ordered))
