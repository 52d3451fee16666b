"""Reading scenarios: a file, the files it derives from, and everything that can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from simulator.errors import InputError, Problem
from simulator.files import MAX_TOML, check_file, file_inside, read_toml
from simulator.problems import Location, Report, pydantic_problems, suggest
from simulator.region import Region, builtin_regions, read_region
from simulator.scenario.acts import POLICIES
from simulator.scenario.check import hindcast_problems, own_problems, region_problems
from simulator.scenario.model import Scenario
from simulator.scenario.policies import acts_of

DEFAULT_SCENARIO: Final = "wuhan-baseline"

#: What names a scenario and is not passed on to those that derive from it.
_OWN_KEYS = ("name", "title", "description")
_MAX_BASES = 16


@dataclass(frozen=True)
class _Document:
    """One file of the chain from a scenario to its last base."""

    file: str
    table: Mapping[str, Any]
    acts: list[dict[str, Any]] = field(default_factory=list)  #: interventions of its policies


def builtin_scenarios() -> list[str]:
    """Names of the scenarios that are installed with the program."""
    return sorted(p.stem for p in _builtin_folder().glob("*.toml"))


def scenario_file(scenario: str | Path) -> Path:
    """File of a scenario.

    Parameters
    ----------
    scenario : str or Path
        Name of a built-in scenario, or path of a TOML file.

    Raises
    ------
    InputError
        If there is no such scenario.
    """
    names = builtin_scenarios()
    if isinstance(scenario, str) and scenario in names:
        return _builtin_folder() / f"{scenario}.toml"
    path = Path(scenario)
    if not path.exists():
        raise InputError(
            Problem(
                f"scenario {str(scenario)!r}",
                "there is no such file or built-in scenario",
                "a scenario is the name of a built-in scenario or a TOML file",
                suggest(str(scenario), names),
            )
        )
    check_file(path, f"scenario {str(scenario)!r}", MAX_TOML)
    return path


def read_scenario(scenario: str | Path) -> Scenario:
    """Read a scenario with all it derives from, and check all that needs no region.

    Parameters
    ----------
    scenario : str or Path
        Name of a built-in scenario, or path of a file in the format of
        ``docs/scenario-format.md``.

    Returns
    -------
    Scenario
        Complete in itself; a region and a hindcast given as paths are absolute.

    Raises
    ------
    InputError
        With every problem found.
    """
    chain = _chain(scenario_file(scenario).resolve())
    merged: dict[str, Any] = {}
    for document in reversed(chain):
        inherited = {k: v for k, v in merged.items() if k not in _OWN_KEYS}
        merged = _derived(inherited, document)
    return _checked(merged, lambda place: _file_of(chain, place))


def derive_scenario(base: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Scenario that differs from another as a file with ``base`` and these changes would.

    Parameters
    ----------
    base : Scenario
        A scenario that has been read.
    changes : mapping
        A table as read from TOML: what differs, ``policies`` by their built-in names among it.
        ``name``, ``title`` and ``description`` stay unless they are given.

    Raises
    ------
    InputError
        With every problem found.
    """
    table = dict(changes)
    acts = acts_of(table.pop(POLICIES, []), None, base.name)
    inherited = base.model_dump(mode="python", exclude_none=True)
    merged = _derived(inherited, _Document(base.name, table, acts))
    return _checked(merged, lambda _: base.name)


def _derived(inherited: Mapping[str, Any], document: _Document) -> dict[str, Any]:
    merged = _merge(inherited, document.table)
    return merged | _interventions(inherited, document, merged)


def _checked(merged: Mapping[str, Any], file_of: Callable[[Location], str]) -> Scenario:
    try:
        read = Scenario.model_validate(merged)
    except ValidationError as error:
        raise InputError(pydantic_problems(error, Scenario, file_of)) from error
    problems = own_problems(read, file_of)
    if problems:
        raise InputError(problems)
    return read


def check_scenario(scenario: Scenario | str | Path, region: Region | None = None) -> list[Problem]:
    """Everything that is wrong with a scenario; an empty list for a good one.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or the name or path of one.
    region : Region, optional
        Region to check it against; by default the one that the scenario names is read.
    """
    report = Report()
    if not isinstance(scenario, Scenario):
        read = report.attempt(read_scenario, scenario)
        if read is None:
            return report
        scenario = read
    else:
        report.extend(own_problems(scenario, lambda _: scenario.name))
    if region is None:
        region = report.attempt(read_region, scenario.region)
    if region is not None:
        report.extend(region_problems(scenario, region))
        if scenario.calibration.wanted:
            report.attempt(hindcast_of, scenario, region)
    return report


