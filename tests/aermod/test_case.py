"""Reference cases: everything arrives in SI, and what is wrong in a file is named."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator.aermod.case import Circle, Rectangle
from simulator.aermod.case_read import read_case, read_results
from simulator.aermod.met_files import read_meteorology
from simulator.errors import InputError
from simulator.physics.dispersion.meteorology import CALM, MISSING, status
from simulator.physics.dispersion.sources import (
    Area,
    BulkParticles,
    Gas,
    Inert,
    Particles,
    Point,
    Volume,
)
from tests.aermod.places import FULL, FULL_CASES, SMALL

needs_cases = pytest.mark.skipif(not FULL.is_dir(), reason=f"no reference cases in {FULL}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy of the small case that a test may change."""
    shutil.copytree(SMALL, tmp_path / "set")
    return tmp_path / "set" / "unit_method2"


def edit(folder: Path, *changes: tuple[str, str]) -> None:
    path = folder / "case.toml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def test_the_small_case(folder: Path) -> None:
    case = read_case(folder)
    assert case.id == "unit_method2"
    assert [s.id for s in case.sources] == ["CD60", "NI10"]
    assert case.sources[0].source == Point(0.0, 0.0, 60.0, 2.0, 400.0, 12.0)
    assert case.sources[0].substance == BulkParticles(0.7, 0.6e-6)
    assert case.sources[0].rate == 100.0
    assert case.groups == {"CD60": ("CD60",), "NI10": ("NI10",)}
    assert case.outputs == ("CONC", "DEPOS", "DDEP", "WDEP")
    assert case.deposition
    assert case.flat
    assert case.dry_depletion
    assert case.wet_depletion
    assert case.urban is None
    assert case.ground is None
    assert case.hours is not None
    assert (case.hours.processed, case.hours.calm, case.hours.missing) == (48, 1, 1)
    assert case.receptors.x.tolist() == [100.0, 1000.0, 5000.0, 1000.0]
    results = read_results(case)
    assert len(results["period"]) == 8
    hourly = results["hourly"]
    assert len(hourly) == 2 * 4 * 48
    assert hourly["yymmddhh"].iloc[0] == 10070101
    total = hourly.groupby(["group", "x_m", "y_m"], sort=False)["depos_g_m2"].sum()
    assert total.to_numpy() == pytest.approx(results["period"]["depos_g_m2"].to_numpy(), rel=1e-5)


@pytest.mark.parametrize("path", FULL_CASES)
def test_every_case_is_read(path: Path) -> None:
    """Counts agree with the meteorology; groups, receptors and results belong together."""
    case = read_case(path)
    met = read_meteorology(
        case.surface_file, case.profile_file, first_day=case.first_day, last_day=case.last_day
    )
    assert case.hours is not None
    assert len(met) == case.hours.processed
    code = status(met)
    assert (code == CALM).sum() == case.hours.calm
    assert (code == MISSING).sum() == case.hours.missing
    period = read_results(case)["period"]
    assert set(period["group"]) == set(case.groups)
    assert len(period) == len(case.groups) * len(case.receptors)
    first = period[period["group"] == next(iter(case.groups))]
    np.testing.assert_array_equal(first["x_m"], case.receptors.x)
    np.testing.assert_array_equal(first["y_m"], case.receptors.y)
    inert = [isinstance(s.substance, Inert) for s in case.sources]
    assert all(inert) if not case.deposition else not any(inert)


