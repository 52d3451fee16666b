"""What a click on a cell shows: what was recorded, adding up, of finished and other runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio.warp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.assessment.assess import assess
from analysis.assessment.thresholds import dominant_land
from analysis.explain import explain, near_sources
from analysis.inspector import Cell, look
from analysis.inspector.standing import amounts
from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import InputError, Problem
from simulator.record import RunFolder
from tests.analysis.conftest import totals_only  # noqa: F401

Record = Callable[..., RunFolder]

#: Lime on all paddies, strong enough to lift them into another class of pH.
LIME = {
    "kind": "lime", "date": 2022.0, "parcels": ["class:paddy"], "ph": 2.0, "name": "liming",
}  # fmt: skip


@pytest.fixture(scope="module")
def tagged(record: Record, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Four years with source tags and lime."""
    folder = tmp_path_factory.mktemp("runs") / "tagged"
    return record(folder, tags={"by": "sector"}, interventions=[LIME])


@pytest.fixture(scope="module")
def soil(tagged: RunFolder) -> list[tuple[int, int]]:
    """Cells with soil."""
    return [tuple(c) for c in np.argwhere(np.isfinite(tagged.history["content"][0, 0, 0].values))]


def cells(draw: st.DataObject, run: RunFolder, soil: list[tuple[int, int]]) -> Cell:
    row, col = draw.draw(st.sampled_from(soil))
    return look(run, int(row), int(col), draw.draw(st.sampled_from(METALS)))


def span(draw: st.DataObject, cell: Cell) -> tuple[int, int]:
    since, until = sorted(draw.draw(st.tuples(*[st.sampled_from(cell.years)] * 2)))
    return since, until


quick = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_where_it_is(tagged: RunFolder) -> None:
    cell = look(tagged, 2, 6, "cd")
    assert (cell.metal, cell.district, cell.depths[0]) == ("Cd", "North", "0-20 cm")
    assert cell.cell_ha == pytest.approx(25.0)
    assert cell.x == float(tagged.history["x"][6])
    lon, lat = rasterio.warp.transform("EPSG:32651", "EPSG:4326", [cell.x], [cell.y])
    assert (cell.lon, cell.lat) == (pytest.approx(lon[0]), pytest.approx(lat[0]))
    assert cell.years == (2020, 2021, 2022, 2023, 2024)
    share = tagged.history["open_share"].isel(year=0, y=2, x=6).values
    sealed = float(tagged.history["sealed_share"].isel(year=0, y=2, x=6))
    assert cell.place(2020) == f"{LAND_CLASSES[int(dominant_land(share, sealed))]}, North"
    land = dict(cell.land(2020))
    assert sum(land.values()) == pytest.approx(1.0, abs=1e-6)
    assert land["sealed"] == pytest.approx(sealed)
    assert [*land.values()] == sorted(land.values(), reverse=True)


@pytest.mark.parametrize("metal", ["Cd", "Cu"])
def test_limits_are_those_of_the_assessment(
    tagged: RunFolder, soil: list[tuple[int, int]], metal: str
) -> None:
    found = assess(tagged, years=tagged.history["year"].values.tolist())
    found = found.sel(land="current", metal=metal)
    for row, col in soil[::7]:
        cell, here = look(tagged, row, col, metal), found.isel(y=row, x=col)
        line = cell.line()
        np.testing.assert_array_equal(line.content, here["content"].values)
        np.testing.assert_allclose(line.limit, here["limit"].values, rtol=1e-6)
        np.testing.assert_array_equal(line.over, here["overload"].values == 1.0)
        for i, year in enumerate(cell.years):
            standing = cell.standing(year)
            assert standing.over == (here["overload"].values[i] == 1.0)
            first = here["exceedance_year"].values[i]
            expected = None if math.isnan(first) or standing.over else int(first)
            assert standing.next_over == expected
        assert f"{metal} in 2024: " in cell.standing(2024).text
        assert standing.limit_name in standing.text


