"""Grades: borders, order, published classes, and the way from metals to one grade."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.assessment import grades as g
from simulator.errors import InputError


def grade_names(scheme: str, *values: float) -> list[str]:
    return [g.names(scheme)[i - 1] for i in g.classify(scheme, np.array(values))]


def test_borders_of_the_capacity_index() -> None:
    assert g.classify("capacity index", np.array([1.01, 1.0, 0.7, 0.3, 0.0, -1.0])).tolist() == [
        1, 2, 3, 4, 5, 5,
    ]  # fmt: skip


def test_borders_of_the_relative_capacity() -> None:
    found = grade_names("relative capacity", 0.51, 0.5, 0.21, 0.2, 0.01, 0.0, -np.inf, np.inf)
    assert found == [
        "good", "medium", "medium", "critical", "critical", "overloaded", "overloaded", "good",
    ]  # fmt: skip


def test_borders_of_the_national_warning() -> None:
    # 2016 technical method: E < -0.2, -0.2 <= E < 0, E >= 0
    found = grade_names("national warning", -0.21, -0.2, -0.01, 0.0, 3.0)
    assert found == ["not overloaded", "critical", "critical", "overloaded", "overloaded"]


def test_borders_of_the_load_index_mirror_no_capacity_left() -> None:
    found = grade_names("load index", 0.79, 0.8, 0.99, 1.0)
    assert found == ["not overloaded", "critical", "critical", "overloaded"]


def test_nemerow_and_geo_accumulation() -> None:
    # HJ/T 166-2004 and Muller 1969
    assert g.classify("Nemerow", np.array([0.7, 0.71, 1.0, 2.0, 3.0, 3.1])).tolist() == [
        1, 2, 2, 3, 4, 5,
    ]  # fmt: skip
    igeo = np.array([-1.0, 0.0, 0.1, 1.0, 2.5, 4.5, 5.0, 5.1])
    assert g.classify("geo-accumulation", igeo).tolist() == [1, 1, 2, 2, 4, 6, 6, 7]


def test_classes_of_a_published_table() -> None:
    # Sediment of five ponds, PMC8989822 table 7: Er of Ag, Cd and Sb, RI, and the printed classes
    er = [147, 93, 267, 421, 182, 528, 18, 31, 22, 129, 111, 321, 17, 25, 48]
    er_class = [3, 3, 4, 5, 4, 5, 1, 1, 1, 3, 3, 5, 1, 1, 2]
    assert g.classify("ecological risk factor", np.array(er, dtype=float)).tolist() == er_class
    ri = np.array([593.0, 1248.0, 134.0, 646.0, 117.0])
    assert g.classify("ecological risk index", ri).tolist() == [3, 4, 1, 4, 1]


@pytest.mark.parametrize("name", g.schemes())
def test_grades_cover_every_value_without_gaps(name: str) -> None:
    scheme = g.scheme(name)
    assert len(scheme.names) == len(scheme.bounds) + 1
    assert len(set(scheme.names)) == len(scheme.names)
    assert list(scheme.bounds) == sorted(scheme.bounds)
    assert scheme.closed in ("upper", "lower")
    edges = np.array(scheme.bounds)
    # a bound belongs to the grade that its closed side says
    closer = np.nextafter(edges, -np.inf if scheme.closed == "upper" else np.inf)
    np.testing.assert_array_equal(g.classify(name, edges), g.classify(name, closer))
    between = np.concatenate(([edges[0] - 1], (edges[1:] + edges[:-1]) / 2, [edges[-1] + 1]))
    found = g.classify(name, between).tolist()
    expected = list(range(1, len(scheme.names) + 1))
    assert found == (expected if scheme.rising else expected[::-1])
    assert g.classify(name, np.array([np.nan])).tolist() == [0]


@pytest.mark.parametrize("name", g.schemes())
def test_rows_of_a_scheme_meet_at_their_bounds(name: str) -> None:
    rows = [r for key, r in g.table("grades").rows.items() if key[0] == name]
    rows.sort(key=lambda r: r.low)
    assert rows[0].low == -np.inf
    assert rows[-1].high == np.inf
    assert [r.high for r in rows[:-1]] == [r.low for r in rows[1:]]


@given(
    name=st.sampled_from(g.schemes()),
    values=st.lists(st.floats(allow_nan=False), min_size=2, max_size=20),
)
def test_a_worse_index_never_has_a_better_grade(name, values) -> None:
    ranked = np.sort(values)
    if not g.scheme(name).rising:
        ranked = ranked[::-1]
    assert (np.diff(g.classify(name, ranked).astype(int)) >= 0).all()


def test_unknown_scheme_is_named() -> None:
    with pytest.raises(InputError, match="no such scheme"):
        g.scheme("mood")


def test_overloaded_is_at_or_above_the_limit() -> None:
    content, limit = np.array([1.0, 2.0, 3.0, np.nan, 1.0]), np.array([2.0, 2.0, 2.0, 2.0, np.nan])
    assert g.overloaded(content, limit).tolist() == [False, True, True, False, False]


def test_composites_over_metals() -> None:
    index = np.array([[0.5, np.nan, np.nan], [0.2, 0.9, np.nan], [-np.inf, 0.4, np.nan]])
    worst = g.composite_worst(index, highest_is_worst=False)
    np.testing.assert_array_equal(worst, [-np.inf, 0.4, np.nan])
    np.testing.assert_array_equal(
        g.composite_worst(index, highest_is_worst=True), [0.5, 0.9, np.nan]
    )
    np.testing.assert_allclose(g.composite_mean(index), [0.35, 0.65, np.nan])
    assert g.worst_metal(index, highest_is_worst=False).tolist() == [2, 2, -1]
    assert g.worst_metal(index, highest_is_worst=True).tolist() == [0, 1, -1]
