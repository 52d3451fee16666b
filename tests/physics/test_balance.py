"""The yearly balance of layers: closed always, and every pathway acts where it should."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from benchmarks.plain import mesa_model, numpy_year
from simulator.model import Simulation
from simulator.physics import balance, booking, tag_arrays
from simulator.physics.slices import Slices, slices_of

Floats = NDArray[np.float64]

# slots: an input on top, release in every layer, leaching, erosion on top, uptake in every layer,
# runoff on top and interflow in every layer in solution, surface lowering, bypass, signed
TABLE = (
    ("fallout", booking.INPUT, 1, False),
    ("release", booking.INPUT, 3, False),
    ("leaching", booking.DOWNWARD, 3, True),
    ("erosion", booking.LOSS, 1, False),
    ("uptake", booking.LOSS, 3, False),
    ("runoff", booking.LOSS, 1, True),
    ("interflow", booking.LOSS, 3, True),
    ("exhumation", booking.UPWARD, 3, False),
    ("bypass", booking.BYPASS, 1, False),
    ("signed", booking.SIGNED, 1, False),
)
SLOTS = booking.Slots(
    np.array([kind for _, kind, n, _ in TABLE for _ in range(n)]),
    np.array([z for _, _, n, _ in TABLE for z in range(n)]),
    np.array([dissolved for _, _, n, dissolved in TABLE for _ in range(n)]),
    np.array([n > 1 for _, _, n, _ in TABLE for _ in range(n)]),
)
FIRST = dict(
    zip(
        [name for name, *_ in TABLE],
        np.cumsum([0, *(n for _, _, n, _ in TABLE)])[:-1].tolist(),
        strict=True,
    )
)
LAYERS = [0.2, 0.3, 0.5]
SLICES = slices_of(LAYERS)
TOP = int(SLICES.first[1])  # slices of the uppermost layer


def slots_of(name: str) -> slice:
    count = next(n for other, _, n, _ in TABLE if other == name)
    return slice(FIRST[name], FIRST[name] + count)


@dataclass
class Case:
    """A balance, ready to be closed."""

    flux: Floats
    stock: Floats
    shares: NDArray[np.float32]
    exchange: booking.Exchange
    ground: booking.Ground
    tags: tag_arrays.Tags

    def copy(self) -> Case:
        return replace(
            self, flux=self.flux.copy(), stock=self.stock.copy(), shares=self.shares.copy()
        )

    def close(self, start: int = 0, stop: int | None = None) -> float:
        stop = self.flux.shape[-1] if stop is None else stop
        return balance.close(
            self.flux, self.stock, self.shares, SLOTS, self.exchange, self.ground, self.tags,
            start, stop,
        )  # fmt: skip

    def of(self, name: str) -> Floats:
        """Slots of a pathway, ``[metal, layer, cell]``, to read and to write."""
        return self.flux[:, slots_of(name)]

    @property
    def in_slices(self) -> Floats:
        """Stock of the slices."""
        return self.stock[:, SLICES.layer] * self.shares


def still_case(n_cell: int = 1, exponent: float = 0.0, slices: Slices = SLICES) -> Case:
    """One metal in even soil, wholly open, where nothing moves and nothing is booked."""
    n, depth = len(slices), np.diff(slices.edges[slices.first])[:, None]
    exchange = booking.Exchange(
        np.zeros((n + 1, 1, 1)), np.zeros((n + 1, 1, 1)), np.full((n, 1, 1), 0.3),
        np.zeros(1), 0, np.zeros(n_cell, dtype=np.int64),
    )  # fmt: skip
    ground = booking.Ground(
        slices.thickness, slices.share, slices.first, np.tile(1300.0 * depth, n_cell),
        np.ones((1, 3, n_cell)), np.full(1, exponent), np.ones((1, n_cell)), np.ones(n_cell),
        np.zeros(n_cell),
    )  # fmt: skip
    return Case(
        np.zeros((1, SLOTS.kind.size, n_cell)),
        1e-6 * ground.soil_mass[None],
        np.tile(slices.share.astype(np.float32)[:, None], (1, 1, n_cell)),
        exchange,
        ground,
        tag_arrays.none(1, n, SLOTS.kind.size, n_cell),
    )


def random_case(
    seed: int, n_cell: int = 7, water: float = 1.0, rate: float = 0.05, n_metal: int = 2
) -> Case:
    """Two classes of land on three soils, one of them tilled; anything is booked."""
    rng = np.random.default_rng(seed)
    n = len(SLICES)
    behind = water * rng.uniform(0.0, 3.0, (n + 1, 2, 3))
    behind[[0, -1]] = 0.0
    ahead = behind + water * rng.uniform(0.0, 1.0, (n + 1, 2, 3))
    ahead[0] = 0.0
    open_share = rng.dirichlet(np.ones(3), n_cell).T[:2].copy()
    ground = open_share.sum(axis=0)
    mass = np.array(LAYERS)[:, None] * rng.uniform(1100.0, 1600.0, (3, n_cell))
    exponent = np.array([0.0, -0.45, 0.3])[np.arange(n_metal) % 3]
    kd = 10.0 ** rng.uniform(-2.0, 1.0, (n_metal, 3, n_cell))
    stock = rng.uniform(0.0, 2e-6, (n_metal, 3, n_cell)) * mass * ground
    stock[rng.random(stock.shape) < 0.1] = 0.0
    shares = rng.uniform(0.2, 1.0, (n_metal, n, n_cell)).astype(np.float32)
    case = Case(
        rng.uniform(0.0, 1.0, (n_metal, SLOTS.kind.size, n_cell)),
        stock,
        shares,
        booking.Exchange(
            ahead, behind, rng.uniform(0.1, 0.5, (n, 2, 3)), np.array([1.0, 0.0]), TOP - 1,
            rng.integers(3, size=n_cell),
        ),
        booking.Ground(
            SLICES.thickness, SLICES.share, SLICES.first, mass,
            1e-6 / kd / 1e-6 ** (exponent[:, None, None] + 1.0), exponent, open_share, ground,
            20.0 * rate * rng.uniform(0.0, 1.0, n_cell),
        ),
        tag_arrays.none(n_metal, n, SLOTS.kind.size, n_cell),
    )  # fmt: skip
    for name in ("fallout", "release", "bypass", "signed"):
        case.of(name)[:] *= 1e-5 * ground
    case.of("bypass")[:] *= 0.5 * case.of("fallout") / (1e-5 * ground)
    case.of("signed")[:] -= 2e-4 * rng.uniform(0.0, 1.0, ground.size)
    for name in ("erosion", "uptake"):
        case.of(name)[:] *= rate
    for name in ("runoff", "interflow"):
        case.of(name)[:] *= 0.1 * water
    case.of("exhumation")[:, 2] *= 1e-7
    return case


def change_by_ledger(flux: Floats) -> Floats:
    """Change of the stock of each layer, slot by slot, written independently of the kernel."""
    change = np.zeros((flux.shape[0], 3, flux.shape[2]))
    for s, (kind, layer) in enumerate(zip(SLOTS.kind, SLOTS.layer, strict=True)):
        amount = flux[:, s]
        gains = kind in (booking.INPUT, booking.UPWARD, booking.SIGNED)
        change[:, layer] += amount if gains else -amount
        if kind in (booking.DOWNWARD, booking.UPWARD) and layer < 2:
            change[:, layer + 1] += amount if kind == booking.DOWNWARD else -amount
    return change


# -- what must always hold -------------------------------------------------------------------------


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1e-3, 1.0, 30.0]),
    st.sampled_from([0.0, 0.05, 5.0]),
)
@settings(max_examples=80, deadline=None)
def test_every_layer_of_every_cell_closes(seed, water, rate):
    """New stock - old stock = sum of the booked fluxes, whatever the year brings."""
    case = random_case(seed, water=water, rate=rate, n_metal=3)
    old = case.stock.copy()
    residual = case.close()
    scale = old + np.abs(case.flux).sum(axis=1)[:, None]
    assert residual < 1e-13
    assert (np.abs(case.stock - old - change_by_ledger(case.flux)) <= 1e-13 * scale).all()
    assert (case.stock >= 0.0).all()
    assert np.isfinite(case.flux).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_shares_stay_normalised(seed):
    """To single precision, and none below zero."""
    case = random_case(seed)
    case.close()
    assert (case.shares >= 0.0).all()
    total = np.add.reduceat(case.shares, SLICES.first[:-1], axis=1)
    filled = case.stock - case.of("signed") * (np.arange(3) == 0)[:, None] > 0.0
    np.testing.assert_allclose(total[filled], 1.0, rtol=5e-6)


def test_shares_are_normalised_when_they_are_read():
    one, other = random_case(4), random_case(4)
    other.shares *= 4.0  # a power of two, which changes no quotient
    one.close()
    other.close()
    np.testing.assert_array_equal(one.stock, other.stock)
    np.testing.assert_array_equal(one.flux, other.flux)


def test_an_empty_layer_keeps_its_shares():
    case = still_case()
    case.stock[:, 1] = 0.0
    case.shares[:, SLICES.layer == 1] = np.arange(1.0, 9.0)[:, None] / 36.0
    before = case.shares.copy()
    assert case.close() == 0.0
    np.testing.assert_array_equal(case.shares[:, SLICES.layer == 1], before[:, SLICES.layer == 1])


def test_bits_do_not_depend_on_how_the_cells_are_split():
    """One by one, in odd pieces and as a whole: the same bits."""
    results = []
    for edges in ([0, 301], [0, 1, 130, 255, 301], list(range(302))):
        case = random_case(5, n_cell=301, water=3.0, n_metal=3)
        for a, b in itertools.pairwise(edges):
            case.close(a, b)
        results.append(case)
    for case in results[1:]:
        np.testing.assert_array_equal(case.flux, results[0].flux)
        np.testing.assert_array_equal(case.stock, results[0].stock)
        np.testing.assert_array_equal(case.shares, results[0].shares)


def test_other_cells_are_left_alone():
    case = random_case(6, n_cell=20)
    before = case.copy()
    case.close(5, 12)
    outside = np.r_[0:5, 12:20]
    for name in ("flux", "stock", "shares"):
        np.testing.assert_array_equal(
            getattr(case, name)[..., outside], getattr(before, name)[..., outside]
        )


@pytest.mark.parametrize(
    "name",
    ["fallout", "release", "erosion", "uptake", "runoff", "interflow", "exhumation", "bypass",
     "signed"],
)  # fmt: skip
def test_a_value_that_is_not_a_number_shows_in_the_residual(name):
    """In the last layer of any pathway that a process writes; no comparison lets it slip by."""
    case = random_case(1)
    case.of(name)[1, -1, 3] = np.nan
    assert np.isnan(case.close())


@pytest.mark.parametrize("name", ["erosion", "uptake", "runoff", "interflow"])
def test_a_negative_rate_shows_in_the_residual(name):
    case = random_case(1)
    case.of(name)[0, 0, 3] = -1e-9
    assert np.isnan(case.close())


def test_a_stock_that_is_not_a_number_shows_in_the_residual():
    case = random_case(1)
    case.stock[1, 2, 3] = np.nan
    assert np.isnan(case.close())


def test_what_a_layer_cannot_give_shows_in_the_residual():
    """A bypass beyond what a layer gets and holds does not close, so the ledger stops the run."""
    case = still_case()
    case.of("bypass")[0, 0] = 3.0
    assert case.close() > 0.1
    case = still_case()
    case.stock[0, 0] = 0.0
    case.of("bypass")[0, 0] = 1e-9
    assert not case.close() < 1e-9


@pytest.mark.parametrize("wrong", [-1e-9, math.nan])
def test_soil_that_cannot_rise_shows_in_the_residual(wrong):
    case = random_case(1)
    case.ground.rising[3] = wrong
    assert np.isnan(case.close())


def test_cells_without_soil_or_open_ground_stay_empty():
    case = random_case(7)
    nothing = replace(
        case,
        flux=np.zeros_like(case.flux),
        stock=np.zeros_like(case.stock),
        ground=case.ground._replace(
            soil_mass=0.0 * case.ground.soil_mass,
            coefficient=0.0 * case.ground.coefficient,
            open_share=0.0 * case.ground.open_share,
            open_ground=0.0 * case.ground.open_ground,
        ),
    )
    before = case.shares.copy()
    assert nothing.close() == 0.0
    assert (nothing.flux == 0.0).all()
    assert (nothing.stock == 0.0).all()
    np.testing.assert_array_equal(nothing.shares, before)


# -- where a slot acts -----------------------------------------------------------------------------


def test_what_is_not_layered_falls_on_the_surface():
    case = still_case()
    before = case.in_slices
    case.of("fallout")[:] = 1e-4
    case.of("bypass")[:] = 4e-5
    assert case.close() < 1e-15
    gain = (case.in_slices - before)[0, :, 0]
    assert gain[0] == pytest.approx(6e-5, rel=1e-4)
    assert np.abs(gain[1:]).max() < 1e-10  # single precision of the shares


def test_what_is_layered_is_spread_over_its_layer():
    case = still_case()
    before = case.in_slices
    case.of("release")[:] = np.array([1e-4, 2e-4, 3e-4])[:, None]
    case.close()
    expected = np.array([1e-4, 2e-4, 3e-4])[SLICES.layer] * SLICES.share
    np.testing.assert_allclose((case.in_slices - before)[0, :, 0], expected, rtol=1e-3)


def test_a_loss_that_is_not_layered_takes_from_the_uppermost_slice():
    """As much as from a layer that has its content all through."""
    case = still_case()
    case.stock[:, 0] *= 2.0
    content = np.where(np.arange(TOP) == 0, 3.0, 1.0) * SLICES.share[:TOP]
    case.shares[0, :TOP, 0] = content / content.sum()
    per_layer = case.stock[0, 0, 0] * case.shares[0, 0, 0] / SLICES.share[0]
    before = case.in_slices
    rate = 1e-3
    case.of("erosion")[:] = rate
    case.close()
    k = rate / SLICES.share[0]  # of the slice
    assert case.of("erosion")[0, 0, 0] == pytest.approx(
        per_layer * rate * -math.expm1(-k) / k, rel=0.05 * k**2
    )
    loss = (before - case.in_slices)[0, :, 0]
    assert np.abs(loss[1:]).max() < 1e-3 * loss[0]


def test_a_layered_loss_takes_from_all_slices_alike():
    case = random_case(8, water=0.0)
    for name, *_ in TABLE:
        if name != "uptake":
            case.of(name)[:] = 0.0
    case.ground.rising[:] = 0.0
    case = replace(case, exchange=case.exchange._replace(tilled_slices=0))
    total = np.add.reduceat(case.shares, SLICES.first[:-1], axis=1)
    before = case.shares / total[:, SLICES.layer]
    old, rate = case.stock.copy(), case.of("uptake").copy()
    case.close()
    held = (old > 0.0)[:, SLICES.layer]
    np.testing.assert_allclose(case.shares[held], before[held], rtol=1e-6)
    np.testing.assert_allclose(case.of("uptake"), old * -np.expm1(-rate), rtol=1e-4)


@pytest.mark.parametrize("exponent", [0.0, -0.5, 0.3])
@pytest.mark.parametrize("speed", [0.01, 1.0, 100.0])
def test_losses_share_the_year_in_proportion_to_their_rates(exponent, speed):
    """Of layers that are one slice each: those by rate, and those in solution by their water."""
    undivided = Slices(np.array(LAYERS), np.arange(3), np.ones(3))
    case = still_case(exponent=exponent, slices=undivided)
    case.ground.coefficient[:] = 100.0 * 1e-6 ** (-exponent)
    rates = {"erosion": 0.3, "uptake": 0.1}
    waters = {"runoff": 0.2, "interflow": 0.05, "leaching": 0.4}
    case.exchange.ahead[1] = speed * waters["leaching"]
    for name, value in (rates | waters).items():
        if name != "leaching":
            case.of(name)[0, 0] = speed * value
    assert case.close() < 1e-13
    for values in (rates, waters):
        per_rate = [case.of(name)[0, 0, 0] / value for name, value in values.items()]
        np.testing.assert_allclose(per_rate, per_rate[0], rtol=1e-13)
        assert per_rate[0] > 0.0


@pytest.mark.parametrize("exponent", [0.0, -0.5])
def test_what_moves_in_solution_is_water_times_concentration(exponent):
    """Of even soil, as long as little is lost; dispersion moves nothing there."""
    case = still_case(exponent=exponent)
    a = 1e-6 / 0.5 / 1e-6 ** (exponent + 1.0)  # Kd of 500 L/kg
    case.ground.coefficient[:] = a
    case.exchange.ahead[1:] = case.exchange.behind[1:] = 0.7
    case.exchange.ahead[1:] += 0.01
    case.exchange.behind[-1] = 0.0
    case.exchange.ahead[-1] = 0.01
    case.of("runoff")[:] = 0.01
    case.of("interflow")[:] = np.array([0.001, 0.002, 0.003])[:, None]
    assert case.close() < 1e-15
    x, n, wet = 1e-6, exponent + 1.0, 0.3 / 1300.0
    c = a * x**n / (1.0 + max(n, 1.0) * wet * a * x ** (n - 1.0))
    assert case.of("runoff")[0, 0, 0] == pytest.approx(0.01 * c, rel=1e-3)
    np.testing.assert_allclose(case.of("leaching")[0, :, 0], 0.01 * c, rtol=1e-3)
    np.testing.assert_allclose(
        case.of("interflow")[0, :, 0], np.array([0.001, 0.002, 0.003]) * c, rtol=1e-3
    )


def test_no_water_moves_nothing():
    case = random_case(9, water=0.0)
    case.close()
    for name in ("leaching", "runoff", "interflow"):
        assert (case.of(name) == 0.0).all()


def test_what_is_booked_between_layers_does_not_matter():
    """The balance writes it, and what rises from layer to layer."""
    one, other = random_case(2), random_case(2)
    other.of("leaching")[:] = np.nan
    other.of("exhumation")[:, :2] = np.nan
    one.close()
    other.close()
    np.testing.assert_array_equal(one.flux, other.flux)


def rising_case(speed: float, content: Floats | None = None, n_cell: int = 1) -> Case:
    """Even soil of which ``speed`` [kg m-2 yr-1] leaves at the surface, as rich as it is there.

    ``content`` [kg kg-1] is that of the slices and of what is below, by default all alike.
    """
    case = still_case(n_cell)
    content = np.full(len(SLICES) + 1, 1e-6) if content is None else content
    in_slices = content[:-1, None] * 1300.0 * SLICES.thickness[:, None]
    case.stock[0] = np.add.reduceat(in_slices, SLICES.first[:-1], axis=0)
    case.shares[0] = in_slices / case.stock[0, SLICES.layer]
    case.ground.rising[:] = speed
    return rise(case, content[-1])


def rise(case: Case, below: float) -> Case:
    """Book erosion and what comes from below the column for another year."""
    case.flux[:] = 0.0
    case.of("erosion")[:] = case.ground.rising / case.ground.soil_mass[0]
    case.of("exhumation")[:, 2] = below * case.ground.rising
    return case


def content_of(case: Case) -> Floats:
    """Content of the slices of the first metal and cell. [kg kg-1]"""
    return case.in_slices[0, :, 0] / (1300.0 * SLICES.thickness)


@pytest.mark.parametrize("speed", [0.1, 3.0, 40.0])
def test_erosion_of_a_soil_alike_in_all_depths_changes_nothing(speed):
    """Fifty years: all contents stay, and every face and the surface pass soil x content."""
    case = rising_case(speed)
    for _ in range(50):
        assert rise(case, 1e-6).close() < 1e-14
        np.testing.assert_allclose(case.of("exhumation")[0, :, 0], speed * 1e-6, rtol=1e-5)
        np.testing.assert_allclose(case.of("erosion")[0, 0, 0], speed * 1e-6, rtol=1e-5)
    np.testing.assert_allclose(content_of(case), 1e-6, rtol=1e-5)  # single-precision shares


def test_contents_rise_with_the_soil():
    """Slices follow ``m dX/dt = v (X below - X)``, whose solution is a matrix exponential."""
    n, speed, years = len(SLICES), 2.0, 40
    content = 1e-6 * (1.0 + np.arange(n + 1) ** 2 / 50.0)
    case = rising_case(speed, content)
    taken, passed = 0.0, np.zeros(3)
    for _ in range(years):
        assert rise(case, content[-1]).close() < 1e-14
        taken += case.of("erosion")[0, 0, 0]
        passed += case.of("exhumation")[0, :, 0]
    pace = np.append(speed / (1300.0 * SLICES.thickness), 0.0)
    system = np.diag(pace[:-1], 1) - np.diag(pace)
    expected = expm(years * system) @ content
    np.testing.assert_allclose(content_of(case), expected[:-1], rtol=2e-3)
    whole = np.concatenate([[taken], passed])
    # integral of the exponential: what a slice gave is speed times the integral of its content
    both = np.block([[system, np.eye(n + 1)], [np.zeros((n + 1, 2 * (n + 1)))]])
    integral = expm(years * both)[: n + 1, n + 1 :] @ content
    np.testing.assert_allclose(whole, speed * integral[SLICES.first], rtol=1e-3)


def test_a_layer_gets_from_below_no_more_than_the_slice_below_holds():
    """The reviewer's case: contents of eroding soil stay within those of the soil it is made of."""
    n = len(SLICES)
    content = np.where(np.arange(n + 1) < SLICES.first[1], 1e-6, 3e-6)
    case = rising_case(5.0, content)
    for _ in range(200):
        rise(case, 3e-6).close()
        assert content_of(case).max() < 3e-6 * (1 + 1e-5)
        assert content_of(case).min() > 1e-6 * (1 - 1e-5)
    assert content_of(case)[: SLICES.first[1]].min() > 2.9e-6


