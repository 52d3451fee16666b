"""Observations that fall due in a run, and the calibration that they renew."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.fit import Calibration, learn
from simulator.calibration.hindcast import Hindcast, stored_hindcast
from simulator.calibration.observed import Observed, observed_at, sampled, samples_before
from simulator.calibration.physical import candidate_tags, predict
from simulator.calibration.sites import at_sites, unseen_sites
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.region import Region
from simulator.region.samples import SoilSamples
from simulator.scenario import Scenario

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Due:
    """Samples taken in years of a run, beside its own contents; plain arrays for checkpoints.

    Attributes
    ----------
    sample : ndarray of int ``[row]``
        Place in the samples of the region.
    span : ndarray of int ``[row]``
        Years from the start of the run to the end of the year of the sample.
    initial : ndarray ``[row, metal]``
        Content of the cell at the start of the run. [kg kg-1]
    process : ndarray ``[row, metal]``
        Content of the cell, less what the calibration has booked so far. [kg kg-1]
    """

    sample: NDArray[np.intp]
    span: NDArray[np.int64]
    initial: Floats
    process: Floats

    @classmethod
    def none(cls) -> Self:
        """No sample."""
        empty = np.empty(0, dtype=np.intp)
        contents = np.empty((0, len(METALS)))
        return cls(empty, empty.astype(np.int64), contents, contents)

    def joined(self, other: Self) -> Self:
        """These samples and others."""
        names = [f.name for f in fields(self)]
        return type(self)(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in names))


def refit(
    region: Region,
    scenario: Scenario,
    hindcast: Scenario,
    calibration: Calibration,
    due: Due,
    threads: int | None = None,
) -> Calibration:
    """Calibration with the observations that have fallen due; its factors stay.

    Parameters
    ----------
    region, scenario, hindcast, threads
        As for :func:`simulator.calibration.fit.calibration_for`.
    calibration : Calibration
        The one that the run began with, or a later one.
    due : Due
        All observations of the run so far.
    """
    assert region.samples is not None
    asked = scenario.calibration
    past = stored_hindcast(region, hindcast, response=asked.physical, threads=threads)
    process = predict(past, calibration.adjustments)
    surveyed = scenario.soil.initial_content == "survey"
    later = later_at_end(past, process, region.samples, due, scenario.start, surveyed)
    first = observed_at(past, region.samples)
    sites = at_sites(process, first)
    if asked.physical:
        supposed = candidate_tags(region, past.tags)
        sites = unseen_sites(past, first, Parameters(hindcast.parameters), supposed)
    sites = sites.joined(at_sites(process, later))
    factors = calibration.adjustments
    return learn(region, past, first.joined(later), sites, factors, asked.method, asked.target)


def later_at_end(
    hindcast: Hindcast,
    process: Floats,
    samples: SoilSamples,
    due: Due,
    start: int,
    surveyed: bool,
) -> Observed:
    """Observations of a run as contents at the end of the hindcast.

    The mean flux that the processes missed in the run is laid over the years of the hindcast. It is
    the observed change since the last sample of the site before the run, less that of the
    processes; or, at a site without one, the difference of the contents, if the run began from the
    background. A run that began from a map of a survey knows nothing of the latter: the map's error
    at the site would be taken for a flux.

    Parameters
    ----------
    hindcast : Hindcast
        The hindcast.
    process : ndarray ``[year, metal, cell]``
        Its contents under the adjustments. [kg kg-1]
    samples : SoilSamples
        Of the region.
    due : Due
        Observations of the run.
    start : int
        First year of the run.
    surveyed : bool
        Whether it began from a survey.
    """
    before = samples_before(samples, due.sample, start)
    content = samples.content[due.sample]
    missed = np.full_like(content, np.nan) if surveyed else content - due.process
    known = before >= 0
    change = content[known] - samples.content[before[known]]
    missed[known] = change - (due.process[known] - due.initial[known])
    at = process[-1][:, samples.cell[due.sample]].T
    ended = np.full(due.sample.size, len(hindcast.years) - 1)
    return sampled(
        samples, due.sample, ended, at + missed * (hindcast.horizon / due.span)[:, None], known
    )
