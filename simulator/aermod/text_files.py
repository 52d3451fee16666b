"""Text files of foreign programs: lines that may be compressed, fields that should be numbers."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.errors import InputError, Problem
from simulator.files import MIB, check_file
from simulator.problems import Report

#: Problems of one kind that are told in full; the rest is counted.
MOST_TOLD = 5

_MAGIC = b"\x1f\x8b"


def read_bytes(path: Path, where: str, max_size: int) -> bytes:
    """Content of a file, unpacked if it is gzip.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        File, for messages.
    max_size : int
        Largest size accepted, packed and unpacked. [byte]

    Raises
    ------
    InputError
        If it is not there, too large or damaged.
    """
    check_file(path, where, max_size)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _MAGIC
            raw.seek(0)
            data = _first(gzip.GzipFile(fileobj=raw) if packed else raw, max_size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            Problem(
                where,
                f"cannot be read ({error})",
                "files are plain text or text packed with gzip",
                "Get the file again, or check its permissions.",
            )
        ) from error
    if len(data) > max_size:
        raise InputError(
            Problem(
                where,
                f"unpacks to more than {max_size / MIB:.0f} MiB",
                f"files of this kind may have {max_size / MIB:.0f} MiB",
                "Check that it is the right file; if it is, split it.",
            )
        )
    return data


def _first(stream: BinaryIO | gzip.GzipFile, size: int) -> bytes:
    # one read() of a GzipFile may return less than was asked for
    buffer = io.BytesIO()
    while buffer.tell() < size and (chunk := stream.read(min(MIB, size - buffer.tell()))):
        buffer.write(chunk)
    return buffer.getvalue()


def read_lines(path: Path, where: str, max_size: int) -> list[str]:
    """Lines of a text file, unpacked if it is gzip; bytes that are no text become ``?`` signs.

    Raises
    ------
    InputError
        If it is not there, too large or damaged.
    """
    return read_bytes(path, where, max_size).decode("utf-8-sig", errors="replace").splitlines()


def to_numbers(
    rows: Sequence[Sequence[str]],
    lines: Sequence[int],
    where: str,
    names: Sequence[str],
    report: Report,
) -> NDArray[np.float64]:
    """Fields as numbers ``[row, column]``; those that are none are reported and become 0.

    Parameters
    ----------
    rows : sequence of sequence of str
        Fields, as many in every row as there are names.
    lines : sequence of int
        Number of the line of each row, for messages.
    where : str
        File, for messages.
    names : sequence of str
        Columns.
    report : Report
        Receives what is wrong.
    """
    fields = np.array(rows, dtype=object).reshape(len(rows), len(names))
    values = (
        pd.to_numeric(pd.Series(fields.ravel()), errors="coerce")
        .to_numpy(np.float64)
        .reshape(fields.shape)
    )
    bad = np.argwhere(~np.isfinite(values))
    for row, column in bad[:MOST_TOLD]:
        report.add(
            f"{where}: line {lines[row]}, {names[column]}",
            f"{str(fields[row, column])[:40]!r} is no number",
            "columns of this file are numbers",
            "Write the file again; missing values have codes of their own.",
        )
    if len(bad) > MOST_TOLD:
        report.add(
            where,
            f"{len(bad) - MOST_TOLD} more fields are no numbers",
            "columns of this file are numbers",
            "Check that it is the right file.",
        )
    return np.where(np.isfinite(values), values, 0.0)


def tell_lines(
    report: Report,
    where: str,
    lines: NDArray[np.int64],
    mask: NDArray[np.bool_],
    what: str,
    rule: str,
    fix: str,
) -> None:
    """Report the first line of a mask and how many more share the problem."""
    rows = np.flatnonzero(mask)
    if rows.size:
        more = f" (and {rows.size - 1} more lines)" if rows.size > 1 else ""
        report.add(f"{where}: line {lines[rows[0]]}", what + more, rule, fix)
