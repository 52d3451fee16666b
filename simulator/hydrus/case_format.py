"""Keys of a ``case.toml``, with their units; keys that may be left out have HYDRUS's defaults.

Keys that are not of the format only describe, and are passed over, unless one of the format is
missing that is spelled nearly the same.
"""

from __future__ import annotations

import difflib
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulator.problems import rule_broken

Text = Annotated[str, Field(max_length=4000)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
NotPositive = Annotated[float, Field(le=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(gt=0)]
FileName = Annotated[str, Field(min_length=1, max_length=200)]
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _not_negative(value: float | str) -> float | str:
    if not isinstance(value, str) and value < 0.0:
        raise rule_broken("concentrations are not negative", "Correct the value.")
    return value


#: One number, or one for each layer.
_PER_LAYER: Final = BeforeValidator(_listed)
#: A number, or words on where to find it.
Concentration = Annotated[float | str, AfterValidator(_not_negative)]

#: Likeness from which an unknown key counts as a misspelling.
_LIKENESS: Final = 0.8


class Table(BaseModel):
    """Base: keys of the right type; others are passed over unless they look misspelled."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_misspellings(cls, data: Any) -> Any:
        if isinstance(data, dict):
            absent = {name.lower(): name for name in cls.model_fields if name not in data}
            for key in (str(k) for k in data if k not in cls.model_fields):
                near = difflib.get_close_matches(key.lower(), absent, n=1, cutoff=_LIKENESS)
                if near:
                    name = absent[near[0]]
                    raise rule_broken(
                        f"key {key!r} is not of the format, and {name!r} is not given",
                        f"Write {name!r} if that is meant.",
                    )
        return data


class About(Table):
    """``[case]``."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    title: Text = ""
    kind: Text = ""
    note: Text = ""
    length_unit: Literal["cm"] = "cm"
    time_unit: Literal["d"] = "d"
    mass_unit: Literal["ug"] = "ug"


class Time(Table):
    """``[time]``. [d]"""

    t_start: float = 0.0
    t_end: float
    dt_init: Positive = 1.0e-3
    dt_min: Positive = 1.0e-5
    dt_max: Positive = 5.0
    output_interval: Positive = 1.0
    print_times: list[float] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.t_end <= self.t_start:
            raise rule_broken(
                f"t_end ({self.t_end:g}) comes after t_start ({self.t_start:g})",
                "Correct one of them.",
            )
        if self.dt_min > self.dt_max:
            raise rule_broken(
                f"dt_min ({self.dt_min:g}) is not above dt_max ({self.dt_max:g})",
                "Correct one of them.",
            )
        times = self.print_times or []
        inside = all(self.t_start < t <= self.t_end for t in times)
        if not inside or any(b <= a for a, b in pairwise(times)):
            raise rule_broken(
                "print_times increase and lie after t_start, up to t_end", "Correct the times."
            )
        return self


class Iteration(Table):
    """``[numerics]``."""

    max_iter: Count = 10
    tol_theta: Positive = 1.0e-3
    tol_h_cm: Positive = 1.0
    it_min: Count = 3
    it_max: Count = 7
    mul_up: Annotated[float, Field(ge=1.0)] = 1.3
    mul_down: Annotated[float, Field(gt=0.0, le=1.0)] = 0.7
    hydraulic_tables: bool = True


class Grid(Table):
    """``[grid]``; the nodes themselves are in the file of the initial profile. [cm]"""

    depth: Positive
    n_nodes: Annotated[int, Field(ge=3)] | None = None
    subregions: list[Pair] | None = None
    observation_depths: list[NotNegative] = []


class Layer(Table):
    """``[[layer]]``. [cm, d, g cm-3]"""

    name: Text = ""
    top: NotNegative | None = None
    bottom: NotNegative | None = None
    retention_model: Literal["vg", "vg_air_entry_2cm"] = "vg"
    theta_r: Share
    theta_s: Share
    alpha: Positive
    n: Annotated[float, Field(gt=1.0)]
    Ks: Positive
    l: float = 0.5  # noqa: E741 - name of the format
    bulk_density: Positive | None = None
    dispersivity: NotNegative | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.theta_s <= self.theta_r:
            raise rule_broken(
                f"theta_s ({self.theta_s:g}) is above theta_r ({self.theta_r:g})",
                "Correct one of them.",
            )
        return self


class Initial(Table):
    """``[initial]``; ``kind`` begins with ``theta`` where the file holds water contents."""

    kind: Text = "h"
    file: FileName = "initial_profile.csv"


class TopBoundary(Table):
    """``[boundary.top]``; fluxes are positive upward. [cm, cm d-1]"""

    type: Literal["atmospheric", "constant_head", "constant_flux"]
    head: float | None = None
    flux: float | None = None
    h_crit_a: Annotated[float, Field(lt=0.0)] = -1.0e5
    h_crit_s: NotNegative = 0.0
    surface_layer: bool = False
    file: FileName | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _need(self, {"constant_head": ("head",), "constant_flux": ("flux",)}.get(self.type, ()))
        return self


class BottomBoundary(Table):
    """``[boundary.bottom]``; fluxes are positive upward. [cm, cm d-1]"""

    type: Literal[
        "free_drainage",
        "seepage_face",
        "constant_head",
        "zero_flux",
        "constant_flux",
        "deep_drainage",
    ]
    head: float | None = None
    flux: float | None = None
    h_seep: float = 0.0
    gwl0: float | None = None
    aqh: float | None = None
    bqh: float | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        needed = {
            "constant_head": ("head",),
            "constant_flux": ("flux",),
            "deep_drainage": ("gwl0", "aqh", "bqh"),
        }
        _need(self, needed.get(self.type, ()))
        return self


class Boundary(Table):
    """``[boundary]``."""

    top: TopBoundary
    bottom: BottomBoundary


class FeddesTable(Table):
    """``[roots.feddes]``. [cm, cm d-1]"""

    P0: NotPositive = -10.0
    Popt: NotPositive = -25.0
    P2H: NotPositive = -200.0
    P2L: NotPositive = -800.0
    P3: NotPositive = -8000.0
    r2H: NotNegative = 0.5  # noqa: N815 - names of the format
    r2L: NotNegative = 0.1  # noqa: N815


class GrowthTable(Table):
    """``[roots.growth]``. [d, cm]"""

    fit: Literal["50pct"] = "50pct"
    t_min: float
    t_harvest: float
    x_min: Positive
    x_max: Positive
    period: Positive = 365.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.t_harvest <= self.t_min or self.x_max <= self.x_min:
            raise rule_broken(
                "t_harvest comes after t_min, and x_max is above x_min", "Correct the values."
            )
        return self


class RootTable(Table):
    """``[roots]``; the distribution is in the file of the initial profile. [cm]"""

    depth: Positive | None = None
    compensation: float = 1.0
    feddes: FeddesTable = FeddesTable()
    growth: GrowthTable | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.compensation != 1.0:
            raise rule_broken(
                "compensation is 1: uptake of dry layers is not made up for elsewhere",
                "Only such cases can be read.",
            )
        return self


class Transport(Table):
    """``[transport]``. [ug cm-3, d]"""

    time_weight: Share = 0.5
    scheme: Literal["galerkin", "upstream"] = "galerkin"
    tol_abs: NotNegative = 0.0
    tol_rel: NotNegative = 1.0e-3
    max_iter: Count = 20
    peclet_courant: Positive = 2.0
    tortuosity: Literal["Millington-Quirk"] = "Millington-Quirk"
    top_boundary: Annotated[str, Field(pattern="^flux")] = "flux"
    bottom_boundary: Annotated[str, Field(pattern="^zero")] = "zero"
    t_pulse: float | None = None


class SoluteTable(Table):
    """``[[solute]]``; sorption as one number or one for each layer. [cm, d, ug, g]"""

    name: Text = ""
    diffusion: NotNegative = 0.0
    kd: Annotated[list[NotNegative], _PER_LAYER] = [0.0]
    beta: Annotated[list[Positive], _PER_LAYER] = [1.0]
    eta: Annotated[list[NotNegative], _PER_LAYER] = [0.0]
    top_concentration: Concentration = 0.0
    root_uptake_max_concentration: NotNegative = 0.0
    initial_concentration: Concentration = 0.0


class Document(Table):
    """The whole file; what its tables have to do with each other is checked by `build_column`."""

    case: About
    time: Time
    numerics: Iteration = Iteration()
    grid: Grid
    layer: Annotated[list[Layer], Field(min_length=1)]
    initial: Initial = Initial()
    boundary: Boundary
    roots: RootTable | None = None
    transport: Transport = Transport()
    solute: list[SoluteTable] = []


class Site(Table):
    """``[site]`` of a case of potential evapotranspiration."""

    latitude_deg: Annotated[float, Field(ge=-90.0, le=90.0)]
    altitude_m: float


class PenmanMonteith(Table):
    """``[penman_monteith]`` of a case of potential evapotranspiration."""

    crop_height_cm: Positive
    albedo: Share
    leaf_area_index: NotNegative
    extinction: NotNegative
    wind_and_temperature_height_cm: Positive
    shortwave_coefficients: Pair
    longwave_emissivity: Pair


class AboutEvapotranspiration(About):
    """``[case]`` of a case of potential evapotranspiration."""

    results: FileName = "et.csv"


class EvapotranspirationDocument(Table):
    """The whole file of a case of potential evapotranspiration."""

    case: AboutEvapotranspiration
    site: Site
    penman_monteith: PenmanMonteith


def _need(table: TopBoundary | BottomBoundary, keys: tuple[str, ...]) -> None:
    """Refuse a boundary without keys that its type asks for."""
    missing = [key for key in keys if getattr(table, key) is None]
    if missing:
        raise rule_broken(
            f"{' and '.join(missing)} must be given with type {table.type!r}",
            "Add what is missing.",
        )
