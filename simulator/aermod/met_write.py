"""Writing meteorology in the columns of AERMET, for AERMOD to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from simulator.errors import InputError, Problem
from simulator.physics.dispersion.meteorology import Meteorology
from simulator.problems import Report

#: AERMET's version that the columns follow; AERMOD refuses files of an older one.
AERMET_VERSION = "24142"


def write_surface_file(
    met: Meteorology,
    path: Path | str,
    *,
    latitude: float,
    longitude: float,
    upper_air_id: str = "99999",
    surface_id: str = "99999",
    site_id: str = "",
    version: str = AERMET_VERSION,
    substitutions: Sequence[str] = (),
    flags: tuple[str, str] = ("NAD-OS", "NoSubs"),
) -> None:
    """Write a surface file (``.SFC``).

    Parameters
    ----------
    met : Meteorology
        The hours, in units and with codes as there; rounded to the digits that AERMET prints.
    path : path
        File to write.
    latitude, longitude : float
        Of the surface station; south and west negative. [degree]
    upper_air_id, surface_id, site_id : str
        Stations, at most 8 characters each. AERMOD warns if they differ from ``SURFDATA`` and
        ``UAIRDATA`` of its input.
    version : str
        Version of AERMET that the file names.
    substitutions : sequence of str
        Options that the header names, e.g. ``("CCVR_Sub", "TEMP_Sub")``; they inform only.
    flags : tuple of str
        Source of the wind and of substituted values, at the end of every line. AERMOD looks for
        ``NAD`` or ``ADJ`` in the first.

    Raises
    ------
    InputError
        If a value does not fit its column or a year does not lie in 1950 to 2049.
    """
    where = Path(path).name
    report = Report()
    for name, value, limit in (("latitude", latitude, 90.0), ("longitude", longitude, 360.0)):
        if not abs(value) <= limit:
            report.add(
                f"{where}: {name}", f"value {value:g} degree", f"lies in -{limit:g} to {limit:g}",
                "Give the position of the station.",
            )  # fmt: skip
    for name in (upper_air_id, surface_id, site_id):
        if len(name) > 8 or any(c.isspace() for c in name):
            report.add(
                where, f"station {name!r}", "ids have at most 8 characters without blanks",
                "Shorten it.",
            )  # fmt: skip
    report.raise_if_any()
    adjusted = [
        word
        for word, used in (("ADJ_U*", met.adjusted_u_star), ("BULKRN", met.bulk_richardson))
        if used
    ]
    header = (
        f"{abs(latitude):9.3f}{'N' if latitude >= 0.0 else 'S'}"
        f"{abs(longitude):9.3f}{'E' if longitude >= 0.0 else 'W'}"
        f"          UA_ID: {upper_air_id:<8}  SF_ID: {surface_id:<8}  OS_ID: {site_id:<8}"
        f"     VERSION:{version:>6}  {'  '.join(adjusted)}  {' '.join(substitutions)}  "
    )
    lines = [header, *_surface_lines(met, flags, where)]
    Path(path).write_text("\n".join(lines) + "\n", encoding="ascii")


def _surface_lines(met: Meteorology, flags: tuple[str, str], where: str) -> Iterable[str]:
    years = _short_years(met, where)
    day_of_year = (
        _days(met) - (met.year - 1970).astype("M8[Y]").astype("M8[D]")
    ).astype(np.int64) + 1  # fmt: skip
    end = f" {flags[0]:<7} {flags[1]:<9}"
    columns = (
        years, met.month, met.day, day_of_year, met.hour, met.heat_flux, met.friction_velocity,
        met.convective_velocity, met.gradient_above, met.convective_height, met.mechanical_height,
        met.obukhov_length, met.roughness, met.bowen_ratio, met.albedo, met.wind_speed,
        met.wind_direction, met.wind_height, met.temperature, met.temperature_height,
        met.precipitation_code, met.precipitation, met.relative_humidity, met.pressure,
        np.rint(met.cloud).astype(np.int64),
    )  # fmt: skip
    for n, row in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        (yy, month, day, of_year, hour, h, u, w, gamma, z_ic, z_im, length, z0, bowen, albedo,
         speed, direction, z_u, t, z_t, code, rain, humidity, pressure, cloud) = row  # fmt: skip
        line = (
            f"{yy:02d} {month:2d} {day:2d} {of_year:3d} {hour:2d} {h:6.1f} {u:6.3f} {w:6.3f} "
            f"{gamma:6.3f} {z_ic:4.0f}. {z_im:4.0f}. {length:8.1f} {z0:7.4f} {bowen:6.2f} "
            f"{albedo:6.2f} {speed:7.2f} {direction:6.1f} {z_u:6.1f} {t:6.1f} {z_t:6.1f} "
            f"{code:5d} {rain:6.2f} {humidity:5.0f}. {pressure:5.0f}. {cloud:5d}"
        )
        if len(line) != _SURFACE_WIDTH:
            _too_wide(where, met, n)
        yield line + end


_SURFACE_WIDTH = 155


def write_profile_file(met: Meteorology, path: Path | str) -> None:
    """Write a profile file (``.PFL``).

    Parameters
    ----------
    met : Meteorology
        The hours, in units and with codes as there; rounded to the digits that AERMET prints.
    path : path
        File to write.

    Raises
    ------
    InputError
        If a value does not fit its column, a year does not lie in 1950 to 2049 or an hour has no
        level.
    """
    where = Path(path).name
    years = _short_years(met, where)
    levels = [
        a.tolist()
        for a in (
            met.level_height, met.level_direction, met.level_speed, met.level_temperature,
            met.level_sigma_a, met.level_sigma_w,
        )
    ]  # fmt: skip
    hours = zip(*(a.tolist() for a in (years, met.month, met.day, met.hour)), strict=True)
    lines = []
    for n, ((yy, month, day, hour), count) in enumerate(
        zip(hours, met.level_count.tolist(), strict=True)
    ):
        if count < 1:
            raise InputError(
                Problem(where, f"hour {n + 1} has no level", "every hour has a level",
                        "Give one level with missing values.")
            )  # fmt: skip
        for k in range(count):
            height, direction, speed, t, sigma_a, sigma_w = (a[n][k] for a in levels)
            line = (
                f"{yy:02d} {month:2d} {day:2d} {hour:2d} {height:7.1f} {int(k == count - 1)} "
                f"{direction:7.1f} {speed:8.2f} {t:8.2f} {sigma_a:8.2f} {sigma_w:8.2f}"
            )
            if len(line) != _PROFILE_WIDTH:
                _too_wide(where, met, n)
            lines.append(line)
    Path(path).write_text("\n".join(lines) + "\n", encoding="ascii")


_PROFILE_WIDTH = 65


def _days(met: Meteorology) -> np.ndarray:
    months = ((met.year - 1970) * 12 + met.month - 1).astype("M8[M]")
    return np.asarray(months.astype("M8[D]") + (met.day - 1))


def _short_years(met: Meteorology, where: str) -> np.ndarray:
    outside = (met.year < 1950) | (met.year > 2049)
    if outside.any():
        raise InputError(
            Problem(
                where, f"year {met.year[outside][0]}", "years have two digits: 1950 to 2049",
                "Give hours of these years.",
            )
        )  # fmt: skip
    return np.asarray(met.year % 100)


def _too_wide(where: str, met: Meteorology, n: int) -> None:
    when = f"{met.year[n]}-{met.month[n]:02d}-{met.day[n]:02d} hour {met.hour[n]}"
    raise InputError(
        Problem(
            f"{where}: {when}", "a value does not fit its column",
            "AERMET's columns have 4 to 8 characters", "Check the values of this hour.",
        )
    )  # fmt: skip
