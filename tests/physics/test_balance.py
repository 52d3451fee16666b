"""The yearly balance: exact where it can be, close where it is stated, closed always."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from simulator.physics import balance

# slots: an input on top, release in every layer, leaching, erosion on top, uptake in every layer,
# surface lowering, bypass, signed
KIND = np.array(
    [balance.INPUT]
    + [balance.INPUT] * 3
    + [balance.DOWNWARD] * 3
    + [balance.LOSS]
    + [balance.LOSS] * 3
    + [balance.UPWARD] * 3
    + [balance.BYPASS]
    + [balance.SIGNED]
)
LAYER = np.array([0, 0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0, 1, 2, 0, 0])
DISSOLVED = KIND == balance.DOWNWARD


def close(flux, stock, exponent, start=0, stop=None):
    stop = flux.shape[-1] if stop is None else stop
    return balance.close(flux, stock, KIND, LAYER, DISSOLVED, exponent, start, stop)


def random_year(rng, n_metal=2, n_cell=7, rate=0.05):
    stock = rng.uniform(0.0, 1.0, (n_metal, 3, n_cell))
    flux = rng.uniform(0.0, rate, (n_metal, KIND.size, n_cell))
    flux[:, KIND == balance.UPWARD] *= 0.1 * stock.min() if rate < 0.1 else 0.0
    flux[:, KIND == balance.BYPASS] = 0.3 * flux[:, :1]
    flux[:, KIND == balance.SIGNED] -= rate / 2
    return flux, stock


def change_by_ledger(flux):
    """Change of the stock of each layer, slot by slot, written independently of the kernel."""
    change = np.zeros((flux.shape[0], 3, flux.shape[2]))
    for s, (kind, layer) in enumerate(zip(KIND, LAYER, strict=True)):
        amount = flux[:, s]
        gains = kind in (balance.INPUT, balance.UPWARD, balance.SIGNED)
        change[:, layer] += amount if gains else -amount
        if kind in (balance.DOWNWARD, balance.UPWARD) and layer < 2:
            change[:, layer + 1] += amount if kind == balance.DOWNWARD else -amount
    return change


def test_phi2_has_no_seam_and_the_right_limits():
    """phi2 is 1/2 at zero and the series meets the closed form."""
    assert balance.phi2(0.0) == 0.5
    for x in (1e-9, 0.01, 0.2, 0.2499, 0.2501, 1.0, 30.0):
        exact = (x - 1.0 + math.exp(-x)) / x**2 if x > 0.2 else None
        series = sum((-x) ** k / math.factorial(k + 2) for k in range(25))
        assert balance.phi2(x) == pytest.approx(exact or series, rel=1e-14)


@pytest.mark.parametrize("k", [1e-6, 1e-3, 0.1, 0.3, 2.0, 40.0])
@pytest.mark.parametrize("inflow", [0.0, 0.05, 3.0])
def test_linear_layer_is_the_exponential_solution(k, inflow):
    """dM/dt = I - kM: M(1) = M0 e^-k + I (1 - e^-k)/k and the loss is what is missing."""
    mean, mean_nl = balance.integrate_layer(1.7, inflow, 0.6 * k, 0.4 * k, 0.0)
    end = 1.7 * math.exp(-k) + inflow * -math.expm1(-k) / k
    assert mean == mean_nl
    assert 1.7 + inflow - k * mean == pytest.approx(end, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("k", [1e-3, 0.02, 0.1, 0.6, 2.0])
@pytest.mark.parametrize("exponent", [-0.55, -0.2, 0.33])
@pytest.mark.parametrize("inflow", [0.0, 0.01, 0.5])
def test_freundlich_layer_keeps_the_stated_tolerance(k, exponent, inflow):
    """With a rate that follows content, the loss agrees with a stiff solver to 5e-5."""
    if inflow == 0.0 and k >= 1.0 and exponent < 0.0:
        pytest.skip("runs dry within the year")
    mean, mean_nl = balance.integrate_layer(1.0, inflow, 0.3 * k, 0.7 * k, exponent)

    def rhs(_, y):
        f = max(y[0], 1e-300) ** exponent
        return [inflow - (0.3 + 0.7 * f) * k * y[0], y[0], f * y[0]]

    exact = solve_ivp(rhs, (0, 1), [1.0, 0.0, 0.0], method="LSODA", rtol=1e-11, atol=1e-13).y[:, -1]
    assert mean == pytest.approx(exact[1], rel=5e-5)
    assert mean_nl == pytest.approx(exact[2], rel=5e-5)


@given(
    st.floats(1e-4, 0.3),
    st.floats(-0.6, 0.6).filter(lambda e: abs(e) > 1e-3),
    st.floats(0.0, 0.35),
    st.floats(0.0, 1.0),
)
@settings(max_examples=40, deadline=None)
def test_any_mix_of_rates_and_inflow_keeps_1e_4(k, e, inflow, share):
    """The worst place is a large loss that the inflow nearly balances."""
    mean, mean_nl = balance.integrate_layer(1.0, inflow, (1 - share) * k, share * k, e)

    def rhs(_, y):
        f = y[0] ** e
        return [inflow - ((1 - share) + share * f) * k * y[0], y[0], f * y[0]]

    exact = solve_ivp(rhs, (0, 1), [1.0, 0.0, 0.0], rtol=1e-10, atol=1e-12).y[:, -1]
    assert mean == pytest.approx(exact[1], rel=1e-4)
    assert share * mean_nl == pytest.approx(share * exact[2], rel=1e-4)


def test_cascade_agrees_with_the_matrix_exponential():
    """Three leaching layers against expm: the stated error of the even inflow, K^2/12 of it."""
    rates = np.array([0.08, 0.05, 0.03])
    flux = np.zeros((1, KIND.size, 1))
    flux[0, KIND == balance.DOWNWARD, 0] = rates
    flux[0, 0, 0] = 0.02
    stock = np.array([[[1.0], [0.4], [0.2]]])
    start = stock[0, :, 0].copy()
    close(flux, stock, np.zeros(1))
    a = np.diag(-rates) + np.diag(rates[:2], -1)
    system = np.zeros((4, 4))
    system[:3, :3] = a
    system[0, 3] = 0.02
    exact = (expm(system) @ np.append(start, 1.0))[:3]
    inflow = flux[0, KIND == balance.DOWNWARD, 0][:2]
    assert stock[0, 0, 0] == pytest.approx(exact[0], rel=1e-14)
    assert np.abs(stock[0, 1:, 0] - exact[1:]).max() < (0.08**2 / 12) * inflow.max()


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 0.01, 0.5, 5.0]))
@settings(max_examples=60, deadline=None)
def test_every_layer_of_every_cell_closes(seed, rate):
    """New stock - old stock = sum of the booked fluxes, whatever the year brings."""
    flux, stock = random_year(np.random.default_rng(seed), rate=rate)
    old = stock.copy()
    residual = close(flux, stock, np.array([0.0, -0.4]))
    scale = old + np.abs(flux).sum(axis=1)[:, None]
    assert residual < 1e-13
    assert (np.abs(stock - old - change_by_ledger(flux)) / scale).max() < 1e-13
    assert (stock >= 0.0).all()


def test_what_a_layer_cannot_give_shows_in_the_residual():
    """An upward amount beyond what a layer holds does not close, so the ledger stops the run."""
    flux = np.zeros((1, KIND.size, 1))
    flux[0, np.flatnonzero(KIND == balance.UPWARD)[0], 0] = 3.0
    assert close(flux, np.ones((1, 3, 1)), np.zeros(1)) > 0.1


def test_losses_share_the_year_in_proportion_to_their_rates():
    """Two linear losses of one layer: amounts stand in the ratio of the rates."""
    flux, stock = random_year(np.random.default_rng(3))
    erosion, uptake = 7, 8
    ratio = flux[:, erosion] / flux[:, uptake]
    close(flux, stock, np.zeros(2))
    np.testing.assert_allclose(flux[:, erosion] / flux[:, uptake], ratio, rtol=1e-13)


def test_a_removal_is_bounded_by_the_stock():
    """A signed flux cannot take more than there is, and the ledger says what it took."""
    flux = np.zeros((1, KIND.size, 1))
    flux[0, -1, 0] = -5.0
    stock = np.full((1, 3, 1), 2.0)
    assert close(flux, stock, np.zeros(1)) == 0.0
    assert stock[0, 0, 0] == 0.0
    assert flux[0, -1, 0] == -2.0


def test_bits_do_not_depend_on_how_the_cells_are_split():
    """One by one, in odd pieces and as a whole: the same bits."""
    rng = np.random.default_rng(5)
    flux, stock = random_year(rng, n_cell=701, rate=0.4)
    exponent = np.array([0.3, -0.5])
    results = []
    for edges in ([0, 701], [0, 1, 300, 555, 701], list(range(702))):
        f, m = flux.copy(), stock.copy()
        for a, b in itertools.pairwise(edges):
            close(f, m, exponent, a, b)
        results.append((f, m))
    for f, m in results[1:]:
        assert (f == results[0][0]).all()
        assert (m == results[0][1]).all()


def test_compiled_and_interpreted_agree():
    """The kernel's Python and its machine code differ by rounding at most."""
    arguments = (0.8, 0.1, 0.03, 0.2, -0.45)
    np.testing.assert_allclose(
        balance.integrate_layer(*arguments), balance.integrate_layer.py_func(*arguments), rtol=1e-13
    )


def test_a_flux_that_is_not_finite_shows_in_the_residual():
    """NaN must not slip through a comparison."""
    flux, stock = random_year(np.random.default_rng(1))
    flux[0, 0, 3] = np.nan
    assert not close(flux, stock, np.zeros(2)) < 1.0


@pytest.mark.parametrize("exponent", [0.0, -0.5, 0.4])
def test_an_empty_layer_fills_from_its_inflow(exponent):
    """Nothing divides by an empty stock: the linear solution of the given rates."""
    flux = np.zeros((1, KIND.size, 3))
    flux[0, 0] = [0.0, 1e-3, 1e-3]
    flux[0, 4] = 0.1
    stock = np.zeros((1, 3, 3))
    stock[0, 0, 2] = 1.0
    assert close(flux, stock, np.array([exponent])) < 1e-13
    assert stock[0, :, 0].tolist() == [0.0, 0.0, 0.0]
    assert stock[0, 0, 1] == pytest.approx(1e-3 * -math.expm1(-0.1) / 0.1, rel=1e-13)
