"""Soils as columns: the different ones, their layers, pans and roots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.data import Parameters
from simulator.physics.percolation import pedotransfer
from simulator.soil_water.soils import SPACING, profile_of, roots_of, soils_of

LAND = [c for c in LAND_CLASSES if c != WATER_CLASS]
NAMES = ("sand", "silt", "clay", "bulk_density", "organic_matter")


def test_soils_are_the_different_ones_and_every_cell_knows_its_own(two_years):
    soils = soils_of(two_years)
    assert len(soils) == 2
    mask = two_years.soil_mask.reshape(-1)
    assert not mask.all()
    for k, name in enumerate(NAMES):
        by_cell = getattr(two_years.soil, name).reshape(3, -1)
        np.testing.assert_array_equal(soils.properties[soils.soil, k].T[:, mask], by_cell[:, mask])
    assert (soils.soil[~mask] == 0).all()
    np.testing.assert_array_equal(soils.layer_thickness, two_years.layer_thickness)
    assert soils.hydrologic_group.shape == (2,)


def test_soils_that_differ_in_one_layer_alone_are_two(two_years):
    sand = two_years.soil.sand.copy()
    sand[2, 0, 0] += 0.01
    changed = replace(two_years, soil=replace(two_years.soil, sand=sand))
    soils = soils_of(changed)
    assert len(soils) == 3
    assert (soils.soil == soils.soil[0]).sum() == 1


def test_what_no_column_depends_on_makes_no_soil(two_years):
    ph = two_years.soil.ph + np.arange(16.0).reshape(4, 4) * 0.01
    assert len(soils_of(replace(two_years, soil=replace(two_years.soil, ph=ph)))) == 2


@pytest.fixture(params=[0, 1])
def soil(request, two_years):
    return soils_of(two_years).properties[request.param]


@pytest.mark.parametrize("name", LAND)
def test_only_paddies_have_a_pan(name, soil, two_years, parameters):
    """In its depth and nowhere else, with its conductivity; the balance knows no denser soil."""
    profile = profile_of(soil, two_years.layer_thickness, name, parameters)
    layers = two_years.layer_thickness.size
    pan = profile.material == layers
    assert len(profile.materials) == layers + 1
    assert pan.any() == (name == "paddy")
    if name != "paddy":
        return
    top, thickness, conductivity = (
        parameters.value("vegetation", land_class=name, parameter=f"pan_{k}")
        for k in ("top", "thickness", "conductivity")
    )
    inside = (profile.depth > 100.0 * top) & (profile.depth < 100.0 * (top + thickness))
    np.testing.assert_array_equal(pan, inside)
    assert pan.sum() == round(100.0 * thickness / SPACING)
    material = profile.materials[layers]
    assert material.k_s == pytest.approx(conductivity * 100.0 * 86400.0)
    assert material.k_s == pytest.approx(1.2)  # cm/d
    layer = int(np.searchsorted(np.cumsum(two_years.layer_thickness), top, side="right"))
    assert layer == 1
    assert material.bulk_density == profile.materials[layer].bulk_density
    assert material.theta_s < profile.materials[layer].theta_s


def test_layers_are_the_materials_and_change_between_nodes(soil, two_years, parameters):
    profile = profile_of(soil, two_years.layer_thickness, "forest", parameters)
    edges = 100.0 * np.cumsum(two_years.layer_thickness)
    assert profile.depth[0] == 0.0
    assert profile.depth[-1] == pytest.approx(edges[-1])
    assert not np.isclose(profile.depth[:-1, None], edges).any()
    np.testing.assert_array_equal(profile.material[:-1], np.searchsorted(edges, profile.depth[:-1]))
    assert profile.material[-1] == 2
    # what nodes stand for adds up to the layers to half a piece's rounding at the ends
    length = np.bincount(profile.material, profile.length, minlength=3)[:3]
    np.testing.assert_allclose(length, np.diff(np.append(0.0, edges)), atol=1e-9)
    gaps = np.diff(profile.depth)
    np.testing.assert_allclose(gaps[1:-1], SPACING, rtol=1e-9)
    np.testing.assert_allclose(gaps[[0, -1]], SPACING / 2, rtol=1e-9)


def test_materials_are_those_of_the_pedotransfer_functions(soil, two_years, parameters):
    """The upper layer counts as topsoil, those whose middle is below 30 cm do not."""
    profile = profile_of(soil, two_years.layer_thickness, "forest", parameters)
    sand, silt, clay, density, organic = soil
    expected = pedotransfer.estimate(
        sand, silt, clay, density, organic, np.array([True, False, False])
    )
    for z, material in enumerate(profile.materials[:3]):
        for name in ("theta_r", "theta_s", "alpha", "n", "k_s", "l"):
            assert getattr(material, name) == pytest.approx(float(getattr(expected, name)[z]))
        assert material.bulk_density == pytest.approx(density[z] / 1000.0)
    dispersivity = parameters.value("general", process="percolation", parameter="dispersivity")
    assert {m.dispersivity for m in profile.materials} == {100.0 * dispersivity}


def test_a_shallow_column_has_ten_pieces(parameters):
    soil = np.array([[0.3], [0.4], [0.3], [1300.0], [0.02]])
    profile = profile_of(soil, np.array([0.05]), "forest", parameters)
    assert profile.depth.size == 12
    np.testing.assert_allclose(np.diff(profile.depth)[1:-1], 0.5)


def test_a_pan_below_a_shallow_soil_is_left_out(parameters):
    """A column of 15 cm ends above the plough pan."""
    soil = np.array([[0.3], [0.4], [0.3], [1300.0], [0.02]])
    profile = profile_of(soil, np.array([0.15]), "paddy", parameters)
    assert (profile.material == 0).all()


@pytest.mark.parametrize("name", LAND)
def test_roots_thin_out_down_to_the_rooting_depth(name, soil, two_years, parameters):
    profile = profile_of(soil, two_years.layer_thickness, name, parameters)
    roots = roots_of(profile, name, parameters)
    depth = 100.0 * parameters.value("vegetation", land_class=name, parameter="rooting_depth")
    beta = parameters.value("land_classes", land_class=name, parameter="root_beta")
    inside = profile.depth <= depth
    assert (roots.density[~inside] == 0.0).all()
    np.testing.assert_allclose(roots.density[inside], beta ** profile.depth[inside])
    if depth > 0.0:
        assert (np.diff(roots.density) <= 0.0).all()


def test_a_wider_pan_is_found_by_its_parameter(soil, two_years):
    p = Parameters({"vegetation/paddy/pan_thickness": 15.0})
    profile = profile_of(soil, two_years.layer_thickness, "paddy", p)
    assert (profile.material == 3).sum() == 15
