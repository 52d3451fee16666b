"""A plan: what a branch tries from a year on, as a scenario and in words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from analysis.desk.levers import ACTIVITY, LEVERS, PATH, change, lever, levers_of, policy_card
from simulator.errors import Problem
from simulator.problems import Report, suggest
from simulator.region import Region
from simulator.scenario import Scenario, check_scenario, derive_scenario

#: Letters of a name of a scenario.
_NAME_LENGTH: Final = 80
#: Of them, what a plan gives to it.
_SLUG_LENGTH: Final = 40


@dataclass(frozen=True)
class Choice:
    """A policy of the library, and how much of it.

    Attributes
    ----------
    policy : str
        Name.
    strength, compliance : float
        Factors on those of all of its interventions. [-]
    """

    policy: str
    strength: float = 1.0
    compliance: float = 1.0


@dataclass(frozen=True)
class Setting:
    """A lever and what it is set to."""

    lever: str
    value: float | str


@dataclass(frozen=True)
class Plan:
    """What is tried.

    Attributes
    ----------
    name : str
        Given by the user; blank to be named after what it holds.
    choices : tuple of Choice
        Policies, which all begin in the year of the branch.
    levers : tuple of Setting
        Levers.
    close : tuple of str
        Ids of sources that close.
    """

    name: str = ""
    choices: tuple[Choice, ...] = ()
    levers: tuple[Setting, ...] = ()
    close: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Short name of lower-case letters, digits and hyphens."""
        parts = [c.policy for c in self.choices]
        parts += [f"{s.value if s.lever == PATH else s.lever}" for s in self.levers]
        parts += [f"without-{source}" for source in self.close]
        words = self.name.strip() or "-".join(parts)
        slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
        if len(slug) > _SLUG_LENGTH:
            slug = slug[: _SLUG_LENGTH + 1].rpartition("-")[0] or slug[:_SLUG_LENGTH]
        return slug.strip("-") or "plan"

    def sentence(self) -> str:
        """Plain words of what will be tried."""
        parts = [_choice_words(choice) for choice in self.choices]
        parts += [_setting_words(setting) for setting in self.levers]
        if self.close:
            parts.append(f"closed: {', '.join(self.close)}")
        words = "; ".join(parts) or "nothing changes"
        return f"{words[0].upper()}{words[1:]}."

    def scenario(self, base: Scenario, at: int) -> Scenario:
        """Scenario that is another up to a year, and what is tried from then on.

        Parameters
        ----------
        base : Scenario
            Of the run that is branched from.
        at : int
            Year at whose beginning the branch leaves it.

        Raises
        ------
        InputError
            With everything that is wrong, but for what depends on the region.
        """
        report = Report(self._own_problems(base, at))
        report.raise_if_any()
        return derive_scenario(base, self._changes(base, at))

    def problems(self, base: Scenario, region: Region, at: int) -> list[Problem]:
        """Everything that is wrong with the plan for a run; an empty list if it can be tried.

        Parameters
        ----------
        base : Scenario
            Of the run that is branched from.
        region : Region
            Its region.
        at : int
            Year at whose beginning the branch leaves it.
        """
        report = Report()
        scenario = report.attempt(self.scenario, base, at)
        return report if scenario is None else check_scenario(scenario, region)

    def _changes(self, base: Scenario, at: int) -> dict[str, Any]:
        landuse: dict[str, Any] = {}
        acts: list[dict[str, Any]] = []
        for setting in self.levers:
            table = change(setting.lever, setting.value, base, at)
            landuse |= table.get("landuse", {})
            acts += table.get("interventions", [])
        if self.close:
            acts.append(
                {"kind": "close", "date": float(at), "name": "closed", "sources": self.close}
            )
        title = self.name.strip() or self.sentence().rstrip(".")
        changes: dict[str, Any] = {
            "name": _scenario_name(base.name, f"-{at}-{self.slug}"),
            "title": f"{base.title}; from {at}: {title}",
            "description": f"{self.sentence()} The rest is as in {base.name}.",
            "policies": [
                {
                    "name": choice.policy,
                    "begin": float(at),
                    "strength": float(choice.strength),
                    "compliance": float(choice.compliance),
                }
                for choice in self.choices
            ],
        }
        if landuse:
            changes["landuse"] = landuse
        if acts:  # an empty list would drop those of the base
            changes["interventions"] = acts
        return changes

    def _own_problems(self, base: Scenario, at: int) -> list[Problem]:
        report = Report()
        if not base.start <= at < base.end:
            report.add(
                f"branch at {at}",
                f"the run is from {base.start} to {base.end}",
                "a branch leaves its run in one of its years",
                f"Give a year of {base.start} to {base.end - 1}.",
            )
        _check_choices(self.choices, base, at, report)
        _check_settings(self.levers, base, report)
        for source in _twice(self.close):
            report.add(
                f"source {source!r}", "is there twice", "a source closes once", "Remove one."
            )
        return report


