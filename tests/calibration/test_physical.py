"""Inversion of contents at sites: planted factors, priors, outliers, limits, two surveys."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import check_grad

from simulator.calibration import physical
from simulator.calibration.adjustments import Adjustments
from simulator.calibration.hindcast import run_hindcast
from simulator.calibration.physical import candidate_tags, infer, predict, prior_sd
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.errors import InputError

P = Parameters()
ONES = np.ones(len(METALS))
PB = METALS.index("Pb")
TAGS = (
    "initial", "deposition_background", "weathering", "manure",
    "sector:cement", "source:north", "source:south", "corrections",
)  # fmt: skip
SIDE = 20
CELLS = SIDE * SIDE


def plume(x: float, y: float, far: float) -> np.ndarray:
    """Content around a source, ``[cell]``; 1 in its midst."""
    rows, cols = np.divmod(np.arange(CELLS), SIDE)
    return np.exp(-np.hypot(rows - y, cols - x) / far)


def make_hindcast(response: bool = False) -> SimpleNamespace:
    """Two years of a region of 20 x 20 cells, all metals alike but for their level."""
    rng = np.random.default_rng(5)
    soil = np.where(np.arange(CELLS) % SIDE < 8, 20.0, 30.0)
    shapes = {
        "initial": soil,
        "deposition_background": np.full(CELLS, 3.0) * rng.uniform(0.8, 1.2, CELLS),
        "weathering": np.full(CELLS, 0.1),
        "manure": np.where(rng.random(CELLS) < 0.4, 4.0, 0.0),
        "sector:cement": 5.0 * (plume(3, 15, 4.0) + plume(16, 3, 4.0)),
        "source:north": 30.0 * plume(6, 4, 3.0),
        "source:south": 30.0 * plume(13, 15, 3.0),
        "corrections": np.zeros(CELLS),
    }
    of_tag = 1e-6 * np.array([shapes[t] for t in TAGS])
    late = np.stack([of_tag, of_tag * np.where(np.array(TAGS) == "initial", 0.95, 1.6)[:, None]])
    by_tag = np.repeat(late[:, :, None], len(METALS), axis=2)
    slope = -0.1 - 0.6 * rng.random(CELLS)
    shape = (2, len(METALS), CELLS)
    return SimpleNamespace(
        start=1980,
        years=np.array([1999, 2009]),
        initial=np.repeat(1e-6 * soil[None], len(METALS), axis=0),
        content=by_tag.sum(axis=1),
        tags=TAGS,
        by_tag=by_tag,
        sorption_response=np.broadcast_to(slope, shape) if response else np.zeros(shape),
    )


class Samples(SimpleNamespace):
    """What the inversion asks of ``Observed``."""

    def __len__(self) -> int:
        return len(self.cell)


def observed(hindcast, factors, n=150, noise=0.2, seed=0, years=(1,)) -> Samples:
    """Samples of a region with planted factors, scattered about its contents."""
    rng = np.random.default_rng(seed)
    cell = np.sort(rng.choice(CELLS, n, replace=False))
    truth = predict(hindcast, Adjustments.from_factors(factors))
    year = rng.choice(years, n)
    content = truth[year, :, cell] * np.exp(noise * rng.normal(size=(n, len(METALS))))
    rows, cols = np.divmod(cell, SIDE)
    return Samples(
        cell=cell,
        place=500.0 * np.column_stack([cols, rows]),
        year_index=year.astype(np.intp),
        content=content,
        below=np.zeros(content.shape, dtype=bool),
        change=np.zeros((n, len(METALS)), dtype=bool),
    )


PLANTED = {
    "initial": 1.15 * ONES,
    "deposition_background": 1.6 * ONES,
    "sector:cement": 0.4 * ONES,
    "source:north": 3.0 * ONES,
    "source:south": 0.3 * ONES,
}


def off(found, planted=PLANTED):
    """Errors of ln factors that moved in posterior standard deviations, ``[metal]`` by name."""
    return {
        n: np.log(found.adjustments.of(n) / v) / found.sd.loc[n].to_numpy()
        for n, v in planted.items()
        if found.sd.loc[n].all()
    }


def test_planted_factors_are_found():
    h = make_hindcast()
    found = infer(h, observed(h, PLANTED), P)
    errors = np.array(list(off(found).values()))
    assert np.mean(np.abs(errors) < 2.0) > 0.9
    assert np.abs(errors).max() < 3.5
    assert (found.fit["log_rmse_after"] < found.fit["log_rmse_before"]).all()
    np.testing.assert_allclose(found.fit["noise"], 0.2, rtol=0.25)


def test_the_spread_of_the_factors_is_as_said():
    """Over many draws of the noise, for eight metals each."""
    h = make_hindcast()
    z = np.array([
        list(off(infer(h, observed(h, PLANTED, seed=s, n=120), P)).values()) for s in range(12)
    ])  # fmt: skip
    plants = z[:, -2:]
    assert 0.7 < np.sqrt(np.mean(plants**2)) < 1.3
    assert np.mean(np.abs(plants) < 1.645) > 0.8


def test_sorption_is_found_where_it_acts_unlike_the_rest():
    h = make_hindcast(response=True)
    planted = PLANTED | {"sorption": 2.0 * ONES}
    found = infer(h, observed(h, planted, n=300, noise=0.1), P)
    errors = np.array(list(off(found, planted).values()))
    assert np.mean(np.abs(errors) < 2.0) > 0.9
    assert (found.told.loc["sorption"] > 0.5).all()
    blind = infer(make_hindcast(), observed(make_hindcast(), PLANTED), P)
    np.testing.assert_array_equal(blind.adjustments.sorption, ONES)
    np.testing.assert_allclose(blind.told.loc["sorption"], 0.0, atol=1e-12)


def test_without_data_the_prior_is_left():
    h = make_hindcast()
    few = observed(h, PLANTED)
    few.content[:] = np.nan
    found = infer(h, few, P, candidates={"source:north"})
    assert found.adjustments.is_none
    assert (found.fit["samples"] == 0).all()
    assert (found.fit["effective"] == 0.0).all()
    np.testing.assert_array_equal(found.sd, found.prior_sd)
    assert found.sd.loc["source:north", "Pb"] == P.value(
        "calibration_priors", group="candidate source"
    )
    assert found.sd.loc["source:south", "Pb"] == P.value("calibration_priors", group="known source")


def test_one_sample_says_little_and_a_far_plant_nothing():
    h = make_hindcast()
    one = observed(h, PLANTED, n=1)
    one.cell[:] = 0
    found = infer(h, one, P)
    assert (found.told.loc["source:south"] < 0.01).all()
    assert (found.fit["effective"] < 1.5).all()
    np.testing.assert_allclose(found.told.sum(), found.fit["effective"], rtol=1e-9, atol=1e-12)


def test_factors_are_positive_whatever_the_samples():
    h = make_hindcast()
    rng = np.random.default_rng(1)
    wild = observed(h, {}, noise=0.0)
    wild.content *= np.exp(rng.normal(0.0, 3.0, wild.content.shape)) * 1e-3
    found = infer(h, wild, P)
    assert (found.adjustments.to_table() > 0.0).all(axis=None)
    assert np.isfinite(found.sd).all(axis=None)


def test_outliers_hardly_move_it():
    h = make_hindcast()
    clean = observed(h, PLANTED)
    dirty = observed(h, PLANTED)
    dirty.content[::20] *= 100.0
    before, after = infer(h, clean, P), infer(h, dirty, P)
    for name in PLANTED:
        moved = np.log(after.adjustments.of(name) / before.adjustments.of(name))
        assert (np.abs(moved) < 1.2 * before.sd.loc[name]).all(), name


def test_samples_below_the_limit_hold_the_model_down_only():
    h = make_hindcast()
    few = observed(h, {})
    few.content[:] = 1e-3
    few.below[:] = True
    assert infer(h, few, P).adjustments.is_none
    few.content[:] = 20e-6
    held = infer(h, few, P)
    assert (held.adjustments.initial < 1.0).all()
    assert (held.fit["below"] == len(few)).all()
    # a mixture: what is below is not taken for a content
    mixed = observed(h, PLANTED, n=300)
    limit = np.quantile(mixed.content, 0.4)
    mixed.below = mixed.content < limit
    mixed.content = np.maximum(mixed.content, limit)
    errors = np.array(list(off(infer(h, mixed, P)).values()))
    assert np.mean(np.abs(errors) < 2.5) > 0.8


def test_several_years_tell_deposition_from_the_soil_better():
    h = make_hindcast()
    one, both = (infer(h, observed(h, PLANTED, n=300, years=years), P) for years in ((1,), (0, 1)))
    assert (both.sd.loc["initial"] < one.sd.loc["initial"]).all()
    assert np.mean(np.abs(np.array(list(off(both).values()))) < 2.0) > 0.9


def test_observed_changes_do_not_speak_of_the_soil_at_the_start():
    h = make_hindcast()
    planted = {k: v for k, v in PLANTED.items() if k != "initial"}
    rows = observed(h, planted)
    rows.change[:] = True
    found = infer(h, rows, P)
    np.testing.assert_array_equal(found.adjustments.initial, ONES)
    np.testing.assert_allclose(found.told.loc["initial"], 0.0, atol=1e-12)
    assert np.mean(np.abs(np.array(list(off(found, planted).values()))) < 2.0) > 0.9


def test_one_free_factor_of_a_plant():
    h = make_hindcast()
    rows = observed(h, PLANTED)
    around = Adjustments.from_factors(PLANTED | {"source:south": ONES})
    found = infer(h, rows, P, free={"source:south"}, around=around)
    assert (np.abs(off(found)["source:south"]) < 2.5).all()
    for name in around.names:
        if name != "source:south":
            np.testing.assert_allclose(found.adjustments.of(name), around.of(name), rtol=1e-14)
            assert (found.sd.loc[name] == 0.0).all()
    assert (found.told.drop("source:south") == 0.0).all(axis=None)
    with pytest.raises(InputError, match="source:nowhere can not move"):
        infer(h, rows, P, free={"source:nowhere"})


def test_neighbours_that_err_together_count_less():
    h = make_hindcast()
    alone, together = observed(h, {}, n=300), observed(h, {}, n=300)
    rng = np.random.default_rng(3)
    patch = physical._blocks(together.place)
    together.content *= np.exp(0.3 * rng.normal(size=(patch.max() + 1, len(METALS))))[patch]
    one, other = infer(h, alone, P), infer(h, together, P)
    assert (other.fit["weight"] < 0.5 * one.fit["weight"]).all()
    assert (other.sd.loc["source:north"] > 1.5 * one.sd.loc["source:north"]).all()


def test_the_derivative_is_that_of_the_model():
    h = make_hindcast(response=True)
    rows = observed(h, PLANTED, n=6)
    rows.below[1, PB] = True
    names = (*TAGS, "sorption")
    sd = np.ones(len(names))
    none = Adjustments.none()
    rows.change[[2, 4]] = True
    problem = physical._Inversion.of(h, rows, PB, names, sd, none)
    u = 0.3 * np.random.default_rng(0).normal(size=len(names))
    for row in range(len(rows)):
        error = check_grad(
            lambda v, row=row: problem.residuals(v)[0][row],
            lambda v, row=row: problem.residuals(v)[1][row],
            u,
        )
        assert error < 1e-6


def test_nothing_adjusted_predicts_the_hindcast_to_the_bit():
    h = make_hindcast()
    np.testing.assert_array_equal(predict(h, Adjustments.none()), h.content)


def test_a_hindcast_without_tags_is_refused():
    h = make_hindcast()
    h.tags, h.by_tag = (), h.by_tag[:, :0]
    with pytest.raises(InputError, match="no source tags"):
        infer(h, observed(make_hindcast(), {}), P)


def test_candidates_are_the_supposed_sources(region):
    tags = ("initial", "sector:coal power", "sector:waste incineration", "source:copper-1")
    assert candidate_tags(region, tags) == {"source:copper-1"}
    priors = prior_sd(tags, P, {"source:copper-1"})
    assert priors["source:copper-1"] > priors["sector:coal power"] > priors["initial"] > 0.0
    assert set(priors) == {*tags, "sorption"}


@pytest.fixture(scope="module")
def runs(region, make_scenario):
    """A hindcast of 20 years, and the same years under factors that it does not know."""
    sampled = replace(region, samples=SimpleNamespace(year=np.array([2039])))
    scenario = make_scenario(years=20, tags={"by": "sector", "plants": ["copper-1"]})
    truth = Adjustments(
        {"source:copper-1": 4.0 * ONES, "sector:coal power": 0.7 * ONES},
        background=1.5 * ONES, sorption=1.5 * ONES, initial=1.1 * ONES,
    )  # fmt: skip
    return (
        run_hindcast(sampled, scenario, response=True),
        run_hindcast(sampled, scenario, truth),
        truth,
    )


def test_what_a_run_leaves_under_factors_is_predicted(runs):
    """Leaching is not quite in proportion to the content: that is what is left."""
    hindcast, truth, adjustments = runs
    soil = np.isfinite(truth.content[-1]).all(axis=0)
    predicted = predict(hindcast, adjustments)[-1][:, soil]
    found, before = truth.content[-1][:, soil], hindcast.content[-1][:, soil]
    error = np.abs(np.log(predicted / found))
    change = np.abs(np.log(before / found))
    assert change.max() > 0.15
    assert error.max() < 0.02
    assert (error.max(axis=1) < 0.15 * change.max(axis=1)).all()


def test_factors_of_a_run_are_found_from_its_contents(runs):
    hindcast, truth, adjustments = runs
    cell = np.flatnonzero(np.isfinite(truth.content[-1]).all(axis=0))
    rng = np.random.default_rng(2)
    rows, cols = np.divmod(cell, 10)
    content = truth.content[-1][:, cell].T
    found = infer(
        hindcast,
        Samples(
            cell=cell,
            place=500.0 * np.column_stack([cols, rows]),
            year_index=np.zeros(cell.size, dtype=np.intp),
            content=content * np.exp(0.03 * rng.normal(size=content.shape)),
            below=np.zeros(content.shape, dtype=bool),
            change=np.zeros((cell.size, len(METALS)), dtype=bool),
        ),
        P,
    )
    factors = {n: adjustments.of(n) for n in adjustments.names}
    told = found.told
    z = {n: np.abs(off(found, {n: v})[n])[told.loc[n] > 0.5] for n, v in factors.items()}
    assert z["source:copper-1"].size >= 2
    assert z["initial"].size == len(METALS)
    errors = np.concatenate(list(z.values()))
    assert np.mean(errors < 2.0) > 0.85
    assert errors.max() < 4.0
