"""The Ray engine gives the local engine's bytes, and survives the loss of its workers; most tests start a cluster."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_checkpoints import make_marian

import mtcheck
from mtcheck.core.config import Config
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.engines import local
from mtcheck.engines.checkpoint import Checkpoint
from mtcheck.engines.scoring import Scorer

_FORMATS = "json,jsonl,csv,sarif"
_ACTOR = b"ray::_Actor"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two processors and what is said to be two GPUs, so that more than one actor has the models."""
    ray = pytest.importorskip("ray", reason="needs mtcheck[ray]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Beside other tests, which Ray would let go first.
        patch.setenv("RAY_worker_niceness", "0")
        options = {"include_dashboard": False, "log_to_driver": False}
        ray.init(address="local", num_cpus=2, num_gpus=2, **options)
        yield ray
        ray.shutdown()


@pytest.fixture
def delivery(corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pairs of the sample corpora in an order that brings some of them again and again."""
    monkeypatch.setattr(local, "_BATCH_SEGMENTS", 10)
    lines = (corpora / "sv-en-wire" / "raw.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    pairs = [
        {**pair, "source_lang": article.get("source_lang", "sv"), "target_lang": article.get("target_lang", "en")}
        for article in articles
        for pair in article.get("segments", [article])
    ]
    draw = random.Random(1)
    with (tmp_path / "delivery.jsonl").open("w", encoding="utf-8") as file:
        for at in range(160):
            pair = {key: value for key, value in draw.choice(pairs[:120]).items() if key in _KEPT}
            if at % 9 == 0:
                del pair["source"]
            if at % 11 == 0:
                pair["source_lang"] = "nn"
            file.write(json.dumps({"id": f"p{at}", **pair}, ensure_ascii=False) + "\n")
    return tmp_path / "delivery.jsonl"


_KEPT = {"source", "target", "references", "source_lang", "target_lang"}


def _check(delivery: Path, output: Path, **options: Any) -> mtcheck.Run:
    return mtcheck.check(delivery, output=output, format=_FORMATS, **{"jobs": 2, **options})


def _files(folder: Path) -> dict[str, str]:
    """All that a run wrote, less the clock."""
    clock = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["manifest"]["clock"]
    return {file.name: file.read_text(encoding="utf-8").replace(clock, "") for file in folder.iterdir()}


def _processes() -> dict[int, tuple[int, int]]:
    """The parent and the session of each process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            _, parent, _, session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            found[int(folder.name)] = int(parent), int(session)
    return found


def _actors() -> set[int]:
    """Processes below this one in which there are actors of the engine."""
    processes = _processes()

    def below(pid: int) -> bool:
        return pid == os.getpid() or (pid in processes and below(processes[pid][0]))

    def is_actor(pid: int) -> bool:
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(_ACTOR)
        return False

    return {pid for pid in processes if is_actor(pid) and below(pid)}


def test_a_cluster_that_is_not_there_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="needs mtcheck[ray]")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(MtcheckError, match="MTC-E016: there is no Ray cluster"):
        mtcheck.check(records=[{"target": "Hi."}], engine="ray", reference_model="none")


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("model", ["none", "mini", "hf"])
def test_bytes_are_those_of_the_local_engine(delivery: Path, tmp_path: Path, model: str) -> None:
    options: dict[str, Any] = {"reference_model": model}
    if model == "hf":
        # Its values are not rounded, and depend on what is in a batch.
        options = {"reference_model": f"hf:{make_marian(tmp_path / 'marian')}", "metrics": []}
    _check(delivery, tmp_path / "local", **options)
    run = _check(delivery, tmp_path / "ray", engine="ray", **options)
    assert _files(tmp_path / "ray") == _files(tmp_path / "local")
    scores = {name for segment in run.segments for name in segment.scores}
    assert ({"mini": "mini", "hf": "likelihood"}.get(model, "chrf")) in scores
    assert bool(run.summary.notes) is (model == "mini"), "what models cannot judge is said"


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_lost_workers_are_survived(delivery: Path, tmp_path: Path) -> None:
    _check(delivery, tmp_path / "local")
    lost: set[int] = set()

    def kill() -> None:
        if not lost:
            lost.update(_actors())
            for pid in lost:
                os.kill(pid, signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        add = Checkpoint.add
        patch.setattr(Checkpoint, "add", lambda self, batch: (add(self, batch), kill()))
        _check(delivery, tmp_path / "ray", engine="ray")
    assert len(lost) > 1, "some have the models, some inspect"
    assert _files(tmp_path / "ray") == _files(tmp_path / "local")


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_a_run_that_is_broken_off_is_resumed_by_either_engine(delivery: Path, tmp_path: Path) -> None:
    _check(delivery, tmp_path / "whole")
    for first, second in (("local", "ray"), ("ray", "local")):
        add = Checkpoint.add

        def stop(self: Checkpoint, batch: Any, add: Any = add) -> None:
            if self._count == 4:
                raise KeyboardInterrupt
            add(self, batch)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Checkpoint, "add", stop)
            with pytest.raises(KeyboardInterrupt):
                _check(delivery, tmp_path / first, engine=first)
        _check(delivery, tmp_path / first, engine=second, resume=True)
        assert _files(tmp_path / first) == _files(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_an_error_in_an_actor_is_the_error_of_the_run(delivery: Path, tmp_path: Path) -> None:
    folder = make_marian(tmp_path / "marian")
    with pytest.MonkeyPatch.context() as patch:
        scorer = Scorer.__init__

        def lose(self: Scorer, config: Config) -> None:
            scorer(self, config)
            (folder / "config.json").unlink()

        patch.setattr(Scorer, "__init__", lose)
        with pytest.raises(MtcheckError, match="MTC-E014"):
            _check(delivery, tmp_path / "run", engine="ray", reference_model=f"hf:{folder}")


@pytest.mark.slow
def test_a_cluster_of_its_own_is_quiet_and_ends_with_the_run(corpora: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs mtcheck[ray]")
    environment = os.environ | {"RAY_ADDRESS": "local", "RAY_worker_niceness": "0"}
    said = {}
    for engine in ("local", "ray"):
        call = [sys.executable, "-c", "from mtcheck.cli import main; main()", "check", str(corpora)]
        call += ["--engine", engine, "-o", str(tmp_path / engine), "--format", "json,jsonl", "--fail-on", "never"]
        run = subprocess.Popen(
            call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True
        )
        said[engine] = run.communicate()[0].replace(str(tmp_path / engine), "")
        assert run.returncode == 0, said[engine]
        assert not any(session == run.pid for _, session in _processes().values())
    assert said["ray"] == said["local"]
    assert _files(tmp_path / "ray") == _files(tmp_path / "local")


def test_without_the_package_nothing_is_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("mtcheck.engines.ray.import_module", absent)
    (tmp_path / "report.html").write_text("a former run's")
    with pytest.raises(MtcheckError, match=r"pip install 'mtcheck\[ray\]'") as caught:
        mtcheck.check(records=[{"target": "Hi."}], engine="ray", reference_model="none", output=tmp_path)
    assert caught.value.code is Code.PACKAGE_MISSING
    assert (tmp_path / "report.html").read_text() == "a former run's"


def test_other_machines_may_have_another_device_but_not_other_models() -> None:
    scorer = Scorer(Config())
    (card,) = scorer.cards()
    there = replace(card, device="cuda", dtype="bfloat16")
    scorer.run_elsewhere([[there], [there]])
    assert scorer.cards() == [there]
    for others in ([[replace(there, weight_hash="another")]], [[there], [card]]):
        with pytest.raises(MtcheckError, match="MTC-E014"):
            scorer.run_elsewhere(others)
    assert scorer.cards() == [there]
