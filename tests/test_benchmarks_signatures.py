"""Arithmetic of the signatures on maps and series made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.assessment.thresholds import AGRICULTURAL, ECOLOGICAL_RECEPTOR
from benchmarks.finished_runs import Effects, distance_to
from benchmarks.near_stacks import near
from benchmarks.signatures import Change, inputs_table, losses_table, runoff_table
from benchmarks.standing import Standing, capacity_table, forest_table, overload_table
from simulator.constants import METALS

N = len(METALS)
CU = METALS.index("Cu")


def effects(years: int, **amounts: float | np.ndarray) -> Effects:
    """Effects that are the same for every metal and for control layer and column."""
    names = (
        "deposition_dry", "deposition_wet", "deposition_background", "fertiliser", "manure",
        "pesticide", "irrigation", "leaching", "erosion", "crop_uptake", "straw_return", "runoff",
        "runoff_sealed",
    )  # fmt: skip
    amount = np.zeros((2, years, len(names), N))
    for name, value in amounts.items():
        amount[:, :, names.index(name)] = np.reshape(value, (1, -1, 1))
    return Effects(np.arange(2020, 2020 + years), names, amount)


def test_share_of_the_excess_near_a_stack() -> None:
    # a row of cells 4 km apart, the stack in the first: cells at 0, 4 and 8 km lie within 10 km
    x, y = np.meshgrid(np.arange(6) * 4000.0, [0.0])
    away = distance_to(x, y, np.array([[0.0, 0.0]]))
    excess = np.array([[8.0, 4.0, 2.0, 4.0, 1.0, 99.0]])
    ground = np.array([[1.0, 1.0, 0.5, 1.0, 2.0, 0.0]])  # the last has no ground
    found = near(excess, ground, away)
    assert found.of_excess == pytest.approx((8 + 4 + 1) / 19)
    assert found.of_area == pytest.approx(2.5 / 5.5)
    assert found.maximum == 0.0
    assert found.farthest == 12_000.0  # 13/19 to 8 km, 17/19 to 12 km


def test_maximum_away_from_the_stack_is_told() -> None:
    away = np.array([[0.0, 20_000.0]])
    found = near(np.array([[1.0, 2.0]]), np.ones((1, 2)), away)
    assert found.maximum == 20_000.0


def test_distance_is_from_the_nearest_and_infinite_without_any() -> None:
    x, y = np.array([[0.0, 30.0]]), np.array([[0.0, 40.0]])
    points = np.array([[0.0, 5.0], [30.0, 0.0]])
    assert distance_to(x, y, points).tolist() == [[5.0, 40.0]]
    assert np.isinf(distance_to(x, y, np.zeros((0, 2)))).all()


def test_change_compares_decades_and_fits_a_line() -> None:
    years = np.arange(2000, 2030)
    series = np.stack([np.full(30, 3.0), 10.0 + 2.0 * (years - 2000), np.zeros(30)], axis=1)
    change = Change.of(years, series)
    assert change.first == pytest.approx([3.0, 19.0, 0.0])
    assert change.last == pytest.approx([3.0, 59.0, 0.0])
    assert change.slope[:2] == pytest.approx([0.0, 100.0 * 2.0 / 39.0], abs=1e-9)
    assert change.ratio[:2] == pytest.approx([1.0, 59.0 / 19.0])
    assert np.isnan([change.slope[2], change.ratio[2]]).all()


def test_inputs_rise_and_fall() -> None:
    up = np.arange(1.0, 31.0)
    table = inputs_table(effects(30, deposition_background=up, manure=up, pesticide=-0.5 * up))
    so = table.groupby("what")["so"].unique().str.join(",").to_dict()
    assert so["deposition rises"] == "yes"
    assert so["farm inputs fall"] == "NO"
    assert so["of listed sources rises"] == "NO"


def test_leaching_and_erosion_beside_crops_and_runoff() -> None:
    place = effects(
        2, leaching=-6.0, erosion=-2.0, crop_uptake=-7.0, straw_return=4.0, runoff=-1.0,
        runoff_sealed=-3.0,
    )  # fmt: skip
    row = losses_table(place).iloc[0]
    assert row["crops less straw"] == 3.0
    assert row["(l + e)/(c + r)"] == pytest.approx(8.0 / 7.0)
    assert row["more"] == "yes"
    assert row["more than crops gross"] == "NO"  # 8 against 11


def test_runoff_follows_the_sealed_share() -> None:
    sealed = np.linspace(0.10, 0.20, 21)
    place = effects(21, runoff_sealed=-100.0 * sealed, deposition_dry=50.0)
    row = runoff_table(place, sealed).iloc[CU]
    assert row["g/ha/yr per % sealed"] == pytest.approx(1.0)
    assert row["correlation"] == pytest.approx(1.0)
    assert row["grows"] == "yes"
    assert row["% of deposition, first"] == pytest.approx(2.0 * row["first decade g/ha/yr"])
    constant = runoff_table(place, np.full(21, 0.1)).iloc[CU]
    assert constant["grows"] == "NO"


def standing(content: list[float], limit: list[float]) -> Standing:
    """Two fields and two forests with soil, and a cell without; all metals alike."""
    receptor = np.array(
        [[AGRICULTURAL, AGRICULTURAL, ECOLOGICAL_RECEPTOR, ECOLOGICAL_RECEPTOR, -1]]
    )
    soil = np.array([[True, True, True, True, False]])
    contents, limits = (np.tile(np.array([v]), (N, 1, 1)) for v in (content, limit))
    return Standing(receptor.astype(np.int8), contents, limits, 2.4 * (limits - contents), soil)


def test_overload_counts_cells_at_their_limit() -> None:
    one = standing([1.0, 5.0, 5.0, 6.0, np.nan], [4.0, 4.0, 5.0, np.nan, np.nan])
    assert one.overload(None) == pytest.approx([50.0] * N)  # of four cells
    assert one.overload(AGRICULTURAL) == pytest.approx([50.0] * N)
    assert one.overload(ECOLOGICAL_RECEPTOR) == pytest.approx([50.0] * N)
    none = standing([1.0, 1.0, 1.0, 1.0, np.nan], [4.0, 4.0, np.nan, np.nan, np.nan])
    assert np.isnan(none.overload(ECOLOGICAL_RECEPTOR)).all()


def test_capacity_falls_by_what_was_added() -> None:
    limit = [4.0, 4.0, 5.0, 5.0, np.nan]
    begin = standing([1.0, 2.0, 1.0, 1.0, np.nan], limit)
    end = standing([2.0, 3.0, 1.0, 0.0, np.nan], limit)
    table = capacity_table(begin, end, end, [AGRICULTURAL, ECOLOGICAL_RECEPTOR])
    field, forest = (table[table["metal"] == "Cu"].iloc[k] for k in range(2))
    assert field["start kg/ha"] == pytest.approx(2.4 * 2.5)
    assert field["left %"] == pytest.approx(100.0 * 1.5 / 2.5)
    assert (field["falls"], forest["falls"]) == ("yes", "NO")


def test_overload_and_forest_tables_tell_the_rise() -> None:
    limit = [4.0, 4.0, 5.0, 5.0, np.nan]
    begin = standing([1.0, 4.5, 1.0, 4.0, np.nan], limit)
    end = standing([4.0, 4.5, 1.0, 6.0, np.nan], limit)
    end.content[CU, 0, 3] = 4.0
    end.limit[CU, 0, 3] = 5.0
    table = overload_table(begin, end, end, [ECOLOGICAL_RECEPTOR]).set_index(["metal", "receptor"])
    assert table.loc[("As", "all"), "start"] == 25.0
    assert table.loc[("As", "all"), "rise"] == 50.0
    assert table.loc[("As", "all"), "paper"] == 30.82
    assert table.loc[("As", "all"), "within 10"] == "NO"  # 75 at the end, 50 more
    assert table.loc[("Cd", "all"), "within 10"] == "NO"
    assert table.loc[("Cu", "all"), "within 10"] == "yes"  # 25 more, 31.04
    assert table.loc[("Cu", "ecological"), "rise"] == 0.0
    forest = forest_table(begin, end)
    assert forest["metal"].iloc[-1] == "Cu"  # the only one that did not reach its limit
    assert forest.set_index("metal").loc["As", "content/limit start"] == pytest.approx(0.5)
