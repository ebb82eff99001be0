"""JSON Lines, the native form: one pair or one article an object, one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.readers.base import READERS, InputText, Item, Reader
from mtcheck.readers.records import articles


@READERS.register
class JsonLines(Reader):
    """Pairs `{"id", "source", "target", ...}` or articles `{"id", "segments": [...], ...}`."""

    name = "jsonl"
    suffixes = (".jsonl", ".ndjson")
    about = "JSON Lines of pairs or articles"

    def sniff(self, first_line: str) -> bool:
        return first_line.lstrip().startswith("{")

    def read(self, text: InputText) -> Iterable[Item]:
        return articles(text, self._records(text))

    @staticmethod
    def _records(text: InputText) -> Iterator[tuple[int, Any]]:
        for line, content in text.lines():
            if not content.strip():
                continue
            try:
                yield line, json.loads(content)
            except (json.JSONDecodeError, RecursionError) as error:
                what = getattr(error, "msg", "nested too deep")
                raise MtcheckError(
                    Code.BAD_JSON,
                    f"the line is not JSON ({what})",
                    where=f"{text.name}:{line}",
                    mend="Write one JSON object a line",
                ) from None
