r"""The yearly balance of layered soil: one fused kernel over metals, layers and cells.

For one metal in one layer, with stock :math:`M` [kg m-2],

.. math:: \frac{dM}{dt} = I - \Big(k_{lin} + k_{nl}\,(M/M_0)^{e}\Big) M

where :math:`I` is the constant net inflow of the year (inputs, inflow from the layer above, soil
brought up from below), :math:`k_{lin}` the sum of the loss rates proportional to content and
:math:`k_{nl}` the sum of those that follow the soil solution :math:`c = A X^{e+1}`, given at the
content :math:`M_0` of the start of the year. With :math:`e = 0` the solution is exponential and is
taken exactly,

.. math:: \bar M = \int_0^1 M\,dt = M_0\,\varphi_1(K) + I\,\varphi_2(K), \quad
          \varphi_1(x) = \frac{1-e^{-x}}{x}, \quad \varphi_2(x) = \frac{1-\varphi_1(x)}{x};

otherwise a year in which the content changes by :data:`ONE_STEP_CHANGE` of itself or more, or which
loses at :data:`ONE_STEP_RATE` or more, is cut into steps in which it changes by at most
:data:`STEP_CHANGE`, and each step uses the rate at its own mean content (implicit midpoint, second
order; 5e-5 of the loss at worst). Every loss is its rate times the integral it belongs to, so the
pathways share the year's loss in proportion and the balance closes to rounding.

The inflow from the layer above is spread evenly over the year: against the exact cascade this
shifts less than :math:`K^2/12` of that inflow.

A flux array ``[metal, slot, cell]`` comes in with amounts for inputs and yearly rates for losses,
and goes out with amounts throughout. [kg m-2 yr-1]
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

INPUT: Final = 0  #: amount that enters the slot's layer
LOSS: Final = 1  #: rate; leaves the slot's layer and the column
DOWNWARD: Final = 2  #: rate; leaves the slot's layer into the next one, or out of the last
#: Amount that enters the slot's layer from the next one, or from below the last. It must be less
#: than what the losses of the year leave there; if it is not, the residual shows it.
UPWARD: Final = 3
BYPASS: Final = 4  #: amount of the inputs of the slot's layer that never entered it
SIGNED: Final = 5  #: amount of either sign, applied last, bounded by what is there

#: Largest relative change of content that a year takes in one step of the non-linear solution.
ONE_STEP_CHANGE: Final = 0.02
#: Largest loss rate of a step: inflow may balance a loss that is not small. [yr-1]
ONE_STEP_RATE: Final = 0.1
#: Largest relative change within a step where it takes more than one.
STEP_CHANGE: Final = 0.01
_MAX_STEPS: Final = 1000
_SERIES: Final = 0.25
_BLOCK: Final = 256


@njit(cache=True, inline="always", error_model="numpy")
def _phi2_series(x: float) -> float:
    """phi2 for 0 <= x < 0.25 to rounding: sum of (-x)^k / (k + 2)!."""
    return 0.5 + x * (
        -1.0 / 6.0
        + x
        * (
            1.0 / 24.0
            + x
            * (
                -1.0 / 120.0
                + x
                * (
                    1.0 / 720.0
                    + x
                    * (
                        -1.0 / 5040.0
                        + x
                        * (
                            1.0 / 40320.0
                            + x
                            * (-1.0 / 362880.0 + x * (1.0 / 3628800.0 + x * (-1.0 / 39916800.0)))
                        )
                    )
                )
            )
        )
    )


@njit(cache=True, error_model="numpy")
def phi2(x: float) -> float:
    r""":math:`(1 - \varphi_1(x))/x`, by its series where the closed form cancels."""
    if x < _SERIES:
        return _phi2_series(x)
    return (1.0 + math.expm1(-x) / x) / x


@njit(cache=True, inline="always", error_model="numpy")
def _power_series(x: float, e: float) -> float:
    """``(1 + x)**e`` for |x| up to ONE_STEP_CHANGE, by its expansion to the fifth order."""
    return 1.0 + e * x * (
        1.0
        + 0.5
        * (e - 1.0)
        * x
        * (
            1.0
            + (1.0 / 3.0)
            * (e - 2.0)
            * x
            * (1.0 + 0.25 * (e - 3.0) * x * (1.0 + 0.2 * (e - 4.0) * x))
        )
    )


@njit(cache=True, error_model="numpy")
def _power_change(x: float, e: float) -> float:
    return _power_series(x, e) if abs(x) <= ONE_STEP_CHANGE else (1.0 + x) ** e


@njit(cache=True, error_model="numpy")
def _worse(a: float, b: float) -> float:
    """Return the larger of two residuals; NaN, once seen, stays."""
    return a if (a >= b or a != a) else b


@njit(cache=True, error_model="numpy")
def integrate_layer(
    stock: float, inflow: float, k_lin: float, k_nl: float, exponent: float
) -> tuple[float, float]:
    r"""Integrals of the content over one year.

    Parameters
    ----------
    stock : float
        Content at the start, >= 0. [kg m-2]
    inflow : float
        Net constant inflow. [kg m-2 yr-1]
    k_lin, k_nl : float
        Loss rates, the second at the content of the start. [yr-1]
    exponent : float
        ``e`` of the non-linear rate; 0 for a linear isotherm.

    Returns
    -------
    mean : float
        :math:`\int M\,dt`. [kg m-2 yr]
    mean_nl : float
        :math:`\int (M/M_0)^e M\,dt`. [kg m-2 yr]
    """
    k = k_lin + k_nl
    if not (k_lin >= 0.0 and k_nl >= 0.0):
        return math.nan, math.nan  # no rate: the residual will say so
    b = phi2(k)
    mean = stock * (1.0 - k * b) + inflow * b
    if exponent == 0.0 or k_nl == 0.0 or stock <= 0.0:
        return mean, mean
    change = abs(inflow - k * mean) / stock
    n = 1 if change < ONE_STEP_CHANGE else min(_MAX_STEPS, 1 + int(change / STEP_CHANGE))
    n = max(n, min(_MAX_STEPS, 1 + int(k / ONE_STEP_RATE)))
    h = 1.0 / n
    m = stock
    total = 0.0
    total_nl = 0.0
    f = 1.0
    for step in range(n):
        if step > 0 or n > 1:
            f = _power_change(m / stock - 1.0, exponent)
        step_mean = m
        for _ in range(2):
            k = (k_lin + k_nl * f) * h
            b = phi2(k)
            step_mean = m * (1.0 - k * b) + inflow * h * b
            if step_mean > 0.0:
                f = _power_change(step_mean / stock - 1.0, exponent)
        k = (k_lin + k_nl * f) * h
        b = phi2(k)
        step_mean = m * (1.0 - k * b) + inflow * h * b
        total += step_mean * h
        total_nl += f * step_mean * h
        m = max(m + inflow * h - k * step_mean, 0.0)
    return total, total_nl


@njit(cache=True, error_model="numpy")
def _integrate_row(
    stock: NDArray[np.float64],
    inflow: NDArray[np.float64],
    k_lin: NDArray[np.float64],
    k_nl: NDArray[np.float64],
    exponent: float,
    mean: NDArray[np.float64],
    mean_nl: NDArray[np.float64],
) -> None:
    """Write the integrals of a row of cells: :func:`integrate_layer`, quick for slow losses.

    The first loop has no branches, so that it vectorises; it is right where the year takes one step
    of the series. The second loop mends the others. Which way a cell takes depends on itself only.
    """
    for j in range(stock.size):
        s = stock[j]
        k = k_lin[j] + k_nl[j]
        b = _phi2_series(k)
        mean[j] = s * (1.0 - k * b) + inflow[j] * b
        mean_nl[j] = mean[j]
    if exponent != 0.0:
        for j in range(stock.size):
            s = stock[j]
            f = _power_series(mean[j] / s - 1.0, exponent)
            k = k_lin[j] + k_nl[j] * f
            b = _phi2_series(k)
            f = _power_series((s * (1.0 - k * b) + inflow[j] * b) / s - 1.0, exponent)
            k = k_lin[j] + k_nl[j] * f
            b = _phi2_series(k)
            mean[j] = s * (1.0 - k * b) + inflow[j] * b
            mean_nl[j] = f * mean[j]
    for j in range(stock.size):
        k = k_lin[j] + k_nl[j]
        change = abs(inflow[j] - k * mean[j])
        quick = k < ONE_STEP_RATE and change < 0.9 * ONE_STEP_CHANGE * stock[j]
        quick = quick and k_lin[j] >= 0.0 and k_nl[j] >= 0.0
        if not quick:
            mean[j], mean_nl[j] = integrate_layer(stock[j], inflow[j], k_lin[j], k_nl[j], exponent)


@njit(cache=True)
def _add(row: NDArray[np.float64], total: NDArray[np.float64]) -> None:
    for j in range(row.size):
        total[j] += row[j]


@njit(cache=True)
def _tally(
    row: NDArray[np.float64],
    sign: float,
    total: NDArray[np.float64],
    size: NDArray[np.float64],
) -> None:
    for j in range(row.size):
        total[j] += sign * row[j]
        size[j] += abs(row[j])


@njit(cache=True)
def _subtract(row: NDArray[np.float64], total: NDArray[np.float64]) -> None:
    for j in range(row.size):
        total[j] -= row[j]


@njit(cache=True)
def _multiply(row: NDArray[np.float64], factor: NDArray[np.float64]) -> None:
    for j in range(row.size):
        row[j] *= factor[j]


@njit(cache=True, error_model="numpy")
def _close_block(
    flux: NDArray[np.float64],
    stock: NDArray[np.float64],
    kind: NDArray[np.int64],
    layer: NDArray[np.int64],
    nonlinear: NDArray[np.bool_],
    exponent: NDArray[np.float64],
    start: int,
    stop: int,
) -> float:
    n_metal, n_slot, _ = flux.shape
    n_layer = stock.shape[1]
    width = stop - start
    gain = np.empty((n_layer, width))
    k_lin = np.empty((n_layer, width))
    k_nl = np.empty((n_layer, width))
    mean = np.empty((n_layer, width))
    mean_nl = np.empty((n_layer, width))
    expected = np.empty((n_layer, width))
    scale = np.empty((n_layer, width))
    worst = 0.0
    for m in range(n_metal):
        gain[:] = 0.0
        k_lin[:] = 0.0
        k_nl[:] = 0.0
        # gather: amounts into gains, rates into the layer's linear and non-linear totals
        for s in range(n_slot):
            z = layer[s]
            row = flux[m, s, start:stop]
            if kind[s] == INPUT or kind[s] == UPWARD:
                _add(row, gain[z])
            elif kind[s] == BYPASS:
                _subtract(row, gain[z])
            elif kind[s] == LOSS or kind[s] == DOWNWARD:
                _add(row, k_nl[z] if nonlinear[s] else k_lin[z])
            if kind[s] == UPWARD and z + 1 < n_layer:
                _subtract(row, gain[z + 1])
        # solve from the top down, and turn rates into amounts
        for z in range(n_layer):
            old = stock[m, z, start:stop]
            _integrate_row(old, gain[z], k_lin[z], k_nl[z], exponent[m], mean[z], mean_nl[z])
            for s in range(n_slot):
                if layer[s] == z and (kind[s] == LOSS or kind[s] == DOWNWARD):
                    row = flux[m, s, start:stop]
                    _multiply(row, mean_nl[z] if nonlinear[s] else mean[z])
                    if kind[s] == DOWNWARD and z + 1 < n_layer:
                        _add(row, gain[z + 1])
            for j in range(width):
                left = old[j] + gain[z, j]
                left -= k_lin[z, j] * mean[z, j] + k_nl[z, j] * mean_nl[z, j]
                gain[z, j] = max(left, 0.0)  # from here on: the new stock
        for s in range(n_slot):
            if kind[s] == SIGNED:
                row = flux[m, s, start:stop]
                new = gain[layer[s]]
                for j in range(width):
                    row[j] = max(row[j], -new[j])
                    new[j] += row[j]
        # check: what the ledger says now, slot by slot, must be what the stock becomes
        expected[:] = 0.0
        scale[:] = 0.0
        for s in range(n_slot):
            z = layer[s]
            row = flux[m, s, start:stop]
            leaves = kind[s] == LOSS or kind[s] == DOWNWARD or kind[s] == BYPASS
            sign = -1.0 if leaves else 1.0
            _tally(row, sign, expected[z], scale[z])
            if z + 1 < n_layer and (kind[s] == DOWNWARD or kind[s] == UPWARD):
                _tally(row, -sign, expected[z + 1], scale[z + 1])
        for z in range(n_layer):
            old = stock[m, z, start:stop]
            for j in range(width):
                size = scale[z, j] + old[j]
                residual = abs((gain[z, j] - old[j]) - expected[z, j])
                if not residual <= worst * size:
                    worst = _worse(worst, residual / size)
                old[j] = gain[z, j]
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def close(
    flux: NDArray[np.float64],
    stock: NDArray[np.float64],
    kind: NDArray[np.int64],
    layer: NDArray[np.int64],
    nonlinear: NDArray[np.bool_],
    exponent: NDArray[np.float64],
    start: int,
    stop: int,
) -> float:
    """Close the year of cells ``start:stop``: solve, turn rates into amounts, change the stock.

    Cells are independent: any split of the range, in any order, gives the same bits.

    Parameters
    ----------
    flux : ndarray ``[metal, slot, cell]``
        Amounts [kg m-2 yr-1] and rates [yr-1] in, amounts out. Changed in place.
    stock : ndarray ``[metal, layer, cell]``
        Metal in open soil. [kg m-2 of cell] Changed in place.
    kind, layer, nonlinear : ndarray ``[slot]``
        What the slot is (constants of this module), which layer it acts on, and whether its rate
        follows the soil solution.
    exponent : ndarray ``[metal]``
        Exponent ``e`` of the non-linear rates.
    start, stop : int
        Range of cells.

    Returns
    -------
    float
        Largest relative residual over metals, layers and cells: change of stock against the sum of
        the booked fluxes, over stock plus turnover. [-]
    """
    worst = 0.0
    for block in range((stop - start + _BLOCK - 1) // _BLOCK):
        a = start + block * _BLOCK
        residual = _close_block(
            flux, stock, kind, layer, nonlinear, exponent, a, min(a + _BLOCK, stop)
        )
        worst = _worse(worst, residual)
    return worst
