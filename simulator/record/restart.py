"""Going on with a run that was stopped or killed."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from simulator._version import __version__
from simulator.agents.calibrator import stored_calibration
from simulator.errors import InputError, Problem, RunError
from simulator.model import Simulation
from simulator.record import layout
from simulator.record.checkpoint import Checkpoint, newest_checkpoint
from simulator.record.manifest import scenario_digest
from simulator.record.run_folder import RunFolder
from simulator.record.zarr_recorder import ZarrRecorder
from simulator.region import Region, read_region

_log = logging.getLogger(__name__)


def resume(folder: str | Path, threads: int | None = None, **options: Any) -> Simulation:
    """Rebuild a run that is not finished, ready to go on with ``run()``.

    It goes on from its newest whole checkpoint and ends with the same bits as a run that was never
    stopped.

    Parameters
    ----------
    folder : str or Path
        Folder of the run, with or without ``.partial``.
    threads : int, optional
        Threads for the cells; all processors by default.
    **options
        The processes, the calibrator and the adjustments, if the run had other than its scenario
        asks for; see :class:`simulator.model.Simulation`. The calibration is that of the run.

    Raises
    ------
    RunError
        If the run is finished, holds no whole checkpoint, is being written by another process, or
        had other pathways.
    InputError
        If its region is not there any more or is not the same.
    """
    partial = layout.partial_folder(layout.finished_folder(Path(folder)))
    run = RunFolder(partial if (partial / layout.MANIFEST).is_file() else folder)
    if run.path != partial:
        raise RunError(f"{run.path} is finished; branch from it to go on otherwise")
    if run.manifest["metalscape"] != __version__:
        _log.warning(
            "%s was begun with metalscape %s and goes on with %s: its years may differ in method",
            run.path,
            run.manifest["metalscape"],
            __version__,
        )
    region = same_region(run)
    parent = run.manifest["parent"]
    first = parent["year"] if parent else run.manifest["start"]
    checkpoint = newest_checkpoint(run.path / layout.CHECKPOINTS)
    if checkpoint.year < first:
        raise RunError(
            f"{run.path} was stopped before it reached the year of its branch, {first}; "
            "branch again"
        )
    options = {"calibration": stored_calibration(checkpoint.calibrator), **options}
    sim = Simulation(region, run.scenario, threads=threads, settle=False, **options)
    try:
        check_pathways(run, sim)
        check_hindcast(run, sim)
        sim.recorder = ZarrRecorder.resume(run.path, sim, checkpoint)
        restore(sim, checkpoint)
    except BaseException:
        sim.close()
        raise
    _log.info("%s goes on from the beginning of %d", run.path, checkpoint.year)
    return sim


def restore(sim: Simulation, checkpoint: Checkpoint) -> None:
    """Bring a new simulation to a checkpoint."""
    sim.restore(
        checkpoint.year,
        checkpoint.state,
        checkpoint.parcels,
        checkpoint.emission,
        checkpoint.calibrator,
        float(checkpoint.recorder["residual"]),
    )


def same_region(run: RunFolder, region: Region | None = None) -> Region:
    """Region of a run; by default it is read again.

    Raises
    ------
    InputError
        If it is not what the run was made with.
    """
    recorded = run.manifest["region"]
    if region is None:
        folder = Path(recorded["folder"])
        region = read_region(folder if folder.is_dir() else run.scenario.region)
    if region.digest != recorded["digest"]:
        raise InputError(
            Problem(
                f"region {region.name!r} in {region.folder}",
                f"its files are not those of the run {run.manifest['name']!r}",
                "a run goes on in the region that it began in (SHA-256 over its files)",
                "Bring the files back, or start a new run.",
            )
        )
    return region


def check_hindcast(run: RunFolder, sim: Simulation) -> None:
    """Stop where the hindcast of a calibrated run is not what it was.

    Raises
    ------
    InputError
        Naming it.
    """
    recorded = (run.manifest.get("calibration") or {}).get("hindcast")
    now = sim.calibrator.hindcast
    if recorded and now and recorded["digest"] != scenario_digest(now):
        raise InputError(
            Problem(
                f"hindcast {sim.scenario.calibration.hindcast!r}",
                f"it is not that of the run {run.manifest['name']!r}",
                "a run goes on with the hindcast that it is calibrated by (SHA-256 over all of it)",
                "Bring the scenario back, or start a new run.",
            )
        )


def check_pathways(run: RunFolder, sim: Simulation) -> None:
    """Stop where a run was recorded with other pathways than the simulation has.

    Raises
    ------
    RunError
        Naming the pathways.
    """
    recorded = [(p["name"], p["kind"], p["layered"]) for p in run.manifest["pathways"]]
    now = [(p.name, p.kind, p.layered) for p in sim.ledger.pathways]
    if recorded != now:
        differing = sorted({p[0] for p in set(recorded) ^ set(now)}) or ["their order"]
        raise RunError(
            f"{run.path} was recorded with other pathways ({', '.join(differing)}); "
            "give the processes that it had"
        )
