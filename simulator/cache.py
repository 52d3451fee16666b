"""Results that are costly and stay the same are kept on disk by what went into them.

A result is found by the digest of everything that it depends on, the program's own formulas
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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Environment variable that names the folder.
VARIABLE = "METALSCAPE_CACHE"

#: What a damaged archive may raise.
_DAMAGED = (
    OSError, ValueError, KeyError, EOFError, IndexError, NotImplementedError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def folder(kind: str) -> Path:
    """Where results of a kind lie: in ``$METALSCAPE_CACHE``, or in the user's cache folder.

    Raises
    ------
    RuntimeError
        If the user has no home and no variable names a folder.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named) / kind
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    root = Path(base) if base else Path.home() / ".cache"
    return root / "metalscape" / kind


@functools.cache
def formulas(*sources: Path) -> bytes:
    """Digest of source code, of files and of packages with all their modules."""
    digest = hashlib.sha256(np.__version__.encode())
    for source in sources:
        for path in sorted(source.glob("*.py")) if source.is_dir() else (source,):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.digest()


def load(kind: str, key: str) -> dict[str, NDArray[Any]] | None:
    """Arrays of a result, None where there is none that can be read."""
    try:
        with (folder(kind) / f"{key}.npz").open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            return {name: stored[name] for name in stored.files}
    except _DAMAGED:
        return None


def save(kind: str, key: str, **arrays: NDArray[Any]) -> None:
    """Keep a result; a disk that cannot be written on is no reason to stop."""
    with contextlib.suppress(OSError, RuntimeError):
        place = folder(kind)
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place, suffix=".part", delete=False) as beside:
            try:
                np.savez(beside, **arrays)  # type: ignore[arg-type]
                beside.close()
                os.replace(beside.name, place / f"{key}.npz")
            finally:
                Path(beside.name).unlink(missing_ok=True)
