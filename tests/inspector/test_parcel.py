"""Parcels: as the log has them, in the cells that they cover, and their lives in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.inspector.parcel import look_parcel, parcels
from analysis.runs import grid_of
from simulator.constants import BUILT_CLASSES, LAND_CLASSES
from simulator.errors import InputError
from simulator.record import RunFolder
from simulator.record.parcel_log import IMPERVIOUS_STEP
from simulator.region import Region

_BUILT_OR_BARE = (*BUILT_CLASSES, "bare")


def with_log(run: RunFolder, *rows: tuple[int, str, float, str]) -> RunFolder:
    """The run with another log of parcel 1 after the start: year, class, sealed share, zone."""
    other = RunFolder(run.path)
    start = run.parcels[run.parcels["geometry"].notna()].astype({"land_class": str, "zone": str})
    start.loc[start["id"] == 1, ["land_class", "impervious", "zone"]] = ["paddy", 0.0, "open"]
    columns = ["year", "land_class", "impervious", "zone"]
    later = pd.DataFrame(rows, columns=columns).assign(id=1, geometry=None)
    other.__dict__["parcels"] = pd.concat([start, later], ignore_index=True)
    return other


@pytest.mark.parametrize(
    ("year", "tolerance"), [(2020, 1e-6), (2024, IMPERVIOUS_STEP)], ids=["start", "later"]
)
def test_the_land_of_the_cells_follows_from_the_parcels(
    acted: RunFolder, region: Region, year: int, tolerance: float
) -> None:
    """Cover times open share, summed by class; sealing is logged in steps after the start.

    What is not sealed of a building site is bare ground in the cells: built and bare together.
    """
    share = np.zeros((len(LAND_CLASSES), *region.grid.shape))
    for parcel in parcels(acted, year).to_dict("records"):
        code = LAND_CLASSES.index(parcel["land_class"])
        for cell in look_parcel(acted, parcel["id"]).cells:
            share[code, cell.row, cell.col] += cell.share * (1.0 - parcel["impervious"])
    recorded = acted.history["open_share"].sel(year=year).values
    soil = np.isfinite(acted.history["content"][0, 0, 0].values)
    group = np.array(
        [k if name not in _BUILT_OR_BARE else -1 for k, name in enumerate(LAND_CLASSES)]
    )
    for code in np.unique(group):
        ours, theirs = (v[group == code][:, soil].sum(axis=0) for v in (share, recorded))
        np.testing.assert_allclose(ours, theirs, atol=tolerance)


def test_parts_of_a_parcel_in_cells_add_up_to_it(acted: RunFolder) -> None:
    grid = grid_of(acted)
    for parcel in (1, 14, 20):
        view = look_parcel(acted, parcel)
        assert sum(c.part for c in view.cells) == pytest.approx(1.0, abs=1e-9)
        area = sum(c.share for c in view.cells) * grid.cell_area
        assert area == pytest.approx(view.hectares * 1e4)
        shares = [c.share for c in view.cells]
        assert shares == sorted(shares, reverse=True)
        assert grid.cell_of(*view.centre) in {(c.row, c.col) for c in view.cells}


def test_a_table_of_a_year_holds_what_each_parcel_says_of_itself(acted: RunFolder) -> None:
    for year in (2020, 2022, 2024):
        table = parcels(acted, year)
        assert table["id"].is_unique
        for row in table[::3].to_dict("records"):
            here = look_parcel(acted, row["id"]).at(year)
            assert (here.land_class, here.impervious, here.zone) == (
                row["land_class"], row["impervious"], row["zone"],
            )  # fmt: skip
    assert parcels(acted).equals(parcels(acted, 2024))


def test_conversions_are_those_of_the_log(acted: RunFolder) -> None:
    """As many as the events of the run tell."""
    ids = acted.parcels["id"].unique().tolist()
    turns = [t for i in ids for t in look_parcel(acted, i).changes]
    told = acted.events[acted.events["kind"] == "conversion"]
    assert len(turns) == told["what"].str.extract(r"^(\d+) parcel")[0].astype(int).sum() > 0
    assert {t.year for t in turns} == {int(d) + 1 for d in told["date"]}
    words = {f"{t.old} to {t.new}" for t in turns}
    assert words == set(told["what"].str.split(": ").str[1])


def test_a_life_is_told_up_to_a_year(acted: RunFolder) -> None:
    run = with_log(
        acted, (2022, "vegetable", 0.02, "open"), (2023, "urban", 0.41, "open"),
        (2024, "urban", 0.47, "protected"),
    )  # fmt: skip
    view = look_parcel(run, 1)
    assert view.biography() == [
        "paddy until 2022, then vegetable until 2023, then urban",
        "sealed 0 % in 2020, 2 % in 2022, 41 % in 2023, 47 % in 2024",
        "protected from building since 2024",
    ]
    assert view.biography(2021) == ["paddy all the time up to 2021"]
    assert view.biography(2022)[0] == "paddy until 2022, then vegetable"
    assert view.sealed.years.tolist() == [2020, 2021, 2022, 2023, 2024]
    assert view.sealed.shares.tolist() == [0.0, 0.0, 0.02, 0.41, 0.47]
    slightly = look_parcel(with_log(acted, (2021, "paddy", 0.003, "open")), 1)
    assert slightly.biography()[1] == "sealed 0 % in 2020, 0.3 % in 2024"


def test_what_is_protected_from_the_start_says_so(acted: RunFolder) -> None:
    assert look_parcel(acted, 1).biography()[-1] == "protected from building"


def test_an_unknown_parcel_is_refused(acted: RunFolder) -> None:
    with pytest.raises(InputError, match=r"parcel 999: .*ids from 1 to"):
        look_parcel(acted, 999)
