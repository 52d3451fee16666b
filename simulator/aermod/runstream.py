"""Writing the input of AERMOD (its "run stream") for a case."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.aermod.case import Case, CaseSource, Circle, Rectangle
from simulator.aermod.runstream_check import FACTORS, check_case, check_lines
from simulator.physics.dispersion.sources import (
    CAPPED,
    VERTICAL,
    Area,
    BulkParticles,
    Gas,
    Particles,
    Point,
    Volume,
)  # fmt: skip
from simulator.problems import Report

_OUTPUTS: Final[tuple[str, ...]] = ("CONC", "DEPOS", "DDEP", "WDEP")
#: Longest line that is made of a list; shorter than AERMOD's limit, for people.
_LIST_LINE: Final[int] = 120
_LIST_FIELDS: Final[int] = 100


def write_runstream(
    case: Case,
    path: Path | str,
    *,
    surface_name: str | None = None,
    profile_name: str | None = None,
    hourly: bool = False,
    annual: bool = False,
    emission_factors: Mapping[str, NDArray[np.float64]] | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Write the input file of AERMOD for a case.

    Results go to ``period_GROUP.txt`` (``annual_GROUP.txt``) and, hour by hour,
    ``post_GROUP.txt`` in the folder that AERMOD runs in, with exponents.

    Parameters
    ----------
    case : Case
        The run. Rates of areas are divided by their size.
    path : path
        File to write.
    surface_name, profile_name : str, optional
        Names of the meteorological files as AERMOD is to open them; default: their paths relative
        to the folder of ``path``, without ``.gz`` (AERMOD reads plain files: unpack them first).
    hourly : bool
        Whether every hour is written, too.
    annual : bool
        Ask for ``ANNUAL`` instead of ``PERIOD`` averages: means over whole years.
    emission_factors : mapping of str to ndarray, optional
        For sources by id, factors on the rate: ``[hour]`` (24), ``[month]`` (12),
        ``[month, hour]``, ``[day, month, hour]`` with weekday, Saturday, Sunday or with Monday to
        Sunday.
    notes : sequence of str
        Lines of ASCII that the file begins with, as comments.

    Raises
    ------
    InputError
        If AERMOD could not read it: names too long or double, fields too long, unknown sources.

    Notes
    -----
    AERMOD continues a keyword by repeating it: ``SRCGROUP`` with the same group adds sources,
    ``URBANSRC`` adds sources, ``EMISFACT``, ``PARTDIAM``, ``MASSFRAX``, ``PARTDENS`` and
    ``AREAVERT`` with the same source add values. Lists longer than a line are written so.

    AERMOD 24142 keeps one slip correction for all particle sources, that of the last one: sources
    with different size classes need runs of their own.
    """
    path = Path(path)
    factors = emission_factors or {}
    names = (
        _met_name(surface_name, case.surface_file, path),
        _met_name(profile_name, case.profile_file, path),
    )
    report = Report()
    check_case(case, factors, path.name, report)
    report.raise_if_any()
    pathways = {
        "CO": _control(case, hourly, annual),
        "SO": _sources(case, factors),
        "RE": _receptors(case),
        "ME": _meteorology(case, names),
        "OU": _output(case, hourly, annual),
    }
    text = [f"** {note}" for note in notes]
    for name, lines in pathways.items():
        text += [f"{name} STARTING", *(f"   {line}" for line in lines), f"{name} FINISHED", ""]
    check_lines(text, path.name)
    path.write_text("\n".join(text), encoding="ascii")


def model_options(case: Case) -> list[str]:
    """Words of ``MODELOPT`` that make AERMOD run a case.

    ``ALPHA`` is the permission that AERMOD asks for Method 2 and gases; it changes nothing.
    """
    words = ["DFAULT"] if case.regulatory_default else []
    words += [name for name in _OUTPUTS if name in case.outputs]
    words += ["FLAT"] if case.flat else []
    substances = [s.substance for s in case.sources]
    if any(isinstance(s, Particles | BulkParticles | Gas) for s in substances):
        words += [] if case.dry_depletion else ["NODRYDPLT"]
        words += [] if case.wet_depletion else ["NOWETDPLT"]
    words += [] if case.stack_tip_downwash else ["NOSTD"]
    if any(isinstance(s, BulkParticles | Gas) for s in substances):
        words.append("ALPHA")
    return words


