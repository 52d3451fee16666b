"""Maps: the right field in the right place, with its unit, sources and warnings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from analysis.layers import Atlas, View, difference, shared_scale
from analysis.layers.colours import codes, colours
from analysis.maps import (
    chance_map,
    change_map,
    content_map,
    difference_map,
    layer_map,
    overview_map,
)
from analysis.runs import content, grid_of
from simulator.errors import InputError
from simulator.record import RunFolder
from tests.experiment.made_experiment import END, MadeExperiment


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


@pytest.mark.parametrize(
    ("layer", "metal", "unit"),
    [("content", "Cd", "mg/kg"), ("flux:manure", "Zn", "g/ha/yr"), ("land_class", None, "")],
)
def test_any_layer_has_the_colours_and_words_of_the_app(
    run: RunFolder, layer: str, metal: str | None, unit: str
) -> None:
    figure = layer_map(run, layer, metal, 2023)
    atlas = Atlas(run)
    view = View(layer, metal or "", 0, 2023)
    one, scale = atlas.layer(layer), shared_scale([atlas], view)
    shown = codes(atlas.values(view), one, scale, water=atlas.water(2023))
    picture = np.asarray(field_of(figure).get_array())
    np.testing.assert_array_equal(picture[..., :3], colours(one)[shown])
    np.testing.assert_array_equal(picture[..., 3] > 0, shown > 0)
    text = words(figure)
    assert atlas.caption(view) in text
    assert unit in text
    for word in ("Testland", "illustrative: elevation", "mostly water", " km"):
        assert word in text, word
    assert ("coal power (1)" in text) == (metal is not None)
    if one.classes:
        assert all(name in text for name, _ in one.classes if name != "water")
    assert len(figure.axes[0].collections) == 1  # borders of the districts


def test_a_layer_by_metal_needs_one(run: RunFolder) -> None:
    with pytest.raises(InputError, match="no metal is named"):
        layer_map(run, "content")
    with pytest.raises(InputError, match="Did you mean"):
        layer_map(run, "land_clas")


def test_a_difference_map_shows_one_run_less_the_other(run: RunFolder, sparse: RunFolder) -> None:
    figure = difference_map(run, sparse, "content", "Cd", 2022)
    view = View("content", "Cd", 0, 2022)
    values = difference(Atlas(run), Atlas(sparse), view)
    assert (values[np.isfinite(values)] == 0.0).all()  # the same years of the same scenario
    assert "straight minus sparse" in words(figure)
    picture = np.asarray(field_of(figure).get_array())
    known = np.isfinite(values) & ~Atlas(run).water(2022)
    assert len(np.unique(picture[known], axis=0)) == 1  # the middle of the palette
    with pytest.raises(InputError, match="2023"):
        difference_map(run, sparse, "content", "Cd", 2023)


def test_a_chance_map_says_of_how_many_futures(tmp_path: Path) -> None:
    made = MadeExperiment(tmp_path, lambda p, k, s: 100.0, options=("as now", "less"))
    text = words(chance_map(made, "Cd", option="less"))  # type: ignore[arg-type]
    for word in ("Cd", str(END), "less (40 futures)", "%", "no soil data, or no limit", "Made"):
        assert word in text, word


def test_maps_leave_pyplot_and_its_global_state_alone() -> None:
    code = "import sys, analysis.maps; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
