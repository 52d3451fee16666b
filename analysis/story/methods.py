"""Methods: what the words mean, versions, and how to run it again."""

from __future__ import annotations

import shlex

from analysis.story.model import Chapter, Section
from analysis.story.telling import Telling


def methods(t: Telling) -> Chapter:
    """Chapter on methods."""
    q, first, last = t.facts, t.record.first, t.record.last
    sentences = (
        t.say(
            "methods_model", version=q.version(), seed=q.seed(), first=q.year(first),
            last=q.year(last),
        ),
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
    runs = [f"metalscape run runs/{n}/scenario.toml --name {n} --overwrite" for n in names]
    again = ["metalscape", "story", *(f"runs/{n}" for n in names), "--metal", t.metal]
    if t.teller.language.name != "en":
        again += ["--language", t.teller.language.name]
    return (*runs, shlex.join(again))
