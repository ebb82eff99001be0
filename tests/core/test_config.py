"""Configuration: found, merged under the command line, and refused with the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtcheck.core.config import load_config
from mtcheck.core.errors import MtcheckError
from mtcheck.core.types import Severity


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config()
    assert config.reference_model == ("auto",)
    assert config.gate.fail_on is Severity.CRITICAL


def test_file_is_found_above_and_overridden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mtcheck.toml").write_text(
        'target_lang = "en-GB"\nignore = "spacing, DUP"\n[gate.article]\nlimit = { chrf = 40, ter = 70 }\n'
    )
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    config = load_config(overrides={"target_lang": "en-US", "source_lang": None, "gate": {"fail_on": "minor"}})
    assert config.target_lang == "en-US"
    assert config.ignore == ("spacing", "DUP")
    assert config.gate.article.limit == {"chrf": 40, "ter": 70}
    assert config.gate.fail_on is Severity.MINOR


def test_pyproject_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.mtcheck]\nselect = ["NUM"]\n')
    monkeypatch.chdir(tmp_path)
    assert load_config().select == ("NUM",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail_on = 'major'", "there is no option 'fail_on'"),
        ("[gate]\nfail_onn = 'major'", "Did you mean 'fail_on'"),
        ("[gate]\nfail_on = 'huge'", "'gate.fail_on"),
        ("target_lang = 'english'", "'target_lang' cannot be 'english'"),
        ("layout = 7", "'layout' cannot be 7"),
        ("= 7", "not TOML"),
        ("[gate.weights]\nmajor = 'x'", "gate.weights.major"),
        ("[[gate.overrides]]\nfail_onn = 'major'", "Did you mean 'fail_on'"),
        ("[[gate.overrides]]\narticle = { limits = { chrf = 3 } }", "Did you mean 'limit'"),
        ("[[gate.overrides]]\ntarget_lang = 'english'", "'gate.overrides.0.target_lang' cannot be"),
        ("[[gate.overrides]]\nrole = 'title'", "gate.overrides.0.role"),
        ("[gate.article.share_beyond]\nmini = { limit = 40, most = 10 }", "share_beyond.mini.most' cannot be 10"),
        ("[gate.corpus]\nmax_findings = { spacing = -1 }", "max_findings.spacing' cannot be -1"),
        ("[gate.regression]\np_value = 5", "'gate.regression.p_value' cannot be 5"),
    ],
)
def test_faults_are_told_with_the_mend(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mtcheck.toml"
    file.write_text(text)
    with pytest.raises(MtcheckError) as caught:
        load_config(file)
    assert said in str(caught.value)
    assert "mtcheck.toml" in str(caught.value)


def test_weights_are_completed(tmp_path: Path) -> None:
    file = tmp_path / "mtcheck.toml"
    file.write_text("[gate.weights]\nmajor = 10\n")
    weights = load_config(file).gate.weights
    assert weights[Severity.MAJOR] == 10
    assert weights[Severity.CRITICAL] == 25


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MtcheckError, match="MTC-E002"):
        load_config(tmp_path / "absent.toml")
