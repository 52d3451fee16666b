"""metalscape: heavy metals in the soil of a region, cell by cell, over decades.

The public face is small and loaded on demand, so that ``import simulator`` stays light::

    from simulator import Simulation, read_region, read_scenario

"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from simulator._version import __version__

if TYPE_CHECKING:
    from simulator.model import Simulation as Simulation
    from simulator.region import read_region as read_region
    from simulator.scenario import read_scenario as read_scenario

_PUBLIC = {
    "Simulation": "simulator.model",
    "read_region": "simulator.region",
    "read_scenario": "simulator.scenario",
}

__all__ = ["Simulation", "__version__", "read_region", "read_scenario"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
