"""What a map says of a cell: value, unit, limit, or why there is none."""

from __future__ import annotations

import pytest

from analysis.layers import Atlas, View, describe
from simulator.errors import InputError
from tests.analysis.assessment.hand_run import BUILT, RISING, SLOW

NO_SOIL = (3, 4)


@pytest.mark.parametrize(
    ("layer", "year", "cell", "words"),
    [
        ("content", 2030, RISING, "0.410 mg/kg Cd, limit 0.30"),
        ("content", 2030, BUILT, "0.350 mg/kg Cd, limit 20"),
        ("content", 2030, NO_SOIL, "no soil here"),
        ("change", 2030, RISING, "+0.200 mg/kg Cd, since 2020"),
        ("overload", 2030, RISING, "overloaded (Cd)"),
        ("land_class", 2030, BUILT, "urban"),
        ("land_class", 2020, BUILT, "dryland"),
        ("sealed_share", 2020, BUILT, "0 %"),
        ("built_share", 2030, BUILT, "100 %"),
        ("ph", 2020, BUILT, "pH 6.00"),
        ("content_over_limit", 2030, RISING, "Cd 1.37 times its limit"),
        ("exceedance_year", 2020, RISING, "Cd at or above the limit in 2025"),
        ("exceedance_year", 2020, SLOW, "Cd below the limit up to 2030"),
        ("warning", 2020, RISING, "within 10 years (Cd)"),
        ("remaining_capacity", 2020, RISING, "0.216 kg/ha Cd"),  # 2400 t of 0.3 - 0.21 g/t
        ("relative_capacity", 2025, SLOW, "0.800 of the capacity for Cd left"),  # 0.20/0.25
        ("relative_capacity", 2030, RISING, "1.22 times the capacity for Cd beyond the limit"),
        ("limit", 2020, RISING, "0.300 mg/kg Cd"),
        ("limit", 2020, NO_SOIL, "no soil here"),
    ],
)
def test_a_cell_in_words(paper: Atlas, layer: str, year: int, cell: tuple, words: str) -> None:
    assert describe(paper, View(layer, "Cd", 0, year), *cell) == words


def test_fluxes_shares_and_water(everything: Atlas) -> None:
    row, col = (int(k) for k in everything.record.soil.nonzero()[0:2] and (0, 0))
    flux = describe(everything, View("flux:manure", "Zn", 0, 2025), row, col)
    assert flux.endswith("g/ha/yr Zn, 2024")
    share = describe(everything, View("source_share:initial", "Zn", 0, 2025), row, col)
    assert share.endswith("% of Zn")
    wet = everything.water(2025)
    if wet.any():
        at = tuple(int(k[0]) for k in wet.nonzero())
        assert describe(everything, View("content", "Zn", 0, 2025), *at) == "water"


def test_cells_outside_are_refused(paper: Atlas) -> None:
    with pytest.raises(InputError, match="outside the grid"):
        describe(paper, View("content", "Cd", 0, 2020), 4, 0)
