"""A calibration made and looked at: its map, its factors, its sites, and how well it predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.calibration.case import Case
from analysis.calibration.evaluate import BLOCKS, HeldOut, cross_validate, schemes
from analysis.calibration.scores import LEVEL, Predicted
from analysis.calibration.variants import BOTH, CALIBRATED, KRIGING, PHYSICAL, PROCESS
from simulator.calibration.adjustments import Adjustments
from simulator.calibration.features import feature_table
from simulator.calibration.fit import STATUS, Calibration, learn, retained, status_of
from simulator.calibration.hindcast import stored_hindcast
from simulator.calibration.physical import Inference
from simulator.calibration.sites import at_sites
from simulator.constants import METALS, MG_PER_KG

Floats = NDArray[np.float64]

#: mg m-2 in kg m-2.
MG: Final = 1e6


@dataclass(frozen=True)
class Made:
    """A calibration with what it was made from.

    Attributes
    ----------
    case : Case
        Hindcast and samples.
    metals : tuple of str
        Those with enough samples.
    calibration : Calibration
        What a run is corrected by.
    inference : Inference, optional
        Factors on the processes, where the calibration has any.
    process : ndarray ``[year, metal, cell]``
        Content of the processes with these factors. [kg kg-1]
    held_out : HeldOut
        Samples predicted by fits that have not seen them, folds of blocks.
    variant : str
        The variant that the calibration is, of :data:`analysis.calibration.variants.VARIANTS`.
    """

    case: Case
    metals: tuple[str, ...]
    calibration: Calibration
    inference: Inference | None
    process: Floats
    held_out: HeldOut
    variant: str


def make(case: Case, folds: int, jobs: int) -> Made:
    """Calibrate a case as its scenario asks, and cross-validate what came out.

    A scenario that asks for no calibration gets method ``auto``, and factors where its hindcast
    has source tags.

    Parameters
    ----------
    case : Case
        Hindcast and samples.
    folds, jobs : int
        Folds of the cross-validation, and processes for it.
    """
    asked = case.scenario.calibration
    method = asked.method if asked.wanted else case.learner.method
    inference = case.inferred() if case.physical else None
    adjustments = Adjustments.none() if inference is None else inference.adjustments
    adjusted = case.hindcast
    if case.physical:
        adjusted = stored_hindcast(case.region, case.past, adjustments)
    process = adjusted.content
    everything = np.ones(len(case.observed), dtype=bool)
    sites = case.unseen(everything) if case.physical else at_sites(process, case.observed)
    calibration = learn(
        case.region, case.hindcast, adjusted, case.observed, sites, adjustments, method,
        case.learner.target, case.learner.seed,
    )  # fmt: skip
    variant = _variant(method, case.physical)
    metals = case.metals()
    variants = dict.fromkeys((KRIGING, PROCESS, *((PHYSICAL,) if case.physical else ()), variant))
    scheme = schemes(case, metals, folds)[BLOCKS]
    held_out = cross_validate(case, metals, tuple(variants), scheme, jobs)
    return Made(case, metals, calibration, inference, process, held_out, variant)


def _variant(method: str, physical: bool) -> str:
    if method == "none":
        return PHYSICAL
    return BOTH if physical else CALIBRATED


def site_table(made: Made) -> pd.DataFrame:
    """One row a sample and metal: what was observed, predicted, corrected, and by how much.

    Contents are in mg kg-1 at the end of the hindcast, fluxes in mg m-2 of open ground yr-1. What
    begins with ``held_out`` was predicted by fits that have not seen the sample.
    """
    case, observed = made.case, made.case.observed
    tables = []
    for metal in made.metals:
        m = METALS.index(metal)
        contents = case.at_end(metal)
        known = np.isfinite(contents)
        kept = observed.take(known)
        process, used = case.hindcast.content[-1, m, kept.cell], made.process[-1, m, kept.cell]
        features = feature_table(
            case.hindcast, case.region, metal, kept.cell, used, kept.place, kept.covariates
        )
        found = _at_sites(made, metal, features, used)
        out = made.held_out.predicted[metal][made.variant]
        rate = _rate(made, m, kept.cell)
        columns: dict[str, object] = {
            "site": kept.site,
            "x": kept.place[:, 0],
            "y": kept.place[:, 1],
            "year": case.hindcast.years[kept.year_index],
            "metal": metal,
            "observed_mg_kg": MG_PER_KG * contents[known],
            "below_detection": kept.below[:, m],
            "base_mg_kg": MG_PER_KG * case.hindcast.initial[m, kept.cell],
            "process_mg_kg": MG_PER_KG * process,
            "physical_mg_kg": MG_PER_KG * used,
            "corrected_mg_kg": MG_PER_KG * found.content,
            "corrected_low_mg_kg": MG_PER_KG * found.low,
            "corrected_high_mg_kg": MG_PER_KG * found.high,
            "held_out_mg_kg": MG_PER_KG * out.content[known],
            "held_out_low_mg_kg": MG_PER_KG * out.low[known],
            "held_out_high_mg_kg": MG_PER_KG * out.high[known],
            "fold": made.held_out.scheme.folds[known],
            "residual_flux_mg_m2_yr": MG * rate * (contents[known] - used),
            "correction_mg_m2_yr": MG * rate * (found.content - used),
            "correction_low_mg_m2_yr": MG * rate * (found.low - used),
            "correction_high_mg_m2_yr": MG * rate * (found.high - used),
            "weight": found.weight,
            "status": None if found.status is None else [STATUS[s] for s in found.status],
        }
        tables.append(pd.concat([pd.DataFrame(columns), features.drop(columns=["x", "y"])], axis=1))
    return pd.concat(tables, ignore_index=True)


def factor_table(inference: Inference) -> pd.DataFrame:
    """One row a factor and metal: its value with a 90 % interval, and how much the data tell.

    ``prior_sd`` and ``posterior_sd`` are of its natural logarithm; ``told`` is the share of the
    prior variance that the samples took away, 0 where the factor is the prior's.
    """
    told = inference.told
    half = float(norm.ppf(0.5 + LEVEL / 2.0))
    rows = [
        {
            "name": name, "metal": metal, "factor": factor,
            "low": factor * np.exp(-half * sd), "high": factor * np.exp(half * sd),
            "prior_sd": inference.prior_sd.loc[name, metal], "posterior_sd": sd,
            "told": told.loc[name, metal],
        }
        for name in inference.sd.index
        for metal, factor in zip(METALS, inference.adjustments.of(name).tolist(), strict=True)
        for sd in (inference.sd.loc[name, metal],)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def score_table(scores: dict[str, HeldOut]) -> pd.DataFrame:
    """One row a kind of folds, metal and variant."""
    rows = [
        {
            "folds": name, "block_m": held_out.scheme.block_m,
            "nearest_m": held_out.scheme.nearest_m, "metal": metal, "variant": variant, **vars(one),
        }
        for name, held_out in scores.items()
        for metal, by_variant in held_out.scores.items()
        for variant, one in by_variant.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def summary(made: Made) -> pd.DataFrame:
    """One row a metal: mean correction of the soil cells, and their shares by status."""
    calibration = made.calibration
    soil = calibration.status.max(axis=0) > 0
    rows = []
    for metal in made.metals:
        m = METALS.index(metal)
        status = calibration.status[m, soil]
        rows.append(
            {
                "metal": metal,
                "correction_mg_m2_yr": MG * float(calibration.rate[m, soil].mean()),
                "input_mg_m2_yr": MG * float(calibration.reference_input[m, soil].mean()),
                **{
                    name: float((status == code).mean()) for code, name in enumerate(STATUS) if code
                },
            }
        )
    return pd.DataFrame(rows)


def _at_sites(made: Made, metal: str, features: pd.DataFrame, used: Floats) -> Predicted:
    """Corrected contents of the sites that the correction was learned at."""
    correction = made.calibration.corrections.get(metal)
    if correction is None:
        none = np.full(used.size, np.nan)
        return Predicted(used, none, none, none)
    found = correction.predict(features, used)
    status = status_of(found.content / used, found.weight)
    return Predicted(found.content, found.low, found.high, found.weight, status)


def _rate(made: Made, m: int, cells: NDArray[np.intp]) -> Floats:
    """Mean yearly flux for a content at the end that is higher by one. [kg m-2 yr-1 / (kg kg-1)]"""
    hindcast = made.case.hindcast
    return hindcast.mass[cells] / (hindcast.horizon * retained(hindcast)[m, cells])
