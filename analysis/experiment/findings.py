"""Findings of an experiment: tables, maps, pictures and a page, in a folder of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analysis.experiment.effects import effects
from analysis.experiment.folder import ExperimentFolder
from analysis.experiment.pareto import pareto_table
from analysis.experiment.results import Results
from analysis.experiment.robustness import robustness_table
from analysis.experiment.sensitivity_table import sensitivity_table
from simulator.errors import InputError, Problem
from simulator.files import folder_beside
from simulator.progress import tell

#: Folder of the findings in that of the experiment, and the page in it.
FINDINGS: Final = "findings"
PAGE: Final = "findings.html"
#: Metals that the page and the terminal show where none is asked for: the most overloaded.
_SHOWN: Final = 3


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes
    ----------
    results : Results
        The members.
    metals, shown : tuple of str
        Metals of the tables, and those of page and terminal.
    year : int
        Year at whose beginning options and sensitivity are looked at.
    discount : float
        Rate at which later costs count less. [yr-1]
    effects, sensitivity, robustness, pareto : pandas.DataFrame
        See :func:`analysis.experiment.effects.effects`,
        :func:`analysis.experiment.sensitivity_table.sensitivity_table`,
        :func:`analysis.experiment.robustness.robustness_table` and
        :func:`analysis.experiment.pareto.pareto_table`.
    """

    results: Results
    metals: tuple[str, ...]
    shown: tuple[str, ...]
    year: int
    discount: float
    effects: pd.DataFrame
    sensitivity: pd.DataFrame
    robustness: pd.DataFrame
    pareto: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the name of their file."""
        names = ("effects", "sensitivity", "robustness", "pareto")
        return {name: getattr(self, name) for name in names}


def find(
    folder: ExperimentFolder,
    metals: Sequence[str] = (),
    year: int | None = None,
    discount: float = 0.0,
) -> Findings:
    """Work out the findings of an experiment.

    Parameters
    ----------
    folder : ExperimentFolder
        The experiment; members that did not finish are left out and counted.
    metals : sequence of str
        Metals; by default all whose maps were kept.
    year : int, optional
        Year whose maps were kept; the last by default. Effects are of all of these years.
    discount : float
        Rate at which costs of later years count less. [yr-1]

    Raises
    ------
    InputError
        If a metal or the year has no maps, or if no member finished.
    """
    if not folder.members_done:
        raise InputError(
            Problem(
                f"experiment {folder.spec.name!r}", "has no finished member",
                "findings are of members that finished",
                "Run it with: metalscape experiment FILE.toml",
            )
        )  # fmt: skip
    results = Results(folder)
    year = results.check_year(year)
    chosen = tuple(dict.fromkeys(results.check_metal(m) for m in metals)) or results.metals
    tell("effects", 0, 1)
    return Findings(
        results,
        metals=chosen,
        shown=chosen if metals else most_overloaded(results, chosen, year),
        year=year,
        discount=discount,
        effects=effects(results, chosen, results.map_years, discount),
        sensitivity=sensitivity_table(results, chosen, year),
        robustness=robustness_table(results, chosen, year),
        pareto=pareto_table(results, chosen, year, discount),
    )


def most_overloaded(results: Results, metals: Sequence[str], year: int) -> tuple[str, ...]:
    """Metals with most overloaded land in the mean over all members: one to three."""
    mean = {m: float(np.nanmean(results.series("overload_ha", m).at(year))) for m in metals}
    falling = sorted(metals, key=lambda m: -mean[m])
    return tuple(m for m in falling[:_SHOWN] if mean[m] > 0.0) or tuple(falling[:1])


def write_findings(findings: Findings, out: Path | None = None) -> Path:
    """Write tables, GeoTIFFs, pictures and the page into a folder, which appears when it is whole.

    Parameters
    ----------
    findings : Findings
        What was found.
    out : Path, optional
        Folder; ``findings/`` in that of the experiment by default. An older one is replaced.
    """
    from analysis.experiment import rasters
    from analysis.experiment.drawn import draw
    from analysis.experiment.page import write_page_of

    results = findings.results
    out = results.folder.path / FINDINGS if out is None else out
    with folder_beside(out) as folder:
        for name, table in findings.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        maps = {}
        for done, metal in enumerate(findings.metals):
            tell("maps", done, len(findings.metals))
            chances = {y: rasters.chances(results, metal, y) for y in results.map_years}
            rasters.write_chances(folder / f"probability_{metal}.tif", results, metal, chances)
            of_factors = []
            if results.factors:
                of_factors = rasters.correlations(results, metal, findings.year)
                rasters.write_correlations(folder, results, metal, of_factors)
            if metal in findings.shown:
                maps[metal] = (chances[findings.year], [codes for _, codes in of_factors])
        write_page_of(findings, draw(findings, maps, folder), folder / PAGE)
    return out