def test_fast_rise_stays_positive_and_closes():
    """More soil than an empty thin slice holds rises in a year."""
    content = np.where(np.arange(len(SLICES) + 1) % 2 == 0, 0.0, 1e-6)
    case = rising_case(200.0, content)
    assert case.close() < 1e-13
    assert (case.in_slices >= 0.0).all()


def test_a_signed_amount_comes_last_keeps_the_shares_and_is_bounded_by_what_is_there():
    """A removal cannot take more than there is, and the ledger says what it took."""
    case = still_case(n_cell=3)
    stock, shares = case.stock.copy(), case.shares.copy()
    case.of("signed")[0, 0] = [-5.0, -1e-4, 1e-3]
    assert case.close() < 1e-15
    top = stock[0, 0, 0]
    assert case.of("signed")[0, 0].tolist() == [-top, -1e-4, 1e-3]
    np.testing.assert_allclose(case.stock[0, 0], [0.0, top - 1e-4, top + 1e-3], rtol=1e-14)
    assert case.stock[0, 0, 0] == 0.0
    np.testing.assert_allclose(case.shares, shares, rtol=1e-6)


# -- tillage and land ------------------------------------------------------------------------------


@pytest.mark.parametrize("tilled", [0.0, 0.3, 1.0])
def test_tillage_mixes_the_tilled_share_of_the_ground(tilled):
    case = still_case()
    depth = 3
    case = replace(
        case,
        exchange=case.exchange._replace(tilled=np.array([tilled]), tilled_slices=depth),
    )
    case.of("fallout")[:] = 1e-4
    before = case.in_slices[0, :, 0]
    before[0] += 1e-4
    case.close()
    part = SLICES.share[:depth] / SLICES.share[:depth].sum()
    expected = before.copy()
    expected[:depth] = (1 - tilled) * before[:depth] + tilled * part * before[:depth].sum()
    np.testing.assert_allclose(case.in_slices[0, :, 0], expected, rtol=1e-6)


