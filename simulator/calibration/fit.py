"""From samples and a hindcast to a calibration: factors on the processes, and a correction by cell.

The correction is learned at the sites as contents at the end of the hindcast and turned into a mean
yearly flux of the top layer: what is missing there, over the part of a steady flux that losses
would have left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator import cache, progress
from simulator.calibration.adjustments import Adjustments
from simulator.calibration.features import feature_table
from simulator.calibration.hindcast import (
    BACKGROUND_DEPOSITION,
    LEACHING,
    OTHER_INPUTS,
    OTHER_LOSSES,
    SOURCE_DEPOSITION,
    Hindcast,
    program_digest,
    stored_hindcast,
)
from simulator.calibration.observed import Observed, observed_at
from simulator.calibration.physical import candidate_tags, infer, prior_sd
from simulator.calibration.sites import AtSites, at_end, at_sites, unseen_sites
from simulator.calibration.target import FEWEST
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.region import Region
from simulator.scenario import Scenario
from simulator.tags import INITIAL

if TYPE_CHECKING:
    from simulator.calibration.correction import FluxCorrection

Floats = NDArray[np.float64]

NO_SOIL: Final = 0
TRUSTED: Final = 1  #: the correction is small: a quarter of the content of the processes or less
CORRECTED: Final = 2  #: it is larger
EXTRAPOLATED: Final = 3  #: unlike anything observed: corrected by half or less
#: Names of the codes of :attr:`Calibration.status`.
STATUS: Final = ("no soil", "trusted", "corrected", "extrapolated")

#: Ratio of the corrected content to that of the processes up to which these are trusted: samples
#: a few steps apart differ as much.
_TRUSTED_RATIO: Final = 1.25
#: Weight below which a correction is an extrapolation.
_INSIDE: Final = 0.5
_KIND: Final = "calibration"
_TASK: Final = "calibration"


@dataclass(frozen=True)
class Calibration:
    """What a run is corrected by.

    Attributes
    ----------
    adjustments : Adjustments
        Factors on process parameters.
    horizon : float
        Years of the hindcast.
    rate : ndarray ``[metal, cell]``
        Mean correction of the hindcast, of the top layer per open ground; 0 where there is none.
        [kg m-2 yr-1]
    low, high : ndarray ``[metal, cell]``
        Bounds of its 90 % interval. [kg m-2 yr-1]
    weight : ndarray ``[metal, cell]``
        1 where the cell is like those observed, 0 where it is unlike any. [-]
    ratio : ndarray ``[metal, cell]``
        Corrected content over that of the processes at the end of the hindcast. [-]
    reference_input : ndarray ``[metal, cell]``
        Mean input to the top layer in the hindcast. [kg m-2 of open ground yr-1]
    reference_content : ndarray ``[metal, cell]``
        Mean content in the hindcast. [kg kg-1]
    corrections : mapping of str to FluxCorrection
        By metal, as fitted; empty where the calibration comes from the disk.
    """

    adjustments: Adjustments
    horizon: float
    rate: Floats
    low: Floats
    high: Floats
    weight: Floats
    ratio: Floats
    reference_input: Floats
    reference_content: Floats
    corrections: Mapping[str, FluxCorrection] = field(default_factory=dict, compare=False)

    @property
    def status(self) -> NDArray[np.uint8]:
        """Where the processes are trusted, corrected, extrapolated: codes of :data:`STATUS`."""
        found = status_of(self.ratio, self.weight)
        return np.where(np.isnan(self.reference_content), NO_SOIL, found).astype(np.uint8)


def status_of(ratio: Floats, weight: Floats) -> NDArray[np.intp]:
    """Code of :data:`STATUS` for a corrected content over that of the processes, and its weight."""
    small = np.abs(np.log(ratio)) <= np.log(_TRUSTED_RATIO)
    return np.where(weight < _INSIDE, EXTRAPOLATED, np.where(small, TRUSTED, CORRECTED))


def calibration_for(
    region: Region, scenario: Scenario, hindcast: Scenario, threads: int | None = None
) -> Calibration:
    """Calibration that a scenario asks for, from the disk where it has been made before.

    Parameters
    ----------
    region : Region
        With samples.
    scenario : Scenario
        With a calibration.
    hindcast : Scenario
        The one that it names.
    threads : int, optional
        Threads for the cells.
    """
    asked = scenario.calibration
    digest = hashlib.sha256(program_digest())
    digest.update(f"{region.digest}\n{hindcast.to_toml()}\n{asked!r}".encode())
    key = digest.hexdigest()
    stored = cache.load(_KIND, key)
    if stored is not None:
        return from_arrays(stored)
    found = calibrate(
        region, hindcast, method=asked.method, target=asked.target, physical=asked.physical,
        threads=threads,
    )  # fmt: skip
    cache.save(_KIND, key, **to_arrays(found))
    return found


def calibrate(
    region: Region,
    scenario: Scenario,
    *,
    method: str,
    target: str = "log",
    physical: bool = False,
    seed: int = 0,
    threads: int | None = None,
) -> Calibration:
    """Learn from the samples of a region what the hindcast of a scenario misses.

    Parameters
    ----------
    region : Region
        With samples.
    scenario : Scenario
        That of the hindcast; with source tags where ``physical``.
    method, target
        Of :class:`simulator.calibration.correction.FluxCorrection`; method ``none`` corrects by the
        factors alone.
    physical : bool
        Whether factors on process parameters are inferred first.
    seed : int
        Of everything that is drawn.
    threads : int, optional
        Threads for the cells.
    """
    assert region.samples is not None
    hindcast = stored_hindcast(region, scenario, response=physical, threads=threads)
    observed = observed_at(hindcast, region.samples)
    if not physical:
        sites = at_sites(hindcast.content, observed)
        none = Adjustments.none()
        return learn(region, hindcast, hindcast, observed, sites, none, method, target, seed)
    setting = physical_setting(region, scenario, hindcast)
    adjustments = infer(hindcast, observed, **setting).adjustments
    sites = unseen_sites(hindcast, observed, **setting, seed=seed)
    adjusted = stored_hindcast(region, scenario, adjustments, threads=threads)
    return learn(region, hindcast, adjusted, observed, sites, adjustments, method, target, seed)


def physical_setting(region: Region, scenario: Scenario, hindcast: Hindcast) -> dict[str, Any]:
    """Priors of the factors, arguments of :func:`simulator.calibration.physical.infer`.

    What a survey found is no matter of a factor: a hindcast that starts from one has none on its
    initial content.
    """
    parameters = Parameters(scenario.parameters)
    supposed = candidate_tags(region, hindcast.tags)
    free = set(prior_sd(hindcast.tags, parameters, supposed))
    if scenario.soil.initial_content == "survey":
        free.discard(INITIAL)
    return {"parameters": parameters, "candidates": supposed, "free": frozenset(free)}


def learn(
    region: Region,
    hindcast: Hindcast,
    adjusted: Hindcast,
    observed: Observed,
    sites: AtSites,
    adjustments: Adjustments,
    method: str,
    target: str = "log",
    seed: int = 0,
) -> Calibration:
    """Correction of every cell from observed contents beside those of the processes.

    Parameters
    ----------
    hindcast, adjusted : Hindcast
        The processes as they are, which give the features, and under the adjustments, which the
        correction is of.
    observed : Observed
        At the sites.
    sites : AtSites
        Contents of the processes there; under the adjustments, those that were inferred without the
        site itself.
    adjustments : Adjustments
        Factors on the processes.
    region, method, target, seed
        As for :func:`calibrate`.
    """
    end = adjusted.content[-1]
    shape = end.shape
    rate, low, high = np.zeros((3, *shape))
    ratio = np.ones(shape)
    weight = np.full(shape, float(method == "none"))
    soil = np.flatnonzero(np.isfinite(end).all(axis=0))
    per_content = hindcast.mass / (hindcast.horizon * retained(adjusted))
    corrections: dict[str, FluxCorrection] = {}
    for m, metal in enumerate(METALS if method != "none" else ()):
        progress.tell(_TASK, m, len(METALS))
        fitted = fit_metal(region, hindcast, observed, sites, metal, method, target, seed)
        if fitted is None:
            continue
        corrections[metal] = fitted
        X = feature_table(hindcast, region, metal, soil, end[m, soil])
        found = fitted.predict(X, end[m, soil])
        for into, value in ((rate, found.content), (low, found.low), (high, found.high)):
            into[m, soil] = (value - end[m, soil]) * per_content[m, soil]
        weight[m, soil] = found.weight
        ratio[m, soil] = found.content / end[m, soil]
        progress.tell(_TASK, m + 1, len(METALS))
    gross = sum(adjusted.flux[g] for g in (SOURCE_DEPOSITION, BACKGROUND_DEPOSITION, OTHER_INPUTS))
    return Calibration(
        adjustments, float(hindcast.horizon), rate, low, high, weight, ratio, np.asarray(gross),
        adjusted.mean_content, corrections,
    )  # fmt: skip


def fit_metal(
    region: Region,
    hindcast: Hindcast,
    observed: Observed,
    sites: AtSites,
    metal: str,
    method: str,
    target: str = "log",
    seed: int = 0,
) -> FluxCorrection | None:
    """Correction fitted at the sites; None where fewer than :data:`FEWEST` know the metal."""
    from simulator.calibration.correction import FluxCorrection

    m = METALS.index(metal)
    contents, end = at_end(hindcast, observed, sites, m), sites.end[:, m]
    known = np.isfinite(contents) & np.isfinite(end)
    if known.sum() < FEWEST:
        return None
    kept = observed.take(known)
    X = feature_table(hindcast, region, metal, kept.cell, end[known], kept.place, kept.covariates)
    return FluxCorrection(method=method, target=target, seed=seed).fit(
        X, contents[known], end[known], kept.below[:, m]
    )


def retained(hindcast: Hindcast) -> Floats:
    """Part of a steady input that is still in the top layer at the end, ``[metal, cell]``. [-].

    Of losses in proportion to the content: ``(1 - exp(-k T)) / (k T)``.
    """
    losses = hindcast.flux[LEACHING] + hindcast.flux[OTHER_LOSSES]
    stock = hindcast.mean_content * hindcast.mass
    with np.errstate(divide="ignore", invalid="ignore"):
        kt = np.maximum(np.nan_to_num(losses / stock), 0.0) * hindcast.horizon
    small = kt < 1e-6
    return np.where(small, 1.0 - 0.5 * kt, -np.expm1(-kt) / np.where(small, 1.0, kt))


def to_arrays(calibration: Calibration) -> dict[str, NDArray[Any]]:
    """Calibration as plain arrays by name, for disk and checkpoint."""
    table = calibration.adjustments.to_table()
    arrays = {
        f.name: np.asarray(getattr(calibration, f.name))
        for f in fields(calibration)
        if f.name not in ("adjustments", "corrections")
    }
    return arrays | {
        "adjusted": table.index.to_numpy(dtype=str),
        "factors": table.to_numpy(dtype=np.float64),
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Calibration:
    """Calibration of :func:`to_arrays`."""
    kept: dict[str, Any] = dict(arrays)
    table = pd.DataFrame(kept.pop("factors"), kept.pop("adjusted").tolist(), list(METALS))
    horizon = float(kept.pop("horizon"))
    return Calibration(adjustments=Adjustments.from_table(table), horizon=horizon, **kept)
