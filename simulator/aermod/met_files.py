"""Meteorology as AERMET writes it: surface file (``.SFC``) and profile file (``.PFL``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.aermod.text_files import read_lines, tell_lines, to_numbers
from simulator.errors import InputError, Problem
from simulator.files import MIB
from simulator.physics.dispersion.meteorology import MAX_LEVELS, Meteorology
from simulator.problems import Report

#: A decade of hours with five levels has less.
MAX_MET = 128 * MIB

#: Columns of a surface file: name in ``Meteorology`` (None: not kept).
_SURFACE: tuple[tuple[str, str | None], ...] = (
    ("year", "year"),
    ("month", "month"),
    ("day", "day"),
    ("day of year", None),
    ("hour", "hour"),
    ("heat flux", "heat_flux"),
    ("u*", "friction_velocity"),
    ("w*", "convective_velocity"),
    ("gradient above zi", "gradient_above"),
    ("convective mixing height", "convective_height"),
    ("mechanical mixing height", "mechanical_height"),
    ("L", "obukhov_length"),
    ("roughness", "roughness"),
    ("Bowen ratio", "bowen_ratio"),
    ("albedo", "albedo"),
    ("wind speed", "wind_speed"),
    ("wind direction", "wind_direction"),
    ("wind height", "wind_height"),
    ("temperature", "temperature"),
    ("temperature height", "temperature_height"),
    ("precipitation code", "precipitation_code"),
    ("precipitation", "precipitation"),
    ("relative humidity", "relative_humidity"),
    ("pressure", "pressure"),
    ("cloud cover", "cloud"),
)
_INTEGERS = ("year", "month", "day", "hour", "precipitation_code")
#: What stands in columns 21 to 25 of a file made for concentration only.
_ABSENT = ("99", "-9", "999", "99999", "99")
_SHORT = len(_SURFACE) - len(_ABSENT)

_PROFILE = (
    "year",
    "month",
    "day",
    "hour",
    "height",
    "top flag",
    "wind direction",
    "wind speed",
    "temperature",
    "sigma-theta",
    "sigma-w",
)
#: Names in ``Meteorology`` and codes for missing values of the columns after the top flag.
_LEVELS = (
    ("level_direction", 999.0),
    ("level_speed", 99.0),
    ("level_temperature", 99.0),
    ("level_sigma_a", 99.0),
    ("level_sigma_w", 99.0),
)


@dataclass(frozen=True)
class _Profiles:
    """Lines of a profile file, and where its hours begin and end in them."""

    key: NDArray[np.int64]
    values: NDArray[np.float64]
    lines: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def read_meteorology(
    surface_file: Path | str,
    profile_file: Path | str,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
) -> Meteorology:
    """Hours of a surface file and the profiles that belong to them.

    Parameters
    ----------
    surface_file, profile_file : path
        ``.SFC`` and ``.PFL``, plain or packed with gzip. Fields are separated by blanks or commas.
        Lines of the surface file that hold a colon are headers; the flags of the first count.
        With 20 columns only (concentration), precipitation, humidity, pressure and cloud cover
        are missing.
    first_day, last_day : date, optional
        Days to keep, both included.

    Returns
    -------
    Meteorology
        Missing values as coded. Levels that an hour does not have are missing, of height 0.

    Raises
    ------
    InputError
        If a file cannot be read, has no header, lacks fields, holds what is no number, is not in
        the order of time, or if the files do not hold the same hours.

    Notes
    -----
    Years of two digits lie in 1950 to 2049.
    """
    surface, profile = Path(surface_file), Path(profile_file)
    report = Report()
    read = report.attempt(_read_surface, surface)
    profiles = report.attempt(_read_profile, profile)
    report.raise_if_any()
    assert read is not None
    assert profiles is not None
    columns, key, lines, flags = read
    _check_same_hours(surface.name, key, lines, profile.name, profiles)
    met = Meteorology(
        **columns,
        **_levels(profiles),
        adjusted_u_star="ADJ_U*" in flags,
        bulk_richardson="BULKRN" in flags,
    )
    if first_day is None and last_day is None:
        return met
    first, last = (_key_of(day) for day in (first_day or date.min, last_day or date.max))
    days = key // 100
    keep = (days >= first) & (days <= last)
    if not keep.any():
        raise InputError(
            Problem(
                surface.name,
                f"has no hour from {first_day or 'its start'} to {last_day or 'its end'}",
                "at least one hour is needed",
                f"It holds days {days[0]} to {days[-1]} (yyyymmdd).",
            )
        )
    return met.select(keep)


def _key_of(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _read_surface(
    path: Path,
) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64], NDArray[np.int64], str]:
    where = path.name
    report = Report()
    text = read_lines(path, where, MAX_MET)
    if not text or ":" not in text[0] or "VERSION:" not in text[0].upper():
        raise InputError(
            Problem(
                f"{where}: line 1",
                "no header with VERSION: and the version of AERMET",
                "a surface file begins with AERMET's header",
                "Check that surface and profile file are not exchanged.",
            )
        )
    rows, numbers = [], []
    for number, line in enumerate(text, start=1):
        if ":" in line:
            continue
        fields = line.replace(",", " ").split()
        if not fields:
            continue
        if len(fields) < len(_SURFACE):
            if len(fields) < _SHORT or (len(fields) > _SHORT and _is_number(fields[_SHORT])):
                report.add(
                    f"{where}: line {number}",
                    f"{len(fields)} fields",
                    f"an hour has {len(_SURFACE)} numbers, or {_SHORT} for concentration only",
                    "Write the file again with AERMET.",
                )
                break
            fields = [*fields[:_SHORT], *_ABSENT]
        rows.append(fields[: len(_SURFACE)])
        numbers.append(number)
    if not rows and not report:
        report.add(where, "has no hours", "at least one hour is needed", "Give a complete file.")
    report.raise_if_any()
    values = to_numbers(rows, numbers, where, [name for name, _ in _SURFACE], report)
    lines = np.array(numbers, dtype=np.int64)
    whole = values[:, [i for i, (_, name) in enumerate(_SURFACE) if name in _INTEGERS]]
    tell_lines(
        report, where, lines, (whole != np.floor(whole)).any(axis=1), "a date or code is broken",
        "dates and the precipitation code are whole numbers", "Correct the line.",
    )  # fmt: skip
    report.raise_if_any()
    columns: dict[str, NDArray[Any]] = {
        name: values[:, i].astype(np.int64) if name in _INTEGERS else values[:, i].copy()
        for i, (_, name) in enumerate(_SURFACE)
        if name is not None
    }
    columns["year"] = _full_year(columns["year"])
    key = _keys(columns["year"], *(values[:, i] for i in (1, 2, 4)))
    _check_dates(key, lines, where, report)
    tell_lines(
        report, where, lines, np.r_[False, np.diff(key) <= 0], "the hour is not after the last",
        "hours stand in the order of time", "Sort the file and remove double hours.",
    )  # fmt: skip
    report.raise_if_any()
    return columns, key, lines, text[0].upper()


def _read_profile(path: Path) -> _Profiles:
    where = path.name
    report = Report()
    rows, numbers = [], []
    for number, line in enumerate(read_lines(path, where, MAX_MET), start=1):
        fields = line.replace(",", " ").split()
        if not fields:
            continue
        if len(fields) < len(_PROFILE):
            report.add(
                f"{where}: line {number}",
                f"{len(fields)} fields",
                f"a level has {len(_PROFILE)} numbers",
                "Write the file again with AERMET.",
            )
            break
        rows.append(fields[: len(_PROFILE)])
        numbers.append(number)
    if not rows and not report:
        report.add(where, "has no levels", "at least one level is needed", "Give a complete file.")
    report.raise_if_any()
    values = to_numbers(rows, numbers, where, _PROFILE, report)
    report.raise_if_any()
    lines = np.array(numbers, dtype=np.int64)
    top = values[:, 5]
    key = _keys(_full_year(values[:, 0].astype(np.int64)), *values[:, 1:4].T)
    _check_dates(key, lines, where, report)
    tell_lines(
        report, where, lines, ~np.isin(top, (0.0, 1.0)), "the top flag is neither 0 nor 1",
        "column 6 is 1 at the highest level of an hour, else 0", "Correct the flag.",
    )  # fmt: skip
    if top[-1] != 1.0:
        report.add(
            f"{where}: line {lines[-1]}", "the last hour has no highest level",
            "column 6 is 1 at the highest level of an hour, else 0",
            "Complete the file: it may have been cut.",
        )  # fmt: skip
    report.raise_if_any()
    last = np.flatnonzero(top == 1.0)
    first = np.r_[0, last[:-1] + 1]
    inner = np.ones(len(rows), dtype=bool)
    inner[first] = False
    tell_lines(
        report, where, lines, inner & (np.r_[0, np.diff(key)] != 0),
        "the date changes before the highest level",
        "levels of an hour follow each other, the highest with flag 1", "Correct date or flag.",
    )  # fmt: skip
    tell_lines(
        report, where, lines, inner & (np.r_[1.0, np.diff(values[:, 4])] <= 0.0),
        "the level is not above the last one", "levels of an hour ascend", "Sort the levels.",
    )  # fmt: skip
    tell_lines(
        report, where, lines[last], last - first >= MAX_LEVELS,
        "the hour has too many levels", f"AERMOD reads {MAX_LEVELS} levels", "Leave some out.",
    )  # fmt: skip
    report.raise_if_any()
    return _Profiles(key, values, lines, first, last)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _full_year(year: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(year >= 100, year, np.where(year >= 50, 1900, 2000) + year)


def _keys(
    year: NDArray[np.int64], month: NDArray[Any], day: NDArray[Any], hour: NDArray[Any]
) -> NDArray[np.int64]:
    """Numbers yyyymmddhh; 0 where there is no such hour."""
    month, day, hour = (np.asarray(a, dtype=np.float64) for a in (month, day, hour))
    there = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (hour >= 1) & (hour <= 24)
    there &= (month % 1 == 0) & (day % 1 == 0) & (hour % 1 == 0) & (year >= 1800) & (year < 2200)
    months = ((year - 1970) * 12 + np.where(there, month, 1).astype(np.int64) - 1).astype("M8[M]")
    days = months.astype("M8[D]") + (np.where(there, day, 1).astype(np.int64) - 1)
    there &= days.astype("M8[M]") == months
    key = year * 1_000_000 + (month * 10_000 + day * 100 + hour).astype(np.int64)
    return np.where(there, key, 0)


def _check_dates(
    key: NDArray[np.int64], lines: NDArray[np.int64], where: str, report: Report
) -> None:
    tell_lines(
        report, where, lines, key == 0, "there is no such hour",
        "year, month, day and hour ending (1 to 24) must exist", "Correct the date.",
    )  # fmt: skip
    report.raise_if_any()


def _check_same_hours(
    surface: str,
    key: NDArray[np.int64],
    lines: NDArray[np.int64],
    profile: str,
    profiles: _Profiles,
) -> None:
    other = profiles.key[profiles.first]
    shared = min(key.size, other.size)
    differ = np.flatnonzero(key[:shared] != other[:shared])
    rule, fix = "both files hold the same hours in the same order", "Write both files in one run."
    if differ.size:
        n = differ[0]
        raise InputError(
            Problem(
                f"{profile}: line {profiles.lines[profiles.first[n]]}",
                f"hour {other[n]} (yyyymmddhh), where {surface} has {key[n]} in line {lines[n]}",
                rule, fix,
            )
        )  # fmt: skip
    if key.size != other.size:
        shorter, longer = (profile, surface) if other.size < key.size else (surface, profile)
        line = lines[shared] if longer is surface else profiles.lines[profiles.first[shared]]
        raise InputError(
            Problem(
                f"{longer}: line {line}",
                f"hours from here on are not in {shorter}, which ends after {shared} hours",
                rule, fix,
            )
        )  # fmt: skip


def _levels(profiles: _Profiles) -> dict[str, NDArray[Any]]:
    count = profiles.last - profiles.first + 1
    hour = np.repeat(np.arange(count.size), count)
    level = np.arange(hour.size) - profiles.first[hour]

    def spread(column: int, absent: float) -> NDArray[np.float64]:
        table = np.full((count.size, int(count.max())), absent)
        table[hour, level] = profiles.values[:, column]
        return table

    levels: dict[str, NDArray[Any]] = {"level_count": count, "level_height": spread(4, 0.0)}
    for column, (name, absent) in enumerate(_LEVELS, start=6):
        levels[name] = spread(column, absent)
    return levels