def _control(case: Case, hourly: bool, annual: bool) -> Iterator[str]:
    yield f"TITLEONE  {case.id}"
    yield f"MODELOPT  {' '.join(model_options(case))}"
    yield f"AVERTIME  {'1 ' if hourly else ''}{'ANNUAL' if annual else 'PERIOD'}"
    if case.urban:
        town = case.urban
        yield f"URBANOPT  {_number(town.population)}  {town.name}  {_number(town.roughness)}"
    yield "POLLUTID  OTHER"
    if np.any(case.receptors.flagpole != 0.0):
        yield "FLAGPOLE  0.0"
    gases = [s.substance for s in case.sources if isinstance(s.substance, Gas)]
    if gases and case.ground:
        ground = case.ground
        shares = (gases[0].reactivity, ground.leaf_area_autumn, ground.leaf_area_spring)
        yield f"GASDEPDF  {_join(shares)}"
        yield f"GDSEASON  {_join(ground.season)}"
        yield f"GDLANUSE  {_join(ground.land_use)}"
    yield "RUNORNOT  RUN"


def _sources(case: Case, factors: Mapping[str, NDArray[np.float64]]) -> Iterator[str]:
    for source in case.sources:
        kind, x, y = _location(source)
        yield (
            f"LOCATION  {source.id:<12} {kind:<8}  {_number(x)}  {_number(y)}  "
            f"{_number(source.source.base)}"
        )
    for source in case.sources:
        yield f"SRCPARAM  {source.id:<12} {_join(_parameters(source))}"
        if isinstance(source.source, Area) and source.shape is None:
            corners = [_number(v) for corner in source.source.vertices for v in corner]
            yield from _list(f"AREAVERT  {source.id:<12}", corners, step=2)
    for source in case.sources:
        yield from _substance(source)
    for name, factor in factors.items():
        values = np.asarray(factor, dtype=np.float64)
        word = FACTORS[values.shape]
        if values.shape == (12, 24):  # AERMOD has month and hour only with the kind of day
            values = np.broadcast_to(values, (3, 12, 24))
        yield from _list(f"EMISFACT  {name:<12} {word}", _repeats(values.ravel()))
    urban = [s.id for s in case.sources if s.urban]
    if urban:
        yield from _list("URBANSRC ", urban)
    for group, ids in case.groups.items():
        if group == "ALL":
            yield "SRCGROUP  ALL"
        else:
            yield from _list(f"SRCGROUP  {group:<8} ", list(ids))


def _location(source: CaseSource) -> tuple[str, float, float]:
    where = source.source
    if isinstance(where, Point):
        release = where.release
        kind = {VERTICAL: "POINT", CAPPED: "POINTCAP"}.get(release, "POINTHOR")
        return kind, where.x, where.y
    if isinstance(where, Volume):
        return "VOLUME", where.x, where.y
    if source.shape is not None:
        kind = "AREA" if isinstance(source.shape, Rectangle) else "AREACIRC"
        return kind, source.shape.x, source.shape.y
    return "AREAPOLY", *where.vertices[0]


def _parameters(source: CaseSource) -> tuple[float, ...]:
    where, shape = source.source, source.shape
    if isinstance(where, Point):
        return (source.rate, where.height, where.temperature, where.velocity, where.diameter)
    if isinstance(where, Volume):
        return (source.rate, where.height, where.sigma_y, where.sigma_z)
    rate = source.rate / where.size
    if isinstance(shape, Rectangle):
        sides = (shape.x_length, shape.y_length, shape.angle)
        return (rate, where.height, *sides, where.sigma_z)
    if isinstance(shape, Circle):
        return (rate, where.height, shape.radius, shape.corners, where.sigma_z)
    return (rate, where.height, len(where.vertices), where.sigma_z)


