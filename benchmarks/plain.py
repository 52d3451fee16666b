"""The same yearly balance written twice more: in plain numpy, and as one Mesa agent a cell.

Both take the fluxes of the year as the processes define them and solve the layers from the top
down with the same implicit midpoint, without its sub-steps. They exist to be compared with.
"""

from __future__ import annotations

import math
from typing import Any

import mesa
import numpy as np

from simulator.model import Simulation


def numpy_year(sim: Simulation) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """New stock ``[metal, layer, cell]`` and fluxes by pathway, whole arrays at a time."""
    state, by_name = sim.state, {p.name: p for p in sim.processes}
    deposition, farm = by_name["Deposition"], by_name["Agriculture"]
    water, erosion, uptake = by_name["WaterBalance"], by_name["Erosion"], by_name["CropUptake"]
    share, sealed = state.flat("open_share"), state.flat("sealed_share")
    ground = state.flat("open_ground")
    stock, mass = state.flat("stock"), state.flat("soil_mass")
    all_ground = ground + sealed
    n_layer = stock.shape[1]

    flux = {
        "deposition_dry": deposition.dry.emission @ deposition.dry.footprint * all_ground,
        "deposition_wet": deposition.wet.emission @ deposition.wet.footprint * all_ground,
        "deposition_background": np.outer(deposition.background, all_ground),
        **{name: rate @ share for name, rate in farm.rates.items()},
    }
    falling = sum(flux[f"deposition_{k}"] for k in ("dry", "wet", "background"))
    flux["runoff_sealed"] = falling * (sealed / all_ground)
    weathering = by_name["Weathering"].rate[:, :, None] * ground
    percolation = np.stack(
        [
            (share * water.percolation[z][:, water.group]).sum(axis=0) / ground
            for z in range(n_layer)
        ]
    )
    runoff_depth = (share * water.runoff[0][:, water.group]).sum(axis=0) / ground
    content = stock / (ground * mass)
    n = sim.ledger.exponent[:, None, None]
    solution = state.flat("solution_coefficient") * content**n / mass
    pore = by_name["Leaching"].pore_water
    leaching = np.minimum(percolation * solution, percolation / pore)
    contact = by_name["Runoff"].contact
    off = np.minimum(contact * runoff_depth * solution[:, 0], contact * runoff_depth / pore[0])
    loss = (share * erosion.loss).sum(axis=0) / ground
    eroded = erosion.enrichment[:, None] * loss / mass[0]
    up = np.empty_like(stock)
    up[:, :-1] = np.minimum(loss / mass[1:], 0.5) * stock[:, 1:]
    up[:, -1] = loss * ground * erosion.background[:, -1]
    taken = np.einsum("mc,zc,ci->mzi", uptake.coefficient, uptake.root, share)
    taken *= uptake.acidity[:, None] / (ground * mass)

    inputs = sum(v for k, v in flux.items() if k != "runoff_sealed") - flux["runoff_sealed"]
    gain = weathering + up
    gain[:, 0] += inputs
    gain[:, 1:] -= up[:, :-1]
    new = np.empty_like(stock)
    flux |= {"weathering": weathering, "exhumation": up}
    leached, cropped = np.empty_like(stock), np.empty_like(stock)
    for z in range(n_layer):
        linear = taken[:, z] + (eroded if z == 0 else 0.0)
        dissolved = leaching[:, z] + (off if z == 0 else 0.0)
        f = 1.0
        for _ in range(3):
            k = linear + dissolved * f
            b = (1.0 + np.expm1(-k) / k) / k
            mean = stock[:, z] * (1.0 - k * b) + gain[:, z] * b
            f_mean = f * mean
            f = (mean / stock[:, z]) ** n[:, 0]
        leached[:, z] = leaching[:, z] * f_mean
        cropped[:, z] = taken[:, z] * mean
        if z == 0:
            flux["erosion"], flux["runoff"] = eroded * mean, off * f_mean
        if z + 1 < n_layer:
            gain[:, z + 1] += leached[:, z]
        new[:, z] = stock[:, z] + gain[:, z] - linear * mean - dissolved * f_mean
    return new, flux | {"leaching": leached, "crop_uptake": cropped}


