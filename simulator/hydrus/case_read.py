"""Reading the folder of a reference case."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from simulator.errors import InputError, Problem
from simulator.files import read_toml
from simulator.hydrus.case import Case, EvapotranspirationCase, TransportOptions
from simulator.hydrus.case_column import build_column
from simulator.hydrus.case_format import Document, EvapotranspirationDocument, Table, Time
from simulator.hydrus.case_tables import CaseTable, find_table, read_results, read_table
from simulator.problems import Report, pydantic_problems

FILE: Final = "case.toml"
#: ``kind`` of cases without a column.
POTENTIAL_ET: Final = "potential ET"

_WEATHER: Final = "atmosphere.csv"
#: Share of the interval below which two times are one.
_SAME: Final = 1.0e-6

AnyDocument = TypeVar("AnyDocument", bound=Table)


def read_case(folder: Path | str) -> Case:
    """Read a reference case.

    Tables may be packed with gzip, ``.gz`` behind their names. Keys that may be left out have
    HYDRUS's defaults. Fluxes of the boundaries, upward in the file, are downward in the column.

    Parameters
    ----------
    folder : path
        Folder with ``case.toml``.

    Returns
    -------
    Case
        With HYDRUS's results where they are there.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    folder = Path(folder)
    where = f"{folder.name}/{FILE}"
    raw = read_toml(folder / FILE, where)
    about = raw.get("case")
    if isinstance(about, dict) and about.get("kind") == POTENTIAL_ET:
        raise InputError(
            Problem(
                f"{where}: case.kind", f"is {POTENTIAL_ET!r}", "a case of this kind has no column",
                "Read it with read_evapotranspiration_case.",
            )
        )  # fmt: skip
    document = _validate(raw, Document, where)
    report = Report()
    nodes = report.attempt(read_table, folder, document.initial.file, f"{where}: initial.file")
    records = report.attempt(_read_weather, folder, document, where)
    results = report.attempt(read_results, folder)
    report.raise_if_any()
    assert nodes is not None
    assert results is not None
    column = build_column(document, nodes, records, where)
    time, transport, grid = document.time, document.transport, document.grid
    if results.tlevel is None:
        output_times = _report_times(time)
    else:
        output_times = results.tlevel["time"].to_numpy(np.float64)
    subregions = grid.subregions or [[0.0, grid.depth]]
    return Case(
        folder=folder,
        id=document.case.id,
        title=document.case.title,
        kind=document.case.kind,
        column=column,
        output_interval=time.output_interval,
        output_times=output_times,
        print_times=np.array(time.print_times or [time.t_end]),
        subregions=tuple((top, bottom) for top, bottom in subregions),
        observation_depths=tuple(grid.observation_depths),
        transport=TransportOptions(
            time_weight=transport.time_weight,
            tol_abs=transport.tol_abs,
            tol_rel=transport.tol_rel,
            max_iter=transport.max_iter,
            peclet_courant=transport.peclet_courant,
        ),
        hydraulic_tables=document.numerics.hydraulic_tables,
        results=results,
    )


def read_evapotranspiration_case(folder: Path | str) -> EvapotranspirationCase:
    """Read a case of potential evapotranspiration only.

    Parameters
    ----------
    folder : path
        Folder with ``case.toml`` and ``et.csv``.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    folder = Path(folder)
    where = f"{folder.name}/{FILE}"
    document = _validate(read_toml(folder / FILE, where), EvapotranspirationDocument, where)
    table = read_table(folder, document.case.results, f"{where}: case.results")
    report = Report()
    daily = table.frame.assign(
        **{name: table.numbers(name, report) for name in table.frame.columns if name != "date"}
    )
    report.raise_if_any()
    site, crop = document.site, document.penman_monteith
    (short_a, short_b), (long_a, long_b) = crop.shortwave_coefficients, crop.longwave_emissivity
    return EvapotranspirationCase(
        folder=folder,
        id=document.case.id,
        note=document.case.note,
        latitude=site.latitude_deg,
        altitude=site.altitude_m,
        crop_height=crop.crop_height_cm,
        albedo=crop.albedo,
        leaf_area_index=crop.leaf_area_index,
        extinction=crop.extinction,
        measuring_height=crop.wind_and_temperature_height_cm,
        shortwave=(short_a, short_b),
        longwave=(long_a, long_b),
        daily=daily,
    )


def _validate(raw: dict[str, Any], model: type[AnyDocument], where: str) -> AnyDocument:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise InputError(pydantic_problems(error, model, lambda _: where)) from error


def _read_weather(folder: Path, document: Document, where: str) -> CaseTable | None:
    """Weather that the top needs, or that transpiration under another top takes place in."""
    top = document.boundary.top
    if top.type != "atmospheric" and top.file is None and find_table(folder, _WEATHER) is None:
        return None
    return read_table(folder, top.file or _WEATHER, f"{where}: boundary.top.file")


def _report_times(time: Time) -> NDArray[np.float64]:
    """Times at which HYDRUS reports: an interval apart, at the print times and at the end."""
    count = int(np.floor((time.t_end - time.t_start) / time.output_interval))
    multiples = time.t_start + time.output_interval * np.arange(1.0, count + 1.0)
    times = np.union1d(multiples, [*(time.print_times or []), time.t_end])
    apart = np.diff(times, prepend=-np.inf) > _SAME * time.output_interval
    return times[apart].astype(np.float64)
