"""Sequences and tables on disk behave as those in memory."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path

import pytest

from mtcheck.core.errors import MtcheckError
from mtcheck.core.results import ArticleSummary
from mtcheck.core.spool import Spool, Table
from mtcheck.core.types import Score, Severity, Verdict

MANY = 1000


@pytest.mark.parametrize("number", [0, 1, 255, 256, 257, 512, MANY])
def test_a_spool_is_a_sequence(number: int) -> None:
    items = list(range(number))
    spool = Spool(items)
    assert len(spool) == number
    assert list(spool) == items
    assert spool == items
    assert tuple(items) == spool
    assert [spool[at] for at in items] == items
    assert [spool[-at - 1] for at in items] == items[::-1]
    assert spool[number // 3 : number : 7] == items[number // 3 : number : 7]
    assert spool != [*items, 0]
    with pytest.raises(IndexError):
        spool[number]


def test_readers_do_not_disturb_each_other_nor_what_is_added() -> None:
    spool = Spool(range(MANY))
    one, other = iter(spool), iter(spool)
    for at in range(MANY):
        assert next(one) == at
        if at % 3 == 0:
            assert next(other) == at // 3
        spool.append(MANY + at)
    assert spool == range(2 * MANY)


def test_items_come_back_as_they_were() -> None:
    made = ArticleSummary(
        "å", None, Verdict.BLOCK, math.inf, 1, 2, {Severity.MAJOR: 3}, {"chrf": Score(1 / 3, True, "x")}, (), ("n",)
    )
    spool = Spool([made] * MANY)
    assert spool[0] == spool[MANY - 1] == made
    for again in (pickle.loads(pickle.dumps(spool)), copy.deepcopy(spool)):
        assert again == spool


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    spool = Spool(range(MANY), tmp_path)
    assert not list(tmp_path.iterdir())
    assert spool[1] == 1


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(MtcheckError, match=r"MTC-E015.*nowhere"):
        Spool(range(MANY), tmp_path / "nowhere")


def test_a_table_keeps_the_first_number() -> None:
    table = Table()
    keys = [(at * 0x9E3779B97F4A7C15) % 2**64 - 2**63 for at in range(MANY)]
    assert [table.add(key, at) for at, key in enumerate(keys)] == [None] * MANY
    assert [table.add(key, -1) for key in keys] == list(range(MANY))
    assert len(table) == MANY
    table.replace(keys[3], 7)
    assert table.add(keys[3], 0) == 7
