"""What the tests of readers share: write a file, read it, or see it refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtcheck.core.config import Config
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Article, ArticlePair, Segment
from mtcheck.readers.station import Inputs, Stream, read_inputs


def write(folder: Path, name: str, content: str | bytes) -> str:
    """A file's path as the user would name it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def read(*names: str, config: Config | None = None, **named: Any) -> tuple[list[Article | ArticlePair], Stream]:
    """All items of inputs, and the stream when they are used up."""
    stream = read_inputs(Inputs(tuple(names), **named), config or Config(source_lang="sv", target_lang="en"))
    return list(stream.items), stream


def segments(*names: str, config: Config | None = None, **named: Any) -> list[Segment]:
    """The segments of inputs that need no alignment."""
    items, _ = read(*names, config=config or Config(), **named)
    assert all(isinstance(item, Article) for item in items)
    return [segment for item in items if isinstance(item, Article) for segment in item.segments]


def fault(*names: str, config: Config | None = None, **named: Any) -> str:
    """The one coded error of inputs that are refused."""
    with pytest.raises(MtcheckError) as caught:
        read(*names, config=config, **named)
    return str(caught.value)
