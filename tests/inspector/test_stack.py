"""Stacks: what they left is what the ledger of the run has, whatever happened to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.inspector import plume
from analysis.inspector.devices import spelled
from analysis.inspector.stack import flow_year, look_stack, stacks
from analysis.runs import grid_of
from simulator.errors import InputError
from simulator.record import RunFolder
from simulator.region import Region


def fallen(run: RunFolder, metal: str, year: int, *pathways: str) -> np.ndarray:
    """Deposition of the ledger, ``[row, col]``. [mg m-2]."""
    fluxes = run.ledger.sel(year=year, metal=metal)  # type: ignore[union-attr]
    return sum(fluxes[f"deposition_{name}"].values for name in pathways)


def left(run: RunFolder, metal: str, year: int) -> np.ndarray:
    """Footprints of all stacks together."""
    return sum(look_stack(run, s.id).footprint(metal, year) for s in stacks(run))


def test_controls_in_words() -> None:
    assert spelled("AC+FF") == "activated carbon, fabric filter"
    assert spelled("shredder FF") == spelled("ultra-low") == ""


def test_stacks_stand_where_the_region_has_them(acted: RunFolder, region: Region) -> None:
    found = {s.id: s for s in stacks(acted)}
    assert list(found) == ["coal-1", "waste-1", "copper-1", "copper-1@park"]
    for row in region.sources.to_dict("records"):
        one, grid = found[row["id"]], region.grid
        assert (one.name, one.sector, one.x, one.y) == (
            row["name"], row["sector"], row["x"], row["y"],
        )  # fmt: skip
        assert grid.cell_of(one.x, one.y) == (int(one.row), int(one.col))
    spans = {k: (s.first, s.last) for k, s in found.items()}
    assert spans == {
        "coal-1": (2020, 2023), "waste-1": (2020, 2022), "copper-1": (2020, 2022),
        "copper-1@park": (2022, 2023),
    }  # fmt: skip
    assert found["copper-1@park"].col == pytest.approx(3.2)
    assert found["copper-1@park"].row == pytest.approx(7.7)


@pytest.mark.parametrize("metal", ["Cd", "Hg"])
@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023])
def test_footprints_of_all_stacks_are_the_ledger(acted: RunFolder, metal: str, year: int) -> None:
    """Before, in and after the year of a move; with a control that divides mercury otherwise.

    The record has the land in single precision.
    """
    booked, found = fallen(acted, metal, year, "dry", "wet"), left(acted, metal, year)
    soil = np.isfinite(acted.history["content"][0, 0, 0].values)
    np.testing.assert_allclose(found[soil], booked[soil], rtol=5e-7)
    assert np.isnan(found[~soil]).all()
    assert booked[soil].min() > 0.0


def test_mercury_of_a_stack_is_divided_as_its_control_does(acted: RunFolder) -> None:
    before, after = (plume.mercury_shares(acted, "coal-1", y) for y in (2020, 2022))
    assert before.sum() == pytest.approx(1.0, abs=1e-3)
    assert after.sum() == pytest.approx(1.0, abs=1e-3)
    assert np.abs(before - after).max() > 0.01
    assert look_stack(acted, "coal-1").control(2020) == "ESP+WFGD"
    assert look_stack(acted, "coal-1").control(2022) == "ultra-low"
    assert not plume.mercury_shares(acted, "waste-1", 2023).any()


def test_shares_of_all_stacks_and_the_background_make_up_all_that_falls(acted: RunFolder) -> None:
    shares = sum(look_stack(acted, s.id).share_of_deposition("Pb", 2021) for s in stacks(acted))
    background = fallen(acted, "Pb", 2021, "background")
    total = background + fallen(acted, "Pb", 2021, "dry", "wet")
    ground = total > 0.0
    rest = background[ground] / total[ground]
    np.testing.assert_allclose(shares[ground] + rest, 1.0, rtol=5e-7)
    assert np.isnan(shares[~ground]).all()


def test_sparse_records_share_the_whole_interval(still: RunFolder) -> None:
    one = [look_stack(still, "coal-1").share_of_deposition("Zn", y) for y in (2020, 2022)]
    np.testing.assert_array_equal(*one)
    shares = sum(look_stack(still, s.id).share_of_deposition("Zn", 2021) for s in stacks(still))
    booked = fallen(still, "Zn", 2020, "dry", "wet")
    total = booked + fallen(still, "Zn", 2020, "background")
    ground = total > 0.0
    np.testing.assert_allclose(shares[ground], booked[ground] / total[ground], rtol=5e-7)


def test_what_came_down_is_a_part_of_what_was_emitted(acted: RunFolder) -> None:
    view = look_stack(acted, "coal-1")
    found = view.deposited("Cd", 2022)
    years, kg = view.emission("cd")
    assert years.tolist() == [2020, 2021, 2022, 2023]
    assert found.kg == pytest.approx(found.share * kg[2])
    assert 0.0 < found.share < 1.0
    area = grid_of(acted).cell_area
    assert found.kg == pytest.approx(np.nansum(view.footprint("Cd", 2022)) * area * 1e-6)


def test_a_closed_stack_leaves_nothing(acted: RunFolder) -> None:
    view = look_stack(acted, "waste-1")
    assert (view.emissions.loc[2023] == 0.0).all()
    assert np.nanmax(view.footprint("Hg", 2023)) == 0.0
    found = view.deposited("Hg", 2023)
    assert found.kg == 0.0
    assert np.isnan(found.share)


def test_shares_of_the_emission_of_the_region(acted: RunFolder) -> None:
    for year in (2020, 2022):
        shares = [look_stack(acted, s.id).share_of_region("As", year) for s in stacks(acted)]
        assert sum(shares) == pytest.approx(1.0)
    _, kg = look_stack(acted, "copper-1@park").emission("Cu")
    assert kg[:2].tolist() == [0.0, 0.0]
    assert kg[2:].min() > 0.0


def test_events_are_those_that_name_it(acted: RunFolder) -> None:
    named = {s.id: look_stack(acted, s.id).events["name"].tolist() for s in stacks(acted)}
    assert named == {
        "coal-1": ["cleaner coal"], "waste-1": ["closing"], "copper-1": ["park"],
        "copper-1@park": ["park"],
    }  # fmt: skip
    event = look_stack(acted, "coal-1").events.iloc[0]
    assert (event["date"], event["kind"], event["policy"]) == (2021.5, "retrofit", "clean air")


def test_a_stack_says_what_the_region_has_of_it(acted: RunFolder) -> None:
    found = {p.name: p for p in look_stack(acted, "copper-1@park").parameters}
    assert (found["height"].value, found["height"].unit) == ("35", "m")
    assert found["control"].value == "FF"
    assert (found["activity"].value, found["activity"].unit) == ("60000", "t product/yr")
    assert found["closes"].value == "2040"
    assert "opens" not in found
    assert found["status"].note == "generated for tests"
    assert look_stack(acted, "coal-1").changes.empty


def test_the_map_of_a_state_shows_the_flows_before_it(acted: RunFolder) -> None:
    assert [flow_year(acted, y) for y in (2020, 2021, 2024)] == [2020, 2020, 2023]
    with pytest.raises(InputError, match="2020 to 2024"):
        flow_year(acted, 2025)


def test_wrong_questions_are_answered_in_words(acted: RunFolder) -> None:
    with pytest.raises(InputError, match=r"coal-2.*coal-1"):
        look_stack(acted, "coal-2")
    with pytest.raises(InputError, match="2020 to 2023"):
        look_stack(acted, "coal-1").footprint("Cd", 2024)
    with pytest.raises(InputError, match="symbols"):
        look_stack(acted, "coal-1").emission("Xx")


def test_without_the_region_there_is_emission_and_no_footprint(
    acted: RunFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lost = RunFolder(acted.path)
    lost.manifest["region"] = lost.manifest["region"] | {"digest": "another"}
    view = look_stack(lost, "coal-1")
    assert view.emission("Cd")[1][0] > 0.0
    assert len(view.events) == 1
    with pytest.raises(InputError, match="its region cannot be read"):
        view.footprint("Cd", 2021)
    with pytest.raises(InputError, match="Bring the region back"):
        _ = view.parameters
