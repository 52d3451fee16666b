"""Weather files of EnergyPlus (EPW): the hours of a year, and where the station stands.

References
----------
U.S. Department of Energy, 2024: EnergyPlus *Auxiliary Programs*, EnergyPlus Weather File (EPW) Data
Dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.errors import InputError, Problem
from simulator.files import MIB, check_file, read_content
from simulator.problems import Report
from simulator.region.weather import COLUMNS

#: A year of hours has 1.5 MiB; some files hold several years.
MAX_EPW: Final = 64 * MIB
#: Lines before the hours.
HEADER: Final[tuple[str, ...]] = (
    "LOCATION", "DESIGN CONDITIONS", "TYPICAL/EXTREME PERIODS", "GROUND TEMPERATURES",
    "HOLIDAYS/DAYLIGHT SAVINGS", "COMMENTS 1", "COMMENTS 2", "DATA PERIODS",
)  # fmt: skip
#: Year given to typical years, whose months come from different ones; it has no 29 February.
TYPICAL_YEAR: Final[int] = 2001
#: Fields up to the cloud; old files end before the precipitation.
LEAST_FIELDS: Final[int] = 24

#: Position of the field, value from which on it is missing, and factor to the region's unit.
FIELDS: Final[dict[str, tuple[int, float, float]]] = {
    "temp_C": (6, 99.9, 1.0),
    "rh_pct": (8, 999.0, 1.0),
    "pressure_hPa": (9, 999999.0, 0.01),
    "wind_speed_ms": (21, 999.0, 1.0),
    "wind_dir_deg": (20, 999.0, 1.0),
    "precip_mm": (33, 999.0, 1.0),
    "global_rad_Wm2": (13, 9999.0, 1.0),
    "cloud_tenths": (23, 99.0, 1.0),
}
TOTAL_CLOUD: Final[tuple[int, float, float]] = (22, 99.0, 1.0)
#: Humidity that files may give above saturation. [%]
MOST_HUMIDITY: Final[float] = 110.0


@dataclass(frozen=True)
class EpwSite:
    """Where the weather of a file was observed.

    Attributes
    ----------
    name : str
        City, state and country as the file has them.
    latitude, longitude : float
        North and east positive. [degree]
    time_zone : float
        Hours that the local standard time is ahead of Greenwich.
    elevation : float
        Above the sea. [m]
    """

    name: str
    latitude: float
    longitude: float
    time_zone: float
    elevation: float


def read_epw(path: Path, where: str) -> tuple[pd.DataFrame, EpwSite]:
    """Hours of an EPW file as a region's ``weather.csv`` has them, gaps left open.

    Cloud is the opaque one, the total where that is missing, which is the order that AERMET takes
    them in. The wind of calm hours has no direction. A file whose hours do not follow each other by
    its own dates is a typical year joined from months of several years; it gets the year
    :data:`TYPICAL_YEAR`.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        Its name, for messages.

    Returns
    -------
    DataFrame
        Columns ``time`` (end of the hour in local standard time), ``temp_C``, ``rh_pct``,
        ``pressure_hPa``, ``wind_speed_ms``, ``wind_dir_deg``, ``precip_mm``, ``global_rad_Wm2`` and
        ``cloud_tenths``; NaN where the file has a code for missing or a blank.
    EpwSite
        The station.

    Raises
    ------
    InputError
        With everything that is wrong with the file.
    """
    lines = _lines(path, where)
    report = Report()
    site = report.attempt(_site, lines[0].split(","), where)
    report.attempt(_check_periods, lines, where)
    rows = [line.split(",") for line in lines[len(HEADER) :]]
    report.attempt(_check_rows, rows, where)
    report.raise_if_any()
    assert site is not None  # nothing was reported

    time = _times(rows, where, report)
    table = {"time": time}
    for name, field in FIELDS.items():
        table[name] = pd.Series(_values(rows, name, field, where, report))
    opaque = table["cloud_tenths"]
    table["cloud_tenths"] = opaque.fillna(
        pd.Series(_values(rows, "cloud_tenths", TOTAL_CLOUD, where, report))
    )
    table["wind_dir_deg"] = table["wind_dir_deg"].where(table["wind_speed_ms"] != 0.0)
    over = table["rh_pct"].between(100.0, MOST_HUMIDITY)
    table["rh_pct"] = table["rh_pct"].mask(over, 100.0)
    for column in COLUMNS[1:]:
        values = table[column.name]
        outside = ((values < column.low) | (values > column.high)).to_numpy()
        if outside.any():
            _complain(
                report, where, column.name, outside,
                f"value {values[outside].iloc[0]:g} {column.unit}",
                f"values lie in {column.low:g} to {column.high:g} {column.unit}",
                "Check value and unit, or give the code for missing.",
            )  # fmt: skip
    report.raise_if_any()
    return pd.DataFrame(table)[[c.name for c in COLUMNS]], site


def _lines(path: Path, where: str) -> list[str]:
    check_file(path, where, MAX_EPW)
    # names of places come in several encodings; the numbers are ASCII in all of them
    text = read_content(path, where).removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip(" ,"):
        lines.pop()
    report = Report()
    for number, (line, name) in enumerate(zip(lines, HEADER, strict=False), start=1):
        first = line.split(",")[0].strip()
        if first.upper() != name:
            report.add(
                f"{where}: line {number}",
                f"begins with {first[:40]!r}",
                f"line {number} of an EPW file is {name}",
                "Give an EnergyPlus weather file, with all lines of its header.",
            )
            break
    if len(lines) <= len(HEADER) and not report:
        report.add(
            where,
            f"{len(lines)} lines",
            f"an EPW file has {len(HEADER)} lines of header and then a line for each hour",
            "Take a whole file.",
        )
    report.raise_if_any()
    return lines


def _site(fields: list[str], where: str) -> EpwSite:
    report = Report()
    limits = (
        ("latitude", -90.0, 90.0, "degree"),
        ("longitude", -180.0, 180.0, "degree"),
        ("time zone", -12.0, 14.0, "h"),
        ("elevation", -1000.0, 9999.9, "m"),
    )
    values = []
    for (name, low, high, unit), position in zip(limits, range(6, 10), strict=True):
        text = fields[position].strip() if position < len(fields) else ""
        value = _number(text)
        if not low <= value <= high:
            report.add(
                f"{where}: LOCATION, {name}",
                f"found {text[:40]!r}",
                f"field {position + 1} of the line is the {name}, {low:g} to {high:g} {unit}",
                "Complete the line.",
            )
        values.append(value)
    report.raise_if_any()
    return EpwSite(", ".join(f.strip() for f in fields[1:4] if f.strip(" -")), *values)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _check_periods(lines: list[str], where: str) -> None:
    fields = lines[len(HEADER) - 1].split(",")
    per_hour = fields[2].strip() if len(fields) > 2 else ""
    if _number(per_hour) != 1.0:
        raise InputError(
            Problem(
                f"{where}: DATA PERIODS",
                f"{per_hour!r} records per hour",
                "weather is hourly",
                "Average the file to hours.",
            )
        )


def _check_rows(rows: list[list[str]], where: str) -> None:
    short = np.array([len(row) < LEAST_FIELDS for row in rows])
    if short.any():
        report = Report()
        found = f"{len(rows[int(short.argmax())])} fields"
        _complain(
            report, where, "", short, found, f"a line has at least {LEAST_FIELDS} fields",
            "Restore the file; lines may not be cut off.",
        )  # fmt: skip
        report.raise_if_any()


def _times(rows: list[list[str]], where: str, report: Report) -> pd.Series:
    """End of each hour; anything but an unbroken series goes into the report."""
    columns = np.array([[_number(f) for f in row[:4]] for row in rows])
    date = pd.DataFrame(columns[:, :3], columns=["year", "month", "day"])
    hour = columns[:, 3]
    whole = np.isfinite(columns).all(axis=1) & (columns == np.floor(columns)).all(axis=1)
    date.loc[~whole] = np.nan
    days = pd.to_datetime(date, errors="coerce")
    wrong = days.isna().to_numpy() | ~((hour >= 1) & (hour <= 24))
    if wrong.any():
        found = ",".join(rows[int(wrong.argmax())][:4])[:40]
        _complain(
            report, where, "", wrong, f"{found!r} is no hour",
            "a line begins with year, month, day and hour, 1 to 24", "Restore the file.",
        )  # fmt: skip
        return days
    hours = pd.Series(pd.to_timedelta(hour, unit="h"))
    times = days + hours
    if _uneven(times).any() and (date["year"] != date["year"].iloc[0]).any():
        date["year"] = TYPICAL_YEAR
        days = pd.to_datetime(date, errors="coerce")
        times = (days + hours).fillna(times)
    uneven = _uneven(times)
    if uneven.any():
        step = times.diff()[uneven].iloc[0]
        _complain(
            report, where, "", uneven, f"follows the line before after {step}",
            "lines follow each other by one hour", "Insert missing hours, remove repeated ones.",
        )  # fmt: skip
    return times


def _uneven(times: pd.Series) -> NDArray[np.bool_]:
    step = times.diff()
    uneven: NDArray[np.bool_] = ((step != pd.Timedelta(hours=1)) & step.notna()).to_numpy()
    return uneven


def _values(
    rows: list[list[str]], name: str, field: tuple[int, float, float], where: str, report: Report
) -> NDArray[np.float64]:
    """Numbers of a field, NaN where blank or coded as missing."""
    position, missing, factor = field
    text = [row[position].strip() if position < len(row) else "" for row in rows]
    values = np.array([_number(t) for t in text])
    lost = ~np.isfinite(values) & np.array([t != "" for t in text])
    if lost.any():
        found = repr(text[int(lost.argmax())][:40])
        _complain(
            report, where, name, lost, f"{found} is no number",
            f"field {position + 1} is a number or blank", "Use digits with a point.",
        )  # fmt: skip
    return np.where(np.isfinite(values) & (values < missing), values * factor, np.nan)


def _complain(
    report: Report, where: str, name: str, mask: NDArray[np.bool_], what: str, rule: str, fix: str
) -> None:
    """Report the first line of a mask, and how many more share the problem."""
    lines = np.flatnonzero(mask)
    more = f" (and {lines.size - 1} more lines)" if lines.size > 1 else ""
    place = f"line {lines[0] + len(HEADER) + 1}" + (f", {name}" if name else "")
    report.add(f"{where}: {place}", what + more, rule, fix)
