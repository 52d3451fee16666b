"""Command ``score calibration``: what calibration adds, held against samples not seen."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, counted, number, percent, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.soilmap import words

if TYPE_CHECKING:
    from analysis.calibration.case import Case
    from analysis.calibration.evaluate import HeldOut, KeptApart, Table

Scenario = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO", help="A scenario with [calibration], or the hindcast itself."
    ),
]
Folds = Annotated[int, typer.Option(help="Folds of the cross-validation.", min=2, max=100)]
Jobs = Annotated[int, typer.Option(help="Processes that work; the bits are the same.", min=1)]
Threads = Annotated[
    int | None, typer.Option(help="Threads for the cells; by default one a core.", min=1)
]


def calibration(
    scenario: Scenario,
    holdout: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Score the sites of this file instead.")
    ] = None,
    folds: Folds = 10,
    metals: Annotated[str, typer.Option(help="E.g. Cd,Zn; all metals by default.")] = "",
    variants: Annotated[
        str, typer.Option(help="E.g. kriging,process,process_calibration; all by default.")
    ] = "",
    random: Annotated[
        bool, typer.Option("--random", help="Also folds drawn at random, which are easier.")
    ] = False,
    jobs: Jobs = 2,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Score no process, kriging, machine learning, processes and calibrated ones side by side."""
    from analysis.calibration.case import open_case
    from analysis.calibration.evaluate import RANDOM, cross_validate, schemes, score_kept

    with preparing("scoring", quiet=json):
        case = open_case(scenario, threads)
        chosen = case.metals(tuple(words(metals)))
        ways = case.variants(tuple(words(variants)))
        if holdout is not None:
            kept = score_kept(case, holdout, chosen, ways, jobs)
            document = _head(case, ways) | {"holdout": _kept_apart(kept)}
        else:
            found = {
                name: cross_validate(case, chosen, ways, scheme, jobs)
                for name, scheme in schemes(case, chosen, folds).items()
                if random or name != RANDOM
            }
            document = _head(case, ways) | {name: _held_out(one) for name, one in found.items()}
    if json:
        print_json(document)
        return
    if holdout is not None:
        say(
            f"{kept.file}: {counted(kept.sites, 'site')}"
            + (f", {kept.outside} outside the region left out" if kept.outside else "")
        )
        _print(kept.scores)
        return
    for name, one in found.items():
        size = one.scheme.block_m
        side = f" of {size / 1000.0:.1f} km" if math.isfinite(size) else ""
        say(
            f"folds: {name}{side}; a held-out sample lies {one.scheme.nearest_m:.0f} m from the "
            "nearest one used",
            "bold",
        )
        _print(one.scores)


def print_scores(scores: Table) -> None:
    """Print a row a metal and variant."""
    from analysis.calibration.variants import VARIANTS

    columns = (
        "n", "R2\nlog", "RMSE\nlog10", "MAE\nmg/kg", "bias\nmg/kg", "in\n90 %", "weight", "trusted",
        "corr.", "extrap.",
    )  # fmt: skip
    table = plain_table("metal", "variant", *columns, right=columns)
    table.columns[1].no_wrap = True
    for metal, by_variant in scores.items():
        for i, (name, s) in enumerate(by_variant.items()):
            sign = "-" if s.bias_mg_kg < 0.0 else ""
            trust = [
                "" if share is None else f"{100.0 * share:.0f} %"
                for share in (s.trusted, s.corrected, s.extrapolated)
            ]
            table.add_row(
                metal if i == 0 else "", VARIANTS[name], str(s.n), f"{s.r2_log10:.2f}",
                f"{s.rmse_log10:.3f}", number(s.mae_mg_kg), sign + number(abs(s.bias_mg_kg)),
                percent(s.coverage_90), "" if s.weight is None else f"{s.weight:.2f}", *trust,
            )  # fmt: skip
    console().print(table)


def _print(scores: Table) -> None:
    print_scores(scores)
    for line in _standing(scores):
        say(line)
    say(
        "R2: 1 - SSE/SST of the logarithm. bias: predicted less observed. in 90 %: sites in their "
        "interval.\nweight: of the correction, 0 where a site is unlike all samples. trusted, "
        "corr(ected): the corrected\n"
        "content is within a factor 1.25 of that of the processes, or not; extrap(olated): weight "
        "below 0.5."
    )


def _standing(scores: Table) -> list[str]:
    """In how many metals a calibrated variant stands beside kriging and machine learning."""
    from analysis.calibration.variants import VARIANTS

    return [
        f"{VARIANTS[name]}: RMSE of the logarithm no higher than of kriging and of machine "
        f"learning alone for {len(metals)} of {counted(len(scores), 'metal')}"
        + (f" ({', '.join(metals)})" if metals else "")
        for name, metals in _at_least(scores).items()
    ]


def _at_least(scores: Table) -> dict[str, list[str]]:
    from analysis.calibration.scores import at_least_as_good
    from analysis.calibration.variants import CORRECTED, KRIGING, LEARNING

    there = next(iter(scores.values()), {})
    if not {KRIGING, LEARNING} <= set(there):
        return {}
    return {
        name: at_least_as_good(scores, name, (KRIGING, LEARNING))
        for name in CORRECTED
        if name in there
    }


def _head(case: Case, ways: tuple[str, ...]) -> dict[str, Any]:
    from analysis.calibration.scores import LEVEL
    from analysis.calibration.variants import VARIANTS
    from simulator._version import __version__

    return {
        "scenario": case.scenario.name,
        "hindcast": case.past.name,
        "region": case.region.name,
        "metalscape": __version__,
        "start": case.hindcast.start,
        "survey_years": case.hindcast.years,
        "horizon_years": case.hindcast.horizon,
        "samples": len(case.observed),
        "settings": dataclasses.asdict(case.learner) | {"interval": LEVEL},
        "units": {
            "r2_log10": "1", "rmse_log10": "1", "mae_mg_kg": "mg/kg", "bias_mg_kg": "mg/kg",
            "coverage_90": "share of sites", "weight": "1", "trusted": "share of sites",
            "corrected": "share of sites", "extrapolated": "share of sites",
        },
        "variants": {name: VARIANTS[name] for name in ways},
    }  # fmt: skip


def _held_out(found: HeldOut) -> dict[str, Any]:
    return {
        "folds": len(set(found.scheme.folds.tolist())),
        "block_m": found.scheme.block_m,
        "nearest_m": found.scheme.nearest_m,
        "metals": _plain(found.scores),
        "no_worse_than_kriging_and_machine_learning": _at_least(found.scores),
    }


def _kept_apart(kept: KeptApart) -> dict[str, Any]:
    return {
        "file": kept.file,
        "sites": kept.sites,
        "outside": kept.outside,
        "below_detection": kept.below,
        "metals": _plain(kept.scores),
        "no_worse_than_kriging_and_machine_learning": _at_least(kept.scores),
    }


def _plain(scores: Table) -> dict[str, Any]:
    return {
        metal: {
            name: {k: v for k, v in dataclasses.asdict(s).items() if v is not None}
            for name, s in by_variant.items()
        }
        for metal, by_variant in scores.items()
    }
