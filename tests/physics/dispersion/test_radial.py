from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from simulator.physics.dispersion import Climate, Mode, Stack, summarise_weather
from simulator.physics.dispersion.deposition import (
    aerodynamic_resistance,
    deposition_height,
    friction_velocity,
    particle_deposition_velocity,
    particle_scavenging_rate,
    settling_velocity,
)
from simulator.physics.dispersion.plume import (
    final_rise,
    gradual_rise,
    release_height,
    total_sigma_z,
    vertical_term,
    wind_at,
)
from simulator.physics.dispersion.radial import STEP, deposition_velocities
from tests.physics.dispersion.conftest import steady_weather
from tests.physics.dispersion.tables import table_of

DRY, WET, AIR = range(3)
SOUTH = 8
NEUTRAL = 3


def neutral_north_wind(rain: float = 0.0) -> Climate:
    """Class D, 7 m/s from the north, at night under cloud."""
    return summarise_weather(**steady_weather(7.0, 0.0, rain=rain))


def ground_term(stack: Stack, climate: Climate, distance: float) -> tuple[float, float]:
    """Vertical term of a gas in the neutral north wind and the wind at stack top."""
    wind = wind_at(stack.height, 7.0, climate.anemometer_height, NEUTRAL, False)
    base = release_height(stack.height, stack.diameter, stack.velocity, wind)
    final = final_rise(stack.diameter, stack.temperature, stack.velocity, 288.0, wind, NEUTRAL)
    rise = gradual_rise(distance, *final)
    sigma = total_sigma_z(distance, rise, stack.diameter, NEUTRAL, False)
    z = deposition_height(climate.roughness)
    return vertical_term(z, base + rise, sigma, climate.mixing_height[NEUTRAL]), wind


def distances(nodes: int) -> np.ndarray:
    return np.exp(STEP * np.arange(nodes))


def test_wind_from_north_goes_south_and_nowhere_else(low_stack: Stack, hg2: Mode) -> None:
    table = table_of(low_stack, hg2, neutral_north_wind())
    assert table[SOUTH, -1, DRY] > 0.0
    assert np.all(np.delete(table, SOUTH, axis=0) == 0.0)


def test_inert_plume_carries_all_that_was_emitted(low_stack: Stack) -> None:
    # sector-averaged concentration times wind, over the section of the sector, is the emission:
    # C = Q F / (u r dphi) at every distance, and F integrates to 1 over height (test_plume)
    climate = neutral_north_wind()
    table = table_of(low_stack, Mode("inert"), climate)
    r = distances(table.shape[1])
    flux = [
        w * u / (x * f)
        for x, w in zip(r, table[SOUTH, :, AIR + 3], strict=True)
        for f, u in [ground_term(low_stack, climate, x)]
        if f > 1e-12
    ]
    assert len(flux) > 100
    np.testing.assert_allclose(flux, 1.0, rtol=1e-9)
    assert np.all(table[:, :, [DRY, WET]] == 0.0)


def test_deposited_and_airborne_add_up_to_emitted(low_stack: Stack, hg2: Mode) -> None:
    climate = neutral_north_wind(rain=3.0 / 3600.0)
    table = table_of(low_stack, hg2, climate)
    r = distances(table.shape[1])
    deposited = table[SOUTH, :, DRY] + table[SOUTH, :, WET]
    # what is still in the air, read from the concentration
    term, wind = np.array([ground_term(low_stack, climate, x) for x in r]).T
    seen = term > 1e-12
    airborne = table[SOUTH, :, AIR + 3] * wind / (r * np.where(seen, term, 1.0))
    np.testing.assert_allclose((deposited + airborne)[seen], 1.0, rtol=1e-9)
    assert deposited[-1] > 0.2


def test_washout_alone_decays_exponentially(low_stack: Stack) -> None:
    rain = 5.0 / 3600.0
    climate = neutral_north_wind(rain)
    table = table_of(low_stack, Mode("soluble", scavenging_rate=6.0e-5), climate)
    _, wind = ground_term(low_stack, climate, 1000.0)
    expected = -np.expm1(-6.0e-5 * 5.0 * distances(table.shape[1]) / wind)
    np.testing.assert_allclose(table[SOUTH, :, WET], expected, rtol=1e-12)


