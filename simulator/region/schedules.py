"""Emission schedules: how the emission of a source goes with the month and the hour of the day."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.problems import Report, suggest
from simulator.region.csv_table import Column, complain, read_table

MONTHS: Final[int] = 12
HOURS: Final[int] = 24

SCHEDULE_COLUMNS = (
    Column("schedule", "text"),
    Column("month", "integer", 1, MONTHS, blank=True),
    Column("hour", "integer", 1, HOURS, blank=True),
    Column("factor", low=0.0, high=1e6),
)

#: Emission by month and hour ending, in any unit, ``[month, hour]``.
Schedule = NDArray[np.float64]


def read_schedules(path: Path, where: str) -> Mapping[str, Schedule]:
    """``schedules.csv``: schedules by name.

    Rows with a month alone give factors of the months, rows with an hour alone those of the hours
    of the day, rows with both those of the hours of a month. A schedule may have rows of several
    kinds, and has all rows of a kind that it has; the factors of the kinds multiply.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        The file, for messages.

    Returns
    -------
    mapping of str to ndarray
        ``[month, hour]`` each, read-only.
    """
    table = read_table(path, where, SCHEDULE_COLUMNS)
    report = Report()
    month, hour = table["month"].to_numpy(), table["hour"].to_numpy()  # 0 where blank
    neither = (month == 0) & (hour == 0)
    if neither.any():
        complain(
            report, where, "month, hour", neither, "both are blank",
            "a row gives the factor of a month, of an hour of the day, or of both",
            "Fill in the month or the hour; a steady source needs no schedule.",
        )  # fmt: skip
    twice = table.duplicated(["schedule", "month", "hour"]).to_numpy() & ~neither
    if twice.any():
        complain(
            report, where, "schedule, month, hour", twice, "the schedule has this row already",
            "one row a schedule, month and hour", "Remove one of the rows.",
        )  # fmt: skip
    report.raise_if_any()
    schedules = {
        str(name): _schedule(rows, f"{where}: schedule {name!r}", report)
        for name, rows in table.groupby("schedule", sort=False)
    }
    report.raise_if_any()
    return MappingProxyType(schedules)


def _schedule(rows: pd.DataFrame, where: str, report: Report) -> Schedule:
    """One schedule from its rows; what is missing goes into the report."""
    result = np.ones((MONTHS, HOURS))
    month, hour, factor = (rows[name].to_numpy() for name in ("month", "hour", "factor"))
    before = len(report)
    for of_month, of_hour in ((True, False), (False, True), (True, True)):
        kind = ((month > 0) == of_month) & ((hour > 0) == of_hour)
        if not kind.any():
            continue
        shape = (MONTHS if of_month else 1, HOURS if of_hour else 1)
        factors = np.full(shape, np.nan)
        factors[np.maximum(month[kind] - 1, 0), np.maximum(hour[kind] - 1, 0)] = factor[kind]
        missing = np.argwhere(np.isnan(factors)) + 1
        if missing.size:
            first = " ".join(
                f"{name} {n}"
                for name, n, used in zip(
                    ("month", "hour"), missing[0].tolist(), (of_month, of_hour), strict=True
                )
                if used
            )
            verb = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
            what = {
                (True, False): f"all {MONTHS} months",
                (False, True): f"all {HOURS} hours, 1 to {HOURS}",
                (True, True): f"all {HOURS} hours of all {MONTHS} months",
            }[of_month, of_hour]
            report.add(
                where, f"{first}{verb} missing", f"a schedule gives {what} or none of them",
                "Add the rows, with 0 where it rests.",
            )  # fmt: skip
        result *= factors
    if len(report) == before and not result.any():
        report.add(
            where, "every factor is 0", "a schedule emits at some time",
            "Correct the factors; a source that has stopped has a stop_year.",
        )  # fmt: skip
    result.setflags(write=False)
    return result


def check_schedules(
    sources: pd.DataFrame,
    schedules: Mapping[str, Schedule] | None,
    where: str,
    file: str | None,
    report: Report,
) -> None:
    """Report sources whose schedule is not there.

    Parameters
    ----------
    sources : DataFrame
        ``sources.csv``.
    schedules : mapping, optional
        Of :func:`read_schedules`; None where the file cannot be read.
    where : str
        Table of sources, for messages.
    file : str, optional
        Table of schedules, for messages; None where the region has none.
    report : Report
        Receives what is wrong.
    """
    if schedules is None and file is not None:
        return
    known = schedules or {}
    names = sources["schedule"]
    for name in dict.fromkeys(n for n in names if n and n not in known):
        complain(
            report, where, "schedule", (names == name).to_numpy(),
            f"{name!r} is not in {file}" if file else f"{name!r}, and the region has no schedules",
            "a schedule is a name in schedules.csv; blank for a steady source",
            suggest(name, known) if known else "Add [files.schedules] to region.toml.",
        )  # fmt: skip
