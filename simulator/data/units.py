"""Units of the parameter tables: display units in the files, SI in the program.

The unit symbol alone decides the factor; there is no parsing, so that a mistyped unit is an error
and not a silent factor of one.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import Final

from simulator.constants import HECTARE
from simulator.errors import InputError, Problem

DAY: Final = 86400.0  # s


@dataclass(frozen=True)
class Unit:
    """A display unit: SI value = factor x displayed value."""

    factor: float
    si: str


#: Every unit that a parameter table may use. Years stay years: the program's time step is the year.
UNITS: Final[dict[str, Unit]] = {
    "-": Unit(1.0, "-"),
    "fraction": Unit(1.0, "-"),
    "%": Unit(1e-2, "-"),
    "year": Unit(1.0, "yr"),
    "month": Unit(1.0, "month"),
    "mg/kg": Unit(1e-6, "kg kg-1"),
    "g/kg": Unit(1e-3, "kg kg-1"),
    "ug/L": Unit(1e-6, "kg m-3"),
    "mg/L": Unit(1e-3, "kg m-3"),
    "L/kg": Unit(1e-3, "m3 kg-1"),
    "g/cm3": Unit(1e3, "kg m-3"),
    "kg/ha/yr": Unit(1.0 / HECTARE, "kg m-2 yr-1"),
    "g/ha/yr": Unit(1e-3 / HECTARE, "kg m-2 yr-1"),
    "t/ha/yr": Unit(1e3 / HECTARE, "kg m-2 yr-1"),
    "mm/yr": Unit(1e-3, "m yr-1"),
    "mm": Unit(1e-3, "m"),
    "um": Unit(1e-6, "m"),
    "cm": Unit(1e-2, "m"),
    "m": Unit(1.0, "m"),
    "degree": Unit(math.pi / 180.0, "rad"),
    "K/m": Unit(1.0, "K m-1"),
    "m/s": Unit(1.0, "m s-1"),
    "cm/s": Unit(1e-2, "m s-1"),
    "cm2/s": Unit(1e-4, "m2 s-1"),
    "cm/d": Unit(1e-2 / DAY, "m s-1"),
    "cm2/d": Unit(1e-4 / DAY, "m2 s-1"),
    "s/m": Unit(1.0, "s m-1"),
    "Pa m3/mol": Unit(1.0, "Pa m3 mol-1"),
    "kg": Unit(1.0, "kg"),
    "d": Unit(1.0, "d"),
    "d/yr": Unit(1.0, "d yr-1"),
    "1/d": Unit(1.0, "d-1"),
    "1/yr": Unit(1.0, "yr-1"),
    "mg/d": Unit(1e-6, "kg d-1"),
    "m3/d": Unit(1.0, "m3 d-1"),
    "cm2": Unit(1e-4, "m2"),
    "ha": Unit(HECTARE, "m2"),
    "km2": Unit(1e6, "m2"),
    "mg/cm2": Unit(1e-2, "kg m-2"),
    "mg/m3": Unit(1e-6, "kg m-3"),
    "m3/kg": Unit(1.0, "m3 kg-1"),
    "mg/kg/d": Unit(1e-6, "d-1"),
    "1/(mg/kg/d)": Unit(1e6, "d"),
    "1/(ug/m3)": Unit(1e9, "m3 kg-1"),
    "cmol/kg": Unit(1e-2, "mol kg-1"),
    "g per activity unit": Unit(1e-3, "kg per activity unit"),
}


def to_si(value: float, unit: str) -> float:
    """Convert a displayed value to SI.

    Parameters
    ----------
    value : float
        Value in ``unit``.
    unit : str
        A key of :data:`UNITS`.

    Returns
    -------
    float
        Value in the unit named by ``si_unit(unit)``.

    Raises
    ------
    InputError
        If the unit is unknown.
    """
    return value * _unit(unit).factor


def si_unit(unit: str) -> str:
    """Name of the SI unit that :func:`to_si` converts ``unit`` to."""
    return _unit(unit).si


def _unit(symbol: str) -> Unit:
    try:
        return UNITS[symbol]
    except KeyError:
        near = difflib.get_close_matches(symbol, UNITS, n=1)
        raise InputError(
            Problem(
                where=f"unit {symbol!r}",
                what="not a unit that the parameter tables know",
                rule="units are those of simulator.data.units.UNITS",
                fix=f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(UNITS)}.",
            )
        ) from None
