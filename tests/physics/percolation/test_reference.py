"""Profiles of HYDRUS-1D, node by node: heads, water contents, conductivities, fluxes, uptake.

What passes the ends of the columns is compared by the verification of all cases.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.hydrus.case import Case
from simulator.hydrus.case_read import read_case
from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.hydraulics import conductivity
from simulator.physics.percolation.outcome import Outcome
from tests.physics.percolation.soils import Floats, hydraulics

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "percolation"


def solve(name: str) -> tuple[Case, pd.DataFrame, Outcome]:
    """The case, HYDRUS's profiles, and ours from steps to the times that HYDRUS stepped to."""
    case = read_case(FOLDER / name)
    told = case.results.profiles
    assert told is not None
    return case, told, run_columns([case.column], case.output_times, np.unique(told["time"]))


def solve_at_the_end(name: str) -> tuple[Case, pd.DataFrame, Outcome]:
    """As before, with means over the last 1e-4 d before every print time, odd periods."""
    case = read_case(FOLDER / name)
    told = case.results.profiles
    assert told is not None
    later = case.print_times
    periods = np.sort(np.concatenate([later - 1e-4, later]))
    return case, told, run_columns([case.column], case.output_times, later, periods)


def by_time(told: pd.DataFrame, column: str) -> Floats:
    return told.pivot_table(index="time", columns="node", values=column).to_numpy(np.float64)


def conductivities(case: Case, head: Floats) -> Floats:
    of = case.column.profile
    soils = [hydraulics(m, of.air_entry) for m in of.materials]
    return np.array(
        [
            [conductivity(h, soils[k], 0) for h, k in zip(row, of.material, strict=True)]
            for row in head
        ]
    )


@pytest.mark.parametrize(
    ("name", "theta", "head", "conducted"),
    [
        ("d01b_ponded_loam", 5e-4, 0.02, 1e-3),  # a sharp front, a few micrometres off
        ("d03b_drain_sandy_loam_seepage", 1e-7, 1e-6, 1e-3),
        ("d04a_evap_silt_loam", 1e-4, 2e-3, 1e-4),
        ("d04b_evap_clay_loam_watertable", 3e-6, 2e-4, 1e-5),
        ("d05a_paddy_flooded_pan", 2e-4, 5e-3, 5e-3),
    ],
)
def test_profiles(name: str, theta: float, head: float, conducted: float) -> None:
    case, told, o = solve(name)
    np.testing.assert_allclose(o.theta[0], by_time(told, "theta"), atol=theta)
    expected = by_time(told, "h")
    apart = np.abs(o.head[0] - expected) / np.maximum(np.abs(expected), 10.0)
    assert apart.max() < head
    k = by_time(told, "K")
    apart = np.abs(conductivities(case, o.head[0]) - k) / k.max(axis=1, keepdims=True)
    assert apart.max() < conducted


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("d01b_ponded_loam", 0.02),
        ("d03b_drain_sandy_loam_seepage", 0.01),
        ("d04a_evap_silt_loam", 2e-3),
        ("d04b_evap_clay_loam_watertable", 5e-4),
        ("d05a_paddy_flooded_pan", 5e-3),
    ],
)
def test_fluxes_between_nodes(name: str, bound: float) -> None:
    case, told, o = solve_at_the_end(name)
    expected = by_time(told, "flux")[np.unique(told["time"]) > case.column.start]
    gap = np.diff(case.column.profile.depth)
    between = o.flux[0, 1::2, 1:-1]  # downwards
    # HYDRUS's flux of an inner node is the mean of those on its sides, weighted by distance
    at_node = (between[:, :-1] * gap[:-1] + between[:, 1:] * gap[1:]) / (gap[:-1] + gap[1:])
    scale = np.abs(expected).max(axis=1, keepdims=True)
    assert (np.abs(at_node + expected[:, 1:-1]) / scale).max() < bound


def test_uptake_by_depth() -> None:
    case, told, o = solve_at_the_end("d05a_paddy_flooded_pan")
    expected = by_time(told, "sink")[np.unique(told["time"]) > case.column.start]
    sink = o.uptake[0, 1::2] / case.column.profile.length
    assert expected.max() > 0.005
    np.testing.assert_allclose(sink, expected, rtol=0.01, atol=1e-6)


def test_tracer_profiles() -> None:
    _, told, o = solve("d09a_tracer_steady_column")
    expected = by_time(told, "conc_1")
    np.testing.assert_allclose(o.concentration[0, 0], expected, atol=0.01 * expected.max())
