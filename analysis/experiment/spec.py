"""What an experiment file says: frozen, checked in itself; see ``docs/experiment-format.md``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, Field

from simulator.problems import rule_broken
from simulator.scenario.paths import Items, NonBlank, Share, Table, unique
from simulator.scenario.policies import Use
from simulator.scenario.source_acts import InputPathway
from simulator.scenario.toml_text import to_toml

Metal = Literal["As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn"]

#: What all members of an experiment share, and no option may change.
SHARED_KEYS: Final = ("base", "name", "region", "start", "years", "seed", "record", "tags")


def _rising(span: tuple[float, float]) -> tuple[float, float]:
    if not span[0] < span[1]:
        raise rule_broken("a range goes from a lower to a higher number", "Give [low, high].")
    return span


#: Low and high end of a range; TOML's lists arrive as Python lists.
Span = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_rising)]
ShareSpan = Annotated[tuple[Share, Share], Field(strict=False), AfterValidator(_rising)]


class Design(Table):
    """``[design]``: which futures are simulated."""

    method: Literal["latin-hypercube", "sobol", "morris", "full"] = Field(
        default="latin-hypercube", description="latin-hypercube, sobol, morris or full"
    )
    samples: int = Field(
        default=1,
        ge=1,
        le=100_000,
        description="futures of latin-hypercube, base samples of sobol, trajectories of morris, "
        "levels of each factor of full",
    )
    seed: int = Field(default=1, ge=0, lt=2**32, description="the seed of the design")
    replicates: int = Field(
        default=1, ge=1, le=1000, description="runs of each sample with seeds of their own"
    )


class Option(Table):
    """One option of a lever."""

    name: NonBlank = Field(max_length=60, description="a name for tables and figures")
    policies: Items[Use | NonBlank] = Field(
        default=(), description="a list of policies, names or {name, begin, strength, compliance}"
    )
    changes: dict[str, Any] = Field(
        default_factory=dict, description="what differs from the scenario, as in a scenario file"
    )


class Lever(Table):
    """What can be decided: options side by side, or how strongly policies are pursued."""

    name: NonBlank = Field(max_length=60, description="a name for tables and figures")
    options: Items[Option] = Field(default=(), description="a list of options, the first the usual")
    policies: Items[Use | NonBlank] = Field(default=(), description="a list of policies")
    strength: ShareSpan | None = Field(
        default=None, description="the range of the strength of the policies, [0.0, 1.0]"
    )
    levels: Items[Share] = Field(
        default=(), description="a list of strengths side by side, the first the usual"
    )

    @property
    def sampled(self) -> bool:
        """Whether it is drawn like what is uncertain, and not crossed with all futures."""
        return self.strength is not None

    @property
    def choices(self) -> tuple[Option, ...]:
        """Options that are crossed with all futures, the reference first; none if sampled."""
        if self.options:
            return self.options
        return tuple(
            Option(name=f"{level:g}", policies=at_strength(self.policies, level))
            for level in self.levels
        )


def at_strength(policies: Sequence[Use | str], strength: float) -> tuple[Use, ...]:
    """Policies pursued with a share of the strength that they are named with."""
    uses = [Use(name=p) if isinstance(p, str) else p for p in policies]
    return tuple(u.model_copy(update={"strength": u.strength * strength}) for u in uses)


class Uncertainty(Table):
    """What nobody knows: rows of parameter tables, an input, activity, or compliance."""

    name: NonBlank = Field(max_length=60, description="a name for tables and figures")
    parameters: Items[NonBlank] = Field(
        default=(), description="a list of ids of parameters, with * for any text"
    )
    input: InputPathway | None = Field(
        default=None, description="an input that is multiplied by the factor"
    )
    sectors: Items[NonBlank] = Field(
        default=(), description="a list of sectors whose activity is multiplied, with * for any"
    )
    compliance: ShareSpan | None = Field(
        default=None, description="the range of the share that follows the policies"
    )
    range: Span | None = Field(default=None, description="the range of the factor, [low, high]")
    scale: Literal["linear", "log"] = Field(
        default="linear", description="'linear', or 'log' to draw ratios evenly"
    )

    @property
    def span(self) -> tuple[float, float] | None:
        """Range of its number; None where each parameter has its own."""
        return self.range or self.compliance


def _of_one_kind(lever: Lever) -> Lever:
    kinds = [bool(lever.options), lever.strength is not None, bool(lever.levels)]
    if sum(kinds) != 1:
        raise rule_broken(
            "a lever has options, or policies with either strength or levels",
            "Give one of options, strength and levels.",
        )
    if bool(lever.policies) == bool(lever.options):
        raise rule_broken(
            "policies of a lever go with strength or levels, those of options stand in the option",
            "Move or remove policies.",
        )
    if lever.choices and len(lever.choices) < 2:
        raise rule_broken("there is something to choose", "Give two options or levels or more.")
    unique(lever.choices, [o.name for o in lever.choices], "name", "option")
    for option in lever.options:
        shared = [key for key in SHARED_KEYS if key in option.changes]
        if shared:
            raise rule_broken(
                f"an option does not change {', '.join(SHARED_KEYS)}: members are compared year "
                "by year and cell by cell",
                f"Remove {', '.join(shared)} from {option.name!r}.",
            )
    return lever


def _about_one_thing(uncertainty: Uncertainty) -> Uncertainty:
    things = {
        "parameters": bool(uncertainty.parameters),
        "input": uncertainty.input is not None,
        "sectors": bool(uncertainty.sectors),
        "compliance": uncertainty.compliance is not None,
    }
    if sum(things.values()) != 1:
        raise rule_broken(f"it is about one of {', '.join(things)}", "Give one of these keys.")
    if things["compliance"] and uncertainty.range is not None:
        raise rule_broken("compliance is a range itself", "Remove range.")
    if (things["input"] or things["sectors"]) and uncertainty.range is None:
        raise rule_broken("an input or activity has a range of factors", "Give range.")
    span = uncertainty.span
    if span is not None and span[0] < 0.0:
        raise rule_broken("a factor is not negative", "Begin range at 0 or more.")
    if uncertainty.scale == "log" and (span is None or span[0] <= 0.0):
        raise rule_broken("ratios are drawn between numbers above 0", "Give range, or linear.")
    return uncertainty


class Outcomes(Table):
    """``[outcomes]``: what is kept of each member."""

    metals: Items[Metal] = Field(
        default=get_args(Metal), min_length=1, description="the metals of the maps"
    )
    maps: Items[int] = Field(
        default=(), description="the years at whose beginning maps are kept; by default the last"
    )
    standard: Literal["screening", "intervention", "background"] = Field(
        default="screening", description="screening, intervention or background: which limits"
    )
    ecological: Literal["added", "criteria"] = Field(
        default="added", description="added or criteria: which limits of forest and other nature"
    )


def _unique_levers(levers: tuple[Lever, ...]) -> tuple[Lever, ...]:
    return unique(levers, [lever.name for lever in levers], "name", "lever")


def _unique_uncertainties(items: tuple[Uncertainty, ...]) -> tuple[Uncertainty, ...]:
    return unique(items, [u.name for u in items], "name", "uncertainty")


class ExperimentSpec(Table):
    """An experiment: a scenario, what may be decided, what is uncertain, what is looked at."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        max_length=80,
        description="a name of lower-case letters, digits and hyphens",
    )
    title: NonBlank = Field(description="a title for people")
    description: str = Field(default="", description="what the experiment is about")
    scenario: NonBlank = Field(
        description="a built-in scenario, or a .toml file in the same folder or below"
    )
    design: Design = Field(default=Design(), description="the table [design]")
    levers: Annotated[
        Items[Annotated[Lever, AfterValidator(_of_one_kind)]], AfterValidator(_unique_levers)
    ] = Field(default=(), description="a list of tables [[levers]]")
    uncertainties: Annotated[
        Items[Annotated[Uncertainty, AfterValidator(_about_one_thing)]],
        AfterValidator(_unique_uncertainties),
    ] = Field(default=(), description="a list of tables [[uncertainties]]")
    outcomes: Outcomes = Field(default=Outcomes(), description="the table [outcomes]")

    @property
    def choices(self) -> tuple[Lever, ...]:
        """Levers whose options are crossed with all futures."""
        return tuple(lever for lever in self.levers if not lever.sampled)

    @property
    def strengths(self) -> tuple[Lever, ...]:
        """Levers whose strength is sampled."""
        return tuple(lever for lever in self.levers if lever.sampled)

    @property
    def sampled(self) -> tuple[Lever | Uncertainty, ...]:
        """All that is sampled, in the order of the design: strengths, uncertainties."""
        return (*self.strengths, *self.uncertainties)

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of all that is sampled."""
        return tuple(item.name for item in self.sampled)

    def to_toml(self) -> str:
        """Text of an experiment file that reads back the same."""
        return to_toml(self.model_dump(mode="python", exclude_none=True))
