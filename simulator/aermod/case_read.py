"""Reading a reference case: its ``case.toml``, receptors and results."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from simulator.aermod.case import Case, CaseSource, Hours, Receptors, UrbanArea
from simulator.aermod.case_format import Document, Options
from simulator.aermod.case_sources import read_ground, read_source
from simulator.aermod.text_files import read_bytes
from simulator.files import MIB, file_inside, read_toml
from simulator.problems import Report, pydantic_problems, suggest
from simulator.region.csv_table import Column, read_table

FILE = "case.toml"
MAX_RECEPTORS = 8 * MIB
MAX_RESULTS = 256 * MIB
MAX_MET_FILE = 64 * MIB

_SUBSTANCES = ("particles_method1", "particles_method2", "gas")


def read_case(folder: Path | str) -> Case:
    """Read a reference case.

    Files that it names lie in its folder or, named ``../...``, in the parent of that folder.
    Particles or gas of a source count although only concentration is asked for, as they do in
    AERMOD: they settle and deplete the plume. Depletion is that of ``dry_depletion`` and
    ``wet_depletion`` then.

    Parameters
    ----------
    folder : path
        Folder with ``case.toml``.

    Returns
    -------
    Case
        In SI units, except rates of emission. [g s-1]

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    folder = Path(folder)
    where = f"{folder.name}/{FILE}"
    raw = read_toml(folder / FILE, where)
    report = Report()
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        report.extend(pydantic_problems(error, Document, lambda _: where))
        report.raise_if_any()
        raise
    options, met = document.options, document.met
    deposits = any(key in entry for entry in document.sources for key in _SUBSTANCES)
    _check_options(options, deposits, where, report)
    urban = set(options.urban_area.urban_sources) if options.urban_area else set()
    sources = tuple(
        source
        for n, entry in enumerate(document.sources, start=1)
        if (source := read_source(entry, f"{where}: sources {n}", options, urban, report))
    )
    _check_names(document, sources, urban, where, report)
    days = [_day(value, where, key, report) for key, value in
            (("first_day", met.first_day), ("last_day", met.last_day))]  # fmt: skip
    surface = report.attempt(
        _file, folder, met.surface_file, f"{where}: met.surface_file", MAX_MET_FILE
    )
    profile = report.attempt(
        _file, folder, met.profile_file, f"{where}: met.profile_file", MAX_MET_FILE
    )
    receptors = report.attempt(
        _receptors, folder, document.receptors.file, document.receptors.count, where
    )
    ground = read_ground(options.gas_deposition, where, report)
    report.raise_if_any()
    assert surface is not None
    assert profile is not None
    assert receptors is not None
    area = options.urban_area
    return Case(
        id=document.id,
        title=document.title,
        folder=folder,
        sources=sources,
        groups={name: tuple(ids) for name, ids in document.groups.items()},
        receptors=receptors,
        surface_file=surface,
        profile_file=profile,
        start_year=met.start_year,
        flat=options.flat_terrain,
        regulatory_default=options.regulatory_default,
        outputs=tuple(options.outputs),
        dry_depletion=options.dry_depletion,
        wet_depletion=options.wet_depletion,
        stack_tip_downwash=options.stack_tip_downwash,
        ground=ground,
        urban=UrbanArea(area.name, area.population, area.roughness_m) if area else None,
        profile_base=met.profile_base_elev_m,
        first_day=days[0],
        last_day=days[1],
        surface_station=met.surface_station_id,
        upper_air_station=met.upper_air_station_id,
        site_station=met.site_station_id,
        hours=Hours(met.hours_processed, met.hours_calm, met.hours_missing),
        results=document.results.model_dump(exclude_none=True),
    )


def read_results(case: Case) -> dict[str, pd.DataFrame]:
    """AERMOD's results of a case.

    Returns
    -------
    dict of str to DataFrame
        ``period``, and ``hourly`` or ``hourly_sample`` if the case has them. Columns ``group``,
        ``x_m``, ``y_m``, ``conc_ug_m3``, with deposition ``ddep_g_m2``, ``wdep_g_m2`` and
        ``depos_g_m2``; hourly ones ``yymmddhh`` (integer, hour ending) too.

    Raises
    ------
    InputError
        If a file cannot be read or has other columns.
    """
    report = Report()
    tables = {}
    for kind, name in case.results.items():
        table = report.attempt(_result, case, kind, name)
        if table is not None:
            tables[kind] = table
    report.raise_if_any()
    return tables


