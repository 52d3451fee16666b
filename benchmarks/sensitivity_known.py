"""Print estimated beside analytic sensitivity indices of functions whose indices are known.

Run with ``python -m benchmarks.sensitivity_known [--samples N]``. The designs are those of
experiments (:mod:`analysis.experiment.design`), the estimates those of their findings
(:mod:`analysis.experiment.sensitivity`); nothing is simulated.

Ishigami's function (Ishigami and Homma 1990, doi:10.1109/ISUMA.1990.151285, a = 7, b = 0.1) and
Sobol's G (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018) have S1 and ST in closed form. Delta
and mu_star have not: delta is by quadrature of its definition for a sum of two normal numbers;
mu_star of Ishigami's is the mean over all steps of the levels' grid.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.experiment.design import MORRIS_LEVELS, positions
from analysis.experiment.sensitivity import indices
from analysis.experiment.spec import ExperimentSpec
from benchmarks.tables import print_table

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

A: Final = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def ishigami(x: Floats) -> Floats:
    """Ishigami's function of positions ``[sample, 3]``."""
    a, b, c = np.pi * (2.0 * x.T - 1.0)
    return np.sin(a) + 7.0 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def ishigami_indices() -> dict[str, Floats]:
    """S1 and ST of Ishigami's function."""
    first = 0.5 * (1.0 + 0.1 * np.pi**4 / 5.0) ** 2
    second, both = 49.0 / 8.0, 0.01 * np.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    total = first + second + both
    return {
        "S1": np.array([first, second, 0.0]) / total,
        "ST": np.array([first + both, second, both]) / total,
    }


def ishigami_steps() -> Floats:
    """mu_star of Ishigami's function over all steps of the grid of Morris's levels."""
    step = MORRIS_LEVELS / (2.0 * (MORRIS_LEVELS - 1.0))
    levels = np.arange(MORRIS_LEVELS) / (MORRIS_LEVELS - 1.0)
    grid = np.array(list(itertools.product(levels, repeat=3)))
    means = []
    for k in range(3):
        low = grid[grid[:, k] + step <= 1.0 + 1e-9]
        high = low + step * np.eye(3)[k]
        means.append(np.abs(ishigami(high) - ishigami(low)).mean() / step)
    return np.array(means)


def g_function(x: Floats) -> Floats:
    """Sobol's G function of positions ``[sample, 8]``."""
    return np.prod((np.abs(4.0 * x - 2.0) + A) / (1.0 + A), axis=1)


def g_indices() -> dict[str, Floats]:
    """S1 and ST of the G function."""
    parts = 1.0 / (3.0 * (1.0 + A) ** 2)
    all_of_them = np.prod(1.0 + parts)
    return {
        "S1": parts / (all_of_them - 1.0),
        "ST": parts * all_of_them / (1.0 + parts) / (all_of_them - 1.0),
    }


def normal_sum(x: Floats) -> Floats:
    """Sum of two standard normal numbers; a third factor does nothing."""
    return norm.ppf(x[:, 0]) + norm.ppf(x[:, 1])


def normal_sum_delta() -> Floats:
    """Delta of the factors of :func:`normal_sum`."""
    y = np.linspace(-9.0, 9.0, 3001)
    given = norm.pdf(y, loc=norm.ppf((np.arange(400) + 0.5) / 400.0)[:, None])
    apart = np.abs(norm.pdf(y, scale=np.sqrt(2.0)) - given).sum(axis=1) * (y[1] - y[0])
    delta = 0.5 * float(apart.mean())
    return np.array([delta, delta, 0.0])


def compare(
    name: str, method: str, samples: int, factors: int, function: Function,
    known: Mapping[str, Floats],
) -> list[tuple[object, ...]]:  # fmt: skip
    """Rows of a table: estimates of a design beside what is known."""
    names = [f"x{i}" for i in range(1, factors + 1)]
    varied = [{"name": n, "input": "fertiliser", "range": [0.5, 1.5]} for n in names]
    spec = ExperimentSpec.model_validate(
        {
            "name": "known", "title": "Known", "scenario": "none",
            "design": {"method": method, "samples": samples},
            "uncertainties": varied,
        }
    )  # fmt: skip
    drawn = positions(spec)
    found = indices(method, names, drawn, function(drawn))
    rows: list[tuple[object, ...]] = []
    for i in found:
        if i.index in known:
            truth = float(known[i.index][names.index(i.factor)])
            numbers = (round(v, 3) for v in (i.value, i.low, i.high, truth))
            rows.append((name, method, len(drawn), i.factor, i.index, *numbers))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1024, help="base samples of Sobol designs")
    samples = parser.parse_args().samples
    first = {"S1 (RBD-FAST)": ishigami_indices()["S1"]}
    rows = [
        *compare("Ishigami", "sobol", samples, 3, ishigami, ishigami_indices()),
        *compare("G", "sobol", samples, 8, g_function, g_indices()),
        *compare("Ishigami", "morris", 100, 3, ishigami, {"mu_star": ishigami_steps()}),
    ]
    for count in (60, 200, 1000):
        rows += compare("Ishigami", "latin-hypercube", count, 3, ishigami, first)
        known = {"delta": normal_sum_delta()}
        rows += compare("normal sum", "latin-hypercube", count, 3, normal_sum, known)
    columns = ["function", "design", "runs", "factor", "index", "estimate", "low", "high", "known"]
    print_table("Sensitivity indices, estimated and known", pd.DataFrame(rows, columns=columns))


if __name__ == "__main__":
    main()
