"""Plumes are costly and stay the same: polar fields are kept on disk by what went into them.

A field is found by the digest of everything that it depends on, the program's own formulas
included, so that a stale one is never met. Files are written beside and renamed into place; a
broken one is computed again. The folder may be emptied at any time.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import simulator.physics.dispersion
from simulator.physics.dispersion.hours import Hours
from simulator.physics.dispersion.polar import PolarField
from simulator.physics.dispersion.sources import Ground, Point, Substance, Volume

#: Environment variable that names the folder.
VARIABLE = "METALSCAPE_CACHE"


#: What a damaged archive may raise.
_DAMAGED = (
    OSError, ValueError, KeyError, EOFError, IndexError, NotImplementedError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def folder() -> Path:
    """Where the fields lie: ``$METALSCAPE_CACHE``, or the user's cache folder.

    Raises
    ------
    RuntimeError
        If the user has no home and no variable names a folder.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named) / "footprints"
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    root = Path(base) if base else Path.home() / ".cache"
    return root / "metalscape" / "footprints"


@functools.cache
def _formulas() -> bytes:
    """Digest of the source code of the plume model."""
    digest = hashlib.sha256(np.__version__.encode())
    package = Path(str(simulator.physics.dispersion.__file__)).parent
    for path in sorted(package.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.digest()


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
    digest = hashlib.sha256(_formulas() + hours + repr(inputs).encode())
    if weight is not None:
        digest.update(np.asarray(weight, dtype=np.float64).tobytes())
    return digest.hexdigest()


def load(key: str) -> PolarField | None:
    """A field from the disk, None where there is none that can be read."""
    try:
        with (folder() / f"{key}.npz").open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            rings, values = stored["rings"], stored["values"]
    except _DAMAGED:
        return None
    whole = values.ndim == 4 and values.shape[1] == rings.size and values.dtype == np.float64
    return PolarField(rings, values) if whole and np.isfinite(values).all() else None


def save(key: str, field: PolarField) -> None:
    """Keep a field. A disk that cannot be written on is no reason to stop: nothing is kept then."""
    with contextlib.suppress(OSError, RuntimeError):
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place, suffix=".part", delete=False) as beside:
            try:
                np.savez(beside, rings=field.rings, values=field.values)
                beside.close()
                os.replace(beside.name, place / f"{key}.npz")
            finally:
                Path(beside.name).unlink(missing_ok=True)
