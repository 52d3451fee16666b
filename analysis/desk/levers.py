"""What can be tried in a branch: the policy library, and levers on what a scenario says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from analysis.desk.costs import cost_words, total_words
from simulator.region import Region
from simulator.scenario import Scenario, builtin_policies, read_policy
from simulator.scenario.landuse import LandUse

#: Kinds of intervention in words; docs/policies.md says what each does.
KINDS: Final[Mapping[str, str]] = {
    "close": "sources close",
    "retrofit": "filters and other controls",
    "switch_fuel": "another fuel",
    "relocate": "sources move",
    "cap_load": "limit on what is emitted",
    "cap_activity": "limit on activity",
    "scale_input": "less or more of an input",
    "limit_content": "limit on what materials hold",
    "protect": "land kept open",
    "red_line": "best land kept open",
    "green_belt": "green belt",
    "cap_built": "limit on built land",
    "unseal": "sealed ground opened",
    "retain_runoff": "runoff led into the soil",
    "building_standard": "limit on sealing of new quarters",
    "lime": "lime",
    "phytoextract": "plants that take metal up",
    "remove_soil": "topsoil replaced",
}


@dataclass(frozen=True)
class PolicyCard:
    """A policy of the library.

    Attributes
    ----------
    name, title, description : str
        As its file says.
    acts : tuple of (str, str, str)
        Name, kind in words, and stated cost in words of each intervention; blank for no cost.
    cost : str
        What all of them cost together at full reach, in words; blank if nothing is stated.
    begin : float
        Date of the first of them, if a scenario does not move it.
    span : float
        From the first of them to the last. [yr]
    """

    name: str
    title: str
    description: str
    acts: tuple[tuple[str, str, str], ...]
    cost: str
    begin: float
    span: float


def library() -> list[PolicyCard]:
    """Policies that are installed with the program."""
    return [policy_card(name) for name in builtin_policies()]


def policy_card(name: str) -> PolicyCard:
    """Card of a built-in policy.

    Raises
    ------
    InputError
        If there is no such policy; names the nearest.
    """
    policy = read_policy(name)
    dates = [act.date for act in policy.interventions]
    return PolicyCard(
        policy.name,
        policy.title,
        " ".join(policy.description.split()),
        tuple((a.name, KINDS[a.kind], cost_words(a.cost)) for a in policy.interventions),
        total_words(act.cost for act in policy.interventions),
        min(dates),
        max(dates) - min(dates),
    )


@dataclass(frozen=True)
class Lever:
    """Something of a scenario that is set to a number, or to one of some words.

    Attributes
    ----------
    key : str
        Its name in a plan.
    title, help : str
        What it is, and what it does.
    unit : str
        Of the number; ``x`` is times what it would be.
    low, high : float
        Range of the number.
    default : float or str
        Leaves things as they are; blank for a word that depends on the run.
    options : tuple of str
        The words, for a lever that is set to one.
    of : str
        What the number is a part of, in words.
    """

    key: str
    title: str
    help: str
    unit: str = "x"
    low: float = 0.0
    high: float = 2.0
    default: float | str = 1.0
    options: tuple[str, ...] = ()
    of: str = "what it would be"


#: Words of the form in which towns grow, as ``landuse.path`` has them.
_PATHS: Final = tuple(str(p) for p in LandUse.model_fields["path"].annotation.__args__)  # type: ignore[union-attr]
PATH, GROWTH, ACTIVITY = "path", "growth", "activity"
#: Pathways of levers that scale an input.
_INPUTS: Final = ("deposition_background", "fertiliser", "manure", "pesticide", "irrigation")

LEVERS: Final[tuple[Lever, ...]] = (
    Lever(
        PATH,
        "Form of growth of towns",
        "trend as before; compact fills gaps; sprawl scatters; polycentric makes new centres; "
        "ecological builds little and spares land",
        unit="",
        default="",
        options=_PATHS,
    ),
    Lever(GROWTH, "Growth of built land", "factor on the yearly growth of the built area"),
    Lever(
        ACTIVITY,
        "Activity of all sources",
        "sources of the region work at most this part of the activity of their inventory",
        high=1.0,
        of="that of the inventory",
    ),
    Lever(
        "deposition_background",
        "Deposition from outside",
        "what the wind brings from beyond the region, by what the neighbours do",
    ),
    Lever("fertiliser", "Fertiliser", "metals that come with mineral fertiliser"),
    Lever("manure", "Manure", "metals that come with manure and organic fertiliser"),
    Lever("pesticide", "Sprays", "metals that come with pesticides, copper above all"),
    Lever("irrigation", "Irrigation water", "metals that come with irrigation water"),
)

_BY_KEY: Final = {lever.key: lever for lever in LEVERS}


def lever(key: str) -> Lever | None:
    """Lever of a name; None if there is none."""
    return _BY_KEY.get(key)


def levers_of(scenario: Scenario) -> list[Lever]:
    """Levers that a scenario has."""
    return [each for each in LEVERS if each.key != GROWTH or scenario.landuse.demand.kind == "rate"]


def as_it_is(key: str, scenario: Scenario) -> float | str:
    """Setting of a lever at which a scenario stays as it is."""
    return scenario.landuse.path if key == PATH else _BY_KEY[key].default


def change(key: str, value: float | str, scenario: Scenario, at: int) -> dict[str, Any]:
    """What a lever changes in a scenario, as a table of a scenario file.

    Parameters
    ----------
    key : str
        Of a lever.
    value : float or str
        Its setting.
    scenario : Scenario
        The scenario that is changed.
    at : int
        Year from whose beginning on it holds.
    """
    if value == as_it_is(key, scenario):
        return {}
    if key == PATH:
        return {"landuse": {"path": value}}
    factor = float(value)
    if key == GROWTH:
        return {"landuse": {"built_growth": _faster(scenario, factor, at)}}
    act: dict[str, Any] = {"date": float(at), "factor": factor}
    if key == ACTIVITY:
        act |= {"kind": "cap_activity", "sources": ["all"]}
    else:
        act |= {"kind": "scale_input", "pathway": key}
    title = _BY_KEY[key].title.lower()
    return {"interventions": [act | {"name": f"{title} x {factor:g}"}]}


def _faster(scenario: Scenario, factor: float, at: int) -> list[dict[str, float]]:
    """Rates of growth, those from a year on times a factor.

    Rates count at the beginning of years, so the path may bend in the year before.
    """
    path = scenario.landuse.built_growth or ()
    rate = scenario.landuse.growth_rate
    before = [{"year": p.year, "rate": p.rate} for p in path if p.year < at - 1]
    after = [{"year": p.year, "rate": p.rate * factor} for p in path if p.year > at]
    return [
        *before,
        {"year": at - 1, "rate": rate(at - 1)},
        {"year": at, "rate": rate(at) * factor},
        *after,
    ]


@dataclass(frozen=True)
class SourceCard:
    """A source that may be closed."""

    id: str
    name: str
    sector: str


def sources_at(region: Region, year: int) -> list[SourceCard]:
    """Listed sources of a region that work in a year or later, by sector and name."""
    cards = [
        SourceCard(str(row["id"]), str(row["name"]), str(row["sector"]))
        for table in (region.sources, region.area_sources)
        for row in table[["id", "name", "sector", "stop_year"]].to_dict("records")
        if not row["stop_year"] <= year
    ]
    return sorted(cards, key=lambda c: (c.sector, c.name, c.id))
