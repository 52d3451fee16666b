"""Options that no other option beats in everything that counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.experiment.effects import total_cost
from analysis.experiment.folder import ANY_METAL
from analysis.experiment.results import Results, paired
from analysis.experiment.spread import summary

Floats = NDArray[np.float64]

#: Metal of the rows that weigh cost against the overload of every metal at once.
EACH_METAL: Final = "each"
#: Columns of :func:`pareto_table`.
COLUMNS: Final = (
    "metal", "option", "year", "cost_median_million_cny", "cost_low_million_cny",
    "cost_high_million_cny", "kept_median_ha", "kept_low_ha", "kept_high_ha", "non_dominated",
    "non_dominated_share", "futures", "left_out",
)  # fmt: skip


def non_dominated(objectives: Floats) -> NDArray[np.bool_]:
    """Options that no other is as good as in all objectives and better in one.

    Parameters
    ----------
    objectives : ndarray ``[option, objective, ...]``
        Less is better. An option with a NaN is no candidate and beats nobody.

    Returns
    -------
    ndarray of bool ``[option, ...]``
        Equal options are both among them.
    """
    known = np.asarray(~np.isnan(objectives).any(axis=1))
    one, other = objectives[:, None], objectives[None, :]
    beats = (one <= other).all(axis=2) & (one < other).any(axis=2)
    best: NDArray[np.bool_] = known & ~np.any(beats, axis=0)
    return best


def share_non_dominated(objectives: Floats) -> Floats:
    """Share of futures in which each option is not dominated.

    Parameters
    ----------
    objectives : ndarray ``[option, objective, future]``
        Less is better. A future in which an option has a NaN is left out.

    Returns
    -------
    ndarray ``[option]``
        NaN without any whole future. [-]
    """
    whole = ~np.isnan(objectives).any(axis=(0, 1))
    if not whole.any():
        return np.full(objectives.shape[0], np.nan)
    return non_dominated(objectives[..., whole]).mean(axis=1)


def pareto_table(
    results: Results, metals: Sequence[str], year: int, discount: float = 0.0
) -> pd.DataFrame:
    """Options by their cost before a year and their overloaded area at its beginning.

    Parameters
    ----------
    results : Results
        The members.
    metals : sequence of str
        Metals.
    year : int
        The year.
    discount : float
        Rate at which later costs count less. [yr-1]

    Returns
    -------
    pandas.DataFrame
        One row a metal (and any metal, and each metal at once) and option: cost [million CNY] and
        hectares less than in the reference of the same future, median and 5 to 95 %; whether no
        other option has both medians at least as good and one better; the share of futures in
        which none has.
    """
    cost = total_cost(results, year, discount)
    area = {m: results.series("overload_ha", m).at(year) for m in (*metals, ANY_METAL)}
    rows = []
    for metal in (*area, EACH_METAL):
        of = [area[m] for m in metals] if metal == EACH_METAL else [area[metal]]
        objectives = np.stack([cost, *of], axis=1)[..., results.independent]
        shares = share_non_dominated(objectives)
        whole = ~np.isnan(objectives).any(axis=(0, 1))
        if not whole.any():
            continue
        objectives = objectives[..., whole]
        less = np.stack(
            [0.0 - paired(objectives, i, objectives[0]) for i in range(len(objectives))]
        )
        best = non_dominated(np.median(np.concatenate([objectives[:, :1], -less[:, 1:]], 1), 2))
        for i, option in enumerate(results.options):
            spent, kept = summary(objectives[i, 0]), summary(less[i, 1])
            if metal == EACH_METAL:
                kept = dict.fromkeys(kept, float("nan"))
            rows.append(
                {
                    "metal": metal,
                    "option": option,
                    "year": year,
                    **{f"cost_{k}_million_cny": v for k, v in spent.items()},
                    **{f"kept_{k}_ha": v for k, v in kept.items()},
                    "non_dominated": bool(best[i]),
                    "non_dominated_share": shares[i],
                    "futures": int(whole.sum()),
                    "left_out": whole.size - int(whole.sum()),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))
