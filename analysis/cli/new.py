"""Commands for files of one's own: ``new``, ``policies``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.console import console, print_json, say
from analysis.cli.describe import plain_table
from simulator.errors import InputError, Problem


class What(StrEnum):
    """What a template is for."""

    SCENARIO = "scenario"
    POLICY = "policy"
    EXPERIMENT = "experiment"


#: What to do next with each.
_NEXT = {
    What.SCENARIO: "metalscape check {0}\n  metalscape run {0}",
    What.POLICY: 'name it in a scenario beside it: policies = ["{0}"]',
    What.EXPERIMENT: "metalscape experiment {0}",
}


def new(
    what: Annotated[What, typer.Argument(help="scenario, policy or experiment.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="File to write.")],
) -> None:
    """Write a commented template of a scenario, a policy or an experiment to begin with."""
    from importlib.resources import files

    if file.suffix != ".toml" or file.exists():
        raise InputError(
            Problem(
                str(file),
                "is there already" if file.exists() else "does not end in .toml",
                "a template becomes a new .toml file",
                "Give another name.",
            )
        )
    text = (files("scenarios") / "templates" / f"{what}.toml").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    say(f"wrote {file}; edit it, then:", "green")
    say("  " + _NEXT[what].format(file))


def policies(
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
) -> None:
    """List the built-in policies that scenarios may name."""
    from simulator.scenario import builtin_policies, read_policy

    read = [read_policy(name) for name in builtin_policies()]
    if json:
        print_json([policy.model_dump(mode="json") for policy in read])
        return
    table = plain_table("policy", "what it does", "interventions", "from")
    for policy in read:
        begin = min(act.date for act in policy.interventions)
        table.add_row(
            policy.name,
            " ".join(policy.description.split()),
            "\n".join(act.name for act in policy.interventions),
            f"{begin:g}",
        )
    console().print(table)
