"""Draw plumes of single hours, and the footprint of a stack of ``taizhou``, for the documentation.

Run with ``python -m benchmarks.plume_pictures``. Writes ``docs/images/plume-sections.png`` (a
strongly convective, a nearly neutral and a stable hour: section along the axis, and plan at the
ground) and ``docs/images/footprint-map.png``. Concentrations are those of the exact mode.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm

from simulator import footprint_cache
from simulator.data import Parameters
from simulator.footprints import emitted_substances, farthest_corner, source_field, stack_of
from simulator.physics.dispersion.engine import Receptors, disperse
from simulator.physics.dispersion.hours import prepare
from simulator.physics.dispersion.meteorology import Meteorology
from simulator.physics.dispersion.polar import PolarField
from simulator.physics.dispersion.receptor import DRY, WET
from simulator.physics.dispersion.sources import Ground, Inert, Point
from simulator.region.meteorology import region_meteorology
from simulator.region.model import Region
from simulator.region.read import read_region

FOLDER: Final = Path(__file__).parents[1] / "docs" / "images"
#: A works' stack: height, diameter, temperature, velocity.
STACK: Final = Point(0.0, 0.0, 60.0, 2.5, 420.0, 15.0)
#: Hours: heat flux, u*, w*, gradient above, z_ic, z_im, L, wind at 10 m, temperature.
HOURS: Final = {
    "strongly convective, 2 m/s": (250.0, 0.25, 2.1, 0.006, 1500.0, 300.0, -8.0, 2.0, 300.0),
    "nearly neutral, 6.9 m/s": (-8.0, 0.6, -9.0, -9.0, -999.0, 1115.0, 2500.0, 6.9, 285.0),
    "stable, 3.3 m/s": (-20.0, 0.25, -9.0, -9.0, -999.0, 300.0, 60.0, 3.3, 282.0),
}
WORKS: Final = "secondary-copper-works-1"
#: What is drawn: concentration per unit emission [s m-3], from here up.
LEAST: Final[float] = 1e-9
MOST: Final[float] = 1e-4

Floats = NDArray[np.float64]


def weather_of(hour: tuple[float, ...]) -> Meteorology:
    """One hour with wind from the west, measured at 10 m, over ground of 0.1 m roughness."""
    heat, friction, lift, gradient, z_ic, z_im, length, wind, temperature = hour

    def one(value: float) -> Floats:
        return np.array([value])

    def level(value: float) -> Floats:
        return np.array([[value]])

    return Meteorology(
        year=np.array([2020]), month=np.array([6]), day=np.array([1]),
        hour=np.array([12]), heat_flux=one(heat), friction_velocity=one(friction),
        convective_velocity=one(lift), gradient_above=one(gradient), convective_height=one(z_ic),
        mechanical_height=one(z_im), obukhov_length=one(length), roughness=one(0.1),
        bowen_ratio=one(1.0), albedo=one(0.2), wind_speed=one(wind), wind_direction=one(270.0),
        wind_height=one(10.0), temperature=one(temperature), temperature_height=one(2.0),
        precipitation_code=np.array([0]), precipitation=one(0.0), relative_humidity=one(70.0),
        pressure=one(1000.0), cloud=one(5.0), level_count=np.array([1]), level_height=level(10.0),
        level_direction=level(270.0), level_speed=level(wind), level_temperature=level(99.0),
        level_sigma_a=level(99.0), level_sigma_w=level(99.0),
    )  # fmt: skip


def concentration(hour: tuple[float, ...], x: Floats, y: Floats, z: Floats) -> Floats:
    """Concentration of one hour at points that broadcast. [s m-3]"""
    shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
    where = (np.broadcast_to(a, shape).ravel() for a in (x, y, z))
    east, north, height = where
    receptors = Receptors.of(east, north, flagpole=height)
    hours = prepare(weather_of(hour))
    return disperse(STACK, [Inert()], hours, receptors).concentration[:, 0].reshape(shape)


def sections(path: Path) -> None:
    """Draw the three hours: along the axis above, at the ground below."""
    figure, panels = plt.subplots(
        2, 3, figsize=(11.0, 5.6), sharex=True, sharey="row", layout="constrained"
    )
    norm, levels = LogNorm(LEAST, MOST), np.geomspace(LEAST, MOST, 21)
    style: dict[str, Any] = {"norm": norm, "levels": levels, "cmap": "viridis_r", "extend": "max"}
    x = np.linspace(-500.0, 8000.0, 260)
    z = np.concatenate((np.arange(0.0, 200.0, 5.0), np.arange(200.0, 2001.0, 20.0)))
    y = np.linspace(-2500.0, 2500.0, 151)
    nothing = np.zeros(1)
    for column, (title, hour) in enumerate(HOURS.items()):
        above, below = panels[:, column]
        along = concentration(hour, x[None, :], nothing[None, :], z[:, None])
        above.contourf(x / 1e3, z, np.maximum(along, 1e-30), **style)
        z_i = max(hour[4], hour[5])
        above.axhline(z_i, color="black", lw=1.0, ls=(0, (4, 3)))
        above.annotate(f"mixing height {z_i:.0f} m", (8.0, z_i), (-4, 3), fontsize=8, ha="right",
                       textcoords="offset points")  # fmt: skip
        above.plot([0.0, 0.0], [0.0, STACK.height], color="black", lw=2.5)
        above.set_title(title, fontsize=10)
        plan = concentration(hour, x[None, :], y[:, None], nothing[None, :])
        drawn = below.contourf(x / 1e3, y / 1e3, np.maximum(plan, 1e-30), **style)
        below.plot(0.0, 0.0, "k^", ms=5)
        below.set_xlabel("downwind [km]")
    panels[0, 0].set_ylabel("height [m], on the axis")
    panels[0, 0].set_ylim(0.0, 1800.0)
    panels[1, 0].set_ylabel("across the wind [km], at the ground")
    bar = figure.colorbar(drawn, ax=panels, fraction=0.025, pad=0.01)
    bar.set_ticks([1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4])
    bar.set_label("concentration per unit emission [s m$^{-3}$]")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def works_field(region: Region, parameters: Parameters) -> tuple[Point, PolarField]:
    """Stack of the works and its field of particles."""
    row = next(r for _, r in region.sources.iterrows() if r["id"] == WORKS)
    stack = stack_of(row)
    particles = emitted_substances(parameters, str(row["sector"]), str(row["control"]))[:1]
    hours = prepare(region_meteorology(region, parameters))
    key = footprint_cache.hours_digest(hours)
    reach = farthest_corner(region.grid, stack)
    return stack, source_field(stack, particles, hours, key, reach, Ground())


def footprint_map(path: Path) -> None:
    """Draw dry and wet deposition of one stack on the cells of the region."""
    region, parameters = read_region("taizhou"), Parameters()
    stack, field = works_field(region, parameters)
    grid = region.grid
    cells = field.on_cells(grid.x - stack.x, grid.y - stack.y, grid.cell_size)[0]
    area = grid.cell_size**2
    land = region.district > 0
    x, y = grid.x / 1e3, grid.y / 1e3
    half = 0.5 * grid.cell_size / 1e3
    extent = (x[0] - half, x[-1] + half, y[-1] - half, y[0] + half)
    figure, panels = plt.subplots(1, 2, figsize=(10.0, 5.2), sharey=True, layout="constrained")
    for axes, way, name in zip(panels, (DRY, WET), ("dry", "wet"), strict=True):
        shown = axes.imshow(
            cells[way], norm=LogNorm(1e-14, 1e-8), cmap="viridis_r", extent=extent, origin="upper",
            interpolation="nearest",
        )  # fmt: skip
        axes.contour(x, y, land, levels=[0.5], colors="black", linewidths=0.7)
        axes.plot(stack.x / 1e3, stack.y / 1e3, "^", color="#D55E00", ms=7, mec="white")
        axes.set_title(
            f"{name} deposition, {100 * cells[way].sum() * area:.1f} % of the emission on the grid",
            fontsize=10,
        )
        axes.set_xlabel("easting [km]")
    panels[0].set_ylabel("northing [km]")
    bar = figure.colorbar(shown, ax=panels, fraction=0.03, pad=0.01, extend="both")
    bar.set_label("kg m$^{-2}$ per kg emitted [m$^{-2}$]")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args(arguments).folder
    sections(folder / "plume-sections.png")
    footprint_map(folder / "footprint-map.png")


if __name__ == "__main__":
    main()
