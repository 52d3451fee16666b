"""Branching: a new run that shares the years before a date with another."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.agents.calibrator import stored_calibration, without_calibration
from simulator.errors import InputError, Problem
from simulator.model import Simulation
from simulator.record import layout
from simulator.record.checkpoint import (
    Checkpoint,
    checkpoint_file,
    newest_checkpoint,
    read_checkpoint,
)
from simulator.record.manifest import scenario_digest
from simulator.record.recorder import NullRecorder
from simulator.record.restart import check_hindcast, check_pathways, restore, same_region
from simulator.record.run_folder import RunFolder
from simulator.record.writer import recorded_years
from simulator.record.zarr_recorder import ZarrRecorder
from simulator.region import Region, read_region
from simulator.scenario import Scenario, hindcast_of, read_scenario


def branch(
    folder: str | Path,
    at: int,
    scenario: Scenario | str | Path,
    out: str | Path,
    overwrite: bool = False,
    threads: int | None = None,
    **options: Any,
) -> Simulation:
    """Begin a run under another scenario from a year of a recorded one, ready to go on.

    The years before ``at`` are the other run's, whatever the new scenario says about them; only
    those since its last checkpoint are simulated again.

    Parameters
    ----------
    folder : str or Path
        Folder of the run that is branched from, finished or not.
    at : int
        First year under the new scenario; a recorded year of that run.
    scenario : Scenario, str or Path
        The new scenario: of the same region, start and record settings, with the same
        interventions before ``at``.
    out : str or Path
        Folder of the new run.
    overwrite : bool
        See :class:`simulator.record.ZarrRecorder`.
    threads : int, optional
        Threads for the cells; all processors by default.
    **options
        As for :func:`simulator.record.resume`.

    Raises
    ------
    InputError
        If the scenario cannot follow on the run at that year.
    RunError
        If the run holds no whole checkpoint before ``at``, or ``out`` may not be written.
    """
    run = RunFolder(folder)
    if not isinstance(scenario, Scenario):
        scenario = read_scenario(scenario)
    problems = branch_problems(run, at, scenario)
    if problems:
        raise InputError(problems)
    region = same_region(run, read_region(scenario.region))
    recorder = ZarrRecorder(out, overwrite)
    checkpoint = newest_checkpoint(run.path / layout.CHECKPOINTS, latest=at)
    calibration = stored_calibration(checkpoint.calibrator)
    earlier = copy.deepcopy(options)  # two simulations cannot share processes
    earlier |= {"calibration": calibration}
    goes_on = "calibration" not in options and _same_calibration(run, scenario, region)
    if goes_on:
        options["calibration"] = calibration
    sim = Simulation(region, scenario, recorder=recorder, threads=threads, **options)
    try:
        check_pathways(run, sim)
        parent = layout.find_folder(layout.finished_folder(run.path))  # it may be finished by now
        recorder.begin_branch(sim, parent, checkpoint, at)
        if checkpoint.year < at:
            with Simulation(region, run.scenario, threads=threads, **earlier) as past:
                check_hindcast(run, past)
                restore(past, checkpoint)
                past.recorder = recorder
                while past.year < at:
                    past.step()
                past.recorder = NullRecorder()  # ours stays open
            file = checkpoint_file(recorder.partial / layout.CHECKPOINTS, at)
            checkpoint = read_checkpoint(file)
        keeps = scenario.parameters == run.scenario.parameters
        restore(sim, _of_branch(checkpoint, sim, keeps, goes_on))
        recorder.go_on(sim)
    except BaseException:
        sim.close()
        raise
    return sim


def branch_problems(run: RunFolder, at: int, scenario: Scenario) -> list[Problem]:
    """Return why a scenario cannot follow on a run at the beginning of a year."""
    return [*_check_year(run, at, scenario), *_check_scenario(run, at, scenario)]


def _same_calibration(run: RunFolder, scenario: Scenario, region: Region) -> bool:
    """Whether a scenario asks for the calibration that a run has."""
    if scenario.calibration != run.scenario.calibration:
        return False
    recorded = (run.manifest.get("calibration") or {}).get("hindcast")
    if recorded is None or not scenario.calibration.wanted:
        return True
    return bool(recorded["digest"] == scenario_digest(hindcast_of(scenario, region)))


def _of_branch(checkpoint: Checkpoint, sim: Simulation, keeps: bool, goes_on: bool) -> Checkpoint:
    """Leave what follows from new parameters or a new calibration to these.

    Parameters
    ----------
    checkpoint : Checkpoint
        Of the run that is branched from.
    sim : Simulation
        Of the branch.
    keeps : bool
        Whether it has the parameters of that run.
    goes_on : bool
        Whether it has its calibration.
    """
    derived = {key for process in sim.processes for key in process.writes}
    state, calibrator = checkpoint.state, checkpoint.calibrator
    if not (keeps and goes_on):  # a calibration has factors on parameters
        state = {key: array for key, array in state.items() if key not in derived}
    if not goes_on:
        calibrator = without_calibration(calibrator)
    return replace(checkpoint, state=state, calibrator=calibrator)


def _check_year(run: RunFolder, at: int, scenario: Scenario) -> list[Problem]:
    manifest = run.manifest
    parent = manifest["parent"]
    first = parent["year"] if parent else manifest["start"]
    years = recorded_years(
        manifest["start"], manifest["start"] + manifest["years"], manifest["record"]["every"]
    )
    where, problems = f"branch at {at}", []
    if not first <= at <= run.recorded_until:
        origin = f" Years before {first} are those of {parent['folder']}." if parent else ""
        problems.append(
            Problem(
                where,
                f"the run {manifest['name']!r} has checkpoints of {first} to {run.recorded_until}",
                "a branch begins in a year of the run",
                f"Give a year of these.{origin}",
            )
        )
    elif at not in years:
        nearest = years[np.abs(years - at).argmin()]
        problems.append(
            Problem(
                where,
                f"the run recorded its state every {manifest['record']['every']} years only",
                "a branch begins in a recorded year",
                f"The nearest is {nearest}.",
            )
        )
    if at >= scenario.end:
        problems.append(
            Problem(
                where,
                f"scenario {scenario.name!r} runs to {scenario.end}",
                "the new scenario goes on after the branch",
                "Give it more years.",
            )
        )
    return problems


def _check_scenario(run: RunFolder, at: int, scenario: Scenario) -> list[Problem]:
    old = run.scenario
    problems = []
    if scenario.start != old.start:
        problems.append(
            Problem(
                f"scenario {scenario.name!r}: start",
                f"{scenario.start}, but the run starts in {old.start}",
                "a branch has the whole history of its run",
                f"Set start = {old.start}.",
            )
        )
    for key in ("every", "ledger", "precision"):
        mine, theirs = getattr(scenario.record, key), getattr(old.record, key)
        if mine != theirs:
            problems.append(
                Problem(
                    f"scenario {scenario.name!r}: record.{key}",
                    f"{mine!r}, but the run has {theirs!r}",
                    "a branch is recorded as its run is",
                    f"Set {key} = {theirs!r}.",
                )
            )
    if scenario.tags != old.tags:
        problems.append(
            Problem(
                f"scenario {scenario.name!r}: tags",
                "are not those of the run",
                "a branch tells its metal apart as its run does",
                "Set [tags] as in the run's scenario.toml.",
            )
        )
    before, recorded = _before(scenario.interventions, at), _before(old.interventions, at)
    for act in [a for a in before if a not in recorded] + [a for a in recorded if a not in before]:
        side = "is not in the run" if act in before else "is in the run but not in the scenario"
        problems.append(
            Problem(
                f"scenario {scenario.name!r}: interventions",
                f"{act.kind} {act.name!r} of {act.date:g} {side}",
                f"what is dated before the branch, {at}, has happened",
                "Take the interventions of the run up to there, and change later ones.",
            )
        )
    return problems


def _before(interventions: Sequence[Any], at: int) -> list[Any]:
    return [i for i in interventions if i.date < at]
