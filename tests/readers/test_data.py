"""Parquet, data sets, columns by option."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet
from reading import fault, read, segments, write

from mtcheck.core.config import Config, load_config
from mtcheck.core.errors import MtcheckError

ROWS = [
    {"id": "1", "source": "Hej", "target": "Hi", "references": ["Hello"], "system": None},
    {"id": "2", "source": "Nej", "target": "", "references": [], "system": "a"},
]


def _parquet(path: Path, rows: list[dict[str, object]]) -> str:
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return str(path)


def test_parquet(tmp_path: Path) -> None:
    one, two = segments(_parquet(tmp_path / "a.parquet", ROWS))
    assert (one.id, one.source, one.target, one.references, one.system) == ("1", "Hej", "Hi", ("Hello",), None)
    assert (two.target, two.system, two.origin.line) == ("", "a", 2)
    article = {"id": "w", "segments": [{"role": "headline", "source": "T", "target": "U"}]}
    assert [s.id for s in segments(_parquet(tmp_path / "b.parquet", [article]))] == ["w:0"]


def test_a_null_translation_is_an_empty_one(tmp_path: Path) -> None:
    row = {"source": "Hej", "target": None, "role": None, "segments": None}
    for name in (
        _parquet(tmp_path / "a.parquet", [row, ROWS[0]]),
        write(tmp_path, "a.jsonl", json.dumps(row) + "\n" + json.dumps(ROWS[0])),
    ):
        assert [s.target for s in segments(name)] == ["", "Hi"]


def test_header_lines(tmp_path: Path) -> None:
    name = write(tmp_path, "a.csv", '\n"id, own";"source";"target"\n\n1;Hej;"Hi\nthere"\n\n2;Nej;No\n')
    items, stream = read(name)
    assert [(s.origin.line, s.target) for item in items for s in item.segments] == [  # type: ignore[union-attr]
        (4, "Hi\nthere"), (7, "No"),
    ]  # fmt: skip
    assert any("columns not used: id, own" in note for note in stream.notes)
    assert "MTC-E007" in fault(write(tmp_path, "b.csv", f'"{"x" * 200_000}",source\n'))


def test_parquet_in_an_archive(tmp_path: Path) -> None:
    import zipfile

    name = _parquet(tmp_path / "a.parquet", ROWS)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(name, "a.parquet")
    assert len(segments(str(tmp_path / "a.zip"))) == 2


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"nothing"])
def test_bad_parquet(tmp_path: Path, content: bytes) -> None:
    assert "MTC-E007" in fault(write(tmp_path, "a.parquet", content))


def test_columns_by_option(tmp_path: Path) -> None:
    config = Config(
        columns={"source": "translation.sv", "target": "translation.en"}, target_lang="en", source_lang="sv"
    )
    rows = [{"translation": {"sv": "Hej", "en": "Hi"}, "n": 1}]
    for name in (
        _parquet(tmp_path / "a.parquet", rows),  # type: ignore[arg-type]
        write(tmp_path, "a.jsonl", json.dumps(rows[0])),
    ):
        assert [(s.source, s.target) for s in segments(name, config=config)] == [("Hej", "Hi")]
    named = Config(columns={"source": "Svenska", "target": "MT"}, source_lang="sv", target_lang="en")
    name = write(tmp_path, "a.csv", "Svenska,MT,note\nHej,Hi,x\n")
    assert [(s.source, s.target) for s in segments(name, config=named)] == [("Hej", "Hi")]
    assert "no column 'translation.sv'" in fault(write(tmp_path, "b.jsonl", '{"target": "x"}'), config=config)
    assert "no column 'Svenska'" in fault(write(tmp_path, "b.csv", "sv,MT\nHej,Hi\n"), config=named)


def test_columns_as_options_have_them() -> None:
    assert load_config(None, {"columns": ["source=a,target=b", "id=c"]}).columns == {
        "source": "a", "target": "b", "id": "c",
    }  # fmt: skip
    with pytest.raises(MtcheckError, match="MTC-E010"):
        load_config(None, {"columns": ["source"]})
    with pytest.raises(MtcheckError, match="MTC-E010"):
        load_config(None, {"encoding": "klingon"})
    assert load_config(None, {"encoding": "Latin1"}).encoding == "iso8859-1"


def test_data_sets(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_list(ROWS).save_to_disk(tmp_path / "saved")
    assert [s.target for s in segments(f"datasets:{tmp_path / 'saved'}")] == ["Hi", ""]
    _parquet(tmp_path / "plain.parquet", ROWS)
    write(tmp_path, "folder/data.jsonl", "\n".join(json.dumps(row) for row in ROWS))
    assert [s.target for s in segments(f"datasets:{tmp_path / 'folder'}")] == ["Hi", ""]
    assert "MTC-E002" in fault(f"datasets:{tmp_path / 'absent'}")
    parts = {name: datasets.Dataset.from_list(ROWS) for name in ("dev", "test")}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "parts")
    assert "the splits dev, test" in fault(f"datasets:{tmp_path / 'parts'}")
    assert len(segments(f"datasets:{tmp_path / 'parts'}?split=dev")) == 2
    assert "no option 'splt'" in fault("datasets:a/b?splt=test")


def test_configurations_and_splits_of_a_data_set_by_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    configs = [
        {"config_name": pair, "data_files": [{"split": "test", "path": f"{pair}.jsonl"}]} for pair in ("sv-en", "da-en")
    ]
    write(tmp_path, "org/name/README.md", f"---\nconfigs: {json.dumps(configs)}\n---\n")
    for pair, source in (("sv-en", "Hej"), ("da-en", "Dav")):
        left, right = pair.split("-")
        write(tmp_path, f"org/name/{pair}.jsonl", json.dumps({"translation": {left: source, right: "Hi"}}) + "\n")
    config = Config(columns={"source": "translation.sv", "target": "translation.en"})
    (segment,) = segments("datasets:org/name?name=sv-en&split=test", config=config)
    assert (segment.source, segment.target, segment.origin.line) == ("Hej", "Hi", 1)
    assert "MTC-E006" in fault("datasets:org/name?name=da-en", config=config)
    said = fault("datasets:org/name", config=config)
    assert "MTC-E002" in said
    assert "sv-en" in said
    assert "MTC-E002" in fault("datasets:org/name?name=sv-en&split=dev", config=config)


def test_a_data_set_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    assert "MTC-E002: the data set cannot be read" in fault("datasets:no-such-org/no-such-data")


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['datasets'] = None\n"
        "from mtcheck.core.config import Config\nfrom mtcheck.readers.station import Inputs, read_inputs\n"
        "list(read_inputs(Inputs(('datasets:a/b',)), Config()).items)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "MTC-E028" in done.stderr
    assert "mtcheck[datasets]" in done.stderr


def test_a_file_of_many_rows_is_read_batch_by_batch(tmp_path: Path) -> None:
    name = _parquet(tmp_path / "a.parquet", [{"source": f"Hej {n}", "target": f"Hi {n}"} for n in range(2000)])
    items, _ = read(name)
    assert [item.id for item in items][-1] == "a.parquet:2000"


def test_records_from_python() -> None:
    import mtcheck

    records = [{"mt": "Hi", "sv": "Hej"}, {"sv": "Nej"}]
    options = {"source_lang": "sv", "target_lang": "en", "reference_model": "none"}
    run = mtcheck.check(records=records, columns={"target": "mt", "source": "sv"}, lenient=True, **options)
    assert [segment.target for segment in run.segments] == ["Hi"]
    assert [entry.where for entry in run.summary.refused] == ["records:2"]
