"""Checkpoints: all that a run needs to go on from the beginning of a year, as plain arrays."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numcodecs import Blosc
from numpy.typing import NDArray

from simulator.errors import RunError
from simulator.record.layout import FORMAT, replace_file

_log = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]

_GROUPS: Final = ("state", "parcels", "emission", "recorder", "calibrator")

#: Larger arrays are packed, a piece for each place on their axes but the last three: much of a map
#: is sea, and a packer takes 2 GiB at once.
_LARGE: Final = 1 << 20  # byte
_PACKER: Final = Blosc(cname="zstd", clevel=1, shuffle=Blosc.SHUFFLE)


@dataclass(frozen=True)
class Checkpoint:
    """What a run was at the beginning of a year, in SI units.

    Attributes
    ----------
    year : int
        The year.
    state : mapping of str to ndarray
        Fields of :data:`simulator.fields.STATE_FIELDS`.
    parcels : mapping of str to ndarray
        As :meth:`simulator.agents.parcel_set.ParcelSet.to_arrays` gives them.
    emission : mapping of str to ndarray
        ``year [year]``, ``id [source]``, ``kg [year, source, metal]``: what they emitted so far.
    recorder : mapping of str to ndarray
        What the recorder keeps for itself.
    calibrator : mapping of str to ndarray
        As :meth:`simulator.agents.calibrator.Calibrator.to_arrays` gives them; empty for a run
        without calibration, and in checkpoints from before there was one.
    """

    year: int
    state: Arrays
    parcels: Arrays
    emission: Arrays
    recorder: Arrays
    calibrator: Arrays = field(default_factory=dict)


def checkpoint_file(folder: Path, year: int) -> Path:
    """File of the checkpoint of a year in the folder of checkpoints."""
    return folder / f"{year}.npz"


def checkpoint_years(folder: Path) -> list[int]:
    """Years of which there are checkpoints, rising."""
    return sorted(int(p.stem) for p in folder.glob("*.npz") if p.stem.isdecimal())


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; it is whole, and on the disk, once it is seen under its name."""
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(FORMAT),
        "year": np.array(checkpoint.year),
    }
    for group in _GROUPS:
        for key, array in getattr(checkpoint, group).items():
            arrays |= _pieces(f"{group}/{key}", array)
    replace_file(
        checkpoint_file(folder, checkpoint.year),
        lambda file: np.savez(file, **arrays),  # type: ignore[arg-type]
        durable=True,
    )


def _pieces(name: str, array: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Arrays by the name under which they are stored: the array, or its packed pieces.

    ``NAME:like`` has the form and type, ``NAME:0`` and so on the pieces.
    """
    if array.nbytes < _LARGE or array.ndim < 2:
        return {name: array}
    parts = _parts(np.ascontiguousarray(array))
    packed = {
        f"{name}:{i}": np.frombuffer(_PACKER.encode(part), dtype=np.uint8)
        for i, part in enumerate(parts)
    }
    form = np.array([array.dtype.str, *map(str, array.shape)])
    return {f"{name}:like": form, **packed}


def _parts(array: NDArray[Any]) -> NDArray[Any]:
    """View of an array with all of its axes but the last three in one."""
    whole = array.reshape(1, *array.shape) if array.ndim < 4 else array
    return whole.reshape(-1, *whole.shape[-3:]) if array.ndim > 2 else array


def _joined(stored: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Arrays by their own names, as they were before :func:`_pieces`."""
    arrays = {name: array for name, array in stored.items() if ":" not in name}
    for like in (name for name in stored if name.endswith(":like")):
        name = like.removesuffix(":like")
        dtype, *shape = stored[like].tolist()
        array = np.empty(tuple(map(int, shape)), dtype=dtype)
        for i, part in enumerate(_parts(array)):
            _PACKER.decode(stored[f"{name}:{i}"].tobytes(), out=part)
        arrays[name] = array
    return arrays


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    RunError
        If it is truncated or corrupt (every array carries a checksum), or of another format.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = _joined({key: stored[key] for key in stored.files})
        version, year = int(arrays.pop("format")), int(arrays.pop("year"))
    except (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise RunError(f"checkpoint {path} cannot be read: {error}") from error
    if version != FORMAT:
        raise RunError(
            f"checkpoint {path} has format {version}; this program reads format {FORMAT}"
        )
    groups: dict[str, dict[str, NDArray[Any]]] = {group: {} for group in _GROUPS}
    for name, array in arrays.items():
        group, _, key = name.partition("/")
        groups[group][key] = array
    return Checkpoint(year, **groups)


def newest_checkpoint(folder: Path, latest: int | None = None) -> Checkpoint:
    """Newest checkpoint that can be read; a broken one is passed over with a warning.

    Parameters
    ----------
    folder : Path
        Folder of checkpoints.
    latest : int, optional
        Last year that is wanted.

    Raises
    ------
    RunError
        If there is none.
    """
    for year in reversed(checkpoint_years(folder)):
        if latest is not None and year > latest:
            continue
        try:
            return read_checkpoint(checkpoint_file(folder, year))
        except RunError as error:
            _log.warning("%s; taking the one before", error)
    raise RunError(f"there is no whole checkpoint in {folder}; the run has to start again")