def _check_choices(choices: tuple[Choice, ...], base: Scenario, at: int, report: Report) -> None:
    for policy in _twice(choice.policy for choice in choices):
        report.add(
            f"policy {policy!r}",
            "is there twice",
            "a policy is used once",
            "Remove one, or set its strength.",
        )
    in_run = {act.policy for act in base.interventions if act.policy}
    for choice in choices:
        card = report.attempt(policy_card, choice.policy)
        if card is None:
            continue
        if choice.policy in in_run:
            report.add(
                f"policy {choice.policy!r}",
                f"is in {base.name} already",
                "a policy is used once, by a run or by its branch",
                "Choose another, or branch from a run without it.",
            )
        if at + card.span >= base.end:
            report.add(
                f"policy {choice.policy!r}",
                f"its last intervention would come in {at + card.span:g}",
                f"the run ends in {base.end}",
                "Branch earlier.",
            )


def _check_settings(settings: tuple[Setting, ...], base: Scenario, report: Report) -> None:
    for key in _twice(setting.lever for setting in settings):
        report.add(f"lever {key!r}", "is set twice", "a lever is set once", "Remove one.")
    known = levers_of(base)
    for setting in settings:
        where, found = f"lever {setting.lever!r}", lever(setting.lever)
        if found is None:
            valid = [each.key for each in LEVERS]
            report.add(
                where, "there is no such lever", "a plan sets levers", suggest(setting.lever, valid)
            )
        elif found not in known:
            report.add(
                where,
                f"{base.name} has no such lever",
                f"its demand for land is of the kind {base.landuse.demand.kind!r}",
                "Take the form of growth, or another lever.",
            )
        elif found.options and setting.value not in found.options:
            report.add(
                where,
                f"{setting.value!r}",
                f"it is one of {', '.join(found.options)}",
                suggest(str(setting.value), found.options),
            )
        elif not found.options and not _within(setting.value, found.low, found.high):
            report.add(
                where,
                f"{setting.value!r}",
                f"it is a number from {found.low:g} to {found.high:g}",
                "Move it into its range.",
            )


def _within(value: float | str, low: float, high: float) -> bool:
    return isinstance(value, int | float) and low <= value <= high


def _twice(keys: Any) -> list[str]:
    return sorted(key for key, count in Counter(keys).items() if count > 1)


def _scenario_name(base: str, end: str) -> str:
    return base[: _NAME_LENGTH - len(end)].rstrip("-") + end


def _choice_words(choice: Choice) -> str:
    words = policy_card(choice.policy).title.lower()
    if choice.strength != 1.0:
        words += f" at {100 * choice.strength:.3g} % of its strength"
    if choice.compliance != 1.0:
        words += f", followed by {100 * choice.compliance:.3g} % of those who would"
    return words


def _setting_words(setting: Setting) -> str:
    found = lever(setting.lever)
    if found is None:
        return f"{setting.lever}: {setting.value}"
    title = found.title.lower()
    if isinstance(setting.value, str):
        return f"{title}: {setting.value}"
    if found.default == setting.value:
        return f"{title} as it is"
    most = "at most " if found.key == ACTIVITY else ""
    return f"{title} {most}{100 * setting.value:.3g} % of {found.of}"
