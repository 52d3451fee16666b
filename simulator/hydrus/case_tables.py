"""Tables of a case: CSV, plain or packed with gzip, with more columns than are asked for."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.aermod.text_files import read_bytes
from simulator.errors import InputError, Problem
from simulator.files import MIB, file_inside
from simulator.hydrus.case import Results
from simulator.problems import Report
from simulator.region.csv_table import complain

Floats = NDArray[np.float64]

MAX_TABLE: Final = 256 * MIB
#: Column that the rows of each result are for.
RESULT_KEYS: Final = {
    "tlevel": "time",
    "solute": "time",
    "profiles": "time",
    "balance": "time",
    "annual": "year",
    "standard_build": "time",
}


@dataclass(frozen=True)
class CaseTable:
    """A table of texts and where it stands, for messages."""

    frame: pd.DataFrame
    where: str

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, name: str) -> bool:
        return name in self.frame

    def numbers(
        self, name: str, report: Report, low: float = -np.inf, high: float = np.inf
    ) -> Floats:
        """Numbers of a column; what is wrong with them is reported, and becomes 0.

        Parameters
        ----------
        name : str
            Header.
        report : Report
            Receives what is wrong.
        low, high : float
            Range of the numbers.
        """
        if name not in self.frame:
            report.add(
                f"{self.where}: {name}", "the column is missing",
                f"the columns are {', '.join(map(str, self.frame.columns))}", "Add the column.",
            )  # fmt: skip
            return np.zeros(len(self.frame))
        fields = self.frame[name]
        values = _floats(fields)
        lost = ~np.isfinite(values)
        if lost.any():
            text = fields[lost].iloc[0].strip()
            found = f"{text[:40]!r} is no number" if text else "is blank"
            complain(
                report, self.where, name, lost, found, "every field is a number", "Fill it in."
            )
        outside = ~lost & ((values < low) | (values > high))
        if outside.any():
            complain(
                report, self.where, name, outside, f"value {values[outside][0]:g}",
                f"values lie in {low:g} to {high:g}", "Check value and unit.",
            )  # fmt: skip
        return np.where(lost | outside, 0.0, values)


def find_table(folder: Path, name: str) -> str | None:
    """Name of a table as it is there, plain or packed; None where it is not."""
    return next((n for n in (name, f"{name}.gz") if (folder / n).exists()), None)


def read_table(folder: Path, name: str, asked: str) -> CaseTable:
    """Table of a case, plain or packed (``.gz`` behind its name).

    Parameters
    ----------
    folder : Path
        Folder of the case.
    name : str
        File.
    asked : str
        Who names the file, for messages.

    Raises
    ------
    InputError
        If it cannot be read or is no table.
    """
    name = find_table(folder, name) or name
    where = f"{folder.name}/{name}"
    data = read_bytes(file_inside(folder, name, asked, MAX_TABLE), where, MAX_TABLE)
    try:
        frame = pd.read_csv(
            io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8-sig"
        ).fillna("")  # fields that are missing at the end of a row
    except (ValueError, UnicodeDecodeError) as error:
        raise _no_table(where, f"is no table ({error})") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise _no_table(where, "its rows have more fields than its header")
    if frame.empty:
        raise _no_table(where, "the table has no rows")
    frame.columns = [str(c).strip() for c in frame.columns]
    return CaseTable(frame, where)


def _no_table(where: str, what: str) -> InputError:
    return InputError(Problem(where, what, "tables are CSV with one header", "Get the file again."))


def read_results(folder: Path) -> Results:
    """HYDRUS's results of a case, those that are there.

    Raises
    ------
    InputError
        If a file cannot be read or holds what is no number.
    """
    report = Report()
    tables = {
        name: report.attempt(_result, folder, f"{name}.csv", key)
        for name, key in RESULT_KEYS.items()
        if find_table(folder, f"{name}.csv")
    }
    report.raise_if_any()
    return Results(**tables)


def _result(folder: Path, name: str, key: str) -> pd.DataFrame:
    table = read_table(folder, name, f"{folder.name}/{name}")
    report = Report()
    whole = [c for c in ("node", "year") if c in table]
    for name in dict.fromkeys([key, *whole]):
        table.numbers(name, report)
    numbers = {}
    for column, fields in table.frame.items():
        numbers[column] = _floats(fields)
        blank = fields.str.strip().str.lower().isin(["", "nan"]).to_numpy()
        if np.any(np.isnan(numbers[column]) & ~blank):
            report.add(
                f"{table.where}: {column}", "holds what is no number", "results are numbers",
                "Get the file again.",
            )  # fmt: skip
    report.raise_if_any()
    frame = pd.DataFrame(numbers)
    return frame.astype(dict.fromkeys(whole, "int64"))


def _floats(fields: pd.Series) -> Floats:
    """Numbers, each the nearest to its digits; what is none is NaN."""
    try:
        return fields.to_numpy(dtype=object).astype(np.float64)
    except ValueError:
        return np.array([_float(text) for text in fields])


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
