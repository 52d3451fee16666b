"""A year of sliced columns against closed forms, a stiff solver, and what must always hold."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from simulator.physics.column_year import CHANGE, MOST_HALVINGS, room, solve_year, yearly_column
from simulator.physics.slices import slices_of

Floats = NDArray[np.float64]

SLICES = slices_of([0.2, 0.3])
DENSITY = 1300.0  # kg m-3


@dataclass(frozen=True)
class Column:
    """A column of one metal; ``ahead`` and ``behind`` have a face more than there are slices."""

    stock: Floats
    mass: Floats
    pore_water: Floats
    coefficient: Floats
    ahead: Floats
    behind: Floats
    exponent: float = 0.0
    gain: Floats | float = 0.0
    rate: Floats | float = 0.0
    washed: Floats | float = 0.0
    lift: Floats | float = 0.0
    ground: float = 1.0

    def row(self, name: str) -> Floats:
        return np.broadcast_to(getattr(self, name), self.stock.shape).astype(float)

    def mobility(self, stock: Floats) -> Floats:
        """Concentration over content, times open ground, as the module's text has it. [m-1]"""
        content = np.maximum(stock / (self.mass * self.ground), 1e-30)
        free = self.coefficient * content**self.exponent / self.mass
        return free / (1.0 + max(self.exponent + 1.0, 1.0) * self.pore_water * free)

    def exchange(self) -> Floats:
        """Matrix that turns ``g c`` of the slices into what the exchange changes. [m yr-1]"""
        inside = slice(1, self.stock.size)
        out = self.ahead[1:] + self.behind[:-1] + self.row("washed")
        return np.diag(self.ahead[inside], -1) + np.diag(self.behind[inside], 1) - np.diag(out)

    def change(self, stock: Floats) -> Floats:
        """Rate of change of the stock."""
        moving = self.mobility(stock) * stock
        gained = self.row("gain") + self.exchange() @ moving
        return gained + self.rise() @ stock - self.row("rate") * stock

    def rise(self) -> Floats:
        """Matrix that turns stocks of the slices into what rising soil changes. [yr-1]"""
        lift = self.row("lift")
        return np.diag(lift[1:], 1) - np.diag(lift)

    def part(self, k: int) -> Column:
        """One of ``k`` equal parts of the year, as a year of its own."""
        names = ("gain", "rate", "washed", "ahead", "behind", "lift")
        return replace(self, **{n: np.asarray(getattr(self, n)) / k for n in names})


@dataclass(frozen=True)
class Year:
    """What the kernel made of columns, arrays ``[slice, column]``."""

    stock: Floats  #: as the kernel leaves it
    held: Floats
    moved: Floats
    halvings: NDArray[np.int64]

    def booked(self, columns: list[Column]) -> Floats:
        """Stock at the end from what passed."""
        return np.stack(
            [
                c.stock + c.row("gain") - c.row("rate") * self.held[:, j]
                + c.exchange() @ self.moved[:, j] + c.rise() @ self.held[:, j]
                for j, c in enumerate(columns)
            ], axis=1,
        )  # fmt: skip


def solve(*columns: Column) -> Year:
    """A block of columns through the kernel."""
    soil, work = room(columns[0].stock.size, len(columns))
    for j, c in enumerate(columns):
        work.stock[:, j], work.gain[:, j] = c.stock, c.row("gain")
        work.rate[:, j], soil.lift[:, j] = c.row("rate") + c.row("lift"), c.row("lift")
        soil.per_mass[:, j], soil.pore_water[:, j] = 1.0 / c.mass, c.pore_water
        soil.coefficient[:, j], soil.washed[:, j] = c.coefficient, c.row("washed")
        soil.ahead[:, j], soil.behind[:, j] = c.ahead, c.behind
        soil.per_ground[j] = 1.0 / c.ground
    solve_year(soil, columns[0].exponent, work)
    return Year(work.stock, work.held, work.moved, work.halvings)


