"""Reading one cell of the recorded maps: of each chunk only the blocks that its numbers lie in.

A click reads one cell, and the next click one beside it. Where a chunk holds a small map, its whole
planes (the map of one metal, layer or class) are kept for that.
"""

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
from simulator.memory import Memory

#: What is asked for along an axis: all of it, one place, which drops the axis, or several.
Pick = int | Sequence[int]

#: Files that are read at the same time; unpacking lets other threads run.
_READERS: Final = min(8, os.cpu_count() or 1)

#: Largest plane that is kept: of more cells than this few clicks hit the same. [byte]
_SMALL: Final = 128 * 1024
#: Planes that were read: 256 MiB, of 9000 cells those of one metal in 50 years and with 18 tags.
_PLANES: Final = Memory(256 * 1024**2)

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
    """What a chunk of every year gives.

    Attributes
    ----------
    key : str
        End of its name.
    items, places : list of int
        Items in it, and where they belong in the values of a year.
    plane : int
        Cells of its map; the items lie at the same place of theirs.
    """

    key: str
    plane: int
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
        part = parts.setdefault(key, _Part(key, size[-2] * size[-1], [], []))
        part.items.append(item)
        part.places.append(place)
    return shape, list(parts.values())


def _fill(job: tuple[Variable, _Part, NDArray[Any], range]) -> None:
    """Read one part of a variable in all years into its places."""
    variable, part, values, years = job
    for i, year in enumerate(years):
        try:
            values[i, part.places] = _read(
                f"{variable.folder}/c.{year}.{part.key}", part, variable.dtype
            )
        except FileNotFoundError:
            continue


def _read(path: str, part: _Part, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Items of a chunk."""
    if part.plane * dtype.itemsize > _SMALL:
        return _items(_packed(path), part.items, dtype)
    first, at = divmod(np.array(part.items), part.plane)
    file = os.stat(path)
    key = path, file.st_mtime_ns, file.st_size, first.tobytes()
    planes = _PLANES.of(key, lambda: _planes(_packed(path), first.tolist(), part.plane, dtype))
    return planes[:, :, at[0]].copy().view(dtype)[:, 0]


def _packed(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()


def _items(packed: bytes, items: Sequence[int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Items of a packed chunk, by their places in it."""
    chunk = _Chunk.of(packed)
    if chunk is None:
        return np.frombuffer(blosc.decompress(packed), dtype=dtype)[items]
    size = dtype.itemsize
    return np.frombuffer(b"".join(chunk.shuffled(item, 1, size) for item in items), dtype=dtype)


def _planes(
    packed: bytes, planes: Sequence[int], cells: int, dtype: np.dtype[Any]
) -> NDArray[np.uint8]:
    """Planes of a packed chunk, ``[plane, byte, cell]``: first bytes of all items first."""
    chunk, size = _Chunk.of(packed), dtype.itemsize
    shape = len(planes), size, cells
    if chunk is None:
        whole = np.frombuffer(blosc.decompress(packed), dtype=np.uint8).reshape(-1, cells, size)
        return np.ascontiguousarray(whole[planes].swapaxes(1, 2))
    found = b"".join(chunk.shuffled(k * cells, cells, size) for k in planes)
    return np.frombuffer(found, dtype=np.uint8).reshape(shape)


class _Chunk:
    """Packed chunk whose blocks are unpacked one by one.

    Blosc 1 stores the starts of its blocks, then each block with its length before it. In a block
    the first bytes of all items come first, then the second ones, and so on (c-blosc,
    README_CHUNK_FORMAT.rst), so the bytes of an item are picked without sorting back the rest.
    """

    def __init__(self, packed: bytes, size: int, block: int) -> None:
        self.packed, self.size, self.block = packed, size, block
        self._blocks: dict[int, bytes] = {}

    @classmethod
    def of(cls, packed: bytes) -> _Chunk | None:
        """None for one that is stored as it is: tiny, or of bits that do not shrink."""
        _, _, flags, _, size, block, _ = _HEADER.unpack_from(packed)
        return cls(packed, size, block) if flags == _PLAIN else None

    def shuffled(self, first: int, count: int, size: int) -> bytes:
        """Items from one on: their first bytes, then their second ones, and so on."""
        pieces = []
        while count:
            k, at = divmod(first * size, self.block)
            block, at = self._block(k), at // size
            step = len(block) // size
            here = min(count, step - at)
            pieces.append([block[b * step + at : b * step + at + here] for b in range(size)])
            first, count = first + here, count - here
        return b"".join(piece[b] for b in range(size) for piece in pieces)

    def _block(self, k: int) -> bytes:
        if k not in self._blocks:
            length = min(self.block, self.size - k * self.block)
            self._blocks[k] = _unpack_block(self.packed, k, length)
        return self._blocks[k]


def _unpack_block(packed: bytes, k: int, length: int) -> bytes:
    """Shuffled bytes of a block."""
    (begin,) = _SIZE.unpack_from(packed, _HEADER.size + _SIZE.size * k)
    (stored,) = _SIZE.unpack_from(packed, begin)
    data = memoryview(packed)[begin + _SIZE.size :][:stored]
    return bytes(data) if stored == length else zstd.decompress(data)
