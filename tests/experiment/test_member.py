"""Members: what is kept of them is what a run of their scenario records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.assessment.assess import Assessment
from analysis.assessment.tables import overload_rows
from analysis.experiment import member as members
from analysis.experiment.design import design_table
from analysis.experiment.member import parting_year, run_future
from analysis.experiment.outcomes import UNKNOWN
from analysis.experiment.read import read_experiment
from analysis.experiment.run import future_tasks
from simulator.constants import METALS
from simulator.record import RunFolder, ZarrRecorder
from tests.experiment.files import write_experiment

METALS_KEPT = ["Cd", "Cu"]


@pytest.fixture(scope="module")
def experiment(make_scenario, tmp_path_factory):
    """Three options and the tasks of two futures."""
    path = write_experiment(tmp_path_factory.mktemp("member"), make_scenario)
    return read_experiment(path)[0]


@pytest.fixture(scope="module")
def task(experiment):
    return next(future_tasks(experiment, design_table(experiment.spec, 7), set()))


@pytest.fixture(scope="module")
def result(task):
    found = run_future(task)
    assert found.failed == ()
    return found


def recorded(region, scenario, folder) -> RunFolder:
    recorder = ZarrRecorder(folder)
    with members.Simulation(region, scenario, recorder=recorder, threads=1) as sim:
        sim.run()
    return RunFolder(folder)


def frame(result) -> pd.DataFrame:
    return pd.DataFrame(vars(result.rows))


def test_options_part_where_they_differ(task):
    scenarios = [scenario for _, scenario in task.members]
    assert [parting_year(task.reference, s) for s in scenarios] == [2024, 2022, 2020]


def test_the_years_of_parting(make_scenario):
    def scaled(date: float, factor: float = 0.5) -> dict[str, object]:
        return {"kind": "scale_input", "date": date, "pathway": "manure", "factor": factor}

    plain = make_scenario()
    one, other = scaled(2021.0), scaled(2023.9)
    both = make_scenario(interventions=[one, other])
    assert parting_year(plain, plain.model_copy(update={"title": "Another"})) == plain.end
    assert parting_year(plain, make_scenario(interventions=[other])) == 2023
    assert parting_year(make_scenario(interventions=[one]), both) == 2023
    assert parting_year(both, make_scenario(interventions=[other])) == 2021
    assert parting_year(both, make_scenario(interventions=[one, scaled(2023.9, 0.4)])) == 2023
    assert parting_year(both, make_scenario(interventions=[other, one])) == plain.start
    assert parting_year(plain, make_scenario(seed=8)) == plain.start
    assert parting_year(plain, make_scenario(parameters={"sorption/Cd/m_ph": -0.4})) == plain.start


@pytest.mark.parametrize("place", [0, 1, 2])
def test_members_are_bit_for_bit_what_a_run_records(task, result, region, tmp_path, place):
    """The reference, one that parts within the run, and one that parts at the start."""
    run = recorded(region, task.members[place][1], tmp_path / "run")
    found, rows = result.done[place], frame(result.done[place])
    content = run.history["content"].isel(layer=0).sel(year=[2022, 2024], metal=METALS_KEPT)
    np.testing.assert_array_equal(found.maps.content, content.values)

    fluxes = rows[rows["outcome"].str.startswith("flux/")]
    kept = fluxes.set_index(["outcome", "metal", "year"])["value"]
    lowest = len(run.manifest["layer_thickness"])
    totals = run.totals
    for pathway in run.manifest["pathways"]:
        of_pathway = totals[totals["pathway"] == pathway["name"]]
        if pathway["kind"] in ("downward", "upward"):
            of_pathway = of_pathway[of_pathway["layer"] == lowest]
        expected = of_pathway.groupby(["metal", "year"])["kg_per_yr"].sum()
        np.testing.assert_allclose(  # layers are added up in another order
            kept[f"flux/{pathway['name']}"].reindex(expected.index), expected, rtol=1e-14
        )

    built = rows[rows["outcome"] == "built_km2"].set_index("year")["value"]
    cost = rows[rows["outcome"] == "cost_million_cny"].set_index("year")["value"]
    spent = run.policies.groupby("year")["cost_million_cny"].sum().reindex(cost.index).fillna(0.0)
    np.testing.assert_array_equal(cost, spent)
    assert cost.tolist() == ([0.0, 0.0, 1.5, 3.0] if place == 1 else [0.0] * 4)
    assert built.index.tolist() == [*range(2020, 2025)]
    assert (built.diff().dropna() >= 0.0).all()


def test_overload_and_capacity_are_those_of_the_assessment(task, result, region, tmp_path):
    run = recorded(region, task.members[2][1], tmp_path / "run")
    assessment = Assessment(run, [2020, 2022, 2024])
    names = {str(k): v for k, v in region.district_names.items()}
    rows = frame(result.done[2]).set_index(["outcome", "metal", "year"])["value"]
    states = {year: assessment.year(year) for year in assessment.years}
    for year, state in states.items():
        table = overload_rows(state, region.grid.cell_area, names)["metal"]
        table = table[table["land"] == "current"].set_index("metal")
        content = state["content"].sel(year=year)
        for metal in METALS:
            assert rows["overload_ha", metal, year] == table.loc[metal, "overload_ha"]
            assert rows["overload_share", metal, year] == table.loc[metal, "overload_share"]
            assert rows["capacity_kg_ha", metal, year] == pytest.approx(
                table.loc[metal, "capacity_mean_kg_ha"], rel=1e-5
            )
            mean = float(np.nanmean(content.sel(metal=metal)))
            assert rows["mean_content", metal, year] == pytest.approx(mean, rel=1e-5)
        assert rows["overload_ha", "any", year] == table.loc["all", "overload_ha"]
    maps = result.done[2].maps
    for k, year in enumerate((2022, 2024)):
        overload = states[year]["overload"].sel(year=year, land="current", metal=METALS_KEPT).values
        np.testing.assert_array_equal(
            maps.overload[k], np.where(np.isnan(overload), UNKNOWN, overload)
        )
    exceedance = states[2020]["exceedance_year"].sel(year=2020, land="current", metal=METALS_KEPT)
    np.testing.assert_array_equal(maps.exceedance_year, exceedance.values)
    assert (maps.overload == UNKNOWN).any()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_shared_past_changes_no_bit(task, result, place):
    """Each member as if it were the only one, from the start to the end."""
    member, scenario = task.members[place]
    alone = run_future(replace(task, reference=scenario, members=((member, scenario),))).done[0]
    pd.testing.assert_frame_equal(frame(alone), frame(result.done[place]), check_exact=True)
    for name, values in vars(alone.maps).items():
        np.testing.assert_array_equal(values, getattr(result.done[place].maps, name))


class Broken(RuntimeError):  # noqa: N818
    """What goes wrong in these tests."""


def breaking(monkeypatch, fails) -> None:
    """Let simulations of some scenarios fail."""

    class Breaking(members.Simulation):
        def step(self) -> None:
            if fails(self.scenario, self.year):
                raise Broken(f"in {self.year}")
            super().step()

    monkeypatch.setattr(members, "Simulation", Breaking)


def test_what_goes_wrong_with_one_does_not_stop_the_others(task, monkeypatch):
    breaking(monkeypatch, lambda scenario, year: scenario.landuse.path == "compact")
    found = run_future(task)
    assert [m.member for m in found.done] == [0, 1]
    assert [(f.member, f.error) for f in found.failed] == [(2, "Broken: in 2020")]
    assert found.failed[0].cause.startswith("test_member.py:")


def test_a_past_that_goes_wrong_fails_those_that_share_it(task, result, monkeypatch):
    """The reference fails in 2023: who parted from it before has its years."""
    usual = task.reference.interventions
    breaking(monkeypatch, lambda s, year: s.interventions == usual and s.landuse.path == "trend"
             and year == 2023)  # fmt: skip
    found = run_future(task)
    assert [f.member for f in found.failed] == [0]
    assert [m.member for m in found.done] == [1, 2]
    pd.testing.assert_frame_equal(frame(found.done[0]), frame(result.done[1]), check_exact=True)


def test_another_program_or_region_is_refused(task):
    for changed in (replace(task, program="0"), replace(task, region="0")):
        found = run_future(changed)
        assert found.done == ()
        assert len(found.failed) == 3
        assert found.failed[0].error.startswith("RunError: the")


def test_policies_of_all_kinds_share_their_past(make_scenario, tmp_path):
    """Every built-in policy at once, in force from within the run on."""
    text = """
