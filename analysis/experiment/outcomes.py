"""What is kept of a member, collected while it is simulated."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment import thresholds
from analysis.assessment.assess import ControlLayer, Rules
from analysis.assessment.capacity import remaining_capacity
from analysis.assessment.grades import overloaded
from analysis.experiment.folder import ANY_METAL, FLUX
from analysis.experiment.spec import Outcomes
from simulator.constants import HECTARE, METALS, MG_PER_KG
from simulator.record.recorder import Recorder

if TYPE_CHECKING:
    from simulator.ledger import Ledger
    from simulator.model import Simulation
    from simulator.region import Region

Floats = NDArray[np.float64]

#: Outcomes of the state at the beginning of a year, for every metal; the first two for any, too.
OF_STATE: Final = ("overload_ha", "overload_share", "mean_content", "capacity_kg_ha")
_OF_ANY: Final = 2
BUILT, COST = "built_km2", "cost_million_cny"

_SQUARE_KM: Final = 1.0e6  # m2
#: Codes of the maps of overload.
BELOW, ABOVE, UNKNOWN = 0, 1, -1


@dataclass(frozen=True)
class Maps:
    """Maps of one member; see :attr:`analysis.experiment.folder.ExperimentFolder.maps`."""

    content: NDArray[np.float32]  #: ``[year, metal, row, col]``. [mg kg-1]
    overload: NDArray[np.int8]  #: ``[year, metal, row, col]``
    exceedance_year: NDArray[np.float32]  #: ``[metal, row, col]``


@dataclass(frozen=True)
class Rows:
    """Outcomes of one member as columns of equal length."""

    year: NDArray[np.int32]
    metal: list[str]
    outcome: list[str]
    value: Floats


class OutcomeRecorder(Recorder):
    """Collects the outcomes of a member year by year; nothing goes to the disk.

    The control layer is held against the limits of the land of the year, as
    :mod:`analysis.assessment.assess` does for ``current`` land.

    Parameters
    ----------
    region : Region
        The region.
    outcomes : Outcomes
        What is asked for.
    map_years : tuple of int
        Years at whose beginning maps are kept.
    """

    def __init__(self, region: Region, outcomes: Outcomes, map_years: tuple[int, ...]) -> None:
        self._outcomes, self._map_years = outcomes, map_years
        self._shape = region.grid.shape
        self._cell_area = region.grid.cell_area
        self._soil = ControlLayer.of_region(region).flat()
        self._rules = Rules(outcomes.standard, outcomes.ecological)
        n_cell = self._soil.mass.size
        self._land = np.full(n_cell, -2, dtype=np.int8)  # unlike any land: no limit is known yet
        self._ph = np.full(n_cell, np.nan)
        self._limit = np.full((len(METALS), n_cell), np.nan)
        self._mapped = [METALS.index(metal) for metal in outcomes.metals]
        self._first_over = np.full((len(self._mapped), n_cell), np.nan, dtype=np.float32)
        self._maps: dict[int, tuple[NDArray[np.float32], NDArray[np.int8]]] = {}
        self._states: dict[int, Floats] = {}
        self._fluxes: dict[int, Floats] = {}
        self._built: dict[int, float] = {}
        self._cost: dict[int, float] = {}
        self._pathways: tuple[str, ...] = ()

    def fork(self) -> OutcomeRecorder:
        """Recorder that has collected the same and goes on by itself."""
        return copy.deepcopy(self)

    def begin(self, sim: Simulation) -> None:
        """Take the initial state."""
        self._take_state(sim, sim.year)

    def record_year(self, sim: Simulation, year: int) -> None:
        """Take the fluxes of a year and the state at its end."""
        self._pathways = tuple(pathway.name for pathway in sim.ledger.pathways)
        self._fluxes[year] = column_fluxes(sim.ledger) * self._cell_area
        self._cost[year] = sum(a.cost(year) for a in sim.interventions if a.date < year + 1)
        self._take_state(sim, year + 1)

    def _take_state(self, sim: Simulation, year: int) -> None:
        content = sim.state.content()[:, 0] * MG_PER_KG
        self._follow_limits(sim, content)
        limit = self._limit
        over = overloaded(content, limit)
        self._states[year] = self._summary(content, over)
        self._built[year] = sim.parcels.built_area / _SQUARE_KM
        new = over[self._mapped] & np.isnan(self._first_over)
        self._first_over[new] = year
        if year in self._map_years:
            known = np.isfinite(limit - content)[self._mapped]
            code = np.where(known, over[self._mapped], UNKNOWN).astype(np.int8)
            self._maps[year] = content[self._mapped].astype(np.float32), code

    def _follow_limits(self, sim: Simulation, content: Floats) -> None:
        """Bring the limits up to date where land or pH have changed."""
        state = sim.state
        land = thresholds.land_of_soil(
            state.flat("open_share"), state.flat("sealed_share"), content
        )
        ph = state.flat("ph")[0]
        changed = (land != self._land) | (ph != self._ph)
        self._land, self._ph = land, ph.copy()
        self._limit[:, changed] = self._soil.at(changed).limits(
            land[changed], ph[changed], self._rules
        )

    def _summary(self, content: Floats, over: NDArray[np.bool_]) -> Floats:
        """:data:`OF_STATE` by metal and, last, of any metal: ``[outcome, metal + 1]``."""
        limited = np.isfinite(self._limit - content)
        over_any = np.vstack((over, over.any(axis=0)))
        limited_any = np.vstack((limited, limited.any(axis=0)))
        cells, known = over_any.sum(axis=1), limited_any.sum(axis=1)
        capacity = remaining_capacity(self._limit, content, self._soil.mass)
        capacity = np.where(limited, capacity, 0.0).sum(axis=1)
        soil = np.isfinite(content)
        mean = np.where(soil, content, 0.0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            return np.stack(
                (
                    cells * self._cell_area / HECTARE,
                    cells / known,
                    np.append(mean / soil.sum(axis=1), np.nan),
                    np.append(capacity / known[:-1], np.nan),
                )
            )

    def maps(self) -> Maps:
        """Maps of a member that came to its end."""
        content, overload = zip(*(self._maps[year] for year in self._map_years), strict=True)
        shape = (len(self._mapped), *self._shape)
        return Maps(
            np.stack(content).reshape(-1, *shape),
            np.stack(overload).reshape(-1, *shape),
            self._first_over.reshape(shape),
        )

    def rows(self) -> Rows:
        """Outcomes of a member that came to its end, by outcome, then metal, then year."""
        states, years = np.array(sorted(self._states)), np.array(sorted(self._fluxes))
        state = np.array([self._states[y] for y in states.tolist()])
        flux = np.array([self._fluxes[y] for y in years.tolist()])
        metals = (*METALS, ANY_METAL)
        series: list[tuple[str, str, NDArray[np.int64], Floats]] = [
            (name, metal, states, state[:, i, k])
            for i, name in enumerate(OF_STATE)
            for k, metal in enumerate(metals if i < _OF_ANY else METALS)
        ]
        series += [
            (FLUX + name, metal, years, flux[:, i, k])
            for i, name in enumerate(self._pathways)
            for k, metal in enumerate(METALS)
        ]
        built, cost = (np.array([d[y] for y in sorted(d)]) for d in (self._built, self._cost))
        series += [(BUILT, "", states, built), (COST, "", years, cost)]
        return Rows(
            np.concatenate([s[2] for s in series]).astype(np.int32),
            [s[1] for s in series for _ in s[2]],
            [s[0] for s in series for _ in s[2]],
            np.concatenate([s[3] for s in series]),
        )


def column_fluxes(ledger: Ledger) -> Floats:
    """What entered or left the soil columns in a year by pathway, ``[pathway, metal]``.

    What moves between layers does not count: of the water's pathway only what leaves the lowest
    layer does. All are positive but those of signed pathways.

    Returns
    -------
    ndarray ``[pathway, metal]``
        Sum over the cells. [kg m-2 yr-1]
    """
    totals, n_layer = ledger.totals(), ledger.state.n_layer
    rows = []
    for pathway in ledger.pathways:
        first, n = ledger.slot(pathway.name), n_layer if pathway.layered else 1
        net = np.array([abs(sum(pathway.signs(layer, n_layer))) for layer in range(n)])
        rows.append((totals[:, first : first + n] * net).sum(axis=1))
    return np.array(rows)
