"""The same yearly balance written twice more: in plain numpy, and as one Mesa agent a cell.

Both take the fluxes of the year as the processes define them and solve the slices by the same
two-stage method, with the same steps. They exist to be compared with.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import mesa
import numpy as np
from numpy.typing import NDArray

from simulator.model import Simulation

Array = NDArray[np.float64]

_GAMMA: Final = 1.0 - math.sqrt(0.5)
_CHANGE: Final = 0.25
_MOST_HALVINGS: Final = 10
_TINY: Final = 1e-30


class PlainYear(NamedTuple):
    """What a year made of a simulation."""

    stock: Array  #: ``[metal, layer, cell]``
    shares: NDArray[np.float32]  #: ``[metal, slice, cell]``
    flux: dict[str, Array]  #: by pathway, ``[metal, cell]`` or ``[metal, layer, cell]``
    most_steps: int  #: that a cell needed


class Column(NamedTuple):
    """What the slices of a metal are solved from, arrays ``[slice, cell]``."""

    gain: Array
    rate: Array
    washed: Array
    per_mass: Array  #: 1 / (dry soil times open ground) for the content
    free: Array  #: A / dry soil
    pore_water: Array
    ahead: Array
    behind: Array
    lift: Array  #: part of the slice that rises into the one above; in ``rate`` too [yr-1]

    def of(self, cells: NDArray[np.intp]) -> Column:
        return Column(*(a[:, cells] for a in self))

    def mobility(self, stock: Array, exponent: float) -> Array:
        free = self.free
        if exponent != 0.0:
            free = free * np.maximum(stock * self.per_mass, _TINY) ** exponent
        return free / (1.0 + max(exponent + 1.0, 1.0) * self.pore_water * free)

    def stage(self, known: Array, mobility: Array, h: Array) -> Array:
        """Stock after a backward Euler step, a tridiagonal system."""
        away = mobility * (self.ahead[1:] + self.behind[:-1] + self.washed) + self.rate
        diagonal, stock = 1.0 + h * away, known + h * self.gain
        from_above = h * self.ahead[1:-1] * mobility[:-1]
        from_below = h * (self.behind[1:-1] * mobility[1:] + self.lift[1:])
        for s in range(len(stock)):
            if s > 0:
                diagonal[s] -= from_above[s - 1] * from_below[s - 1]
                stock[s] += from_above[s - 1] * stock[s - 1]
            stock[s] /= diagonal[s]
            if s + 1 < len(stock):
                from_below[s] /= diagonal[s]
        for s in range(len(stock) - 2, -1, -1):
            stock[s] += from_below[s] * stock[s + 1]
        return stock

    def change(self, stock: Array, mobility: Array) -> Array:
        moving = mobility * stock
        out = self.gain - self.rate * stock
        out -= (self.ahead[1:] + self.behind[:-1] + self.washed) * moving
        out[1:] += self.ahead[1:-1] * moving[:-1]
        out[:-1] += self.behind[1:-1] * moving[1:] + self.lift[1:] * stock[1:]
        return out


def numpy_slices(column: Column, stock: Array, exponent: float) -> tuple[Array, Array, int]:
    """Integrals of stock and of ``g c`` over a year, and the most steps of a cell."""
    held, moved = np.zeros_like(stock), np.zeros_like(stock)
    stock = stock.copy()
    change = np.abs(column.change(stock, column.mobility(stock, exponent)))
    fastest = np.max(change / np.maximum(stock, 1e-300), axis=0)
    halvings = np.ceil(np.log2(np.maximum(fastest, _CHANGE) / _CHANGE)).clip(max=_MOST_HALVINGS)
    for step in range(int(halvings.max()) + 1):
        cells = np.flatnonzero(halvings >= step)
        h = 0.5 ** (halvings[cells] - max(step - 1, 0))
        c, old = column.of(cells), stock[:, cells]

        def solve(known: Array, mobility: Array, h: Array, c: Column = c) -> tuple[Array, Array]:
            found = c.stage(known, mobility, h)
            if exponent != 0.0:
                mobility = c.mobility(found, exponent)
                found = c.stage(known, mobility, h)
            return found, mobility

        one, m_one = solve(old, c.mobility(old, exponent), _GAMMA * h)
        known = old + (1.0 - _GAMMA) / _GAMMA * (one - old)
        euler = (known < 0.0).any(axis=0)
        first = np.where(euler, _GAMMA, 1.0 - _GAMMA)
        implicit = np.where(euler, 1.0 - _GAMMA, _GAMMA)
        two, m_two = solve(np.where(euler, one, known), m_one, implicit * h)
        held[:, cells] += h * (first * one + (1.0 - first) * two)
        moved[:, cells] += h * (first * m_one * one + (1.0 - first) * m_two * two)
        stock[:, cells] = np.maximum(two, 0.0)
    return held, moved, int(halvings.max()) + 1


def named_processes(sim: Simulation) -> dict[str, Any]:
    """Processes by the names of their classes, with the attributes of these."""
    return {p.name: p for p in sim.processes}


def _inverse(x: Array) -> Array:
    return np.divide(1.0, x, out=np.zeros_like(x), where=x > 0.0)


def _sediment(erosion: Any) -> tuple[Array, Array]:
    """Soil that leaves the cells by land class, and the soil that holds as much of each metal."""
    sediment = erosion.delivery * erosion.loss
    fines = erosion.enrichment[:, None, None] * erosion.fines
    return sediment, np.clip(fines, sediment, erosion.largest_enrichment * sediment)


def numpy_year(sim: Simulation) -> PlainYear:
    """Solve the year whose fluxes are prepared, whole arrays at a time; ``sim`` is not changed."""
    state, by_name = sim.state, named_processes(sim)
    deposition, farm = by_name["Deposition"], by_name["Agriculture"]
    erosion, uptake = by_name["Erosion"], by_name["CropUptake"]
    process = by_name["WaterBalance"]
    water, now, soil = process.water, process.record_year, process.soils.soil
    share, sealed = state.flat("open_share"), state.flat("sealed_share")
    ground, mass = state.flat("open_ground"), state.flat("soil_mass")
    per_ground, all_ground = _inverse(ground), ground + sealed
    old, slices = state.flat("stock"), state.slices
    n_metal = len(old)
    layer, part, first = slices.layer, slices.share[:, None], slices.first

    def mean(by_class: Array) -> Array:
        """Mean over the open land of the cells of values ``[row, land_class, soil]``."""
        total = sum(share[c] * by_class[:, c][:, soil] for c in range(len(share)))
        return total * per_ground

    flux: dict[str, Array] = {
        "deposition_dry": deposition.dry.emission @ deposition.dry.footprint * all_ground,
        "deposition_wet": deposition.wet.emission @ deposition.wet.footprint * all_ground,
        "deposition_background": np.outer(deposition.background, all_ground),
        **{name: rate @ share for name, rate in farm.rates.items()},
    }
    falling = sum(flux[f"deposition_{k}"] for k in ("dry", "wet", "background"))
    flux["runoff_sealed"] = falling * (sealed * _inverse(all_ground))
    kept = by_name["Runoff"].retained * (ground > 0.0)
    flux["retained_runoff"] = kept * flux["runoff_sealed"]
    stands, rooted = uptake.stands, uptake.root[:, uptake.stands.land_class]
    content = np.maximum(old * per_ground * _inverse(mass) / stands.content, stands.least)
    taken = np.einsum(
        "msi,zs,si,mszi->mszi", stands.coefficient[:, :, stands.soil], rooted,
        share[stands.land_class], content[:, None] ** stands.power[:, :, None, None],
    ) * _inverse(ground * mass)  # fmt: skip
    flux["straw_return"] = np.einsum("ms,mszi,mzi->mi", stands.returned, taken, old)
    on_surface = sum(v for k, v in flux.items() if k != "runoff_sealed") - flux["runoff_sealed"]
    weathering = by_name["Weathering"]
    flux["weathering"] = weathering.rate[:, :, None] * weathering.factor * ground

    sediment, enriched = _sediment(erosion)
    loss = (share * sediment).sum(axis=0) * per_ground
    up = np.empty_like(old)
    up[:, -1] = np.where(loss > 0.0, loss * ground * erosion.background, 0.0)
    flux["exhumation"] = up
    erosion_rate = (share * enriched).sum(axis=1) * per_ground * _inverse(mass[0])
    uptake_rate = taken.sum(axis=1)
    runoff = by_name["Runoff"].contact * mean(water.runoff[now][None])[0]

    ahead, behind = mean(water.ahead[now]), mean(water.behind[now])
    pore_water = mean(water.wetness[now]) * slices.thickness[:, None]
    washed = np.zeros_like(pore_water)
    washed[0] = runoff
    per_mass = _inverse(mass[layer] * part)
    lift = loss * per_mass
    lift[0] = 0.0
    tilled = (share * process.tilled[:, None]).sum(axis=0) * per_ground
    depth = process.tilled_slices

    stock = np.empty_like(old)
    shares = state.slice_share.reshape(n_metal, len(slices), -1).copy()
    flux |= {"crop_uptake": np.empty_like(old), "leaching": np.empty_like(old)}
    flux |= {name: np.empty_like(on_surface) for name in ("erosion", "runoff")}
    most_steps = 0
    for m in range(n_metal):
        known = shares[m].astype(np.float64)
        known /= np.add.reduceat(known, first[:-1])[layer]
        start = old[m, layer] * known
        gain = flux["weathering"][m, layer] * part
        gain[0] += on_surface[m]
        gain[-1] += up[m, -1]
        rate = uptake_rate[m, layer] + lift
        rate[0] += erosion_rate[m] / part[0]
        exponent = float(sim.ledger.exponent[m])
        free = state.flat("solution_coefficient")[m, layer] * per_mass
        column = Column(
            gain, rate, washed, per_mass * per_ground, free, pore_water, ahead, behind, lift
        )
        held, moved, steps = numpy_slices(column, start, exponent)
        most_steps = max(most_steps, steps)

        down = ahead[1:] * moved
        down[:-1] -= behind[1:-1] * moved[1:]
        new = start + gain - rate * held - washed * moved - down
        new[1:] += down[:-1]
        new[:-1] += lift[1:] * held[1:]
        up[m, :-1] = (lift * held)[first[1:-1]]
        flux["leaching"][m] = down[first[1:] - 1]
        flux["crop_uptake"][m] = uptake_rate[m] * np.add.reduceat(held, first[:-1])
        flux["erosion"][m] = erosion_rate[m] / part[0] * held[0]
        flux["runoff"][m] = runoff * moved[0]
        if depth > 1:
            even = part[:depth] / part[:depth].sum() * new[:depth].sum(axis=0)
            new[:depth] += tilled * (even - new[:depth])
        stock[m] = np.add.reduceat(new, first[:-1])
        np.copyto(shares[m], new * _inverse(stock[m])[layer], "same_kind", stock[m, layer] > 0.0)
    return PlainYear(stock, shares, flux, most_steps)


class PlainCell(mesa.Agent):
    """One soil cell with its numbers as attributes and its year as Python."""

    def __init__(self, model: mesa.Model, **values: Any) -> None:
        super().__init__(model)
        self.__dict__.update(values)

    def step(self) -> None:
        """One year of all metals and slices."""
        c = self.common
        ground = sum(self.share)
        all_ground = ground + self.sealed
        classes = range(len(self.share))

        def mean(values: list[float]) -> float:
            return sum(self.share[k] * values[k] for k in classes) / ground

        slices, layers = range(len(c["layer"])), range(len(self.mass))
        layer, part, first = c["layer"], c["part"], c["first"]
        self.a = [mean(v) for v in self.ahead]
        self.b = [mean(v) for v in self.behind]
        self.pore = [mean(v) * d for v, d in zip(self.wetness, c["thickness"], strict=True)]
        self.washed = [0.0] * len(slices)
        self.washed[0] = c["contact"] * mean(self.runoff)
        self.dry = [self.mass[layer[s]] * part[s] for s in slices]
        self.ground = ground
        loss, tilled = mean(self.loss), mean(c["tilled"])
        self.lift = [0.0] + [loss / dry for dry in self.dry[1:]]
        for m in range(len(self.stock)):
            old, shares = self.stock[m], self.slice_share[m]
            falling = c["background"][m] + sum(
                e * f for e, f in zip(c["emission"][m], self.footprint, strict=True)
            )
            gain = [c["weathering"][m][layer[s]] * self.kind * ground * part[s] for s in slices]
            gain[0] += falling * all_ground * (1.0 - self.sealed / all_ground)
            gain[0] += sum(rate[m][k] * self.share[k] for rate in c["farm"] for k in classes)
            rates = []
            for z in layers:
                per_stock = 1.0 / (ground * self.mass[z])
                content = max(old[z] * per_stock / c["content"], c["least"])
                total = 0.0
                for i, k in enumerate(c["stand"]):
                    taken = self.share[k] * self.uptake[m][i] * c["root"][z][k] * per_stock
                    taken *= content ** c["power"][m][i]
                    total += taken
                    gain[0] += c["returned"][m][i] * taken * old[z]
                rates.append(total)
            rate = [rates[layer[s]] + self.lift[s] for s in slices]
            rate[0] += mean(self.enriched[m]) / (self.mass[0] * part[0])
            start = []
            for z in layers:
                of_layer = range(first[z], first[z + 1])
                whole = sum(shares[s] for s in of_layer)
                start += [old[z] * (shares[s] / whole) for s in of_layer]
            gain[-1] += loss * ground * self.parent[m]
            new = self.year_of(start, gain, rate, self.coefficient[m], c["exponent"][m])
            depth = c["tilled_slices"]
            if depth > 1:
                total, whole = sum(new[:depth]), sum(part[:depth])
                for s in range(depth):
                    new[s] += tilled * (part[s] / whole * total - new[s])
            for z in layers:
                old[z] = sum(new[first[z] : first[z + 1]])
                for s in range(first[z], first[z + 1]):
                    shares[s] = new[s] / old[z]

    def year_of(
        self,
        start: list[float],
        gain: list[float],
        rate: list[float],
        coefficient: list[float],
        exponent: float,
    ) -> list[float]:
        """Stock of the slices of a metal after a year."""
        slices, layer = range(len(start)), self.common["layer"]
        a, b, washed, dry, lift = self.a, self.b, self.washed, self.dry, self.lift
        blocked = max(exponent + 1.0, 1.0)

        def mobility(stock: list[float]) -> list[float]:
            out = []
            for s in slices:
                free = coefficient[layer[s]] / dry[s]
                if exponent != 0.0:
                    free *= max(stock[s] / (dry[s] * self.ground), _TINY) ** exponent
                out.append(free / (1.0 + blocked * self.pore[s] * free))
            return out

        def solve(known: list[float], g: list[float], h: float) -> list[float]:
            upper: list[float] = []
            stock: list[float] = []
            for s in slices:
                diagonal = 1.0 + h * (g[s] * (a[s + 1] + b[s] + washed[s]) + rate[s])
                right = known[s] + h * gain[s]
                if s > 0:
                    lower = h * a[s] * g[s - 1]
                    diagonal -= lower * upper[s - 1]
                    right += lower * stock[s - 1]
                stock.append(right / diagonal)
                if s + 1 < len(slices):
                    upper.append(h * (b[s + 1] * g[s + 1] + lift[s + 1]) / diagonal)
            for s in reversed(slices[:-1]):
                stock[s] += upper[s] * stock[s + 1]
            return stock

        def find(known: list[float], g: list[float], h: float) -> tuple[list[float], list[float]]:
            found = solve(known, g, h)
            if exponent != 0.0:
                g = mobility(found)
                found = solve(known, g, h)
            return found, g

        stock, held, moved = start[:], [0.0] * len(start), [0.0] * len(start)
        halvings = _halvings(self, start, gain, rate, mobility)
        for step in range(halvings + 1):
            h = 0.5 ** (halvings - max(step - 1, 0))
            one, g_one = find(stock, mobility(stock), _GAMMA * h)
            known = [x + (1.0 - _GAMMA) / _GAMMA * (y - x) for x, y in zip(stock, one, strict=True)]
            share, implicit = 1.0 - _GAMMA, _GAMMA
            if min(known) < 0.0:
                known, share, implicit = one, _GAMMA, 1.0 - _GAMMA
            two, g_two = find(known, g_one, implicit * h)
            for s in slices:
                held[s] += h * (share * one[s] + (1.0 - share) * two[s])
                moved[s] += h * (share * g_one[s] * one[s] + (1.0 - share) * g_two[s] * two[s])
                stock[s] = max(two[s], 0.0)
        new = []
        for s in slices:
            new.append(start[s] + gain[s] - rate[s] * held[s])
            new[s] -= (a[s + 1] + b[s] + washed[s]) * moved[s]
            if s > 0:
                new[s] += a[s] * moved[s - 1]
            if s + 1 < len(slices):
                new[s] += b[s + 1] * moved[s + 1] + lift[s + 1] * held[s + 1]
        return new


def _halvings(
    cell: PlainCell,
    stock: list[float],
    gain: list[float],
    rate: list[float],
    mobility: Callable[[list[float]], list[float]],
) -> int:
    """How often the year is halved for the first step."""
    g, a, b, n = mobility(stock), cell.a, cell.b, len(stock)
    fastest = _CHANGE
    for s in range(n):
        change = gain[s] - (rate[s] + g[s] * (a[s + 1] + b[s] + cell.washed[s])) * stock[s]
        if s > 0:
            change += a[s] * g[s - 1] * stock[s - 1]
        if s + 1 < n:
            change += (b[s + 1] * g[s + 1] + cell.lift[s + 1]) * stock[s + 1]
        fastest = max(fastest, abs(change) / max(stock[s], 1e-300))
    return min(math.ceil(math.log2(fastest / _CHANGE)), _MOST_HALVINGS)


def mesa_model(sim: Simulation) -> mesa.Model:
    """A Mesa model with one agent for each cell of a simulation."""
    state, by_name = sim.state, named_processes(sim)
    erosion, uptake = by_name["Erosion"], by_name["CropUptake"]
    deposition, process = by_name["Deposition"], by_name["WaterBalance"]
    water, now = process.water, process.record_year
    land = list(range(state.open_share.shape[0] - 1))  # without water
    ways = (deposition.dry, deposition.wet)
    common = {
        "exponent": sim.ledger.exponent.tolist(),
        "emission": np.concatenate([w.emission for w in ways], axis=1).tolist(),
        "background": deposition.background.tolist(),
        "farm": [rate[:, land].tolist() for rate in by_name["Agriculture"].rates.values()],
        "weathering": by_name["Weathering"].rate.tolist(),
        "stand": uptake.stands.land_class.tolist(),
        "power": uptake.stands.power.tolist(),
        "returned": uptake.stands.returned.tolist(),
        "content": uptake.stands.content,
        "least": uptake.stands.least,
        "root": uptake.root[:, land].tolist(),
        "contact": by_name["Runoff"].contact,
        "tilled": process.tilled[land].tolist(),
        "tilled_slices": process.tilled_slices,
        "thickness": state.slices.thickness.tolist(),
        "layer": state.slices.layer.tolist(),
        "part": state.slices.share.tolist(),
        "first": state.slices.first.tolist(),
    }
    footprint = np.concatenate([w.footprint for w in ways])
    sediment, enriched = _sediment(erosion)
    shares = state.slice_share.reshape(*state.slice_share.shape[:2], -1).astype(np.float64)
    model = mesa.Model(rng=0)
    for i in range(state.n_cell):
        soil = process.soils.soil[i]
        PlainCell(
            model,
            common=common,
            stock=state.flat("stock")[:, :, i].tolist(),
            slice_share=shares[:, :, i].tolist(),
            share=state.flat("open_share")[land, i].tolist(),
            sealed=float(state.flat("sealed_share")[i]),
            mass=state.flat("soil_mass")[:, i].tolist(),
            coefficient=state.flat("solution_coefficient")[:, :, i].tolist(),
            ahead=water.ahead[now][:, land, soil].tolist(),
            behind=water.behind[now][:, land, soil].tolist(),
            wetness=water.wetness[now][:, land, soil].tolist(),
            runoff=water.runoff[now][land, soil].tolist(),
            loss=sediment[land, i].tolist(),
            enriched=enriched[:, land, i].tolist(),
            parent=erosion.background[:, i].tolist(),
            uptake=uptake.stands.coefficient[:, :, uptake.stands.soil[i]].tolist(),
            kind=float(by_name["Weathering"].factor[i]),
            footprint=footprint[:, i].tolist(),
        )
    return model