def test_deeper_layers_have_no_limit(tagged: RunFolder) -> None:
    cell = look(tagged, 5, 6, "Cd")
    line = cell.line(2)
    assert np.isnan(line.limit).all()
    assert not line.over.any()
    np.testing.assert_array_equal(
        line.content, tagged.history["content"].sel(metal="Cd").isel(layer=2, y=5, x=6).values
    )


def test_lime_is_named_where_it_lifts_a_limit(
    tagged: RunFolder, soil: list[tuple[int, int]]
) -> None:
    changes = [
        cell
        for row, col in soil
        if (cell := look(tagged, row, col, "Cd")).course.land[2] == "paddy"
        and cell.course.land[2] == cell.course.land[3]
        and cell.course.limit[3] > cell.course.limit[2]
    ]
    assert changes, "lime moves paddies into another class of pH"
    between = float(changes[0].course.limit[2:4].mean())  # over the old limit, under the new one
    told = replace(changes[0], content=np.full_like(changes[0].content, between)).why(2024)
    assert "below its limit since 2023, when lime raised the pH from" in told
    assert "and the limit rose from" in told


@quick
@given(draw=st.data())
def test_waterfalls_add_up(
    tagged: RunFolder, soil: list[tuple[int, int]], draw: st.DataObject
) -> None:
    cell = cells(draw, tagged, soil)
    since, until = span(draw, cell)
    for depth in (None, *range(len(cell.depths))):
        flows = cell.flows(since, until, depth)
        assert flows is not None
        scale = flows.start + sum(abs(s.value) for s in flows.steps)
        assert abs(flows.residual) < 1e-12 * scale
        assert flows.start + sum(s.value for s in flows.steps) == pytest.approx(
            flows.end, rel=1e-12
        )
        values = [s.value for s in flows.steps]
        assert values == sorted(values, reverse=True)
        yearly = cell.yearly(depth)
        assert yearly is not None
        inside = (np.array(yearly.years) >= since) & (np.array(yearly.years) < until)
        sums = dict(zip((k for k, _ in yearly.pathways), yearly.values[inside].sum(0), strict=True))
        for step in flows.steps:
            assert sums[step.name] == pytest.approx(step.value, rel=1e-12)


def test_a_waterfall_is_that_of_metalscape_inspect(tagged: RunFolder) -> None:
    history, cell = explain(tagged, 5, 6, "Zn"), look(tagged, 5, 6, "Zn")
    flows = cell.flows(2020, 2024)
    assert flows is not None
    assert history.effect is not None
    total = dict(
        zip((p.name for p in history.pathways), history.effect[:, :, 0].sum(axis=0), strict=True)
    )
    assert {s.name: s.value for s in flows.steps} == {
        k: pytest.approx(v) for k, v in total.items() if v != 0.0
    }
    assert (flows.start, flows.end) == (history.stock[0, 0], history.stock[-1, 0])


@quick
@given(draw=st.data())
def test_sources_add_up_to_the_content_and_to_the_stock(
    tagged: RunFolder, soil: list[tuple[int, int]], draw: st.DataObject
) -> None:
    cell = cells(draw, tagged, soil)
    since, until = span(draw, cell)
    found, flows = cell.by_source(since, until), cell.flows(since, until, None)
    assert found is not None
    assert flows is not None
    content = cell.line().content[cell.years.index(until)]
    assert sum(s.value for s in found.content_now) == pytest.approx(content, rel=1e-6)
    change = sum(s.value for s in found.gains) - sum(s.value for s in found.losses)
    assert change == pytest.approx(flows.end - flows.start, abs=1e-5 * flows.start)
    if since == until:
        assert found.gains == found.losses == ()