def end_of(column: Column) -> Floats:
    return solve(column).booked([column])[:, 0]


def even_column(kd: float, flux: float = 0.3, exponent: float = 0.0, **fields) -> Column:
    """Half a metre of even soil; ``kd`` [m3 kg-1] at its content of 1 mg/kg in all slices."""
    mass = DENSITY * SLICES.thickness
    n = len(SLICES)
    distance = 0.5 * (SLICES.thickness[1:] + SLICES.thickness[:-1])
    behind = np.zeros(n + 1)
    behind[1:-1] = 0.05 * flux / distance
    ahead = behind + flux
    ahead[0] = 0.0
    coefficient = np.full(n, 1e-6 / kd / 1e-6 ** (exponent + 1.0))
    column = Column(
        1e-6 * mass, mass, 0.35 * SLICES.thickness, coefficient, ahead, behind, exponent
    )
    return replace(column, **fields)


def falling(amount: float) -> Floats:
    """What falls on the surface."""
    return np.append(amount, np.zeros(len(SLICES) - 1))


def random_column(rng: np.random.Generator, exponent: float, n: int = 7) -> Column:
    """Anything: empty to rich, from immobile to unsorbed, from still to torrential."""
    mass = 10.0 ** rng.uniform(0.0, 2.5, n)
    content = 10.0 ** rng.uniform(-9.0, -3.0, n) * (rng.random(n) < 0.8)
    behind, ahead = 10.0 ** rng.uniform(-6.0, 3.0, (2, n + 1)) * (rng.random((2, n + 1)) < 0.9)
    ahead[0] = behind[0] = behind[-1] = 0.0
    ground = rng.uniform(0.01, 1.0)
    typical = 1e-6 ** (exponent + 1.0)
    return Column(
        stock=content * mass * ground,
        mass=mass,
        pore_water=rng.uniform(0.01, 0.5, n) * mass / DENSITY,
        coefficient=10.0 ** rng.uniform(-12.0, 6.0, n) / typical,
        ahead=ahead,
        behind=behind,
        exponent=exponent,
        gain=10.0 ** rng.uniform(-9.0, -2.0, n) * (rng.random(n) < 0.5),
        rate=10.0 ** rng.uniform(-4.0, 2.0, n) * (rng.random(n) < 0.5),
        washed=10.0 ** rng.uniform(-4.0, 1.0, n) * (rng.random(n) < 0.5),
        ground=ground,
    )


seeds = st.integers(0, 2**32 - 1)
exponents = st.sampled_from([0.0, -0.55, -0.2, 0.35])

# -- closed forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1e-4, 0.01, 0.1, CHANGE])
def test_a_slow_loss_of_one_slice_is_exponential_to_third_order(k):
    """One step; the method's leading error is (3 g^2 - 2 g^3 - 1/6) k^3 with g = 1 - sqrt(1/2)."""
    mass = np.array([100.0])
    leaching = Column(
        np.ones(1), mass, np.full(1, 0.05), np.full(1, 1e-3), np.array([0.0, 1.0]), np.zeros(2)
    )
    k_of = leaching.mobility(leaching.stock)[0]
    for column in (
        replace(leaching, ahead=leaching.ahead * k / k_of),
        replace(leaching, ahead=np.zeros(2), washed=k / k_of),
        replace(leaching, ahead=np.zeros(2), rate=k),
        replace(leaching, ahead=leaching.ahead * 0.4 * k / k_of, rate=0.6 * k),
    ):
        year = solve(column)
        assert year.halvings[0] == 0
        loss = 1.0 - year.booked([column])[0, 0]
        assert loss == pytest.approx(-math.expm1(-k), rel=0.0405 * k**2 + 1e-12)


