"""Emission factors: the chain from fuel to stack by hand, trains of devices, ranges, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import METALS
from simulator.data import Parameters
from simulator.data.chains import devices
from simulator.emission_factors import (
    _passing,
    _product,
    controls,
    emission_factor,
    emitting_sectors,
    source_problem,
)
from simulator.errors import InputError

P = Parameters()
PARTICLES = [m for m in METALS if m != "Hg"]
DEVICES = P.keys("control_removal", "device")


def grams(metal: str, *source: str, parameters: Parameters = P) -> float:
    return 1e3 * float(emission_factor(parameters, *source).value[METALS.index(metal)])


def passing(*train: str) -> np.ndarray:
    """Share of each metal that a train lets pass."""
    return _product(_passing(P, "+".join(train))).value


@pytest.mark.parametrize(
    ("metal", "content", "release", "esp", "fgd"),
    [("As", 4.04, 0.9846, 0.862, 0.804), ("Pb", 27.78, 0.9625, 0.95, 0.784)],
)
def test_coal_factor_is_the_chain_from_coal_to_stack(
    metal: str, content: float, release: float, esp: float, fgd: float
) -> None:
    """mg/kg of coal is g/t of coal; the last stage of ultra-low emission keeps back 60 %."""
    chain = content * release * (1 - esp) * (1 - fgd)
    source = ("t coal", "pulverised coal", "coal of Zhejiang")
    assert grams(metal, "coal power", "ESP+WFGD", *source) == pytest.approx(chain, rel=1e-9)
    assert grams(metal, "coal power", "ultra-low", *source) == pytest.approx(0.4 * chain, rel=1e-9)


def test_mercury_of_a_whole_train_takes_the_place_of_its_devices() -> None:
    """Zhang et al. 2015: ESP and wet FGD keep back 62 %, 69 % with SCR; the product says 71 %."""
    coal = 0.163 * 0.995
    assert grams("Hg", "coal power", "ESP+WFGD", "t coal") == pytest.approx(coal * 0.38)
    assert grams("Hg", "coal power", "ESP", "t coal") == pytest.approx(coal * (1 - 0.3317))
    ultra = grams("Hg", "coal power", "ultra-low", "t coal")
    assert ultra == pytest.approx(coal * (1 - 0.69) * (1 - 0.25))


def test_defaults_of_technology_and_fuel_are_those_of_the_sector() -> None:
    named = emission_factor(P, "small industry", "FF", "t coal", "stoker", "coal of China")
    np.testing.assert_array_equal(
        named.value, emission_factor(P, "small industry", "FF", "t coal").value
    )
    bed = emission_factor(P, "small industry", "FF", "t coal", "circulating fluidised bed")
    pb = METALS.index("Pb")
    assert bed.value[pb] / named.value[pb] == pytest.approx(0.7733 / 0.3387)


def test_process_without_control_loses_what_the_control_removes() -> None:
    """Small copper furnaces: 250 g/t Pb without control, 12.1 % of it stays in a cyclone."""
    assert grams("Pb", "secondary copper", "none", "t product") == pytest.approx(250.0)
    assert grams("Pb", "secondary copper", "cyclone", "t product") == pytest.approx(250 * 0.879)
    # a measured factor behind the filter counts as it is
    assert grams("Pb", "secondary copper", "FF", "t product") == pytest.approx(22.0)


def test_traffic_is_exhaust_and_wear_of_the_fleet() -> None:
    """Zn of a mean vehicle-km, by the numbers of the guidebook. [g per million km]"""
    fleet = {"car": 0.72, "light": 0.10, "heavy": 0.08, "two-wheeler": 0.10}
    tyre = {"car": 0.0107, "light": 0.0169, "heavy": 0.045, "two-wheeler": 0.0046}
    brake = {"car": 0.0075, "light": 0.0117, "heavy": 0.0327, "two-wheeler": 0.0037}
    road = {"car": 0.015, "light": 0.015, "heavy": 0.076, "two-wheeler": 0.006}
    wear = sum(
        share * (tyre[v] * 7434 + brake[v] * 8676 + road[v] * 67) for v, share in fleet.items()
    )
    exhaust = 0.045 * 2164.1 + 0.0272 * 1741.5
    assert grams("Zn", "road traffic", "none", "1e6 km") == pytest.approx(wear + exhaust, rel=1e-3)


def test_range_is_in_quadrature_of_the_logarithms() -> None:
    """Ni behind ESP: content, release and removal of the tables, by hand."""
    factor = emission_factor(P, "coal power", "ESP", "t coal", fuel="coal of Zhejiang")
    parts = [(15.82, 19.16), (0.565, 0.75), (0.09, 0.18)]
    up = math.sqrt(sum(math.log(high / value) ** 2 for value, high in parts))
    n = METALS.index("Ni")
    assert 1e3 * factor.value[n] == pytest.approx(15.82 * 0.565 * 0.09)
    assert factor.high[n] / factor.value[n] == pytest.approx(math.exp(up), rel=1e-4)
    down = math.sqrt(sum(math.log(a / b) ** 2 for a, b in [(15.82, 6.63), (0.565, 0.368), (2, 1)]))
    assert factor.value[n] / factor.low[n] == pytest.approx(math.exp(down), rel=1e-4)


@pytest.mark.parametrize("sector", emitting_sectors())
def test_every_source_of_the_tables_has_a_factor_within_its_range(sector: str) -> None:
    for control in controls(sector):
        unit = next(
            u
            for u in ("t coal", "t waste", "t product", "t castings", "t scrap", "1000 m2",
                      "t clinker", "1e6 km", "t SO2")
            if source_problem(sector, control, u) is None
        )  # fmt: skip
        factor = emission_factor(P, sector, control, unit)
        assert (factor.low <= factor.value).all()
        assert (factor.value <= factor.high).all()
        assert np.isfinite(factor.high).all()
        assert factor.rows


@given(
    train=st.lists(st.sampled_from(DEVICES), max_size=4),
    device=st.sampled_from(DEVICES),
    at=st.integers(0, 4),
)
def test_a_further_device_never_lets_more_of_the_particles_pass(
    train: list[str], device: str, at: int
) -> None:
    longer = [*train[:at], device, *train[at:]]
    before = passing(*train) if train else np.ones(len(METALS))
    after = passing(*longer)
    for metal in PARTICLES:
        m = METALS.index(metal)
        assert after[m] <= before[m] * (1 + 1e-12)


@given(
    train=st.lists(st.sampled_from(DEVICES), min_size=1, max_size=4),
    device=st.sampled_from(DEVICES),
)
def test_a_further_device_at_the_end_never_lets_more_mercury_pass(
    train: list[str], device: str
) -> None:
    hg = METALS.index("Hg")
    assert passing(*train, device)[hg] <= passing(*train)[hg] * (1 + 1e-12)


@given(st.sampled_from(DEVICES), st.sampled_from(METALS), st.floats(0, 100), st.floats(0, 100))
def test_more_removal_never_emits_more(device: str, metal: str, a: float, b: float) -> None:
    less, more = sorted((a, b))
    lets = [
        _product(_passing(Parameters({f"control_removal/{device}/{metal}": r}), device)).value
        for r in (less, more)
    ]
    assert (lets[1] <= lets[0]).all()


def test_overrides_reach_the_chain_and_widen_its_range() -> None:
    p = Parameters({"fuel_contents/coal of China/Cd": 2.0})
    factor = emission_factor(p, "coal power", "none", "t coal")
    cd = METALS.index("Cd")
    assert 1e3 * factor.value[cd] == pytest.approx(2.0 * 0.9494)
    assert factor.high[cd] >= factor.value[cd]
    assert "fuel_contents/coal of China/Cd" in factor.rows
    assert set(factor.rows) <= set(p.used)


def test_names_of_trains() -> None:
    assert devices("none") == ()
    assert devices("ultra-low") == ("SCR", "ESP", "WFGD", "WESP")
    assert devices("wet scrubber") == ("wet scrubber",)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (("coal powr", "ESP", "t coal"), ("sector", "Did you mean 'coal power'?")),
        (("coal power", "ESB", "t coal"), ("control of 'coal power'", "Did you mean 'ESP'?")),
        (("coal power", "ESP", "kt coal"), ("Convert the activity to t coal",)),
        (("coal power", "ESP", "t coal", "pulverized"), ("technology of", "pulverised coal")),
        (("coal power", "ESP", "t coal", "", "coal of Hubei"), ("fuel of 'coal power'",)),
        (("cement", "FF", "t clinker", "", "coal of China"), ("know no fuel", "Leave it blank")),
    ],
)
def test_unknown_sources_are_refused_with_what_is_known(
    source: tuple[str, ...], words: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as caught:
        emission_factor(P, *source)
    text = str(caught.value)
    for word in words:
        assert word in text
