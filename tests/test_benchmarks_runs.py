"""Balances and envelopes on a run of two years of the small region."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks import envelope, regional_balance, signatures
from benchmarks.finished_runs import (
    COLUMN,
    CONTROL,
    Effects,
    Land,
    effects,
    farmland,
    open_ground_of,
    region,
)
from benchmarks.near_stacks import near_table, works_map
from simulator.constants import METALS
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder
from simulator.region import Region
from simulator.scenario import Scenario

G_HA = 10.0  # of a mg m-2


@pytest.fixture(scope="module")
def finished(
    region: Region, make_scenario: Callable[..., Scenario], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    folder = tmp_path_factory.mktemp("runs") / "two-years"
    with Simulation(
        region,
        make_scenario(years=2, record={"precision": "float64"}, tags={"by": "sector"}),
        recorder=ZarrRecorder(folder),
    ) as sim:
        sim.run()
    return RunFolder(folder)


@pytest.fixture(scope="module")
def places(finished: RunFolder) -> dict[str, Effects]:
    soil = Land.of(finished, 2020).soil
    return effects(
        finished, {"region": region, "farmland": farmland, "ground": open_ground_of(soil)}
    )


def test_net_is_the_change_of_the_stock(finished: RunFolder, places: dict[str, Effects]) -> None:
    history = finished.history
    stock = (history["stock"] + history["stock_sealed"]).values
    soil = np.isfinite(history["content"][0, 0, 0].values)
    change = (stock[-1] - stock[0])[..., soil].mean(axis=-1) * G_HA / 2.0  # [metal, layer]
    for scope, expected in ((CONTROL, change[:, 0]), (COLUMN, change.sum(axis=1))):
        net = places["region"].mean(scope=scope).sum().to_numpy()
        held = stock[..., soil].sum(axis=2).mean(axis=(0, 2)) * G_HA
        assert np.all(np.abs(net - expected) <= 1e-12 * held)
        assert np.all(np.abs(expected) > 1e-9 * held)


def test_what_fields_get_is_divided_by_their_area(
    finished: RunFolder, places: dict[str, Effects]
) -> None:
    kg = finished.totals.query("pathway == 'manure' and metal == 'Cu' and year == 2020")
    cell = finished.manifest["grid"]["cell_size"] ** 2
    hectares = Land.of(finished, 2021).farmland.sum() * cell / 1e4
    ours = places["farmland"].yearly("manure")[0, METALS.index("Cu")]
    assert ours == pytest.approx(kg["kg_per_yr"].sum() * 1e3 / hectares, rel=1e-5)


def test_even_deposition_is_the_same_per_area_of_any_ground(places: dict[str, Effects]) -> None:
    farm, ground = (places[n].yearly("deposition_background") for n in ("farmland", "ground"))
    assert farm == pytest.approx(ground, rel=1e-5)
    assert np.all(places["region"].yearly("deposition_background") <= farm * (1.0 + 1e-6))
    assert not places["farmland"].yearly("runoff_sealed").any()


def test_shares_of_inputs_add_up(places: dict[str, Effects]) -> None:
    years = np.ones(2, dtype=bool)
    ways = ("deposition", "fertiliser", "manure", "pesticide", "irrigation")
    shares = [regional_balance.over(places["farmland"], f"share {w}", years) for w in ways]
    assert np.sum(shares, axis=0) == pytest.approx(100.0)


def test_excess_of_metal_works_is_what_their_tag_gained(finished: RunFolder) -> None:
    excess, ground = works_map(finished)
    totals = finished.source_totals
    assert totals is not None
    gained = totals.query("tag == 'sector:secondary copper' and way == 'gain' and metal == 'Cu'")
    hectares = finished.manifest["grid"]["cell_size"] ** 2 / 1e4
    ours = (excess[METALS.index("Cu")] * ground).sum() * hectares * 2.0 / 1e3
    assert ours == pytest.approx(gained["kg_per_yr"].sum(), rel=1e-5)
    kinds = near_table(finished)["excess of"].unique().tolist()
    assert kinds == ["all sources", "metal works"]


def test_rise_is_of_fifty_years() -> None:
    begin = np.tile([1.0, 2.0, 3.0], (len(METALS), 1))
    table = envelope.rise_table(begin, begin + np.array([0.1, 0.2, 0.3]), 25).set_index("metal")
    assert table.loc["Cd", "start mg/kg"] == 2.0
    assert table.loc["Cd", "rise in 50 years"] == pytest.approx(0.4)
    assert table.loc["Cd", "inside"] == "NO"  # 0.1 to 0.2
    assert table.loc["Cd", "10 %"] == pytest.approx(0.24)
    assert table.loc["As", "envelope"] == ""


def test_hindcast_is_held_against_its_rise() -> None:
    begin = np.ones(len(METALS))
    table = envelope.hindcast_table(begin, begin + 5.0).set_index("mg/kg")
    assert table.loc["ours/theirs, rise", "Cu"] == pytest.approx(0.5)
    assert np.isnan(table.loc["ours/theirs, rise", "As"])


def test_records_are_rates_of_the_soil(places: dict[str, Effects]) -> None:
    table = envelope.record_table(places["farmland"], 2.4e6, "farmland")
    cd = table[(table["quantity"] == "input") & (table["metal"] == "Cd")].iloc[0]
    ours = places["farmland"].yearly(*regional_balance.DEPOSITION, *regional_balance.FARM_INPUTS)
    assert cd["ours"] == pytest.approx(ours.mean(axis=0)[METALS.index("Cd")] / 2400.0)


def test_programs_print_their_tables(
    finished: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    regional_balance.main([str(finished.path)])
    signatures.main([str(finished.path)])
    envelope.report_rise(finished)
    envelope.report_hindcast(finished)
    envelope.report_records(finished)
    out = capsys.readouterr().out
    parts = ("beside published numbers", "(a)", "(b)", "(g)", "topsoil of farmland", "rates of")
    for part in parts:
        assert part in out
    assert "nan" not in out.lower()
