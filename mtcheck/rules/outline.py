"""What the list of rules says of each, read from the files' text: nothing is imported, so the list is there at once."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

# A rule's class up to its first method.
_HEAD = re.compile(r"^@RULES\.register\n(class [^\n]*\n.*?)(?=^    (?:@|def )|^[^\s)]|\Z)", re.MULTILINE | re.DOTALL)
# The bases that a rule may have, and what they say of needing a source.
_BASES = {"Rule": False, "SegmentRule": False, "ValueRule": True}


class Outline(NamedTuple):
    """A rule without its code."""

    code: str
    name: str
    severity: str
    mqm: str
    needs_source: bool
    summary: str

    @property
    def family(self) -> str:
        """The letters of the code."""
        return self.code.rstrip("0123456789")


def outlines() -> list[Outline]:
    """All rules by family and code; one whose file cannot be read so is imported."""
    try:
        found = [outline for file in _files() for outline in _read(file)]
    except (OSError, ValueError, KeyError, AttributeError, ImportError, SyntaxError, TypeError):
        from mtcheck.rules.base import RULES

        found = [
            Outline(rule.code, rule.name, str(rule.severity), rule.mqm, rule.needs_source, rule.summary())
            for rule in RULES
        ]
    return sorted(found, key=lambda outline: (outline.family, outline.code))


def _files() -> Iterator[Path]:
    for point in entry_points(group="mtcheck.rules"):
        spec = find_spec(point.value)
        if spec is None or spec.origin is None:
            raise ImportError(point.value)
        for folder in spec.submodule_search_locations or ():
            yield from Path(folder).rglob("*.py")
        if not spec.submodule_search_locations:
            yield Path(spec.origin)


def _read(file: Path) -> Iterator[Outline]:
    """From the class's docstring and the constants above its first method."""
    text = file.read_text(encoding="utf-8")
    for head in _HEAD.finditer(text):
        found = ast.parse(head[1]).body[0]
        assert isinstance(found, ast.ClassDef)
        base = found.bases[0].id if len(found.bases) == 1 and isinstance(found.bases[0], ast.Name) else ""
        if base not in _BASES:
            raise ValueError(f"{file}: what {found.name} inherits is not known")
        values = {
            target.id: node.value
            for node in found.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        needs = values.get("needs_source")
        severity = values["severity"]
        if not isinstance(severity, ast.Attribute):
            raise ValueError(file)
        yield Outline(
            code=ast.literal_eval(values["code"]),
            name=ast.literal_eval(values["name"]),
            severity=severity.attr.lower(),
            mqm=ast.literal_eval(values["mqm"]),
            needs_source=_BASES[base] if needs is None else bool(ast.literal_eval(needs)),
            summary=inspect.cleandoc(ast.get_docstring(found) or "").split("\n", 1)[0],
        )
