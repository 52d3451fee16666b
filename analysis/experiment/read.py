"""Reading an experiment file, and everything that can be wrong with it, before any run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analysis.experiment.design import combinations, design_problems
from analysis.experiment.sampling import Experiment, member_scenario
from analysis.experiment.spec import ExperimentSpec, Option
from simulator.data import Parameters
from simulator.errors import InputError, Problem
from simulator.files import MAX_TOML, check_file, file_inside, read_toml
from simulator.problems import Report, pydantic_problems, suggest
from simulator.region import Region, read_region
from simulator.scenario import (
    Scenario,
    builtin_scenarios,
    check_scenario,
    derive_scenario,
    read_scenario,
)
from simulator.scenario.model import Tags
from simulator.scenario.policies import acts_of

#: Positions of all factors at which members are checked before anything runs.
_CORNERS = (0.0, 0.5, 1.0)


def builtin_experiments() -> list[str]:
    """Names of the experiments that are installed with the program."""
    return sorted(p.stem for p in _builtin_folder().glob("*.toml"))


def experiment_file(experiment: str | Path) -> Path:
    """File of an experiment: of a built-in one by its name, or the path itself.

    Raises
    ------
    InputError
        If there is no such experiment.
    """
    if str(experiment) in builtin_experiments():
        return _builtin_folder() / f"{experiment}.toml"
    path = Path(experiment)
    if not path.exists():
        raise InputError(
            Problem(
                f"experiment {str(experiment)!r}",
                "there is no such file or built-in experiment",
                "an experiment is a TOML file or the name of a built-in one",
                suggest(str(experiment), builtin_experiments()),
            )
        )
    return path


def _builtin_folder() -> Path:
    return Path(str(files("scenarios"))) / "experiments"


def read_spec(path: Path) -> ExperimentSpec:
    """Read an experiment file; checks its form only.

    Raises
    ------
    InputError
        With every problem found.
    """
    check_file(path, f"experiment {str(path)!r}", MAX_TOML)
    try:
        return ExperimentSpec.model_validate(read_toml(path, path.name))
    except ValidationError as error:
        raise InputError(pydantic_problems(error, ExperimentSpec, lambda _: path.name)) from error


def read_experiment(path: Path) -> tuple[Experiment, Region]:
    """Read an experiment file with all that it names, and check all that can be.

    Members are checked in the middle and at both ends of all ranges, under every combination of
    options.

    Returns
    -------
    tuple of Experiment and Region
        The region is that of all members.

    Raises
    ------
    InputError
        With every problem found.
    """
    spec = read_spec(path)
    report = Report()
    report.extend(design_problems(spec, path.name))
    report.extend(_name_problems(spec, path.name))
    scenario = report.attempt(_read_base, spec, path)
    if scenario is None:
        raise InputError(report)
    base = scenario.model_copy(update={"tags": Tags()})
    region = report.attempt(read_region, base.region)
    if region is None:
        raise InputError(report)
    report.extend(_map_problems(spec, base, path.name))
    rows = _rows(spec, base, path.name, report)
    sectors = _sectors(spec, region, path.name, report)
    options = _options(spec, base, path, report)
    if report:
        raise InputError(report)
    experiment = Experiment(spec, path.parent, base, options, rows, sectors, region.digest)
    report.extend(_member_problems(experiment, region, path.name))
    if report:
        raise InputError(report)
    return experiment, region


def _read_base(spec: ExperimentSpec, path: Path) -> Scenario:
    if spec.scenario in builtin_scenarios():
        return read_scenario(spec.scenario)
    where = f"{path.name}: scenario"
    if not spec.scenario.endswith(".toml"):
        raise InputError(
            Problem(
                where,
                f"there is no scenario {spec.scenario!r}",
                "a scenario is a built-in one, or a .toml file in the same folder or below",
                suggest(spec.scenario, builtin_scenarios()),
            )
        )
    return read_scenario(file_inside(path.parent, spec.scenario, where, MAX_TOML))


def _name_problems(spec: ExperimentSpec, file: str) -> list[Problem]:
    names = [lever.name for lever in spec.levers]
    return [
        Problem(
            f"{file}: uncertainties",
            f"{u.name!r} is a lever too",
            "levers and uncertainties are told apart by their names",
            "Rename one of them.",
        )
        for u in spec.uncertainties
        if u.name in names
    ]


def _map_problems(spec: ExperimentSpec, base: Scenario, file: str) -> list[Problem]:
    return [
        Problem(
            f"{file}: outcomes.maps",
            f"{year}",
            f"maps are of the beginning of {base.start} to {base.end}",
            "Give years of these.",
        )
        for year in spec.outcomes.maps
        if not base.start <= year <= base.end
    ]


def _rows(
    spec: ExperimentSpec, base: Scenario, file: str, report: Report
) -> dict[str, tuple[str, ...]]:
    """Parameters of each uncertainty, those that have a range."""
    parameters = Parameters(base.parameters)
    found: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for uncertainty in (u for u in spec.uncertainties if u.parameters):
        where = f"{file}: uncertainty {uncertainty.name!r}, parameters"
        rows: dict[str, None] = {}
        for pattern in uncertainty.parameters:
            matched = [i for i in parameters.ids() if fnmatchcase(i, pattern)]
            ranged = [i for i in matched if uncertainty.range or _has_range(parameters, i)]
            if not matched:
                report.append(_unmatched(where, pattern, "id of a parameter", parameters.ids()))
            elif not ranged:
                report.add(
                    where,
                    f"{pattern!r} has no range: {', '.join(matched[:3])}",
                    "a parameter moves from its low to its high",
                    "Give the uncertainty a range of factors, or name other rows.",
                )
            rows |= dict.fromkeys(ranged)
        for row in rows:
            if row in owner:
                report.add(
                    where,
                    f"{row} belongs to {owner[row]!r} too",
                    "a parameter follows one uncertainty",
                    "Take it out of one of them.",
                )
            owner[row] = uncertainty.name
        found[uncertainty.name] = tuple(rows)
    return found


def _has_range(parameters: Parameters, row: str) -> bool:
    return parameters[row].low < parameters[row].high


def _sectors(
    spec: ExperimentSpec, region: Region, file: str, report: Report
) -> dict[str, tuple[str, ...]]:
    """Sectors of each uncertainty, of those that the region has."""
    known = dict.fromkeys([*region.sources["sector"], *region.area_sources["sector"]])
    found: dict[str, tuple[str, ...]] = {}
    for uncertainty in (u for u in spec.uncertainties if u.sectors):
        where = f"{file}: uncertainty {uncertainty.name!r}, sectors"
        matched: dict[str, None] = {}
        for pattern in uncertainty.sectors:
            ours = [s for s in known if fnmatchcase(s, pattern)]
            if not ours:
                report.append(_unmatched(where, pattern, f"sector of {region.name}", known))
            matched |= dict.fromkeys(ours)
        found[uncertainty.name] = tuple(matched)
    return found


def _unmatched(where: str, pattern: str, what: str, known: Iterable[str]) -> Problem:
    names = list(known)
    first = [n for n in names if n.partition("/")[0] == pattern.partition("/")[0]]
    return Problem(
        where,
        f"{pattern!r} matches nothing",
        f"each pattern is the {what}, with * for any text",
        suggest(pattern, first or names),
    )


def _options(
    spec: ExperimentSpec, base: Scenario, path: Path, report: Report
) -> tuple[Scenario, ...]:
    """Scenario of each combination of options; a lever changes what those before it left."""
    scenarios: list[Scenario] = []
    for places in combinations(spec):
        scenario: Scenario | None = base
        for lever, place in zip(spec.choices, places, strict=True):
            where = f"{path.name}: lever {lever.name!r}, {lever.choices[place].name!r}"
            scenario = scenario and _attempt_at(
                report, where, _with_option, scenario, lever.choices[place], path.parent
            )
        if scenario is not None:
            scenarios.append(scenario)
    for lever in spec.strengths:  # used with every member: checked once, as given
        where = f"{path.name}: lever {lever.name!r}"
        option = Option(name=lever.name, policies=lever.policies)
        _attempt_at(report, where, _with_option, base, option, path.parent)
    return tuple(scenarios)


def _with_option(scenario: Scenario, option: Option, folder: Path) -> Scenario:
    """Scenario under an option: its own changes, then its policies."""
    changed = derive_scenario(scenario, option.changes)
    acts = acts_of(option.policies, folder, "policies")
    return derive_scenario(changed, {"interventions": acts}) if acts else changed


def _attempt_at(report: Report, where: str, function: Any, *arguments: Any) -> Any:
    """Result of a function; its problems, each once, are put to the place that asked for it."""
    try:
        return function(*arguments)
    except InputError as error:
        for p in error.problems:
            problem = replace(p, where=f"{where}: {p.where}")
            if problem not in report:
                report.append(problem)
    return None


def _member_problems(experiment: Experiment, region: Region, file: str) -> list[Problem]:
    """Check the members at the corners, and that all that is uncertain has an effect."""
    n_factor, seed = len(experiment.spec.factors), experiment.base.seed
    found: dict[Problem, Problem] = {}  # each once, with the first corner that it is met at
    for combination in range(len(experiment.options)):
        for corner in _CORNERS if n_factor else _CORNERS[:1]:
            where = f"{file}: all factors at {corner:g} of their ranges" if n_factor else file
            try:
                scenario = member_scenario(experiment, combination, [corner] * n_factor, seed)
                problems = check_scenario(scenario, region)
            except ValidationError as error:
                problems = pydantic_problems(error, Scenario, lambda _: file)
            for p in problems:
                found.setdefault(p, replace(p, where=f"{where}: {p.where}"))
    report = Report(found.values())
    for uncertainty in experiment.spec.uncertainties:
        if uncertainty.compliance is not None and not _has_policies(experiment):
            report.add(
                f"{file}: uncertainty {uncertainty.name!r}",
                "no member has a policy",
                "compliance is that of the interventions of policies",
                "Remove it, or add a lever with policies.",
            )
    return report


def _has_policies(experiment: Experiment) -> bool:
    acts = (act for option in experiment.options for act in option.interventions)
    return bool(experiment.spec.strengths) or any(act.policy for act in acts)
