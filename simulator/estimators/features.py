"""What mappers see of a table: coordinates, classes as columns of 0 and 1, numbers on one scale."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from simulator.estimators.power import likeliest_powers, yeo_johnson

Matrix = NDArray[np.float64]

PLACE: Final = ("x", "y")


def places(X: pd.DataFrame) -> Matrix:
    """Coordinates ``[row, 2]``. [m]"""
    return X.loc[:, list(PLACE)].to_numpy(dtype=np.float64)


def class_columns(X: pd.DataFrame) -> list[str]:
    """Covariates that are classes: text, categories and truth values."""
    return [c for c in _covariates(X) if not _is_number(X[c])]


def number_columns(X: pd.DataFrame) -> list[str]:
    """Covariates that are numbers."""
    return [c for c in _covariates(X) if _is_number(X[c])]


class Features(TransformerMixin, BaseEstimator):
    """Covariates as a matrix: classes as 0 and 1, then numbers made normal and standardised.

    Numbers go through the transform of Yeo & Johnson (doi:10.1093/biomet/87.4.954); a missing one
    becomes the median, one beyond the samples their extreme. A class that was not there in fitting,
    or is missing, is 0 in every column.

    Parameters
    ----------
    clip : bool
        Whether numbers beyond the samples become their extreme. Models want that; who asks how far
        a row lies from the samples does not.

    Attributes
    ----------
    classes_ : dict of str to list of str
        Classes by column.
    numbers_ : list of str
        Columns of numbers.
    n_classes_ : int
        Columns of 0 and 1; they come first.
    """

    def __init__(self, clip: bool = True) -> None:
        self.clip = clip

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn classes and scales."""
        self.classes_ = {c: sorted(X[c].dropna().astype(str).unique()) for c in class_columns(X)}
        self.n_classes_ = sum(len(v) for v in self.classes_.values())
        numbers = number_columns(X)
        self.numbers_ = [c for c in numbers if X[c].std() > 0.0]
        values = X[self.numbers_].to_numpy(float)
        self.medians_ = np.nanmedian(values, axis=0) if self.numbers_ else np.empty(0)
        self.bounds_ = (np.nanmin(values, axis=0), np.nanmax(values, axis=0))
        filled = self._filled(values)
        self.powers_ = likeliest_powers(filled)
        normal = yeo_johnson(filled, self.powers_)
        self.means_ = normal.mean(axis=0)
        spread = normal.std(axis=0)
        self.stds_ = np.where(spread > 0.0, spread, 1.0)
        return self

    def transform(self, X: pd.DataFrame) -> Matrix:
        """Matrix ``[row, feature]``."""
        columns = [
            (X[c].astype(str) == name).to_numpy(float)
            for c, names in self.classes_.items()
            for name in names
        ]
        values = self._filled(X[self.numbers_].to_numpy(float))
        if self.clip:
            values = np.clip(values, *self.bounds_)
        normal = (yeo_johnson(values, self.powers_) - self.means_) / self.stds_
        return np.column_stack([*columns, normal]) if columns else normal

    def _filled(self, values: Matrix) -> Matrix:
        return np.where(np.isnan(values), self.medians_, values)


def _covariates(X: pd.DataFrame) -> list[str]:
    return [c for c in X.columns if c not in PLACE]


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
