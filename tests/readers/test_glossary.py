"""Glossaries are read in three forms, and refused with file, line and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

import mtcheck
from mtcheck.core.errors import Code, MtcheckError
from mtcheck.core.glossary import Term
from mtcheck.readers.glossary import read_glossaries

TOML = """
[[term]]
source = "kommun"
targets = ["municipality"]
forbidden = ["commune"]
source_lang = "sv"
target_lang = "en"
note = "As the style guide has it."

[[term]]
source = "Riksdagen"
keep = true
"""
CSV = """source,targets,forbidden,source_lang,target_lang,keep
kommun,municipality|local authority,commune,sv,en,
Riksdagen,,,,,true
"""
TBX = """<?xml version="1.0"?>
<tbx type="TBX-Basic" style="dca" xmlns="urn:iso:std:iso:30042:ed-2"><text><body>
<conceptEntry id="c1">
  <langSec xml:lang="sv"><termSec><term>kommun</term></termSec></langSec>
  <langSec xml:lang="en">
    <termSec><term>municipality</term></termSec>
    <termSec><term>commune</term><termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termSec>
  </langSec>
</conceptEntry></body></text></tbx>
"""
MARTIF = """<?xml version="1.0"?>
<martif type="TBX"><text><body><termEntry id="c1">
  <langSet xml:lang="sv"><tig><term>kommun</term></tig></langSet>
  <langSet xml:lang="en"><ntig><termGrp><term>municipality</term></termGrp></ntig></langSet>
</termEntry></body></text></martif>
"""


def _write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def _terms(folder: Path, name: str, text: str) -> tuple[Term, ...]:
    return read_glossaries([_write(folder, name, text)])[0].terms


def test_three_forms_say_the_same(tmp_path: Path) -> None:
    toml = _terms(tmp_path, "g.toml", TOML)
    csv = _terms(tmp_path, "g.csv", CSV)
    tbx = [term for term in _terms(tmp_path, "g.tbx", TBX) if term.source_lang == "sv"]
    assert toml[0] == Term("kommun", ("municipality",), ("commune",), source_lang="sv", target_lang="en")
    assert csv[0].targets == ("municipality", "local authority")
    assert toml[1] == csv[1] == Term("Riksdagen", keep=True)
    assert tbx == [toml[0]]
    assert _terms(tmp_path, "m.tbx", MARTIF)[0].targets == ("municipality",)


def test_a_check_uses_the_glossary_and_names_it_in_the_manifest(tmp_path: Path) -> None:
    file = _write(tmp_path, "g.csv", CSV)
    pairs = [
        {"id": "1", "source": "Kommunen bjuder på tårta.", "target": "The commune is treating everyone to cake."},
        {"id": "2", "source": "Två kommuner tvekar.", "target": "Two local authorities hesitate."},
    ]
    run = mtcheck.check(
        records=pairs, source_lang="sv", target_lang="en", reference_model="none", select="TERM", glossary=file
    )
    assert [[finding.rule for finding in segment.findings] for segment in run.segments] == [["forbidden-term"], []]
    assert str(file) in [used.file for used in run.summary.manifest.inputs]


@pytest.mark.parametrize(
    ("name", "text", "what", "where"),
    [
        ("g.toml", "[[term]]\nsource = 'a'\ntarget = 'b'\n", "target", ":1"),
        ("g.toml", "[[term]\n", "TOML", ""),
        ("g.toml", "[[term]]\nsource = 'kommun'\n", "asks nothing", ":1"),
        ("g.toml", "[[term]]\nforbidden = ['...']\n", "letter", ":1"),
        ("g.toml", "[glossary]\n", "glossary", ""),
        ("g.csv", "source,targets\nkommun,municipality,x\n", "fields", ":2"),
        ("g.csv", "source,targets\nkommun\n", "fields", ":2"),
        ("g.csv", "sources,targets\nkommun,municipality\n", "sources", ":2"),
        ("g.tbx", "<tbx><text>", "XML", ":1"),
        ("g.tbx", "<html/>", "TBX", ""),
        ("g.tbx", '<!DOCTYPE x [<!ENTITY a "b">]><tbx>&a;</tbx>', "safe", ""),
    ],
)
def test_a_bad_glossary_is_refused(tmp_path: Path, name: str, text: str, what: str, where: str) -> None:
    file = _write(tmp_path, name, text)
    with pytest.raises(MtcheckError) as caught:
        read_glossaries([file])
    assert caught.value.code is Code.BAD_GLOSSARY
    assert what in caught.value.what
    assert caught.value.where.startswith(f"{file}{where}")


def test_unknown_languages_forms_and_files_are_refused(tmp_path: Path) -> None:
    for name, text, code in [
        ("g.toml", "[[term]]\nforbidden = ['a']\ntarget_lang = 'xx-nowhere'\n", Code.BAD_LANGUAGE),
        ("g.xlsx", "", Code.UNKNOWN_FORMAT),
    ]:
        with pytest.raises(MtcheckError) as caught:
            read_glossaries([_write(tmp_path, name, text)])
        assert caught.value.code is code
    with pytest.raises(MtcheckError) as caught:
        read_glossaries([tmp_path / "none.toml"])
    assert caught.value.code is Code.FILE_NOT_FOUND
