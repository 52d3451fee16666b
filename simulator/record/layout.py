"""What lies where in a run folder, and how its files come to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from simulator.errors import RunError

#: Version of the format of run folders; see ``docs/run-folder.md``.
FORMAT: Final = 2

SCENARIO: Final = "scenario.toml"
MANIFEST: Final = "manifest.json"
HISTORY: Final = "history.zarr"
LEDGER: Final = "ledger.zarr"
TOTALS: Final = "totals.parquet"
TAG_TOTALS: Final = "source_totals.parquet"
PARCELS: Final = "parcels.parquet"
SOURCES: Final = "sources.csv"
EVENTS: Final = "events.csv"
POLICIES: Final = "policies.csv"
CALIBRATION: Final = "calibration"
CHECKPOINTS: Final = "checkpoint"
LOCK: Final = "lock"

_PARTIAL: Final = ".partial"
_REPLACED: Final = ".replaced"


def partial_folder(folder: Path) -> Path:
    """Folder of a run while it is not finished."""
    return folder.with_name(folder.name + _PARTIAL)


def replaced_folder(folder: Path) -> Path:
    """Where a finished run waits, for a moment, while a new one takes its place."""
    return folder.with_name(folder.name + _REPLACED)


def finished_folder(partial: Path) -> Path:
    """Folder that a run will have when it is finished."""
    return partial.with_name(partial.name.removesuffix(_PARTIAL))


def find_folder(path: Path) -> Path:
    """Folder of a run, finished or not, by either of its names.

    Raises
    ------
    RunError
        If there is none.
    """
    for folder in (path, partial_folder(path)):
        if (folder / MANIFEST).is_file():
            return folder
    raise RunError(
        f"{path} is no run folder: there is no {MANIFEST} in it, nor in {partial_folder(path)}. "
        "Give the folder that a run was recorded in."
    )


def replace_file(path: Path, write: Callable[[BinaryIO], object], durable: bool = False) -> None:
    """Write a file beside its place and move it there, so that it is whole whenever it is seen.

    Parameters
    ----------
    path : Path
        The file.
    write : callable
        Writes the content to the open file.
    durable : bool
        Wait until the content is on the disk, so that it also survives a loss of power.
    """
    if path.is_dir():
        raise RunError(f"{path} is a folder, and a file is to be written there. Name a file.")
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        write(file)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    beside.replace(path)
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere folders cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def telling(folder: Path, what: str) -> Iterator[None]:
    """Turn an error of the file system into one that says what to do."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{folder}: {what}: {error.strerror or error}. "
            "Make room or mend the permissions; a run that has begun goes on with resume."
        ) from error
