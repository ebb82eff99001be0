"""JSON text and JSON Schemas of the result types, both from the classes in `mtcheck.core.results`."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from mtcheck.core.results import SegmentResult, Summary

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


# Adapters are slow to make and are asked for once a segment.
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_json(value: Any, *, indent: int | None = None) -> str:
    """`value` (a result type) as JSON, keys in the order of the class."""
    return _adapter(type(value)).dump_json(value, indent=indent).decode("utf-8")


def json_schema(kind: type[SegmentResult] | type[Summary]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line of `segments.jsonl` or of `summary.json`."""
    mode: JsonSchemaMode = "serialization"
    return {"$schema": _DIALECT, **_adapter(kind).json_schema(mode=mode)}
