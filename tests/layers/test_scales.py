"""One scale for all years and runs; differences between runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.layers import Atlas, View, difference, difference_scale, shared_scale
from analysis.layers.scales import Scale, about_zero, scale_of, within
from simulator.errors import InputError
from tests.analysis.assessment.hand_run import FALLING, RISING, control_layer, write_run
from tests.layers.conftest import until

VALUES = arrays(np.float32, st.integers(0, 60), elements=st.floats(-1e6, 1e6, width=32))


@pytest.fixture(scope="module")
def lower(tmp_path_factory) -> Atlas:
    """The run written by hand with half of the cadmium in one year."""
    run = write_run(tmp_path_factory.mktemp("scales") / "lower")
    content = run.history["content"].load()
    content.loc[{"year": 2030, "metal": "Cd"}] *= 0.5
    run.history["content"] = content
    return Atlas(run, control_layer())


def test_one_scale_holds_for_first_middle_and_last_year_of_all_runs(
    paper: Atlas, lower: Atlas
) -> None:
    seen = [
        atlas.values(View("content", "Cd", 0, year))
        for atlas in (paper, lower)
        for year in (2020, 2025, 2030)
    ]
    known = np.concatenate([v[np.isfinite(v)] for v in seen])
    for year in (2020, 2023):  # the year of the view does not matter
        scale = shared_scale([paper, lower], View("content", "Cd", 0, year))
        assert (scale.low, scale.high) == tuple(np.percentile(known, (2.0, 98.0)))
        assert scale.beyond == (known.min() < scale.low, known.max() > scale.high)
    alone = shared_scale([paper], View("content", "Cd", 0, 2020))
    assert alone.low > scale.low


def test_scales_that_are_known_before(everything: Atlas, paper: Atlas) -> None:
    assert shared_scale([everything], View("sealed_share", "", 0, 2022)) == Scale(0.0, 1.0)
    assert shared_scale([everything], View("calibration_weight", "Cd", 0, 2022)).high == 1.0
    assert shared_scale([paper], View("exceedance_year", "Cd", 0, 2022)) == Scale(2020, 2030)
    source = shared_scale([everything], View("source_share:manure", "Cd", 0, 2022))
    assert source.low == 0.0
    assert 0.0 < source.high < 1.0


@given(VALUES)
def test_scales_have_two_ends_and_say_what_lies_beyond(values: np.ndarray) -> None:
    scale = about_zero(values)
    assert scale.low == -scale.high < 0.0
    assert scale.beyond[1] == bool((values > scale.high).any())
    wide = within(values)
    assert wide.low <= wide.high
    if values.size:
        assert ((values < wide.low).mean()) <= 0.03 + 1.0 / values.size


@given(VALUES)
def test_every_legend_has_a_scale_whose_ends_differ(values: np.ndarray) -> None:
    for key in ("content", "change", "remaining_capacity"):
        layer = LAYERS[key]
        scale = scale_of(layer, values)
        assert scale.low < scale.high
        if key == "remaining_capacity":
            assert scale.low > 0.0


@given(VALUES)
def test_the_limit_is_always_on_the_bar(values: np.ndarray) -> None:
    scale = scale_of(LAYERS["content_over_limit"], np.abs(values))
    assert scale.low == 0.0
    assert scale.high >= 1.0
    assert scale.beyond[1] == bool((np.abs(values) > scale.high).any())


def test_differences_are_antisymmetric_and_zero_with_oneself(paper: Atlas, lower: Atlas) -> None:
    for key in ("content", "relative_capacity", "remaining_capacity", "exceedance_year"):
        view = View(key, "Cd", 0, 2030)
        there = difference(paper, lower, view)
        np.testing.assert_array_equal(there, -difference(lower, paper, view))
        same = difference(paper, paper, view)
        known = ~np.isnan(paper.values(view))
        assert (same[known] == 0.0).all()
    change = difference(paper, lower, View("content", "Cd", 0, 2030))
    assert change[RISING] == pytest.approx(0.5 * 0.41)
    edge = difference_scale([(paper, lower)], View("content", "Cd", 0, 2030)).high
    assert 0.0 < edge <= 0.5 * 0.41


def test_classes_differ_or_are_alike(paper: Atlas, lower: Atlas) -> None:
    view = View("overload", "Cd", 0, 2030)
    found = difference(paper, lower, view)
    assert found[RISING] == 1.0  # 0.41 and 0.205 at a limit of 0.3
    assert found[FALLING] == 0.0
    assert np.isnan(found[3, 4])
    assert difference_scale([(paper, lower)], view) == Scale(-0.5, 1.5)


def test_differences_need_one_grid_and_the_year_in_both(
    paper: Atlas, everything: Atlas, tmp_path
) -> None:
    with pytest.raises(InputError, match="same grid"):
        difference(paper, everything, View("content", "Cd", 0, 2020))
    young = until(tmp_path / "young", 2022)
    with pytest.raises(InputError, match="nearest is 2022"):
        difference(paper, young, View("content", "Cd", 0, 2030))


def _layers() -> dict:
    from analysis.layers.catalogue import _risk, _soil

    return {layer.key: layer for layer in (*_soil(), *_risk())}


LAYERS = _layers()
