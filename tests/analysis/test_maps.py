"""Maps: the right field in the right place, with its unit, sources and warnings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from analysis.maps import change_map, content_map, overview_map
from analysis.runs import content, grid_of
from simulator.errors import InputError
from simulator.record import RunFolder


def field_of(figure: Figure, panel: int = 0) -> AxesImage:
    return figure.axes[panel].images[0]


def words(figure: Figure) -> str:
    texts = [t.get_text() for axes in figure.axes for t in [*axes.texts, axes.title]]
    legend = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    bars = [axes.get_ylabel() for axes in figure.axes]
    return "\n".join([*texts, *legend, *bars, figure.get_suptitle()])


def test_content_lies_north_up_on_the_coordinates_of_the_grid(run: RunFolder) -> None:
    image = field_of(content_map(run, "Cd", 2022))
    values = content(run, "Cd", 2022)
    np.testing.assert_array_equal(np.ma.filled(image.get_array(), np.nan), values)
    x_min, y_min, x_max, y_max = (v / 1000.0 for v in grid_of(run).bounds)
    assert tuple(image.get_extent()) == pytest.approx((x_min, x_max, y_min, y_max))
    assert image.origin == "upper"


def test_change_is_against_the_start_or_any_year(run: RunFolder) -> None:
    for since, first in ((None, 2020), (2021, 2021)):
        figure = change_map(run, "Zn", since)
        expected = content(run, "Zn", 2024) - content(run, "Zn", first)
        shown = np.ma.filled(field_of(figure).get_array(), np.nan)
        np.testing.assert_array_equal(shown, expected)
        assert f"since {first}" in words(figure)
        low, high = field_of(figure).get_clim()
        assert low <= 0.0 <= high  # no change has a place on the scale
        if low < 0.0 < high:
            assert low == pytest.approx(-high)


def test_an_overview_says_what_where_when_and_what_is_illustrative(run: RunFolder) -> None:
    figure = overview_map(run, "Cd")
    text = words(figure)
    for word in (
        "Testland", "straight", "Content of Cd in the top 20 cm, 2024", "Change of Cd since 2020",
        "mg kg", "coal power (1)", "waste incineration (1)", "no soil data", "mostly water", " km",
        "illustrative: elevation",
    ):  # fmt: skip
        assert word in text, word
    assert len(field_of(figure, 0).axes.lines) == 3  # a marker a sector


def test_nothing_is_called_illustrative_that_is_not(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run.manifest, "illustrative", [])
    assert "illustrative" not in words(content_map(run, "Cd"))


def test_a_figure_can_be_written_and_unknown_years_are_refused(
    run: RunFolder, tmp_path: Path
) -> None:
    path = tmp_path / "map.png"
    overview_map(run, "Hg", 2020).savefig(path, dpi=50)  # no change at all
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError):
        content_map(run, "Cd", 1990)


def test_maps_leave_pyplot_and_its_global_state_alone() -> None:
    code = "import sys, analysis.maps; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
