"""One soil column twice: day by day, water and metals together, and year by year as the balance.

Both start from the same contents, get the same inputs and are tilled alike. The daily column is the
measure: Richards' equation, advection, dispersion and Freundlich sorption on nodes of 1 cm and
steps of minutes to hours. The yearly one takes mean fluxes between slices, as every cell does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.physics.column_year import yearly_column
from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import (
    AIR_ENTRY,
    Column,
    Profile,
    Solute,
    node_faces,
)
from simulator.physics.percolation.hydraulics import Hydraulics, water_content
from simulator.physics.percolation.transport import concentration_of
from simulator.physics.slices import Slices

Floats = NDArray[np.float64]

_CM: Final = 100.0
_G: Final = 1.0e6  # ug g-1 in kg kg-1
_AREA: Final = 1.0e5  # ug cm-2 in kg m-2: 1e-9 kg / 1e-4 m2


@dataclass(frozen=True)
class Metals:
    """Metals of one column, arrays ``[metal, ...]``.

    Attributes
    ----------
    content : ndarray ``[metal, layer]``
        Total content at the start. [kg kg-1]
    coefficient : ndarray ``[metal, layer]``
        ``A`` of ``c = A X^n``. [kg m-3]
    n : ndarray ``[metal]``
        Its exponent.
    gain : ndarray ``[metal, year, slice]``
        What comes in, or with a negative sign goes out, other than with water. [kg m-2 yr-1]
    share : ndarray ``[metal, slice]`` or None
        Share of the metal of a layer in each of its slices at the start; even if not given.
    """

    content: Floats
    coefficient: Floats
    n: Floats
    gain: Floats
    share: Floats | None = None

    def start(self, bulk_density: Floats, slices: Slices) -> Floats:
        """Stock at the start, ``[metal, slice]``. [kg m-2]."""
        thickness = np.add.reduceat(slices.thickness, slices.first[:-1])
        layers = (self.content * bulk_density * thickness)[:, slices.layer]
        return layers * (slices.share if self.share is None else self.share)


@dataclass(frozen=True)
class Followed:
    """A column followed through the years.

    Attributes
    ----------
    leached : ndarray ``[metal, year, layer]``
        Out of the bottom of each layer. [kg m-2 yr-1]
    depth : ndarray ``[point]``
        Depths of the profile, middles of slices or nodes. [m]
    content : ndarray ``[metal, point]``
        Total content at the end. [kg kg-1]
    solution : ndarray ``[metal, point]``
        Concentration at the end. [kg m-3]
    """

    leached: Floats
    depth: Floats
    content: Floats
    solution: Floats


def follow_daily(
    column: Column,
    lengths: NDArray[np.int64],
    bulk_density: Floats,
    metals: Metals,
    slices: Slices,
    tillage: float,
    diffusion: float,
) -> Followed:
    """Follow a column day by day.

    Parameters
    ----------
    column, lengths, bulk_density, metals, slices, tillage, diffusion
        As for :func:`daily_column`.
    """
    run, ends = daily_column(column, lengths, bulk_density, metals, slices, tillage, diffusion)
    profile = run.profile
    of_node = _layer_of_material(profile, slices)[profile.material]
    out = run_columns([run], output=ends, profiles=[ends[-1]], periods=ends)
    faces = node_faces(profile.depth)
    days = np.diff(np.append(0.0, ends))
    bottoms = _CM * slices.edges[slices.first[1:]]
    passed = out.solute_flux[0] * days[:, None] / _AREA
    leached = np.array([[np.interp(bottoms, faces, year) for year in metal] for metal in passed])
    per_volume = out.mass[0, :, -1] / _G * 1000.0
    return Followed(
        leached,
        profile.depth / _CM,
        per_volume / bulk_density[of_node],
        out.concentration[0, :, -1] * 1.0e-3,
    )


def daily_column(
    column: Column,
    lengths: NDArray[np.int64],
    bulk_density: Floats,
    metals: Metals,
    slices: Slices,
    tillage: float,
    diffusion: float,
) -> tuple[Column, Floats]:
    """Column with its metals as solutes, wetted by its first year, ready to be run day by day.

    Parameters
    ----------
    column : Column
        Of :func:`simulator.soil_water.solve.column_of`; its record is repeated as long as needed.
    lengths : ndarray of int
        Days of the years of the record.
    bulk_density : ndarray ``[layer]``
        [kg m-3]
    metals : Metals
    slices : Slices
        On which the gains are given.
    tillage : float
        Depth to which the soil is mixed at the end of each year. [m]
    diffusion : float
        In free water. [m2 yr-1]

    Returns
    -------
    Column
        From 0 to the end of the last year.
    ndarray ``[year]``
        Ends of the years. [d]
    """
    years = metals.gain.shape[1]
    long, ends = _repeated(_wetted(column), lengths, years)
    profile = long.profile
    layer = _layer_of_material(profile, slices)
    of_node = layer[profile.material]
    into = _spread(profile, slices)
    soil = _hydraulics(profile)
    # by volume of soil, ug cm-3
    held = metals.start(bulk_density, slices) @ into * _AREA / profile.length
    beta = 1.0 / metals.n
    solutes = []
    for m in range(beta.size):
        kd = _G * (1.0e-3 / metals.coefficient[m, layer]) ** beta[m]
        initial = np.array(
            [
                concentration_of(
                    mass,
                    water_content(h, soil, k),
                    bulk_density[z] / 1000.0,
                    kd[k],
                    beta[m],
                    0.0,
                )
                for mass, h, z, k in zip(held[m], long.head, of_node, profile.material, strict=True)
            ]
        )
        source = metals.gain[m] @ into * _AREA / np.diff(np.append(0.0, ends))[:, None]
        solutes.append(
            Solute(
                initial,
                kd,
                np.full(layer.size, beta[m]),
                np.zeros(layer.size),
                diffusion=diffusion * _CM**2 / 365.25,
                source=source / profile.length,
            )
        )
    return replace(long, solutes=tuple(solutes), tillage=_CM * tillage), ends


def follow_yearly(
    exchange: tuple[Floats, Floats, Floats],
    bulk_density: Floats,
    metals: Metals,
    slices: Slices,
    tillage: float,
) -> Followed:
    """Follow a column year by year, as the balance does.

    Parameters
    ----------
    exchange : tuple of ndarray
        ``ahead``, ``behind`` [m yr-1] and ``wetness`` by year of the record, of one land class and
        soil of :class:`simulator.soil_water.solve.ClassWater`.
    bulk_density, metals, slices, tillage
        As for :func:`follow_daily`.
    """
    ahead, behind, wetness = exchange
    mass = bulk_density[slices.layer] * slices.thickness
    tilled = slices.above(tillage)
    count, years = metals.gain.shape[:2]
    leached = np.zeros((count, years, int(slices.layer[-1]) + 1))
    content, solution = np.zeros((count, len(slices))), np.zeros((count, len(slices)))
    edge = slices.first[1:]
    start = metals.start(bulk_density, slices)
    for m in range(count):
        stock = start[m]
        coefficient = metals.coefficient[m, slices.layer]
        for year in range(years):
            now = year % ahead.shape[0]
            moved = yearly_column(
                stock, metals.gain[m, year], mass, wetness[now] * slices.thickness, coefficient,
                metals.n[m] - 1.0, ahead[now], behind[now],
            )  # fmt: skip
            through = ahead[now][1:] * moved
            through[:-1] -= behind[now][1:-1] * moved[1:]
            leached[m, year] = through[edge - 1]
            if tilled > 1:
                part = slices.share[:tilled] / slices.share[:tilled].sum()
                stock[:tilled] = part * stock[:tilled].sum()
        content[m], solution[m] = stock / mass, moved
    middle = 0.5 * (slices.edges[1:] + slices.edges[:-1])
    return Followed(leached, middle, content, solution)


def settled(
    exchange: tuple[Floats, Floats, Floats],
    bulk_density: Floats,
    metals: Metals,
    slices: Slices,
    tillage: float,
    years: int,
) -> Metals:
    """Metals whose layers lie in their slices as years like the first would leave them.

    Parameters
    ----------
    exchange, bulk_density, metals, slices, tillage
        As for :func:`follow_yearly`.
    years : int
        With the gains of the first; the contents of the layers stay.
    """
    once = replace(metals, gain=metals.gain[:, :1])
    mass = bulk_density[slices.layer] * slices.thickness
    for year in range(-years, 0):
        now = year % exchange[0].shape[0]
        of_year = (exchange[0][[now]], exchange[1][[now]], exchange[2][[now]])
        stock = follow_yearly(of_year, bulk_density, once, slices, tillage).content * mass
        layers = np.add.reduceat(stock, slices.first[:-1], axis=1)
        once = replace(once, share=stock / layers[:, slices.layer])
    return replace(metals, share=once.share)


def _wetted(column: Column) -> Column:
    """Column after its first year, from which it starts at time 0."""
    outcome = run_columns([column], profiles=[0.0])
    return replace(column, head=outcome.head[0, 0], start=0.0)


def _repeated(column: Column, lengths: NDArray[np.int64], years: int) -> tuple[Column, Floats]:
    """Column whose record of years of these lengths [d] is repeated, and the ends of its years."""
    weather = column.weather
    assert weather is not None
    assert weather.bund is not None
    of_record = np.flatnonzero(weather.end > 0.0)
    starts = np.append(0, np.cumsum(lengths))
    cycle = np.arange(years) % lengths.size
    order = np.concatenate([of_record[starts[y] : starts[y + 1]] for y in cycle])
    repeated = replace(
        weather,
        end=np.arange(1.0, order.size + 1.0),
        rain=weather.rain[order],
        evaporation=weather.evaporation[order],
        transpiration=weather.transpiration[order],
        bund=weather.bund[order],
    )
    ends = np.cumsum(lengths[cycle]).astype(np.float64)
    return replace(column, weather=repeated, stop=float(order.size)), ends


def _layer_of_material(profile: Profile, slices: Slices) -> NDArray[np.int64]:
    """Layer that each material lies in, by the first node that has it."""
    layer = np.zeros(len(profile.materials), dtype=np.int64)
    bottoms = _CM * slices.edges[slices.first[1:]]
    for k in range(layer.size):
        nodes = np.flatnonzero(profile.material == k)
        if nodes.size:
            layer[k] = np.searchsorted(bottoms, profile.depth[nodes[0]] - 1e-9)
    return layer


def _spread(profile: Profile, slices: Slices) -> Floats:
    """Share of each slice that lies in the soil of each node, ``[slice, node]``."""
    faces = node_faces(profile.depth) / _CM
    top, bottom = slices.edges[:-1, None], slices.edges[1:, None]
    common = np.minimum(bottom, faces[1:]) - np.maximum(top, faces[:-1])
    return np.maximum(common, 0.0) / (bottom - top)


def _hydraulics(profile: Profile) -> Hydraulics:
    """Parameters of a profile as the kernels take them."""
    values = [
        np.array([getattr(m, name) for m in profile.materials])
        for name in ("theta_r", "theta_s", "alpha", "n", "k_s", "l")
    ]
    theta_r, theta_s, alpha, n, k_s, pore = values
    return Hydraulics(
        theta_r, theta_s, alpha, n, k_s, pore, AIR_ENTRY if profile.air_entry else 0.0
    )