@pytest.mark.parametrize("k", [0.3, 1.0, 3.0, 10.0, 100.0])
def test_a_fast_loss_of_one_slice_keeps_1_5_percent(k):
    column = Column(
        np.ones(1), np.full(1, 100.0), np.zeros(1), np.zeros(1), np.zeros(2), np.zeros(2), rate=k
    )
    assert 1.0 - end_of(column)[0] == pytest.approx(-math.expm1(-k), rel=0.015)


@pytest.mark.parametrize("k", [0.01, 0.2, 2.0, 50.0])
def test_what_a_slice_holds_and_moves_are_integrals_of_the_year(k):
    """With an inflow: M(t) = M0 e^-kt + I (1 - e^-kt)/k."""
    column = Column(
        np.full(1, 2.0), np.full(1, 100.0), np.full(1, 0.05), np.full(1, 1e-3),
        np.array([0.0, 0.0]), np.zeros(2), gain=0.7, rate=k,
    )  # fmt: skip
    year = solve(column)
    decay = -math.expm1(-k) / k
    held = 2.0 * decay + 0.7 * (1.0 - decay) / k
    assert year.held[0, 0] == pytest.approx(held, rel=1e-2)
    mobility = 1e-3 / 100.0 / (1.0 + 0.05 * 1e-3 / 100.0)
    assert year.moved[0, 0] == pytest.approx(mobility * year.held[0, 0], rel=1e-14)


@pytest.mark.parametrize("kd", [1e-4, 1e-2, 1.0])
def test_a_linear_column_follows_the_matrix_exponential(kd):
    """Kd of 0.1, 10 and 1000 L/kg; largest error of a slice over the year's largest change."""
    column = even_column(kd, gain=falling(2e-5), rate=0.02)
    system = np.zeros((len(SLICES) + 1,) * 2)
    system[:-1, :-1] = column.exchange() * column.mobility(column.stock)
    system[:-1, :-1] -= np.diag(column.row("rate"))
    system[:-1, -1] = column.gain
    exact = (expm(system) @ np.append(column.stock, 1.0))[:-1]
    largest = np.abs(exact - column.stock).max()

    def error(parts: int) -> float:
        stock = column.stock
        for _ in range(parts):
            stock = end_of(replace(column.part(parts), stock=stock))
        return np.abs(stock - exact).max() / largest

    assert error(1) < 0.02
    assert error(16) < 5e-4


