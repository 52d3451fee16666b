"""Potential evapotranspiration of HYDRUS-1D and FAO-56, computed again and compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.verify.cases import refused
from analysis.verify.percolation_agreement import LIMITS, Tolerances, largest_error
from analysis.verify.percolation_outcome import EvapotranspirationAgreement, QuantityAgreement
from simulator.hydrus.case import EvapotranspirationCase
from simulator.physics.percolation.evapotranspiration import (
    ZERO_CELSIUS,
    DailyWeather,
    extraterrestrial_radiation,
    hargreaves,
    reference_evapotranspiration,
    saturation_vapour_pressure,
    split,
)

Floats = NDArray[np.float64]

#: Half of the last digit that HYDRUS and the reference set print. [mm, MJ m-2]
_HYDRUS_DIGIT, _FAO_DIGIT = 5e-4, 5e-5
_MM = 1e3  # per m
_MJ = 1e-6  # per J
_KM_PER_DAY = 86.4  # per m/s
_WEATHER = ("rh_pct", "wind2m_km_d", "solar_rad_mj")


def verify_evapotranspiration(
    case: EvapotranspirationCase, limits: Tolerances = LIMITS
) -> EvapotranspirationAgreement:
    """Compute what a case of potential evapotranspiration holds and compare.

    HYDRUS's own Penman-Monteith differs from that of FAO-56 in its resistances and long-wave
    radiation: it is compared, but not held to a limit.

    Parameters
    ----------
    case : EvapotranspirationCase
    limits : Tolerances

    Raises
    ------
    InputError
        If a column that is needed is missing, or nothing can be compared.
    """
    daily = case.daily
    where = f"{case.folder.name}: results"
    for name in ("tmin_c", "tmax_c"):
        if name not in daily:
            raise refused(
                f"{where}: {name}", "the column is missing",
                "temperatures of the day are needed", "Add the column.",
            )  # fmt: skip
    day = _day_of_year(daily, where)
    latitude = np.radians(case.latitude)
    low, high = (daily[name].to_numpy() + ZERO_CELSIUS for name in ("tmin_c", "tmax_c"))
    sun = extraterrestrial_radiation(latitude, day)
    rate = _MM * hargreaves(low, high, sun)
    transpiration, evaporation = split(rate, case.leaf_area_index, case.extinction)
    held = limits.evapotranspiration
    entries: list[tuple[str, str, str, Floats, float | None]] = [
        ("radiation above the air", "MJ m-2", "extraterrestrial_rad_fao_mj", _MJ * sun, held),
        ("Hargreaves, FAO-56", "mm", "et0_hargreaves_fao_mm", rate, held),
        ("Hargreaves, HYDRUS", "mm", "hydrus_et_hargreaves_mm", rate, held),
        ("transpiration, HYDRUS", "mm", "hydrus_transp_hargreaves_mm", transpiration, held),
        ("evaporation, HYDRUS", "mm", "hydrus_evap_hargreaves_mm", evaporation, held),
    ]
    if all(name in daily for name in _WEATHER):
        grass = _penman_monteith(case, low, high, day, latitude)
        entries += [
            ("Penman-Monteith, FAO-56", "mm", "et0_pm_fao_mm", grass, held),
            ("Penman-Monteith, HYDRUS", "mm", "hydrus_et_pm_mm", grass, None),
        ]
    rows = [
        _compare(quantity, unit, name, values, daily[name].to_numpy(), limit)
        for quantity, unit, name, values, limit in entries
        if name in daily
    ]
    if not rows:
        raise refused(
            where, "no column of evapotranspiration", "there is something to compare with",
            f"Add one of {', '.join(entry[2] for entry in entries)}.",
        )  # fmt: skip
    return EvapotranspirationAgreement(case.id, case.note, case.folder, tuple(rows))


def _day_of_year(daily: pd.DataFrame, where: str) -> NDArray[np.int64]:
    if "date" not in daily:
        return daily["day"].to_numpy().astype(np.int64)
    date = pd.to_datetime(daily["date"], errors="coerce")
    if date.isna().any():
        raise refused(
            f"{where}: date", "holds what is no date", "dates are written year-month-day",
            "Correct the dates.",
        )  # fmt: skip
    return date.dt.day_of_year.to_numpy().astype(np.int64)


def _penman_monteith(
    case: EvapotranspirationCase,
    low: Floats,
    high: Floats,
    day: NDArray[np.int64],
    latitude: float,
) -> Floats:
    """Of FAO-56, vapour pressure from mean humidity (eq. 19), pressure from altitude (eq. 7)."""
    humidity, wind, radiation = (case.daily[name].to_numpy() for name in _WEATHER)
    saturation = 0.5 * (saturation_vapour_pressure(low) + saturation_vapour_pressure(high))
    pressure = 101.3e3 * ((293.0 - 0.0065 * case.altitude) / 293.0) ** 5.26
    weather = DailyWeather(
        day=day,
        rain=np.zeros(day.size),
        t_min=low,
        t_max=high,
        vapour_pressure=0.01 * humidity * saturation,
        pressure=np.full(day.size, pressure),
        wind=wind / _KM_PER_DAY,
        radiation=radiation / _MJ,
    )
    height = 2.0  # of the column, whatever the station has
    return _MM * reference_evapotranspiration(weather, latitude, day, height, case.altitude)


def _compare(
    quantity: str, unit: str, name: str, computed: Floats, reference: Floats, limit: float | None
) -> QuantityAgreement:
    largest = max(float(np.abs(reference).max()), 1e-12)
    printed = _HYDRUS_DIGIT if name.startswith("hydrus") else _FAO_DIGIT
    return QuantityAgreement(
        quantity=quantity,
        unit=unit,
        reference=name,
        days=reference.size,
        sum_computed=float(computed.sum()),
        sum_reference=float(reference.sum()),
        error=largest_error(computed, reference, largest),
        limit=None if limit is None else limit + printed / largest,
    )