@needs_cases
def test_units_of_particles_gases_and_areas() -> None:
    particles = read_case(FULL / "04_unit_particles_depletion").sources[0].substance
    assert isinstance(particles, Particles)
    assert particles.diameters == pytest.approx((0.5e-6, 1.5e-6, 4e-6, 8e-6, 20e-6))
    assert particles.fractions == (0.2, 0.25, 0.25, 0.2, 0.1)
    assert particles.densities == pytest.approx((1800.0, 2000.0, 2400.0, 2500.0, 2600.0))
    gases = read_case(FULL / "07_unit_gas_hg2")
    gas = gases.sources[0].substance
    assert isinstance(gas, Gas)
    assert gas.diffusivity_air == pytest.approx(6e-6)
    assert gas.diffusivity_water == pytest.approx(5.25e-10)
    assert gas.cuticular_resistance == pytest.approx(1e7)
    assert (gas.henry, gas.reactivity) == (6e-6, 1.0)
    assert gases.ground is not None
    assert gases.ground.season == (3, 3, 5, 1, 1, 1, 1, 1, 1, 2, 3, 3)
    assert gases.ground.land_use[9:18] == (4,) * 9
    areas = {s.id: s for s in read_case(FULL / "10_unit_area_volume").sources}
    assert isinstance(areas["VOL2"].source, Volume)
    assert areas["AREA2"].shape == Rectangle(0.0, 0.0, 1000.0, 500.0, 30.0)
    assert areas["AREA2"].rate == pytest.approx(1e-4 * 1000.0 * 500.0)
    assert areas["CIRC1"].shape == Circle(0.0, 0.0, 100.0, 20)
    assert areas["CIRC1"].rate == pytest.approx(1e-3 * np.pi * 100.0**2)
    urban = read_case(FULL / "19_quarter_urban_area_volume")
    assert [s.urban for s in urban.sources] == [True, True, False]
    assert urban.urban is not None
    assert (urban.urban.population, urban.urban.roughness) == (2e6, 1.0)
    assert (urban.first_day, urban.last_day) == (date(1996, 7, 1), date(1996, 9, 30))
    hills = read_case(FULL / "08_unit_terrain")
    assert not hills.flat
    assert hills.receptors.hill.max() == 150.0


def test_other_types_of_sources(folder: Path) -> None:
    edit(folder, ('type = "POINT"', 'type = "POINTCAP"'))
    point = read_case(folder).sources[0].source
    assert isinstance(point, Point)
    assert point.release == "capped"
    text = (folder / "case.toml").read_text()
    start, _ = text.split("[[sources]]", 1)
    polygon = (
        '[[sources]]\nid = "CD60"\ntype = "AREAPOLY"\nemission_rate_g_s_m2 = 0.01\n'
        "release_height_m = 2.0\nvertices_m = [[0.0, 0.0], [0.0, 10.0], [10.0, 0.0]]\n"
        '[[sources]]\nid = "NI10"\ntype = "POINTHOR"\nx_m = 1\ny_m = 2.0\nemission_rate_g_s = 3.0\n'
        "stack_height_m = 4.0\nexit_temperature_K = 0.0\nexit_velocity_m_s = 5.0\n"
        "diameter_m = 1.0\n"
    )
    (folder / "case.toml").write_text(start + polygon)
    area, stack = read_case(folder).sources
    assert area.source == Area(((0.0, 0.0), (0.0, 10.0), (10.0, 0.0)), 2.0)
    assert area.rate == pytest.approx(0.5)
    assert isinstance(stack.source, Point)
    assert stack.source.release == "horizontal"
    assert isinstance(stack.substance, Inert)


def test_particles_count_without_deposition_output(folder: Path) -> None:
    """As in AERMOD: what settles settles, whether one asks for the deposition or not."""
    edit(
        folder,
        ('modelopt = ["CONC", "DEPOS", "DDEP", "WDEP",', 'modelopt = ["CONC",'),
        ('outputs = ["CONC", "DEPOS", "DDEP", "WDEP"]', 'outputs = ["CONC"]'),
        ("deposition = true", "deposition = false"),
    )
    case = read_case(folder)
    assert not case.deposition
    assert isinstance(case.sources[0].substance, BulkParticles)
    assert case.dry_depletion


