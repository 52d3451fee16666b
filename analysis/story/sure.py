"""How sure: what is recalled, illustrative, calibrated and left out; ranges of an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from analysis.assessment.assess import Rules
from analysis.experiment.folder import LEVER, ExperimentFolder
from analysis.experiment.results import independent_samples
from analysis.story.facts import Fact, Words
from analysis.story.model import Chapter, Section, Sentence
from analysis.story.telling import Telling
from simulator.errors import InputError, Problem

#: Codes of ``status`` in the maps of a calibration.
_TRUSTS: Final = {"trusted": 1, "corrected": 2, "extrapolated": 3}
#: Ends of the range that nine of ten members lie in. [-]
_RANGE: Final = (0.05, 0.5, 0.95)
#: What the story's contents are held against: see :class:`analysis.story.record.Record`.
_RULES: Final = Rules()


def sure(t: Telling, experiment: Path | None) -> Chapter:
    """Chapter on how far to trust the run."""
    sentences = [*_values(t), *_layers(t), *_calibration(t)]
    sentences.append(t.say("sure_balance", residual=t.facts.residual()))
    sentences += [t.say("sure_first"), t.say("sure_out")]
    sentences += [t.say("sure_single")] if experiment is None else _experiment(t, experiment)
    return Chapter("sure", t.title("sure"), (Section("sure-all", "", tuple(sentences)),))


def _values(t: Telling) -> list[Sentence]:
    q = t.facts
    told = [t.say("sure_values", used=q.parameters("used"), recalled=q.parameters("recalled"))]
    for name, key in (("overridden", "sure_overridden"), ("warnings", "sure_warned")):
        count = q.parameters(name)
        if count.amount > 0:
            told.append(t.say(key, count=count))
    return told


def _layers(t: Telling) -> list[Sentence]:
    illustrative = t.facts.layers("illustrative")
    if illustrative.amount == 0:
        return []
    return [t.say("sure_layers", illustrative=illustrative, all=t.facts.layers("all"))]


def _calibration(t: Telling) -> list[Sentence]:
    maps = t.record.run.calibration
    if maps is None:
        return [t.say("sure_uncalibrated")]
    status = maps["status"].isel(year=0).sel(metal=t.metal).values
    soil = max(int((status > 0).sum()), 1)
    shares = {
        name: t.facts.trust(code, 100.0 * float((status == code).sum()) / soil, t.metal)
        for name, code in _TRUSTS.items()
    }
    return [t.say("sure_calibrated", metal=t.metal_word, **shares)]


def _experiment(t: Telling, path: Path) -> list[Sentence]:
    """Range of the land over the limit at the end, under the reference option of every lever.

    Over the independent draws of the design, as in the findings of the experiment.
    """
    folder = ExperimentFolder(path)
    _check(t, folder)
    last = t.record.last
    table = folder.outcomes
    chosen = table[
        (table["metal"] == t.metal) & (table["outcome"] == "overload_ha") & (table["year"] == last)
    ]
    design = folder.design.set_index("member")
    method = folder.spec.design.method
    drawn = independent_samples(method, design["sample"].to_numpy(), len(folder.factors))
    options = {name: choices[0] for name, choices in folder.levers.items()}
    members = [
        m
        for m in chosen["member"].tolist()
        if design.loc[m, "sample"] in drawn
        and all(design.loc[m, LEVER + name] == option for name, option in options.items())
    ]
    if not members:
        raise InputError(
            Problem(
                f"experiment {folder.path.name!r}",
                f"has no outcome overload_ha of {t.metal} in {last}",
                "its members hold the metal and the last year of the run that is told",
                "Choose an experiment of the same scenario, or tell the story without.",
            )
        )
    values = chosen.set_index("member").loc[members, "value"].to_numpy()
    name = folder.path.name.removesuffix(".partial")
    low, median, high = (
        _quantile(t, name, share, float(v))
        for share, v in zip(_RANGE, np.quantile(values, _RANGE), strict=True)
    )
    words: Words = {"experiment": name, "metal": t.metal_word, "year": t.facts.year(last)}
    facts: Words = {"low": low, "median": median, "high": high}
    count = t.facts.fact("members", "count", len(members), experiment=name)
    if options:
        option = t.teller.language.listed(list(options.values()))
        return [t.say("sure_experiment", option=option, members=count, **words, **facts)]
    return [t.say("sure_experiment_plain", members=count, **words, **facts)]


def _check(t: Telling, folder: ExperimentFolder) -> None:
    """Refuse an experiment of another region, scenario or limit than the run that is told."""
    run, made, kept = t.record.run.manifest, folder.manifest, folder.spec.outcomes
    apart = {
        "region": (made["region"]["digest"], run["region"]["digest"]),
        "scenario": (made["scenario"]["name"], run["scenario"]["name"]),
        "limits": ((kept.standard, kept.ecological), (_RULES.standard, _RULES.ecological)),
    }
    differing = [what for what, (its, ours) in apart.items() if its != ours]
    if differing:
        raise InputError(
            Problem(
                f"experiment {folder.path.name!r}",
                f"is of {made['scenario']['name']} in {made['region']['name']} under "
                f"{kept.standard} values; not the same as in the story: {', '.join(differing)}",
                "an experiment of the story has the region, the scenario and the limits of the run "
                "that is told",
                "Choose an experiment of the same scenario, or tell the story without.",
            )
        )


def _quantile(t: Telling, experiment: str, share: float, value: float) -> Fact:
    return t.facts.fact(
        "members_over", "ha", value, experiment=experiment, metal=t.metal, year=t.record.last,
        quantile=f"{share:g}",
    )  # fmt: skip
