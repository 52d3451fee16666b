"""Scenarios: paths, deriving, round trip, and the ones that come with the program."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.constants import FARM_CLASSES, METALS
from simulator.data import Parameters
from simulator.emission_factors import emission_factor
from simulator.errors import InputError
from simulator.region import builtin_regions, read_region
from simulator.scenario import (
    DEFAULT_SCENARIO,
    Scenario,
    builtin_scenarios,
    check_scenario,
    factors_by_metal,
    interpolate_path,
    read_scenario,
    select_parcels,
)
from simulator.scenario.model import DepositionPath, FarmPath
from simulator.scenario.paths import FactorPoint, RatePoint
from simulator.scenario.select import parcel_districts
from simulator.scenario.toml_text import to_toml
from tests.broken.edit import PLAN, make_inputs


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_inputs(tmp_path_factory.mktemp("scenarios"))


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


# -- paths -----------------------------------------------------------------------------------------

corners = st.dictionaries(
    st.floats(1900, 2200).map(lambda y: round(y, 2)), st.floats(0, 10), min_size=1, max_size=8
)


@given(corners=corners, year=st.floats(1850, 2250))
def test_a_path_is_the_linear_interpolation_of_its_points(
    corners: dict[float, float], year: float
) -> None:
    years = sorted(corners)
    points = [FactorPoint(year=y, factor=corners[y]) for y in years]
    expected = np.interp(year, years, [corners[y] for y in years])
    assert interpolate_path(points, year) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(corners=corners)
def test_a_path_goes_through_its_points_and_is_constant_outside(
    corners: dict[float, float],
) -> None:
    years = sorted(corners)
    points = [FactorPoint(year=y, factor=corners[y]) for y in years]
    assert all(interpolate_path(points, y) == corners[y] for y in years)
    assert interpolate_path(points, years[0] - 100) == corners[years[0]]
    assert interpolate_path(points, years[-1] + 100) == corners[years[-1]]


def test_paths_of_rates_and_the_middle_of_a_path() -> None:
    points = [RatePoint(year=2010, rate=0.04), RatePoint(year=2020, rate=0.02)]
    assert interpolate_path(points, 2015) == 0.03
    with pytest.raises(ValueError, match="at least one point"):
        interpolate_path([], 2015)


metal_paths = st.dictionaries(st.sampled_from([*METALS, "*"]), corners)


@given(paths=metal_paths, year=st.floats(1850, 2250))
def test_a_metal_follows_its_own_path_else_that_of_the_others_else_none(
    paths: dict[str, dict[float, float]], year: float
) -> None:
    points = {
        m: tuple(FactorPoint(year=y, factor=c[y]) for y in sorted(c)) for m, c in paths.items()
    }
    factors = factors_by_metal([DepositionPath(metal=m, path=p) for m, p in points.items()], year)
    assert factors.shape == (len(METALS),)
    for metal, factor in zip(METALS, factors, strict=True):
        path = points.get(metal, points.get("*"))
        assert factor == (1.0 if path is None else interpolate_path(path, year))


def test_a_path_that_names_no_metal_is_for_all_others() -> None:
    path = (FactorPoint(year=2020, factor=0.5),)
    assert FarmPath(pathway="manure", path=path).metal == "*"
    assert factors_by_metal([FarmPath(pathway="manure", path=path)], 2020).tolist() == [0.5] * 8
    assert factors_by_metal([], 2020).tolist() == [1.0] * 8


# -- TOML ------------------------------------------------------------------------------------------

scalars = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text('abc/ é"\\\n-_', max_size=6), v),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text('abc/ é"\\\n.-_', max_size=6), values, max_size=6))
def test_what_is_written_as_toml_reads_back_the_same(table: dict[str, object]) -> None:
    assert tomllib.loads(to_toml(table)) == table


def test_resolved_scenarios_read_back_the_same(inputs: Path, tmp_path: Path) -> None:
    for name in (inputs / "plan.toml", *builtin_scenarios()):
        scenario = read_scenario(name)
        text = scenario.to_toml()
        again = read_scenario(write(tmp_path, "resolved.toml", text))
        assert again == scenario
        assert again.to_toml() == text


# -- deriving --------------------------------------------------------------------------------------


def test_a_derived_scenario_differs_in_what_it_names_only(inputs: Path) -> None:
    derived = read_scenario(
        write(
            inputs,
            "derived.toml",
            """base = "plan.toml"
