"""A region as a project of AERMOD: a run for each source and mode of emission.

One source a run, since AERMOD takes the land that gases fall on, their reactivity and the slip
correction of particles for all sources of a run.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from simulator.aermod.case import Case, CaseSource, Receptors
from simulator.aermod.met_write import write_profile_file, write_surface_file
from simulator.aermod.project_readme import MARK, readme
from simulator.aermod.project_receptors import grid_receptors, ring_receptors
from simulator.aermod.runstream import write_runstream
from simulator.constants import MODES
from simulator.data import Parameters
from simulator.errors import InputError, Problem
from simulator.files import folder_beside
from simulator.footprints import (
    emitted_substances,
    farthest_corner,
    hour_weights,
    source_schedule,
    stack_of,
)
from simulator.physics.dispersion.meteorology import Meteorology
from simulator.physics.dispersion.sources import Gas, Ground, Substance
from simulator.problems import Report, suggest
from simulator.region.ground import region_ground
from simulator.region.meteorology import region_meteorology
from simulator.region.model import Region
from simulator.region.overlay import region_land

#: File that AERMOD reads where it is started without arguments.
INPUT: Final[str] = "aermod.inp"
#: Table of the runs.
RUNS: Final[str] = "runs.csv"
#: Emission in every run. [g s-1]
RATE: Final[float] = 1.0

Layout = Literal["grid", "rings"]

_README: Final[str] = "README.txt"
_GROUP: Final[str] = "ALL"


@dataclass(frozen=True)
class ProjectRun:
    """One run of a project.

    Attributes
    ----------
    folder : str
        Its folder in that of the project.
    source, mode : str
        Source and mode of emission.
    receptors : int
        Their number.
    """

    folder: str
    source: str
    mode: str
    receptors: int


def write_project(
    region: Region,
    out: Path,
    sources: Sequence[str] = (),
    layout: Layout = "grid",
    parameters: Parameters | None = None,
    overwrite: bool = False,
) -> list[ProjectRun]:
    """Write all that AERMOD needs to compute the footprints of a region's sources.

    Parameters
    ----------
    region : Region
        The region, with the land of its files.
    out : Path
        Folder of the project; it appears when it is whole.
    sources : sequence of str
        Ids of the sources; all of them by default.
    layout : str
        ``"grid"``: centres of the cells, and points inside those near the source. ``"rings"``:
        rings around each source, as the program's own footprints are made.
    parameters : Parameters, optional
        The parameter tables; their defaults if not given.
    overwrite : bool
        Whether a project that is there is replaced; other folders never are.

    Returns
    -------
    list of ProjectRun
        In the order of the sources.

    Raises
    ------
    InputError
        If a source is unknown, if the folder is there, or if AERMOD could not read a value.
    """
    p = Parameters() if parameters is None else parameters
    rows = _chosen(region, sources)
    _check_target(out, overwrite)
    met = region_meteorology(region, p)
    land = region_land(region)
    runs: list[ProjectRun] = []
    ids = region.sources["id"].tolist()
    with folder_beside(out) as folder:
        _write_met(region, met, folder / "met")
        for number, row in rows:
            stack = stack_of(row)
            if layout == "rings":
                receptors = ring_receptors(stack, farthest_corner(region.grid, stack))
            else:
                receptors = grid_receptors(region.grid, stack)
            ground = region_ground(region, (stack.x, stack.y), *land)
            substances = emitted_substances(p, str(row["sector"]), str(row["control"]))
            for mode, substance in zip(MODES, substances, strict=True):
                name = f"{_folder_name(str(row['id']), number, ids)}-{mode}"
                _write_run(region, met, folder / name, number, row, substance, receptors, ground)
                runs.append(ProjectRun(name, str(row["id"]), mode, len(receptors)))
        with (folder / RUNS).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["folder", "source", "mode", "receptors", "rate_g_s"])
            writer.writerows([r.folder, r.source, r.mode, r.receptors, RATE] for r in runs)
        (folder / _README).write_text(
            readme(region, runs[0].folder, runs[0].source, len(runs), met), encoding="utf-8"
        )
        _check_target(out, overwrite)  # it may have changed meanwhile
    return runs


def _chosen(region: Region, sources: Sequence[str]) -> list[tuple[int, pd.Series]]:
    """Rows of the sources that are asked for with their number, counted from 1."""
    known = region.sources["id"].tolist()
    report = Report()
    for name in dict.fromkeys(s for s in sources if s not in known):
        report.add(
            f"source {name!r}", f"region {region.name} has no such source",
            "sources are named by their id in sources.csv", suggest(name, known),
        )  # fmt: skip
    if not known:
        report.add(
            f"region {region.name}", "has no sources", "a project has one source at least",
            "Fill in sources.csv.",
        )  # fmt: skip
    report.raise_if_any()
    return [
        (n, row)
        for n, (_, row) in enumerate(region.sources.iterrows(), start=1)
        if not sources or row["id"] in sources
    ]


def _folder_name(source: str, number: int, ids: Sequence[str]) -> str:
    """Name of a folder that tells the source: its id where that is plain, else its number.

    Ids that differ in case only would share a folder on some disks; a number begins with ``_``, as
    no plain id does.
    """
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", source)
    alone = [i.casefold() for i in ids].count(source.casefold()) == 1
    return source if plain and alone else f"_{number:03d}"


def _write_met(region: Region, met: Meteorology, folder: Path) -> None:
    folder.mkdir()
    site = region.weather_site
    write_surface_file(met, folder / "region.SFC", latitude=site.latitude, longitude=site.longitude)
    write_profile_file(met, folder / "region.PFL")


def _write_run(
    region: Region,
    met: Meteorology,
    folder: Path,
    number: int,
    row: pd.Series,
    substance: Substance,
    receptors: Receptors,
    ground: Ground,
) -> None:
    """Folder of one run with its input file."""
    folder.mkdir()
    name = f"S{number:03d}"
    weight = hour_weights(source_schedule(region, row), met)
    factors = {}
    if weight is not None:
        schedule = source_schedule(region, row)
        assert schedule is not None
        factors[name] = schedule / schedule[met.month - 1, met.hour - 1].mean()
    case = Case(
        id=_ascii(f"metalscape {region.name} {folder.name}")[:68],
        title="",
        folder=folder,
        sources=(CaseSource(name, stack_of(row), substance, RATE),),
        groups={_GROUP: (name,)},
        receptors=receptors,
        surface_file=folder.parent / "met" / "region.SFC",
        profile_file=folder.parent / "met" / "region.PFL",
        start_year=int(met.year[0]),
        outputs=("CONC", "DDEP", "WDEP"),
        ground=ground if isinstance(substance, Gas) else None,
    )
    notes = [
        _ascii(f"Source {row['id']} of the region {region.name}, written by metalscape")[:200],
        f"Emission: {RATE:g} g/s on average over all hours; results are per unit emission",
        *(["EMISFACT holds the schedule of the source, its mean 1"] if factors else []),
    ]
    write_runstream(case, folder / INPUT, emission_factors=factors, notes=notes)


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _check_target(out: Path, overwrite: bool) -> None:
    """Refuse to replace what is no project, and a project without leave."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    mark = out / _README
    ours = mark.is_file() and mark.read_text("utf-8", errors="replace").startswith(MARK)
    if not ours:
        raise InputError(
            Problem(
                f"folder {str(out)!r}", "is there and is no AERMOD project of metalscape",
                "a project is written to a new folder", "Name another folder with --out.",
            )
        )  # fmt: skip
    if not overwrite:
        raise InputError(
            Problem(
                f"folder {str(out)!r}", "is there already",
                "a project, with AERMOD's results in it, is not replaced unasked",
                "Name another folder with --out, or add --overwrite.",
            )
        )  # fmt: skip
