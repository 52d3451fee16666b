"""Which sectors burn a fuel, and the trains of devices that controls are names for."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

#: Control of a source that has none.
NO_CONTROL: Final = "none"


@dataclass(frozen=True)
class Chain:
    """A sector whose emission follows from its fuel: the defaults of a source that names none.

    Attributes
    ----------
    activity_unit : str
        Unit of its activity, a mass of fuel.
    technology : str
        A key of ``release_fractions.csv``.
    fuel : str
        A key of ``fuel_contents.csv``.
    """

    activity_unit: str
    technology: str
    fuel: str


@cache
def chains() -> Mapping[str, Chain]:
    """Sectors with a chain from fuel to stack, of ``emission_chains.csv``, by name."""
    return MappingProxyType(
        {
            row["sector"]: Chain(row["activity_unit"], row["technology"], row["fuel"])
            for row in _rows("emission_chains.csv")
        }
    )


def devices(control: str) -> tuple[str, ...]:
    """Devices of a control in the order of the gas; none for :data:`NO_CONTROL`.

    Examples
    --------
    >>> devices("ESP+WFGD")
    ('ESP', 'WFGD')
    """
    train = _named_trains().get(control, control)
    return () if train == NO_CONTROL else tuple(train.split("+"))


@cache
def _named_trains() -> Mapping[str, str]:
    """Trains of the controls of ``control_names.csv``."""
    return MappingProxyType({r["control"]: r["train"] for r in _rows("control_names.csv")})


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("simulator.data") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
