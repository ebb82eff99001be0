"""Answers kept between runs: they are those that the model would give, and whatever goes wrong, the run does not."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sqlite3
import stat
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import tiny_checkpoints as tiny
import zstandard

import mtcheck
from mtcheck.core.config import CacheConfig, ModelConfig, load_config
from mtcheck.core.results import ModelCard
from mtcheck.core.types import ErrorSpan, Pair, Score, Severity, TokenValue
from mtcheck.engines import scoring
from mtcheck.references import cache as module
from mtcheck.references.base import ReferenceModel
from mtcheck.references.cache import Cache, CachedModel, default_folder, groups_of
from mtcheck.references.hf import HfModel

CARD = ModelCard("counting:x", ("translate", "likelihood", "estimate"), "r1", "hash", "float32", "cpu", "MIT")
SOURCES = [f"Bron nummer {number} kostar {number % 7 + 2} miljoner kronor." for number in range(200)]


class Counting(ReferenceModel):
    """Counts what it is asked; its likelihoods depend on what else is in the batch, as rounding does."""

    name = "counting"
    about = "a test's model"

    def __init__(self, card: ModelCard = CARD, conditions: Any = None) -> None:
        self._card = card
        self._conditions = {"num_beams": 4} if conditions is None else conditions
        self.translated: list[Pair] = []
        self.judged: list[Pair] = []

    @classmethod
    def load(cls, identifier: str, config: Any) -> Counting:
        return cls()

    @property
    def card(self) -> ModelCard:
        return self._card

    @property
    def conditions(self) -> Any:
        return self._conditions

    def unfit(self, source_lang: str, target_lang: str) -> str | None:
        return None

    def translate(self, pairs: Sequence[Pair], progress: Any = None) -> list[str]:
        self.translated += pairs
        return [f"{pair.source.upper()} \ud800 {len(pairs)}" for pair in pairs]

    def estimate(self, pairs: Sequence[Pair], progress: Any = None) -> list[Score]:
        self.judged += pairs
        errors = (ErrorSpan(0, 3, Severity.MAJOR, 0.5),)
        return [Score(len(pair.target) / 3, True, "length", errors=errors) for pair in pairs]

    def likelihood(self, pairs: Sequence[Pair], progress: Any = None) -> list[Score]:
        share = -sum(crc32(pair.source.encode()) % 100 for pair in pairs) / 7
        return [Score(share / len(pairs), True, "mean", (TokenValue(0, 1, share),)) for pair in pairs]


Check = Callable[..., tuple[Counting, mtcheck.Run]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Check:
    """A run over SOURCES with a model of its own; what it was asked, and what came of it."""

    def run(
        model: Counting | None = None, sources: Sequence[str] = SOURCES, ending: str = ".", **options: Any
    ) -> tuple[Counting, mtcheck.Run]:
        model = model or Counting()
        monkeypatch.setattr(scoring, "load_model", lambda name, config: model)
        records = [
            {"id": str(at), "source": source, "target": f"Bridge {source[5:15]}{ending}", "source_lang": "sv"}
            for at, source in enumerate(sources)
        ]
        settings = {"reference_model": "counting:x", "metrics": "chrf", "select": "DUP", "target_lang": "en"}
        return model, mtcheck.check(records=records, **settings | options)

    return run


def results(run: mtcheck.Run) -> Any:
    """All that a run found, its manifest but for the clock included."""
    manifest = replace(run.summary.manifest, clock="")
    return run.segments, replace(run.summary, manifest=manifest)


def test_a_second_run_asks_nothing_and_says_the_same(check: Check) -> None:
    model, first = check()
    assert len(model.judged) == len(model.translated) == 200
    again, second = check()
    assert again.judged == again.translated == []
    _, without = check(cache=False)
    assert results(first) == results(second) == results(without)
    assert len({segment.scores["likelihood"].value for segment in first.segments}) > 3, "the groups matter"


def test_left_alone_it_is_neither_read_nor_written(check: Check, cache_folder: Path) -> None:
    check(cache=False)
    assert not cache_folder.exists()
    check()
    before = (cache_folder / "answers-1.sqlite").read_bytes()
    model, _ = check(cache=False)
    assert len(model.judged) == 200
    assert (cache_folder / "answers-1.sqlite").read_bytes() == before


def test_a_model_that_states_no_conditions_is_asked_each_time(check: Check, cache_folder: Path) -> None:
    class Silent(Counting):
        conditions = None

    check(Silent())
    model, _ = check(Silent())
    assert len(model.judged) == 200
    assert not cache_folder.exists()


@pytest.mark.parametrize(
    "change",
    [{"name": "counting:y"}, {"revision": "r2"}, {"weight_hash": "other"}, {"dtype": "bfloat16"}, {"device": "cuda"}],
)
def test_another_model_is_asked(check: Check, change: dict[str, str]) -> None:
    check()
    model, _ = check(Counting(replace(CARD, **change)))
    assert len(model.judged) == len(model.translated) == 200


def test_another_beam_package_or_code_is_asked(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    check()
    model, _ = check(Counting(conditions={"num_beams": 1}))
    assert len(model.judged) == 200
    with monkeypatch.context() as patch:
        patch.setattr(module, "package_versions", lambda: {"torch": "99"})
        model, _ = check()
        assert len(model.judged) == 200
    monkeypatch.setattr(module, "code_hash", lambda packages: "other")
    model, _ = check()
    assert len(model.judged) == 200


@pytest.mark.parametrize("change", ["put in", "taken out", "changed"])
def test_a_changed_text_costs_its_own_group_and_changes_no_other_answer(check: Check, change: str) -> None:
    check()
    sources = list(SOURCES)
    if change == "put in":
        sources.insert(100, "En ny mening.")
    elif change == "taken out":
        del sources[100]
    else:
        sources[100] += " Ja."
    model, with_cache = check(sources=sources)
    assert 0 < len(model.judged) <= 3 * 64 // 2
    _, without = check(sources=sources, cache=False)
    assert results(with_cache) == results(without)


def test_translations_are_kept_by_source(check: Check) -> None:
    check()
    model, _ = check(ending="!")
    assert len(model.judged) == 200
    assert model.translated == []


def test_groups_are_of_like_size_and_found_again() -> None:
    pairs = [Pair(source, "", "sv", "en") for source in SOURCES]
    groups = list(groups_of(pairs))
    assert [pair for group in groups for pair in group] == pairs
    assert all(16 <= len(group) <= 64 for group in groups[:-1])
    later = list(groups_of(pairs[5:]))
    assert later[-1] == groups[-1]
    assert list(groups_of([])) == []


def test_no_text_is_kept_but_translations(check: Check, cache_folder: Path) -> None:
    check()
    with closing(sqlite3.connect(cache_folder / "answers-1.sqlite")) as file:
        rows = file.execute("SELECT * FROM answers").fetchall()
    kept = "".join(zstandard.ZstdDecompressor().decompress(value).decode() for _, _, value in rows)
    assert "BRON NUMMER 3" in kept
    assert "Bron" not in kept
    assert "Bridge" not in kept
    assert "Bron" not in str([key for key, _, _ in rows])


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_others_may_not_read_it(check: Check, cache_folder: Path) -> None:
    check()
    assert stat.S_IMODE(cache_folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in cache_folder.iterdir()} == {0o600}


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Cache(CacheConfig(folder=tmp_path)).file.parent == tmp_path
    monkeypatch.setenv("MTCHECK_CACHE_DIR", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"
    monkeypatch.delenv("MTCHECK_CACHE_DIR")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "mtcheck"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "mtcheck"


def test_configuration(tmp_path: Path) -> None:
    file = tmp_path / "mtcheck.toml"
    file.write_text('cache = { folder = "/x", gigabytes = 0.5 }\n')
    assert load_config(file).cache == CacheConfig(folder=Path("/x"), gigabytes=0.5)
    assert load_config(file, {"cache": False}).cache.use is False
    file.write_text("cache = false\n")
    assert load_config(file).cache.use is False
    file.write_text("[cache]\ngigabytes = 0\n")
    with pytest.raises(mtcheck.MtcheckError, match="MTC-E010"):
        load_config(file)


def writing(folder: Path, name: str) -> None:
    cache = Cache(CacheConfig(folder=folder))
    for number in range(40):
        cache.put({f"{name} {number} {at}".encode(): b"%d" % at for at in range(5)})
        assert cache.get([f"{name} {number} 3".encode()]), "what is written is found"
    assert cache.on


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    fork = multiprocessing.get_context("fork")
    # All of them begin with a folder that is not there.
    workers = [fork.Process(target=writing, args=(tmp_path / "new", name)) for name in names]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert worker.exitcode == 0
    assert Cache(CacheConfig(folder=tmp_path / "new")).size()[0] == 3 * 40 * 5


def test_what_was_not_used_for_longest_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = 500_000
    cache = Cache(CacheConfig(folder=tmp_path, gigabytes=room / 1e9))
    now = 1e9
    monkeypatch.setattr("time.time", lambda: now)
    for round_ in range(30):
        now += 3600
        cache.put({b"%d %d" % (round_, at): os.urandom(4000) for at in range(10)})
        assert cache.get([b"0 0"]), "what was asked for each time is still there"
        assert cache.size()[1] < room + 100_000
    assert not cache.get([b"1 1"])
    assert len(cache.get([b"29 %d" % at for at in range(10)])) == 10
    # Where there is less room than there was, more is forgotten, and the file shrinks.
    smaller = Cache(CacheConfig(folder=tmp_path, gigabytes=100_000 / 1e9))
    smaller.put({b"one": os.urandom(4000)})
    assert smaller.size()[1] < 150_000
    assert smaller.get([b"one"])


def test_more_keys_than_sqlite_takes_at_once(tmp_path: Path) -> None:
    cache = Cache(CacheConfig(folder=tmp_path))
    values = {b"%d" % at: b"x" for at in range(2500)}
    cache.put(values)
    assert cache.get(list(values)) == values


def as_ever(check: Check, caplog: pytest.LogCaptureFixture, **options: Any) -> None:
    """The run ends as one without a cache, with one warning."""
    _, run = check(**options)
    assert len(caplog.records) == 1, caplog.text
    assert "the cache" in caplog.text.lower()
    _, without = check(**options | {"cache": False})
    assert results(run) == results(without)


@pytest.mark.parametrize("harm", ["garbled", "cut", "no database"])
def test_a_damaged_file(check: Check, cache_folder: Path, caplog: pytest.LogCaptureFixture, harm: str) -> None:
    check()
    file = cache_folder / "answers-1.sqlite"
    data = file.read_bytes()
    file.write_bytes(
        {"garbled": data[:100] + b"\xff" * 9000 + data[9100:], "cut": data[:5000], "no database": b"x" * 9000}[harm]
    )
    as_ever(check, caplog)
    cache = Cache(CacheConfig())
    cache.clear()
    caplog.clear()
    check()
    model, _ = check()
    assert model.judged == []
    assert not caplog.records


def test_damaged_values_are_asked_again(check: Check, cache_folder: Path) -> None:
    _, first = check()
    with closing(sqlite3.connect(cache_folder / "answers-1.sqlite")) as file, file:
        values = dict(file.execute("SELECT key, value FROM answers").fetchall())
        harmed = [(value[:-5] + b"?" + value[-4:], key) for key, value in values.items()]
        file.executemany("UPDATE answers SET value = ? WHERE key = ?", harmed)
    model, second = check()
    assert len(model.judged) == 200
    assert results(first) == results(second)
    model, _ = check()
    assert model.judged == []


@pytest.mark.parametrize("folder", ["/proc/none", "a file"])
def test_a_folder_that_cannot_be_written(
    check: Check, tmp_path: Path, caplog: pytest.LogCaptureFixture, folder: str
) -> None:
    (tmp_path / "a file").write_text("")
    as_ever(check, caplog, cache={"folder": tmp_path / folder / "cache"})


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="modes do not bind root")
def test_a_folder_that_may_not_be_written(check: Check, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o500)
    as_ever(check, caplog, cache={"folder": tmp_path})


def test_a_file_that_another_process_keeps(
    check: Check, cache_folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    check()
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    with closing(sqlite3.connect(cache_folder / "answers-1.sqlite", isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        # What is there can be read; what is new cannot be written.
        model, _ = check()
        assert model.judged == []
        as_ever(check, caplog, model=Counting(replace(CARD, revision="r2")))


def test_a_full_disk(tmp_path: Path) -> None:
    hears, said = multiprocessing.get_context("fork").Pipe(duplex=False)

    def run_out_of_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        cache = Cache(CacheConfig(folder=tmp_path))
        front = CachedModel(Counting(), cache)
        pairs = [Pair(f"{source} {os.urandom(20).hex()}", "", "sv", "en") for source in SOURCES * 20]
        said.send((len(front.translate(pairs)), cache.on))

    run = multiprocessing.get_context("fork").Process(target=run_out_of_room)
    run.start()
    assert hears.poll(120)
    assert hears.recv() == (4000, False)
    run.join()
    cache = Cache(CacheConfig(folder=tmp_path))
    cache.put({b"a": b"b"})
    assert cache.on
    assert cache.get([b"a"]) == {b"a": b"b"}


def test_what_was_asked_before_an_interruption_is_kept(check: Check) -> None:
    class Interrupted(Counting):
        def likelihood(self, pairs: Sequence[Pair], progress: Any = None) -> list[Score]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(Interrupted())
    model, _ = check()
    assert model.judged == []
    assert len(model.translated) == 200


def test_what_a_checkpoint_depends_on(tmp_path: Path) -> None:
    folder = tiny.make_marian(tmp_path / "marian")

    def conditions(**options: Any) -> str:
        return json.dumps(HfModel.load(str(folder), ModelConfig(device="cpu", **options)).conditions)

    first = conditions()
    assert conditions() == first
    assert conditions(num_beams=1) != first
    assert conditions(batch_tokens=512) != first
    (folder / "generation_config.json").write_text(
        (folder / "generation_config.json").read_text().replace("{", '{"length_penalty": 0.5,', 1)
    )
    assert conditions() != first


def test_a_checkpoint_says_the_same_from_the_cache(tmp_path: Path) -> None:
    model = HfModel.load(str(tiny.make_marian(tmp_path / "marian")), ModelConfig(device="cpu"))
    pairs = [Pair(one, two, "sv", "en") for one in tiny.SENTENCES[:6] for two in tiny.SENTENCES[6:]]
    off = CachedModel(model, Cache(CacheConfig(use=False)))
    first, second = (CachedModel(model, Cache(CacheConfig(folder=tmp_path / "cache"))) for _ in range(2))
    assert off.likelihood(pairs) == first.likelihood(pairs) == second.likelihood(pairs)
    assert second._cache.found == len(pairs)
    # One text more, and only its group is another.
    longer = [*pairs[:3], Pair("Ja.", "Yes.", "sv", "en"), *pairs[3:]]
    assert second.likelihood(longer) == off.likelihood(longer)
    assert off.translate(pairs[:9]) == first.translate(pairs[:9]) == second.translate(pairs[:9])
