"""Plain, aligned tables on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype


def number(value: float) -> str:
    """Three digits; whole numbers above a thousand, a dash for none."""
    if np.isnan(value):
        return "-"
    return f"{value:.0f}" if 1000.0 <= abs(value) < 1e7 else f"{value:.3g}"


def verdict(holds: bool | np.bool_) -> str:
    """Whether something is so."""
    return "yes" if holds else "NO"


def print_table(title: str, table: pd.DataFrame, notes: Sequence[str] = ()) -> None:
    """Print a table under its title, and what there is to say of it."""
    plain = table if is_numeric_dtype(table.index) else table.rename_axis("").reset_index()
    text = plain.to_string(
        index=False, float_format=number, na_rep="-", formatters=_left_aligned(plain)
    )
    print(title, *(line.rstrip() for line in text.splitlines()), *notes, "", sep="\n")


def _left_aligned(table: pd.DataFrame) -> dict[str, Callable[[object], str]]:
    """Formatters that fill words up on the right."""
    words = [c for c in table.columns if not is_numeric_dtype(table[c])]
    return {c: _filled(max([len(c), *table[c].astype(str).str.len()])) for c in words}


def _filled(width: int) -> Callable[[object], str]:
    return lambda word: str(word).ljust(width)
