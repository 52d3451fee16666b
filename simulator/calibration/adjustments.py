"""Factors on uncertain process parameters, which the physical calibration finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.errors import InputError, Problem
from simulator.scenario.select import SECTOR
from simulator.tags import INITIAL, PLANT

Metals = NDArray[np.float64]

#: Name of the factor on background deposition: its source tag, as :data:`INITIAL` is that of the
#: contents at the start.
BACKGROUND: Final = "deposition_background"
#: Name of the factor on the coefficient of the soil solution, which has no tag.
SORPTION: Final = "sorption"

_WHERE: Final = "adjustments"
_NAME: Final = "name"
_RULE: Final = "a factor is a finite number above 0, one for each metal"


def _ones() -> Metals:
    return np.ones(len(METALS))


@dataclass(frozen=True, eq=False)
class Adjustments:
    """Factors on parameters of the processes, ``[metal]`` each. 1 leaves a parameter as it is.

    Attributes
    ----------
    emission : mapping of str to ndarray
        On the emission of sources, by source tag: ``source:ID``, or ``sector:NAME`` for the
        sources of a sector that have none of their own. Those not named have 1.
    background : ndarray
        On the background deposition.
    sorption : ndarray
        On the coefficient A of the soil solution ``c = A X^n``; 1 over the factor on Kd.
    initial : ndarray
        On the background content of the soil at the start, in all layers. What a survey found
        stays as found.

    Raises
    ------
    InputError
        If a factor is not positive and finite, or a name is no tag of a source.
    """

    emission: Mapping[str, Metals] = field(default_factory=dict)
    background: Metals = field(default_factory=_ones)
    sorption: Metals = field(default_factory=_ones)
    initial: Metals = field(default_factory=_ones)

    def __post_init__(self) -> None:
        given = {**self.emission} | {
            BACKGROUND: self.background,
            SORPTION: self.sorption,
            INITIAL: self.initial,
        }
        problems = [p for name, value in given.items() for p in _problems(name, value)]
        problems += [
            Problem(
                where=f"{_WHERE}: {name!r}",
                what="is no source tag",
                rule=f"emissions are adjusted by '{PLANT}:ID' or '{SECTOR}:NAME'",
                fix="Put the prefix before the id or the sector.",
            )
            for name in self.emission
            if not is_source_tag(name)
        ]
        if problems:
            raise InputError(problems)
        kept = {name: _frozen(value) for name, value in given.items()}
        for key, name in (("background", BACKGROUND), ("sorption", SORPTION), ("initial", INITIAL)):
            object.__setattr__(self, key, kept.pop(name))
        object.__setattr__(self, "emission", kept)

    @classmethod
    def none(cls) -> Adjustments:
        """Nothing adjusted: a run with these has the bits of a run without."""
        return cls()

    @property
    def is_none(self) -> bool:
        """Whether every factor is 1."""
        return all((self.of(name) == 1.0).all() for name in self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors: initial, background deposition, source tags, sorption."""
        return (INITIAL, BACKGROUND, *self.emission, SORPTION)

    def of(self, name: str) -> Metals:
        """Factor by name, ``[metal]``: a source tag or :data:`SORPTION`; 1 where there is none."""
        own = {INITIAL: self.initial, BACKGROUND: self.background, SORPTION: self.sorption}
        return own[name] if name in own else self.emission.get(name, _ones())

    def of_source(self, source_id: str, sector: str) -> Metals:
        """Factor on the emission of a source: its own, else that of its sector. [-]."""
        own = self.emission.get(f"{PLANT}:{source_id}")
        return self.of(f"{SECTOR}:{sector}") if own is None else own

    def with_sorption(self, factor: Metals) -> Adjustments:
        """Return the same with another factor on the coefficient of the soil solution."""
        return replace(self, sorption=factor)

    def to_table(self) -> pd.DataFrame:
        """Table of all factors: a row a name (the index), a column a metal."""
        table = pd.DataFrame({name: self.of(name) for name in self.names}, list(METALS)).T
        return table.rename_axis(index=_NAME)

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> Adjustments:
        """Adjustments of a table as :meth:`to_table` gives it; rows that are not there count as 1.

        Raises ``InputError`` for other columns, names that are there twice or are no factor's, and
        factors that are not positive.
        """
        if list(table.columns) != list(METALS):
            raise InputError(
                Problem(
                    where=_WHERE,
                    what=f"columns {', '.join(map(str, table.columns))}",
                    rule=f"the columns are {', '.join((_NAME, *METALS))}",
                    fix="Correct the header.",
                )
            )
        problems = [
            Problem(
                where=f"{_WHERE}: {name!r}",
                what="is there twice",
                rule="a row a name",
                fix="Take one of them out.",
            )
            for name in table.index[table.index.duplicated()]
        ]
        try:
            values = table.to_numpy(dtype=np.float64)
        except ValueError as error:
            problems += [Problem(where=_WHERE, what=str(error), rule=_RULE, fix="Correct it.")]
        if problems:
            raise InputError(problems)
        return cls.from_factors({str(n): v for n, v in zip(table.index, values, strict=True)})

    @classmethod
    def from_factors(cls, factors: Mapping[str, Metals]) -> Adjustments:
        """Adjustments of factors by name, ``[metal]`` each; those not named are 1."""
        emission = {**factors}
        own = [emission.pop(name, _ones()) for name in (BACKGROUND, SORPTION, INITIAL)]
        return cls(emission, *own)

    def write(self, path: Path) -> None:
        """Write the table as CSV; :meth:`read` gives the same bits back."""
        self.to_table().to_csv(path)

    @classmethod
    def read(cls, path: Path) -> Adjustments:
        """Read a table that :meth:`write` wrote."""
        return cls.from_table(pd.read_csv(path, index_col=0, dtype=str))


def is_source_tag(name: str) -> bool:
    """Whether a name is the tag of a source or of a sector of sources."""
    prefix, colon, rest = name.partition(":")
    return bool(colon and rest) and prefix in (PLANT, SECTOR)


def _frozen(value: Metals) -> Metals:
    kept = np.array(value, dtype=np.float64)
    kept.flags.writeable = False
    return kept


def _problems(name: str, value: Metals) -> list[Problem]:
    array = np.asarray(value, dtype=np.float64)
    if array.shape == (len(METALS),) and (np.isfinite(array) & (array > 0.0)).all():
        return []
    return [Problem(where=f"{_WHERE}: {name!r}", what=f"{value}", rule=_RULE, fix="Correct it.")]
