"""Chances of an experiment: counted as its findings count them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.experiment.rasters import chances
from analysis.experiment.results import Results
from analysis.layers import Chances, Scale, legend, png
from simulator.errors import InputError
from tests.experiment.made_experiment import END, GRID, MadeExperiment


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Any:
    """Forty futures under two options, one lost under the first."""
    return MadeExperiment(
        tmp_path_factory.mktemp("made"), lambda p, k, s: 100.0, options=("as now", "less"), lost=[0]
    )


def test_chances_are_those_of_the_findings(made: Any) -> None:
    found, expected = Chances(made), chances(Results(made), "Cd", END)
    assert found.options == ("as now", "less")
    assert (found.years, found.metals) == ((END,), ("Cd", "Cu"))
    assert (found.grid.bounds, found.grid.shape) == (GRID.bounds, GRID.shape)
    for option, of_option in zip(found.options, expected, strict=True):
        for name, values in found.values(option, "cd", END).items():
            np.testing.assert_array_equal(values, of_option[name])
    assert found.nearest_year(1990) == END


def test_lost_futures_do_not_count(made: Any) -> None:
    found = Chances(made)
    counts = sorted(found.members(option) for option in found.options)
    assert counts == [39, 40]


def test_chances_in_words_and_colours(made: Any) -> None:
    found = Chances(made)
    values = found.values("less", "Cd", END)["probability"]
    share = round(100.0 * values[2, 0])
    words = found.describe("less", "Cd", END, 2, 0)
    assert words.startswith(f"{share}\N{NO-BREAK SPACE}% of {found.members('less')} futures (")
    assert found.describe("less", "Cd", END, 0, 0) == "no limit here"
    assert legend(found.layer, Scale(0.0, 1.0)).unit == "%"
    assert png(values, found.layer, Scale(0.0, 1.0)).startswith(b"\x89PNG")
    assert str(END) in found.caption("less", "Cd", END)
    with pytest.raises(InputError, match="Kd"):
        found.caption("less", "Kd", END)


@pytest.mark.parametrize(
    ("option", "metal", "year", "words"),
    [("les", "Cd", END, "less"), ("less", "Kd", END, "Cd"), ("less", "Cd", 1990, str(END))],
)
def test_what_is_not_there_is_refused(
    made: Any, option: str, metal: str, year: int, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        Chances(made).values(option, metal, year)