class PlainCell(mesa.Agent):
    """One soil cell with its numbers as attributes and its year as Python."""

    def __init__(self, model: mesa.Model, **values: Any) -> None:
        super().__init__(model)
        self.__dict__.update(values)

    def step(self) -> None:
        """One year of all metals and layers."""
        c = self.common
        ground = sum(self.share)
        all_ground = ground + self.sealed
        classes = range(len(self.share))
        q = [sum(self.share[k] * w[k] for k in classes) / ground for w in self.percolation]
        runoff_depth = sum(self.share[k] * self.runoff[k] for k in classes) / ground
        loss = sum(self.share[k] * self.loss[k] for k in classes) / ground
        for m in range(len(self.stock)):
            stock, n = self.stock[m], c["exponent"][m]
            dry = sum(e * f for e, f in zip(c["dry"][m], self.dry, strict=True)) * all_ground
            wet = sum(e * f for e, f in zip(c["wet"][m], self.wet, strict=True)) * all_ground
            background = c["background"][m] * all_ground
            farm = sum(sum(self.share[k] * rate[m][k] for k in classes) for rate in c["farm"])
            bypass = (dry + wet + background) * (self.sealed / all_ground)
            gain = [w * ground for w in c["weathering"][m]]
            gain[0] += dry + wet + background + farm - bypass
            for z in range(len(stock)):
                if z + 1 < len(stock):
                    up = min(loss / self.mass[z + 1], 0.5) * stock[z + 1]
                    gain[z + 1] -= up
                else:
                    up = loss * ground * self.parent[m]
                gain[z] += up
            for z in range(len(stock)):
                x = stock[z] / (ground * self.mass[z])
                solution = self.coefficient[m][z] * x**n / self.mass[z]
                leaching = min(q[z] * solution, q[z] / self.pore[z])
                linear = sum(
                    self.share[k] * c["uptake"][m][k] * c["root"][z][k] for k in classes
                ) * (self.acidity[m] / (ground * self.mass[z]))
                dissolved = leaching
                if z == 0:
                    linear += c["enrichment"][m] * loss / self.mass[0]
                    wash = c["contact"] * runoff_depth
                    dissolved += min(wash * solution, wash / self.pore[0])
                f = 1.0
                for _ in range(3):
                    k = linear + dissolved * f
                    b = (1.0 + math.expm1(-k) / k) / k
                    mean = stock[z] * (1.0 - k * b) + gain[z] * b
                    f_mean = f * mean
                    f = (mean / stock[z]) ** n
                if z + 1 < len(stock):
                    gain[z + 1] += leaching * f_mean
                stock[z] += gain[z] - linear * mean - dissolved * f_mean


def mesa_model(sim: Simulation) -> mesa.Model:
    """A Mesa model with one agent for each cell of a simulation."""
    state, by_name = sim.state, {p.name: p for p in sim.processes}
    water, erosion, uptake = by_name["WaterBalance"], by_name["Erosion"], by_name["CropUptake"]
    deposition = by_name["Deposition"]
    land = list(range(state.open_share.shape[0] - 1))  # without water
    common = {
        "exponent": sim.ledger.exponent.tolist(),
        "dry": deposition.dry.emission.tolist(),
        "wet": deposition.wet.emission.tolist(),
        "background": deposition.background.tolist(),
        "farm": [rate[:, land].tolist() for rate in by_name["Agriculture"].rates.values()],
        "weathering": by_name["Weathering"].rate.tolist(),
        "uptake": uptake.coefficient[:, land].tolist(),
        "root": uptake.root[:, land].tolist(),
        "enrichment": erosion.enrichment.tolist(),
        "contact": by_name["Runoff"].contact,
    }
    model = mesa.Model(rng=0)
    for i in range(state.n_cell):
        PlainCell(
            model,
            common=common,
            stock=state.flat("stock")[:, :, i].tolist(),
            share=state.flat("open_share")[land, i].tolist(),
            sealed=float(state.flat("sealed_share")[i]),
            mass=state.flat("soil_mass")[:, i].tolist(),
            pore=by_name["Leaching"].pore_water[:, i].tolist(),
            coefficient=state.flat("solution_coefficient")[:, :, i].tolist(),
            percolation=water.percolation[:, land, water.group[i]].tolist(),
            runoff=water.runoff[0, land, water.group[i]].tolist(),
            loss=erosion.loss[land, i].tolist(),
            parent=erosion.background[:, -1, i].tolist(),
            acidity=uptake.acidity[:, i].tolist(),
            dry=deposition.dry.footprint[:, i].tolist(),
            wet=deposition.wet.footprint[:, i].tolist(),
        )
    return model
