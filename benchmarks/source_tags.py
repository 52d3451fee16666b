"""Source tags on a region: how well they add up, and what they cost.

Run with ``python -m benchmarks.source_tags [SCENARIO] [--years N]``. Two simulations of the
scenario, with tags and without, take turns year by year; printed are the medians of their years and
balances, and the residuals.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from simulator.model import Simulation
from simulator.region import read_region
from simulator.scenario import read_scenario


def simulation(name: str, years: int, by: str) -> Simulation:
    """Return the first years of a scenario, with tags or without."""
    scenario = read_scenario(name)
    tags = scenario.tags.model_copy(update={"by": by})
    early = tuple(i for i in scenario.interventions if i.date < scenario.start + years)
    scenario = scenario.model_copy(update={"tags": tags, "years": years, "interventions": early})
    return Simulation(read_region(scenario.region), scenario)


def residuals(sim: Simulation, before: np.ndarray) -> tuple[float, float, float]:
    """Largest relative residual of the sums of stock and sealed stock, and of a tag's balance."""
    state, tags = sim.state, sim.ledger.tags
    by_layer = np.add.reduceat(state.tag_stock.sum(axis=0), state.slices.first[:-1], axis=1)
    after = holdings(sim)
    change = tags.gain - tags.loss.sum(axis=2)
    scale = before + tags.gain + 1e-30
    own = np.max(np.abs(after - before - change) / scale)
    return (
        relative(by_layer, state.stock),
        relative(state.tag_stock_sealed.sum(axis=0), state.stock_sealed),
        float(own),
    )


def holdings(sim: Simulation) -> np.ndarray:
    """Stock of the columns by tag, ``[tag, metal, cell]``."""
    state = sim.state
    both = state.tag_stock.sum(axis=2) + state.tag_stock_sealed.sum(axis=2)
    return both.reshape(*both.shape[:2], -1)


def relative(found: np.ndarray, total: np.ndarray) -> float:
    """Largest relative difference where there is anything."""
    some = total > 0.0
    return float(np.max(np.abs(found - total)[some] / total[some], initial=0.0))


def main() -> None:
    """Print residuals and costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="taizhou-baseline")
    parser.add_argument("--years", type=int, default=10)
    options = parser.parse_args()
    plain = simulation(options.scenario, options.years, "none")
    tagged = simulation(options.scenario, options.years, "sector")
    times: dict[Simulation, list[float]] = {plain: [], tagged: []}
    balances: dict[Simulation, list[float]] = {plain: [], tagged: []}
    worst = np.zeros(3)
    for _ in range(options.years):
        before = holdings(tagged)
        for sim in (plain, tagged):
            begun, spent = time.perf_counter(), sim.seconds.get("balance", 0.0)
            sim.step()
            times[sim].append(time.perf_counter() - begun)
            balances[sim].append(sim.seconds["balance"] - spent)
        worst = np.maximum(worst, residuals(tagged, before))
    same = np.array_equal(plain.state.stock, tagged.state.stock)
    n_tag = tagged.state.tag_stock.shape[0]
    print(f"{options.scenario}, {options.years} years, {n_tag} tags, {tagged.state.n_cell} cells")
    print(f"total of open soil against the sum of its tags: {worst[0]:.1e} (largest, relative)")
    print(f"total of sealed soil likewise: {worst[1]:.1e}")
    print(f"a tag's change against its gains and losses, cell by cell: {worst[2]:.1e}")
    print(f"stocks with and without tags are the same bits: {'yes' if same else 'NO'}")
    print(f"memory of the tags: {tagged.state.tag_stock.nbytes / 1e6:.0f} MB of open soil")
    for what, of in (("year", times), ("balance", balances)):
        one, other = (float(np.median(of[s][1:])) for s in (plain, tagged))
        per_ten = 1.0 + (other / one - 1.0) * 10.0 / n_tag
        print(
            f"{what}: {one:.3f} s without, {other:.3f} s with tags, {other / one:.2f} x; "
            f"ten tags, in proportion: {per_ten:.2f} x"
        )


if __name__ == "__main__":
    main()
