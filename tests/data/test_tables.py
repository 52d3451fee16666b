"""The tables are complete and agree with each other."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulator.constants import FARM_CLASSES, LAND_CLASSES, METALS, WATER_CLASS
from simulator.data import Parameters
from simulator.data.chains import chains
from simulator.emission_factors import controls, emitting_sectors, process_profiles

P = Parameters()

COVERS = [c for c in LAND_CLASSES if c != WATER_CLASS]

PROFILES = [(sector, control) for sector in emitting_sectors() for control in controls(sector)]


@pytest.mark.parametrize("table", [t for t in P.tables() if "metal" in P.columns(t)])
def test_every_combination_of_keys_has_all_metals(table: str) -> None:
    at = P.columns(table).index("metal")
    metals: dict[tuple[str, ...], set[str]] = {}
    for name, *key in (i.split("/") for i in P.ids()):
        if name == table:
            metals.setdefault((*key[:at], *key[at + 1 :]), set()).add(key[at])
    assert metals
    assert all(found == set(METALS) for found in metals.values())


def test_every_sector_has_one_activity_unit() -> None:
    for sector in P.keys("emission_profiles", "sector"):
        assert len(P.keys("emission_profiles", "activity_unit", sector=sector)) == 1


def test_no_sector_has_both_a_chain_and_factors_of_its_process() -> None:
    assert not set(chains()) & set(P.keys("emission_profiles", "sector"))


def test_every_factor_of_a_process_has_species_and_particles() -> None:
    assert {p[:2] for p in process_profiles()} <= set(PROFILES)


def test_profiles_that_regions_name_are_there() -> None:
    assert {
        ("coal power", "ESP+WFGD"),
        ("coal power", "ultra-low"),
        ("waste incineration", "AC+FF"),
        ("secondary copper", "FF"),
        ("foundry", "FF"),
        ("e-waste dismantling", "shredder FF"),
        ("electroplating", "scrubber"),
        ("cement", "FF"),
        ("road traffic", "none"),
        ("residential coal", "none"),
        ("small industry", "cyclone"),
    } <= set(PROFILES)


@pytest.mark.parametrize(("sector", "control"), PROFILES)
def test_species_and_sizes_of_every_profile_sum_to_one(sector: str, control: str) -> None:
    keys = {"sector": sector, "control": control}
    species = P.array("hg_speciation", "species", ("Hg0", "HgII", "HgP"), **keys)
    bins = P.keys("size_bins", "bin")
    sizes = P.array("particle_sizes", "bin", bins, **keys)
    assert species.sum() == pytest.approx(1.0, abs=1e-4)
    assert sizes.sum() == pytest.approx(1.0, abs=1e-9)
    assert 1000.0 <= P.value("particle_density", **keys) <= 8000.0


def test_tables_of_particles_and_species_name_the_same_sources() -> None:
    for table in ("particle_sizes", "particle_density"):
        named = {
            (sector, control)
            for sector in P.keys(table, "sector")
            for control in P.keys(table, "control", sector=sector)
        }
        assert named == set(PROFILES)


def test_bin_diameters_rise_and_lie_in_their_bins() -> None:
    diameters = [
        P.row("size_bins", bin=b, parameter="diameter") for b in P.keys("size_bins", "bin")
    ]
    assert all(a.high == b.low for a, b in pairwise(diameters))


def test_land_classes_are_complete() -> None:
    parameters = P.keys("land_classes", "parameter")
    table = P.array("land_classes", ("land_class", "parameter"), (LAND_CLASSES, parameters))
    assert table.shape == (10, 11)


@pytest.mark.parametrize("land_class", LAND_CLASSES)
def test_curve_numbers_rise_with_the_hydrologic_group(land_class: str) -> None:
    cn = P.array(
        "land_classes", "parameter", [f"curve_number_{g}" for g in "ABCD"], land_class=land_class
    )
    assert (cn[1:] >= cn[:-1]).all()
    assert cn.max() <= 100


def test_vegetation_is_complete() -> None:
    parameters = P.keys("vegetation", "parameter")
    assert P.keys("vegetation", "land_class") == tuple(COVERS)
    assert {f"lai_{m:02d}" for m in range(1, 13)} < set(parameters)
    for c in COVERS:
        assert P.keys("vegetation", "parameter", land_class=c) == parameters


@pytest.mark.parametrize("land_class", COVERS)
def test_vegetation_is_possible(land_class: str) -> None:
    def of(*names: str) -> list[float]:
        return [P.value("vegetation", land_class=land_class, parameter=n) for n in names]

    lai = of(*(f"lai_{m:02d}" for m in range(1, 13)))
    assert all(0.0 <= v <= 8.0 for v in lai)
    assert (max(lai) > 0.0) == (land_class != "bare")
    heads = of("feddes_p0", "feddes_popt", "feddes_p2h", "feddes_p2l", "feddes_p3")
    assert all(a >= b for a, b in pairwise(heads))
    assert heads[0] <= 0.0
    for begin, end in (
        ("flooded_from", "flooded_to"),
        ("irrigated_from", "irrigated_to"),
    ):
        first, last = P["/".join(("vegetation", land_class, begin))], of(end)[0]
        assert first.unit == "month"
        assert (first.value == 0.0) == (last == 0.0)
        assert first.value <= last <= 12.0
    depth, tilled, bund, top, thick, conductivity, factor = of(
        "rooting_depth", "tillage_depth", "bund_height",
        "pan_top", "pan_thickness", "pan_conductivity", "pan_bulk_density_factor",
    )  # fmt: skip
    assert 0.0 < depth <= 2.0
    assert (tilled > 0.0) == (land_class in ("paddy", "dryland", "vegetable"))
    paddy = land_class == "paddy"
    for value in (bund, *of("flooded_from"), top, thick, conductivity, factor):
        assert (value > 0.0) == paddy
    if paddy:
        assert top >= tilled, "the plough reaches the pan"


def test_classes_with_irrigation_have_its_months() -> None:
    keys = {"pathway": "irrigation", "material": "river water"}
    for c in COVERS:
        farmed = c in P.keys("farm_rates", "land_class", **keys)
        water = P.value("farm_rates", land_class=c, **keys) if farmed else 0.0
        month = P.value("vegetation", land_class=c, parameter="irrigated_from")
        assert (month > 0.0) == (water > 0.0)


def test_farming_names_agree() -> None:
    contents = set(P.keys("material_contents", "material"))
    for pathway in ("fertiliser", "manure", "pesticide", "irrigation"):
        materials = P.keys("farm_rates", "material", pathway=pathway)
        assert set(materials) <= contents
        for c in FARM_CLASSES:
            assert P.keys("farm_rates", "material", pathway=pathway, land_class=c) == materials
    assert P.keys("farm_rates", "land_class") == FARM_CLASSES


def test_crop_names_agree() -> None:
    for c in P.keys("cropping", "land_class"):
        assert c in LAND_CLASSES
        assert set(P.keys("cropping", "crop", land_class=c)) <= set(P.keys("yields", "crop"))
    for crop in P.keys("yields", "crop"):
        assert P.keys("yields", "parameter", crop=crop) == (
            "harvest",
            "dry_matter",
            "harvest_index",
            "straw_return",
        )
        assert P.keys("uptake", "parameter", crop=crop) == ("bcf", "straw_ratio")
