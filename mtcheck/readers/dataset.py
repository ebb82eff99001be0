"""Hugging Face `datasets`: a hub id or a local folder, streamed, with columns mapped by --columns.

The package is imported only where such an input is named, and nothing is fetched otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from mtcheck.core.errors import Code, MtcheckError
from mtcheck.readers.base import READERS, InputText, Item, Reader
from mtcheck.readers.records import articles

PREFIX = "datasets:"
_OPTIONS = ("name", "split", "revision")


@READERS.register
class Datasets(Reader):
    """Rows of a data set, as records: `datasets:ORG/NAME?name=sv-en&split=test`, or `datasets:FOLDER`."""

    name = "datasets"
    suffixes = ()
    about = "Hugging Face datasets, by hub id or folder: datasets:ORG/NAME?name=CONFIG&split=SPLIT&revision=REVISION"

    def sniff(self, head: str) -> bool:  # noqa: ARG002 (it is named, not sent)
        return False

    def read(self, text: InputText) -> Iterable[Item]:
        return articles(text, self._rows(text))

    @staticmethod
    def _rows(text: InputText) -> Iterator[tuple[int, Any]]:
        identifier, _, query = text.name.removeprefix(PREFIX).partition("?")
        options = dict(parse_qsl(query))
        unknown = sorted(options.keys() - set(_OPTIONS))
        if unknown or not identifier:
            raise MtcheckError(
                Code.BAD_CALL,
                f"a data set has no option '{unknown[0]}'" if unknown else "no data set is named",
                where=text.name,
                mend="Write datasets:ORG/NAME?name=CONFIG&split=SPLIT&revision=REVISION",
            )
        try:
            import datasets
        except ImportError:
            raise MtcheckError(
                Code.PACKAGE_MISSING,
                "the package 'datasets' is not installed",
                where=text.name,
                mend="Install it: pip install 'mtcheck[datasets]'",
            ) from None
        try:
            rows = _load(datasets, identifier, options, text.name)
            for number, row in enumerate(rows, start=1):
                yield number, dict(row)
        except MtcheckError:
            raise
        # The package raises errors of a dozen kinds, of its own and of what it reads with.
        except Exception as error:
            raise MtcheckError(
                Code.FILE_NOT_FOUND,
                f"the data set cannot be read ({' '.join(str(error).split())[:200] or type(error).__name__})",
                where=text.name,
                mend="Check its name, configuration and split, and the network if it is on the hub",
            ) from None


def _load(datasets: Any, identifier: str, options: dict[str, str], where: str) -> Iterable[Any]:
    split = options.get("split")
    saved = Path(identifier)
    if (saved / "state.json").is_file() or (saved / "dataset_dict.json").is_file():
        found = datasets.load_from_disk(identifier)
        if split is not None and isinstance(found, Mapping) and split in found:
            return found[split]  # type: ignore[no-any-return]
    else:
        found = datasets.load_dataset(
            identifier, options.get("name"), split=split, revision=options.get("revision"), streaming=True
        )
    if not isinstance(found, Mapping):
        return found  # type: ignore[no-any-return]
    if len(found) == 1:
        return next(iter(found.values()))
    raise MtcheckError(
        Code.BAD_CALL,
        f"the data set has the splits {', '.join(sorted(map(str, found)))}",
        where=where,
        mend=f"Say which: {PREFIX}{identifier}?split=NAME",
    )
