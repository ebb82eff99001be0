"""What all tests share."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where answers of models are kept: each test begins with none, and the user's own are left alone."""
    folder = tmp_path_factory.getbasetemp() / "caches" / uuid4().hex
    monkeypatch.setenv("MTCHECK_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def corpora() -> Path:
    """The sample corpora of the repository."""
    return ROOT / "corpora"


@pytest.fixture
def data() -> Path:
    """The development data beside the repository; the test is skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the development data is not there")
    return DATA
