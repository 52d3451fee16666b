"""Recording a run: maps, tables, checkpoints and manifest, year by year."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import RunError
from simulator.record import layout
from simulator.record.checkpoint import Checkpoint
from simulator.record.lock import RunLock
from simulator.record.manifest import FINISHED, UNFINISHED, read_manifest, utc_now
from simulator.record.recorder import Recorder
from simulator.record.run_folder import RunFolder
from simulator.record.writer import RunWriter

if TYPE_CHECKING:
    from simulator.model import Simulation
    from simulator.record.cell_record import CellRecord


class ZarrRecorder(Recorder):
    """Records a run in a folder; ``docs/run-folder.md`` says what is in it.

    While the run is not finished the folder is called ``NAME.partial``. Every recorded year ends
    with a checkpoint, from which :func:`simulator.record.resume` goes on.

    Parameters
    ----------
    folder : str or Path
        Folder of the finished run.
    overwrite : bool
        Take the place of a run that is there: of an unfinished one at once, of a finished one when
        this one is finished.

    Raises
    ------
    RunError
        If a run is there that may not be overwritten, or something that is no run.
    """

    def __init__(self, folder: str | Path, overwrite: bool = False) -> None:
        self.folder = Path(folder)
        self.partial = layout.partial_folder(self.folder)
        self.overwrite = overwrite
        self._writer: RunWriter | None = None
        self._finished = False
        self._refuse_to_destroy(self.folder, self.partial)

    # -- the three calls of the model --------------------------------------------------------------

    def begin(self, sim: Simulation) -> None:
        """Make the folder and record the initial state; nothing if that was done."""
        if self._writer is not None:
            return
        with layout.telling(self.partial, "cannot begin the run"):
            self._writer = self._create(sim)
            self._writer.write_calibration(sim, sim.year)
            self._writer.write_state(sim, sim.year)

    def record_year(self, sim: Simulation, year: int) -> None:
        """Record the fluxes of a year and the state at its end."""
        writer = self._open()
        with layout.telling(self.partial, f"cannot record {year}"):
            writer.write_fluxes(sim, year)
            if writer.is_recorded(year + 1):
                writer.write_state(sim, year + 1)

    def finish(self, sim: Simulation) -> None:
        """Complete the manifest and give the folder its name; nothing if that was done."""
        if self._finished:
            return
        writer = self._open()
        self._refuse_to_destroy(self.folder)
        with layout.telling(self.partial, "cannot finish the run"):
            writer.manifest |= {"status": FINISHED, "finished": utc_now()}
            writer.write_manifest(sim, sim.end)
            self.close()
            old = layout.replaced_folder(self.folder)
            if self.folder.exists():
                shutil.rmtree(old, ignore_errors=True)
                self.folder.rename(old)
            self.partial.rename(self.folder)
            shutil.rmtree(old, ignore_errors=True)
        self._finished = True

    def cell(self, row: int, col: int) -> CellRecord:
        """Everything recorded of one cell so far."""
        return RunFolder(self.folder if self._finished else self.partial).cell(row, col)

    def close(self) -> None:
        """Let others write to the folder; nothing more is recorded."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    # -- going on ----------------------------------------------------------------------------------

    @classmethod
    def resume(cls, partial: Path, sim: Simulation, checkpoint: Checkpoint) -> ZarrRecorder:
        """Recorder that goes on with an unfinished run from a checkpoint.

        What was recorded later is removed.

        Parameters
        ----------
        partial : Path
            Folder of the unfinished run.
        sim : Simulation
            A simulation of the same region, scenario and pathways.
        checkpoint : Checkpoint
            Where the run goes on.
        """
        manifest = read_manifest(partial)
        recorder = cls.__new__(cls)
        recorder.folder = layout.finished_folder(partial)
        recorder.partial = partial
        recorder.overwrite = manifest["overwrite"]
        recorder._finished = False
        manifest["status"] = UNFINISHED
        manifest["resumed"] = [*manifest["resumed"], {"time": utc_now(), "year": checkpoint.year}]
        with layout.telling(partial, "cannot go on with the run"):
            recorder._writer = RunWriter.open(partial, sim, manifest)
            recorder._writer.rewind(checkpoint)
        return recorder

    def begin_branch(self, sim: Simulation, parent: Path, checkpoint: Checkpoint, at: int) -> None:
        """Make the folder and take over what another run recorded up to a checkpoint of it.

        Parameters
        ----------
        sim : Simulation
            The simulation of the branch.
        parent : Path
            Folder of the run that is branched from.
        checkpoint : Checkpoint
            Last checkpoint of that run that is not after ``at``.
        at : int
            First year that is not that run's.
        """
        other = read_manifest(parent)
        origin = {
            "folder": str(layout.finished_folder(parent.resolve())),
            "name": other["name"],
            "scenario": other["scenario"],
            "year": at,
        }
        with layout.telling(self.partial, "cannot take over the years before the branch"):
            self._writer = self._create(sim, origin)
            self._writer.take_over(parent, checkpoint)
            if checkpoint.year == at:
                self._writer.write_checkpoint(checkpoint)
            self._writer.write_manifest(sim, checkpoint.year)

    def go_on(self, sim: Simulation) -> None:
        """Record the branch as it stands at its first year, its own calibration and all."""
        with layout.telling(self.partial, "cannot record the beginning of the branch"):
            self._open().begin_branch(sim)

    # -- helpers -----------------------------------------------------------------------------------

    def _open(self) -> RunWriter:
        if self._writer is None:
            raise RunError(
                f"{self.partial} is not open for recording: a run is recorded from its first year, "
                "by run(), until the simulation is closed"
            )
        return self._writer

    def _create(self, sim: Simulation, parent: dict[str, Any] | None = None) -> RunWriter:
        self._refuse_to_destroy(self.folder, self.partial)
        if self.partial.exists():
            RunLock(self.partial / layout.LOCK).release()  # nobody is writing to it
            shutil.rmtree(self.partial)
        return RunWriter.create(
            self.partial,
            sim,
            {
                "name": self.folder.name,
                "status": UNFINISHED,
                "created": utc_now(),
                "finished": None,
                "resumed": [],
                "parent": parent,
                "overwrite": self.overwrite,
            },
        )

    def _refuse_to_destroy(self, *paths: Path) -> None:
        """Stop before files are lost: of a run that may not be overwritten, or of anything else."""
        for path in paths:
            is_run = (path / layout.MANIFEST).is_file()
            if not is_run and path.exists() and not (path.is_dir() and not any(path.iterdir())):
                raise RunError(f"{path} is there and is no run folder. Give another name.")
            if is_run and not self.overwrite:
                unfinished = path == self.partial
                raise RunError(
                    f"{path} holds a run{' that is not finished' if unfinished else ''} already. "
                    f"Give another name, {'resume it, ' if unfinished else ''}or overwrite it "
                    "(--name, --overwrite)."
                )
