"""From samples and a hindcast to a correction by cell, and its renewal in a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.calibration.adjustments import Adjustments
from simulator.calibration.due import Due, later_at_end
from simulator.calibration.fit import (
    CORRECTED,
    EXTRAPOLATED,
    NO_SOIL,
    TRUSTED,
    Calibration,
    from_arrays,
    learn,
    retained,
    to_arrays,
)
from simulator.calibration.hindcast import GROUPS, LEACHING, Hindcast
from simulator.calibration.observed import Observed, observed_at, sampled
from simulator.calibration.sites import at_end, at_sites
from simulator.constants import METALS
from simulator.region import Region
from simulator.region.samples import SoilSamples

N_METAL, N_CELL = len(METALS), 4


def hindcast(loss: float = 0.0, years: tuple[int, ...] = (2009,)) -> Hindcast:
    """Ten years of soil that holds 1 mg/kg, without a source."""
    content = np.full((len(years), N_METAL, N_CELL), 1e-6)
    flux = {g: np.zeros((N_METAL, N_CELL)) for g in GROUPS}
    flux[LEACHING] += loss * 1e-6 * 200.0
    return Hindcast(
        2000, np.array(years), content[0], content, (), np.empty((len(years), 0, N_METAL, N_CELL)),
        flux, content[0], np.full(N_CELL, 200.0), np.zeros((10, N_CELL)), np.zeros(N_CELL),
        np.zeros_like(content),
    )  # fmt: skip


def observed(content: float, year_index: int = 0) -> Observed:
    """One site in cell 2."""
    return Observed(
        np.array(["a"]), np.array([2]), np.zeros((1, 2)), np.array([year_index]),
        np.full((1, N_METAL), content), np.zeros((1, N_METAL), bool), np.zeros((1, N_METAL), bool),
        pd.DataFrame(index=range(1)),
    )  # fmt: skip


def samples(years: tuple[int, ...], content: tuple[float, ...]) -> SoilSamples:
    """One site that was sampled in several years."""
    n = len(years)
    values = np.repeat(np.array(content)[:, None], N_METAL, axis=1)
    return SoilSamples(
        ("a",) * n, np.zeros(n), np.zeros(n), np.array(years), values,
        np.zeros((n, N_METAL), bool), pd.DataFrame(index=range(n)), np.full(n, 2),
    )  # fmt: skip


@given(st.floats(1e-12, 1.0))
def test_what_is_retained_of_a_steady_input(loss: float) -> None:
    """What came a time s ago is left to exp(-k s): the mean over the years, by quadrature."""
    mean = quad(lambda s: np.exp(-loss * s), 0.0, 10.0)[0] / 10.0
    assert retained(hindcast(loss))[0, 0] == pytest.approx(mean, rel=1e-9)


def test_nothing_is_lost_without_losses() -> None:
    np.testing.assert_array_equal(retained(hindcast()), 1.0)


def carried(past: Hindcast, seen: Observed) -> float:
    """Arsenic of the one site as of the end of the hindcast. [kg kg-1]"""
    return float(at_end(past, seen, at_sites(past.content, seen), 0)[0])


def test_an_earlier_survey_is_carried_on() -> None:
    """Half the mean flux was seen by the middle: the whole is twice the difference."""
    past = hindcast(years=(2004, 2009))
    assert carried(past, observed(1.5e-6)) == pytest.approx(2e-6)
    assert carried(past, observed(1.5e-6, 1)) == pytest.approx(1.5e-6)


def test_no_content_below_nothing() -> None:
    assert carried(hindcast(years=(2004, 2009)), observed(0.1e-6)) > 0.0


def test_samples_of_a_run() -> None:
    """A site with a sample before tells the change beyond that of the processes; others depend.

    In five years 0.3 mg/kg came where the processes bring 0.1: 0.2 in five years, 0.4 in ten.
    """
    past = hindcast()
    due = Due(
        np.array([1]), np.array([5]), np.full((1, N_METAL), 2e-6), np.full((1, N_METAL), 2.1e-6)
    )
    twice = samples((2009, 2014), (1.8e-6, 2.1e-6))
    found = later_at_end(past, twice, due, 2010, surveyed=True)
    np.testing.assert_allclose(found.content, 1.4e-6)
    other = replace(twice, site=("b", "a"))
    lost = later_at_end(past, other, due, 2010, surveyed=True)
    assert np.isnan(lost.content).all()
    known = later_at_end(past, other, due, 2010, surveyed=False)
    np.testing.assert_allclose(known.content, 1e-6 + (2.1e-6 - 2.1e-6) * 2.0)


def test_a_change_is_told_by_metal_and_not_from_below_a_limit() -> None:
    """Of a metal that the first sample lacks, or that was below its limit, the content counts."""
    twice = samples((1999, 2009), (0.5e-6, 1.5e-6))
    twice.content[0, 0] = np.nan
    twice.below[0, 1] = True
    found = observed_at(hindcast(), twice)
    assert found.change[0].tolist() == [False, False] + [True] * (N_METAL - 2)
    np.testing.assert_allclose(found.content[0], [1.5e-6, 1.5e-6] + [2e-6] * (N_METAL - 2))


def test_a_fall_below_nothing_is_kept_as_next_to_nothing() -> None:
    """A loss counts as much as a gain: it is not left out."""
    twice = samples((1999, 2009), (3e-6, 0.5e-6))
    np.testing.assert_allclose(observed_at(hindcast(), twice).content, 0.02e-6)


def test_few_years_are_carried_on_threefold_at_most() -> None:
    past = hindcast(years=(2000, 2009))
    assert carried(past, observed(1.1e-6)) == pytest.approx(1.3e-6)


def test_due_samples_join() -> None:
    one = Due(np.array([3]), np.array([5]), np.ones((1, N_METAL)), np.ones((1, N_METAL)))
    both = Due.none().joined(one).joined(one)
    assert both.sample.tolist() == [3, 3]
    assert both.process.shape == (2, N_METAL)


def test_observed_rows() -> None:
    contents, known = np.full((1, N_METAL), 2e-6), np.zeros((1, N_METAL), bool)
    one = sampled(samples((2009,), (1e-6,)), np.array([0]), np.array([0]), contents, known)
    np.testing.assert_array_equal(one.content, 2e-6)
    both = one.joined(observed(1e-6))
    assert len(both) == 2
    assert len(both.take(np.array([False, True]))) == 1


def calibration() -> Calibration:
    """Four cells: nothing, a small correction, a large one, unlike anything."""
    shape = (N_METAL, N_CELL)
    rate = np.tile([0.0, 1e-6, 2e-6, 0.0], (N_METAL, 1))
    low, high = rate - 1.5e-6, rate + 1.5e-6
    weight = np.tile([1.0, 1.0, 1.0, 0.2], (N_METAL, 1))
    ratio = np.tile([1.0, 1 / 1.2, 1.3, 1.0], (N_METAL, 1))
    content = np.full(shape, 1e-6)
    content[:, 0] = np.nan
    factors = Adjustments(emission={"sector:coal power": np.full(N_METAL, 2.0)})
    return Calibration(factors, 10.0, rate, low, high, weight, ratio, np.ones(shape), content)


def test_references_are_those_under_the_factors(region: Region) -> None:
    """What a run with the factors is scaled by comes from the hindcast with the factors."""
    past, seen = hindcast(), observed(1e-6)
    flux = {g: np.full((N_METAL, N_CELL), 3e-9) for g in GROUPS}
    adjusted = replace(past, flux=flux, mean_content=2.0 * past.mean_content)
    sites = at_sites(past.content, seen)
    found = learn(region, past, adjusted, seen, sites, Adjustments.none(), "none")
    np.testing.assert_allclose(found.reference_input, 9e-9)
    np.testing.assert_array_equal(found.reference_content, adjusted.mean_content)
    np.testing.assert_array_equal(found.rate, 0.0)


def test_status() -> None:
    assert calibration().status[0].tolist() == [NO_SOIL, TRUSTED, CORRECTED, EXTRAPOLATED]


def test_plain_arrays_and_back() -> None:
    first = calibration()
    arrays = to_arrays(first)
    assert all(a.dtype.kind in "fiuU" for a in arrays.values())
    again = from_arrays(arrays)
    for name in ("rate", "low", "high", "weight", "ratio", "reference_input", "reference_content"):
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
    assert again.horizon == first.horizon
    pd.testing.assert_frame_equal(again.adjustments.to_table(), first.adjustments.to_table())
