"""How options do when the future is not known: worst cases, satisfaction, regret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.experiment.folder import ANY_METAL
from analysis.experiment.results import Results
from analysis.experiment.spread import quantile, worst_mean

Floats = NDArray[np.float64]

#: Columns of :func:`robustness_table`.
COLUMNS: Final = (
    "metal", "option", "year", "mean_ha", "worst_mean_ha", "satisfied_share", "regret_mean_ha",
    "regret_95_ha", "regret_max_ha", "best_share", "least_max_regret", "futures", "left_out",
)  # fmt: skip
#: Share of futures that "worst" means. [-]
WORST: Final = 0.05


@dataclass(frozen=True)
class Robustness:
    """Measures of options, each ``[option]``, over the futures that all options have.

    Attributes
    ----------
    mean, worst : ndarray
        Mean of all futures and of the worst 5 % of them.
    satisfied : ndarray
        Share of futures in which the option stays within what is asked. [-]
    regret_mean, regret_95, regret_max : ndarray
        Of the difference to the best option of each future (Savage 1951,
        doi:10.1080/01621459.1951.10500768).
    best : ndarray
        Share of futures in which no option is better. [-]
    least_regret : ndarray of bool
        Whether the largest regret is the least of all options.
    futures : int
        Futures in which all options finished.
    """

    mean: Floats
    worst: Floats
    satisfied: Floats
    regret_mean: Floats
    regret_95: Floats
    regret_max: Floats
    best: Floats
    least_regret: NDArray[np.bool_]
    futures: int


def regret(values: Floats) -> Floats:
    """Difference of each option to the best one of the same future.

    Parameters
    ----------
    values : ndarray ``[option, future]``
        Less is better.

    Returns
    -------
    ndarray ``[option, future]``
        At least 0.
    """
    return values - values.min(axis=0)


def robustness(values: Floats, asked: Floats) -> Robustness | None:
    """Measures of options over futures; None if no future has all options.

    Parameters
    ----------
    values : ndarray ``[option, future]``
        Less is better; NaN where a member is missing.
    asked : ndarray ``[future]``
        Highest value that satisfies.
    """
    whole = ~(np.isnan(values).any(axis=0) | np.isnan(asked))
    if not whole.any():
        return None
    values, asked = values[:, whole], asked[whole]
    lost = regret(values)
    largest = lost.max(axis=1)
    return Robustness(
        mean=values.mean(axis=1),
        worst=np.array([worst_mean(v, WORST) for v in values]),
        satisfied=(values <= asked).mean(axis=1),
        regret_mean=lost.mean(axis=1),
        regret_95=np.array([quantile(v, 0.95) for v in lost]),
        regret_max=largest,
        best=(lost == 0.0).mean(axis=1),
        least_regret=largest == largest.min(),
        futures=int(whole.sum()),
    )


def robustness_table(results: Results, metals: Sequence[str], year: int) -> pd.DataFrame:
    """Robustness of the overloaded area of each metal, and of any, at the beginning of a year.

    A future satisfies if no more land is overloaded than at the start of the reference.

    Parameters
    ----------
    results : Results
        The members.
    metals : sequence of str
        Metals.
    year : int
        The year.

    Returns
    -------
    pandas.DataFrame
        One row a metal and option: the fields of :class:`Robustness` in ha and shares, and
        ``left_out``, the futures in which an option is missing.
    """
    rows = []
    for metal in (*metals, ANY_METAL):
        series = results.series("overload_ha", metal)
        if series.years.size == 0:
            continue
        area = series.at(year)[:, results.independent]
        found = robustness(area, series.values[0, results.independent, 0])
        if found is None:
            continue
        for i, option in enumerate(results.options):
            rows.append(
                {
                    "metal": metal,
                    "option": option,
                    "year": year,
                    "mean_ha": found.mean[i],
                    "worst_mean_ha": found.worst[i],
                    "satisfied_share": found.satisfied[i],
                    "regret_mean_ha": found.regret_mean[i],
                    "regret_95_ha": found.regret_95[i],
                    "regret_max_ha": found.regret_max[i],
                    "best_share": found.best[i],
                    "least_max_regret": bool(found.least_regret[i]),
                    "futures": found.futures,
                    "left_out": area.shape[1] - found.futures,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))
