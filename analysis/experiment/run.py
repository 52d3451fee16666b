"""Running an experiment: futures on many processes, their results on the disk as they come."""

from __future__ import annotations

import itertools
import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from analysis.experiment.design import combinations, design_table, sample_count
from analysis.experiment.folder import POSITION, ExperimentFolder, done_members, partial_of
from analysis.experiment.member import FutureResult, FutureTask, lost, run_future
from analysis.experiment.program import program_digest
from analysis.experiment.sampling import Experiment, member_scenario
from analysis.experiment.writer import ExperimentWriter, is_complete, map_years
from simulator.record.manifest import utc_now
from simulator.region import Region

if TYPE_CHECKING:
    from distributed import Client

#: Futures that each worker has before it, so that none waits for the next.
_AHEAD: Final = 2
_LOCAL: Final = "127.0.0.1"
#: Settings of Dask: none of the pages that its schedulers and workers would serve.
_NO_PAGES: Final[dict[str, list[str]]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}

#: Called with the members done or failed so far in this session.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Session:
    """What a call of :func:`run_experiment` did.

    Attributes
    ----------
    folder : ExperimentFolder
        The experiment as it is now.
    done, failed : int
        Members that this session finished, and that it could not.
    seconds : float
        Wall time. [s]
    peak_memory : int
        Largest memory of a worker. [byte]
    other_program : bool
        Whether members of an earlier session were made with another version of the program.
    """

    folder: ExperimentFolder
    done: int
    failed: int
    seconds: float
    peak_memory: int
    other_program: bool


def pending_members(experiment: Experiment, target: Path, overwrite: bool = False) -> int:
    """Members that :func:`run_experiment` would simulate."""
    spec = experiment.spec
    total = sample_count(spec) * spec.design.replicates * len(experiment.options)
    if overwrite:
        return total
    if is_complete(target, experiment):
        return 0
    return total - len(done_members(partial_of(target)))


def run_experiment(
    experiment: Experiment,
    region: Region,
    target: Path,
    *,
    workers: int = 1,
    cluster: str | None = None,
    overwrite: bool = False,
    progress: Progress = lambda count: None,
) -> Session:
    """Simulate all members of an experiment that are not there yet.

    Parameters
    ----------
    experiment : Experiment
        As :func:`analysis.experiment.read.read_experiment` gives it.
    region : Region
        Its region.
    target : Path
        Folder to write to; ``NAME.partial`` until all members are done.
    workers : int
        Processes on this machine; with one the members are simulated in this process.
    cluster : str, optional
        Address of a Dask scheduler, whose workers are used instead.
    overwrite : bool
        See :class:`analysis.experiment.writer.ExperimentWriter`.
    progress : callable
        Told of members as they come.

    Raises
    ------
    RunError
        If the folder may not be written.
    """
    began = time.perf_counter()
    if is_complete(target, experiment) and not overwrite:
        folder = ExperimentFolder(target)
        return Session(folder, 0, 0, 0.0, 0, _of_other_program(folder))
    design = design_table(experiment.spec, experiment.base.seed)
    writer = ExperimentWriter(target, experiment, region, design, overwrite)
    tasks = future_tasks(experiment, design, set(writer.done))
    started, done, failed, peak = utc_now(), 0, 0, 0
    try:
        with _results(tasks, workers, cluster) as results:
            for result in results:
                peak = max(peak, result.peak_memory)
                for member in result.done:
                    writer.add(member)
                    done += 1
                    progress(done + failed)
                for failure in result.failed:
                    writer.fail(failure)
                    failed += 1
                    progress(done + failed)
    finally:
        seconds = time.perf_counter() - began
        writer.note(
            {
                "started": started,
                "ended": utc_now(),
                "seconds": round(seconds, 1),
                "done": done,
                "failed": failed,
                "workers": cluster or workers,
                "peak_memory_mb": round(peak / 1e6),
                "program": program_digest(),
            }
        )
        writer.close()
    if len(writer.done) == len(design):
        writer.finish()
    folder = ExperimentFolder(target)
    return Session(folder, done, failed, seconds, peak, _of_other_program(folder))


def _of_other_program(folder: ExperimentFolder) -> bool:
    """Whether members were made with another version of the program than this one.

    A session that was killed left no note; the manifest says what the first one ran.
    """
    sessions = [s["program"] for s in folder.manifest["sessions"] if s["done"]]
    return {folder.manifest["program"], *sessions} != {program_digest()}


def future_tasks(
    experiment: Experiment, design: pd.DataFrame, done: set[int]
) -> Iterator[FutureTask]:
    """Futures of which members are not done, in their order."""
    positions = design[[c for c in design.columns if c.startswith(POSITION)]].to_numpy()
    n_option, years = len(combinations(experiment.spec)), map_years(experiment)
    for future in range(len(design) // n_option):
        members = range(future * n_option, (future + 1) * n_option)
        if done.issuperset(members):
            continue
        place = positions[members.start].tolist()
        seed = int(design["seed"].iloc[members.start])
        scenarios = [member_scenario(experiment, k, place, seed) for k in range(n_option)]
        wanted = tuple((m, s) for m, s in zip(members, scenarios, strict=True) if m not in done)
        yield FutureTask(
            future, scenarios[0], wanted, experiment.spec.outcomes, years, program_digest(),
            experiment.region_digest,
        )  # fmt: skip


@contextmanager
def _results(
    tasks: Iterator[FutureTask], workers: int, cluster: str | None
) -> Iterator[Iterable[FutureResult]]:
    """Results of tasks as they come, from this process, processes of its own, or a cluster."""
    if workers == 1 and cluster is None:
        yield map(run_future, tasks)
        return
    with _client(workers, cluster) as client:
        yield _gather(client, tasks)


@contextmanager
def _client(workers: int, cluster: str | None) -> Iterator[Client]:
    """Client of a cluster, or of processes of ours that listen to this machine only."""
    import dask
    from distributed import Client, LocalCluster

    with _quiet("distributed"), dask.config.set(_NO_PAGES):
        if cluster is not None:
            with Client(cluster, set_as_default=False) as client:
                yield client
            return
        with (
            tempfile.TemporaryDirectory(prefix="metalscape-") as scratch,
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host=_LOCAL,
                scheduler_kwargs={"dashboard": False, "dashboard_address": f"{_LOCAL}:0"},
                memory_limit=0,  # none but the system's: no worker is restarted for what it holds
                silence_logs=logging.CRITICAL,
                local_directory=scratch,
            ) as local,
            Client(local, set_as_default=False) as client,
        ):
            yield client


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library from logging; what fails is told by its error."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _gather(client: Client, tasks: Iterator[FutureTask]) -> Iterator[FutureResult]:
    """Keep the workers busy with few futures ahead, and give results as they come.

    A future whose worker dies goes to another one; one that kills several is given up.
    """
    from distributed import as_completed

    sent: dict[object, FutureTask] = {}
    pool = as_completed(loop=client.loop)

    def top_up() -> None:
        wanted = _AHEAD * max(1, sum(client.nthreads().values())) - len(sent)
        for task in itertools.islice(tasks, max(0, wanted)):
            future = client.submit(run_future, task, pure=False)
            sent[future.key] = task
            pool.add(future)

    top_up()
    for future in pool:
        task = sent.pop(future.key)
        try:
            result: FutureResult = future.result()
        except Exception as error:  # of the cluster; what members raise is in the result
            result = lost(task, error)
        future.release()
        yield result
        top_up()
