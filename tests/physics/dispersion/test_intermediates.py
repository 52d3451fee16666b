"""Intermediate values and hourly concentrations of the unit cases, as AERMOD 24142 printed them.

Some rows are kept beside the tests; all of them are compared where the reference cases are there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.aermod.case_read import read_case, read_results
from simulator.physics.dispersion.engine import disperse
from simulator.physics.dispersion.sources import Area, Inert, Source, Volume
from simulator.physics.dispersion.urban import urbanise
from tests.physics.dispersion import plume_tables as tables
from tests.physics.dispersion.plume_cases import (
    CASES,
    keys,
    need_cases,
    receptors_at,
    table,
    unit_hours,
    unit_met,
)

#: Emission [g s-1], for areas that of the whole.
FUGITIVE: dict[str, tuple[Source, float]] = {
    "VOL1": (Volume(0.0, 0.0, 5.0, 10.0, 4.0), 10.0),
    "VOL2": (Volume(0.0, 0.0, 20.0, 25.0, 10.0), 10.0),
    "AREA1": (Area.rectangle(-100.0, -50.0, 200.0, 100.0, 2.0), 20.0),
    "AREA2": (Area.rectangle(0.0, 0.0, 1000.0, 500.0, 0.0, angle=30.0, sigma_z=3.0), 50.0),
    "CIRC1": (Area.circle(0.0, 0.0, 100.0, 5.0, sigma_z=2.0), 10.0 * np.pi),
}
#: The hours of cases 1 to 8 are the same.
PAIRS = [
    (kind, number)
    for kind in tables.KINDS
    for number in ((1, 9) if kind in ("hours", "profiles") else tables.FOLDERS)
]


@pytest.mark.parametrize("kind", tables.KINDS)
def test_kept_intermediates(kind: str) -> None:
    assert tables.worst(tables.kept(kind), kind) == {}


@pytest.mark.reference
@pytest.mark.parametrize(("kind", "number"), PAIRS)
def test_all_intermediates(kind: str, number: int) -> None:
    need_cases()
    assert tables.worst(tables.read(number, kind), kind) == {}


def hourly(source: Source, rate: float, rows: pd.DataFrame) -> np.ndarray:
    """Concentrations of a source in the hours and at the receptors of rows. [ug m-3]"""
    places = rows[["x_m", "y_m"]].drop_duplicates()
    receptors = receptors_at(places.x_m, places.y_m)
    found = disperse(source, [Inert()], unit_hours(), receptors, keep=np.arange(len(places)))
    h = pd.Index(keys(unit_met())).get_indexer(rows.yymmddhh)
    n = pd.MultiIndex.from_frame(places).get_indexer(pd.MultiIndex.from_frame(rows[["x_m", "y_m"]]))
    return found.hourly[h, n, 0, 0] * rate * 1e6


@pytest.mark.slow
@pytest.mark.parametrize("name", FUGITIVE)
def test_kept_concentrations_of_volumes_and_areas(name: str) -> None:
    rows = table("plume_fugitive.csv")
    rows = rows[rows.group == name]
    source, rate = FUGITIVE[name]
    difference = np.abs(hourly(source, rate, rows) / rows.conc_ug_m3.to_numpy() - 1.0)
    assert difference.max() < 6e-6


@pytest.mark.reference
@pytest.mark.parametrize(
    "folder", [*tables.FOLDERS.values(), tables.FUGITIVE]
)  # fmt: skip
def test_all_hourly_concentrations(folder: str) -> None:
    need_cases()
    case = read_case(CASES / folder)
    printed = read_results(case)["hourly"]
    receptors = receptors_at(
        case.receptors.x,
        case.receptors.y,
        case.receptors.ground,
        case.receptors.hill,
        case.receptors.flagpole,
    )
    at = pd.MultiIndex.from_arrays([case.receptors.x, case.receptors.y])
    h = pd.Index(keys(unit_met()))
    town = urbanise(unit_hours(), 2e6, 1.0)
    for entry in case.sources:
        found = disperse(
            entry.source,
            [entry.substance],
            town if entry.urban else unit_hours(),
            receptors,
            flat=case.flat,
            keep=np.arange(len(at)),
        )
        rows = printed[printed.group == entry.id]
        n = at.get_indexer(pd.MultiIndex.from_frame(rows[["x_m", "y_m"]]))
        values = found.hourly[h.get_indexer(rows.yymmddhh), n, 0, 0] * entry.rate * 1e6
        expected = rows.conc_ug_m3.to_numpy()
        largest = rows.groupby("yymmddhh").conc_ug_m3.transform("max").to_numpy()
        counts = (expected > 1e-3 * largest) & (largest > 0.0)
        difference = np.abs(values[counts] / expected[counts] - 1.0)
        assert difference.max() < 2e-5, entry.id
        assert np.all(values[largest == 0.0] == 0.0)