def test_the_sentence_tells_what_the_run_holds(
    tagged: RunFolder, soil: list[tuple[int, int]]
) -> None:
    told = set()
    for row, col in soil[::5]:
        cell = look(tagged, row, col, "Cu")
        why = cell.why(2024)
        told.add(why)
        here = cell.standing(2024)
        assert (" times the limit" in why or " at the limit" in why) == here.over
        assert f"Cu is {amounts(here.content, here.limit)[0]} mg/kg in 2024, " in why
        if "of that from " in why and "whose nearest stack" in why:
            stacks = near_sources(tagged, cell.x, cell.y, "Cu", 2024)
            assert any(s.name in why and s.direction in why for s in stacks)
    assert len(told) > 3


def test_profile_and_neighbours(tagged: RunFolder) -> None:
    cell = look(tagged, 5, 6, "Pb")
    profile = cell.profile(2023)
    assert profile.tops_cm == (0.0, *profile.bottoms_cm[:-1])
    contents = tagged.history["content"].sel(metal="Pb")
    assert profile.content == tuple(contents.sel(year=2023).isel(y=5, x=6).values.tolist())
    assert profile.content_start == tuple(contents.sel(year=2020).isel(y=5, x=6).values.tolist())
    around = cell.neighbours(2023)
    assert (around.rows, around.cols) == (tuple(range(3, 8)), tuple(range(4, 9)))
    assert around.difference[2, 2] == 0.0
    top = contents.sel(year=2023).isel(layer=0).values
    np.testing.assert_array_equal(around.content, top[3:8, 4:9])
    assert f"{around.land[2][2]}, {cell.district}" == cell.place(2023)


def test_neighbours_at_the_edge(tagged: RunFolder, soil: list[tuple[int, int]]) -> None:
    row, col = next(c for c in soil if c[0] == 0)
    around = look(tagged, row, col, "Cd").neighbours(2020, radius=3)
    assert around.rows[0] == 0
    assert len(around.rows) == 4
    empty = [bool(name) for line in around.land for name in line]
    assert empty == np.isfinite(around.content).ravel().tolist()


def test_a_run_without_fluxes_of_cells(totals_only: RunFolder) -> None:  # noqa: F811
    cell = look(totals_only, 5, 6, "Cd")
    assert cell.flows(2020, 2022) is None
    assert cell.yearly() is None
    assert cell.by_source(2020, 2022) is None
    assert "not known: the run kept no fluxes" in cell.why(2022)
    assert np.isfinite(cell.line().limit).all()


def test_a_run_that_is_not_finished(record: Record, tmp_path: Path) -> None:
    run = record(tmp_path / "going", until=2022)
    assert not run.finished
    cell = look(run, 5, 6, "Cd")
    assert cell.years == (2020, 2021, 2022)
    flows = cell.flows(2020, 2022)
    assert flows is not None
    assert abs(flows.residual) < 1e-12 * flows.start
    assert cell.why(2022).startswith("Cd is ")


def test_without_the_region_there_are_no_limits(
    tagged: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(run: RunFolder) -> None:
        raise InputError(Problem("region '/gone'", "there is no such folder", "", ""))

    monkeypatch.setattr("analysis.inspector.cell.control_layer_of", gone)
    cell = look(RunFolder(tagged.path), 5, 6, "Cd")
    assert np.isnan(cell.line().limit).all()
    standing = cell.standing(2024)
    assert not standing.over
    assert "no limit (the region of the run cannot be read: region '/gone'" in standing.text
    assert "no limit: the region" in cell.why(2024)
    assert "of what came in since 2020" in cell.why(2024).lower()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda run: look(run, 99, 0, "Cd"), "outside the grid"),
        (lambda run: look(run, 5, 6, "Xx"), "is not in the run"),
        (lambda run: look(run, 5, 6, "Cd").standing(1999), "is not recorded"),
        (lambda run: look(run, 5, 6, "Cd").flows(2022, 2021), "end before they begin"),
        (lambda run: look(run, 5, 6, "Cd").line(9), "is not in the run"),
    ],
)
def test_questions_that_make_no_sense(
    tagged: RunFolder, ask: Callable[[RunFolder], object], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        ask(tagged)
