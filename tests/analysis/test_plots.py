"""Charts for notebooks: they draw the data, name units and limits, and cover no text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis import plots
from analysis.inspector import Cell, look
from analysis.inspector.parcel import look_parcel
from analysis.inspector.stack import look_stack
from simulator.errors import InputError
from simulator.record import RunFolder

CLOSING = {"kind": "close", "date": 2021.5, "sources": ["waste-1"], "name": "closing"}


@pytest.fixture(scope="module")
def tagged(record: Callable[..., RunFolder], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Three years with source tags and an intervention on a stack."""
    folder = tmp_path_factory.mktemp("runs") / "tagged"
    return record(folder, years=3, tags={"by": "sector"}, interventions=[CLOSING])


@pytest.fixture(scope="module")
def cell(tagged: RunFolder) -> Cell:
    return look(tagged, 5, 6, "Cd")


def words(figure: Figure) -> list[str]:
    """All that can be read in a figure."""
    texts = [t for axes in figure.axes for t in [*axes.texts, *axes.get_yticklabels()]]
    texts += [t for axes in figure.axes for t in (axes.xaxis.label, axes.yaxis.label)]
    texts += [axes.title for axes in figure.axes] + [axes._left_title for axes in figure.axes]
    texts += [t for legend in _legends(figure) for t in legend.get_texts()]
    return [t.get_text() for t in texts if t.get_text()] + [figure.get_suptitle()]


def _legends(figure: Figure) -> list:
    inside = [axes.get_legend() for axes in figure.axes]
    return [*figure.legends, *(legend for legend in inside if legend is not None)]


