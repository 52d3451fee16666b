"""The water that moves metals: runoff and percolation of open ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.physics import land, runoff, water
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

_KELVIN = 273.15
_GROUPS = ("A", "B", "C", "D")


class WaterBalance(Process):
    """Mean yearly water balance by land class and hydrologic soil group.

    Runoff by curve number from daily rain, and what paddies lead off over their bunds;
    evapotranspiration by FAO-56 and Fu's equation; percolation as the rest, layer by layer after
    the roots have drunk. Cells take the mean of their open land.
    """

    phase = Phase.WATER
    reads = ("open_share",)
    writes = ("percolation", "runoff_depth", "water_content")

    def setup(self, sim: Simulation) -> None:
        """Solve the water balance of every land class and soil group on the region's weather."""
        super().setup(sim)
        p, region = sim.parameters, sim.region
        self.daily = daily_weather(sim)
        covers = [c for c in LAND_CLASSES if c != WATER_CLASS]
        rain = float(self.daily.rain.mean() * 365.25)
        self.yearly_rain = rain
        et0 = water.reference_evapotranspiration(
            self.daily,
            np.radians(region.latitude),
            day_of_year(self.daily.day),
            region.anemometer_height,
            float(np.nanmean(region.elevation[region.soil_mask])),
        )
        potential = float(et0.mean() * 365.25) * p.array(
            "land_classes", "land_class", covers, parameter="crop_coefficient"
        )
        curve = np.stack(
            [
                p.array("land_classes", "land_class", covers, parameter=f"curve_number_{g}")
                for g in _GROUPS
            ],
            axis=1,
        )
        abstraction = p.value("general", process="runoff", parameter="initial_abstraction_ratio")
        irrigation = np.array([irrigation_depth(sim, c) for c in covers])[:, None]
        lost = runoff.yearly_runoff(self.daily.rain, curve, abstraction)
        supply = rain + irrigation
        omega = p.array("land_classes", "land_class", covers, parameter="budyko_omega")[:, None]
        drunk = water.actual_evapotranspiration(supply, potential[:, None], omega)
        beta = p.array("land_classes", "land_class", covers, parameter="root_beta")
        root = water.root_fraction(beta, region.layer_thickness)
        surface = p.value("general", process="water", parameter="surface_share")
        taken = (1.0 - surface) * root
        taken[0] += surface
        led_off = p.array("land_classes", "land_class", covers, parameter="drainage_share")
        lost = lost + water.field_drainage(supply - lost, drunk, led_off[:, None])
        leaving = water.layer_percolation(supply - lost, drunk, taken[:, :, None])

        n_layer, shape = region.layer_thickness.size, (len(LAND_CLASSES), len(_GROUPS))
        self.runoff = np.zeros((1, *shape))
        self.percolation = np.zeros((n_layer, *shape))
        index = [LAND_CLASSES.index(c) for c in covers]
        self.runoff[0, index] = lost
        self.percolation[:, index] = leaving
        soil = region.soil
        group = runoff.hydrologic_group(
            np.nan_to_num(soil.clay[0], nan=0.3), np.nan_to_num(soil.sand[0], nan=0.3)
        )
        self.group = np.ascontiguousarray(group.reshape(-1), dtype=np.int64)
        mask = region.soil_mask
        held = water.field_capacity(soil.sand, soil.clay, soil.organic_matter)
        sim.state.water_content[...] = np.where(mask, held, 0.0)

    def book(self, start: int, stop: int) -> None:
        """Set percolation and runoff of the cells."""
        state = self.state
        share, ground = state.flat("open_share"), state.flat("open_ground")
        land.class_mean(
            share, self.percolation, self.group, ground, state.flat("percolation"), start, stop
        )
        land.class_mean(
            share,
            self.runoff,
            self.group,
            ground,
            state.flat("runoff_depth").reshape(1, -1),
            start,
            stop,
        )


def irrigation_depth(sim: Simulation, land_class: str) -> float:
    """Yearly irrigation of a land class. [m yr-1]."""
    p = sim.parameters
    keys = {"pathway": "irrigation", "land_class": land_class}
    return sum(
        p.value("farm_rates", material=m, **keys) for m in p.keys("farm_rates", "material", **keys)
    )


def daily_weather(sim: Simulation) -> water.DailyWeather:
    """Full days of the region's hourly weather, numbered from 1 January 1970."""
    w = sim.region.weather
    begin = w["time"].to_numpy().astype("datetime64[h]") - np.timedelta64(1, "h")
    return water.daily_weather(
        begin.astype("datetime64[D]").astype(np.int64),
        w["temp_C"].to_numpy() + _KELVIN,
        w["rh_pct"].to_numpy() / 100.0,
        w["pressure_hPa"].to_numpy() * 100.0,
        w["wind_speed_ms"].to_numpy(),
        w["global_rad_Wm2"].to_numpy(),
        w["precip_mm"].to_numpy() / 1000.0,
    )


def day_of_year(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Day of the year, 1 on 1 January, of days numbered from 1 January 1970."""
    date = day.astype("datetime64[D]")
    return (date - date.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) + 1
