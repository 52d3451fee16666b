"""Estimators of values at places from samples, with an honest standard error at every place.

They follow scikit-learn: ``fit(X, y)``, ``predict(X, return_std=False)``, learned attributes end in
``_``. ``X`` is a DataFrame with columns ``x`` and ``y`` [m] and covariates. Soil maps are made with
them, and the calibrator learns with them what the processes miss.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "Mean": "plain",
    "ClassMean": "plain",
    "InverseDistance": "plain",
    "OrdinaryKriging": "kriged",
    "UniversalKriging": "kriged",
    "RegressionKriging": "kriged",
    "Ridge": "learned",
    "Forest": "learned",
    "Boosting": "learned",
    "GaussianProcess": "learned",
    "Stack": "auto",
    "make_mapper": "methods",
}

__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    """Load what is asked for; scikit-learn takes seconds."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
