"""Made-up cells: their years, and what a sentence of them is made of."""

from __future__ import annotations

import numpy as np

from analysis.inspector.sentence import Reasons
from analysis.inspector.standing import Course, site_at, standing_of


def course(
    content: list[float],
    limit: float | list[float] = 0.3,
    land: str | list[str] = "paddy",
    ph: float | list[float] = 5.2,
    first: int = 2020,
    sealed: float | list[float] = 0.0,
) -> Course:
    """Made-up years of cadmium."""
    n = len(content)
    lands = [land] * n if isinstance(land, str) else land
    return Course(
        "Cd", tuple(range(first, first + n)), np.array(content, dtype=float),
        np.broadcast_to(limit, n).astype(float), tuple(lands), np.broadcast_to(ph, n).astype(float),
        np.broadcast_to(sealed, n).astype(float),
    )  # fmt: skip


def reasons(made: Course, year: int, **changes: object) -> Reasons:
    """What a sentence of a made-up cell is made of; keywords replace."""
    i = made.years.index(year)
    given_: dict[str, object] = {
        "standing": standing_of(made, year, "GB 15618-2018 screening value, paddy, pH ≤ 5.5"),
        "standard": "GB 15618-2018", "land": made.land[i], "ph": float(made.ph[i]),
        "first": made.years[0], "start": float(made.content[0]), "since": made.years[0],
        "before": float(made.content[0]), "limed": False, "came": (), "went": (), "origin": None,
        "nearest": None, "site": site_at(made, i),
    }  # fmt: skip
    return Reasons(**{**given_, **changes})  # type: ignore[arg-type]