@pytest.mark.parametrize("kd", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("exponent", [-0.55, -0.2, 0.35])
@pytest.mark.parametrize("rough", [False, True])
def test_a_freundlich_column_agrees_with_a_stiff_solver(kd, exponent, rough):
    """What leaves each slice in the year, over what leaves the slice that leaches most.

    A metal that falls with depth to 2e-3, or to 4e-3 at a Kd of 10 L/kg; one whose slices differ by
    up to a factor of two to 1 %.
    """
    content = 1.4 - 1.4 * SLICES.edges[:-1]
    if rough:
        content = np.random.default_rng(1).uniform(0.7, 1.4, len(SLICES))
    column = even_column(kd, exponent=exponent, gain=falling(1e-5), rate=0.01)
    column = replace(column, stock=column.stock * content)
    n = len(SLICES)

    def rhs(_: float, y: Floats) -> Floats:
        stock = np.maximum(y[:n], 0.0)
        return np.concatenate((column.change(stock), column.mobility(stock) * stock))

    start = np.concatenate((column.stock, np.zeros(n)))
    run = solve_ivp(rhs, (0.0, 1.0), start, method="LSODA", rtol=1e-9, atol=1e-15)

    def downward(moved: Floats) -> Floats:
        below = np.append(moved[1:], 0.0)
        return column.ahead[1:] * moved - column.behind[1:] * below

    exact = downward(run.y[n:, -1])
    found = downward(solve(column).moved[:, 0])
    error = np.abs(found - exact).max() / np.abs(exact).max()
    assert error < (0.01 if rough else 4e-3 if kd < 0.1 else 2e-3)


@pytest.mark.parametrize("exponent", [0.0, -0.45, 0.3])
def test_the_method_is_of_second_order(exponent):
    """Where a year is one step, half of the step has a quarter of the error."""
    column = even_column(2.0, flux=0.6, exponent=exponent, rate=0.05)
    column = replace(
        column,
        stock=column.stock * (1.0 + 0.5 * np.sin(8.0 * SLICES.edges[1:])),
        gain=0.01 * column.stock,
    )

    def after(parts: int) -> Floats:
        stock = column.stock
        for _ in range(parts):
            year = solve(replace(column.part(parts), stock=stock))
            assert year.halvings[0] == 0
            stock = year.booked([replace(column.part(parts), stock=stock)])[:, 0]
        return stock

    exact = after(256)
    errors = [np.abs(after(k) - exact).max() for k in (4, 8, 16)]
    order = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (order > 1.85).all()
    assert (order < 2.3).all()


def test_the_concentration_is_exact_for_linear_sorption():
    """Total content X = c theta / rho + c / A: what is dissolved is not sorbed."""
    column = even_column(1e-4)
    concentration = solve(replace(column, ahead=0 * column.ahead, behind=0 * column.behind)).moved
    x, wet = 1e-6, 0.35 / DENSITY
    np.testing.assert_allclose(concentration[:, 0], x / (1e-4 + wet), rtol=1e-12)


@pytest.mark.parametrize("exponent", [-0.55, 0.35])
@pytest.mark.parametrize("kd", [1e-4, 1e-3, 1.0])
def test_the_concentration_solves_the_isotherm_nearly(kd, exponent):
    """c = A (X - theta c / rho)^n: close where little is dissolved, never more than there is."""
    still = even_column(kd, exponent=exponent)
    still = replace(still, ahead=0 * still.ahead, behind=0 * still.behind)
    found = solve(still).moved[0, 0]
    x, a, wet, n = 1e-6, still.coefficient[0], 0.35 / DENSITY, exponent + 1.0
    low, high = 0.0, x / wet
    for _ in range(200):
        c = 0.5 * (low + high)
        low, high = (c, high) if c < a * (x - wet * c) ** n else (low, c)
    dissolved = wet * c / x
    assert found == pytest.approx(c, rel=0.02 + dissolved)
    assert found * wet < x


# -- what must always hold -------------------------------------------------------------------------


def test_a_thin_slice_between_thick_ones_does_not_swing():
    """It exchanges 1e6 times a year and starts far off: after the year it lies between them."""
    thickness = np.array([0.1, 1e-4, 0.1])
    mass = DENSITY * thickness
    behind = np.array([0.0, 1e3, 1e3, 0.0])
    ahead = np.array([0.0, 1e3 + 0.1, 1e3 + 0.1, 0.1])
    column = Column(
        np.array([1e-6, 5e-5, 2e-6]) * mass, mass, 0.3 * thickness, np.full(3, 1.0), ahead, behind
    )
    content = end_of(column) / mass
    assert (np.diff(content) >= 0.0).all() or (np.diff(content) <= 0.0).all()
    assert np.ptp(content) < 0.02 * content.mean()


@pytest.mark.parametrize("exponent", [0.0, -0.55, 0.35])
def test_thin_slices_of_a_mobile_metal_do_not_swing(exponent):
    """A pulse on the surface: contents fall with depth all the way, year after year."""
    column = even_column(1e-3, exponent=exponent)
    column = replace(column, stock=0.01 * column.stock, gain=falling(1e-4))
    for _ in range(8):
        column = replace(column, stock=end_of(column))
        content = column.stock / column.mass
        assert (np.diff(content) <= 1e-3 * content.max()).all()


@given(seeds, exponents)
@settings(max_examples=150, deadline=None)
def test_nothing_becomes_less_than_nothing_and_all_is_accounted_for(seed, exponent):
    """Contents, integrals and what the fluxes leave, up to metals that do not sorb at all."""
    rng = np.random.default_rng(seed)
    columns = [random_column(rng, exponent) for _ in range(5)]
    year = solve(*columns)
    assert (year.held >= 0.0).all()
    assert (year.moved >= 0.0).all()
    assert (year.stock >= 0.0).all()
    booked = year.booked(columns)
    for j, c in enumerate(columns):
        moved = np.abs(c.exchange()) @ year.moved[:, j]
        turnover = c.stock + c.row("gain") + c.row("rate") * year.held[:, j] + moved
        assert (booked[:, j] >= -1e-12 * turnover).all()
        assert (np.abs(booked[:, j] - year.stock[:, j]) <= 1e-12 * turnover).all()


@given(seeds, exponents)
@settings(max_examples=150, deadline=None)
def test_the_column_gains_what_enters_less_what_leaves_below(seed, exponent):
    """:func:`yearly_column`, which books in its own way."""
    c = replace(random_column(np.random.default_rng(seed), exponent), rate=0.0, washed=0.0)
    c = replace(c, stock=c.stock / c.ground, ground=1.0)
    stock = c.stock.copy()
    mean = yearly_column(
        stock, c.row("gain"), c.mass, c.pore_water, c.coefficient, exponent, c.ahead, c.behind
    )
    out = c.ahead[-1] * mean[-1]
    scale = c.stock.sum() + c.row("gain").sum()
    passed = scale + float((np.abs(c.exchange()) @ mean).sum())
    assert abs(stock.sum() - (c.stock.sum() + c.row("gain").sum() - out)) <= 1e-13 * passed
    assert 0.0 <= out <= scale * (1.0 + 1e-12)


@given(seeds, exponents)
@settings(max_examples=40, deadline=None)
def test_a_column_does_not_feel_its_neighbours(seed, exponent):
    """Alone or among others that take more steps: the same bits."""
    rng = np.random.default_rng(seed)
    columns = [random_column(rng, exponent) for _ in range(9)]
    block = solve(*columns)
    for j, c in enumerate(columns):
        alone = solve(c)
        for name in ("stock", "held", "moved"):
            np.testing.assert_array_equal(
                getattr(alone, name)[:, 0], getattr(block, name)[:, j], strict=True
            )


@pytest.mark.parametrize("exponent", [0.0, -0.55, 0.35])
def test_an_empty_column_stays_empty_and_fills_from_what_falls(exponent):
    column = even_column(0.05, exponent=exponent)
    empty = replace(column, stock=0.0 * column.stock)
    assert (end_of(empty) == 0.0).all()
    filling = replace(empty, gain=falling(1e-5))
    year = solve(filling)
    stock = year.booked([filling])[:, 0]
    assert year.halvings[0] == MOST_HALVINGS
    assert (stock > 0.0).all()
    leached = filling.ahead[-1] * year.moved[-1, 0]
    assert stock.sum() + leached == pytest.approx(1e-5, rel=1e-12)


@pytest.mark.parametrize("exponent", [0.0, -0.55, 0.35])
def test_a_column_of_an_unsorbed_metal_empties(exponent):
    """Water carries it off within the year, and not a gram more than there is."""
    column = even_column(1e-12, flux=2.0, exponent=exponent)
    year = solve(column)
    left = year.booked([column])[:, 0]
    assert left.sum() < 1e-3 * column.stock.sum()
    assert (left >= -1e-15 * column.stock).all()


def test_a_fraction_of_open_ground_does_the_same_in_small():
    """Amounts are those of the cell: a tenth of the ground has a tenth of all of them."""
    whole = even_column(0.02, exponent=-0.4, gain=falling(1e-5), rate=0.03, washed=0.01)
    part = replace(whole, stock=0.1 * whole.stock, gain=0.1 * whole.row("gain"), ground=0.1)
    np.testing.assert_allclose(end_of(part), 0.1 * end_of(whole), rtol=1e-12)
