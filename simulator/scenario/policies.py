"""Policies: named sets of interventions that scenarios mix in."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from simulator.errors import InputError, Problem
from simulator.files import MAX_TOML, file_inside, read_toml
from simulator.problems import pydantic_problems, suggest
from simulator.scenario.acts import POLICIES
from simulator.scenario.model import Intervention
from simulator.scenario.paths import Items, NonBlank, Share, Table


class Policy(Table):
    """A file of policy: what belongs together, and why."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        max_length=80,
        description="a name of lower-case letters, digits and hyphens",
    )
    title: NonBlank = Field(description="a title for people")
    description: str = Field(default="", description="what the policy is about")
    interventions: Items[Intervention] = Field(
        min_length=1, description="a list of tables [[interventions]]"
    )


class Use(Table):
    """How a scenario uses a policy."""

    name: NonBlank = Field(description="a built-in policy, or a .toml file beside this one")
    begin: float | None = Field(default=None, description="the date of its first intervention")
    strength: Share = Field(default=1.0, description="a factor on the strength of all [-]")
    compliance: Share = Field(default=1.0, description="a factor on the compliance of all [-]")


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class _Uses(BaseModel):
    policies: list[Annotated[Use, BeforeValidator(_named)]]


def builtin_policies() -> list[str]:
    """Names of the policies that are installed with the program."""
    return sorted(p.stem for p in _builtin_folder().glob("*.toml"))


def read_policy(name: str, folder: Path | None = None, where: str = POLICIES) -> Policy:
    """Read and check a policy.

    Parameters
    ----------
    name : str
        Of a built-in policy, or of a TOML file in ``folder`` or below.
    folder : Path, optional
        Folder of the scenario that names it; without it only built-in ones are found.
    where : str
        What names it, for errors.

    Raises
    ------
    InputError
        If there is no such policy, or it is not well-formed.
    """
    if name in builtin_policies():
        path = _builtin_folder() / f"{name}.toml"
    elif name.endswith(".toml") and folder is not None:
        path = file_inside(folder, name, where, MAX_TOML)
    else:
        raise InputError(
            Problem(
                where,
                f"there is no policy {name!r}",
                "a policy is a built-in one, or a .toml file in the same folder",
                suggest(name, builtin_policies()),
            )
        )
    try:
        return Policy.model_validate(read_toml(path, path.name))
    except ValidationError as error:
        raise InputError(pydantic_problems(error, Policy, lambda _: path.name)) from error


def acts_of(policies: Any, folder: Path | None, where: str) -> list[dict[str, Any]]:
    """Interventions of the policies that a scenario names, as tables of it.

    Parameters
    ----------
    policies : list
        Names, or tables ``{name, begin, strength, compliance}``.
    folder : Path, optional
        Folder of the scenario.
    where : str
        The scenario's file, for errors.

    Returns
    -------
    list of dict
        With ``policy`` set, dates moved to ``begin``, strength and compliance multiplied.
    """
    try:
        uses = _Uses.model_validate({POLICIES: policies}).policies
    except ValidationError as error:
        raise InputError(pydantic_problems(error, _Uses, lambda _: where)) from error
    acts: list[dict[str, Any]] = []
    for use in uses:
        acts += _acts(read_policy(use.name, folder, f"{where}: {POLICIES}"), use)
    return acts


def _acts(policy: Policy, use: Use) -> list[dict[str, Any]]:
    first = min(act.date for act in policy.interventions)
    later = 0.0 if use.begin is None else use.begin - first
    return [
        {
            **_ADAPTER.dump_python(act, exclude_unset=True),
            "policy": policy.name,
            "date": act.date + later,
            "strength": act.strength * use.strength,
            "compliance": act.compliance * use.compliance,
        }
        for act in policy.interventions
    ]


_ADAPTER: Final[TypeAdapter[Sequence[Any] | Any]] = TypeAdapter(Intervention)


def _builtin_folder() -> Path:
    return Path(str(files("scenarios"))) / "policies"
