"""Source tags of a simulation: the same run with its metal told apart, recorded and resumed."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.sources import one_cell, one_district, one_land_class, source_table, whole_region
from simulator.constants import METALS
from simulator.errors import InputError
from simulator.ledger import SOURCES, Ledger, Pathway
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder, branch, resume
from simulator.scenario import read_scenario
from simulator.tags import CORRECTIONS, INITIAL, SourceTags


@pytest.fixture(scope="module")
def tagged_run(region, make_scenario, tmp_path_factory):
    """A finished run with tags."""
    folder = tmp_path_factory.mktemp("tags") / "run"
    plant = str(region.sources["id"].iloc[0])
    scenario = make_scenario(tags={"by": "sector", "plants": [plant]})
    with Simulation(region, scenario, recorder=ZarrRecorder(folder)) as sim:
        sim.run()
    return RunFolder(folder)


@pytest.fixture
def both(region, make_scenario):
    """A simulation with tags and one without."""
    with (
        Simulation(region, make_scenario(tags={"by": "sector"})) as tagged,
        Simulation(region, make_scenario()) as plain,
    ):
        yield tagged, plain


def test_the_total_is_the_same_bits_and_tags_add_up(both):
    tagged, plain = both
    for _ in range(4):
        tagged.step()
        plain.step()
        np.testing.assert_array_equal(tagged.state.stock, plain.state.stock)
        np.testing.assert_array_equal(tagged.state.slice_share, plain.state.slice_share)
        state = tagged.state
        by_layer = np.add.reduceat(state.tag_stock.sum(axis=0), state.slices.first[:-1], axis=1)
        np.testing.assert_allclose(by_layer, state.stock, rtol=1e-13, atol=1e-25)
        np.testing.assert_allclose(
            state.tag_stock_sealed.sum(axis=0), state.stock_sealed, rtol=1e-12, atol=1e-25
        )
        content = state.content_by_tag().sum(axis=0)
        np.testing.assert_allclose(content, state.content(), rtol=1e-12)
    assert plain.tags is None
    assert plain.state.tag_stock.size == 0


def test_each_tag_closes_over_the_years(both):
    tagged, _ = both
    state, ledger = tagged.state, tagged.ledger
    for _ in range(4):
        before = state.tag_stock.sum(axis=(2, 3, 4)) + state.tag_stock_sealed.sum(axis=(2, 3, 4))
        tagged.step()
        after = state.tag_stock.sum(axis=(2, 3, 4)) + state.tag_stock_sealed.sum(axis=(2, 3, 4))
        gain, loss = ledger.tags.gain.sum(axis=-1), ledger.tags.loss.sum(axis=(2, 3))
        np.testing.assert_allclose(after, before + gain - loss, rtol=1e-11, atol=1e-20)


def test_inputs_have_the_tags_they_should(both):
    tagged, _ = both
    tagged.step()
    names, ledger = tagged.tags.names, tagged.ledger
    gain = ledger.tags.gain.sum(axis=-1)
    for pathway in ("fertiliser", "manure", "weathering"):
        booked = ledger.amounts(pathway).sum(axis=(1, 2))
        np.testing.assert_allclose(gain[names.index(pathway)], booked, rtol=1e-12)
    falling = [p.name for p in ledger.pathways if p.falls]
    fallen = sum(ledger.amounts(p).sum(axis=(1, 2)) for p in falling)
    air = [k for k, n in enumerate(names) if n.startswith(("sector:", "deposition_"))]
    soil = fallen - ledger.amounts("runoff_sealed").sum(axis=(1, 2))
    np.testing.assert_allclose(gain[air].sum(axis=0), soil, rtol=1e-12)
    # a sector that emits no metal of a kind has none in the soil
    for source in tagged.sources:
        for m in np.flatnonzero(source.emission == 0.0):
            others = [s for s in tagged.emitters if s.sector == source.sector]
            if not any(s.emission[m] for s in others):
                assert gain[names.index(f"sector:{source.sector}"), m] == 0.0
    assert gain[names.index(CORRECTIONS)].max() == 0.0


def test_what_a_user_books_is_tagged_as_a_correction(make_sim):
    with make_sim(tags={"by": "sector"}) as sim:
        cell = next(c for c in sim.cells if np.isfinite(c.content[0, 0]))
        sim.open_year()
        for c in sim.cells:
            c.exchange()
        cell.book("remediation", "Cd", 1e-6)
        for c in sim.cells:
            c.close()
        sim.close_year()
        tag, cd = sim.tags.names.index(CORRECTIONS), METALS.index("Cd")
        assert sim.ledger.tags.gain[tag, cd, cell.index] == pytest.approx(1e-6)
        assert sim.state.flat("tag_stock")[tag, cd, :, cell.index].sum() == pytest.approx(1e-6)


def test_a_run_records_its_sources(tagged_run):
    history, ledger = tagged_run.history, tagged_run.ledger
    by_source = history["content_by_source"]
    np.testing.assert_allclose(
        by_source.sum("tag").where(history["content"].notnull()), history["content"], rtol=1e-5
    )
    first = by_source.sel(year=2020)
    np.testing.assert_array_equal(first.sel(tag=INITIAL), first.sum("tag", min_count=1))
    assert str(history["tag"].values[0]) == INITIAL
    totals = tagged_run.source_totals
    area = tagged_run.manifest["grid"]["cell_size"] ** 2
    in_maps = float(ledger["gain_by_source"].sel(tag="manure", metal="Cu", year=2022).sum())
    row = totals.query("tag == 'manure' and metal == 'Cu' and year == 2022 and way == 'gain'")
    assert row["kg_per_yr"].item() == pytest.approx(in_maps * 1e-6 * area, rel=1e-5)


def test_tables_of_places(tagged_run):
    table = source_table(tagged_run, whole_region(tagged_run))
    assert table.groupby("metal")["share"].sum().to_numpy() == pytest.approx(1.0)
    rows, cols = np.nonzero(np.isfinite(tagged_run.history["content"][0, 0, 0].values))
    place = one_cell(tagged_run, int(rows[0]), int(cols[0]))
    at_start = source_table(tagged_run, place, 2020)
    assert "gain_g_ha_yr" not in at_start
    assert at_start.query("tag == 'initial'")["share"].to_numpy() == pytest.approx(1.0)
    of_cell = source_table(tagged_run, place, 2023)
    content = tagged_run.history["content"].sel(year=2023, metal="Pb", layer=1)
    total = of_cell[of_cell["metal"] == "Pb"]["content_mg_kg"].sum()
    assert total == pytest.approx(float(content[rows[0], cols[0]]), rel=1e-5)
    district = next(iter(tagged_run.manifest["region"]["districts"].values()))
    assert source_table(tagged_run, one_district(tagged_run, district))["share"].notna().all()
    paddy = source_table(tagged_run, one_land_class(tagged_run, "paddy"))
    farmed = paddy[(paddy["tag"] == "manure") & (paddy["metal"] == "Cu")]
    assert farmed["gain_g_ha_yr"].item() > 0.0
    with pytest.raises(InputError, match="district 'nowhere'"):
        one_district(tagged_run, "nowhere")
    with pytest.raises(InputError, match=r"land class 'padi'.*paddy"):
        one_land_class(tagged_run, "padi")


def test_a_run_without_tags_says_so(region, make_scenario, tmp_path):
    with Simulation(region, make_scenario(), recorder=ZarrRecorder(tmp_path / "run")) as sim:
        sim.run()
    run = RunFolder(tmp_path / "run")
    assert run.source_totals is None
    with pytest.raises(InputError, match="has no source tags"):
        source_table(run, whole_region(run))


def test_resumed_and_branched_runs_have_the_same_bits(region, make_scenario, tagged_run, tmp_path):
    scenario = tagged_run.scenario
    sim = Simulation(region, scenario, recorder=ZarrRecorder(tmp_path / "run"))
    sim.run(until=2023)
    sim.close()
    with resume(tmp_path / "run.partial") as sim:
        sim.run()
    with branch(tagged_run.path, 2024, scenario, tmp_path / "branch") as sim:
        sim.run()
    for other in (RunFolder(tmp_path / "run"), RunFolder(tmp_path / "branch")):
        assert other.history["content_by_source"].equals(tagged_run.history["content_by_source"])
        assert other.ledger["loss_by_source"].equals(tagged_run.ledger["loss_by_source"])
        assert other.source_totals.equals(tagged_run.source_totals)


def test_plants_that_are_not_there_are_refused(region, make_scenario):
    from simulator.scenario.check import region_problems

    problems = region_problems(make_scenario(tags={"by": "sector", "plants": ["x-1"]}), region)
    assert "'x-1' is no source" in problems[0].what


def test_plants_without_tags_are_refused(make_scenario, tmp_path):
    text = make_scenario(tags={"by": "sector", "plants": ["x-1"]}).to_toml()
    assert 'by = "sector"' in text
    file = tmp_path / "scenario.toml"
    file.write_text(text.replace('by = "sector"', 'by = "none"'), encoding="utf-8")
    with pytest.raises(InputError, match="plants have tags of their own"):
        read_scenario(file)


def test_a_plant_that_is_called_as_a_pathway_has_a_tag_of_its_own():
    pathways = [
        Pathway("manure", "Manure", "input"),
        Pathway("air", "Air", "input", origin=SOURCES),
    ]
    tags = SourceTags(
        pathways, [("manure", "cement"), ("initial", "cement")], ["manure", "initial"]
    )
    assert tags.names == ("initial", "manure", "source:manure", "source:initial", "corrections")
    assert tags.of_source.tolist() == [2, 3]


def test_metal_returns_from_one_layered_loss_alone(make_sim):
    state, exponent = make_sim().state, np.zeros(len(METALS))
    uptake = Pathway("uptake", "Uptake", "loss", layered=True)
    moss = Pathway("moss", "Moss", "loss")
    for wrong in (
        [moss, Pathway("litter", "Litter", "input", origin="moss")],
        [uptake, Pathway("straw", "Straw", "input", origin="harvest")],
    ):
        with pytest.raises(ValueError, match="one layered loss"):
            Ledger(wrong, state, exponent)
    Ledger([uptake, Pathway("straw", "Straw", "input", origin="uptake")], state, exponent)
