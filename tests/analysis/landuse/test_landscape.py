"""Landscape metrics and nulls, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.landuse.landscape import Landscape, expansion, landscape
from analysis.landuse.nulls import nearness, neighbours, take_best
from simulator.landuse.mosaic import Mosaic


def test_metrics_of_two_patches():
    built = np.array(
        [
            [1, 1, 0, 0],
            [0, 0, 1, 0],  # touches the first two over a corner
            [0, 0, 0, 0],
            [1, 0, 0, 0],
        ],
        dtype=bool,
    )
    found = landscape(built, np.ones((4, 4), dtype=bool), 100.0)
    edges = 3 + 4 + 2  # of the pair on the rim, of the one inside, of the one in the corner
    assert found == Landscape(
        patches=2,
        mean_patch_ha=2.0,
        largest_patch_ha=3.0,
        largest_patch_share=0.75,
        edge_density_m_ha=pytest.approx(edges * 100.0 / 16.0),
    )


def test_what_is_not_counted_makes_no_border():
    built = np.array([[True, False]])
    found = landscape(built, built, 30.0)
    assert found.edge_density_m_ha == 0.0
    assert landscape(~built, built, 30.0).patches == 0


def test_kinds_of_growth():
    start = np.zeros((5, 9), dtype=bool)
    start[:3, :3] = True
    start[1, 1] = False
    end = start.copy()
    end[1, 1] = True  # infill
    end[0:2, 3] = True  # edge expansion
    end[4, 8] = True  # leapfrog
    mosaic = Mosaic.of_cells(np.ones(start.shape, dtype=bool), 1e4)
    found = expansion(mosaic, start.ravel(), end.ravel())
    assert (found.infill, found.edge_expansion, found.leapfrog) == pytest.approx((0.25, 0.5, 0.25))
    assert found.new_patches == 3
    assert found.mean_new_patch_ha == pytest.approx(4 / 3)


def test_no_growth_has_no_kinds():
    built = np.zeros(4, dtype=bool)
    mosaic = Mosaic.of_cells(np.ones((2, 2), dtype=bool), 1.0)
    assert expansion(mosaic, built, built).new_patches == 0


def test_nulls_rank_by_what_they_say():
    built = np.zeros((5, 5), dtype=bool)
    built[0, 0] = built[0, 1] = True
    assert nearness(built)[0, 3] == -2.0
    assert nearness(built)[1, 2] == pytest.approx(-np.sqrt(2.0))
    assert neighbours(built, 3)[1].tolist() == [2, 2, 1, 0, 0]
    assert neighbours(built, 5)[2].tolist() == [2, 2, 2, 1, 0]


def test_best_are_taken_and_ties_drawn():
    rank = np.array([[3.0, 1.0, 1.0, 9.0, 1.0]])
    candidates = np.array([[True, True, True, False, True]])
    draws = np.array([[0.9, 0.5, 0.4, 0.0, 0.6]])
    assert take_best(rank, candidates, 3, draws).tolist() == [[True, True, True, False, False]]
    assert take_best(rank, candidates, 99, draws).sum() == 4
    assert take_best(rank, candidates, 0, draws).sum() == 0