def hindcast_of(scenario: Scenario, region: Region) -> Scenario:
    """Scenario whose run the samples of a region are compared with.

    Parameters
    ----------
    scenario : Scenario
        Asks for a calibration.
    region : Region
        Its region.

    Raises
    ------
    InputError
        If there is no such scenario, if it cannot serve, or is not good itself.
    """
    try:
        hindcast = read_scenario(scenario.calibration.hindcast)
    except InputError as error:
        where = f"scenario {scenario.name}: calibration.hindcast"
        raise InputError(
            [Problem(f"{where}, {p.where}", p.what, p.rule, p.fix) for p in error.problems]
        ) from error
    problems = hindcast_problems(scenario, hindcast, region)
    if not problems:
        problems = region_problems(hindcast, region)
    if problems:
        raise InputError(problems)
    return hindcast


def _builtin_folder() -> Path:
    return Path(str(files("scenarios")))


def _chain(path: Path) -> list[_Document]:
    """Documents from a scenario to its last base, each with its paths made absolute."""
    chain: list[_Document] = []
    seen: list[Path] = []
    while True:
        if path in seen or len(seen) >= _MAX_BASES:
            names = " -> ".join(p.name for p in [*seen, path])
            raise InputError(
                Problem(
                    f"{seen[0].name}: base",
                    f"{names} leads in a circle" if path in seen else f"{names} is a long way",
                    f"bases end at a scenario without one, after at most {_MAX_BASES} files",
                    "Remove base from the scenario that the others derive from.",
                )
            )
        seen.append(path)
        table = read_toml(path, path.name)
        base = table.pop("base", None)
        if isinstance(table.get("region"), str):
            table["region"] = _region(table["region"], path.parent)
        calibration = table.get("calibration")
        if isinstance(calibration, dict) and isinstance(calibration.get("hindcast"), str):
            calibration["hindcast"] = _hindcast(calibration["hindcast"], path.parent)
        acts = acts_of(table.pop(POLICIES, []), path.parent, path.name)
        chain.append(_Document(path.name, table, acts))
        if base is None:
            return chain
        path = _base_file(base, path)


def _base_file(base: object, path: Path) -> Path:
    where = f"{path.name}: base"
    if isinstance(base, str) and base in builtin_scenarios():
        return _builtin_folder() / f"{base}.toml"
    if isinstance(base, str) and base.endswith(".toml"):
        return file_inside(path.parent, base, where, MAX_TOML)
    raise InputError(
        Problem(
            where,
            f"found {base!r}",
            "base is the name of a built-in scenario, or a .toml file in the same folder",
            suggest(str(base), builtin_scenarios()),
        )
    )


def _region(region: str, folder: Path) -> str:
    """Absolute path for a region that is a folder; names of built-in regions stay names."""
    if region in builtin_regions():
        return region
    path = folder / region
    is_path = "/" in region or "\\" in region or region.startswith(".") or path.is_dir()
    return str(path.resolve()) if is_path else region


def _hindcast(scenario: str, folder: Path) -> str:
    """Absolute path for a scenario that is a file; names of built-in scenarios stay names."""
    if scenario in builtin_scenarios() or not scenario.endswith(".toml"):
        return scenario
    return str((folder / scenario).resolve())


def _merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Merge tables key by key; replace anything else, lists and tables of another kind too."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if _alike(old, value) else value  # type: ignore[arg-type]
    return merged


def _alike(old: Any, new: Any) -> bool:
    """Whether both are tables, and of one kind if they have kinds."""
    both = isinstance(old, dict) and isinstance(new, dict)
    return both and new.get("kind", old.get("kind")) == old.get("kind")


def _interventions(
    base: Mapping[str, Any], document: _Document, merged: Mapping[str, Any]
) -> dict[str, Any]:
    """Interventions add to those of the base that lie in the run; an empty list drops them."""
    old, new = base.get("interventions", []), document.table.get("interventions")
    if not isinstance(old, list | tuple) or not isinstance(new, list | tuple | None):
        return {}
    kept = [] if new == [] else [act for act in old if _in_run(act, merged)]
    return {"interventions": [*kept, *document.acts, *(new or [])]}


def _in_run(intervention: Any, scenario: Mapping[str, Any]) -> bool:
    """Whether an intervention is dated within a scenario; what is not well-formed counts as so."""
    start, years = scenario.get("start"), scenario.get("years")
    date = intervention.get("date") if isinstance(intervention, dict) else None
    if not all(isinstance(v, int | float) for v in (start, years, date)):
        return True
    return bool(start <= date < start + years)  # type: ignore[operator]


def _file_of(chain: list[_Document], place: Location) -> str:
    """Name of the file that a place of the merged document comes from."""
    if place and place[0] in _OWN_KEYS:
        return chain[0].file
    best, most = chain[0].file, 0
    for document in chain:
        table: Any = document.table
        for depth, part in enumerate(place):
            if not isinstance(table, dict):
                return document.file  # a list or a value, which replaces that of the bases
            if part not in table:
                break
            table = table[part]
            if depth >= most:
                best, most = document.file, depth + 1
        else:
            return document.file
    return best
