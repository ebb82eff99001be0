"""The results are the same however many processes work, and no process outlives the run."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.config import Config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.results import ModelCard
from mtcheck.core.types import Pair, Score
from mtcheck.engines import local, scoring, workers
from mtcheck.engines.workers import Team
from mtcheck.references.base import ReferenceModel

_FORMATS = "json,jsonl,html,csv,sarif"


class _Shouting(ReferenceModel):
    """Lives in this process only: another could not load it."""

    name = "shouting"
    about = "a test's model"

    @classmethod
    def load(cls, identifier: str, config: Any) -> _Shouting:
        return cls()

    @property
    def card(self) -> ModelCard:
        return ModelCard("shouting:x", ("translate", "likelihood"), "r1", "h", "float32", "cpu", "MIT")

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        return None

    def translate(self, pairs: list[Pair], progress: Any = None) -> list[str]:
        return [pair.source.upper() for pair in pairs]

    def likelihood(self, pairs: list[Pair], progress: Any = None) -> list[Score]:
        return [Score(-len(pairs) / 7, True, "mean") for _ in pairs]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Small batches, a model, and workers that are waited for; the sizes of what they were given."""
    given: list[int] = []
    start, submit = Team._start, Team._submit

    def wait(self: Team) -> None:
        start(self)
        assert self._ready is not None
        self._ready.result()

    def note(pool: Any, articles: Any, answers: Any) -> Any:
        given.append(len(articles))
        return submit(pool, articles, answers)

    monkeypatch.setattr(local, "_BATCH_SEGMENTS", 20)
    monkeypatch.setattr(scoring, "load_model", lambda name, config: _Shouting())
    monkeypatch.setattr(Team, "_start", wait)
    monkeypatch.setattr(Team, "_submit", staticmethod(note))
    return given


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    lines = []
    for number in range(300):
        pair = {
            "id": f"p{number}",
            "source": f"Bron kostade {number} kronor.",
            "target": f"The the bridge cost {number // 3} kronor – –  .",
            "references": ["The bridge cost money."],
            "source_lang": "sv",
            "target_lang": "en",
            "desk": "sports" if number % 3 else "business",
            "date": f"2026-05-{number % 28 + 1:02}",
        }
        if number % 5 == 0:
            del pair["source"]
        lines.append(json.dumps(pair))
    (tmp_path / "terms.csv").write_text("source,targets\nbron,the crossing\n", encoding="utf-8")
    (tmp_path / "delivery.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "delivery.jsonl"


def _check(delivery: Path, output: Path, **options: Any) -> mtcheck.Run:
    glossary = delivery.parent / "terms.csv"
    return mtcheck.check(
        delivery, output=output, format=_FORMATS, reference_model="shouting:x", glossary=glossary, **options
    )


def _files(folder: Path) -> dict[str, str]:
    clock = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["manifest"]["clock"]
    return {file.name: file.read_text(encoding="utf-8").replace(clock, "") for file in folder.iterdir()}


def test_any_number_of_jobs_gives_the_same_bytes(delivery: Path, tmp_path: Path, patient: list[int]) -> None:
    alone = _check(delivery, tmp_path / "one")
    assert not patient
    assert alone.summary.counts.by_rule["missing-term"]
    assert [each.by for each in alone.summary.breakdown] == ["desk", "date"]
    _check(delivery, tmp_path / "three", jobs=3)
    assert len(patient) > 3, "workers took part"
    assert _files(tmp_path / "three") == _files(tmp_path / "one")


def test_a_lost_worker_is_one_error_and_the_run_goes_on(
    delivery: Path, tmp_path: Path, patient: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _check(delivery, tmp_path / "whole")
    start = Team._start

    def kill(self: Team) -> None:
        start(self)
        for worker in self._workers:
            worker.kill()
            worker.join()

    monkeypatch.setattr(Team, "_start", kill)
    with pytest.raises(MtcheckError, match=r"MTC-E033.*--resume"):
        _check(delivery, tmp_path / "broken", jobs=2)
    _check(delivery, tmp_path / "broken", resume=True)
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")


def test_workers_end_with_a_run_that_is_killed(
    delivery: Path, tmp_path: Path, patient: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hears, said = multiprocessing.get_context("fork").Pipe(duplex=False)
    start = Team._start

    def tell(self: Team) -> None:
        start(self)
        said.send([worker.pid for worker in self._workers])
        time.sleep(600)

    monkeypatch.setattr(Team, "_start", tell)
    run = multiprocessing.get_context("fork").Process(
        target=_check, args=(delivery, tmp_path / "run"), kwargs={"jobs": 3}
    )
    run.start()
    assert hears.poll(120)
    pids = hears.recv()
    run.kill()
    run.join()
    assert len(pids) == 2
    until = time.monotonic() + 60
    while any(map(_lives, pids)):
        assert time.monotonic() < until, "a worker outlived its run"
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_small_inputs_start_no_process(delivery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Team) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(Team, "_start", fail)
    monkeypatch.setattr(workers, "processors", lambda: 8)
    mtcheck.check(delivery, jobs=8, reference_model="none")
    config = Config(jobs="auto", reference_model=("none",))
    monkeypatch.setattr(local, "_BATCH_SEGMENTS", 20)
    mtcheck.check(delivery, config=config)


@pytest.mark.parametrize(("number", "started"), [(600, False), (800, True)])
def test_large_inputs_start_processes_by_themselves(
    monkeypatch: pytest.MonkeyPatch, number: int, started: bool
) -> None:
    begun: list[Callable[..., None]] = []
    monkeypatch.setattr(Team, "_start", lambda self: begun.append(self))
    monkeypatch.setattr(workers, "processors", lambda: 8)
    monkeypatch.setattr(local, "_BATCH_SEGMENTS", 20)
    from mtcheck.api import execute
    from mtcheck.readers.station import read_records

    config = Config(jobs="auto", reference_model=("none",), select=("DUP",))
    records = [{"id": f"{at}", "target": f"It is {at}.", "target_lang": "en"} for at in range(number)]
    summary = execute(read_records(records, config), config, [], lambda result: None)
    assert summary.counts.segments == number
    assert bool(begun) is started


def test_errors_come_from_other_processes_whole() -> None:
    error = MtcheckError(Code.BAD_JSON, "it is not JSON", where="a:3", mend="Mend it")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.code, again.what, again.where, again.mend) == (error.code, error.what, error.where, error.mend)