def test_dry_depletion_solves_its_differential_equation(low_stack: Stack) -> None:
    climate = neutral_north_wind()
    velocity = 0.01
    table = table_of(low_stack, Mode("gas", deposition_velocity=velocity), climate)

    def loss(log_r: float, q: np.ndarray) -> np.ndarray:
        term, wind = ground_term(low_stack, climate, math.exp(log_r))
        return -q * velocity * term * math.exp(log_r) / wind

    end = STEP * (table.shape[1] - 1)
    solution = solve_ivp(loss, (0.0, end), [1.0], rtol=1e-9, atol=1e-12, max_step=0.05)
    deposited = 1.0 - solution.y[0, -1]
    assert table[SOUTH, -1, DRY] == pytest.approx(deposited, rel=2e-4)


def test_particles_of_one_size_wash_out_at_their_rate(low_stack: Stack) -> None:
    # high up and in rain only the washout matters near the source: M_wet = Lambda r / u
    rain = 4.0 / 3600.0
    mode = Mode("particle", (8e-6,), (1.0,), 2500.0)
    table = table_of(low_stack, mode, neutral_north_wind(rain))
    _, wind = ground_term(low_stack, neutral_north_wind(), 100.0)
    rate = particle_scavenging_rate(8e-6, 2500.0, rain, 288.0)
    near = int(math.log(50.0) / STEP)
    expected = rate * distances(near + 1)[near] / wind
    assert table[SOUTH, near, WET] == pytest.approx(expected, rel=5e-3)


def test_nodes_are_fine_enough(
    low_stack: Stack, tall_stack: Stack, particles: Mode, climate: Climate
) -> None:
    for stack in (low_stack, tall_stack):
        coarse = table_of(stack, particles, climate)[:, :-2]
        fine = table_of(stack, particles, climate, step=STEP / 4.0)[:, ::4][:, : coarse.shape[1]]
        assert coarse.shape[1] - fine.shape[1] <= 2
        coarse = coarse[:, : fine.shape[1]]
        for c in (DRY, WET, AIR):
            total = fine[:, -1, c].sum()
            assert np.abs(coarse[:, :, c] - fine[:, :, c]).sum(axis=0).max() < 1e-3 * total


def test_amounts_grow_with_distance_and_never_exceed_the_emission(
    low_stack: Stack, tall_stack: Stack, particles: Mode, climate: Climate
) -> None:
    dust = Mode("dust", (80e-6, 200e-6), (0.5, 0.5), 5000.0)
    for stack in (low_stack, tall_stack, Stack(0.0, 0.0, 0.0, 0.5, 288.0, 0.0)):
        for mode in (particles, dust, Mode("sticky", deposition_velocity=1.0, scavenging_rate=1.0)):
            table = table_of(stack, mode, climate, reach=1.0e6)
            assert np.all(np.diff(table[:, :, :3], axis=1) >= 0.0)
            assert table[:, -1, [DRY, WET]].sum() <= 1.0 + 1e-12


def test_slopes_keep_the_cubic_monotone(climate: Climate) -> None:
    # Fritsch and Carlson: slopes of at most three times the secants on either side; a hazard only
    # where most of the plume is lost between two nodes
    source = Stack(0.0, 0.0, 2.0, 0.5, 288.0, 1.0)
    table = table_of(source, Mode("dust", (500e-6,), (1.0,), 8000.0), climate)
    secant = np.diff(table[:, :, :3], axis=1) / STEP
    slope = table[:, :, 3:]
    assert np.all(slope >= 0.0)
    assert np.all(slope[:, :-1] <= 3.0 * secant * (1.0 + 1e-12))
    assert np.all(slope[:, 1:] <= 3.0 * secant * (1.0 + 1e-12))


