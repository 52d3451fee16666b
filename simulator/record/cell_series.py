"""Reading one cell of the recorded maps: of each chunk only the blocks that its numbers lie in."""

from __future__ import annotations

import itertools
import json
import math
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numcodecs import blosc, zstd
from numpy.typing import NDArray

from simulator.errors import RunError

#: What is asked for along an axis: all of it, one place, which drops the axis, or several.
Pick = int | Sequence[int]

#: Files that are read at the same time; unpacking lets other threads run.
_READERS: Final = min(8, os.cpu_count() or 1)

#: Header of Blosc 1: flags are its third byte, then item, chunk and block size. [bytes]
_HEADER: Final = struct.Struct("<BBBBIII")
#: Bytes shuffled, blocks packed whole with Zstandard: what the recorder writes but for tiny chunks.
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

    A chunk holds the whole map of a year, which xarray unpacks for a single number. Here a file is
    opened, and of its blocks (half a MiB) only those are read and unpacked that hold the cell.

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
    items: NDArray[np.int64]
    places: NDArray[np.int64]


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
    items = np.ravel_multi_index(tuple(inside), size)
    keys = [".".join(map(str, k)) for k in chunk.T.tolist()]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return shape, [
        _Part(key, items[list(group)], np.array(group))
        for key, group in ((k, list(g)) for k, g in itertools.groupby(order, keys.__getitem__))
    ]


def _fill(job: tuple[Variable, _Part, NDArray[Any], range]) -> None:
    """Read one part of a variable in all years into its places."""
    variable, part, values, years = job
    for i, year in enumerate(years):
        try:
            with (variable.folder / f"c.{year}.{part.key}").open("rb", buffering=0) as file:
                values[i, part.places] = _unpack(file, part.items, variable.dtype)
        except FileNotFoundError:
            continue


def _unpack(file: BinaryIO, items: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Items of a packed chunk, by their places in it.

    Blosc 1 stores the starts of its blocks, then each block with its length before it. In a block
    the first bytes of all items come first, then the second ones, and so on (c-blosc,
    README_CHUNK_FORMAT.rst), so the bytes of an item are picked without sorting back the rest.
    """
    head = file.read(_HEADER.size)
    _, _, flags, _, size, block, packed = _HEADER.unpack(head)
    if flags != _PLAIN:  # stored as it is, or split by bytes: small, or all the same
        whole = blosc.decompress(head + file.read())
        return np.frombuffer(whole, dtype=dtype)[items]
    starts = np.frombuffer(file.read(4 * -(-size // block)), dtype="<u4")
    ends = np.append(starts, packed)
    values = np.empty(items.size, dtype=dtype)
    width, first = dtype.itemsize, items * dtype.itemsize // block
    for k in np.unique(first):
        begin = int(starts[k])
        file.seek(begin)
        body = memoryview(file.read(int(ends[ends > begin].min()) - begin))  # no copies
        length = min(block, size - int(k) * block)
        data = body[4 : 4 + int.from_bytes(body[:4], "little")]
        raw = data if len(data) == length else zstd.decompress(data)
        here = first == k
        planes = np.frombuffer(raw, dtype=np.uint8).reshape(width, length // width)
        chosen = planes[:, items[here] - int(k) * block // width]
        values[here] = np.ascontiguousarray(chosen.T).view(dtype)[:, 0]
    return values
