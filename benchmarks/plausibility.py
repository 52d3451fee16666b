"""Print what the first year of a scenario does to the soil beside what surveys found.

Run with ``python -m benchmarks.plausibility``. For each built-in baseline: change of the topsoil of
farmland and forest in the first year, the fluxes behind it, the water that carries metals and the
concentration that leaves each layer, shares leached by pH, and how many of the values used are
recalled. Published numbers lie in ``published_rates.csv``. Whole runs are for
``benchmarks.regional_balance``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.published import published
from benchmarks.tables import print_table
from simulator import Simulation
from simulator.constants import FARM_CLASSES, LAND_CLASSES, METALS, MG_PER_KG
from simulator.physics.erosion import erosivity

#: A cell stands for a kind of land when this share of it is open land of that kind.
MOSTLY = 0.7
G_PER_HA = 1.0e7  # of a kg m-2
UG_PER_L = 1.0e6  # of a kg m-3

Group = tuple[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class Soil:
    """The top layer at one time, ``[metal, cell]``."""

    content: NDArray[np.float64]  #: [mg kg-1]
    stock: NDArray[np.float64]  #: in open soil, per area of cell [kg m-2]

    @classmethod
    def of(cls, sim: Simulation) -> Soil:
        """Take them from a simulation."""
        return cls(sim.state.content()[:, 0] * MG_PER_KG, sim.state.flat("stock")[:, 0].copy())


def published_rows(quantity: str, unit: str) -> pd.DataFrame:
    """Published values of one quantity: a row for each source, a column for each metal."""
    rows = [
        (f"{n.label}, {n.where}", n.metal, n.value) for n in published(quantity) if n.unit == unit
    ]
    table = pd.DataFrame(rows, columns=["label", "metal", "value"])
    return table.pivot_table("value", index="label", columns="metal")


def surveyed_solution() -> pd.DataFrame:
    """Range of the dissolved metal that surveys found. [ug L-1]"""
    rows = {n.metal: (n.low, n.high) for n in published("solution")}
    return pd.DataFrame(rows, index=["surveys, low", "surveys, high"])


def kinds_of_land(sim: Simulation) -> list[Group]:
    """Cells that are mostly farmland, and mostly forest, where there are any."""
    share = sim.state.flat("open_share")
    farm = sum(share[LAND_CLASSES.index(c)] for c in FARM_CLASSES)
    masks = [("farmland", farm > MOSTLY), ("forest", share[LAND_CLASSES.index("forest")] > MOSTLY)]
    return [(name, mask) for name, mask in masks if mask.any()]


def change(before: Soil, after: Soil, groups: Sequence[Group]) -> pd.DataFrame:
    """Mean change of topsoil content by kind of land. [mg kg-1 yr-1]"""
    gain = after.content - before.content
    return _by_metal({name: gain[:, mask].mean(axis=1) for name, mask in groups})


def topsoil_fluxes(sim: Simulation, mask: NDArray[np.bool_]) -> pd.DataFrame:
    """What each pathway adds to the top layer of some cells, per area of cell. [g ha-1 yr-1]"""
    rows: dict[str, NDArray[np.float64]] = {}
    for pathway in sim.ledger.pathways:
        amounts = sim.ledger.amounts(pathway.name)[:, :, mask].mean(axis=-1) * G_PER_HA
        signs = [pathway.signs(z, sim.state.n_layer)[0] for z in range(amounts.shape[1])]
        rows[pathway.name] = amounts @ np.array(signs, dtype=float)
    total = np.sum(list(rows.values()), axis=0)
    inputs = [p.name for p in sim.ledger.pathways if p.kind == "input"]
    return _by_metal(
        {
            **{name: row for name, row in rows.items() if row.any()},
            "sum": total,
            "inputs alone": np.sum([rows[name] for name in inputs], axis=0),
        }
    )


def leaving(sim: Simulation, mask: NDArray[np.bool_]) -> pd.DataFrame:
    """Concentration in the water that percolates out of each layer, weighted by flow. [ug L-1]"""
    state = sim.state
    water = (state.flat("percolation") * state.flat("open_ground"))[:, mask].sum(axis=1)
    metal = sim.ledger.amounts("leaching")[:, :, mask].sum(axis=-1)
    return _by_metal(
        {f"out of layer {z + 1}": metal[:, z] / water[z] * UG_PER_L for z in range(water.size)}
    )


def water(sim: Simulation, groups: Sequence[Group]) -> pd.DataFrame:
    """Percolation by layer and runoff [mm yr-1], soil loss [t ha-1 yr-1], of open ground."""
    state = sim.state
    rows = {}
    for name, mask in groups:
        depth = state.flat("percolation")[:, mask].mean(axis=1) * 1e3
        rows[name] = {
            **{f"percolation {z + 1}": depth[z] for z in range(depth.size)},
            "runoff": state.flat("runoff_depth")[mask].mean() * 1e3,
            "soil loss": state.flat("soil_loss")[mask].mean() * 10.0,
            "soil loss, median": np.median(state.flat("soil_loss")[mask]) * 10.0,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def leached_by_ph(sim: Simulation, before: Soil) -> pd.DataFrame:
    """Share of the topsoil stock that leaches in the year, by pH of the topsoil. [%]"""
    ph, soil = sim.state.flat("ph")[0], before.stock.sum(axis=0) > 0.0
    limits = (-np.inf, 5.2, 6.0, 7.0, np.inf)
    names = ("pH below 5.2", "pH 5.2-6", "pH 6-7", "pH above 7")
    leached = sim.ledger.amounts("leaching")[:, 0]
    rows = {}
    for name, low, high in zip(names, limits, limits[1:], strict=False):
        mask = soil & (ph >= low) & (ph < high)
        if mask.any():
            share = leached[:, mask].sum(axis=1) / before.stock[:, mask].sum(axis=1)
            rows[f"{name}, {mask.sum()} cells"] = 100.0 * share
    return _by_metal(rows)


def recalled(sim: Simulation) -> str:
    """How many of the values used are not yet read in their source, by table."""
    used, unread = sim.parameters.used, sim.parameters.recalled_used
    tables = Counter(row.split("/")[0] for row in unread)
    parts = ", ".join(f"{name} {n}" for name, n in tables.most_common())
    return f"{len(unread)} of {len(used)} values are recalled: {parts}"


def report(name: str) -> None:
    """Run a baseline and print its tables."""
    with Simulation.from_scenario(name) as sim:
        first, groups, begin = sim.year, kinds_of_land(sim), Soil.of(sim)
        sim.step()
        after = Soil.of(sim)
        reference = {"farmland": [published_rows("input", "g/ha/yr")], "forest": []}
        print_table(
            f"{name} {first}: change of topsoil content [mg/kg/yr]",
            pd.concat([change(begin, after, groups), published_rows("net", "mg/kg/yr")]),
        )
        for kind, mask in groups:
            print_table(
                f"{name} {first}: gains of the topsoil, {kind}, {mask.sum()} cells [g/ha/yr]",
                pd.concat([topsoil_fluxes(sim, mask), *reference[kind]]),
            )
            print_table(
                f"{name} {first}: water leaving the layers, {kind} [ug/L]",
                pd.concat([leaving(sim, mask), surveyed_solution()]),
            )
        print_table(
            f"{name} {first}: water [mm/yr], soil loss [t/ha/yr]; erosivity "
            f"{erosivity(sim.region.daily['precip_mm'].to_numpy() / 1000.0):.0f} MJ mm/ha/h/yr",
            water(sim, groups),
        )
        print_table(
            f"{name} {first}: share of the topsoil stock that leaches [%/yr]",
            leached_by_ph(sim, begin),
        )
        print(f"{name}: {recalled(sim)}\n")


def _by_metal(rows: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(METALS))


def main() -> None:
    """Print the tables of the scenarios named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=["wuhan-baseline", "taizhou-baseline"])
    for name in parser.parse_args().scenarios:
        report(name)


if __name__ == "__main__":
    main()
