"""From a position in [0, 1] to a number, and from there to the scenario of a member."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.experiment.spec import ExperimentSpec, Lever, Uncertainty, at_strength
from simulator.data import Parameters
from simulator.data.parameters import Parameter
from simulator.scenario import Scenario, derive_scenario
from simulator.scenario.model import Emission, SectorPath
from simulator.scenario.paths import FactorPoint
from simulator.scenario.policies import acts_of
from simulator.scenario.source_acts import ScaleInput

#: Path of a sector that has none, and that of all others.
_EVERY = "*"


@dataclass(frozen=True)
class Experiment:
    """An experiment file with all that it names, checked.

    Attributes
    ----------
    spec : ExperimentSpec
        The file.
    folder : Path
        Folder that policies given as files are in.
    base : Scenario
        The scenario, without source tags: they change nothing and cost time.
    options : tuple of Scenario
        By combination of options (:func:`analysis.experiment.design.combinations`).
    rows : mapping of str to tuple of str
        Ids of the parameters of each uncertainty that has some.
    sectors : mapping of str to tuple of str
        Sectors of each uncertainty that has some.
    region_digest : str
        SHA-256 of the region.
    """

    spec: ExperimentSpec
    folder: Path
    base: Scenario
    options: tuple[Scenario, ...]
    rows: Mapping[str, tuple[str, ...]]
    sectors: Mapping[str, tuple[str, ...]]
    region_digest: str


def between(low: float, high: float, position: float, scale: str = "linear") -> float:
    """Number at a position of a range, 0 at its low and 1 at its high end.

    Examples
    --------
    >>> between(0.5, 2.0, 0.5), between(0.5, 2.0, 0.5, "log")
    (1.25, 1.0)
    """
    if scale == "log":
        return float(low * (high / low) ** position)
    return low + position * (high - low)


def within_row(row: Parameter, position: float) -> float:
    """Value of a parameter at a position: its low at 0, best value at 1/2, high at 1, linear.

    Half of all draws lie on either side of the best value, wherever it lies in the range. A value
    of the scenario's own outside the range widens it.
    """
    if position < 0.5:
        return between(min(row.low, row.value), row.value, 2.0 * position)
    return between(row.value, max(row.high, row.value), 2.0 * position - 1.0)


def number_at(item: Lever | Uncertainty, position: float) -> float:
    """Number of a strength or an uncertainty; NaN where each parameter has its own."""
    if isinstance(item, Lever):
        return math.nan if item.strength is None else between(*item.strength, position)
    return math.nan if item.span is None else between(*item.span, position, item.scale)


def member_scenario(
    experiment: Experiment, combination: int, positions: Sequence[float], seed: int
) -> Scenario:
    """Scenario of one member.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    combination : int
        Place of its combination of options.
    positions : sequence of float
        By factor. [-]
    seed : int
        Of the replicate.
    """
    spec, scenario = experiment.spec, experiment.options[combination]
    numbers = dict(zip(spec.factors, positions, strict=True))
    acts = [
        act
        for lever in spec.strengths
        for act in acts_of(
            at_strength(lever.policies, number_at(lever, numbers[lever.name])),
            experiment.folder,
            f"lever {lever.name!r}",
        )
    ]
    if acts:
        scenario = derive_scenario(scenario, {"interventions": acts})
    for uncertainty in spec.uncertainties:
        scenario = _varied(scenario, uncertainty, numbers[uncertainty.name], experiment)
    return scenario.model_copy(update={"seed": seed})


def _varied(
    scenario: Scenario, uncertainty: Uncertainty, position: float, experiment: Experiment
) -> Scenario:
    factor = number_at(uncertainty, position)
    if uncertainty.parameters:
        rows = experiment.rows[uncertainty.name]
        return with_parameters(scenario, rows, position, factor)
    if uncertainty.input is not None:
        act = ScaleInput(
            kind="scale_input",
            name=uncertainty.name,
            date=float(scenario.start),
            pathway=uncertainty.input,
            factor=factor,
        )
        return scenario.model_copy(update={"interventions": (act, *scenario.interventions)})
    if uncertainty.sectors:
        return with_activity(scenario, experiment.sectors[uncertainty.name], factor)
    acts = tuple(
        act.model_copy(update={"compliance": act.compliance * factor}) if act.policy else act
        for act in scenario.interventions
    )
    return scenario.model_copy(update={"interventions": acts})


def with_parameters(
    scenario: Scenario, rows: Sequence[str], position: float, factor: float
) -> Scenario:
    """Scenario whose parameters are at a position of their ranges, or multiplied by a factor.

    Parameters
    ----------
    scenario : Scenario
        Its own values of parameters are their best values.
    rows : sequence of str
        Ids.
    position : float
        In [0, 1].
    factor : float
        Takes the place of the position unless it is NaN. [-]
    """
    parameters = Parameters(scenario.parameters)
    new = {
        i: within_row(parameters[i], position)
        if math.isnan(factor)
        else parameters[i].value * factor
        for i in rows
    }
    return scenario.model_copy(update={"parameters": {**scenario.parameters, **new}})


def with_activity(scenario: Scenario, sectors: Sequence[str], factor: float) -> Scenario:
    """Scenario in which sectors are more or less active throughout."""
    paths = {p.sector: p.path for p in scenario.emission.paths}
    steady = (FactorPoint(year=scenario.start, factor=1.0),)
    for sector in sectors:
        path = paths.get(sector, paths.get(_EVERY, steady))
        paths[sector] = tuple(
            FactorPoint(year=point.year, factor=point.factor * factor) for point in path
        )
    emission = Emission(
        paths=tuple(SectorPath(sector=sector, path=path) for sector, path in paths.items())
    )
    return scenario.model_copy(update={"emission": emission})
