"""Simulating a future: its members share the years in which their options do not differ."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from numpy.typing import NDArray

from analysis.experiment.outcomes import Maps, OutcomeRecorder, Rows
from analysis.experiment.program import peak_memory, program_digest
from analysis.experiment.spec import Outcomes
from simulator.agents.calibrator import stored_calibration
from simulator.agents.emitter import history_arrays
from simulator.errors import RunError
from simulator.fields import STATE_FIELDS
from simulator.model import Simulation
from simulator.region import Region, read_region
from simulator.scenario import Scenario


@dataclass(frozen=True)
class FutureTask:
    """All that a worker needs to simulate members of one future.

    Attributes
    ----------
    future : int
        Its number.
    reference : Scenario
        Scenario under the first combination of options; others share years with it.
    members : tuple of (int, Scenario)
        Members that are wanted.
    outcomes : Outcomes
        What is kept of them.
    map_years : tuple of int
        Years at whose beginning maps are kept.
    program, region : str
        Digests of the program and the region that the experiment is made with.
    """

    future: int
    reference: Scenario
    members: tuple[tuple[int, Scenario], ...]
    outcomes: Outcomes
    map_years: tuple[int, ...]
    program: str
    region: str


@dataclass(frozen=True)
class MemberResult:
    """What is kept of a member."""

    member: int
    rows: Rows
    maps: Maps


@dataclass(frozen=True)
class Failure:
    """Why a member did not come to its end: the error, and the place in the program."""

    member: int
    error: str
    cause: str


@dataclass(frozen=True)
class FutureResult:
    """What a worker sends back; :attr:`peak_memory` [byte] is that of its process so far."""

    future: int
    done: tuple[MemberResult, ...]
    failed: tuple[Failure, ...]
    seconds: float
    peak_memory: int


@dataclass(frozen=True)
class _Past:
    """A simulation at the beginning of a year, as plain arrays, and what was collected of it."""

    year: int
    state: Mapping[str, NDArray[Any]]
    parcels: Mapping[str, NDArray[Any]]
    emission: Mapping[str, NDArray[Any]]
    calibrator: Mapping[str, NDArray[Any]]
    residual: float
    recorder: OutcomeRecorder

    @classmethod
    def of(cls, sim: Simulation, recorder: OutcomeRecorder) -> _Past:
        return cls(
            sim.year,
            {key: getattr(sim.state, key).copy() for key in STATE_FIELDS},
            sim.parcels.to_arrays(),
            history_arrays(sim.emitters),
            {key: array.copy() for key, array in sim.calibrator.to_arrays().items()},
            sim.ledger.residual,
            recorder.fork(),
        )

    def restore(self, sim: Simulation) -> None:
        """Bring a new simulation there."""
        sim.restore(
            self.year, self.state, self.parcels, self.emission, self.calibrator, self.residual
        )


def parting_year(one: Scenario, other: Scenario) -> int:
    """First year in which two scenarios may differ; their end if they do not.

    Interventions act from their dates on; whatever else differs counts from the start.
    """
    mine, theirs = one.interventions, other.interventions
    in_both = [act for act in mine if act in theirs]
    if _without_acts(one) != _without_acts(other) or in_both != [a for a in theirs if a in mine]:
        return one.start
    apart = [a.date for a in mine if a not in theirs] + [a.date for a in theirs if a not in mine]
    return max(one.start, math.floor(min(apart))) if apart else one.end


def _without_acts(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(exclude={"interventions", "name", "title", "description", "record"})


def run_future(task: FutureTask) -> FutureResult:
    """Simulate members of one future; what goes wrong with one does not stop the others.

    The years that a member shares with the reference are simulated once, and every member ends
    with the bits that it would have alone.
    """
    began = time.perf_counter()
    done: list[MemberResult] = []
    failed: list[Failure] = []
    try:
        region = _region(task)
        pasts = _Pasts(task, region)
    except Exception as error:
        failed = [_failure(member, error) for member, _ in task.members]
    else:
        for member, scenario in task.members:
            try:
                recorder = _simulate(task, region, scenario, pasts)
                done.append(MemberResult(member, recorder.rows(), recorder.maps()))
            except Exception as error:
                failed.append(_failure(member, error))
    seconds = time.perf_counter() - began
    return FutureResult(task.future, tuple(done), tuple(failed), seconds, peak_memory())


class _Pasts:
    """The reference, simulated once, at the years in which members part from it."""

    def __init__(self, task: FutureTask, region: Region) -> None:
        start = task.reference.start
        stops = {parting_year(task.reference, s) for _, s in task.members} - {start}
        self._found: dict[int, _Past] = {}
        self._error: Exception | None = None
        if not stops:
            return
        recorder = OutcomeRecorder(region, task.outcomes, task.map_years)
        try:
            with Simulation(region, task.reference, recorder=recorder, threads=1) as sim:
                for stop in sorted(stops):
                    sim.run(until=stop)
                    self._found[stop] = _Past.of(sim, recorder)
        except Exception as error:
            self._error = error

    def at(self, year: int) -> _Past:
        """Return the reference at a year; raises what kept it from getting there."""
        if year not in self._found and self._error is not None:
            raise self._error
        return self._found[year]


def _simulate(
    task: FutureTask, region: Region, scenario: Scenario, pasts: _Pasts
) -> OutcomeRecorder:
    """Simulate one member, from where it parts from the reference."""
    parting = parting_year(task.reference, scenario)
    if parting == scenario.start:
        recorder = OutcomeRecorder(region, task.outcomes, task.map_years)
        with Simulation(region, scenario, recorder=recorder, threads=1) as sim:
            sim.run()
        return recorder
    past = pasts.at(parting)
    recorder = past.recorder.fork()
    if parting < scenario.end:
        calibration = stored_calibration(past.calibrator)
        with Simulation(
            region, scenario, recorder=recorder, threads=1, settle=False, calibration=calibration
        ) as sim:
            past.restore(sim)
            sim.run()
    return recorder


def _region(task: FutureTask) -> Region:
    if program_digest() != task.program:
        raise RunError(
            "the worker runs another version of the program than the experiment: install the same "
            "one on both"
        )
    region = _read(task.reference.region)
    if region.digest != task.region:
        raise RunError(
            f"the region {region.name!r} of the worker is not that of the experiment: copy its "
            "files to the worker, at the same path"
        )
    return region


@lru_cache(maxsize=1)
def _read(region: str) -> Region:
    """Region of the experiment, read once a worker."""
    return read_region(region)


def _failure(member: int, error: BaseException) -> Failure:
    frames = traceback.extract_tb(error.__traceback__)
    cause = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return Failure(member, f"{type(error).__name__}: {error}", cause)


def lost(task: FutureTask, error: BaseException) -> FutureResult:
    """What is told of a future whose worker did not come back."""
    failures: Sequence[Failure] = [_failure(member, error) for member, _ in task.members]
    return FutureResult(task.future, (), tuple(failures), math.nan, 0)
