"""Dispersion and deposition of stack emissions: weather in, footprints on a grid out.

``summarise_weather`` turns hourly weather into a ``Climate``; ``compute_footprints`` turns stacks,
emission modes and a climate into deposition and concentration per unit emission.
"""

from simulator.physics.dispersion.footprint import (
    SOLUBLE_GAS_SCAVENGING,
    Footprint,
    Footprints,
    Mode,
    Stack,
    compute_footprints,
)
from simulator.physics.dispersion.meteorology import Climate, summarise_weather

__all__ = [
    "SOLUBLE_GAS_SCAVENGING",
    "Climate",
    "Footprint",
    "Footprints",
    "Mode",
    "Stack",
    "compute_footprints",
    "summarise_weather",
]
