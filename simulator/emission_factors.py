"""Emission factors: from fuel and technology through the control, or from the factor of a process.

A sector of ``emission_chains.csv`` burns a fuel: factor = content of the fuel x share released x
product of (1 - removal) over the devices of its control. All others have factors of the process in
``emission_profiles.csv``, behind a stated control, or without one and then less what it removes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.data import Parameter, Parameters, to_si
from simulator.data.chains import NO_CONTROL, Chain, chains, devices
from simulator.data.parameters import load_tables
from simulator.errors import InputError, Problem
from simulator.physics.emission import combined_range
from simulator.problems import suggest

KG_PER_TONNE: Final = 1000.0


@dataclass(frozen=True)
class EmissionFactor:
    """What a unit of activity emits, and its range.

    Attributes
    ----------
    value, low, high : ndarray
        ``[metal]``. [kg per activity unit]
    rows : tuple of str
        Ids of the parameters that it is made of.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    rows: tuple[str, ...]


def emission_factor(
    parameters: Parameters,
    sector: str,
    control: str,
    activity_unit: str,
    technology: str = "",
    fuel: str = "",
) -> EmissionFactor:
    """Emission factor of a sector behind a control.

    Parameters
    ----------
    parameters : Parameters
        Tables with the overrides of the run.
    sector, control, activity_unit : str
        As in ``sources.csv``.
    technology, fuel : str
        Of a sector that burns fuel; empty for the defaults of ``emission_chains.csv``.

    Returns
    -------
    EmissionFactor

    Raises
    ------
    InputError
        If the tables know no such source.
    """
    problem = source_problem(sector, control, activity_unit, technology, fuel)
    if problem is not None:
        column, what, rule, fix = problem
        raise InputError(Problem(f"emission factor, {column}", what, rule, fix))
    chain = chains().get(sector)
    if chain is not None:
        parts = _fuel_parts(parameters, chain, technology, fuel)
        return _product([*parts, *_passing(parameters, control)])
    keys = {"sector": sector, "activity_unit": activity_unit}
    if (sector, control, activity_unit) in process_profiles():
        return _product([_rows(parameters, "emission_profiles", control=control, **keys)])
    poor = _rows(parameters, "emission_profiles", control=NO_CONTROL, **keys)
    return _product([poor, *_passing(parameters, control)])


def source_problem(
    sector: str, control: str, activity_unit: str, technology: str = "", fuel: str = ""
) -> tuple[str, str, str, str] | None:
    """What is wrong with a source: column, what, rule and fix; None for a good one."""
    sectors = emitting_sectors()
    if sector not in sectors:
        return _unknown("sector", sector, sectors, "sector")
    if control not in controls(sector):
        return _unknown("control", control, controls(sector), f"control of {sector!r}")
    unit = activity_unit_of(sector)
    if activity_unit != unit:
        return (
            "activity_unit",
            f"{activity_unit!r} has no emission profile",
            f"activity_unit of {sector!r} is {unit}",
            f"Convert the activity to {unit}, then correct the unit.",
        )
    for column, word, table in (
        ("technology", technology, "release_fractions"),
        ("fuel", fuel, "fuel_contents"),
    ):
        if word and sector not in chains():
            return (
                column,
                f"{word!r}, but the factors of {sector!r} know no {column}",
                f"sectors with a {column} are {', '.join(chains())}",
                "Leave it blank.",
            )
        known = tuple(dict.fromkeys(key[0] for key in load_tables()[table].rows))
        if word and word not in known:
            return _unknown(column, word, known, f"{column} of {sector!r}")
    return None


@cache
def emitting_sectors() -> tuple[str, ...]:
    """Every sector with emission factors."""
    return tuple(dict.fromkeys((*chains(), *(p[0] for p in process_profiles()))))


@cache
def activity_unit_of(sector: str) -> str:
    """Unit of the activity of a sector."""
    if sector in chains():
        return chains()[sector].activity_unit
    return next(unit for name, _, unit in process_profiles() if name == sector)


