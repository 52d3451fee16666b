"""Synthetic soils: a lognormal field with a class and a secondary metal, at scattered places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.estimators.variogram import Variogram


def gaussian_field(places: np.ndarray, variogram: Variogram, seed: int) -> np.ndarray:
    """A field with the covariance of a variogram, nugget and all, mean 0."""
    rng = np.random.default_rng(seed)
    k = variogram.covariance(places, places)
    k[np.diag_indices_from(k)] += variogram.nugget + 1e-9
    return np.linalg.cholesky(k) @ rng.standard_normal(len(places))


def soil(n: int, seed: int = 0) -> pd.DataFrame:
    """Places in 4 km x 4 km, rock, a secondary metal Zn and a metal Cd that goes with both."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0.0, 4000.0, (n, 2)).round(1)
    field = gaussian_field(places, Variogram("exponential", 0.2, 0.02, 1500.0), seed + 1)
    zinc = gaussian_field(places, Variogram("exponential", 0.1, 0.05, 1500.0), seed + 2)
    rock = np.where(places[:, 0] + 500.0 * rng.standard_normal(n) < 2000.0, "lime", "sand")
    log_cd = np.log(0.5) + field + 0.6 * (rock == "lime") + 0.8 * zinc
    return pd.DataFrame(
        {
            "x": places[:, 0],
            "y": places[:, 1],
            "rock": rock,
            "Zn": (80.0 * np.exp(zinc)).round(3),
            "Cd": np.exp(log_cd).round(4),
        }
    )
