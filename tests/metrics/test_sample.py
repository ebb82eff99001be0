"""Segments meet by their sources, however they are ordered."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mtcheck.metrics.sample import Sample, common, key

_SOURCES = st.lists(st.sampled_from("abcdefg"), max_size=15)


def _sample(sources: list[str]) -> Sample:
    sample = Sample()
    for position, source in enumerate(sources):
        sample.add(key(source), key("r"), {"mini": (float(position), 1.0)})
    return sample


@given(st.lists(_SOURCES, min_size=2, max_size=4))
def test_what_all_have_meets_as_often_as_all_have_it(systems: list[list[str]]) -> None:
    places = common([_sample(sources) for sources in systems])
    met = [[sources[at] for at in found] for sources, found in zip(systems, places, strict=True)]
    assert all(found == met[0] for found in met)
    fewest = Counter(systems[0])
    for sources in systems[1:]:
        fewest &= Counter(sources)
    assert Counter(met[0]) == fewest
    assert list(places[0]) == sorted(places[0])
    for found in places:
        assert len(set(found.tolist())) == len(found)


def test_tables_hold_what_there_is() -> None:
    sample = Sample()
    sample.add(1, 0, {"mini": (50.0, 1.0), "bleu": tuple(range(10))})
    sample.add(2, 0, {"mini": (60.0, 1.0)})
    assert sample.names == ["bleu", "mini"]
    table = sample.table("bleu", np.array([1, 0]))
    assert np.isnan(table[0]).all()
    assert table[1].tolist() == list(range(10))
    assert sample.table("mini", np.array([1]))[0].tolist() == [60.0, 1.0]
