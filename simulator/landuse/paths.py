"""Urbanisation paths: how much towns grow, in what form, and what they spare."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from simulator.data import Parameters

#: The path that goes on as before.
TREND: Final = "trend"

_TABLE: Final = "urbanisation"
_SHARES: Final = ("infill_share", "edge_share", "leapfrog_share")


@dataclass(frozen=True)
class UrbanPath:
    """A path of urbanisation; every value is a row of ``urbanisation.csv``.

    Attributes
    ----------
    name : str
        ``trend``, ``compact``, ``sprawl``, ``polycentric`` or ``ecological``.
    demand_factor : float
        Factor on the yearly growth of the built area. [-]
    shares : tuple of three float, optional
        Infill, edge expansion and leapfrog of the new built area (Landscape Expansion Index, Liu
        et al. 2010, doi:10.1007/s10980-010-9454-5), sum 1; None where the path leaves them to the
        suitability of the land. [-]
    patch_mean : float
        Mean size of a new patch; 0 for single parcels. [m2]
    patch_log_sd : float
        Standard deviation of the logarithm of that size. [-]
    chance : float
        0: the best land first; 1: weighted sampling without replacement. [-]
    centre_weight : float
        Suitability is multiplied by exp(-centre_weight d/b), with d the distance to the nearest
        centre and b the length in which built density falls off; 0 changes nothing, below 0 the
        outskirts gain. [-]
    subcentres : int
        New centres besides those of the start.
    farmland_factor, nature_factor : float
        Factors on the suitability of farmland, and of forest and grassland. [-]
    max_impervious_urban, max_impervious_industrial : float
        Ceilings of the sealed share of built parcels, where the scenario says none. [-]
    unsealing_rate : float
        Share of the sealed ground of built parcels that is opened again in a year. [yr-1]
    red_line_share : float
        Share of the area of farmland and of forest that is protected from the start, the best
        parcels first. [-]
    """

    name: str
    demand_factor: float
    shares: tuple[float, float, float] | None
    patch_mean: float
    patch_log_sd: float
    chance: float
    centre_weight: float
    subcentres: int
    farmland_factor: float
    nature_factor: float
    max_impervious_urban: float
    max_impervious_industrial: float
    unsealing_rate: float
    red_line_share: float

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems)

    def _problems(self) -> list[Problem]:
        unit = ("chance", "unsealing_rate", "red_line_share")
        sealed = ("max_impervious_urban", "max_impervious_industrial")
        positive = ("demand_factor", "patch_mean", "patch_log_sd", "subcentres")
        factors = ("farmland_factor", "nature_factor")
        rules = [
            (unit, "lies in 0 to 1", lambda v: 0.0 <= v <= 1.0),
            (sealed, "is above 0, at most 1", lambda v: 0.0 < v <= 1.0),
            ((*positive, *factors), "is not negative", lambda v: 0.0 <= v < math.inf),
            (("centre_weight",), "is a number", math.isfinite),
        ]
        found = [
            (name, f"{getattr(self, name):g}", f"it {rule}")
            for names, rule, holds in rules
            for name in names
            if not holds(getattr(self, name))
        ]
        if self.shares is not None and not (
            min(self.shares) >= 0.0 and math.isclose(sum(self.shares), 1.0, abs_tol=1e-6)
        ):
            text = " + ".join(f"{s:g}" for s in self.shares)
            found.append(("/".join(_SHARES), text, "shares are not negative and sum to 1"))
        return [
            Problem(
                where=f"parameters {_TABLE}/{self.name}/{name}",
                what=f"found {value}",
                rule=rule,
                fix="Correct [parameters] of the scenario.",
            )
            for name, value, rule in found
        ]

    @classmethod
    def of(cls, parameters: Parameters, name: str) -> UrbanPath:
        """Return a path by its name.

        Parameters
        ----------
        parameters : Parameters
            The parameter tables, overrides applied.
        name : str
            A value of the key column ``path`` of ``urbanisation.csv``.

        Raises
        ------
        InputError
            If there is no such path, or its values do not fit together.
        """
        known = parameters.keys(_TABLE, "parameter", path=name)

        def value(parameter: str) -> float:
            return parameters.value(_TABLE, path=name, parameter=parameter)

        infill, edge, leapfrog = (value(s) if s in known else math.nan for s in _SHARES)
        return cls(
            name=name,
            demand_factor=value("demand_factor"),
            shares=None if math.isnan(infill) else (infill, edge, leapfrog),
            patch_mean=value("patch_mean_ha"),
            patch_log_sd=value("patch_log_sd"),
            chance=value("chance"),
            centre_weight=value("centre_weight"),
            subcentres=round(value("subcentres")),
            farmland_factor=value("farmland_factor"),
            nature_factor=value("nature_factor"),
            max_impervious_urban=value("max_impervious_urban"),
            max_impervious_industrial=value("max_impervious_industrial"),
            unsealing_rate=value("unsealing_rate"),
            red_line_share=value("red_line_share"),
        )