def _substance(source: CaseSource) -> Iterator[str]:
    name, substance = f"{source.id:<12}", source.substance
    if isinstance(substance, Particles):
        yield from _list(f"PARTDIAM  {name}", [_number(d * 1e6) for d in substance.diameters])
        yield from _list(f"MASSFRAX  {name}", [_number(f) for f in substance.fractions])
        yield from _list(f"PARTDENS  {name}", [_number(d / 1000.0) for d in substance.densities])
    elif isinstance(substance, BulkParticles):
        yield f"METHOD_2  {name} {_join((substance.fine_fraction, substance.diameter * 1e6))}"
    elif isinstance(substance, Gas):
        values = (
            substance.diffusivity_air * 1e4,
            substance.diffusivity_water * 1e4,
            substance.cuticular_resistance / 100.0,
            substance.henry,
        )
        yield f"GASDEPOS  {name} {_join(values)}"


def _receptors(case: Case) -> Iterator[str]:
    points = case.receptors
    columns = [points.x, points.y]
    if np.any(points.flagpole != 0.0):
        columns += [points.ground, points.hill, points.flagpole]
    elif not case.flat:
        columns += [points.ground, points.hill]
    for row in np.column_stack(columns).tolist():
        yield f"DISCCART  {_join(row)}"


def _meteorology(case: Case, names: tuple[str, str]) -> Iterator[str]:
    yield f"SURFFILE  {_quoted(names[0])}"
    yield f"PROFFILE  {_quoted(names[1])}"
    yield f"SURFDATA  {case.surface_station}  {case.start_year}"
    yield f"UAIRDATA  {case.upper_air_station}  {case.start_year}"
    if case.site_station is not None:
        yield f"SITEDATA  {case.site_station}  {case.start_year}"
    yield f"PROFBASE  {_number(case.profile_base)}"
    if case.first_day is not None and case.last_day is not None:
        yield f"STARTEND  {_day(case.first_day)} {_day(case.last_day)}"


def _output(case: Case, hourly: bool, annual: bool) -> Iterator[str]:
    yield "FILEFORM  EXP"
    period = "ANNUAL" if annual else "PERIOD"
    for group in case.groups:
        if hourly:
            yield f"POSTFILE  1  {group}  PLOT  post_{group}.txt"
        yield f"PLOTFILE  {period}  {group}  {period.lower()}_{group}.txt"


def _met_name(name: str | None, file: Path, path: Path) -> str:
    if name is None:
        name = Path(os.path.relpath(file, path.parent)).as_posix()
    return name.removesuffix(".gz")


def _quoted(name: str) -> str:
    return f'"{name}"' if any(c.isspace() for c in name) else name


def _day(day: date) -> str:
    return f"{day.year % 100} {day.month} {day.day}"


def _number(value: float) -> str:
    # AERMOD reads 10 digits exactly; -0 would be printed as such in its results
    return f"{value + 0.0:.10g}".upper()


def _join(values: Sequence[float]) -> str:
    return " ".join(_number(v) for v in values)


def _repeats(values: NDArray[Any]) -> list[str]:
    """Numbers in AERMOD's short form, where ``24*0.5`` stands for 24 numbers."""
    starts = np.r_[0, np.flatnonzero(np.diff(values)) + 1]
    counts = np.diff(np.r_[starts, values.size])
    return [
        _number(v) if n == 1 else f"{n}*{_number(v)}"
        for v, n in zip(values[starts].tolist(), counts.tolist(), strict=True)
    ]


def _list(start: str, words: Sequence[str], step: int = 1) -> Iterator[str]:
    """Lines with the same start that hold a list, `step` words never parted."""
    line, fields = start, 0
    for n in range(0, len(words), step):
        more = " " + " ".join(words[n : n + step])
        if fields and (len(line) + len(more) > _LIST_LINE or fields >= _LIST_FIELDS):
            yield line
            line, fields = start, 0
        line += more
        fields += step
    yield line
