"""Results as AERMOD writes them: plot files (one value per receptor) and post files (hours)."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.aermod.text_files import MOST_TOLD, read_bytes
from simulator.errors import InputError, Problem
from simulator.files import MIB
from simulator.problems import Report

Floats = NDArray[np.float64]

#: A month of hours at 1700 receptors has about half of it.
MAX_PLOT = 256 * MIB

#: Output types by their column headings.
_HEADINGS: Final[dict[str, str]] = {
    "AVERAGE CONC": "CONC",
    "TOTAL DEPO": "DEPOS",
    "DRY DEPO": "DDEP",
    "WET DEPO": "WDEP",
}
#: What AERMOD prints unless its input says otherwise; the files do not name units.
_UNITS: Final[dict[str, str]] = {"CONC": "ug/m3", "DEPOS": "g/m2", "DDEP": "g/m2", "WDEP": "g/m2"}
_TITLE = re.compile(r"\*\s*AERMOD\s*\(\s*(\w+)\s*\)\s*:(.*?)(?:\d\d/\d\d/\d\d)?\s*$")
_OPTIONS = re.compile(r"\*\s*MODELING OPTIONS USED:(.*)$")
_KIND = re.compile(
    r"\*\s*(?P<post>POST/)?PLOT FILE OF\s+(?:CONCURRENT\s+)?(?P<period>[\w-]+)\s+VALUES\s+"
    r"(?:AVERAGED ACROSS\s+\d+\s+YEARS\s+|FOR YEAR\s+\d+\s+)?FOR SOURCE GROUP:\s*(?P<group>\S+)"
)
_COUNT = re.compile(r"\*\s*FOR A TOTAL OF\s*(\d+)\s*RECEPTORS")
#: Fortran leaves out the E of exponents of three digits.
_EXPONENT = r"(?<=\d)([+-]\d{3})$"


@dataclass(frozen=True)
class PlotFile:
    """Means or totals over a period at receptors.

    Attributes
    ----------
    version, title : str
        Of AERMOD, and of the run.
    options : tuple of str
        Modelling options that AERMOD names.
    group : str
        Source group.
    period : str
        ``"PERIOD"`` or ``"ANNUAL"``.
    x, y, ground, hill, flagpole : ndarray
        Receptors: position, elevation, hill-height scale, height above ground. [m]
    values : dict of str to ndarray
        By output type: ``CONC`` (mean), ``DEPOS``, ``DDEP``, ``WDEP`` (totals; of a year for
        ``ANNUAL``).
    units : dict of str to str
        Of the values, unless the run changed them: ug/m3 and g/m2.
    count : int
        Hours of a ``PERIOD``, years of an ``ANNUAL`` file, or the year's number in a post file.
    """

    version: str
    title: str
    options: tuple[str, ...]
    group: str
    period: str
    x: Floats
    y: Floats
    ground: Floats
    hill: Floats
    flagpole: Floats
    values: dict[str, Floats]
    units: dict[str, str]
    count: int


@dataclass(frozen=True)
class PostFile:
    """Values of every hour (or of every block of hours) at receptors.

    Attributes
    ----------
    version, title, options, group : see PlotFile
        Of the run.
    period : str
        ``"1-HR"``, ``"24-HR"``, ``"MONTH"``.
    time : ndarray of int
        ``[time]`` yymmddhh of the last hour, hours ending 1 to 24.
    x, y, ground, hill, flagpole : ndarray
        ``[receptor]`` [m]
    values : dict of str to ndarray
        ``[time, receptor]`` by output type.
    units : dict of str to str
        Of the values, unless the run changed them.
    """

    version: str
    title: str
    options: tuple[str, ...]
    group: str
    period: str
    time: NDArray[np.int64]
    x: Floats
    y: Floats
    ground: Floats
    hill: Floats
    flagpole: Floats
    values: dict[str, Floats]
    units: dict[str, str]


@dataclass(frozen=True)
class _Content:
    """Header and columns that both kinds of files have."""

    header: dict[str, Any]
    period: str
    receptors: int | None
    columns: dict[str, Floats]
    types: tuple[str, ...]
    number: NDArray[np.int64]


def read_result(path: Path | str) -> PlotFile | PostFile:
    """Read a plot or post file, whichever it is; see the functions for one of them."""
    path = Path(path)
    content = _read(path)
    read = _plot_file if content.period in ("PERIOD", "ANNUAL") else _post_file
    return read(content, path.name)


def read_plot_file(path: Path | str) -> PlotFile:
    """Read a ``PLOTFILE`` of ``PERIOD`` or ``ANNUAL`` values, or such a ``POSTFILE``.

    Parameters
    ----------
    path : path
        The file, plain or packed with gzip; ``FILEFORM`` ``FIX`` or ``EXP``.

    Raises
    ------
    InputError
        If it is another kind of file, is cut or holds what is no number (AERMOD prints ``***``
        where a number does not fit ``FILEFORM FIX``).
    """
    path = Path(path)
    return _plot_file(_read(path), path.name)


def _plot_file(content: _Content, where: str) -> PlotFile:
    c = content.columns
    if content.period not in ("PERIOD", "ANNUAL"):
        raise _refusal(
            where, f"holds {content.period} values", "a plot file has PERIOD or ANNUAL values",
            "Read it with read_post_file.",
        )  # fmt: skip
    if np.unique(content.number).size != 1:
        raise _refusal(
            where, "counts of hours or years differ", "all receptors have the same period",
            "Split the file by year.",
        )  # fmt: skip
    if content.receptors is not None and content.receptors != content.number.size:
        raise _refusal(
            where, f"{content.number.size} receptors, its header says {content.receptors}",
            "a plot file has one line for each receptor", "The file may be cut: run AERMOD again.",
        )  # fmt: skip
    return PlotFile(
        **content.header,
        period=content.period,
        x=c["x"],
        y=c["y"],
        ground=c["ground"],
        hill=c["hill"],
        flagpole=c["flagpole"],
        values={name: c[name] for name in content.types},
        units={name: _UNITS[name] for name in content.types},
        count=int(content.number[0]),
    )


def read_post_file(path: Path | str) -> PostFile:
    """Read a ``POSTFILE`` of format ``PLOT`` with values of hours.

    Parameters
    ----------
    path : path
        The file, plain or packed with gzip; ``FILEFORM`` ``FIX`` or ``EXP``.

    Raises
    ------
    InputError
        If it is another kind of file, is cut, holds what is no number or other receptors in some
        hours.
    """
    path = Path(path)
    return _post_file(_read(path), path.name)


def _post_file(content: _Content, where: str) -> PostFile:
    number = content.number
    if content.period in ("PERIOD", "ANNUAL"):
        raise _refusal(
            where, f"holds {content.period} values", "a post file has values of hours or days",
            "Read it with read_plot_file.",
        )  # fmt: skip
    changes = np.flatnonzero(np.diff(number)) + 1
    receptors = int(changes[0]) if changes.size else number.size
    if content.receptors not in (None, receptors) or number.size % receptors:
        raise _refusal(
            where,
            f"{number.size} lines, {receptors} of the first hour; its header says "
            f"{content.receptors} receptors",
            "every hour has one line for each receptor", "The file may be cut: run AERMOD again.",
        )  # fmt: skip
    time = number.reshape(-1, receptors)
    tables = {name: column.reshape(time.shape) for name, column in content.columns.items()}
    same = (time == time[:, :1]).all(axis=1)
    for name in ("x", "y", "ground", "hill", "flagpole"):
        same &= (tables[name] == tables[name][0]).all(axis=1)
    if not same.all():
        raise _refusal(
            where, f"hour {time[~same][0, 0]} (yymmddhh) has other receptors than the first",
            "every hour has one line for each receptor", "Run AERMOD again.",
        )  # fmt: skip
    return PostFile(
        **content.header,
        period=content.period,
        time=time[:, 0].copy(),
        x=tables["x"][0].copy(),
        y=tables["y"][0].copy(),
        ground=tables["ground"][0].copy(),
        hill=tables["hill"][0].copy(),
        flagpole=tables["flagpole"][0].copy(),
        values={name: tables[name] for name in content.types},
        units={name: _UNITS[name] for name in content.types},
    )


def _read(path: Path) -> _Content:
    where = path.name
    data = read_bytes(path, where, MAX_PLOT)
    head: list[str] = []
    start = 0
    while data[start : start + 1] == b"*":
        end = data.find(b"\n", start) + 1 or len(data)
        head.append(data[start:end].decode("utf-8", errors="replace").rstrip())
        start = end
    header, period, receptors, types = _header(head, where)
    names = ("x", "y", *types, "ground", "hill", "flagpole", "period", "group", "number")
    table = _table(data[start:], names, len(head), where)
    report = Report()
    columns = {
        name: _numbers(table[name], name, len(head), where, report)
        for name in names
        if name not in ("period", "group")
    }
    report.raise_if_any()
    for name, said in (("period", period), ("group", header["group"])):
        other = np.flatnonzero(table[name].astype(str).to_numpy() != said)
        if other.size:
            raise _refusal(
                f"{where}: line {len(head) + other[0] + 1}",
                f"{name} {str(table[name].iloc[other[0]])[:20]!r}, the header says {said!r}",
                "a file holds one period and one group", "The file may be cut: run AERMOD again.",
            )  # fmt: skip
    number = columns.pop("number").astype(np.int64)
    return _Content(header, period, receptors, columns, types, number)


def _header(
    head: Sequence[str], where: str
) -> tuple[dict[str, Any], str, int | None, tuple[str, ...]]:
    title = _search(_TITLE, head)
    kind = _search(_KIND, head)
    options = _search(_OPTIONS, head)
    count = _search(_COUNT, head)
    heading = next((line for line in head if re.match(r"\*\s+X\s+Y\s", line)), "")
    types = tuple(_HEADINGS[word] for word in re.findall("|".join(_HEADINGS), heading))
    if title is None or not types or any("VALUES" in h and " HIGH " in h for h in head) or not kind:
        raise _refusal(
            f"{where}: line 1",
            "no header of an AERMOD plot or post file of period, annual or concurrent values",
            "such files begin with lines that begin with *",
            "Give a PLOTFILE PERIOD or ANNUAL, or a POSTFILE of format PLOT (no ranks).",
        )  # fmt: skip
    fields = {
        "version": title[1],
        "title": title[2].strip(),
        "options": tuple(options[1].split()) if options else (),
        "group": kind["group"],
    }
    return fields, kind["period"], int(count[1]) if count else None, types


def _search(pattern: re.Pattern[str], head: Sequence[str]) -> re.Match[str] | None:
    return next((found for line in head if (found := pattern.search(line))), None)


def _table(data: bytes, names: Sequence[str], skipped: int, where: str) -> pd.DataFrame:
    # the name of the receptor network, last in the line, is blank for single receptors
    try:
        with warnings.catch_warnings():
            # pandas only warns when every line has more fields than there are names
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                io.BytesIO(data), sep=r"\s+", header=None, names=[*names, "network"],
                dtype={"period": str, "group": str, "network": str}, index_col=False,
                keep_default_na=False, skip_blank_lines=False, encoding_errors="replace",
                low_memory=False, quoting=csv.QUOTE_NONE,
            )  # fmt: skip
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise _refusal(
            where, f"cannot be read after line {skipped} ({str(error).strip()[:80]})",
            f"a line has {len(names)} or {len(names) + 1} fields", "Run AERMOD again.",
        ) from error  # fmt: skip
    if table.empty:
        raise _refusal(where, "has no receptors", "at least one is needed", "Run AERMOD again.")
    return table


def _numbers(column: pd.Series[Any], name: str, skipped: int, where: str, report: Report) -> Floats:
    if not pd.api.types.is_numeric_dtype(column):
        text = column.astype(str).str.replace(_EXPONENT, r"E\1", regex=True)
        values = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    else:
        values = column.to_numpy(np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    for row in bad[:MOST_TOLD]:
        found = str(column.iloc[row])
        report.add(
            f"{where}: line {skipped + row + 1}, {name}",
            f"{found[:30]!r} is no number",
            "columns of this file are numbers",
            "The number did not fit: run AERMOD with FILEFORM EXP."
            if "*" in found
            else "The file may be cut: run AERMOD again.",
        )
    return values


def _refusal(where: str, what: str, rule: str, fix: str) -> InputError:
    return InputError(Problem(where, what, rule, fix))
