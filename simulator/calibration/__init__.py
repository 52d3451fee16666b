"""Calibration: what the processes miss of observed soils, learned with care and booked each year.

A hindcast gives the contents that the processes alone lead to at the samples; the physical mode
adjusts uncertain parameters to the observations, and a statistical correction learns what is left,
bounded, with an interval, and only where it has samples to lean on.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {"Corrected": "correction", "Domain": "domain", "FluxCorrection": "correction"}

__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    """Load what is asked for; scikit-learn takes seconds."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
