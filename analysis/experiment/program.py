"""Which program this is, and what its process takes."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

#: What the numbers of an experiment depend on.
_PARTS: Final = (
    "simulator",
    "analysis/assessment",
    *(f"analysis/experiment/{name}.py" for name in ("sampling", "member", "outcomes")),
)
_KINDS: Final = (".py", ".csv")


@cache
def program_digest() -> str:
    """SHA-256 of the source code and the tables that members follow from."""
    digest = hashlib.sha256()
    root = Path(str(files("simulator"))).parent
    for part in _PARTS:
        place = root / part
        paths = [place] if place.is_file() else [p for p in place.rglob("*") if p.suffix in _KINDS]
        for path in sorted(paths):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def peak_memory() -> int:
    """Largest memory that this process has had so far; 0 where the system does not say. [byte]."""
    try:
        import resource
    except ImportError:  # not on this platform
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