def boxes(figure: Figure) -> list[Bbox]:
    """Where texts stand, in pixels, once the figure is laid out."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    texts = [t for axes in figure.axes for t in [*axes.texts, axes._left_title]]
    texts += [t for axes in figure.axes for t in (axes.xaxis.label, axes.yaxis.label)]
    texts += [t for axes in figure.axes for t in _tick_labels(axes)]
    texts += [t for legend in _legends(figure) for t in legend.get_texts()]
    shown = [t for t in texts if t.get_text() and t.get_visible()]
    return [t.get_window_extent(renderer) for t in shown]


def _tick_labels(axes: Axes) -> list[Text]:
    """Those that are drawn: ticks beyond the ends have labels too."""
    found = []
    for axis, view in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        labels = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        found += [text for place, text in labels if min(view) <= place <= max(view)]
    return found


@pytest.fixture(scope="module")
def figures(cell: Cell, tagged: RunFolder) -> dict[str, Figure]:
    """One of each kind."""
    return {
        "history": plots.history_plot(cell),
        "waterfall": plots.waterfall_plot(cell),
        "yearly": plots.yearly_plot(cell),
        "sources": plots.sources_plot(cell),
        "profile": plots.profile_plot(cell),
        "stack": plots.stack_plot(look_stack(tagged, "waste-1"), "Hg", 2020),
        "closed": plots.stack_plot(look_stack(tagged, "waste-1"), "Hg", 2022),
        "parcel": plots.parcel_plot(look_parcel(tagged, 14), 2022),
    }


def test_no_text_covers_another_and_none_is_cut_off(figures: dict[str, Figure]) -> None:
    for name, figure in figures.items():
        found = boxes(figure)
        for i, one in enumerate(found):
            for other in found[:i]:
                inner = Bbox.intersection(one, other)
                covered = inner is not None and min(inner.width, inner.height) > 1.0
                assert not covered, name
            assert one.x0 >= 0.0, name
            assert one.y0 >= 0.0, name
            assert one.x1 <= figure.bbox.x1, name
            assert one.y1 <= figure.bbox.y1, name


def test_every_chart_says_the_metal_and_its_unit(figures: dict[str, Figure]) -> None:
    for name, figure in figures.items():
        text = "\n".join(words(figure))
        metal = {"stack": "Hg", "closed": "Hg", "parcel": "Parcel 14"}.get(name, "Cd in cell 5,6")
        assert metal in text, name
        units = ("mg/kg", "mg/m\N{SUPERSCRIPT TWO}", "kg/yr", "(-)")
        assert any(unit in text for unit in units), name


def test_history_draws_content_and_the_limit_by_its_name(tagged: RunFolder) -> None:
    paddy = look(tagged, 5, 8, "Cd")
    figure, line = plots.history_plot(paddy), paddy.line()
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), line.content)
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), line.limit)
    assert np.isfinite(line.limit).all()
    assert paddy.standing(2023).limit_name in "\n".join(words(figure))
    assert len(plots.history_plot(paddy, 1).axes[0].lines) == 1


def test_a_limit_far_above_is_named_and_does_not_flatten_the_contents(cell: Cell) -> None:
    figure, line = plots.history_plot(cell), cell.line()
    assert line.limit.min() > 4.0 * line.content.max()
    assert figure.axes[0].get_ylim()[1] < 2.0 * line.content.max()
    text = " ".join("\n".join(words(figure)).split())
    assert f"{line.limit[-1]:.1f} mg/kg in 2023: {cell.standing(2023).limit_name}" in text
    assert "above the chart" in text


@pytest.mark.parametrize("depth", [0, None])
def test_the_bars_of_a_waterfall_lead_from_start_to_end(cell: Cell, depth: int | None) -> None:
    flows = cell.flows(2020, 2023, depth)
    assert flows is not None
    (axes,) = plots.waterfall_plot(cell, depth=depth).axes
    bars = {round(b.get_y() + b.get_height() / 2): b for b in axes.patches}
    level = flows.start
    for k, step in enumerate(flows.steps, start=1):
        bar = bars[k]
        assert bar.get_width() == pytest.approx(abs(step.value), rel=1e-6, abs=1e-12)
        assert bar.get_x() == pytest.approx(min(level, level + step.value))
        level += step.value
    assert level == pytest.approx(flows.end)
    begins_at_zero = axes.get_xlim()[0] == 0.0
    assert begins_at_zero != ("does not begin at 0" in axes.get_xlabel())
    assert begins_at_zero == (0 in bars)


def test_stacked_bars_of_a_year_add_up_to_what_the_pathways_did(cell: Cell) -> None:
    """Also where some of them are drawn as one."""
    yearly = cell.yearly()
    assert yearly is not None
    (axes,) = plots.yearly_plot(cell).axes
    for i, year in enumerate(yearly.years):
        heights = np.array([b.get_height() for b in axes.patches if b.get_x() == year])
        for sign in (1.0, -1.0):
            drawn = heights[sign * heights > 0.0].sum()
            booked = yearly.values[i][sign * yearly.values[i] > 0.0].sum()
            assert drawn == pytest.approx(booked, rel=1e-9)
    net = axes.lines[0].get_ydata()
    np.testing.assert_allclose(net, yearly.values.sum(axis=1))


def test_bars_by_source_add_up_to_the_content(cell: Cell) -> None:
    content, gains = plots.sources_plot(cell, 2020, 2023).axes
    found = cell.by_source(2020, 2023)
    assert found is not None
    total = sum(bar.get_width() for bar in content.patches)
    assert total == pytest.approx(cell.line().content[-1], rel=1e-5)
    added = sum(bar.get_width() for bar in gains.patches)
    assert added == pytest.approx(sum(s.value for s in found.gains))
    assert len(content.patches) <= 8


def test_a_stack_shows_its_emission_and_what_acts_on_it(tagged: RunFolder) -> None:
    view = look_stack(tagged, "waste-1")
    figure = plots.stack_plot(view, "Pb")
    emission, footprint = figure.axes[:2]
    heights = [b.get_height() for b in emission.patches]
    assert heights == view.emission("Pb")[1].tolist()
    shown = np.ma.filled(footprint.images[0].get_array(), np.nan)
    meant = 10.0 * view.footprint("Pb", 2021)
    np.testing.assert_allclose(shown, np.where(meant > 0.0, meant, np.nan))
    text = "\n".join(words(figure))
    assert "2021.5: closing" in text
    assert "fallen in the region in 2021" in text


def test_a_chart_without_its_data_says_what_is_missing(totals_only: RunFolder) -> None:
    bare = look(totals_only, 5, 6, "Cd")
    for draw in (plots.waterfall_plot, plots.yearly_plot):
        with pytest.raises(InputError, match="no fluxes of single cells"):
            draw(bare)
    with pytest.raises(InputError, match="no source tags"):
        plots.sources_plot(bare)
