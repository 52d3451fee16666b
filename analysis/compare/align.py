"""Runs brought side by side: whether they can be, in which years, by what names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from analysis.assessment.assess import ControlLayer, Rules, default_years
from analysis.layers.limits import control_layer_of
from analysis.runs import grid_of, metal_of, run_name, years_of
from simulator.constants import HECTARE
from simulator.errors import InputError, Problem
from simulator.record import RunFolder
from simulator.region.model import Grid

#: Fewest and most runs that are compared.
RUNS: Final = (2, 8)
#: What contents are held against unless it is said.
DEFAULT_RULES: Final = Rules()


@dataclass(frozen=True)
class Comparison:
    """Runs of one region; the first is the reference that the others are held against.

    Attributes
    ----------
    runs : tuple of RunFolder
        Finished, on one grid, with the same metals and layers.
    names : tuple of str
        A different one for each run.
    recorded : tuple of int
        Years at whose beginning every run has its state, rising; at least two.
    years : tuple of int
        Those of them that are mapped.
    rules : Rules
        What contents are held against.
    """

    runs: tuple[RunFolder, ...]
    names: tuple[str, ...]
    recorded: tuple[int, ...]
    years: tuple[int, ...]
    rules: Rules

    @property
    def reference(self) -> str:
        """Name of the first run."""
        return self.names[0]

    @property
    def others(self) -> tuple[str, ...]:
        """Names of all runs but the first."""
        return self.names[1:]

    @property
    def start(self) -> int:
        """First year that all runs have."""
        return self.recorded[0]

    @property
    def end(self) -> int:
        """Last year that all runs have."""
        return self.recorded[-1]

    @property
    def grid(self) -> Grid:
        """Grid of every run."""
        return grid_of(self.runs[0])

    @property
    def metals(self) -> tuple[str, ...]:
        """Symbols of the metals, in the order of every ``metal`` axis."""
        return tuple(str(m) for m in self.runs[0].manifest["metals"])

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the scenarios."""
        return tuple(str(run.manifest["scenario"]["title"]) for run in self.runs)

    @property
    def one_region(self) -> bool:
        """Whether all runs read the same files of the region (SHA-256)."""
        return len({run.manifest["region"]["digest"] for run in self.runs}) == 1

    @cached_property
    def soils(self) -> tuple[ControlLayer, ...]:
        """Control layer of each run's region; read once where the regions are the same."""
        return tuple(control_layer_of(run) for run in self.runs)

    def soil_hectares(self, run: int) -> float:
        """Area of the cells with soil of a run, each with all of it. [ha]."""
        cells = np.isfinite(self.soils[run].background[0]).sum()
        return float(cells) * self.grid.cell_area / HECTARE

    def metals_of(self, asked: Sequence[str]) -> list[str]:
        """Symbols of metals whatever their case, each once."""
        return list(dict.fromkeys(metal_of(self.runs[0], metal) for metal in asked))


def align(
    runs: Sequence[RunFolder], years: Sequence[int] | None = None, rules: Rules = DEFAULT_RULES
) -> Comparison:
    """Bring runs side by side.

    Parameters
    ----------
    runs : sequence of RunFolder
        Two to eight; the first is the reference.
    years : sequence of int, optional
        Years to map, recorded in every run; by default the first and the last that all have, and
        the first of each decade between.
    rules : Rules
        What contents are held against.

    Raises
    ------
    InputError
        With everything that keeps the runs from being compared.
    """
    problems = _count_problems(runs) or [
        *_unfinished(runs), *(p for run in runs[1:] for p in _unlike(runs[0], run))
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    recorded = sorted(set.intersection(*(set(years_of(run).tolist()) for run in runs)))
    if len(recorded) < 2:
        raise InputError(_no_years(runs, recorded))
    wanted = default_years(recorded) if years is None else sorted(set(years))
    missing = [year for year in wanted if year not in recorded]
    if missing:
        raise InputError([_not_common(year, recorded) for year in missing])
    return Comparison(tuple(runs), distinct_names(runs), tuple(recorded), tuple(wanted), rules)


def distinct_names(runs: Sequence[RunFolder]) -> tuple[str, ...]:
    """Names of runs; those that are alike are counted: ``a``, ``a (2)``."""
    seen: Counter[str] = Counter()
    names = []
    for name in map(run_name, runs):
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _count_problems(runs: Sequence[RunFolder]) -> list[Problem]:
    least, most = RUNS
    if least <= len(runs) <= most:
        return []
    few = len(runs) < least
    return [
        Problem(
            "compare", f"{len(runs)} run{'' if len(runs) == 1 else 's'}",
            f"{least} to {most} runs are compared",
            "Name another run to hold it against." if few else "Leave some out.",
        )
    ]  # fmt: skip


def _unfinished(runs: Sequence[RunFolder]) -> list[Problem]:
    return [
        Problem(
            f"run {run_name(run)!r}", "is not finished", "runs are compared to their last year",
            f"Go on with: metalscape resume {run_name(run)}",
        )
        for run in runs
        if not run.finished
    ]  # fmt: skip


def _unlike(reference: RunFolder, run: RunFolder) -> list[Problem]:
    """What sets the grid, metals and layers of a run apart from those of the reference."""
    return [
        Problem(
            f"run {run_name(run)!r}",
            f"its {what} {_words(get(run.manifest))}, that of {run_name(reference)!r} "
            f"{_words(get(reference.manifest))}",
            "compared runs are of one region: they have the same cells, metals and layers",
            "Compare it with runs of its own region.",
        )
        for what, get in _SAME.items()
        if get(run.manifest) != get(reference.manifest)
    ]


_SAME: Final[dict[str, Any]] = {
    "region is": lambda manifest: manifest["region"]["name"],
    "grid is": lambda manifest: manifest["grid"],
    "list of metals is": lambda manifest: list(manifest["metals"]),
    "list of layers is": lambda manifest: list(manifest["layer_thickness"]),
}


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _no_years(runs: Sequence[RunFolder], recorded: Sequence[int]) -> Problem:
    spans = ", ".join(f"{run_name(r)} {years_of(r)[0]}-{years_of(r)[-1]}" for r in runs)
    common = f"only {recorded[0]} is recorded in all" if recorded else "no year is in all of them"
    return Problem(
        "years of the runs", f"{common}: {spans}",
        "runs are compared over the years whose state all have, two at least",
        "Compare runs that overlap, recorded in the same years.",
    )  # fmt: skip


def _not_common(year: int, recorded: Sequence[int]) -> Problem:
    nearest = min(recorded, key=lambda known: abs(known - year))
    return Problem(
        f"year {year}", "is not in all runs",
        f"all of them have {len(recorded)} years from {recorded[0]} to {recorded[-1]}",
        f"The nearest is {nearest}.",
    )  # fmt: skip
