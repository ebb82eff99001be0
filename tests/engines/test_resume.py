"""A run that is broken off at any moment goes on with --resume, and ends as an unbroken one."""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mtcheck
from mtcheck.core.types import Pair, Score
from mtcheck.engines import local, scoring
from mtcheck.engines.checkpoint import FOLDER, Checkpoint
from mtcheck.references.base import ReferenceModel
from mtcheck.renderers.jsonl import JsonLinesSegments

_FORMATS = "json,jsonl,html,csv,markdown,sarif,junit,gitlab,rdjson"
_KILLS = 10


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_BATCH_SEGMENTS", 24)


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """Pairs and articles, with and without source and references, remarks, and records that cannot be read."""
    texts = [
        ("Bron kostade 40 miljoner kronor, sade hon.", 'The bridge cost 40 million kronor,, she said. – – "Yes.'),
        ("Han sa nej.", "He said said no. Read more"),
        ("Det regnade i Umeå i går.", "It rained in Umeå yesterday."),
    ]
    lines = []
    for number in range(360):
        source, target = texts[number % 3]
        pair: dict[str, Any] = {"source": source, "target": f"{target} {number // 2}", "references": [texts[2][1]]}
        if number % 5 == 0:
            del pair["source"]
        if number % 7 == 0:
            del pair["references"]
        if number % 4 == 0:
            pair["suppress"] = ["DUP", "LEAK"]
        if number % 3 == 0:
            pair |= {"desk": "sports", "date": f"2026-05-{number % 28 + 1:02}"}
        languages = {"source_lang": "sv" if number % 11 else "nb", "target_lang": "en"}
        if number % 50 == 0:
            lines.append(json.dumps({"id": f"a{number}", "segments": [pair] * 3, **languages}))
        else:
            lines.append(json.dumps({"id": f"p{number}", **pair, **languages}))
    lines[200:200] = ["{broken", '{"target": 7}']
    (tmp_path / "delivery.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "delivery.jsonl"


def _check(delivery: Path, output: Path, **options: Any) -> mtcheck.Run:
    settings = {"reference_model": "none", "format": _FORMATS, "lenient": True} | options
    return mtcheck.check(delivery, output=output, **settings)


def _files(folder: Path) -> dict[str, str]:
    """All that a run wrote, less the clock."""
    clock = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["manifest"]["clock"]
    return {file.name: file.read_text(encoding="utf-8").replace(clock, "") for file in folder.iterdir()}


def _break_off(delivery: Path, output: Path, batches: int, **options: Any) -> None:
    """Leave a run with so many batches done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "add", _stopping(Checkpoint.add, batches))
        with pytest.raises(KeyboardInterrupt):
            _check(delivery, output, **options)


def _stopping(add: Callable[..., None], batches: int) -> Callable[..., None]:
    def stop(self: Checkpoint, batch: Any) -> None:
        if self._count == batches:
            raise KeyboardInterrupt
        add(self, batch)

    return stop


def _parts(output: Path) -> list[Path]:
    return sorted((output / FOLDER).glob("*.zst"))


def test_killed_at_ten_moments(delivery: Path, tmp_path: Path) -> None:
    began = time.monotonic()
    _check(delivery, tmp_path / "whole")
    lasted = time.monotonic() - began
    seed = random.randrange(10**6)
    print("seed", seed)  # noqa: T201 (shown where the test fails)
    moments = random.Random(seed)
    done = []
    for _ in range(_KILLS):
        # Another process that has all modules: what is killed is the run, not its start.
        run = multiprocessing.get_context("fork").Process(
            target=_check, args=(delivery, tmp_path / "broken"), kwargs={"resume": True}
        )
        run.start()
        time.sleep(moments.uniform(0, lasted / 2))
        run.kill()
        run.join()
        done.append(len(_parts(tmp_path / "broken")))
    assert any(done), "no run came so far that there was anything to resume"
    _check(delivery, tmp_path / "broken", resume=True)
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")


def test_what_is_done_is_not_done_again(delivery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _break_off(delivery, tmp_path / "broken", 5)
    asked: list[str] = []
    inspect = mtcheck.engines.inspection.Inspector.inspect
    monkeypatch.setattr(
        mtcheck.engines.inspection.Inspector,
        "inspect",
        lambda self, article, scores=(): asked.append(article.id) or inspect(self, article, scores),
    )
    run = _check(delivery, tmp_path / "broken", resume=True)
    ids = [article.id for article in run.articles]
    assert 24 * 4 < len(ids) - len(asked) < 24 * 6
    assert asked == ids[-len(asked) :]


@pytest.mark.parametrize("harm", ["cut", "garbled", "empty", "lost"])
def test_broken_record_in_the_middle(delivery: Path, tmp_path: Path, harm: str) -> None:
    _check(delivery, tmp_path / "whole")
    _break_off(delivery, tmp_path / "broken", 8)
    victim = _parts(tmp_path / "broken")[3]
    data = victim.read_bytes()
    middle = len(data) // 2
    harmed = {"cut": data[:middle], "garbled": data[:middle] + b"?" + data[middle + 1 :], "empty": b""}
    if harm == "lost":
        victim.unlink()
    else:
        victim.write_bytes(harmed[harm])
    _check(delivery, tmp_path / "broken", resume=True)
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")


@pytest.mark.parametrize("limit", [200, 5_000, 20_000, 100_000])
def test_full_disk(delivery: Path, tmp_path: Path, limit: int) -> None:
    _check(delivery, tmp_path / "whole")
    hears, said = multiprocessing.get_context("fork").Pipe(duplex=False)

    def run_out_of_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            _check(delivery, tmp_path / "broken")
        except mtcheck.MtcheckError as error:
            said.send(str(error))
        else:
            said.send("no error")

    run = multiprocessing.get_context("fork").Process(target=run_out_of_room)
    run.start()
    assert hears.poll(120)
    message = hears.recv()
    run.join()
    assert message.startswith("MTC-E015: cannot write")
    _check(delivery, tmp_path / "broken", resume=True)
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")


def test_baselines_and_corrected_copies(delivery: Path, tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.json"
    _check(delivery, tmp_path / "first", lenient=True, write_baseline=accepted, select="DUP")
    text = delivery.read_text(encoding="utf-8").replace('{broken\n{"target": 7}\n', "")
    delivery.write_text(text.replace("rained in", "rained  in"))
    options = {"lenient": False, "fix": True, "baseline": accepted, "write_baseline": tmp_path / "new.json"}
    fixed = tmp_path / "delivery.fixed.jsonl"
    _check(delivery, tmp_path / "whole", **options)
    written = [fixed.read_bytes(), (tmp_path / "new.json").read_bytes()]
    fixed.unlink()
    (tmp_path / "new.json").unlink()
    _break_off(delivery, tmp_path / "broken", 6, **options)
    run = _check(delivery, tmp_path / "broken", resume=True, **options)
    assert run.summary.suppressed
    assert run.summary.fixed[0].segments > 100
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")
    assert [fixed.read_bytes(), (tmp_path / "new.json").read_bytes()] == written


def test_article_pairs_are_aligned_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in range(30):
        for side, text in (
            ("sv", "Ny bro i Ekby\n\nBron kostar 40 miljoner kronor."),
            ("en", "New bridge\n\nIt cost."),
        ):
            (tmp_path / side).mkdir(exist_ok=True)
            (tmp_path / side / f"{name}.txt").write_text(f"{text} {name}\n")

    def check(output: Path, **options: Any) -> mtcheck.Run:
        both = {"source": tmp_path / "sv", "target": tmp_path / "en", "source_lang": "sv", "target_lang": "en"}
        return mtcheck.check(output=output, reference_model="none", format=_FORMATS, **both, **options)

    check(tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "add", _stopping(Checkpoint.add, 1))
        with pytest.raises(KeyboardInterrupt):
            check(tmp_path / "broken")
    aligned = []
    align = local.align
    monkeypatch.setattr(local, "align", lambda pair, embed: aligned.append(pair.id) or align(pair, embed))
    run = check(tmp_path / "broken", resume=True)
    assert 0 < len(aligned) < len(run.articles) == 30
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")


def test_models_are_asked_in_the_same_batches(delivery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Crowded(ReferenceModel):
        """Its values depend on what else is in the batch, as rounding does."""

        name = "crowded"
        about = "a test's model"

        @classmethod
        def load(cls, identifier: str, config: Any) -> Crowded:
            return cls()

        @property
        def card(self) -> Any:
            from mtcheck.core.results import ModelCard

            return ModelCard("crowded:x", ("translate", "likelihood"), "r1", "h", "float32", "cpu", "MIT")

        def unfit(self, source_lang: str, target_lang: str) -> str | None:
            return None if source_lang == "sv" else "crowded is for Swedish"

        def translate(self, pairs: list[Pair], progress: Any = None) -> list[str]:
            return [pair.source.upper() for pair in pairs]

        def likelihood(self, pairs: list[Pair], progress: Any = None) -> list[Score]:
            return [Score(-len(pairs) / 7, True, "mean") for _ in pairs]

    monkeypatch.setattr(scoring, "load_model", lambda name, config: Crowded())
    _check(delivery, tmp_path / "whole", reference_model="crowded:x")
    _break_off(delivery, tmp_path / "broken", 4, reference_model="crowded:x")
    run = _check(delivery, tmp_path / "broken", reference_model="crowded:x", resume=True)
    assert any("crowded is for Swedish" in note for note in run.summary.notes)
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target_lang": "en-GB"}, r"the configuration \(target_lang\) changed"),
        ({"gate": {"fail_on": "minor"}}, r"the configuration \(gate\) changed"),
        ({"metrics": ["ter"]}, r"the configuration \(metrics\) changed"),
    ],
)
def test_another_configuration_is_refused(delivery: Path, tmp_path: Path, change: dict[str, Any], said: str) -> None:
    _break_off(delivery, tmp_path / "broken", 2)
    with pytest.raises(mtcheck.MtcheckError, match=f"MTC-E032: {said}"):
        _check(delivery, tmp_path / "broken", resume=True, **change)
    assert len(_parts(tmp_path / "broken")) == 2, "what was done is there still"


def test_another_input_is_refused(delivery: Path, tmp_path: Path) -> None:
    _break_off(delivery, tmp_path / "broken", 2)
    text = delivery.read_text(encoding="utf-8")
    delivery.write_text(text + text.split("\n")[1].replace("p1", "p999") + "\n", encoding="utf-8")
    with pytest.raises(mtcheck.MtcheckError, match="MTC-E032: the files read changed"):
        _check(delivery, tmp_path / "broken", resume=True)
    delivery.write_text(text, encoding="utf-8")
    _check(delivery, tmp_path / "broken", resume=True)


def test_other_records_are_refused(tmp_path: Path) -> None:
    records = [{"id": f"{number}", "target": f"It is {number}.", "target_lang": "en"} for number in range(60)]

    def check(**options: Any) -> mtcheck.Run:
        return mtcheck.check(records=records, output=tmp_path, reference_model="none", **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "add", _stopping(Checkpoint.add, 2))
        with pytest.raises(KeyboardInterrupt):
            check()
    records[5]["target"] = "It is another."
    with pytest.raises(mtcheck.MtcheckError, match="MTC-E032: the input is not what it was"):
        check(resume=True)
    records[5]["target"] = "It is 5."
    assert len(check(resume=True).articles) == 60


def test_nothing_to_resume_is_a_run_from_the_beginning(delivery: Path, tmp_path: Path) -> None:
    _check(delivery, tmp_path / "whole")
    assert not (tmp_path / "whole" / FOLDER).exists()
    _check(delivery, tmp_path / "fresh", resume=True)
    _break_off(delivery, tmp_path / "again", 3)
    _check(delivery, tmp_path / "again")
    assert _files(tmp_path / "whole") == _files(tmp_path / "fresh") == _files(tmp_path / "again")
    with pytest.raises(mtcheck.MtcheckError, match=r"MTC-E016.*--output"):
        mtcheck.check(delivery, resume=True, lenient=True, reference_model="none")


def test_unfinished_run_is_no_former_run(delivery: Path, tmp_path: Path) -> None:
    _check(delivery, tmp_path / "run")
    _break_off(delivery, tmp_path / "run", 3)
    with pytest.raises(mtcheck.MtcheckError, match=r"MTC-E029: the run did not end.*--resume"):
        mtcheck.judge(tmp_path / "run")


def test_killed_while_the_results_are_completed(
    delivery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _check(delivery, tmp_path / "whole")

    def fail(self: JsonLinesSegments, summary: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(JsonLinesSegments, "finish", fail)
        with pytest.raises(KeyboardInterrupt):
            _check(delivery, tmp_path / "broken")
    assert _parts(tmp_path / "broken")
    _check(delivery, tmp_path / "broken", resume=True)
    assert _files(tmp_path / "broken") == _files(tmp_path / "whole")
