"""What lies in the folders of runs and experiments, found by name and by nothing else."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analysis.experiment import folder as experiment_layout
from analysis.experiment.folder import EXPERIMENTS, ExperimentFolder
from analysis.runs import PARTIAL, RUNS, safe_name
from simulator.errors import InputError, Problem, RunError
from simulator.problems import suggest
from simulator.record import RunFolder
from simulator.record.checkpoint import checkpoint_years
from simulator.record.layout import CHECKPOINTS, MANIFEST, finished_folder, partial_folder
from simulator.record.manifest import FINISHED, read_manifest

#: Runs that are kept open.
_OPEN: Final = 8
#: What is asked of a manifest before its run is opened.
_NEEDED: Final = (
    "name", "created", "status", "resumed", "recorded_until", "start", "years", "scenario",
    "region", "grid", "illustrative",
)  # fmt: skip


@dataclass(frozen=True)
class RunEntry:
    """A run of the shelf.

    Attributes
    ----------
    name : str
        Its name.
    title : str
        Title of its scenario.
    region, region_title : str
        Name and title of its region.
    start, until, end : int
        First year, last year at whose beginning the state is recorded, first year after the run.
    finished : bool
        Whether it came to its end.
    live : bool
        Whether it is simulated by this desk at the moment.
    illustrative : tuple of str
        Layers of the region that are not measured.
    """

    name: str
    title: str
    region: str
    region_title: str
    start: int
    until: int
    end: int
    finished: bool
    live: bool
    illustrative: tuple[str, ...]


@dataclass(frozen=True)
class ExperimentEntry:
    """An experiment of the shelf; ``done`` of its ``members`` have come to their end."""

    name: str
    title: str
    region: str
    members: int
    done: int
    finished: bool


class Shelf:
    """Runs and experiments, by their names.

    A name leads to a folder inside that of the runs, or to one that was added by its path; never
    elsewhere. May be used by several threads.

    Parameters
    ----------
    runs, experiments : Path
        Folders; they need not be there yet.
    """

    def __init__(self, runs: Path = RUNS, experiments: Path = EXPERIMENTS) -> None:
        self.runs = runs
        self.experiments = experiments
        self._added: dict[str, Path] = {}
        self._lock = threading.RLock()
        self._manifests: dict[Path, tuple[tuple[int, ...], dict[str, Any]]] = {}
        self._open: OrderedDict[str, tuple[tuple[Any, ...], RunFolder]] = OrderedDict()

    # -- runs --------------------------------------------------------------------------------------

    def add(self, path: str | Path) -> str:
        """Put a run from anywhere on the shelf, and return the name that it has there.

        Raises
        ------
        RunError
            If there is no run.
        """
        folder = finished_folder(RunFolder(path).path.resolve())
        with self._lock:
            for name, known in self._added.items():
                if known == folder:
                    return name
            if folder.parent == self.runs.resolve():
                return safe_name(folder.name)
            name = self.free_name(folder.name)
            self._added[name] = folder
        return name

    def names(self) -> list[str]:
        """Names of all runs in which something is recorded, the one last written first."""
        inside = {
            finished_folder(manifest.parent).name for manifest in self.runs.glob(f"*/{MANIFEST}")
        }
        with self._lock:
            wanted = inside | set(self._added)
        found: list[tuple[int, str]] = []
        for name in sorted(wanted):
            try:
                folder = self._where(name)
                if folder is not None and self._begun(folder):
                    found.append(((folder / MANIFEST).stat().st_mtime_ns, name))
            except (InputError, RunError, OSError):
                continue  # no name of ours, of another format, or gone meanwhile
        return [name for _, name in sorted(found, reverse=True)]

    def find(self, name: str) -> Path:
        """Folder of a run in which something is recorded.

        Raises
        ------
        InputError
            If there is no such run, or the name is that of something else.
        RunError
            If nothing is recorded in it yet.
        """
        folder = self._where(name)
        if folder is None:
            raise InputError(
                Problem(
                    f"run {name!r}",
                    "there is no such run",
                    "a run is known by the name of its folder in the folder of runs",
                    suggest(name, self.names()),
                )
            )
        if not self._begun(folder):
            raise RunError(f"nothing is recorded of the run {name!r} yet")
        return folder

    def _where(self, name: str) -> Path | None:
        with self._lock:
            added = self._added.get(name)
        if added is None:
            return _inside(self.runs, safe_name(name), MANIFEST)
        both = (added, partial_folder(added))
        return next((folder for folder in both if (folder / MANIFEST).is_file()), None)

    def _begun(self, folder: Path) -> bool:
        """Whether the first state is recorded; before that, maps may not be there."""
        finished = self.manifest(folder)["status"] == FINISHED
        return finished or bool(checkpoint_years(folder / CHECKPOINTS))

    def manifest(self, folder: Path) -> dict[str, Any]:
        """Manifest of a run folder; read again when it has changed.

        Raises
        ------
        RunError
            If it is none.
        """
        stat = (folder / MANIFEST).stat()
        key = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        with self._lock:
            known = self._manifests.get(folder)
        if known is None or known[0] != key:
            known = (key, _whole(read_manifest(folder), folder))
            with self._lock:
                self._manifests[folder] = known
        return known[1]

    def open(self, name: str) -> RunFolder:
        """Open a run; again where a year was recorded since, or it was finished.

        Raises
        ------
        InputError
            If there is no such run.
        RunError
            If it cannot be read, or nothing is recorded in it yet.
        """
        try:
            return self._opened(name)
        except (InputError, FileNotFoundError):  # it may have been finished, and moved, just now
            return self._opened(name)

    def _opened(self, name: str) -> RunFolder:
        folder = self.find(name)
        manifest = self.manifest(folder)
        state = (folder, manifest["created"], manifest["recorded_until"], manifest["status"])
        with self._lock:
            known = self._open.get(name)
            if known is None or known[0] != state:
                known = (state, RunFolder(folder))
                self._open[name] = known
            self._open.move_to_end(name)
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)
        return known[1]

    def entry(self, name: str, live: bool = False) -> RunEntry:
        """What is to be known of a run before it is opened."""
        manifest = self.manifest(self.find(name))
        region = manifest["region"]
        return RunEntry(
            name=name,
            title=manifest["scenario"]["title"],
            region=region["name"],
            region_title=region["title"],
            start=manifest["start"],
            until=manifest["recorded_until"],
            end=manifest["start"] + manifest["years"],
            finished=manifest["status"] == FINISHED,
            live=live,
            illustrative=tuple(manifest["illustrative"]),
        )

    def related(self, name: str) -> list[str]:
        """Other runs of the same region, grid and start: those that a run compares with."""
        mine = _place(self.manifest(self.find(name)))
        found = []
        for other in self.names():
            try:
                alike = _place(self.manifest(self.find(other))) == mine
            except (InputError, RunError, OSError):
                continue  # gone since it was listed
            if alike and other != name:
                found.append(other)
        return found

    def free_name(self, wanted: str, taken: Callable[[str], bool] = lambda name: False) -> str:
        """Name of a new run that nothing has yet: the wanted one, or with a number behind it.

        Parameters
        ----------
        wanted : str
            A name.
        taken : callable
            Whether a name is taken by something that is not on the disk.

        Raises
        ------
        InputError
            If it is not the name of a run.
        """
        safe_name(wanted)
        name, number = wanted, 1
        while self._exists(name) or taken(name):
            number += 1
            end = f"-{number}"
            name = wanted[: 80 - len(end)] + end
        return name

    def _exists(self, name: str) -> bool:
        with self._lock:
            added = name in self._added
        return added or any(
            os.path.lexists(self.runs / f"{name}{end}") for end in ("", PARTIAL, ".replaced")
        )

    # -- experiments -------------------------------------------------------------------------------

    def experiments_there(self) -> list[ExperimentEntry]:
        """Experiments, the one last written first."""
        design = experiment_layout.DESIGN
        found: list[tuple[int, ExperimentEntry]] = []
        names = {finished_folder(p.parent).name for p in self.experiments.glob(f"*/{design}")}
        for name in sorted(names):
            try:
                opened = self.open_experiment(name)
                when = (opened.path / experiment_layout.MANIFEST).stat().st_mtime_ns
            except (InputError, RunError, OSError):
                continue
            manifest = opened.manifest
            entry = ExperimentEntry(
                name,
                manifest["title"],
                manifest["region"]["name"],
                manifest["members"],
                len(opened.members_done),
                opened.finished,
            )
            found.append((when, entry))
        return [entry for _, entry in sorted(found, key=lambda pair: pair[0], reverse=True)]

    def open_experiment(self, name: str) -> ExperimentFolder:
        """Open an experiment by its name.

        Raises
        ------
        InputError
            If there is no such experiment, or the name is that of something else.
        RunError
            If it is of another format.
        """
        folder = _inside(self.experiments, safe_name(name), experiment_layout.DESIGN)
        if folder is None:
            raise InputError(
                Problem(
                    f"experiment {name!r}",
                    "there is no such experiment",
                    f"experiments are folders with {experiment_layout.DESIGN} in the folder of "
                    "experiments",
                    "Make one with: metalscape experiment FILE.toml",
                )
            )
        return ExperimentFolder(folder)


def _inside(parent: Path, name: str, file: str) -> Path | None:
    """Folder of a name in another one that holds a file, finished or not; None if there is none.

    Links that lead out of the folder are as good as not there.
    """
    home = parent.resolve()
    for folder in (parent / name, parent / f"{name}{PARTIAL}"):
        inside = folder.resolve().parent == home and (folder / file).resolve().parent.parent == home
        if inside and (folder / file).is_file():
            return folder
    return None


def _whole(manifest: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Manifest that has what a shelf needs: one of another program is no reason to show nothing."""
    missing = [key for key in _NEEDED if key not in manifest]
    if missing:
        raise RunError(f"{folder / MANIFEST} is not the manifest of a run: no {missing[0]} in it")
    return manifest


def _place(manifest: dict[str, Any]) -> tuple[Any, ...]:
    """What two runs share that can be compared cell by cell and year by year."""
    return manifest["region"]["digest"], manifest["start"], tuple(manifest["grid"].values())
