"""Plumes are costly and stay the same: polar fields and the kernels of cells are kept on disk.

See :mod:`simulator.cache`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

import simulator.physics.cell_kernel
import simulator.physics.dispersion
from simulator import cache
from simulator.physics.dispersion.hours import Hours
from simulator.physics.dispersion.polar import PolarField
from simulator.physics.dispersion.sources import Ground, Point, Substance, Volume

_KIND: Final = "footprints"
_KERNELS: Final = "kernels"
_PACKAGE: Final = Path(str(simulator.physics.dispersion.__file__)).parent
_KERNEL_MODULE: Final = Path(str(simulator.physics.cell_kernel.__file__))


def hours_digest(hours: Hours) -> bytes:
    """Digest of the meteorology of all hours."""
    digest = hashlib.sha256(repr((hours.base, len(hours))).encode())
    for name in sorted(f.name for f in fields(hours.met)):
        value = getattr(hours.met, name)
        digest.update(name.encode())
        digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return digest.digest()


def field_key(
    source: Point | Volume,
    substances: Sequence[Substance],
    hours: bytes,
    farthest: float,
    ground: Ground,
    weight: NDArray[np.float64] | None,
) -> str:
    """Digest of all that a polar field depends on; where the source stands is not among it.

    Parameters
    ----------
    source : Point or Volume
    substances : sequence of Substance
    hours : bytes
        Of :func:`hours_digest`.
    farthest : float
        [m]
    ground : Ground
    weight : ndarray, optional
        ``[hour]``.
    """
    shape = {f.name: getattr(source, f.name) for f in fields(source) if f.name not in ("x", "y")}
    inputs = (type(source).__name__, shape, list(substances), float(farthest), ground)
    digest = hashlib.sha256(cache.formulas(_PACKAGE) + hours + repr(inputs).encode())
    if weight is not None:
        digest.update(np.asarray(weight, dtype=np.float64).tobytes())
    return digest.hexdigest()


def load(key: str) -> PolarField | None:
    """A field from the disk, None where there is none that can be read."""
    stored = cache.load(_KIND, key)
    if stored is None or set(stored) != {"rings", "values"}:
        return None
    rings, values = stored["rings"], stored["values"]
    whole = values.ndim == 4 and values.shape[1] == rings.size and values.dtype == np.float64
    return PolarField(rings, values) if whole and np.isfinite(values).all() else None


def save(key: str, field: PolarField) -> None:
    """Keep a field, if the disk takes it."""
    cache.save(_KIND, key, rings=field.rings, values=field.values)


def kernel_key(field: str, size: float, shape: tuple[int, int]) -> str:
    """Digest of all that the kernel of a cell depends on.

    Parameters
    ----------
    field : str
        Of :func:`field_key`, of the field that the kernel follows from.
    size : float
        Side of a cell. [m]
    shape : tuple of int
        Rows and columns of the grid, which the kernel reaches across.
    """
    inputs = (field, float(size), *map(int, shape))
    return hashlib.sha256(cache.formulas(_KERNEL_MODULE) + repr(inputs).encode()).hexdigest()


def load_kernel(key: str, shape: tuple[int, int]) -> NDArray[np.float32] | None:
    """A kernel for a grid of a shape from the disk, None where there is none that can be read."""
    stored = cache.load(_KERNELS, key)
    if stored is None or set(stored) != {"kernel"}:
        return None
    kernel = stored["kernel"]
    offsets = tuple(2 * n - 1 for n in shape)
    whole = kernel.ndim == 4 and kernel.shape[2:] == offsets and kernel.dtype == np.float32
    return kernel if whole and np.isfinite(kernel).all() else None


def save_kernel(key: str, kernel: NDArray[np.float32]) -> None:
    """Keep a kernel, if the disk takes it."""
    cache.save(_KERNELS, key, kernel=kernel)
