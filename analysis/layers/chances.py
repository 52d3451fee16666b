"""Maps of an experiment: the chance of being at or above the limit."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.experiment.folder import ExperimentFolder
from analysis.experiment.rasters import chance_of, grid_of_maps
from analysis.experiment.results import Results
from analysis.layers.memory import MEMORY
from analysis.layers.model import Layer
from analysis.report.numbers import percent
from simulator.errors import InputError, Problem
from simulator.problems import suggest
from simulator.region.model import Grid

Floats = NDArray[np.float64]

#: What :meth:`Chances.values` maps.
CHANCE: Final = Layer(
    "chance", "Chance of being at or above the limit", "%", "Experiment",
    note="Share of the futures of the experiment in which the content of the control layer is at "
    "or above its limit at the beginning of the year; the interval is 95 % of what their number "
    "allows (Wilson 1927, doi:10.1080/01621459.1927.10502953).",
)  # fmt: skip


class Chances:
    """Chances over the futures of an experiment that are done.

    Parameters
    ----------
    folder : ExperimentFolder
        The experiment, finished or not.

    Attributes
    ----------
    options : tuple of str
        What is chosen between, the reference first.
    years : tuple of int
        Years whose maps were kept, rising.
    metals : tuple of str
        Metals whose maps were kept.
    grid : Grid
        Their cells.
    layer : Layer
        What the maps show, for legends and pictures; the scale is from 0 to 1.
    """

    layer: Final = CHANCE

    def __init__(self, folder: ExperimentFolder) -> None:
        self.folder = folder
        self._results = Results(folder)
        self.options: tuple[str, ...] = self._results.options
        self.years: tuple[int, ...] = tuple(self._results.map_years)
        self.metals: tuple[str, ...] = self._results.metals

    @cached_property
    def grid(self) -> Grid:
        """Cells of the maps."""
        return grid_of_maps(self.folder.maps)

    def nearest_year(self, year: int) -> int:
        """Year with maps that is nearest, the earlier of two."""
        return min(self.years, key=lambda y: (abs(y - year), y))

    def members(self, option: str) -> int:
        """Number of the futures of an option that chances are counted over."""
        results = self._results
        done = results.members[self._option(option)] >= 0
        return int((done & results.independent).sum())

    def values(self, option: str, metal: str, year: int) -> dict[str, Floats]:
        """Share of futures at or above the limit, and its interval.

        Parameters
        ----------
        option : str
            Of :attr:`options`.
        metal : str
            Of :attr:`metals`.
        year : int
            Of :attr:`years`.

        Returns
        -------
        dict
            ``probability``, ``low`` and ``high``, each ``[row, col]``; NaN without a limit. [-]

        Raises
        ------
        InputError
            If the experiment has no such map.
        """
        results = self._results
        place, metal = self._option(option), results.check_metal(metal)
        year = results.check_year(year)
        key = (
            str(self.folder.path.resolve()), self.folder.manifest.get("created"), "chance",
            len(self.folder.members_done), place, metal, year,
        )  # fmt: skip
        return MEMORY.of(key, lambda: chance_of(results, place, metal, year))

    def caption(self, option: str, metal: str, year: int) -> str:
        """Title of a map.

        Raises
        ------
        InputError
            If the experiment has no maps of the metal.
        """
        metal = self._results.check_metal(metal)
        what = f"Chance of {metal} being at or above the limit, {year}, {option}"
        return f"{what} ({self.members(option)} futures)"

    def describe(self, option: str, metal: str, year: int, row: int, col: int) -> str:
        """Text of one cell: the share and its interval."""
        found = self.values(option, metal, year)
        share, low, high = (float(found[k][row, col]) for k in ("probability", "low", "high"))
        if np.isnan(share):
            return "no limit here"
        interval = f"{percent(low, 0)} to {percent(high, 0)}"
        return f"{percent(share, 0)} of {self.members(option)} futures ({interval})"

    def _option(self, option: str) -> int:
        if option not in self.options:
            raise InputError(
                Problem(
                    f"option {option!r}", "is not in the experiment",
                    "options are what the experiment chooses between",
                    suggest(option, self.options),
                )
            )  # fmt: skip
        return self.options.index(option)
