r"""Factors on process parameters from contents of the topsoil, by regularised robust inversion.

For each metal the content at a site is the sum over source tags of what each left there, times its
factor, under a change of solubility:

.. math:: \hat X_i(u) = e^{r_i (s - 1)} \sum_t \theta_t X_{it}, \quad u = \ln(\theta, s)

with :math:`X_{it}` the content by tag of a hindcast and :math:`r_i = d \ln X_i / d \ln A` its
response to sorption; the exponential is exact for a loss in proportion to content and solubility.
The factors minimise

.. math:: w \sum_i \rho\left(\frac{\ln \hat X_i - \ln X_i}{\sigma}\right)
    + \sum_k \left(\frac{u_k - u^0_k}{\tau_k}\right)^2, \quad \rho(z) = 2 (\sqrt{1 + z^2} - 1)

that is a Gaussian prior on the logarithms (Tarantola 2005, Inverse problem theory,
doi:10.1137/1.9780898717921) and a robust misfit. :math:`\sigma` comes from the residuals.
:math:`w` makes the curvature of the misfit tell how much the data know although :math:`\rho` is no
likelihood and neighbours err together (Pauli, Racugno & Ventura 2011, Bayesian composite marginal
likelihoods, Statistica Sinica 21:149-164).

Contents by tag add up, but what one source leaves depends on the others where leaching is not in
proportion to the content. What is learned on top is of a hindcast run with the factors found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, least_squares

from simulator.calibration.adjustments import BACKGROUND, SORPTION, Adjustments, is_source_tag
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.errors import InputError, Problem
from simulator.region import Region
from simulator.tags import INITIAL, PLANT

if TYPE_CHECKING:
    from simulator.calibration.hindcast import Hindcast
    from simulator.calibration.observed import Observed

Floats = NDArray[np.float64]

_TABLE: Final = "calibration_priors"
#: Status of sources that are only supposed, in ``sources.csv``.
_SUPPOSED: Final = "illustrative"
#: Standard deviation of a normal distribution over the median of its absolute value.
_PER_MEDIAN: Final = 1.4826
#: So many samples the first guess of the scatter counts as.
_GUESSED_SAMPLES: Final = 4.0
#: Blocks along each side of the sampled area, within which neighbours may err together.
_BLOCKS: Final = 5
#: Weight of a sample whose errors are normal and its own, that of :meth:`_Inversion._weight`.
_MOST_WEIGHT: Final = 1.6406
_ROUNDS: Final = 30
_SETTLED: Final = 1e-3


@dataclass(frozen=True)
class Inference:
    """Factors that contents of the soil tell, and how well.

    Attributes
    ----------
    adjustments : Adjustments
        The factors: the most probable ones.
    sd : DataFrame ``[name, metal]``
        Posterior standard deviation of their logarithms; 0 for those that were fixed. [-]
    prior_sd : DataFrame ``[name, metal]``
        The same before the data. [-]
    fit : DataFrame ``[metal, ...]``
        ``samples`` used and ``below`` the detection limit among them; ``noise``, the scatter of
        ln content about the model; ``log_rmse_before`` (factors of the start) and
        ``log_rmse_after``, of the samples above the limit; ``effective``, the number of parameters
        that the data tell (trace of the resolution matrix); ``weight`` of a sample. [-]
    """

    adjustments: Adjustments
    sd: pd.DataFrame
    prior_sd: pd.DataFrame
    fit: pd.DataFrame

    @property
    def told(self) -> pd.DataFrame:
        """Share of the prior variance that the data took away, ``[name, metal]``.

        0: the factor is the prior's; 1: it is the data's. Its sum over names is ``effective``.
        """
        share = 1.0 - (self.sd / self.prior_sd) ** 2
        return share.where(self.prior_sd > 0.0, 0.0)


def candidate_tags(region: Region, tags: Collection[str]) -> frozenset[str]:
    """Tags of point sources of their own that are only supposed (status ``illustrative``).

    A sector is there for certain, however roughly its activity is known.
    """
    rows = region.sources.to_dict("records")
    supposed = {f"{PLANT}:{row['id']}" for row in rows if row["status"] == _SUPPOSED}
    return frozenset(supposed & set(tags))


def prior_sd(
    tags: Collection[str], parameters: Parameters, candidates: Collection[str] = ()
) -> dict[str, float]:
    """Prior standard deviation of the logarithm of every factor that may move, by name.

    Farm inputs and weathering have no factor; their rates are left to the scenario.

    Parameters
    ----------
    tags : collection of str
        Source tags of the hindcast.
    parameters : Parameters
        Gives the table ``calibration_priors``.
    candidates : collection of str
        Tags of sources that are only supposed.
    """
    group = {INITIAL: "initial content", BACKGROUND: "background deposition"} | {
        tag: "candidate source" if tag in candidates else "known source"
        for tag in tags
        if is_source_tag(tag)
    }
    found = {tag: parameters.value(_TABLE, group=group[tag]) for tag in tags if tag in group}
    return found | {SORPTION: parameters.value(_TABLE, group="sorption")}


def predict(hindcast: Hindcast, adjustments: Adjustments) -> Floats:
    """Content of the top layer under adjustments, without a new run.

    Parameters
    ----------
    hindcast : Hindcast
        With source tags, and with the response to sorption if that is adjusted.
    adjustments : Adjustments
        The factors.

    Returns
    -------
    ndarray
        ``[year, metal, cell]``. [kg kg-1]
    """
    if adjustments.is_none:
        return hindcast.content.copy()
    _require_tags(hindcast)
    content = np.zeros_like(hindcast.content)
    for t, tag in enumerate(hindcast.tags):
        content += adjustments.of(tag)[:, None] * hindcast.by_tag[:, t]
    return content * np.exp((adjustments.sorption[:, None] - 1.0) * hindcast.sorption_response)


def infer(
    hindcast: Hindcast,
    observed: Observed,
    parameters: Parameters,
    *,
    candidates: Collection[str] = (),
    free: Collection[str] | None = None,
    around: Adjustments | None = None,
) -> Inference:
    """Find the factors that bring a hindcast to the contents that were observed.

    Samples below their detection limit count where the model is above it. Metals do not share
    factors.

    Parameters
    ----------
    hindcast : Hindcast
        With source tags, and with the response to sorption if that may move.
    observed : Observed
        Contents at sites, in one or several years. Rows that are the start of the hindcast plus an
        observed change have nothing to say on the factor of the initial content.
    parameters : Parameters
        Gives the priors.
    candidates : collection of str
        Tags of sources that are only supposed (:func:`candidate_tags`); their prior is wide.
    free : collection of str, optional
        Names of the factors that may move, e.g. ``{"source:monchegorsk"}``; all by default.
    around : Adjustments, optional
        Middle of the prior, and value of the factors that do not move; none by default.
    """
    _require_tags(hindcast)
    names = (*hindcast.tags, SORPTION)
    priors = prior_sd(hindcast.tags, parameters, candidates)
    unknown = sorted(set(free or ()) - set(priors))
    if unknown:
        raise InputError(
            Problem(
                where="factors of a calibration",
                what=f"{', '.join(unknown)} can not move",
                rule=f"factors are {', '.join(priors)}",
                fix="Name one of them.",
            )
        )
    sd = np.array([priors.get(n, 0.0) if free is None or n in free else 0.0 for n in names])
    middle = around or Adjustments.none()
    guess = parameters.value(_TABLE, group="noise")
    found = [
        _Inversion.of(hindcast, observed, m, names, sd, middle).solve(guess)
        for m in range(len(METALS))
    ]
    factors = dict(zip(names, np.exp([one.u for one in found]).T, strict=True))
    carried = {n: middle.of(n) for n in middle.names if n not in factors}
    adjusted = {n: v for n, v in factors.items() if n in priors} | carried
    spread = np.array([one.sd for one in found]).T
    moved = [n in priors for n in names]
    index = pd.Index(np.array(names)[moved], name="name")
    return Inference(
        Adjustments.from_factors(adjusted),
        pd.DataFrame(spread[moved], index, list(METALS)),
        pd.DataFrame(np.tile(sd[moved, None], len(METALS)), index, list(METALS)),
        pd.DataFrame([one.fit for one in found], pd.Index(METALS, name="metal")),
    )


@dataclass(frozen=True)
class _Solution:
    """Of one metal: logarithms of the factors, their standard deviations, and the fit."""

    u: Floats
    sd: Floats
    fit: dict[str, float]


@dataclass(frozen=True)
class _Inversion:
    """The inversion of one metal: rows are samples, columns the factors by name, sorption last."""

    parts: Floats  #: ``[row, tag]`` content by tag under factors of 1 [kg kg-1]
    response: Floats  #: ``[row]`` d ln content / d ln A of the hindcast [-]
    change: NDArray[np.bool_]  #: ``[row]`` whether the initial content is that of the hindcast
    initial: int  #: place of the initial content among the tags
    log_observed: Floats  #: ``[row]``
    below: NDArray[np.bool_]  #: ``[row]``
    block: NDArray[np.intp]  #: ``[row]`` number of the block of the site
    middle: Floats  #: ``[name]`` prior mean of u
    sd: Floats  #: ``[name]`` prior standard deviation, 0 for what does not move
    source: NDArray[np.bool_]  #: ``[name]`` whether it is the emission of sources

    @classmethod
    def of(
        cls,
        hindcast: Hindcast,
        observed: Observed,
        m: int,
        names: tuple[str, ...],
        sd: Floats,
        middle: Adjustments,
    ) -> _Inversion:
        """Gather the samples of a metal and what the hindcast has at their cells."""
        year, cell = observed.year_index, observed.cell
        parts = hindcast.by_tag[year, :, m, cell]
        initial = hindcast.tags.index(INITIAL)
        response = np.nan_to_num(hindcast.sorption_response[year, m, cell])
        total, content = parts.sum(axis=1), observed.content[:, m]
        known = np.isfinite(content) & (content > 0.0) & np.isfinite(total) & (total > 0.0)
        return cls(
            parts[known],
            response[known],
            observed.change[known, m],
            initial,
            np.log(content[known]),
            observed.below[known, m],
            _blocks(observed.place)[known],
            np.log([middle.of(n)[m] for n in names]),
            sd,
            np.array([is_source_tag(n) for n in names]),
        )

    def model(self, u: Floats) -> tuple[Floats, Floats]:
        """Return ln content ``[row]`` and its derivative by u ``[row, name]``."""
        each = self.parts * np.exp(u[:-1])
        each[self.change, self.initial] = self.parts[self.change, self.initial]
        total = each.sum(axis=1)
        sorption = np.exp(u[-1])
        slope = np.column_stack([each / total[:, None], self.response * sorption])
        slope[self.change, self.initial] = 0.0
        return np.log(total) + self.response * (sorption - 1.0), slope

    def residuals(self, u: Floats) -> tuple[Floats, Floats]:
        """Model less observed ln content, one-sided below the limit, and its derivative."""
        log_model, slope = self.model(u)
        off = log_model - self.log_observed
        idle = self.below & (off < 0.0)
        return np.where(idle, 0.0, off), np.where(idle[:, None], 0.0, slope)

    def solve(self, guess: float) -> _Solution:
        """Find u; scatter and weight of the samples follow from the residuals of the last round."""
        moving = np.flatnonzero(self.sd > 0.0)
        u, sd = self.middle.copy(), self.sd.copy()
        before, _ = self.residuals(u)
        noise, weight, effective = self._noise(before, guess, 0.0), 1.0, 0.0
        for n in range(_ROUNDS if len(before) and moving.size else 0):
            last = u.copy()
            # a source too small to be seen has no slope: it is also tried a good deal larger
            starts = [u] if n else [u, np.where(self.source, u + self.sd, u)]
            tried = [self._minimum(start, moving, noise, weight) for start in starts]
            u[moving] = min(tried, key=lambda found: found.cost).x
            off, slope = self.residuals(u)
            z = off / noise
            weight = self._weight(z)
            bend = weight * (1.0 + z**2) ** -1.5 / noise**2
            told = (slope[:, moving] * bend[:, None]).T @ slope[:, moving]
            covariance = np.linalg.inv(told + np.diag(self.sd[moving] ** -2))
            sd[moving] = np.sqrt(np.diag(covariance))
            effective = float(np.sum(1.0 - (sd[moving] / self.sd[moving]) ** 2))
            found = self._noise(off, guess, effective)
            settled = abs(np.log(found / noise)) < _SETTLED
            noise = float(np.sqrt(found * noise))  # half way: a median jumps
            if settled and np.abs(u - last).max() < _SETTLED:
                break
        after, _ = self.residuals(u)
        return _Solution(
            u,
            sd,
            {
                "samples": len(before),
                "below": int(self.below.sum()),
                "noise": noise,
                "log_rmse_before": self._rmse(before),
                "log_rmse_after": self._rmse(after),
                "effective": effective,
                "weight": weight,
            },
        )

    def _minimum(
        self, u: Floats, moving: NDArray[np.intp], noise: float, weight: float
    ) -> OptimizeResult:
        """Logarithms of the factors that move, of the least misfit with prior near a start."""
        count = len(self.log_observed)
        prior = self.sd[moving]

        def at(v: Floats) -> Floats:
            full = u.copy()
            full[moving] = v
            return full

        def misfit(v: Floats) -> Floats:
            away = (v - self.middle[moving]) / prior
            return np.concatenate([self.residuals(at(v))[0] / noise, away])

        def slopes(v: Floats) -> Floats:
            slope = self.residuals(at(v))[1][:, moving] / noise
            return np.concatenate([slope, np.diag(1.0 / prior)])

        def loss(square: Floats) -> Floats:
            """soft_l1 of the samples, the plain square of the prior; with two derivatives."""
            root = np.sqrt(1.0 + square[:count])
            rho = np.stack([square, np.ones_like(square), np.zeros_like(square)])
            rho[:, :count] = weight * np.stack([2.0 * (root - 1.0), 1.0 / root, -0.5 / root**3])
            return rho

        return least_squares(misfit, u[moving], jac=slopes, loss=loss)

    def _weight(self, z: Floats) -> float:
        """Weight of a sample such that the curvature of the misfit is its information.

        Mean derivative of the score over its variance; the variance is that of sums over blocks
        where neighbours err together. No more than for normal errors of one's own: a few samples
        that the model meets by chance do not know all.
        """
        speaks = ~self.below | (z > 0.0)
        if not speaks.any():
            return 1.0
        z = z[speaks]
        score = z / np.sqrt(1.0 + z**2)
        of_blocks = np.bincount(self.block[speaks], score)
        variance = max(float(np.sum(score**2)), float(np.sum(of_blocks**2)))
        slope = float(np.sum((1.0 + z**2) ** -1.5))
        return slope / max(variance, slope / _MOST_WEIGHT)

    def _noise(self, off: Floats, guess: float, effective: float) -> float:
        """Scatter of the samples above the limit about the model, with that of the table. [-]."""
        seen = off[~self.below]
        count = max(len(seen) - effective, 0.0)
        scatter = _PER_MEDIAN * float(np.median(np.abs(seen))) if len(seen) else 0.0
        squares = _GUESSED_SAMPLES * guess**2 + len(seen) * scatter**2
        return float(np.sqrt(squares / (_GUESSED_SAMPLES + count)))

    def _rmse(self, off: Floats) -> float:
        seen = off[~self.below]
        return float(np.sqrt(np.mean(seen**2))) if len(seen) else np.nan


def _blocks(place: Floats) -> NDArray[np.intp]:
    """Number of the block of each site, of :data:`_BLOCKS` x :data:`_BLOCKS` over them all."""
    if not len(place):
        return np.zeros(0, dtype=np.intp)
    span = np.maximum(np.ptp(place, axis=0), 1.0)
    step = np.minimum((place - place.min(axis=0)) / span * _BLOCKS, _BLOCKS - 1).astype(np.intp)
    return np.asarray(step[:, 0] * _BLOCKS + step[:, 1])


def _require_tags(hindcast: Hindcast) -> None:
    if not hindcast.tags:
        raise InputError(
            Problem(
                where="hindcast of a physical calibration",
                what="the scenario has no source tags",
                rule="factors on sources are found from the content that each source left",
                fix='Give it [tags] with by = "sector".',
            )
        )
