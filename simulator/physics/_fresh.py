"""No machine code of yesterday's formulas.

numba keeps compiled kernels beside their file and looks at that one file only: when a function
changes that kernels of other modules call, they would go on with its old machine code. So the
source files of the package are stamped, and if any differs from when the kernels were compiled, all
of them are compiled anew. Kernels that numba keeps in another folder (``NUMBA_CACHE_DIR``, or a
package that cannot be written on) are out of reach: empty that folder after an update.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

_STAMP = "kernels.stamp"


def discard_stale_kernels(package: Path) -> None:
    """Remove the compiled kernels of a package if any of its source files has changed since.

    Parameters
    ----------
    package : Path
        Folder of the package. Where it cannot be written on (numba then keeps its kernels
        elsewhere) nothing happens.
    """
    sources = sorted(package.rglob("*.py"))
    digest = hashlib.sha256()
    for path in sources:
        state = path.stat()
        digest.update(f"{path.relative_to(package)} {state.st_mtime_ns} {state.st_size}\n".encode())
    stamp = package / "__pycache__" / _STAMP
    with contextlib.suppress(OSError):
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        for pattern in ("*.nbi", "*.nbc"):
            for path in package.rglob(pattern):
                path.unlink(missing_ok=True)
        stamp.parent.mkdir(exist_ok=True)
        beside = stamp.with_suffix(f".{os.getpid()}")
        beside.write_text(digest.hexdigest())
        beside.replace(stamp)