def test_cells_take_the_mean_of_their_open_land():
    """Exchange and tillage of two classes in a cell, against one class that has their mean."""
    mixed = random_case(10, n_cell=4)
    share = mixed.ground.open_share / mixed.ground.open_ground
    group, cells = mixed.exchange.group, np.arange(4)

    def mean(values: Floats) -> Floats:
        of_cells = np.einsum("ci,sci->si", share, values[:, :, group])[:, None]
        return np.ascontiguousarray(of_cells)

    e = mixed.exchange
    alone = replace(
        mixed.copy(),
        exchange=booking.Exchange(
            mean(e.ahead), mean(e.behind), mean(e.wetness), np.ones(1), e.tilled_slices, cells
        ),
        ground=mixed.ground._replace(open_share=mixed.ground.open_ground[None].copy()),
    )
    till = share[0]
    results = []
    for tilled in (1.0, 0.0):
        case = replace(alone.copy(), exchange=alone.exchange._replace(tilled=np.array([tilled])))
        case.close()
        results.append(case)
    mixed.close()
    np.testing.assert_allclose(mixed.flux, results[0].flux, rtol=1e-9, atol=1e-22)
    np.testing.assert_allclose(mixed.stock, results[0].stock, rtol=1e-12)
    expected = till * results[0].shares + (1.0 - till) * results[1].shares
    np.testing.assert_allclose(mixed.shares, expected, rtol=1e-5)


