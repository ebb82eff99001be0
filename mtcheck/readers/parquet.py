"""Parquet: rows with the names of the native form, or others that --columns maps to them; read batch by batch."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.readers.base import READERS, InputText, Item, Reader
from mtcheck.readers.records import articles

_ROWS = 512
_HELD = 256 << 20


@READERS.register
class Parquet(Reader):
    """Rows as records; lists and objects inside are the native form's."""

    name = "parquet"
    suffixes = (".parquet", ".pq")
    about = "Parquet, a pair or an article a row"

    def sniff(self, head: str) -> bool:
        return head.startswith("PAR1")

    def read(self, text: InputText) -> Iterable[Item]:
        return articles(text, self._rows(text))

    @staticmethod
    def _rows(text: InputText) -> Iterator[tuple[int, Any]]:
        import pyarrow
        from pyarrow.parquet import ParquetFile

        number = 0
        try:
            # Parquet is read from its end: what is packed or sent must be held whole.
            with ParquetFile(text.name if text.is_plain else io.BytesIO(text.whole(_HELD))) as file:
                for batch in file.iter_batches(batch_size=_ROWS):
                    for row in batch.to_pylist():
                        number += 1
                        yield number, row
        except (pyarrow.ArrowException, OSError, ValueError, TypeError) as error:
            raise MtcheckError(
                Code.BAD_TABLE,
                f"the file is not readable Parquet ({' '.join(str(error).split())[:200]})",
                where=text.name if number == 0 else f"{text.name}:{number}",
                mend="Write it anew",
            ) from None
