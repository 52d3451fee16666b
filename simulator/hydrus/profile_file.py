"""Writing ``PROFILE.DAT`` and ``ATMOSPH.IN``: the nodes, and the weather."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.hydrus.number_text import field, join, number
from simulator.physics.percolation.column import Column, Weather

Floats = NDArray[np.float64]


def subregion_of(depth: Floats, subregions: Sequence[tuple[float, float]]) -> NDArray[np.int64]:
    """Number of the subregion of each node, from 1; a node between two belongs to the upper.

    Parameters
    ----------
    depth : ndarray ``[node]``
        [cm]
    subregions : sequence of (float, float)
        Upper and lower ends, downwards and without gaps. [cm]
    """
    lower = np.array([bottom for _, bottom in subregions[:-1]])
    return np.searchsorted(lower, depth, side="left") + 1


def profile_lines(
    column: Column,
    subregions: Sequence[tuple[float, float]],
    observation_depths: Sequence[float],
) -> Iterator[str]:
    """Lines of ``PROFILE.DAT``; observation depths are moved to the nearest node.

    Parameters
    ----------
    column : Column
        What is simulated. Heads that an end is held at are written for its node: HYDRUS takes
        them from there.
    subregions : sequence of (float, float)
        Upper and lower ends of the parts that are balanced apart. [cm]
    observation_depths : sequence of float
        Where HYDRUS reports fluxes. [cm]
    """
    profile, solutes = column.profile, column.solutes
    depth, head = profile.depth, column.head.astype(np.float64)
    if column.top.kind == "head":
        head[0] = column.top.value
    if column.bottom.kind == "head":
        head[-1] = column.bottom.value
    density = np.zeros(depth.size) if column.roots is None else column.roots.density
    layer = subregion_of(depth, subregions)
    yield "Pcp_File_Version=4"
    yield "0"
    yield (
        f"{depth.size} {len(profile.materials)} {len(solutes)} 1"
        "  x  h  Mat  Lay  Beta  Axz  Bxz  Dxz  Temp  Conc"
    )
    for i in range(depth.size):
        line = (
            f"{i + 1:5d}{field(-depth[i], '15.6e')}{field(head[i], '15.6e')}"
            f"{profile.material[i] + 1:4d}{layer[i]:4d}{field(density[i], '15.6e')} 1 1 1"
        )
        if solutes:
            line += " 20" + "".join(field(s.initial[i], "15.6e") for s in solutes)
        yield line
    yield f" {len(observation_depths)}"
    if observation_depths:
        nodes = [int(np.argmin(np.abs(depth - d))) + 1 for d in observation_depths]
        yield " ".join(str(n) for n in nodes)


def weather_lines(column: Column, weather: Weather) -> Iterator[str]:
    """Lines of ``ATMOSPH.IN``, with the records that end after the start of the run.

    Parameters
    ----------
    column : Column
        What is simulated.
    weather : Weather
        Its weather.
    """
    top, solutes = column.top, len(column.solutes)
    records = weather.end.size
    rain = weather.concentration if weather.concentration.size else np.zeros((solutes, records))
    rows = np.flatnonzero(weather.end > column.start)
    yield "Pcp_File_Version=4"
    yield "*** BLOCK I: ATMOSPHERIC INFORMATION **********************************"
    yield "MaxAL (number of atmospheric data records)"
    yield f" {rows.size}"
    yield "DailyVar SinusVar lLay lBCCycles lInterc lDummy"
    yield join("ffffff")
    yield "hCritS (max. allowed pressure head at the soil surface)"
    yield join((top.h_crit_s,))
    names = "tAtm Prec rSoil rRoot hCritA rB hB hT"
    yield names + (" tTop tBot Ampl" + " cTop cBot" * solutes if solutes else "")
    end = join((abs(top.h_crit_a), 0, 0, 0, *((20, 20, 0) if solutes else ())))
    for row in rows:
        line = (
            f"{number(weather.end[row]):>11}{field(weather.rain[row], '10.5f')}"
            f"{field(weather.evaporation[row], '9.5f')}{field(weather.transpiration[row], '9.5f')}"
        )
        line += end + "".join(f" {number(c)} 0" for c in rain[:, row])
        yield line
    yield "end*** END OF INPUT FILE 'ATMOSPH.IN' **********************************"