def test_velocities_of_gas_and_particles_in_one_state() -> None:
    # class A, z0 = 0.1 m: 1/L = -0.096 + 0.029 log10(z0) = -0.125 per m, lid 1300 m
    sizes, state = np.array([0.0, 0.5e-6, 20e-6]), (1.5, 288.0, 0, 1300.0, 10.0, 0.1)
    gas, fine, coarse = deposition_velocities(sizes, 2000.0, 0.5, *state)
    u_star = friction_velocity(1.5, 10.0, 0.1, -0.125)
    resistance = aerodynamic_resistance(u_star, 0.1, -0.125)
    assert gas == pytest.approx(1.0 / resistance)  # 0.5 m/s is more than the air can bring
    assert deposition_velocities(sizes[:1], 0.0, 0.001, *state)[0] == 0.001
    # w*/u* = (-z_i / (k L))^(1/3)
    gusts = (1300.0 * 0.125 / 0.4) ** (2.0 / 3.0)
    for got, size in ((fine, 0.5e-6), (coarse, 20e-6)):
        expected = particle_deposition_velocity(size, 2000.0, u_star, resistance, gusts, 288.0)
        assert got == pytest.approx(expected)


def test_taller_stack_has_a_lower_and_farther_maximum(particles: Mode) -> None:
    climate = neutral_north_wind()
    place, peak = [], []
    for height in (20.0, 50.0, 100.0, 200.0):
        table = table_of(Stack(0.0, 0.0, height, 1.5, 330.0, 8.0), particles, climate)
        density = table[SOUTH, :, DRY + 3] / distances(table.shape[1]) ** 2
        place.append(int(np.argmax(density)))
        peak.append(density.max())
    assert place == sorted(place)
    assert len(set(place)) == 4
    assert peak == sorted(peak, reverse=True)


def test_falling_dust_lands_where_its_path_meets_the_ground() -> None:
    # 200 um at 2500 kg m-3 fall at v_g; from height h they land about u h / v_g downwind
    stack = Stack(0.0, 0.0, 100.0, 0.1, 288.0, 12.0)
    table = table_of(stack, Mode("dust", (200e-6,), (1.0,), 2500.0), neutral_north_wind())
    _, wind = ground_term(stack, neutral_north_wind(), 100.0)
    expected = wind * 100.0 / settling_velocity(200e-6, 2500.0)
    half = int(np.searchsorted(table[SOUTH, :, DRY], 0.5))
    assert distances(half + 1)[half] == pytest.approx(expected, rel=0.15)


def test_ground_maximum_where_sigma_z_is_height_over_root_two() -> None:
    # C = A / (r sigma_z) exp(-h2 / (2 sigma_z2)) with sigma_z = a r (class B): peak at h / sqrt(2)
    climate = summarise_weather(
        **steady_weather(2.5, 0.0, radiation=800.0, cloud=0.0),
        mixing_height=(2e4, 2e4, 2e4, 2e4, np.inf, np.inf),
    )
    stack = Stack(0.0, 0.0, 200.0, 0.01, 280.0, 4.0)
    table = table_of(stack, Mode("inert"), climate)
    r = distances(table.shape[1])
    density = table[SOUTH, :, AIR + 3] / r**2
    expected = 200.0 / math.sqrt(2.0) / 0.12
    assert r[int(np.argmax(density))] == pytest.approx(expected, rel=math.expm1(STEP))


def test_plume_through_the_lid_leaves_no_dry_deposition(hg2: Mode) -> None:
    stack = Stack(0.0, 0.0, 100.0, 8.0, 420.0, 20.0)
    low_lid = (100.0,) * 4 + (np.inf,) * 2
    dry = summarise_weather(**steady_weather(7.0, 0.0), mixing_height=low_lid)
    assert np.all(table_of(stack, hg2, dry) == 0.0)
    # rain reaches it all the same
    wet = summarise_weather(**steady_weather(7.0, 0.0, rain=1.0 / 3600.0), mixing_height=low_lid)
    assert table_of(stack, hg2, wet)[SOUTH, -1, WET] > 0.05
