"""Opening a run and asking it for fields, with answers that help when the question is wrong."""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.errors import InputError, Problem
from simulator.ledger import Pathway
from simulator.problems import suggest
from simulator.record import RunFolder
from simulator.region.model import Grid

if TYPE_CHECKING:
    from simulator.region import Region

#: Folder in which runs are looked for and put.
RUNS: Final = Path("runs")
#: Ending of the folder of a run that is not finished.
PARTIAL: Final = ".partial"
#: Endings of folders that are no runs of their own.
_TAKEN: Final = (PARTIAL, ".replaced", ".")  # a dot at the end is lost on some systems


def open_run(run: str | Path, runs: Path = RUNS) -> RunFolder:
    """Open a run by its path or by its name in the folder of runs.

    Parameters
    ----------
    run : str or Path
        Path of a run folder, or the name of one in ``runs``. A run that is not finished is found
        under its name too.
    runs : Path
        Where names are looked for.

    Raises
    ------
    InputError
        If there is no such run; names those that there are.
    RunError
        If the folder is there but cannot be read as a run.
    """
    return RunFolder(find_run(run, runs))


def find_run(run: str | Path, runs: Path = RUNS) -> Path:
    """Folder of a run; see :func:`open_run`."""
    for folder in (Path(run), runs / run, runs / f"{run}{PARTIAL}", Path(f"{run}{PARTIAL}")):
        if (folder / "manifest.json").is_file():
            return folder
    names = sorted(p.parent.name for p in runs.glob("*/manifest.json"))
    raise InputError(
        Problem(
            f"run {str(run)!r}",
            "there is no such run",
            f"a run is a folder with manifest.json, or the name of one in {runs}/",
            suggest(Path(run).name, names) if names else "Make one with: metalscape run",
        )
    )


def safe_name(name: str) -> str:
    """Name of a run that is the name of a folder and nothing else.

    Raises
    ------
    InputError
        If it could lead elsewhere.
    """
    known = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name)
    if not known or name.lower().endswith(_TAKEN):
        raise InputError(
            Problem(
                f"name {name!r}", "is not the name of a run",
                "names are up to 80 letters, digits, hyphens, underscores and dots, without "
                f"{_TAKEN[0]}, {_TAKEN[1]} or a dot at the end",
                "For example --name compact-city.",
            )
        )  # fmt: skip
    return name


def run_name(run: RunFolder) -> str:
    """Name of a run, finished or not."""
    return str(run.manifest["name"])


def metal_of(run: RunFolder, metal: str) -> str:
    """Symbol of a metal of the run, whatever its case."""
    known = [str(m) for m in run.history["metal"].values]
    for name in known:
        if name.lower() == metal.lower():
            return name
    raise InputError(
        Problem(
            f"metal {metal!r}", "is not in the run", "metals are named by their symbols",
            suggest(metal, known),
        )
    )  # fmt: skip


def years_of(run: RunFolder) -> NDArray[np.int64]:
    """Years at whose beginning the state was recorded, rising."""
    return np.asarray(run.history["year"].values, dtype=np.int64)


def year_of(run: RunFolder, year: int | None) -> int:
    """Check a year of the history; the last one if None."""
    years = years_of(run)
    if year is None:
        return int(years[-1])
    if year not in years:
        nearest = int(years[np.argmin(np.abs(years - year))])
        apart = int(years[1] - years[0]) if years.size > 1 else 1
        step = f", every {apart} years" if apart > 1 else ""
        raise InputError(
            Problem(
                f"year {year}", "is not in the history",
                f"the run {run_name(run)!r} holds the states of {years[0]} to {years[-1]}{step}",
                f"The nearest is {nearest}.",
            )
        )  # fmt: skip
    return year


def cell_of(run: RunFolder, row: int, col: int) -> tuple[int, int]:
    """Check a cell and that it has soil."""
    rows, cols = run.history.sizes["y"], run.history.sizes["x"]
    if not (0 <= row < rows and 0 <= col < cols):
        raise InputError(
            Problem(
                f"cell {row},{col}", "lies outside the grid",
                f"rows are 0 (north) to {rows - 1}, columns 0 (west) to {cols - 1}",
                "Give the cell as ROW,COL.",
            )
        )  # fmt: skip
    if not np.isfinite(run.history["content"][0, 0, 0, row, col].item()):
        raise InputError(
            Problem(
                f"cell {row},{col}", "has no soil",
                "only cells with soil take part in the balance",
                _nearest_soil(run, row, col),
            )
        )  # fmt: skip
    return row, col


def grid_of(run: RunFolder) -> Grid:
    """Grid of a run."""
    grid = run.manifest["grid"]
    return Grid(
        grid["crs"], grid["x_min"], grid["y_max"], grid["cell_size"], (grid["rows"], grid["cols"])
    )


def region_of(run: RunFolder) -> Region:
    """Region of a run, read once for all runs of it.

    Raises
    ------
    InputError
        If it is not there any more, or is not what the run was made with.
    """
    return _region(_Place(str(run.manifest["region"]["digest"]), run))


@dataclasses.dataclass(frozen=True)
class _Place:
    """A region, known by the SHA-256 over its files, and a run that says where it is."""

    digest: str
    run: RunFolder = dataclasses.field(compare=False)


@lru_cache(maxsize=2)
def _region(place: _Place) -> Region:
    from simulator.record.restart import same_region

    run = place.run
    try:
        return same_region(run)
    except InputError as error:
        raise InputError(
            Problem(
                f"run {run_name(run)!r}",
                f"its region cannot be read: {error}",
                "limits, and what a stack leaves where, follow from the region's files",
                f"Bring the region back to {run.manifest['region']['folder']}.",
            )
        ) from error


def content(run: RunFolder, metal: str, year: int) -> NDArray[np.float64]:
    """Content of the control layer at the beginning of a year, ``[row, col]``. [mg kg-1]."""
    field = run.history["content"].sel(metal=metal, year=year)
    return field.isel(layer=0).values.astype(np.float64)


def pathways_of(run: RunFolder) -> list[Pathway]:
    """Pathways of the run's ledger, in its order."""
    return [
        Pathway(**{f.name: p[f.name] for f in dataclasses.fields(Pathway)})
        for p in run.manifest["pathways"]
    ]


def control_layer(run: RunFolder) -> str:
    """Name the control layer: ``top 20 cm``."""
    return f"top {100.0 * run.manifest['layer_thickness'][0]:.0f} cm"


def layer_name(run: RunFolder, layer: int) -> str:
    """Depth of a layer in words: ``20-50 cm``."""
    edges = np.concatenate(([0.0], np.cumsum(run.manifest["layer_thickness"]))) * 100.0
    return f"{edges[layer]:.0f}-{edges[layer + 1]:.0f} cm"


def _nearest_soil(run: RunFolder, row: int, col: int) -> str:
    """Sentence that names the nearest cell with soil."""
    rows, cols = np.nonzero(np.isfinite(run.history["content"][0, 0, 0].values))
    if rows.size == 0:
        return "The run has no soil."
    k = int(np.argmin((rows - row) ** 2 + (cols - col) ** 2))
    return f"The nearest cell with soil is {rows[k]},{cols[k]}."
