"""A column as a project of HYDRUS-1D 4.xx, to repeat a run with the original."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulator.errors import InputError, Problem
from simulator.files import folder_beside
from simulator.hydrus.case import Case, TransportOptions
from simulator.hydrus.profile_file import profile_lines, weather_lines
from simulator.hydrus.project_check import check_project
from simulator.hydrus.selector import selector_lines
from simulator.physics.percolation.column import Column
from simulator.problems import Report

SELECTOR: Final = "SELECTOR.IN"
PROFILE: Final = "PROFILE.DAT"
WEATHER: Final = "ATMOSPH.IN"


def write_project(
    column: Column,
    folder: Path | str,
    *,
    title: str = "metalscape",
    output_interval: float = 1.0,
    print_times: Sequence[float] = (),
    subregions: Sequence[tuple[float, float]] = (),
    observation_depths: Sequence[float] = (),
    transport: TransportOptions | None = None,
    hydraulic_tables: bool = False,
    overwrite: bool = False,
) -> None:
    """Write the files that HYDRUS-1D reads (file version 4) for a column.

    ``SELECTOR.IN`` and ``PROFILE.DAT``, and ``ATMOSPH.IN`` under an atmospheric top. Numbers keep
    all their digits. Fluxes become positive upward, depths negative.

    Parameters
    ----------
    column : Column
        What is simulated.
    folder : path
        Folder of the project; it appears when it is whole.
    title : str
        Heading.
    output_interval : float
        Between reports of fluxes. [d]
    print_times : sequence of float
        Of profiles and balances; the end of the run if none are given. [d]
    subregions : sequence of (float, float)
        Upper and lower end of parts that are balanced apart; the whole by default. [cm]
    observation_depths : sequence of float
        Where fluxes are reported, moved to the nearest node. [cm]
    transport : TransportOptions, optional
        HYDRUS's own options; its defaults if not given.
    hydraulic_tables : bool
        Whether HYDRUS interpolates the hydraulic functions in a table: faster, and less exact.
    overwrite : bool
        Whether a project that is there is replaced, results and all; other folders never are.

    Raises
    ------
    InputError
        If HYDRUS could not take the column, or the folder is there.
    """
    folder = Path(folder)
    end = float(column.profile.depth[-1])
    parts = tuple(subregions) or ((0.0, end),)
    times = tuple(print_times) or (column.stop,)
    report = Report()
    check_project(column, times, parts, observation_depths, folder.name, report)
    report.raise_if_any()
    files = {
        SELECTOR: selector_lines(
            column,
            title=" ".join(title.split()).encode("ascii", "replace").decode(),
            output_interval=output_interval,
            print_times=times,
            subregions=len(parts),
            transport=transport or TransportOptions(),
            hydraulic_tables=hydraulic_tables,
        ),
        PROFILE: profile_lines(column, parts, observation_depths),
    }
    if column.top.kind == "atmospheric" and column.weather is not None:
        files[WEATHER] = weather_lines(column, column.weather)
    _check_target(folder, overwrite)
    with folder_beside(folder) as new:
        for name, lines in files.items():
            text = "".join(f"{line}\n" for line in lines)
            (new / name).write_text(text, encoding="ascii", newline="\n")


def write_case(case: Case, folder: Path | str, *, overwrite: bool = False) -> None:
    """Write the project of a reference case, as `write_project` does.

    Parameters
    ----------
    case : Case
        The case.
    folder : path
        Folder of the project.
    overwrite : bool
        Whether a project that is there is replaced.
    """
    write_project(
        case.column,
        folder,
        title=case.title,
        output_interval=case.output_interval,
        print_times=case.print_times.tolist(),
        subregions=case.subregions,
        observation_depths=case.observation_depths,
        transport=case.transport,
        hydraulic_tables=case.hydraulic_tables,
        overwrite=overwrite,
    )


def _check_target(folder: Path, overwrite: bool) -> None:
    """Refuse to replace what is no project, and a project without leave."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    ours = (folder / SELECTOR).is_file() and (folder / PROFILE).is_file()
    if not (ours and overwrite):
        what = "is there already" if ours else "is there and is no project of HYDRUS-1D"
        fix = "Name another folder, or ask to overwrite." if ours else "Name another folder."
        raise InputError(
            Problem(f"folder {str(folder)!r}", what, "a project is written to a new folder", fix)
        )
