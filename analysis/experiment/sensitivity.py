"""Which of the things that are uncertain matter: global sensitivity of an outcome to factors.

What can be estimated depends on how futures were drawn. Factors are taken at their position in
their range, 0 to 1, uniform and independent of one another. A member that is missing is a NaN,
which no estimator of SALib may see: given-data methods leave it out; Sobol's and Morris's methods
lose the whole block or trajectory that it belongs to, and how many is told.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from analysis.experiment.design import MORRIS_LEVELS

Floats = NDArray[np.float64]

#: Index of :func:`variance_share`.
VARIANCE: Final = "variance share"
#: Seed of the resampling behind the intervals; SALib takes 0 for none.
_SEED: Final = 1
#: Resamples behind the intervals of Sobol's and Morris's indices, and of delta, which is slow.
_RESAMPLES: Final = 200
_RESAMPLES_DELTA: Final = 20
#: Values at which densities are compared, and the largest share of equal values that has one.
_GRID: Final = 100
_MOST_EQUAL: Final = 0.5
#: Harmonics of RBD-FAST; its correction for bias needs more than twice as many members.
_HARMONICS: Final = 6
#: Members without which an index is not worth its name.
_LEAST: Final = {"S1 (RBD-FAST)": 50, "delta": 30, "PRCC": 10, VARIANCE: 10}
_LEAST_BLOCKS: Final = 4
#: Outcomes that differ by less than this share of themselves are constant: rounding.
_SAME: Final = 1e-12
_Z: Final = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Index:
    """One index of one factor.

    Attributes
    ----------
    factor : str
        Name of the factor; empty where the outcome does not vary.
    index : str
        ``S1``, ``ST``, ``mu_star``, ...
    value, low, high : float
        Estimate and its 95 % interval; NaN where there is none.
    used, left_out : int
        Members that the estimate rests on, and those that it could not use.
    note : str
        Why there is no estimate.
    """

    factor: str
    index: str
    value: float
    low: float
    high: float
    used: int
    left_out: int
    note: str = ""


def indices(method: str, factors: Sequence[str], positions: Floats, values: Floats) -> list[Index]:
    """Indices that a design allows.

    Parameters
    ----------
    method : {"latin-hypercube", "sobol", "morris", "full"}
        How the samples were drawn.
    factors : sequence of str
        Names.
    positions : ndarray ``[sample, factor]``
        Position of each factor in its range, in the order of the design. [-]
    values : ndarray ``[sample]``
        The outcome; NaN where it is missing.

    Returns
    -------
    list of Index
        ``sobol``: S1, ST. ``morris``: mu_star, mu, sigma in units of the outcome for the whole
        range of the factor. ``latin-hypercube``: S1 by RBD-FAST, delta, PRCC. ``full``: share of
        variance, PRCC. A single one without factor if the outcome is constant.
    """
    known = values[np.isfinite(values)]
    if known.size == 0:
        return [_none("", "", 0, values.size, "no member finished")]
    if np.ptp(known) <= _SAME * np.abs(known).max():
        note = f"constant: {known[0]:.6g} in all members"
        return [_none("", "", known.size, values.size - known.size, note)]
    estimate: Callable[[Sequence[str], Floats, Floats], list[Index]] = {
        "sobol": sobol_indices,
        "morris": morris_effects,
        "full": _of_levels,
        "latin-hypercube": _of_given_data,
    }[method]
    return estimate(factors, positions, values)


def sobol_indices(factors: Sequence[str], positions: Floats, values: Floats) -> list[Index]:
    """First-order and total indices of Sobol from blocks of A, A with a column of B each, B.

    Sobol (2001, doi:10.1016/S0378-4754(00)00270-6), estimators of Saltelli et al. (2010,
    doi:10.1016/j.cpc.2009.09.018) in SALib. A block with a missing member is dropped.
    """
    from SALib.analyze import sobol

    kept = _whole_blocks(values, len(factors) + 2)
    used, out = int(kept.sum()), int((~kept).sum())
    if used < _LEAST_BLOCKS * (len(factors) + 2) or np.ptp(values[kept]) == 0.0:
        return [_none(f, i, used, out, _TOO_FEW) for f in factors for i in ("S1", "ST")]
    with _undisturbed():
        found = sobol.analyze(
            _problem(factors), values[kept], calc_second_order=False, num_resamples=_RESAMPLES,
            seed=_SEED,
        )  # fmt: skip
    return [
        _symmetric(factor, index, found[index][i], found[f"{index}_conf"][i], used, out)
        for index in ("S1", "ST")
        for i, factor in enumerate(factors)
    ]


def morris_effects(factors: Sequence[str], positions: Floats, values: Floats) -> list[Index]:
    """Mean absolute elementary effect, mean and standard deviation, from trajectories.

    Morris (1991, doi:10.1080/00401706.1991.10484804), Campolongo et al. (2007,
    doi:10.1016/j.envsoft.2006.10.004), in SALib. A trajectory with a missing member is dropped.
    """
    from SALib.analyze import morris

    kept = _whole_blocks(values, len(factors) + 1)
    used, out = int(kept.sum()), int((~kept).sum())
    names = ("mu_star", "mu", "sigma")
    if used < _LEAST_BLOCKS * (len(factors) + 1):
        return [_none(f, i, used, out, _TOO_FEW) for i in names for f in factors]
    with _undisturbed():
        found = morris.analyze(
            _problem(factors), positions[kept], values[kept], num_resamples=_RESAMPLES,
            num_levels=MORRIS_LEVELS, seed=_SEED,
        )  # fmt: skip
    of_star = [
        _symmetric(f, "mu_star", found["mu_star"][i], found["mu_star_conf"][i], used, out)
        for i, f in enumerate(factors)
    ]
    return of_star + [
        Index(f, name, float(found[name][i]), np.nan, np.nan, used, out)
        for name in names[1:]
        for i, f in enumerate(factors)
    ]


def _of_given_data(factors: Sequence[str], positions: Floats, values: Floats) -> list[Index]:
    return (
        first_order(factors, positions, values)
        + delta_indices(factors, positions, values)
        + partial_rank_correlations(factors, positions, values)
    )


def _of_levels(factors: Sequence[str], positions: Floats, values: Floats) -> list[Index]:
    known = np.isfinite(values)
    used, out = int(known.sum()), int((~known).sum())
    if used < _LEAST[VARIANCE]:
        shares = [_none(f, VARIANCE, used, out, _TOO_FEW) for f in factors]
    else:
        shares = [
            Index(f, VARIANCE, variance_share(x, values[known]), np.nan, np.nan, used, out)
            for f, x in zip(factors, positions[known].T, strict=True)
        ]
    return shares + partial_rank_correlations(factors, positions, values)


def first_order(factors: Sequence[str], positions: Floats, values: Floats) -> list[Index]:
    """First-order indices from given data by random balance designs.

    Tarantola et al. (2006, doi:10.1016/j.ress.2005.06.003) on samples put in order as by Plischke
    (2010, doi:10.1016/j.ress.2009.11.005), which any independent sample allows, corrected for bias
    (Tissot and Prieur 2012, doi:10.1016/j.ress.2012.06.010), in SALib.
    """
    from SALib.analyze import rbd_fast

    def estimate(problem: Any, x: Floats, y: Floats) -> Mapping[str, Any]:
        return rbd_fast.analyze(problem, x, y, M=_HARMONICS, num_resamples=_RESAMPLES, seed=_SEED)

    return _given(estimate, "S1 (RBD-FAST)", "S1", factors, positions, values)


def delta_indices(factors: Sequence[str], positions: Floats, values: Floats) -> list[Index]:
    """Share of the outcome's distribution that knowing the factor moves.

    Borgonovo (2007, doi:10.1016/j.ress.2006.04.015), estimated from given data in the classes of
    Plischke et al. (2013, doi:10.1016/j.ejor.2012.11.047, eqs. 26 and 30) with the densities of
    SALib. Few classes and smooth densities make it too small for factors that matter: it serves to
    rank. (SALib's own ``delta.analyze`` takes the estimate that is to be corrected from a resample
    instead of from the data, and so adds the noise of one.)
    """
    from SALib.analyze.delta import calc_delta

    def estimate(problem: Any, x: Floats, y: Floats) -> Mapping[str, Any]:
        edges = np.linspace(0.0, y.size, _classes(y.size) + 1)
        grid = np.linspace(y.min(), y.max(), _GRID)
        drawn = np.random.default_rng(_SEED).integers(y.size, size=(_RESAMPLES_DELTA, y.size))
        found: dict[str, list[float]] = {"delta": [], "delta_conf": []}
        for of_factor in x.T:
            again = [calc_delta(y[r], grid, of_factor[r], edges) for r in drawn]
            whole = calc_delta(y, grid, of_factor, edges)
            found["delta"].append(2.0 * whole - float(np.mean(again)))
            found["delta_conf"].append(_Z * float(np.std(again, ddof=1)))
        return found

    known = values[np.isfinite(values)]
    if known.size and np.unique(known, return_counts=True)[1].max() > _MOST_EQUAL * known.size:
        out = values.size - known.size
        return [_none(f, "delta", known.size, out, "most members are equal") for f in factors]
    return _given(estimate, "delta", "delta", factors, positions, values)


def _classes(members: int) -> int:
    """Classes of a factor from which delta is estimated: Plischke et al. (2013)."""
    power = 2.0 / (7.0 + np.tanh((1500.0 - members) / 500.0))
    return min(int(np.ceil(members**power)), 48)


def _given(
    estimate: Callable[[Any, Floats, Floats], Mapping[str, Any]],
    index: str,
    key: str,
    factors: Sequence[str],
    positions: Floats,
    values: Floats,
) -> list[Index]:
    """Index of SALib from given data, of factors that vary."""
    known = np.isfinite(values)
    used, out = int(known.sum()), int((~known).sum())
    if used < _LEAST[index]:
        return [_none(f, index, used, out, _TOO_FEW) for f in factors]
    moving = np.ptp(positions[known], axis=0) > 0.0
    with _undisturbed():
        found = estimate(
            _problem([f for f, moves in zip(factors, moving, strict=True) if moves]),
            positions[known][:, moving], values[known],
        )  # fmt: skip
    pairs = iter(zip(found[key], found[f"{key}_conf"], strict=True))
    return [
        _symmetric(f, index, *next(pairs), used, out)
        if moves
        else _none(f, index, used, out, "the factor does not vary")
        for f, moves in zip(factors, moving, strict=True)
    ]


def partial_rank_correlations(
    factors: Sequence[str], positions: Floats, values: Floats
) -> list[Index]:
    """Rank correlation with each factor once the others are accounted for: direction, strength.

    Iman and Conover (1979, doi:10.1080/00401706.1979.10489816); interval by Fisher's
    transformation.
    """
    known = np.isfinite(values)
    used, out = int(known.sum()), int((~known).sum())
    if used < max(_LEAST["PRCC"], len(factors) + 5):
        return [_none(f, "PRCC", used, out, _TOO_FEW) for f in factors]
    x, y = rankdata(positions[known], axis=0), rankdata(values[known])
    width = _Z / np.sqrt(used - len(factors) - 2)
    found = []
    for i, factor in enumerate(factors):
        others = np.column_stack([np.ones(used), np.delete(x, i, axis=1)])
        left = [v - others @ np.linalg.lstsq(others, v)[0] for v in (x[:, i], y)]
        size = float(np.linalg.norm(left[0]) * np.linalg.norm(left[1]))
        if size <= _SAME * used**3:
            found.append(_none(factor, "PRCC", used, out, "nothing is left to the factor"))
            continue
        r = float(np.clip(left[0] @ left[1] / size, -1.0, 1.0))
        z = np.arctanh(np.clip(r, -1.0 + 1e-15, 1.0 - 1e-15))
        found.append(
            Index(
                factor, "PRCC", r, float(np.tanh(z - width)), float(np.tanh(z + width)), used, out
            )
        )
    return found


def variance_share(groups: NDArray[Any], values: Floats) -> float:
    """Share of the variance that lies between groups: eta squared. [-].

    Parameters
    ----------
    groups : ndarray ``[member]``
        Level, or name of the option.
    values : ndarray ``[member]``
        Finite, and not all the same.
    """
    _, group = np.unique(groups, return_inverse=True)
    count = np.bincount(group)
    means = np.bincount(group, values) / count
    centre = values.mean()
    return float((count * (means - centre) ** 2).sum() / ((values - centre) ** 2).sum())


_TOO_FEW: Final = "too few members"


def _none(factor: str, index: str, used: int, out: int, note: str) -> Index:
    return Index(factor, index, np.nan, np.nan, np.nan, used, out, note)


def _symmetric(factor: str, index: str, value: Any, half: Any, used: int, out: int) -> Index:
    value, half = float(value), float(half)
    return Index(factor, index, value, value - half, value + half, used, out)


def _problem(factors: Sequence[str]) -> dict[str, Any]:
    bounds = [[0.0, 1.0]] * len(factors)
    return {"num_vars": len(factors), "names": list(factors), "bounds": bounds}


def _whole_blocks(values: Floats, size: int) -> NDArray[np.bool_]:
    """Members of blocks of a size in which none is missing."""
    whole = np.isfinite(values.reshape(-1, size)).all(axis=1)
    return np.repeat(whole, size)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep what SALib does to warnings and numpy's shared generator within."""
    state, wording = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    try:
        with warnings.catch_warnings(record=True):
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
        warnings.formatwarning = wording