name = "derived"
title = "Derived"
[landuse]
max_impervious_urban = 0.7
[parameters]
"sorption/Cd/n" = 1.1
""",
        )
    )
    base = read_scenario(inputs / "plan.toml")
    assert derived.landuse.max_impervious_urban == 0.7
    assert derived.parameters == {**base.parameters, "sorption/Cd/n": 1.1}, "tables are merged"
    same = {"name", "title", "landuse", "parameters"}
    assert derived.model_dump(exclude=same) == base.model_dump(exclude=same)
    assert derived.landuse.model_dump(exclude={"max_impervious_urban"}) == base.landuse.model_dump(
        exclude={"max_impervious_urban"}
    )


def test_lists_are_replaced_as_a_whole(inputs: Path) -> None:
    text = 'base = "plan.toml"\nname = "lists"\ntitle = "L"\ninterventions = []\n'
    text += "[landuse]\nbuilt_growth = [{year = 2000, rate = 0.0}]\n"
    derived = read_scenario(write(inputs, "lists.toml", text))
    assert derived.interventions == ()
    assert len(derived.landuse.built_growth) == 1


def test_a_table_of_another_kind_is_replaced(inputs: Path) -> None:
    """The demand of a base is merged with one of its kind only."""
    text = PLAN.replace(
        "[parameters]", '[landuse.demand]\nkind = "logistic"\nceiling_km2 = 9.0\n[parameters]'
    )
    write(inputs, "bend.toml", text)
    head = 'base = "bend.toml"\nname = "{0}"\ntitle = "T"\n[landuse.demand]\n'
    same = read_scenario(
        write(
            inputs,
            "same.toml",
            head.format("same")
            + "history = [{year = 2000, area_km2 = 1.0}, {year = 2010, area_km2 = 2.0}]\n",
        )
    )
    assert same.landuse.demand.kind == "logistic"
    assert same.landuse.demand.ceiling_km2 == 9.0
    other = read_scenario(write(inputs, "other.toml", head.format("other") + 'kind = "trend"\n'))
    assert other.landuse.demand.kind == "trend"
    assert other.landuse.demand.history is None


def test_a_description_belongs_to_its_scenario(inputs: Path) -> None:
    write(inputs, "told.toml", PLAN.replace('title = "Plan"', 'title = "P"\ndescription = "x"'))
    text = 'base = "told.toml"\nname = "untold"\ntitle = "U"\n'
    assert read_scenario(write(inputs, "untold.toml", text)).description == ""


def test_a_region_is_relative_to_the_file_that_names_it(inputs: Path) -> None:
    write(inputs, "sub/low.toml", PLAN.replace('"testland"', '"../testland"'))
    text = 'base = "sub/low.toml"\nname = "top"\ntitle = "T"\n'
    derived = read_scenario(write(inputs, "top.toml", text))
    assert Path(derived.region) == (inputs / "testland").resolve()


def test_a_builtin_scenario_can_be_a_base(tmp_path: Path) -> None:
    text = f'base = "{DEFAULT_SCENARIO}"\nname = "mine"\ntitle = "M"\nyears = 9\n'
    derived = read_scenario(write(tmp_path, "mine.toml", text))
    base = read_scenario(DEFAULT_SCENARIO)
    assert derived.years == 9
    assert derived.landuse == base.landuse
    assert derived.region == base.region


def test_a_problem_is_told_of_the_file_that_holds_it(inputs: Path) -> None:
    write(
        inputs, "bad.toml", PLAN.replace("max_impervious_urban = 0.8", "max_impervious_urban = 8")
    )
    text = 'base = "bad.toml"\nname = "heir"\ntitle = "H"\nyears = 0\n'
    problems = check_scenario(write(inputs, "heir.toml", text))
    assert sorted(p.where for p in problems) == [
        "bad.toml: landuse.max_impervious_urban",
        "heir.toml: years",
    ]


# -- objects ---------------------------------------------------------------------------------------


def test_a_scenario_is_frozen(inputs: Path) -> None:
    scenario = read_scenario(inputs / "plan.toml")
    with pytest.raises(ValidationError):
        scenario.years = 3  # type: ignore[misc]


def test_a_scenario_in_memory_is_checked_like_a_file(inputs: Path) -> None:
    scenario = read_scenario(inputs / "plan.toml")
    region = read_region(inputs / "testland")
    assert check_scenario(scenario, region) == []
    short = scenario.model_copy(update={"years": 5})
    assert [p.what for p in check_scenario(short, region)] == [
        "2017.5 is outside the run",
        "2020 is outside the run",
    ]


def test_unknown_scenarios_are_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match="Did you mean 'wuhan-baseline'"):
        read_scenario("wuhan-basline")
    with pytest.raises(InputError, match="a folder"):
        read_scenario(Path(__file__).parent)


def test_parcels_by_district_zone_and_id(inputs: Path) -> None:
    """Districts share out the parcels; a selection is the union of its words, each parcel once."""
    region = read_region(inputs / "testland")
    north = select_parcels(["district:North"], region)
    south = select_parcels(["district:South"], region)
    assert set(north) & set(south) == set()
    assert sorted(north + south) == sorted(region.parcels["id"])
    assert set(parcel_districts(region)) == {1, 2}
    protected = region.parcels.loc[region.parcels["zone"] == "protected", "id"].tolist()
    assert select_parcels(["zone:protected"], region) == protected
    assert select_parcels([40, "district:North", 1, 1], region) == [*north, 40]


# -- the scenarios that come with the program ------------------------------------------------------


def test_every_builtin_region_has_a_builtin_scenario() -> None:
    assert DEFAULT_SCENARIO in builtin_scenarios()
    assert {read_scenario(name).region for name in builtin_scenarios()} == set(builtin_regions())


@pytest.mark.parametrize("region", builtin_regions())
def test_builtin_scenarios_and_their_regions_are_good(region: str) -> None:
    """Each scenario against its region, which is read and checked once."""
    found = [read_scenario(name) for name in builtin_scenarios()]
    assert [scenario.name for scenario in found] == builtin_scenarios()
    read = read_region(region)
    for scenario in found:
        if scenario.region == region:
            assert check_scenario(scenario, read) == [], scenario.name


@pytest.mark.parametrize("name", ["taizhou-baseline", "wuhan-baseline"])
def test_towns_grow_ever_more_slowly_and_coal_falls(name: str) -> None:
    scenario: Scenario = read_scenario(name)
    years = np.arange(scenario.start, scenario.end)
    growth = [interpolate_path(scenario.landuse.built_growth, y) for y in years]
    assert (np.diff(growth) <= 0).all()
    coal = next(p.path for p in scenario.emission.paths if p.sector == "coal power")
    after_peak = [interpolate_path(coal, y) for y in years if y >= 2030]
    assert (np.diff(after_peak) < 0).any()
    assert (np.diff(after_peak) <= 0).all()


def test_retrofit_of_wuhan_is_that_of_the_emission_factors() -> None:
    """Removal = 1 - emission factor with the new control over that with the old one."""
    retrofit = read_scenario("wuhan-baseline").interventions[0]
    assert retrofit.kind == "retrofit"
    parameters = Parameters()
    factor = {
        control: emission_factor(parameters, "coal power", control, "t coal").value
        for control in ("ESP+WFGD", "ultra-low")
    }
    expected = 1 - factor["ultra-low"] / factor["ESP+WFGD"]
    removal = [retrofit.removal.get(m, retrofit.removal["all"]) for m in METALS]
    np.testing.assert_allclose(removal, expected, atol=0.005)


def test_manure_of_wuhan_before_the_feed_limits_is_that_of_the_tables() -> None:
    """Feed limits took 70, 70, 50 % of As, Cu, Zn of pig manure: undone, over the mix of 2020.

    The other metals tell how much manure there was.
    """
    scenario = read_scenario("wuhan-baseline")
    manure = [p for p in scenario.farming.paths if p.pathway == "manure"]
    parameters = Parameters()
    materials = parameters.keys("farm_rates", "material", pathway="manure")
    content = parameters.array("material_contents", ("material", "metal"), (materials, METALS))
    cut = {"pig manure": {"As": 0.7, "Cu": 0.7, "Zn": 0.5}}
    kept = np.array([[1 - cut.get(m, {}).get(x, 0.0) for x in METALS] for m in materials])
    for land in FARM_CLASSES:
        rate = parameters.array(
            "farm_rates", "material", materials, pathway="manure", land_class=land
        )
        expected = rate @ (content / kept) / (rate @ content)
        found = factors_by_metal(manure, 2015)
        np.testing.assert_allclose(found / found[METALS.index("Cd")], expected, atol=0.005)
    assert (factors_by_metal(manure, 2020) == 1).all()
    assert len(set(factors_by_metal(manure, 2035))) == 1, "the amount of manure, for all metals"


@pytest.mark.parametrize("region", ["taizhou", "wuhan"])
@pytest.mark.parametrize("path", ["compact", "sprawl", "polycentric", "ecological"])
def test_scenarios_of_a_path_differ_from_the_baseline_in_it_only(region: str, path: str) -> None:
    base, other = read_scenario(f"{region}-baseline"), read_scenario(f"{region}-{path}")
    named = {"name", "title", "description"}
    trend = base.landuse.model_copy(update={"path": path})
    assert other.landuse == trend
    assert other.model_dump(exclude={*named, "landuse"}) == base.model_dump(
        exclude={*named, "landuse"}
    )


def test_ceilings_of_the_sealed_share_are_those_of_the_path_unless_said(inputs: Path) -> None:
    assert read_scenario(inputs / "plan.toml").landuse.ceilings(0.5, 0.6) == (0.8, 0.88)
    landuse = read_scenario("wuhan-compact").landuse
    assert landuse.ceilings(0.5, 0.6) == (0.5, 0.6)


# the trends of China
@pytest.mark.parametrize("name", [n for n in builtin_scenarios() if not n.startswith("kola")])
def test_cadmium_and_chromium_of_the_background_fall_less_than_lead_and_zinc(name: str) -> None:
    paths = read_scenario(name).deposition.paths
    factors = dict(zip(METALS, factors_by_metal(paths, 2019), strict=True))
    assert factors["Pb"] == factors["Zn"] == factors["Cu"] < factors["Cr"] < 1
    assert factors["Pb"] < factors["Cd"] < 1
