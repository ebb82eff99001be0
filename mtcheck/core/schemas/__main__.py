"""Write the published schemas anew."""

from __future__ import annotations

from pathlib import Path

from mtcheck.core.schemas import PUBLISHED, schema_text

for name, kind in PUBLISHED.items():
    (Path(__file__).parent / name).write_text(schema_text(kind), encoding="utf-8")
