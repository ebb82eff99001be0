"""JSON text and JSON Schemas of the result types, both from the classes in `mtcheck.core.results`.

The schemas are published beside this file. `python -m mtcheck.core.schemas` writes them anew.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from mtcheck.core.results import Comparison, SegmentResult, Summary

Published = type[SegmentResult] | type[Summary] | type[Comparison]

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


def json_schema(kind: Published) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line of `segments.jsonl`, of `summary.json` or of `comparison.json`."""
    mode: JsonSchemaMode = "serialization"
    return {"$schema": _DIALECT, **_adapter(kind).json_schema(mode=mode)}


PUBLISHED: dict[str, Published] = {
    "segment.schema.json": SegmentResult,
    "summary.schema.json": Summary,
    "comparison.schema.json": Comparison,
}


def schema_text(kind: Published) -> str:
    """The schema as its published file has it."""
    return json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"
