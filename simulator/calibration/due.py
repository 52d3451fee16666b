"""Observations that fall due in a run, and the calibration that they renew."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.fit import Calibration, learn, physical_setting
from simulator.calibration.hindcast import Hindcast, stored_hindcast
from simulator.calibration.observed import Observed, at_least, earlier, observed_at, sampled
from simulator.calibration.sites import at_sites, carried_on, unseen_sites
from simulator.constants import METALS
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
    asked, factors = scenario.calibration, calibration.adjustments
    past = stored_hindcast(region, hindcast, response=asked.physical, threads=threads)
    first = observed_at(past, region.samples)
    adjusted, sites = past, at_sites(past.content, first)
    if asked.physical:
        adjusted = stored_hindcast(region, hindcast, factors, threads=threads)
        sites = unseen_sites(past, first, **physical_setting(region, hindcast, past))
    surveyed = scenario.soil.initial_content == "survey"
    later = later_at_end(adjusted, region.samples, due, scenario.start, surveyed)
    sites = sites.joined(at_sites(adjusted.content, later))
    both = first.joined(later)
    return learn(region, past, adjusted, both, sites, factors, asked.method, asked.target)


def later_at_end(
    hindcast: Hindcast,
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
        The hindcast, under the adjustments.
    samples : SoilSamples
        Of the region.
    due : Due
        Observations of the run.
    start : int
        First year of the run.
    surveyed : bool
        Whether it began from a survey.
    """
    content = samples.content[due.sample]
    base, known = earlier(samples, due.sample, start)
    missed = np.full_like(content, np.nan) if surveyed else content - due.process
    change = content - base - (due.process - due.initial)
    missed = np.where(known, change, missed)
    at = hindcast.content[-1][:, samples.cell[due.sample]].T
    ended = np.full(due.sample.size, len(hindcast.years) - 1)
    found = at + missed * carried_on(hindcast.horizon, due.span)[:, None]
    return sampled(samples, due.sample, ended, at_least(found, at), known)
