"""AERMOD's results of one source and mode of emission as a footprint of a region.

AERMOD's deposition is the sum over the valid hours; in calm and missing hours nothing comes down.
A footprint is per unit emitted, so the sum is divided by what was emitted in the valid hours: what
is emitted in calms comes down as the rest does, as in the program's own footprints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator._version import __version__
from simulator.aermod.cell_mapping import DIRECT, INTERPOLATED, OUTSIDE, means_over_cells
from simulator.aermod.plot_file import PlotFile, PostFile, read_result
from simulator.constants import MODES
from simulator.data import Parameters
from simulator.errors import InputError, Problem
from simulator.footprints import hour_weights, source_schedule, stack_of
from simulator.physics.dispersion.meteorology import VALID, Meteorology, status
from simulator.problems import Report, suggest
from simulator.region.footprints import footprint_name, write_footprint
from simulator.region.meteorology import region_meteorology
from simulator.region.model import ImportedFootprint, Region
from simulator.region.read import builtin_regions, region_folder

_HOURS_PER_YEAR: Final[float] = 8766.0
_SECONDS_PER_HOUR: Final[float] = 3600.0
_G_PER_UG: Final[float] = 1e-6
#: Receptors nearer than this are one. [m]
_SAME: Final[float] = 0.01
#: More than this share of the emission on the ground shows that the rate is wrong. [-]
_MOST: Final[float] = 1.5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Imported:
    """A footprint from AERMOD's results, and how it came about.

    Attributes
    ----------
    path : Path
        File that it was written to.
    receptors : int
        Different receptors of the files.
    hours : float
        Valid hours of the results, of all files together.
    rings : bool
        Whether the receptors were rings, integrated over the cells.
    direct, interpolated, outside : int
        Cells with receptors (or within the rings), between receptors, and beyond them.
    dry, wet : float
        Share of the emission that comes down on the covered cells. [-]
    air : bool
        Whether the files held concentrations.
    """

    path: Path
    receptors: int
    hours: float
    rings: bool
    direct: int
    interpolated: int
    outside: int
    dry: float
    wet: float
    air: bool


def own_region(region: str) -> Path:
    """Folder of a region that belongs to the user.

    Raises
    ------
    InputError
        If it is a built-in region, or none.
    """
    folder = region_folder(region)
    installed = [region_folder(name).resolve() for name in builtin_regions()]
    if folder.resolve() in installed:
        raise InputError(
            Problem(
                f"region {region!r}", "is a built-in region",
                "footprints are imported into a region of one's own",
                f"Copy the folder {folder} first, and name the copy.",
            )
        )  # fmt: skip
    return folder


def import_footprint(
    region: Region,
    source: str,
    mode: str,
    files: Sequence[Path],
    rate: float = 1.0,
    valid_hours: float | None = None,
    parameters: Parameters | None = None,
    overwrite: bool = False,
) -> Imported:
    """Make AERMOD's results the footprint of a source and write it into the region's folder.

    Parameters
    ----------
    region : Region
        The region.
    source : str
        Id of the source.
    mode : str
        Mode of emission: ``"particle"``, ``"hg2"`` or ``"hg0"``.
    files : sequence of path
        Plot files (``PERIOD`` or ``ANNUAL``) or hourly post files of one source group that holds
        the source alone, in g/m2 and ug/m3. Where they share receptors, their hours add up.
    rate : float
        Emission in these runs, the mean over all hours. [g s-1]
    valid_hours : float, optional
        Hours of each file (a year of an ``ANNUAL`` file) that were neither calm nor missing. By
        default those of the region's own weather, which the files must then cover.
    parameters : Parameters, optional
        The parameter tables; their defaults if not given.
    overwrite : bool
        Whether a footprint that is there is replaced.

    Raises
    ------
    InputError
        If something does not fit.
    """
    row = _row_of(region, source, mode, rate)
    path = region.folder / footprint_name(source, mode)
    if path.exists() and not overwrite:
        raise InputError(
            Problem(
                str(path), "is there already", "a footprint is not replaced unasked",
                "Add --overwrite, or remove the file.",
            )
        )  # fmt: skip
    report = Report()
    results = [r for f in files if (r := report.attempt(_read, Path(f))) is not None]
    report.raise_if_any()
    _check_one_source(results, files)
    hours = _Hours.of(region, row, region_meteorology(region, parameters), valid_hours)
    pooled = _pool(results, files, hours, rate)
    means = means_over_cells(region.grid, stack_of(row), pooled.x, pooled.y, pooled.values)
    values, kind = means.values, means.kind
    if (kind == OUTSIDE).all():
        raise InputError(
            Problem(
                files[0].name, "no cell of the region lies among the receptors",
                f"receptors are in {region.grid.crs}, the reference system of the region",
                "Check the coordinates of the run.",
            )
        )  # fmt: skip
    dry, wet = (float(np.nansum(v)) * region.grid.cell_area for v in values[:2])
    if dry + wet > _MOST:
        raise InputError(
            Problem(
                files[0].name, f"{dry + wet:.3g} times the emission comes down",
                "at most all of it does", "Check --rate [g/s] and --valid-hours.",
            )
        )  # fmt: skip
    air = values[2] if pooled.air else np.full_like(values[0], np.nan)
    write_footprint(
        path,
        ImportedFootprint(values[0], values[1], air),
        region.grid,
        _tags(results, files, source, mode, rate, pooled.hours),
    )
    return Imported(
        path=path,
        receptors=pooled.x.size,
        hours=pooled.hours,
        rings=means.rings,
        direct=int(np.count_nonzero(kind == DIRECT)),
        interpolated=int(np.count_nonzero(kind == INTERPOLATED)),
        outside=int(np.count_nonzero(kind == OUTSIDE)),
        dry=dry,
        wet=wet,
        air=pooled.air,
    )


def _row_of(region: Region, source: str, mode: str, rate: float) -> pd.Series:
    report = Report()
    known = region.sources["id"].tolist()
    if source not in known:
        report.add(
            f"source {source!r}", f"region {region.name} has no such source",
            "sources are named by their id in sources.csv", suggest(source, known),
        )  # fmt: skip
    if mode not in MODES:
        report.add(
            f"mode {mode!r}", "is no mode of emission", f"modes are {', '.join(MODES)}",
            suggest(mode, MODES),
        )  # fmt: skip
    if not 0.0 < rate < np.inf:
        report.add(
            f"rate {rate:g}", "is no rate of emission", "rates are above 0 g/s",
            "Give the emission of the run.",
        )  # fmt: skip
    report.raise_if_any()
    return region.sources.iloc[known.index(source)]


def _read(path: Path) -> PlotFile | PostFile:
    """A plot or post file of hours with deposition."""
    result = read_result(path)
    report = Report()
    if isinstance(result, PostFile) and result.period != "1-HR":
        report.add(
            path.name, f"holds {result.period} values",
            "results of single hours, of a period or of years are imported",
            "Ask AERMOD for PLOTFILE PERIOD, or for POSTFILE 1.",
        )  # fmt: skip
    if not {"DDEP", "WDEP"} & set(result.values):
        report.add(
            path.name, f"holds {', '.join(result.values)}",
            "a footprint is dry and wet deposition", "Run AERMOD with DDEP and WDEP in MODELOPT.",
        )  # fmt: skip
    report.raise_if_any()
    return result


def _check_one_source(results: Sequence[PlotFile | PostFile], files: Sequence[Path]) -> None:
    groups = list(dict.fromkeys(r.group for r in results))
    if len(groups) > 1:
        raise InputError(
            Problem(
                files[0].name, f"the files are of groups {', '.join(groups)}",
                "the files of one footprint are of one source group, that of the source alone",
                "Import the others as footprints of their own sources.",
            )
        )  # fmt: skip


@dataclass(frozen=True)
class _Hours:
    """Which hours count, and what is emitted in them in units of the mean rate."""

    met: Meteorology
    valid: NDArray[np.bool_]
    weight: Floats
    given: float | None

    @classmethod
    def of(cls, region: Region, row: pd.Series, met: Meteorology, given: float | None) -> _Hours:
        weight = hour_weights(source_schedule(region, row), met)
        steady = np.ones(len(met)) if weight is None else weight
        return cls(met, status(met) == VALID, steady, given)

    def counted(self, result: PlotFile | PostFile, name: str) -> tuple[float, float]:
        """Valid hours of a file, and its emission in them over the mean rate. [h]"""
        if self.given is not None:
            return self.given, self.given
        total = len(self.met)
        if isinstance(result, PostFile):
            m = self.met
            key = ((m.year % 100 * 100 + m.month) * 100 + m.day) * 100 + m.hour
            covered = np.isin(key, result.time)
            if np.count_nonzero(covered) == result.time.size:
                use = covered & self.valid
                return float(use.sum()), float(self.weight[use].sum())
            what = f"{result.time.size} hours that are not all in the region's weather"
        else:
            years = round(total / _HOURS_PER_YEAR) if result.period == "ANNUAL" else 1
            whole = abs(total - years * _HOURS_PER_YEAR) <= 24.0 * max(years, 1)
            expected = years if result.period == "ANNUAL" else total
            if result.count == expected and (whole or result.period == "PERIOD"):
                use = self.valid
                return float(use.sum()) / years, float(self.weight[use].sum()) / years
            unit = "years" if result.period == "ANNUAL" else "hours"
            what = f"{result.count} {unit}, the region's weather has {total} hours"
        raise InputError(
            Problem(
                name, what, "valid hours must be known, those that are neither calm nor missing",
                "Give --valid-hours: in aermod.out, hours processed less calm and missing.",
            )
        )  # fmt: skip


@dataclass(frozen=True)
class _Pooled:
    """Receptors of all files, each once, with ``dry, wet, air [receptor, 3]`` per unit emitted."""

    x: Floats
    y: Floats
    values: Floats
    hours: float
    air: bool


def _pool(
    results: Sequence[PlotFile | PostFile], files: Sequence[Path], hours: _Hours, rate: float
) -> _Pooled:
    """Sums over the files and their hours, divided by what was emitted in them."""
    x, y = (np.concatenate([getattr(r, name) for r in results]) for name in ("x", "y"))
    place = np.rint(np.column_stack([x, y]) / _SAME).astype(np.int64)
    _, first, index = np.unique(place, axis=0, return_index=True, return_inverse=True)
    amount = np.zeros((first.size, 3))
    emitted = np.zeros((first.size, 3))
    counted = np.zeros((first.size, 3))
    at = 0
    for result, path in zip(results, files, strict=True):
        valid, emission = hours.counted(result, path.name)
        if not (valid > 0.0 and emission > 0.0):
            raise InputError(
                Problem(path.name, "nothing is emitted in valid hours", "some hour counts",
                        "Check --valid-hours and the schedule of the source.")
            )  # fmt: skip
        here = index.ravel()[at : at + result.x.size]
        at += result.x.size
        for q, name in enumerate(("DDEP", "WDEP", "CONC")):
            if name not in result.values:
                continue
            np.add.at(counted[:, q], here, valid)
            value = result.values[name]
            if value.min() < 0.0:
                raise InputError(
                    Problem(path.name, f"{name} is negative", "footprints are not negative",
                            "Run AERMOD again.")
                )  # fmt: skip
            if isinstance(result, PostFile):
                value = value.sum(axis=0) / (valid if name == "CONC" else 1.0)
            if name == "CONC":
                np.add.at(amount[:, q], here, value * _G_PER_UG * valid)
                np.add.at(emitted[:, q], here, rate * emission)
            else:
                np.add.at(amount[:, q], here, value)
                np.add.at(emitted[:, q], here, rate * emission * _SECONDS_PER_HOUR)
    if not emitted[:, :2].all():
        raise InputError(
            Problem(
                files[0].name, "dry or wet deposition is missing at some receptors",
                "both are known wherever one is", "Give the files of both.",
            )
        )  # fmt: skip
    air = bool(emitted[:, 2].all())
    values = amount / np.where(emitted > 0.0, emitted, 1.0)
    return _Pooled(x[first], y[first], values, float(counted.max()), air)


def _tags(
    results: Sequence[PlotFile | PostFile],
    files: Sequence[Path],
    source: str,
    mode: str,
    rate: float,
    hours: float,
) -> dict[str, str]:
    """What the file tells of its origin."""
    first = results[0]
    digests = [hashlib.sha256(Path(f).read_bytes()).hexdigest()[:16] for f in files]
    named = ", ".join(f"{Path(f).name} {d}" for f, d in zip(files, digests, strict=True))
    return {
        "source": f"AERMOD {first.version}, run {first.title!r}, imported with metalscape "
        f"{__version__}",
        "licence": "none stated",
        "note": f"{mode} of {source}; emission {rate:g} g/s, {hours:.0f} valid hours; files and "
        f"SHA-256: {named}",
        "options": " ".join(first.options),
    }