name = "policies"
title = "Policies"
scenario = "base.toml"
[[levers]]
name = "policy"
levels = [0.0, 0.8]
policies = [
  "clean-industry", "clean-air", "clean-farming", "spared-land", "sponge-city", "soil-care",
]
"""
    path = write_experiment(tmp_path, make_scenario, text, start=2024, years=9)
    experiment, _ = read_experiment(path)
    assert len(experiment.options[1].interventions) > 20
    task = next(future_tasks(experiment, design_table(experiment.spec, 7), set()))
    usual = task.reference.model_copy(update={"interventions": ()})
    shared = run_future(replace(task, reference=usual, members=task.members[1:]))
    assert parting_year(usual, task.members[1][1]) == 2026
    alone = run_future(replace(task, reference=task.members[1][1], members=task.members[1:]))
    assert (shared.failed, alone.failed) == ((), ())
    one, other = shared.done[0], alone.done[0]
    pd.testing.assert_frame_equal(frame(one), frame(other), check_exact=True)
    np.testing.assert_array_equal(one.maps.content, other.maps.content)
    rows = frame(one)
    assert rows[rows["outcome"] == "cost_million_cny"]["value"].sum() > 0.0


def test_no_strength_is_no_policy(make_scenario, tmp_path):
    """All but the pathways that only a policy books on is as without one, bit for bit."""
    text = """
name = "none"
title = "None"
scenario = "base.toml"
[[levers]]
name = "policy"
options = [{name = "none"}, {name = "idle", policies = [
  {name = "clean-industry", strength = 0.0}, {name = "clean-farming", strength = 0.0},
  {name = "soil-care", strength = 0.0}, {name = "sponge-city", strength = 0.0},
]}]
"""
    path = write_experiment(tmp_path, make_scenario, text, start=2025, years=4)
    experiment, _ = read_experiment(path)
    found = run_future(next(future_tasks(experiment, design_table(experiment.spec, 7), set())))
    assert found.failed == ()
    pd.testing.assert_frame_equal(frame(found.done[0]), frame(found.done[1]), check_exact=True)
