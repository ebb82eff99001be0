"""What a run holds does not grow with its input, and what it wrote is read back in as little."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mtcheck.api import execute, open_renderers
from mtcheck.core.config import Config
from mtcheck.core.results import Summary
from mtcheck.core.schemas import to_json
from mtcheck.engines.stored import StoredRun
from mtcheck.readers.station import Inputs, read_inputs
from mtcheck.renderers import html

_FEW, _MANY = 1_100, 3_100
_FORMATS = ("json", "jsonl", "html", "gitlab", "console=console.txt")
# What each pair more may hold, caches that are not full yet included; its row of the summary takes some 1,800.
_BYTES_A_PAIR = 400
_WORDS = 100


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, tuple[Path, int]]]:
    """Runs of few and of many pairs, with the most memory that each held."""
    folder = tmp_path_factory.mktemp("memory")
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setattr(html, "_IN_MEMORY", 1 << 14)
    _check(folder / "first", 10)
    yield {number: (folder / str(number), _peak(_check, folder / str(number), number)) for number in (_FEW, _MANY)}
    patch.undo()


def _check(folder: Path, number: int) -> Summary:
    file = folder.with_suffix(".jsonl")
    with file.open("w", encoding="utf-8") as lines:
        for at in range(number):
            word = at % _WORDS
            pair = {"source": f"Nej {word}.", "target": f"No no {word}.", "references": [f"No {word}."]}
            lines.write(json.dumps({"id": at, "source_lang": "sv", "target_lang": "en", **pair}) + "\n")
    config = Config(reference_model=("none",), metrics=("chrf",), select=("DUP",), jobs=1, output=folder)
    stream = read_inputs(Inputs((str(file),)), config)
    return execute(stream, config, open_renderers(_FORMATS, folder), lambda _: None, directory=folder)


def _peak(work: Callable[..., Any], *given: Any) -> int:
    tracemalloc.start()
    try:
        work(*given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_run_holds_no_more_for_more_pairs(runs: dict[int, tuple[Path, int]]) -> None:
    assert runs[_MANY][1] - runs[_FEW][1] < _BYTES_A_PAIR * (_MANY - _FEW)


def test_a_former_run_is_read_in_as_little(runs: dict[int, tuple[Path, int]]) -> None:
    StoredRun(runs[_FEW][0])
    few, many = (_peak(StoredRun, runs[number][0]) for number in (_FEW, _MANY))
    assert many - few < _BYTES_A_PAIR * (_MANY - _FEW)


def test_a_summary_written_in_pieces_is_the_summary(runs: dict[int, tuple[Path, int]]) -> None:
    folder = runs[_MANY][0]
    text = (folder / "summary.json").read_text(encoding="utf-8")
    read = StoredRun(folder).summary
    assert len(read.articles) == read.counts.articles == _MANY
    assert to_json(read, indent=2) + "\n" == text
