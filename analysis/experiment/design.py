"""The design of an experiment: which futures are simulated, and the members that they make up."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.experiment.folder import LEVER, POSITION, VALUE
from analysis.experiment.sampling import number_at
from analysis.experiment.spec import ExperimentSpec
from simulator.errors import Problem

Floats = NDArray[np.float64]

#: Levels of a factor on the trajectories of Morris: positions 0, 1/3, 2/3 and 1.
MORRIS_LEVELS: Final = 4
#: Members of one experiment.
MAX_MEMBERS: Final = 100_000


def salib_problem(spec: ExperimentSpec) -> dict[str, Any]:
    """Factors as SALib's functions take them: positions, each in [0, 1].

    Positions are drawn evenly; what each means is in :mod:`analysis.experiment.sampling`.
    """
    names = list(spec.factors)
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def positions(spec: ExperimentSpec) -> Floats:
    """Positions of the factors in their ranges.

    Parameters
    ----------
    spec : ExperimentSpec
        Passed :func:`design_problems`.

    Returns
    -------
    ndarray ``[sample, factor]``
        In [0, 1], in the order that SALib's analyses ask for: ``samples`` of a Latin hypercube;
        ``samples (factors + 2)`` rows after Saltelli (2010, doi:10.1016/j.cpc.2009.09.018) for
        Sobol indices of first order and in total; ``samples (factors + 1)`` rows of Morris' (1991,
        doi:10.1080/00401706.1991.10484804) trajectories; ``samples ** factors`` rows of a full
        grid. One row where nothing is sampled.
    """
    design, n_factor = spec.design, len(spec.factors)
    if n_factor == 0:
        return np.zeros((1, 0))
    if design.method == "full":
        levels = np.linspace(0.0, 1.0, design.samples) if design.samples > 1 else np.array([0.5])
        return np.array(list(itertools.product(levels, repeat=n_factor)))
    problem = salib_problem(spec)
    if design.method == "sobol":
        from SALib.sample import sobol

        drawn = sobol.sample(problem, design.samples, calc_second_order=False, seed=design.seed)
    elif design.method == "morris":
        from SALib.sample import morris

        drawn = morris.sample(problem, design.samples, MORRIS_LEVELS, seed=design.seed)
    else:
        from SALib.sample import latin

        drawn = latin.sample(problem, design.samples, seed=design.seed)
    return np.asarray(drawn, dtype=np.float64)


def sample_count(spec: ExperimentSpec) -> int:
    """Rows of :func:`positions`, without drawing them."""
    n, k = spec.design.samples, len(spec.factors)
    if k == 0:
        return 1
    by_method = {"latin-hypercube": n, "sobol": n * (k + 2), "morris": n * (k + 1)}
    return by_method.get(spec.design.method) or int(n**k)


def combinations(spec: ExperimentSpec) -> list[tuple[int, ...]]:
    """Options of the levers that have some, by their places; the first is the reference."""
    return list(itertools.product(*(range(len(lever.choices)) for lever in spec.choices)))


def design_table(spec: ExperimentSpec, first_seed: int) -> pd.DataFrame:
    """Members of an experiment; see :attr:`analysis.experiment.folder.ExperimentFolder.design`.

    A future is a sample with a seed, the same for the replicate of every sample: samples then
    differ by their factors alone. A member is a future under one combination of options.

    Parameters
    ----------
    spec : ExperimentSpec
        Passed :func:`design_problems`.
    first_seed : int
        Seed of the scenario, which the first replicate has; the others have those that follow.
    """
    drawn = positions(spec)
    chosen = combinations(spec)
    n_replicate, n_member = spec.design.replicates, len(drawn) * spec.design.replicates
    future = np.repeat(np.arange(n_member), len(chosen))
    sample, replicate = np.divmod(future, n_replicate)
    columns: dict[str, Any] = {
        "member": np.arange(future.size),
        "future": future,
        "sample": sample,
        "replicate": replicate,
        "seed": first_seed + replicate,
    }
    for k, lever in enumerate(spec.choices):
        names = [lever.choices[places[k]].name for places in chosen]
        columns[LEVER + lever.name] = names * n_member
    for j, item in enumerate(spec.sampled):
        columns[POSITION + item.name] = drawn[sample, j]
    for j, item in enumerate(spec.sampled):
        numbers = np.array([number_at(item, p) for p in drawn[:, j].tolist()])
        columns[VALUE + item.name] = numbers[sample]
    return pd.DataFrame(columns)


def design_problems(spec: ExperimentSpec, where: str) -> list[Problem]:
    """Return what is wrong with ``[design]`` for the levers and uncertainties that there are."""
    design, k = spec.design, len(spec.factors)
    problems = []
    if k == 0 and (design.samples > 1 or design.method in ("sobol", "morris")):
        problems.append(
            Problem(
                f"{where}: design",
                "nothing is sampled: there is no uncertainty and no lever with a range of strength",
                "samples are of these",
                "Add uncertainties, or leave samples out; replicates repeat runs.",
            )
        )
    if design.method == "sobol" and design.samples & (design.samples - 1):
        problems.append(
            Problem(
                f"{where}: design.samples",
                f"{design.samples} is no power of two",
                "the sequence of Sobol is balanced after powers of two only",
                f"Take {2 ** (design.samples.bit_length() - 1)} or "
                f"{2 ** design.samples.bit_length()}.",
            )
        )
    if design.method == "full" and design.samples == 1 and k:
        problems.append(
            Problem(
                f"{where}: design.samples", "1",
                "samples of a full design are the levels of each factor", "Give 2 or more.",
            )
        )  # fmt: skip
    members = sample_count(spec) * design.replicates * len(combinations(spec))
    if members > MAX_MEMBERS:
        problems.append(
            Problem(
                f"{where}: design",
                f"{members} members",
                f"an experiment has {MAX_MEMBERS} at most",
                "Take fewer samples, replicates or options.",
            )
        )
    return problems
