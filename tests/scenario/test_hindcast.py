"""Paths of farming in the built-in scenarios: worked out again from what their comments name."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.constants import METALS
from simulator.data import Parameters
from simulator.scenario import read_scenario
from simulator.scenario.model import Scenario, factors_by_metal, interpolate_path

P = Parameters()
HINDCASTS = ("taizhou-hindcast", "wuhan-hindcast")
#: Farmland by class, parcels of the region. [1000 ha]
AREA = {
    "taizhou-hindcast": {"paddy": 104.2, "vegetable": 13.7, "dryland": 29.9},  # with orchards
    "wuhan-hindcast": {"paddy": 147.2, "vegetable": 0.0, "dryland": 101.5},
}
#: N, P2O5 and K2O by class [kg/ha] and manure [t/ha], Zhejiang farm surveys, and the share of
#: phosphorus that is single superphosphate of 14 % P2O5.
RATES = {
    1990: ({"paddy": (270, 60, 40), "vegetable": (350, 150, 100), "dryland": (180, 60, 40)}, 1.0),
    2005: ({"paddy": (320, 75, 75), "vegetable": (650, 350, 300), "dryland": (300, 120, 110)}, 0.5),
    2020: ({"paddy": (240, 55, 70), "vegetable": (480, 260, 280), "dryland": (240, 100, 110)}, 0.0),
}
MANURE = {
    1990: {"paddy": 2.5, "vegetable": 10.0, "dryland": 2.0},
    2005: {"paddy": 1.5, "vegetable": 15.0, "dryland": 4.0},
    2020: {"paddy": 1.5, "vegetable": 12.0, "dryland": 5.0},
}
#: Phosphorus fertilisers: As, Cd Yu et al. 2018; Cr, Pb Hunan survey 2016; Hg as fused phosphate of
#: it; Cu, Ni, Zn Chinese surveys, recalled. [mg/kg]
SUPERPHOSPHATE = np.array([19.83, 0.91, 18.86, 30.0, 0.11, 15.0, 18.51, 180.0])
#: Pigs slaughtered in Zhejiang. [10^4 head]
PIGS = {1990: 1555, 2010: 1940, 2015: 1260, 2020: 725}


def content(material: str) -> np.ndarray:
    """Of the tables. [mg/kg]"""
    return P.array("material_contents", "metal", METALS, material=material) * 1e6


def factors(scenario: Scenario, pathway: str, year: int) -> np.ndarray:
    return factors_by_metal([p for p in scenario.farming.paths if p.pathway == pathway], year)


def sector_factor(scenario: Scenario, sector: str, year: int) -> float:
    found = [p.path for p in scenario.emission.paths if p.sector == sector]
    return interpolate_path(found[0], year) if found else 1.0


def mean(name: str, by_class: dict[str, np.ndarray]) -> np.ndarray:
    """Over the farmland of the region."""
    return sum(AREA[name][c] * v for c, v in by_class.items()) / sum(AREA[name].values())


def fertiliser(nutrients: tuple[int, int, int], single: float) -> np.ndarray:
    """Metals with nutrients: phosphorus as superphosphate and compound, the rest urea and KCl."""
    n, p, k = nutrients
    compound = (1 - single) * p / 0.15
    return (
        single * p / 0.14 * SUPERPHOSPHATE
        + compound * content("compound fertiliser")
        + (n - 0.15 * compound) / 0.46 * content("nitrogen fertiliser")
        + max(k - 0.15 * compound, 0) / 0.6 * content("potassium fertiliser")
    )


@pytest.mark.parametrize("name", HINDCASTS)
@pytest.mark.parametrize("year", [1990, 2005])
def test_fertiliser_of_the_past(name: str, year: int) -> None:
    def of(when: int) -> np.ndarray:
        rates, single = RATES[when]
        return mean(name, {c: fertiliser(v, single) for c, v in rates.items()})

    expected = of(year) / of(2020)
    # As, Cr and Hg share a path: within a fifth; the others are rounded
    found = factors(read_scenario(name), "fertiliser", year)
    np.testing.assert_allclose(found, expected, rtol=0.21)
    own = [m not in ("As", "Cr", "Hg") for m in METALS]
    np.testing.assert_allclose(found[own], expected[own], rtol=0.05)


def test_rates_of_2020_are_those_of_the_tables() -> None:
    compound = P.value(
        "farm_rates", pathway="fertiliser", land_class="paddy", material="compound fertiliser"
    )
    assert compound * 1e4 * 0.15 == pytest.approx(RATES[2020][0]["paddy"][1], rel=1e-4)


@pytest.mark.parametrize(
    ("year", "feed"),
    [
        (1990, {"As": 2.0, "Cu": 50.0, "Zn": 200.0}),
        (2010, {"As": 11.0, "Cu": 480.0, "Zn": 900.0}),
        (2015, {"As": 11.0, "Cu": 480.0, "Zn": 900.0}),
    ],
)
def test_manure_of_zhejiang(year: int, feed: dict[str, float]) -> None:
    """A tenth of the manure of 2020 is pig manure; that of a year goes with its pigs and feed."""
    name = "taizhou-hindcast"
    total = {when: mean(name, by_class) for when, by_class in MANURE.items()}
    amount = np.interp(year, list(total), list(total.values())) / total[2020]
    pig = 0.1 * PIGS[year] / PIGS[2020]
    then = content("pig manure")
    for metal, value in feed.items():
        then[METALS.index(metal)] = value
    organic = content("organic fertiliser")
    expected = (pig * then + (amount - pig) * organic) / (
        0.1 * content("pig manure") + 0.9 * organic
    )
    np.testing.assert_allclose(factors(read_scenario(name), "manure", year), expected, atol=0.06)


@pytest.mark.parametrize("name", ["wuhan-hindcast", "wuhan-baseline"])
@pytest.mark.parametrize("year", [2010, 2015])
def test_amount_of_manure_around_wuhan(name: str, year: int) -> None:
    total = {when: mean("wuhan-hindcast", by_class) for when, by_class in MANURE.items()}
    expected = np.interp(year, list(total), list(total.values())) / total[2020]
    cadmium = factors(read_scenario(name), "manure", year)[METALS.index("Cd")]
    assert cadmium == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("name", HINDCASTS)
@pytest.mark.parametrize(
    ("year", "left", "burnt"), [(1993, 0.29, 0.252), (2003, 0.42, 0.655), (2010, 0.6, 0.665)]
)
def test_straw_of_the_past_is_what_was_left_and_its_ash(
    name: str, year: int, left: float, burnt: float
) -> None:
    """Left on the field, and of the rest what was burnt there and not in the stove; Hg is gone."""
    found = factors(read_scenario(name), "straw_return", year) * 0.9
    mercury = METALS.index("Hg")
    assert np.delete(found, mercury) == pytest.approx(left + (1 - left) * burnt, abs=0.015)
    assert found[mercury] == pytest.approx(left, abs=0.015)


@pytest.mark.parametrize("name", HINDCASTS)
def test_a_hindcast_ends_with_the_rates_of_2020(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.start == 1985
    assert scenario.end == 2021
    assert scenario.soil.initial_content == "background"
    for pathway in ("fertiliser", "manure", "pesticide", "irrigation", "straw_return"):
        assert (factors(scenario, pathway, 2020) == 1.0).all(), pathway


@pytest.mark.parametrize("region", ["taizhou", "wuhan"])
def test_a_hindcast_ends_as_its_baseline_begins(region: str) -> None:
    """Factors are on the same year, so where both run they are the same to two decimals."""
    hindcast, baseline = read_scenario(f"{region}-hindcast"), read_scenario(f"{region}-baseline")
    shared = range(baseline.start, hindcast.end)
    assert len(shared) >= 1
    sectors = {p.sector for s in (hindcast, baseline) for p in s.emission.paths}
    pathways = {p.pathway for s in (hindcast, baseline) for p in s.farming.paths}
    for year in shared:

        def table(scenario: Scenario, year: int = year) -> dict[str, np.ndarray]:
            return (
                {s: np.array([sector_factor(scenario, s, year)]) for s in sectors}
                | {p: factors(scenario, p, year) for p in pathways}
                | {"deposition": factors_by_metal(scenario.deposition.paths, year)}
            )

        then = table(hindcast)
        for name, expected in table(baseline).items():
            assert then[name] == pytest.approx(expected, rel=0, abs=0.005), (name, year)
    ran = [i for i in baseline.interventions if i.date < hindcast.end]
    assert list(hindcast.interventions) == ran


@pytest.mark.parametrize("name", ["taizhou-baseline", "wuhan-baseline"])
def test_farm_inputs_of_a_baseline_fall(name: str) -> None:
    """As in the study that the program follows: agricultural inputs decline over fifty years."""
    scenario = read_scenario(name)
    for pathway in ("fertiliser", "manure"):
        last = np.inf
        for year in (2021, 2030, 2045, 2060):
            now = factors(scenario, pathway, year).mean()
            assert now < last
            last = now
        assert last < 0.65