FAULTS = {
    "unknown key": (("stack_height_m", "stack_hight_m"), r"sources 1: stack_hight_m: unknown key"),
    "nearest key": (("stack_height_m", "stack_hight_m"), r"Did you mean 'stack_height_m'\?"),
    "missing key": (("diameter_m = 2.0\n", ""), r"sources 1: diameter_m: is missing"),
    "unknown option": (("flat_terrain", "flat_terain"), r"Did you mean 'flat_terrain'"),
    "type": (('"POINT"', '"PIONT"'), r"sources 1: type: found 'PIONT'.*Did you mean 'POINT'\?"),
    "text for number": (("x_m = 0.0", 'x_m = "0"'), r"sources 1: x_m: found '0'"),
    "negative": (("diameter_m = 2.0", "diameter_m = -2.0"), r"diameter_m: found -2.0"),
    "infinite": (("diameter_m = 2.0", "diameter_m = inf"), r"diameter_m: found inf"),
    "downwash": (("building_downwash = false", "building_downwash = true"), r"building_downwash"),
    "double id": (('id = "NI10"', 'id = "CD60"'), r"id 'CD60' is there twice"),
    "long id": (('id = "NI10"', 'id = "NI10_________"'), r"sources 2: id"),
    "group": (('NI10 = ["NI10"]', 'NI10 = ["NI11"]'), r"groups.NI10: source 'NI11'.*'NI10'\?"),
    "all": (('NI10 = ["NI10"]', 'ALL = ["NI10"]'), r"groups.ALL: holds not all"),
    "options disagree": (("flat_terrain = true", "flat_terrain = false"), r"terrain: found False"),
    "depletion": (("dry_depletion = true", "dry_depletion = false"), r"dry_depletion: found False"),
    "urban": (("urban = false", "urban = true"), r"options.urban: found True.*urban_area"),
    "fraction": (("fine_mass_fraction = 0.7", "fine_mass_fraction = 1.7"), r"fine_mass_fraction"),
    "diameter": (("diameter_um = 0.6", "diameter_um = 6000.0"), r"1 \(CD60\): fine fraction"),
    "count": (("count = 4", "count = 5"), r"receptors.count: 5, but receptors.csv has 4"),
    "day": (("profile_base_elev_m = 0.0", 'profile_base_elev_m = 0.0\nfirst_day = "2010-02-30"'),
            r"met.first_day: '2010-02-30'"),
    "no met": (("../met/UNIT_DEV.SFC", "../met/UNIT_DEW.SFC"), r"surface_file.*'UNIT_DEV.SFC'\?"),
    "up twice": (("../met/UNIT_DEV.SFC", "../../met/UNIT_DEV.SFC"), r"may not leave it"),
    "up later": (("../met/UNIT_DEV.SFC", "../met/../../x"), r"may not leave it"),
    "absolute": (("../met/UNIT_DEV.SFC", "/etc/passwd"), r"may not leave it"),
    "receptors outside": (('file = "receptors.csv"', 'file = "../../r.csv"'), r"may not leave it"),
    "not toml": (("[options]", "[options"), r"is not TOML"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_are_named(folder: Path, fault: tuple[tuple[str, str], str]) -> None:
    change, message = fault
    edit(folder, change)
    with pytest.raises(InputError, match=message):
        read_case(folder)


def test_all_faults_at_once(folder: Path) -> None:
    edit(folder, ("count = 4", "count = 5"), ("../met/UNIT_DEV.SFC", "../no.SFC"),
         ("diameter_m = 2.0", "diameter_m = -2.0"))  # fmt: skip
    with pytest.raises(InputError) as error:
        read_case(folder)
    text = str(error.value)
    assert "receptors.count" in text
    assert "met.surface_file" in text
    assert "diameter_m" in text


def test_a_link_out_of_the_set_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "far.SFC").write_bytes((SMALL / "met" / "UNIT_DEV.SFC").read_bytes())
    link = folder.parent / "met" / "UNIT_DEV.SFC"
    link.unlink()
    link.symlink_to(tmp_path / "far.SFC")
    with pytest.raises(InputError, match="link to a place outside"):
        read_case(folder)


def test_a_gas_needs_its_ground(folder: Path) -> None:
    edit(folder, ("[sources.particles_method2]\nfine_mass_fraction = 0.7\n"
                  "mass_mean_diameter_um = 0.6",
                  "[sources.gas]\ndiffusivity_air_cm2_s = 0.06\ndiffusivity_water_cm2_s = 5e-6\n"
                  "cuticular_resistance_s_cm = 1e5\nhenry_Pa_m3_mol = 6e-6"))  # fmt: skip
    with pytest.raises(InputError, match="gas needs"):
        read_case(folder)


def test_faults_of_results_are_named(folder: Path) -> None:
    case = read_case(folder)
    path = folder / "results_period.csv"
    text = path.read_text()
    path.write_text(text.replace("ddep_g_m2", "dry", 1))
    with pytest.raises(InputError, match="ddep_g_m2: the column is missing"):
        read_results(case)
    path.write_text(text.replace("CD60,100.0,0.0,", "CD60,100.0,0.0,x", 1))
    with pytest.raises(InputError, match="conc_ug_m3: holds what is no number"):
        read_results(case)
    (folder / "results_hourly.csv.gz").write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(InputError) as error:
        read_results(case)
    assert "results_hourly.csv.gz: cannot be read" in str(error.value)
    assert "conc_ug_m3" in str(error.value)
