"""Agreement with a year of AERMOD; needs the shared reference material next to the checkout.

The interim plume is another model: what is asked is the right mass and the right fall with
distance, not the same numbers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.physics.dispersion import Climate, Mode, Stack, summarise_weather
from simulator.physics.dispersion.cells import point_density
from simulator.physics.dispersion.radial import STEP
from tests.physics.dispersion.tables import table_of

SHARED = Path(__file__).parents[4] / "shared"
CASE = SHARED / "reference" / "dispersion" / "21_annual_east_china_coast"
WEATHER = SHARED / "data/real/weather_east_china_sea/matsu_hourly_2020-06_2021-05.csv"

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not CASE.exists(), reason="AERMOD reference cases are not at hand"),
]

EMITTED = 8760 * 3600.0  # g, at 1 g/s
STACKS = {
    "E100": Stack(0.0, 0.0, 100.0, 3.0, 400.0, 15.0),
    "E30": Stack(0.0, 0.0, 30.0, 1.2, 380.0, 8.0),
}
# mass within 20 km over AERMOD's: bounds hold what was measured (dry 1.15 and 1.08, wet 1.18 and
# 1.05), so that a change of the formulation shows
DEPOSITED = {"E100": (1768.0, 288.72), "E30": (4541.5, 311.23)}  # kg dry, wet


@pytest.fixture(scope="module")
def matsu() -> Climate:
    hours = pd.read_csv(WEATHER)
    names = ["wind_speed_ms", "global_rad_MJm2", "cloud_tenths", "temp_C"]
    hours[names] = hours[names].interpolate(limit_direction="both")
    calm = hours["wind_speed_ms"] < 0.5
    return summarise_weather(
        wind_speed=hours["wind_speed_ms"],
        wind_direction=hours["wind_dir_deg"].mask(calm),
        global_radiation=hours["global_rad_MJm2"] * 1e6 / 3600.0,
        cloud_tenths=hours["cloud_tenths"],
        temperature=hours["temp_C"] + 273.15,
        precipitation=hours["precip_mm"].fillna(0.0) / 3600.0,
        roughness=0.05,
    )


@pytest.mark.parametrize("name", ["E100", "E30"])
def test_year_of_particles(matsu: Climate, name: str) -> None:
    mode = Mode(
        "particle", (0.5e-6, 1.5e-6, 4e-6, 8e-6, 20e-6), (0.2, 0.25, 0.25, 0.2, 0.1), 2300.0
    )
    table = table_of(STACKS[name], mode, matsu, reach=2.5e4)
    at_20_km = int(np.log(2.0e4) / STEP)
    dry, wet = table[:, at_20_km, :2].sum(axis=0) * EMITTED / 1000.0
    assert 0.8 < dry / DEPOSITED[name][0] < 1.25
    assert 0.8 < wet / DEPOSITED[name][1] < 1.25

    rows = pd.read_csv(CASE / "results_period.csv").query("group == @name")
    x, y = rows["x_m"].to_numpy(), rows["y_m"].to_numpy()
    r = np.hypot(x, y)
    got = np.array(
        [point_density(table, STEP, np.arctan2(a, b), d) for a, b, d in zip(x, y, r, strict=True)]
    )
    rings = pd.DataFrame(
        {
            "r": np.rint(r),
            "dry": got[:, 0] * EMITTED,
            "wet": got[:, 1] * EMITTED,
            "dry_ref": rows["ddep_g_m2"].to_numpy(),
            "wet_ref": rows["wdep_g_m2"].to_numpy(),
        }
    ).groupby("r").mean()  # fmt: skip
    far = rings[rings.index >= 2000.0]
    assert (far["dry"] / far["dry_ref"]).between(0.6, 1.6).all()
    assert (rings["wet"] / rings["wet_ref"]).between(0.8, 1.45).all()
