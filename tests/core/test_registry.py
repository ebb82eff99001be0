"""The registry: one name one class, unknown names with the nearest known."""

from __future__ import annotations

import pytest

from mtcheck.core.errors import MtcheckError
from mtcheck.core.registry import Registry
from mtcheck.rules.base import RULES


def test_unknown_name_says_the_nearest() -> None:
    with pytest.raises(MtcheckError, match="Did you mean 'doubled-dash'"):
        RULES.get("double-dash")


def test_two_classes_of_one_name_are_refused() -> None:
    registry: Registry[type] = Registry("mtcheck.nothing", "thing")  # type: ignore[type-var]

    class One:
        name = "same"

    class Two:
        name = "same"

    registry.register(One)
    registry.register(One)
    with pytest.raises(MtcheckError, match="MTC-E018"):
        registry.register(Two)
