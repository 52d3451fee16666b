"""Methods: what the words mean, versions, and how to run it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from analysis.story.model import Chapter, Section
from analysis.story.telling import Telling


def methods(t: Telling) -> Chapter:
    """Chapter on methods."""
    q, first, last = t.facts, t.record.first, t.record.last
    parent = t.record.run.manifest["parent"]
    branched = []
    if parent:
        branched = [t.say("methods_branch", parent=_parent_name(parent), year=q.branch_year())]
    sentences = (
        t.say(
            "methods_model", version=q.version(), seed=q.seed(), first=q.year(first),
            last=q.year(last),
        ),
        *branched,
        t.say("methods_content", depth=q.depth()),
        t.say("methods_arrive"),
        t.say("methods_turn"),
        t.say("methods_cells"),
        t.say("methods_again"),
    )  # fmt: skip
    section = Section("methods-all", "", sentences)
    return Chapter("methods", t.title("methods"), (section,))


def commands(t: Telling) -> tuple[str, ...]:
    """Lines for a shell that repeat the runs and the story."""
    names = [t.name(i) for i in range(len(t.records))]
    runs = [_again(t.name(i), t.records[i].run.manifest["parent"]) for i in range(len(names))]
    again = ["metalscape", "story", *(f"runs/{n}" for n in names), "--metal", t.metal]
    if t.teller.language.name != "en":
        again += ["--language", t.teller.language.name]
    return (*runs, shlex.join(again))


def _again(name: str, parent: dict[str, Any] | None) -> str:
    """Command that makes a run again; that of a branch wants its parent to be there."""
    scenario = f"runs/{name}/scenario.toml"
    if parent:
        begin = ["metalscape", "branch", f"runs/{_parent_name(parent)}"]
        begin += ["--at", str(parent["year"]), "--scenario", scenario]
    else:
        begin = ["metalscape", "run", scenario]
    return shlex.join([*begin, "--name", name, "--overwrite"])


def _parent_name(parent: dict[str, Any]) -> str:
    return Path(parent["folder"]).name.removesuffix(".partial")
