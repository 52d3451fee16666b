"""Charts put things where their values are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.report.page import environment
from analysis.report.svg import _spread, bars, series, waterfall

VALUES = st.floats(-1e4, 1e4, allow_subnormal=False).map(lambda v: round(v, 3))


def drawn(macro: str, chart: object) -> str:
    source = f'{{% from "charts.html.j2" import {macro} %}}{{{{ {macro}(chart, "words") }}}}'
    return environment().from_string(source).render(chart=chart)


def test_a_waterfall_by_hand() -> None:
    chart = waterfall(("2020", 4.0), [("in", 6.0), ("out", -5.0)], ("2070", 5.0), "mg/kg")
    first, gain, loss, last = chart.rows
    assert chart.zero == 0.0
    unit = gain.width / 6.0  # per cent of the axis a mg/kg
    assert first.width == pytest.approx(4.0 * unit)
    assert gain.left == pytest.approx(4.0 * unit)
    assert (loss.left, loss.width) == pytest.approx((5.0 * unit, 5.0 * unit))
    assert last.width == pytest.approx(5.0 * unit)
    assert [r.kind for r in chart.rows] == ["sum", "gain", "loss", "sum"]
    assert [r.text for r in chart.rows] == ["4.00", "+6.00", "\N{MINUS SIGN}5.00", "5.00"]


def test_small_steps_are_seen_and_the_axis_says_that_it_is_cut() -> None:
    chart = waterfall(("a", 100.0), [("in", 1.0), ("out", -0.5)], ("b", 100.5), "mg/kg")
    assert chart.zero is None
    assert chart.rows[1].width > 50.0
    assert chart.rows[0].marked
    assert chart.rows[-1].marked
    assert "does not begin at zero" in drawn("bar_chart", chart)


@given(st.floats(0.0, 1e4), st.lists(VALUES, max_size=8))
def test_steps_begin_where_the_last_ended_and_lead_to_the_end(
    start: float, steps: list[float]
) -> None:
    end = start + sum(steps)
    chart = waterfall(("a", start), [("s", v) for v in steps], ("b", end), "kg")
    level = chart.rows[0].end
    for row, value in zip(chart.rows[1:-1], steps, strict=True):
        begin = row.left if value >= 0.0 else row.left + row.width
        assert begin == pytest.approx(level, abs=1e-6)
        level = row.end
    assert chart.rows[-1].end == pytest.approx(level, abs=1e-6)
    for row in chart.rows:
        assert -1e-6 <= row.left <= row.left + row.width <= 100.0 + 1e-6


def test_bars_of_both_signs_meet_at_zero() -> None:
    chart = bars([("less", -2.0), ("more", 1.0), ("none", 0.0)], "ha")
    less, more, none = chart.rows
    assert less.left + less.width == pytest.approx(chart.zero)
    assert more.left == pytest.approx(chart.zero)
    assert less.width == pytest.approx(2.0 * more.width)
    assert none.width == 0.0
    assert drawn("bar_chart", bars([("<b>", 0.0)], "ha")).count("&lt;b&gt;") == 1


def test_a_line_goes_through_its_values() -> None:
    chart = series([("a", [2020, 2030, 2040], [0.0, 5.0, 10.0])], "ha", [(2030, "why")])
    assert chart.curves[0].pieces == ("0.0,1000.0 500.0,500.0 1000.0,0.0",)
    assert [(t.text, t.at) for t in chart.y][:2] == [("0", 100.0), ("2", 80.0)]
    assert chart.flags[0].at == 50.0
    assert chart.flags[0].text == "2030: why"
    html = drawn("line_chart", chart)
    assert "2030: why" in html
    assert 'aria-label="words"' in html


def test_a_gap_breaks_the_line_and_nothing_known_draws_nothing() -> None:
    nan = float("nan")
    chart = series([("a", [1, 2, 3, 4], [1.0, nan, 2.0, 3.0]), ("b", [1, 2, 3, 4], [nan] * 4)], "")
    assert [len(c.pieces) for c in chart.curves] == [2, 0]
    assert drawn("line_chart", chart).count("<polyline") == 2


def test_a_level_line_has_room() -> None:
    chart = series([("a", [2020, 2021], [3.0, 3.0])], "kg")
    (piece,) = chart.curves[0].pieces
    height = float(piece.split()[0].split(",")[1])
    assert 0.0 < height < 1000.0


def test_a_line_of_zeros_begins_at_zero() -> None:
    """An area of nothing is no reason to show areas below zero."""
    chart = series([("a", [2020, 2021], [0.0, 0.0])], "ha")
    assert next(t.text for t in chart.y) == "0"
    assert not any(t.text.startswith("\N{MINUS SIGN}") for t in chart.y)


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=8))
def test_names_at_the_ends_keep_apart_and_in_order(places: list[float]) -> None:
    moved = _spread(places, 11.0)
    order = sorted(range(len(places)), key=lambda k: (places[k], k))
    for above, below in pairwise(order):
        assert moved[below] - moved[above] >= 11.0 - 1e-9
    assert max(moved) <= 100.0 + 1e-9