@cache
def controls(sector: str) -> tuple[str, ...]:
    """Controls of a sector that the tables know: species of mercury, particles and factors."""
    rows = load_tables()["hg_speciation"].rows
    return tuple(dict.fromkeys(key[1] for key in rows if key[0] == sector))


@cache
def process_profiles() -> tuple[tuple[str, ...], ...]:
    """Sector, control and activity unit of every factor of a process, in the table's order."""
    return tuple(dict.fromkeys(key[:3] for key in load_tables()["emission_profiles"].rows))


@cache
def mercury_trains() -> frozenset[str]:
    """Trains whose removal of mercury is known as a whole."""
    return frozenset(key[0] for key in load_tables()["mercury_trains"].rows)


def _fuel_parts(
    parameters: Parameters, chain: Chain, technology: str, fuel: str
) -> list[list[_Part]]:
    content = _rows(parameters, "fuel_contents", fuel=fuel or chain.fuel)
    release = _rows(parameters, "release_fractions", technology=technology or chain.technology)
    tonnes = [_Part(p.id, *(KG_PER_TONNE * v for v in p.range)) for p in content]
    return [tonnes, release]


def _passing(parameters: Parameters, control: str) -> list[list[_Part]]:
    """What each stage of a control lets pass, ``[stage][metal]``."""
    train = devices(control)
    by_metal = [
        _mercury(parameters, train)
        if metal == "Hg"
        else [_through(parameters.row("control_removal", device=d, metal=metal)) for d in train]
        for metal in METALS
    ]
    all_passes = _Part("", 1.0, 1.0, 1.0)
    return [list(stage) for stage in zip_longest(*by_metal, fillvalue=all_passes)]


def _mercury(parameters: Parameters, train: Sequence[str]) -> list[_Part]:
    """What the stages of a train let pass of mercury.

    Devices act on what the ones before made of the mercury: a wet FGD takes HgII, which a SCR makes
    of Hg0. Where the removal of several in a row is known as a whole, it counts; else that of each.
    """
    stages = []
    at = 0
    while at < len(train):
        lengths = range(len(train) - at, 1, -1)
        known = mercury_trains()
        length = next((n for n in lengths if "+".join(train[at : at + n]) in known), 1)
        name = "+".join(train[at : at + length])
        row = (
            parameters.row("mercury_trains", train=name)
            if length > 1
            else parameters.row("control_removal", device=name, metal="Hg")
        )
        stages.append(_through(row))
        at += length
    return stages


def _through(removal: Parameter) -> _Part:
    part = _part(removal)
    return _Part(part.id, 1.0 - part.value, 1.0 - part.high, 1.0 - part.low)


@dataclass(frozen=True)
class _Part:
    """One factor of a product for one metal."""

    id: str
    value: float
    low: float
    high: float

    @property
    def range(self) -> tuple[float, float, float]:
        return self.value, self.low, self.high


def _rows(parameters: Parameters, table: str, **keys: str) -> list[_Part]:
    return [_part(parameters.row(table, metal=metal, **keys)) for metal in METALS]


def _part(row: Parameter) -> _Part:
    """Row in SI; an override outside the row's range widens it."""
    low, high = min(row.low, row.value), max(row.high, row.value)
    return _Part(row.id, *(to_si(v, row.unit) for v in (row.value, low, high)))


def _product(parts: Sequence[Sequence[_Part]]) -> EmissionFactor:
    ranges = np.array([[p.range for p in part] for part in parts])
    ids = (p.id for part in parts for p in part if p.id)
    return EmissionFactor(*combined_range(*np.moveaxis(ranges, -1, 0)), tuple(dict.fromkeys(ids)))


def _unknown(column: str, word: str, valid: Sequence[str], of: str) -> tuple[str, str, str, str]:
    rule = f"{of} is one of {', '.join(valid)}"
    return column, f"{word!r} has no emission profile", rule, suggest(word, valid)
