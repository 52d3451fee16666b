"""Land covers as shares of pixels: from one map to the shares of a later date.

Most models give a pixel one class; a pixel of a few hundred metres is a mixture
(Liang et al. 2021, doi:10.1016/j.landurbplan.2020.103960). One class grows, the built-up one, and
the total of each class at the later date is given. One map is enough.

**Where.** The potential of a pixel is the built share in and around it, at scales from the pixel
to several kilometres, summed, times barriers: how much less is built on steep or remote land than
its surroundings would have it, read from the map.

**How much of a pixel.** Growth is patchy: of pixels that are alike, a few gain much and most
nothing. Let a pixel with potential m gain more than the share s of its open land with probability
proportional to m (1 - s)^b. A map that gives each pixel its mean gain smears growth over all; the
map in best agreement with an uncertain truth, in the sense of :func:`mixed_merit`, gives each pixel
the quantile at a level common to all,

    s = max(0, 1 - (level / m)^(1/b)),

and the level is where the total is met. The exponent b comes from how full built-up pixels are on
the map: land that fills with mean share f under (1 - s)^b has f = 1 / (1 + b).

**From what.** The other classes give and take in proportion to what they hold, by one factor a
class and one a pixel (biproportional fitting; Deming & Stephan 1940,
doi:10.1214/aoms/1177731829).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from simulator.landuse.context import LandContext
from simulator.landuse.drivers import smooth_share, spreads_of, window_share

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Weight of a pixel's own built share beside that of each ring of surroundings.
OWN: Final = 0.5
#: Half widths of the windows about a pixel. [pixel]
WINDOWS: Final = (1, 4)
#: Spreads of the wider surroundings. [m]
SPREADS: Final = (2000.0, 4000.0, 8000.0)
#: Share from which a pixel counts as built in part: less is noise of the map.
SOME: Final = 0.01
#: Classes of equal number of pixels into which a barrier is cut.
BARRIER_BINS: Final = 40
#: Power of a barrier: at full strength what is learned on one half of a map misleads on the other.
BARRIER_POWER: Final = 0.5
#: Bounds of the exponent b; outside, pixels fill all at once or hardly at all.
EXPONENTS: Final = (0.2, 5.0)


def mixed_merit(before: ArrayLike, after: ArrayLike, predicted: ArrayLike) -> float:
    """Figure of merit of changes of shares: agreed change over the union of changes.

    Where the true and the predicted change of a class in a pixel go the same way, the smaller of
    both sizes is agreed on and the larger is the union; where they do not, nothing is agreed on
    and the union is the sum. Both are summed over classes and pixels. For shares of 0 and 1 this
    is the figure of merit of Pontius et al. (2008, doi:10.1007/s00168-007-0138-2), hits / (hits +
    misses + false alarms). The name is that of Liang et al. (2021,
    doi:10.1016/j.landurbplan.2020.103960); their formula could not be read, this is the plain
    generalisation.

    Parameters
    ----------
    before, after, predicted : array_like, equal shapes
        Shares at the start, at the end, and predicted for the end. [-]

    Returns
    -------
    float
        0 to 1; NaN where nothing changes and nothing is predicted to.
    """
    true = np.asarray(after, float) - np.asarray(before, float)
    told = np.asarray(predicted, float) - np.asarray(before, float)
    agree = (np.sign(true) == np.sign(told)) & (true != 0.0)
    size, guess = np.abs(true), np.abs(told)
    agreed = np.minimum(size, guess)[agree].sum()
    union = np.where(agree, np.maximum(size, guess), size + guess).sum()
    return float(agreed / union) if union > 0.0 else float("nan")


def surroundings(built: NDArray, context: LandContext) -> Floats:
    """Built share around each pixel, itself left out of the near ones, summed over scales.

    Parameters
    ----------
    built : ndarray ``[row, col]``
        Built share. [-]
    context : LandContext
        Gives the pixels that are looked at and their side.

    Returns
    -------
    ndarray ``[row, col]``
    """
    valid, cell = context.valid, context.cell_size
    near = [window_share(built, valid, half) for half in WINDOWS]
    wide = [smooth_share(built, valid, s / cell) for s in spreads_of(cell, SPREADS)]
    # Moving sums of floats leave dust of either sign; it would be taken for a chance.
    return np.maximum(np.sum([*near, *wide], axis=0, dtype=np.float64), 0.0).round(7)


def gained_share(potential: Floats, open_land: Floats, gain: float, exponent: float) -> Floats:
    """Share gained by each pixel: one quantile of all, at the level that meets the total.

    Parameters
    ----------
    potential : ndarray ``[pixel]``
        Relative chance m of growth, 0 for never.
    open_land : ndarray ``[pixel]``
        Share that can be built on. [-]
    gain : float
        Sum of the shares gained over the pixels.
    exponent : float
        b above: large where growth leaves pixels mostly open.

    Returns
    -------
    ndarray ``[pixel]``
        Between 0 and ``open_land``, summing to ``gain``.
    """
    gained = np.zeros(potential.shape)
    can = (potential > 0.0) & (open_land > 0.0)
    land, log_chance = open_land[can], np.log(potential[can])
    room = float(land.sum())
    # Whoever asks for all of the room may have added it up in another order.
    if not 0.0 <= gain <= room * (1.0 + 1e-12):
        raise ValueError(f"growth of {gain:.6g} pixels asked for, room for 0 to {room:.6g}")
    if gain == 0.0:
        return gained

    def filled(log_level: float) -> Floats:
        return land * -np.expm1(np.minimum(log_level - log_chance, 0.0) / exponent)

    highest = float(log_chance.max())
    lowest = float(log_chance.min()) - 40.0 * exponent
    if filled(lowest).sum() <= gain:
        gained[can] = land
        return gained
    log_level = brentq(
        lambda level: filled(level).sum() - gain, lowest, highest, xtol=1e-13, maxiter=500
    )
    gained[can] = filled(log_level)
    return gained


def fit_totals(
    shares: Floats, pixel_totals: Floats, class_totals: Floats, rounds: int = 500
) -> Floats:
    """Scale shares by one factor a class and one a pixel until both totals are met.

    Parameters
    ----------
    shares : ndarray ``[class, pixel]``
        Shares to start from; what is 0 stays 0.
    pixel_totals : ndarray ``[pixel]``
        Sum over the classes asked of each pixel; met exactly where the pixel holds anything.
    class_totals : ndarray ``[class]``
        Sum over the pixels asked of each class.
    rounds : int
        Rounds of scaling at most; totals that cannot be met are approached.

    Returns
    -------
    ndarray ``[class, pixel]``
    """
    fitted = shares.copy()
    for _ in range(rounds):
        held = fitted.sum(axis=1)
        fitted *= np.where(held > 0.0, class_totals / np.where(held > 0.0, held, 1.0), 0.0)[:, None]
        within = fitted.sum(axis=0)
        fitted *= np.where(within > 0.0, pixel_totals / np.where(within > 0.0, within, 1.0), 0.0)
        if np.abs(fitted.sum(axis=1) - class_totals).max() <= 1e-9 * pixel_totals.sum():
            break
    return fitted


def falling_barrier(layer: Floats, built: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """How built land falls short of what its surroundings expect, as a layer rises.

    Parameters
    ----------
    layer : ndarray ``[pixel]``
        Such as slope or distance to a road.
    built, expected : ndarray ``[pixel]``
        Built share, and what it is measured against.

    Returns
    -------
    values, factors : ndarray ``[point]``
        Factor, never rising, at values of the layer; interpolate between.
    """
    from sklearn.isotonic import isotonic_regression

    edges = np.quantile(layer, np.linspace(0.0, 1.0, BARRIER_BINS + 1)[1:-1])
    group = np.searchsorted(edges, layer)
    number = np.bincount(group, minlength=BARRIER_BINS)
    weight = np.bincount(group, expected, BARRIER_BINS)
    used = (number > 0) & (weight > 0.0)
    values = np.bincount(group, layer, BARRIER_BINS)[used] / number[used]
    ratio = np.bincount(group, built, BARRIER_BINS)[used] / weight[used]
    return values, isotonic_regression(ratio, sample_weight=weight[used], increasing=False)


class ShareModel:
    """Shares of land classes at a later date, from one map and the later totals.

    Parameters
    ----------
    growing : int
        Index of the class that grows, the built-up one.
    barred : sequence of int
        Indices of classes that are not built on, such as open water.
    barriers : sequence of str
        Layers of the context that hinder growth as they rise, such as the slope.

    Attributes
    ----------
    exponent_ : float
        b above, from how full built-up pixels are.
    barriers_ : dict of str to (values, factors)
        What each barrier leaves of the potential.
    """

    def __init__(
        self, growing: int, barred: Sequence[int] = (), barriers: Sequence[str] = ()
    ) -> None:
        self.growing, self.barred, self.barriers = growing, tuple(barred), tuple(barriers)

    def fit(self, shares: NDArray, context: LandContext) -> ShareModel:
        """Learn from a map how full pixels are and what hinders building.

        Parameters
        ----------
        shares : ndarray ``[class, row, col]``
            Share of each class. [-]
        context : LandContext
            Mapped pixels, layers of the barriers.

        Returns
        -------
        ShareModel
            Itself.
        """
        valid = context.valid
        built = np.asarray(shares[self.growing], float)
        some = built[valid & (built > SOME)]
        if not some.size:
            raise ValueError("nothing is built on the map: there is nothing to grow from")
        self.exponent_ = float(np.clip(1.0 / some.mean() - 1.0, *EXPONENTS))
        expected = (surroundings(built, context) * (built + self._open(shares, context)))[valid]
        self.barriers_: dict[str, tuple[Floats, Floats]] = {}
        for name in self.barriers:
            # Each barrier explains what those before it have left.
            layer = _known(context.layers[name], valid)[valid]
            values, factors = falling_barrier(layer, built[valid], expected)
            factors = factors**BARRIER_POWER
            self.barriers_[name] = values, factors
            expected = expected * np.interp(layer, values, factors)
        return self

    def potential(self, shares: NDArray, context: LandContext) -> Floats:
        """Relative chance that open land of each pixel is built on.

        Parameters
        ----------
        shares : ndarray ``[class, row, col]``
            Share of each class. [-]
        context : LandContext
            As fitted to.

        Returns
        -------
        ndarray ``[row, col]``
            0 where there is no open land.
        """
        built = np.asarray(shares[self.growing], float)
        chance = surroundings(built, context) + OWN * built
        for name, (values, factors) in self.barriers_.items():
            layer = _known(context.layers[name], context.valid)
            chance = chance * np.interp(layer, values, factors)
        return np.where(self._open(shares, context) > 0.0, chance, 0.0)

    def predict(self, shares: NDArray, demand: ArrayLike, context: LandContext) -> Floats:
        """Shares at the later date.

        Parameters
        ----------
        shares : ndarray ``[class, row, col]``
            Share of each class at the start. [-]
        demand : array_like ``[class]``
            Mean share of each class over the valid pixels at the later date. Totals of the
            other classes are scaled to what the growing one leaves.
        context : LandContext
            As fitted to.

        Returns
        -------
        ndarray ``[class, row, col]``
            Each pixel sums to what it summed to at the start; unchanged outside ``valid``.
        """
        valid = context.valid
        totals = np.asarray(demand, float) * np.count_nonzero(valid)
        start = np.asarray(shares, float)[:, valid]
        open_land = self._open(shares, context)[valid]
        chance = self.potential(shares, context)[valid]
        gain = float(totals[self.growing] - start[self.growing].sum())
        built = start[self.growing] + gained_share(chance, open_land, gain, self.exponent_)

        others = [k for k in range(len(start)) if k != self.growing]
        left = np.maximum(start.sum(axis=0) - built, 0.0)
        later = np.empty_like(start)
        later[self.growing] = built
        wanted = totals[others] * left.sum() / totals[others].sum()
        later[others] = fit_totals(start[others], left, wanted)
        result = np.array(shares, float)
        result[:, valid] = later
        return result

    def _open(self, shares: NDArray, context: LandContext) -> Floats:
        """Share of each pixel that can be built on."""
        taken = [self.growing, *self.barred]
        free = np.delete(np.asarray(shares, float), taken, axis=0).sum(axis=0)
        return np.where(context.valid & ~context.excluded, np.clip(free, 0.0, 1.0), 0.0)


def _known(layer: NDArray, valid: Mask) -> Floats:
    """A layer with its unknown pixels at the median."""
    values = np.asarray(layer, float)
    return np.where(np.isnan(values), np.nanmedian(values[valid]), values)
