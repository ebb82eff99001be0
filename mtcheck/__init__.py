"""mtcheck: a machine-translation quality checker for localisation desks.

import mtcheck
run = mtcheck.check("delivery.jsonl", target_lang="en")
run.verdict, run.summary, run.segments
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtcheck.api import Run, calibrate, check, compare, judge
    from mtcheck.core.errors import MtcheckError

__all__ = ["MtcheckError", "Run", "calibrate", "check", "compare", "judge"]


def __getattr__(name: str) -> Any:
    """Import on first use, so that `mtcheck --help` does not wait for the machinery of a run."""
    if name in ("Run", "calibrate", "check", "compare", "judge"):
        from mtcheck import api

        return getattr(api, name)
    if name == "MtcheckError":
        from mtcheck.core.errors import MtcheckError

        return MtcheckError
    raise AttributeError(f"module 'mtcheck' has no attribute '{name}'")
