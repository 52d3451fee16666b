"""Recording runs, reading them, going on with them and branching from them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.record.branching import branch as branch
    from simulator.record.restart import resume as resume
    from simulator.record.run_folder import RunFolder as RunFolder
    from simulator.record.zarr_recorder import ZarrRecorder as ZarrRecorder

# On demand: the model imports this package, and resuming imports the model.
_PUBLIC = {
    "RunFolder": "simulator.record.run_folder",
    "ZarrRecorder": "simulator.record.zarr_recorder",
    "branch": "simulator.record.branching",
    "resume": "simulator.record.restart",
}

__all__ = ["RunFolder", "ZarrRecorder", "branch", "resume"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'simulator.record' has no attribute {name!r}")
