"""Point sources: dates inside the year, retrofits, fuels and loads."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.agents.emitter import mercury_species
from simulator.agents.inventory import point_sources
from simulator.agents.point_source import PointSource
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.emission_factors import controls, emission_factor
from simulator.errors import InputError
from simulator.region import read_region
from tests.make_sources import add_source_changes, set_sources

HG = METALS.index("Hg")
P = Parameters()
COAL = 1e6


class Books(mesa.Model):
    """A year and parameters: all that a source asks of its model."""

    def __init__(self, year: int = 2020) -> None:
        super().__init__()
        self.parameters = P
        self.year = year
        self.path = 1.0
        self.scenario = SimpleNamespace(interventions=())

    def activity_factor(self, sector: str, year: int) -> float:
        return self.path


def plant(**options: object) -> PointSource:
    """A coal power plant that burns 1 Mt a year behind ESP and FGD."""
    settings = {"control": "ESP+WFGD", "fuel": "coal of China", **options}
    return PointSource(
        Books(), "coal-1", "Plant", "coal power", position=(0.0, 0.0), activity=COAL,
        activity_unit="t coal", **settings,
    )  # fmt: skip


def of(control: str = "ESP+WFGD", fuel: str = "coal of China", technology: str = "") -> np.ndarray:
    """Emission of a full year. [kg]"""
    return COAL * emission_factor(P, "coal power", control, "t coal", technology, fuel).value


def emission(source: PointSource, year: int = 2020) -> np.ndarray:
    source.model.year = year
    source.step()
    return source.emission


def test_without_changes_it_is_activity_times_factor() -> None:
    np.testing.assert_array_equal(emission(plant()), of())


def test_fuel_switched_in_the_middle_of_the_year() -> None:
    source = plant()
    source.switch(2020.5, fuel="coal of Zhejiang")
    np.testing.assert_allclose(emission(source, 2019), of())
    half = 0.5 * of() + 0.5 * of(fuel="coal of Zhejiang")
    np.testing.assert_allclose(emission(source, 2020), half)
    np.testing.assert_allclose(emission(source, 2021), of(fuel="coal of Zhejiang"))


def test_mercury_of_a_retrofit_is_split_by_what_each_control_lets_go() -> None:
    source = plant(control="ESP")
    source.switch(2020.25, control="ultra-low")
    kg = emission(source)
    np.testing.assert_allclose(kg, 0.25 * of("ESP") + 0.75 * of("ultra-low"))
    expected = sum(
        weight * of(control)[HG] * mercury_species(P, "coal power", control)
        for weight, control in ((0.25, "ESP"), (0.75, "ultra-low"))
    )
    np.testing.assert_allclose(source.by_mode()[HG], expected)
    np.testing.assert_allclose(source.by_mode().sum(axis=1), kg, rtol=1e-4)
    assert source.control == "ESP"
    assert source.control_at(2020.2) == "ESP"
    assert source.control_at(2020.25) == "ultra-low"


def test_loads_are_steps_and_take_each_others_place() -> None:
    """Half from 2020.0, a fifth more than full from 2021.5: no product of the two."""
    source = plant()
    source.switch(2020.0, load=0.5)
    source.switch(2021.5, load=1.2)
    np.testing.assert_allclose(emission(source, 2019), of())
    np.testing.assert_allclose(emission(source, 2020), 0.5 * of())
    np.testing.assert_allclose(emission(source, 2021), (0.25 + 0.6) * of())
    np.testing.assert_allclose(emission(source, 2022), 1.2 * of())


def test_standing_still_emits_nothing_and_keeps_the_split() -> None:
    source = plant()
    source.switch(2020.0, load=0.0)
    assert not emission(source).any()
    assert not source.by_mode().any()


def test_changes_come_in_the_order_of_their_dates_and_multiply_with_closures() -> None:
    source = plant(start=2020.25)
    source.switch(2020.75, technology="circulating fluidised bed")
    source.switch(2020.5, control="FF+WFGD")  # told later, dated earlier
    source.change(2020.5, 0.1, "policy")
    bed = of("FF+WFGD", technology="circulating fluidised bed")
    expected = 0.25 * of() + 0.1 * (0.25 * of("FF+WFGD") + 0.25 * bed)
    np.testing.assert_allclose(emission(source), expected)
    source.close(2021.0)
    assert not emission(source, 2021).any()


def test_activity_path_and_range_go_with_the_emission() -> None:
    source = plant()
    source.model.path = 0.3
    source.switch(2020.5, control="ultra-low")
    kg = emission(source)
    low, high, rows = source.emission_range(2020)
    assert (low < kg).all()
    assert (kg < high).all()
    assert "mercury_trains/SCR+ESP+WFGD" in rows
    factors = [emission_factor(P, "coal power", c, "t coal") for c in ("ESP+WFGD", "ultra-low")]
    np.testing.assert_allclose(high, 0.15 * COAL * sum(f.high for f in factors))


@given(
    st.lists(st.tuples(st.floats(2019, 2022), st.sampled_from(controls("coal power"))), max_size=4)
)
def test_a_year_lies_between_its_least_and_greatest_setting(
    retrofits: list[tuple[float, str]],
) -> None:
    source = plant()
    for date, control in retrofits:
        source.switch(date, control=control)
    kg = emission(source)
    each = np.array([of(c) for c in ("ESP+WFGD", *(c for _, c in retrofits))])
    assert (kg >= each.min(axis=0) * (1 - 1e-12)).all()
    assert (kg <= each.max(axis=0) * (1 + 1e-12)).all()
    assert source.by_mode()[HG].sum() == pytest.approx(kg[HG], rel=1e-4)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda s: s.switch(2020.0, control="ESB"), "control of 'coal power'"),
        (lambda s: s.switch(2020.0, fuel="peat"), "fuel of 'coal power'"),
        (lambda s: s.switch(2020.0, technology="stove"), "technology of 'coal power'"),
    ],
)
def test_what_the_tables_do_not_know_is_refused_at_once(
    change: Callable[[PointSource], None], word: str
) -> None:
    with pytest.raises(InputError, match=word):
        change(plant())


def test_changes_of_a_region_are_dated(small_region: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_region, tmp_path / "testland")
    set_sources(folder, fuel=["coal of Zhejiang", "", ""], technology=["", "", ""])
    add_source_changes(
        folder,
        [
            ("coal-1", 2022.5, "load", 0.5),
            ("coal-1", 2021.0, "control", "ultra-low"),
            ("coal-1", 2023.0, "technology", "circulating fluidised bed"),
            ("coal-1", 2024.0, "fuel", "coal of China"),
            ("copper-1", 2021.0, "control", "cyclone"),
        ],
    )
    region = read_region(folder)
    model = Books()
    model.region = region
    coal, _, copper = point_sources(model)
    scale = 2.4  # Mt
    bed = "circulating fluidised bed"
    zhejiang = "coal of Zhejiang"
    np.testing.assert_allclose(emission(coal, 2020), scale * of(fuel=zhejiang))
    np.testing.assert_allclose(emission(coal, 2022), 0.75 * scale * of("ultra-low", zhejiang))
    np.testing.assert_allclose(emission(coal, 2023), 0.5 * scale * of("ultra-low", zhejiang, bed))
    np.testing.assert_allclose(emission(coal, 2024), 0.5 * scale * of("ultra-low", technology=bed))
    poor = emission_factor(P, "secondary copper", "cyclone", "t product").value
    np.testing.assert_allclose(emission(copper, 2021), 6e4 * poor)
