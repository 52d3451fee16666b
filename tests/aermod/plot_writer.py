"""Plot and post files in AERMOD's columns, for results that are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_HEADINGS = {"CONC": "AVERAGE CONC", "DDEP": "    DRY DEPO", "WDEP": "    WET DEPO"}

Floats = NDArray[np.float64]


def write_plot_file(
    path: Path,
    x: Floats,
    y: Floats,
    values: Mapping[str, Floats],
    number: int,
    period: str = "PERIOD",
    group: str = "ALL",
) -> Path:
    """Values ``[receptor]`` over a number of hours (``PERIOD``) or years (``ANNUAL``)."""
    lines = _head(f"PLOT FILE OF {period} VALUES AVERAGED ACROSS   0 YEARS", x.size, values, group)
    lines += _lines(x, y, values, period, group, number)
    path.write_text("\n".join(lines) + "\n")
    return path


def write_post_file(
    path: Path, x: Floats, y: Floats, values: Mapping[str, Floats], time: NDArray[np.int64]
) -> Path:
    """Values ``[hour, receptor]`` of hours yymmddhh."""
    lines = _head("POST/PLOT FILE OF CONCURRENT  1-HR VALUES", x.size, values, "ALL")
    for h, when in enumerate(time.tolist()):
        lines += _lines(x, y, {k: v[h] for k, v in values.items()}, "1-HR", "ALL", when)
    path.write_text("\n".join(lines) + "\n")
    return path


def _head(kind: str, receptors: int, values: Mapping[str, Floats], group: str) -> list[str]:
    return [
        "* AERMOD (24142 ): of a test                                                 06/01/25",
        "* AERMET ( 24142):                                                           12:00:00",
        f"* MODELING OPTIONS USED:   NonDFAULT  {'  '.join(values)}  FLAT  DRYDPLT  WETDPLT  RURAL",
        f"*         {kind} FOR SOURCE GROUP: {group:<8}",
        f"*         FOR A TOTAL OF {receptors:5d} RECEPTORS.",
        "*         FORMAT: (...)",
        f"*        X             Y      {'  '.join(_HEADINGS[v] for v in values)}    ZELEV    ZHILL"
        "    ZFLAG    AVE     GRP      NUM HRS   NET ID",
        "* ____________  ____________",
    ]


def _lines(
    x: Floats, y: Floats, values: Mapping[str, Floats], period: str, group: str, number: int
) -> list[str]:
    table = np.column_stack([x, y, *values.values()])
    return [
        f" {row[0]:13.5f} {row[1]:13.5f} "
        + " ".join(f"{v:13.6E}" for v in row[2:])
        + f"     0.00     0.00     0.00  {period:>6}  {group:<8}  {number:08d}          "
        for row in table.tolist()
    ]
