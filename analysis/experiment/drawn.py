"""All pictures of an experiment's findings: files, and the same for the page."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.experiment import pictures
from analysis.report.pictures import Picture, of_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.experiment.findings import Findings

#: Of a metal: chances of each option, and codes of the leading factor of each.
Maps = tuple[Sequence[dict[str, NDArray[np.float64]]], Sequence[NDArray[np.int8]]]


@dataclass(frozen=True)
class Drawn:
    """Pictures, some by metal; None or absent where there is nothing to draw."""

    effects: Picture | None
    pareto: Picture | None
    regret: Picture | None
    chance: Mapping[str, Picture]
    leading: Mapping[str, Picture] = field(default_factory=dict)
    sensitivity: Mapping[str, Picture] = field(default_factory=dict)


def draw(findings: Findings, maps: Mapping[str, Maps], folder: Path) -> Drawn:
    """Draw the findings into a folder.

    Parameters
    ----------
    findings : Findings
        What was found.
    maps : mapping
        Maps by metal.
    folder : Path
        Where the PNG files go.
    """
    results, year, shown = findings.results, findings.year, findings.shown

    def kept(name: str, figure: Figure, alt: str) -> Picture:
        picture = of_figure(figure, alt)
        png = base64.b64decode(picture.uri.removeprefix("data:image/png;base64,"))
        (folder / f"{name}.png").write_bytes(png)
        return picture

    effects = pareto = regret = None
    if not findings.effects.empty:
        effects = kept(
            "effects",
            pictures.effects_picture(findings.effects, shown, year),
            f"Dots with lines, one an option, for {', '.join(shown)}: difference of the overloaded "
            f"area to {results.reference} in {year}; the numbers are in the table of effects.",
        )
    if not (findings.effects.empty or findings.pareto.empty):
        pareto = kept(
            "pareto",
            pictures.pareto_picture(findings.pareto, shown),
            f"Cost of each option against the hectares kept under the limit of {', '.join(shown)} "
            f"in {year}; the numbers are in the table of costs.",
        )
    if not (findings.effects.empty or findings.robustness.empty):
        regret = kept(
            "regret",
            pictures.regret_picture(findings.robustness, shown),
            f"Regret of each option for {', '.join(shown)} in {year}: mean, 95 % of futures and "
            "largest; the numbers are in the table of robustness.",
        )
    chance, leading, sensitivity = {}, {}, {}
    for metal, (chances, codes) in maps.items():
        chance[metal] = kept(
            f"probability_{metal}",
            pictures.chance_picture(results, chances),
            f"Maps, one an option: share of futures in which cells are at or above the limit of "
            f"{metal} in {year}.",
        )
        if len(codes):
            leading[metal] = kept(
                f"leading_factor_{metal}",
                pictures.leading_picture(results, codes),
                f"Maps, one an option: factor that the content of {metal} follows most closely.",
            )
        figure = pictures.sensitivity_picture(findings.sensitivity, results.reference, metal)
        if figure is not None:
            sensitivity[metal] = kept(
                f"sensitivity_{metal}",
                figure,
                f"Dots with lines, one a factor: sensitivity of the overloaded share of {metal} "
                f"under {results.reference}; the numbers are in the table of sensitivity.",
            )
    return Drawn(effects, pareto, regret, chance, leading, sensitivity)
