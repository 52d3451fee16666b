"""Risk to the health of people on the soil: HJ 25.3-2019, and US EPA RSL beside it.

Soil is swallowed, sticks to skin and is inhaled as dust. Every exposure is linear in the content,
so a land has one factor a pathway and metal; the factors are in SI units, where the 1e-6 of the
printed formulas disappear. Vapour and groundwater pathways are left out: of the eight metals only
elemental mercury is volatile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.thresholds import AGRICULTURAL, INDUSTRIAL, RECEPTORS, RESIDENTIAL
from analysis.assessment.values import row, table
from simulator.constants import METALS
from simulator.data.parameters import Parameter
from simulator.errors import InputError, Problem

Array = NDArray[np.float64]
Index = NDArray[np.int8]

#: Ways of exposure, in the order of every ``pathway`` axis.
PATHWAYS: Final = ("ingestion", "dermal", "inhalation")

#: Land by exposure, in the order of every ``land`` index: children and adults live on the first
#: (residential), adults work on the second (industrial, commercial).
LANDS: Final = ("first class", "second class")

#: Sets of exposure. The second has residents only.
STANDARDS: Final = ("HJ 25.3-2019", "US EPA RSL")

_PERSONS: Final = {"first class": ("child", "adult"), "second class": ("adult",)}
_MG_PER_KG: Final = 1.0e-6  # kg kg-1
_DAYS_PER_YEAR: Final = 365.0


@dataclass(frozen=True)
class Exposure:
    """Exposure to soil of one land, ``[person]`` with the persons of the land.

    Attributes
    ----------
    persons : tuple of str
        ``child`` and ``adult``, or ``adult``.
    ingestion_cancer, ingestion_hazard : ndarray
        OISER: soil swallowed per body weight. [kg kg-1 d-1]
    dermal_cancer, dermal_hazard : ndarray
        DCSER without the absorbed share ABSd. [kg kg-1 d-1]
    inhalation_cancer, inhalation_hazard : ndarray
        Mean soil dust in the air breathed. PISER times body weight over breathing rate of the
        adult, which goes with a unit risk or reference concentration. [kg m-3]
    allocation : float
        Share of the reference dose that is left to soil, SAF. [-]
    """

    persons: tuple[str, ...]
    ingestion_cancer: Array
    ingestion_hazard: Array
    dermal_cancer: Array
    dermal_hazard: Array
    inhalation_cancer: Array
    inhalation_hazard: Array
    allocation: float


@dataclass(frozen=True)
class HealthRisk:
    """Risk to health; NaN where no one is exposed or a metal has no such effect.

    Attributes
    ----------
    cancer, hazard : ndarray ``[metal, ...]``
        Lifetime cancer risk and hazard quotient over all pathways. [-]
    cancer_by_pathway, hazard_by_pathway : ndarray ``[pathway, ...]``
        Sums over the metals. [-]
    lead_ratio : ndarray ``[...]``
        Content of Pb over its screening value, which rests on blood lead; not part of the
        hazard. [-]
    """

    cancer: Array
    hazard: Array
    cancer_by_pathway: Array
    hazard_by_pathway: Array
    lead_ratio: Array

    @property
    def total_cancer(self) -> Array:
        """Cancer risk of all metals, ``[...]``. [-]."""
        return _sum(self.cancer)

    @property
    def hazard_index(self) -> Array:
        """Hazard index, the sum of the quotients, ``[...]``. [-]."""
        return _sum(self.hazard)


def health_land(receptor: Index) -> Index:
    """Land in the sense of exposure, index into :data:`LANDS`; -1 where no one lives or works.

    Residential and, as a yardstick for villages among their fields, agricultural land are of the
    first class, industrial land of the second. HJ 25.3 itself is for development land alone.
    """
    land = np.full(len(RECEPTORS) + 1, -1, dtype=np.int8)
    land[[AGRICULTURAL, RESIDENTIAL]] = LANDS.index("first class")
    land[INDUSTRIAL] = LANDS.index("second class")
    found: Index = land[receptor]
    return found


def health_risk(
    content: Array, land: Index, *, standard: str = "HJ 25.3-2019", bioaccessible: bool = False
) -> HealthRisk:
    """Cancer risk and hazard of each cell by metal and by pathway.

    Parameters
    ----------
    content : ndarray ``[metal, ...]``
        Total content; of Cr the share ``chromium_vi_share`` counts as Cr(VI). [mg kg-1]
    land : ndarray of int8 ``[...]``
        Index into :data:`LANDS`, as :func:`health_land` gives it; -1 for none.
    standard : {"HJ 25.3-2019", "US EPA RSL"}
        Set of exposure. The latter knows the first class only: other land has no risk then.
    bioaccessible : bool
        Count only what dissolves in the stomach of what is swallowed (``bioaccessibility.csv``).

    Returns
    -------
    HealthRisk

    Raises
    ------
    InputError
        If the standard is unknown.
    """
    if standard not in STANDARDS:
        raise InputError(
            Problem(
                where="assessment: health standard",
                what=f"{standard!r}",
                rule=f"one of {', '.join(STANDARDS)}",
                fix="Choose one of these.",
            )
        )
    known = LANDS if standard == "HJ 25.3-2019" else LANDS[:1]
    no_one = np.full((2, len(PATHWAYS), len(METALS)), np.nan)
    by_land = [risk_per_content(name, standard, bioaccessible) for name in known]
    factors = np.stack(by_land + [no_one] * (len(LANDS) + 1 - len(known)))
    cancer, hazard = factors[:, 0], factors[:, 1]
    threshold = np.array([_lead_threshold(name) for name in LANDS] + [np.nan])
    return HealthRisk(
        cancer=_by_metal(cancer, content, land),
        hazard=_by_metal(hazard, content, land),
        cancer_by_pathway=_by_pathway(cancer, content, land),
        hazard_by_pathway=_by_pathway(hazard, content, land),
        lead_ratio=content[METALS.index("Pb")] / threshold[land],
    )


@cache
def risk_per_content(land: str, standard: str, bioaccessible: bool) -> Array:
    """Cancer risk and hazard quotient per mg/kg, ``[effect, pathway, metal]``. [kg mg-1].

    The cancer risk adds up over childhood and adult life; the hazard is that of the person who
    has most (the child, where there is one). NaN where a metal has no such effect by a pathway.
    """
    soil = exposure(land, standard)
    factor = np.stack([_of_metal(soil, metal) for metal in METALS], axis=-1) * _MG_PER_KG
    if bioaccessible:
        shares = [row("bioaccessibility", metal).value for metal in METALS]
        factor[:, PATHWAYS.index("ingestion")] *= shares
    return factor


@cache
def exposure(land: str, standard: str = "HJ 25.3-2019") -> Exposure:
    """Exposure of a land from its table (HJ 25.3-2019, appendices A and G; US EPA RSL).

    Parameters
    ----------
    land : {"first class", "second class"}
        Kind of land.
    standard : {"HJ 25.3-2019", "US EPA RSL"}
        Set of exposure.
    """
    persons = _PERSONS[land]

    def of(parameter: str) -> Array:
        rows = [row("health_exposure", standard, land, p, parameter) for p in persons]
        return np.array([r.si for r in rows])

    def same(parameter: str) -> float:
        return row("health_exposure", standard, "any", "all", parameter).si

    weight, duration = of("body_weight"), of("duration")
    over_life = 1.0 / same("averaging_cancer")
    over_stay = 1.0 / (_DAYS_PER_YEAR * duration)
    days = of("days") * duration  # d of contact
    swallowed = of("soil_ingestion") * days * same("oral_absorption") / weight
    on_skin = _skin_area(standard, of) * of("adherence") * days * same("events") / weight
    if standard == "HJ 25.3-2019":
        dusty = same("soil_share_outdoor") * of("days_outdoor")
        dusty = dusty + same("soil_share_indoor") * of("days_indoor")
        breathed = same("pm10") * of("air") * duration * same("retention") * dusty / weight
        # SFi = IUR BWa/DAIRa and RfDi = RfC DAIRa/BWa take the adult for every person
        inhaled = breathed * weight[-1] / of("air")[-1]
    else:
        inhaled = days / same("particle_emission")
    return Exposure(
        persons,
        ingestion_cancer=swallowed * over_life,
        ingestion_hazard=swallowed * over_stay,
        dermal_cancer=on_skin * over_life,
        dermal_hazard=on_skin * over_stay,
        inhalation_cancer=inhaled * over_life,
        inhalation_hazard=inhaled * over_stay,
        allocation=same("allocation"),
    )


def _skin_area(standard: str, of: Callable[[str], Array]) -> Array:
    """Exposed skin; SAE = 239 H^0.417 BW^0.517 SER in HJ 25.3, in cm2 with H in cm. [m2]."""
    if standard != "HJ 25.3-2019":
        return of("skin_area")
    whole = 239.0 * (100.0 * of("height")) ** 0.417 * of("body_weight") ** 0.517
    return 1.0e-4 * whole * of("skin_share")


def _of_metal(soil: Exposure, metal: str) -> Array:
    """Cancer risk and hazard quotient per content of a metal, ``[effect, pathway]``. [-]."""
    if metal != "Cr":
        return _of_substance(soil, metal)
    share = row("health_exposure", "any", "any", "all", "chromium_vi_share").si
    six, three = _of_substance(soil, "CrVI"), _of_substance(soil, "CrIII")
    both = share * np.nan_to_num(six) + (1.0 - share) * np.nan_to_num(three)
    return np.where(np.isnan(six) & np.isnan(three), np.nan, both)


def _of_substance(soil: Exposure, substance: str) -> Array:
    """Cancer risk and hazard quotient per content of a substance, ``[effect, pathway]``. [-].

    Without a value for the pathway there is no risk by it: NaN. Doses through the skin are
    compared with oral ones by the share that the gut absorbs: SFd = SFo/ABSgi, RfDd = RfDo ABSgi.
    """
    slope, dose, gut, skin, unit_risk, concentration = (
        _toxicity(substance, p) for p in ("SFo", "RfDo", "ABSgi", "ABSd", "IUR", "RfC")
    )
    cancer = [
        soil.ingestion_cancer.sum() * slope,
        soil.dermal_cancer.sum() * skin * slope / gut,
        soil.inhalation_cancer.sum() * unit_risk,
    ]
    hazard = [
        soil.ingestion_hazard.max() / dose,
        soil.dermal_hazard.max() * skin / (dose * gut),
        soil.inhalation_hazard.max() / concentration,
    ]
    return np.array([cancer, np.array(hazard) / soil.allocation])


def _toxicity(substance: str, parameter: str) -> float:
    found: Parameter | None = table("toxicity").rows.get((substance, parameter))
    return found.si if found else np.nan


def _lead_threshold(land: str) -> float:
    """Screening value of Pb: GB 36600 takes it from models of blood lead. [mg kg-1]."""
    return row("thresholds", "screening", "GB 36600-2018", land, "Pb", "14").value


def _by_metal(factors: Array, content: Array, land: Index) -> Array:
    """Risk over the pathways, ``[metal, ...]``, from factors ``[land, pathway, metal]``."""
    over_pathways = _sum(np.moveaxis(factors, 1, 0))
    return np.moveaxis(over_pathways[land], -1, 0) * content


def _by_pathway(factors: Array, content: Array, land: Index) -> Array:
    """Risk over the metals, ``[pathway, ...]``, from factors ``[land, pathway, metal]``."""
    pathways = np.moveaxis(factors, 1, 0)
    return np.stack([_sum(np.moveaxis(one[land], -1, 0) * content) for one in pathways])


def _sum(values: Array) -> Array:
    """Sum over the first axis without the unknown; NaN where all are."""
    return np.where(np.isnan(values).all(axis=0), np.nan, np.nansum(values, axis=0))
