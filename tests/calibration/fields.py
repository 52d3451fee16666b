"""Synthetic soils around a source, with processes that miss a known part of what is observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Soils:
    """Samples: features, content observed and of the processes, and the planted ln ratio."""

    X: pd.DataFrame
    observed: np.ndarray
    process: np.ndarray
    planted: np.ndarray

    def __getitem__(self, rows: slice) -> Soils:
        return Soils(
            self.X[rows].reset_index(drop=True), self.observed[rows], self.process[rows],
            self.planted[rows],
        )  # fmt: skip


def soils(n: int, seed: int = 0, strength: float = 1.0, noise: float = 0.2) -> Soils:
    """Places in 20 km x 20 km around a smelter; what is planted goes with land, pH and place."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0.0, 20_000.0, (n, 2))
    distance = np.hypot(*(at - [8_000.0, 12_000.0]).T)
    deposition = 1e-4 * np.exp(-distance / 3_000.0)
    land = np.where(at[:, 0] + rng.normal(0.0, 3_000.0, n) > 12_000.0, "farm", "town")
    ph = rng.normal(6.0, 1.0, n)
    process = 2e-5 + 0.5 * deposition
    planted = strength * (0.5 * (land == "farm") + 0.3 * np.sin(at[:, 1] / 3e3) - 0.2 * (ph - 6.0))
    X = pd.DataFrame(
        {
            "x": at[:, 0],
            "y": at[:, 1],
            "ln_process": np.log(process),
            "ln_source_deposition": np.log(deposition + 1e-9),
            "ln_source_distance": np.log(distance),
            "flux": 1e-9 * rng.lognormal(0.0, 1.0, n),
            "land": land,
            "ph": ph,
            "constant": 1.0,
        }
    )
    return Soils(X, process * np.exp(planted + rng.normal(0.0, noise, n)), process, planted)