def _result(case: Case, kind: str, name: str) -> pd.DataFrame:
    where = f"{case.folder.name}/{name}"
    path = _file(case.folder, name, f"{case.folder.name}/{FILE}: results.{kind}", MAX_RESULTS)
    data = read_bytes(path, where, MAX_RESULTS)
    numbers = ["x_m", "y_m", "conc_ug_m3"]
    if case.deposition:
        numbers += ["ddep_g_m2", "wdep_g_m2", "depos_g_m2"]
    whole = [] if kind == "period" else ["yymmddhh"]
    report = Report()
    try:
        table = pd.read_csv(io.BytesIO(data), dtype={"group": str}, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        report.add(where, f"is no table ({error})", "results are CSV", "Get the file again.")
        report.raise_if_any()
        raise
    for column in ["group", *whole, *numbers]:
        if column not in table:
            report.add(
                f"{where}: {column}", "the column is missing",
                f"columns are group, {', '.join(whole + numbers)}", "Get the file again.",
            )  # fmt: skip
        elif column in numbers and not pd.api.types.is_numeric_dtype(table[column]):
            report.add(
                f"{where}: {column}", "holds what is no number", "results are numbers",
                "Get the file again.",
            )  # fmt: skip
    report.raise_if_any()
    # columns of zeros are read as integers
    return table.astype({**dict.fromkeys(numbers, "float64"), **dict.fromkeys(whole, "int64")})


def _file(folder: Path, name: str, where: str, max_size: int) -> Path:
    """A file in the folder of the case or in the parent of that folder."""
    if name.startswith("../"):
        return file_inside(folder.resolve().parent, name[3:], where, max_size)
    return file_inside(folder, name, where, max_size)


def _receptors(folder: Path, name: str, count: int, where: str) -> Receptors:
    path = _file(folder, name, f"{where}: receptors.file", MAX_RECEPTORS)
    columns = [Column(n, unit="m") for n in ("x_m", "y_m", "z_elev_m", "z_hill_m", "z_flag_m")]
    table = read_table(path, f"{folder.name}/{name}", columns)
    report = Report()
    if len(table) != count:
        report.add(
            f"{where}: receptors.count", f"{count}, but {name} has {len(table)}",
            "both must agree", "Check that it is the right file.",
        )  # fmt: skip
    report.raise_if_any()
    return Receptors(*(table[c.name].to_numpy() for c in columns))


def _day(text: str | None, where: str, key: str, report: Report) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        report.add(
            f"{where}: met.{key}", f"{text!r} ({error})", "days are yyyy-mm-dd", "Correct the day."
        )
        return None


def _check_options(options: Options, deposits: bool, where: str, report: Report) -> None:
    """Keys that say the same as ``modelopt`` must agree with it."""
    words = options.modelopt
    outputs = [w for w in words if w in ("CONC", "DEPOS", "DDEP", "WDEP")]
    depletes = options.deposition or deposits
    for key, found, said in (
        ("regulatory_default", options.regulatory_default, "DFAULT" in words),
        ("flat_terrain", options.flat_terrain, "FLAT" in words),
        ("outputs", options.outputs, outputs),
        ("deposition", options.deposition, outputs != ["CONC"]),
        ("dry_depletion", options.dry_depletion, depletes and "NODRYDPLT" not in words),
        ("wet_depletion", options.wet_depletion, depletes and "NOWETDPLT" not in words),
        ("stack_tip_downwash", options.stack_tip_downwash, "NOSTD" not in words),
        ("urban", options.urban, options.urban_area is not None),
    ):  # fmt: skip
        if found != said:
            other = "[options.urban_area]" if key == "urban" else "modelopt"
            report.add(
                f"{where}: options.{key}", f"found {found}, but {other} means {said}",
                "both must agree", "Correct one of them.",
            )  # fmt: skip


def _check_names(
    document: Document,
    sources: tuple[CaseSource, ...],
    urban: set[str],
    where: str,
    report: Report,
) -> None:
    ids = [str(entry.get("id", "")) for entry in document.sources]
    for name in dict.fromkeys(i for i in ids if ids.count(i) > 1):
        report.add(
            f"{where}: sources", f"id {name!r} is there twice", "ids are unique", "Rename one."
        )
    named = [
        (f"groups.{group}", name) for group, names in document.groups.items() for name in names
    ]
    named += [("options.urban_area.urban_sources", name) for name in sorted(urban)]
    for key, name in named:
        if name not in ids:
            report.add(
                f"{where}: {key}", f"source {name!r} is not there", "ids must be those of sources",
                suggest(name, ids),
            )  # fmt: skip
    if "ALL" in document.groups and set(document.groups["ALL"]) != set(ids):
        report.add(
            f"{where}: groups.ALL", "holds not all sources", "ALL is the sum of all sources",
            "Name all sources, or call the group otherwise.",
        )  # fmt: skip
