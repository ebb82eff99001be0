"""Objects read member by member are what they are when read whole, however the text is cut into blocks."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtcheck.core import members

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _read(text: str) -> tuple[dict[str, Any], list[Any]]:
    items: list[Any] = []
    stream = io.StringIO(text)
    found = dict(members.json_members(stream, "many", lambda item: items.append(json.loads(item))))
    return {key: json.loads(value) for key, value in found.items()}, items


@given(
    before=st.dictionaries(st.text(), _VALUES, min_size=1, max_size=3),
    many=st.lists(_VALUES, max_size=5),
    after=_VALUES,
    block=st.integers(1, 9),
    indent=st.sampled_from([None, 2]),
)
def test_as_read_whole(before: dict[str, Any], many: list[Any], after: Any, block: int, indent: int | None) -> None:
    whole = before | {"many": many, "after": after}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(members, "_BLOCK", block)
        assert _read(json.dumps(whole, indent=indent)) == (whole | {"many": []}, many)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "{}", '{"a": 1', '{"a": 1}{', '{"a" 1}', '{"many": 3}', '{"many": [1 2]}', '{"a": 1, }', "x"],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        _read(text)
