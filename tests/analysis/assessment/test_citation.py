"""Every limit has a rule in words, and the row that it names holds the value of the limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.assessment.assess import ControlLayer
from analysis.assessment.citation import citation, screening_row
from simulator.constants import LAND_CLASSES, METALS

SOIL = ControlLayer(
    np.full((1, 1), 2.6e6), np.full((1, 1), 0.02), np.full((1, 1), 0.2),
    np.full((len(METALS), 1, 1), 10.0),
)  # fmt: skip


def limits(land: str, ph: float) -> np.ndarray:
    """Limit of every metal, by the assessment."""
    code = np.full((1, 1), LAND_CLASSES.index(land), dtype=np.int8)
    return SOIL.limits(code, np.full((1, 1), ph))[:, 0, 0]


@given(
    st.sampled_from(LAND_CLASSES), st.one_of(st.floats(3.0, 10.0), st.sampled_from([5.5, 6.5, 7.5]))
)
def test_the_row_of_a_rule_holds_the_limit(land: str, ph: float) -> None:
    for metal, limit in zip(METALS, limits(land, ph), strict=True):
        rule, row = citation(metal, land, ph), screening_row(metal, land, ph)
        assert (rule is None) == bool(np.isnan(limit))
        if row is not None:
            assert row[1].value == limit
            assert rule is not None
            standard = row[0][1].replace("DB33T", "DB33/T")
            assert rule.text.startswith(f"{standard} screening value, ")
            assert rule.source == row[1].source


@pytest.mark.parametrize(
    ("metal", "land", "ph", "text"),
    [
        ("Cd", "paddy", 5.5, "GB 15618-2018 screening value, paddy, pH ≤ 5.5"),
        ("Cd", "paddy", 5.6, "GB 15618-2018 screening value, paddy, 5.5 < pH ≤ 6.5"),
        ("Cd", "vegetable", 8.0, "GB 15618-2018 screening value, other farmland, pH > 7.5"),
        ("Cu", "orchard", 5.0, "GB 15618-2018 screening value, orchard, pH ≤ 5.5"),
        ("Cd", "urban", 5.0, "GB 36600-2018 screening value, residential land (first class)"),
        (
            "Zn",
            "industrial",
            5.0,
            "DB33/T 892-2013 screening value, industrial land (second class)",
        ),
        ("Cu", "forest", 5.25, "natural background plus added limit of NEPM 2013, forest, pH 5.2"),
        ("As", "bare", 5.0, "NEPM 2013 limit of total As, bare"),
        ("Cd", "grassland", 6.0,
         "content that protects 95 % of soil species (HC5), grassland, pH 6.0"),
    ],
)  # fmt: skip
def test_rules_in_words(metal: str, land: str, ph: float, text: str) -> None:
    found = citation(metal, land, ph)
    assert found is not None
    assert found.text == text
    assert citation(metal, "water", ph) is None
