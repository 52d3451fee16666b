"""Reading one cell of the recorded maps: of each chunk only the blocks that its numbers lie in."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numcodecs import blosc, zstd
from numpy.typing import NDArray

from simulator.errors import RunError

#: What is asked for along an axis: all of it, one place, which drops the axis, or several.
Pick = int | Sequence[int]

#: Files that are read at the same time; unpacking lets other threads run.
_READERS: Final = min(8, os.cpu_count() or 1)

#: Header of Blosc 1: flags are its third byte, the sizes of the chunk and of a block follow.
_HEADER: Final = struct.Struct("<BBBBIII")
_SIZE: Final = struct.Struct("<I")
#: Flags of bytes shuffled and blocks packed whole with Zstandard, as the recorder packs.
_PLAIN: Final = 0x1 | 0x10 | 4 << 5


@dataclass(frozen=True)
class Variable:
    """A recorded variable with the axes ``year, ..., y, x``, as its ``zarr.json`` describes it."""

    folder: Path
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]


def read_cell(
    folder: Path,
    names: Iterable[str],
    years: slice,
    row: int,
    col: int,
    picks: Mapping[str, Pick] | None = None,
) -> dict[str, NDArray[Any]]:
    """Read variables of a Zarr group of the recorder in one cell.

    A chunk holds the whole map of a year, which xarray unpacks for a single number. Here only those
    of its blocks (half a MiB) are unpacked that hold the cell.

    Parameters
    ----------
    folder : Path
        The group: ``history.zarr`` or ``ledger.zarr`` of a run.
    names : iterable of str
        Variables.
    years : slice
        Places on the axis ``year``.
    row, col : int
        The cell.
    picks : mapping of str to int or sequence of int, optional
        Places on further axes, by name; an axis that a variable does not have is passed over.

    Returns
    -------
    dict of str to ndarray ``[year, ...]``
        In the units and the precision of the file; NaN where no chunk was written.
    """
    found: dict[str, NDArray[Any]] = {}
    jobs: list[tuple[Variable, _Part, NDArray[Any], range]] = []
    for name in names:
        variable = describe(folder / name)
        wanted = range(variable.shape[0])[years]
        shape, parts = _parts(variable, row, col, picks or {})
        values = np.full((len(wanted), math.prod(shape)), np.nan, dtype=variable.dtype)
        found[name] = values.reshape(len(wanted), *shape)
        jobs += [(variable, part, values, wanted) for part in parts]
    with ThreadPoolExecutor(_READERS, thread_name_prefix="cell") as pool:
        list(pool.map(_fill, jobs))
    return found


@dataclass(frozen=True)
class _Part:
    """What a chunk of every year gives: the end of its name, items in it, and places of these."""

    key: str
    items: list[int]
    places: list[int]


def describe(folder: Path) -> Variable:
    """Read what a variable is.

    Raises
    ------
    RunError
        If it is not there.
    """
    try:
        meta = json.loads((folder / "zarr.json").read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{folder} is not there any more. Open the run again.") from error
    return Variable(
        folder,
        tuple(meta["dimension_names"]),
        tuple(meta["shape"]),
        tuple(meta["chunk_grid"]["configuration"]["chunk_shape"]),
        np.dtype(meta["data_type"]).newbyteorder("<"),
    )


def _parts(
    variable: Variable, row: int, col: int, picks: Mapping[str, Pick]
) -> tuple[tuple[int, ...], list[_Part]]:
    """Shape of a year's values in a cell, and the chunks that they lie in."""
    size = variable.chunks[1:]
    asked = {**picks, "y": row, "x": col}
    axes = zip(variable.dims[1:], variable.shape[1:], strict=True)
    chosen = [np.asarray(asked.get(name, range(length))) for name, length in axes]
    shape = tuple(places.size for places in chosen if places.ndim)
    places = np.meshgrid(*map(np.atleast_1d, chosen), indexing="ij")
    at = np.stack([p.ravel() for p in places])
    chunk, inside = np.divmod(at, np.array(size)[:, None])
    items = np.ravel_multi_index(tuple(inside), size).tolist()
    parts: dict[str, _Part] = {}
    for place, (where, item) in enumerate(zip(chunk.T.tolist(), items, strict=True)):
        key = ".".join(map(str, where))
        part = parts.setdefault(key, _Part(key, [], []))
        part.items.append(item)
        part.places.append(place)
    return shape, list(parts.values())


def _fill(job: tuple[Variable, _Part, NDArray[Any], range]) -> None:
    """Read one part of a variable in all years into its places."""
    variable, part, values, years = job
    for i, year in enumerate(years):
        try:
            with open(f"{variable.folder}/c.{year}.{part.key}", "rb", buffering=0) as file:
                packed = file.read()
        except FileNotFoundError:
            continue
        values[i, part.places] = _unpack(packed, part.items, variable.dtype)


def _unpack(packed: bytes, items: Sequence[int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Items of a packed chunk, by their places in it.

    Blosc 1 stores the starts of its blocks, then each block with its length before it. In a block
    the first bytes of all items come first, then the second ones, and so on (c-blosc,
    README_CHUNK_FORMAT.rst), so the bytes of an item are picked without sorting back the rest.
    """
    _, _, flags, _, size, block, _ = _HEADER.unpack_from(packed)
    if flags != _PLAIN:  # stored as it is: tiny, or of bits that do not shrink
        return np.frombuffer(blosc.decompress(packed), dtype=dtype)[items]
    blocks: dict[int, bytes] = {}
    picked = []
    for item in items:
        k, at = divmod(item * dtype.itemsize, block)
        if k not in blocks:
            blocks[k] = _unpack_block(packed, k, min(block, size - k * block))
        step = len(blocks[k]) // dtype.itemsize
        picked.append(blocks[k][at // dtype.itemsize :: step])
    return np.frombuffer(b"".join(picked), dtype=dtype)


def _unpack_block(packed: bytes, k: int, length: int) -> bytes:
    """Shuffled bytes of a block."""
    (begin,) = _SIZE.unpack_from(packed, _HEADER.size + _SIZE.size * k)
    (stored,) = _SIZE.unpack_from(packed, begin)
    data = memoryview(packed)[begin + _SIZE.size :][:stored]
    return bytes(data) if stored == length else zstd.decompress(data)