def test_a_fraction_of_open_ground_does_the_same_in_small():
    whole = random_case(11)
    whole.of("signed")[:] = 0.0
    part = whole.copy()
    amounts = ("fallout", "release", "bypass", "exhumation")
    part.stock *= 0.25
    for name in amounts:
        part.of(name)[:] *= 0.25
    part = replace(
        part,
        ground=part.ground._replace(
            open_share=0.25 * part.ground.open_share, open_ground=0.25 * part.ground.open_ground
        ),
    )
    whole.close()
    part.close()
    np.testing.assert_allclose(part.stock, 0.25 * whole.stock, rtol=1e-12)
    np.testing.assert_allclose(part.flux, 0.25 * whole.flux, rtol=1e-10, atol=1e-24)


# -- the year of a simulation, written once more ---------------------------------------------------


@pytest.fixture(scope="module", params=[1.0, 300.0], ids=["", "mobile"])
def fourth_year(request, region, make_scenario):
    """A simulation in its fourth year, with what plain numpy and agents make of it.

    Once with metals 300 times as mobile, of which many cells take several steps.
    """
    sim = Simulation(region, make_scenario(), threads=1)
    sim.run(until=2023)
    sim.state.solution_coefficient *= request.param
    sim.open_year()
    before = sim.state.flat("stock").copy()
    plain, agents = numpy_year(sim), mesa_model(sim)
    sim.cells.do("step")
    assert (plain.most_steps > 1) == (request.param > 1.0)
    return sim, before, plain, agents


def test_plain_numpy_solves_the_same_year(fourth_year):
    sim, before, plain, _ = fourth_year
    stock = sim.state.flat("stock")
    largest = np.abs(stock - before).max(axis=(1, 2), keepdims=True)
    assert (largest > 0.0).all()
    assert (np.abs(plain.stock - stock) <= 1e-10 * largest).all()
    shares = sim.state.slice_share.reshape(plain.shares.shape)
    np.testing.assert_allclose(plain.shares, shares, rtol=2e-7, atol=1e-12)


def test_plain_numpy_books_the_same_amounts(fourth_year):
    sim, _, plain, _ = fourth_year
    signed = {p.name for p in sim.ledger.pathways if p.kind == "signed"}
    assert set(plain.flux) == {p.name for p in sim.ledger.pathways} - signed
    for name, theirs in plain.flux.items():
        ours = sim.ledger.amounts(name)
        difference = np.abs(theirs.reshape(ours.shape) - ours)
        assert difference.max() <= 1e-10 * np.abs(ours).max(), name


def test_agents_solve_the_same_year(fourth_year):
    """Every tenth cell that has open soil."""
    sim, before, _, agents = fourth_year
    stock, ground = sim.state.flat("stock"), sim.state.flat("open_ground")
    largest = np.abs(stock - before).max(axis=(1, 2))
    everyone = list(agents.agents)
    for i in np.flatnonzero(ground > 0.0)[::10]:
        everyone[i].step()
        difference = np.abs(np.array(everyone[i].stock) - stock[:, :, i]).max(axis=1)
        assert (difference <= 1e-10 * largest).all()
