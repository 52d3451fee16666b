"""Predict a land map by our model and by nulls, and score all of them alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.landuse.all_classes import learn_classes, predict_classes
from analysis.landuse.landscape import expansion, landscape
from analysis.landuse.nulls import nearness, neighbours, take_best
from analysis.landuse.predict import choose_land, on_map
from analysis.landuse.scores import (
    ThreeMaps,
    components,
    contingency,
    fuzzy,
    gain,
    multiresolution,
    three_maps,
)
from analysis.landuse.task import LandTask
from simulator.landuse.allocation import BEST, GrowthStyle
from simulator.landuse.class_model import ClassModel
from simulator.landuse.growth_model import GrowthModel
from simulator.landuse.mosaic import Mosaic
from simulator.progress import tell

Mask = NDArray[np.bool_]

#: Our best map; ours by chance; and what they must beat.
BEST_MAP: Final = "best"
SEEDED: Final = "seeded"
NULLS: Final = ("no change", "random", "distance", "neighbourhood 5x5", "neighbourhood 9x9")


@dataclass(frozen=True)
class Scored:
    """Predictions of a task, and how good they are.

    Attributes
    ----------
    task : LandTask
        What was predicted.
    model : GrowthModel
        Fitted.
    style : GrowthStyle
        How growth looked in the past; that of the seeded maps.
    potential : ndarray ``[row, col]``
        Where land is built on next, at the start.
    order : ndarray of int
        Units of the best map in the order of their choice.
    built : ndarray of bool ``[row, col]``
        New built land of the best map.
    cover : ndarray of int ``[row, col]``
        Classes of the best map.
    class_model : ClassModel or None
        What foresaw the other classes.
    frequency : ndarray ``[row, col]``
        Share of the seeded maps in which a pixel is built on. [-]
    landscape : dict
        Metrics of the built land at the start and in the truth.
    models : dict of str to dict
        Scores by model.
    """

    task: LandTask
    model: GrowthModel
    style: GrowthStyle
    potential: NDArray[np.floating]
    order: NDArray[np.int64]
    built: Mask
    cover: NDArray[np.integer]
    class_model: ClassModel | None
    frequency: NDArray[np.float32]
    landscape: dict[str, dict[str, float]]
    models: dict[str, dict[str, Any]]


def score_land(
    task: LandTask,
    method: str = "auto",
    seeds: int = 10,
    seed: int = 0,
    steps: int = 1,
    every_class: bool = False,
) -> Scored:
    """Learn, predict and score.

    Parameters
    ----------
    task : LandTask
        What is predicted from what.
    method, seed
        See :class:`~simulator.landuse.growth_model.GrowthModel`.
    seeds : int
        Maps drawn by chance, of our model and of the random null.
    steps : int
        Steps of the way to the year of the truth.
    every_class : bool
        Whether the best map foresees the other classes, too.
    """
    total = 3 + 2 * seeds + len(NULLS)
    done = iter(range(total + 1))
    tell("maps", next(done), total)
    model = GrowthModel(method, seed).fit(task.snapshots, task.context)
    tell("maps", next(done), total)
    potential = model.potential(task.past, task.context)
    valid = task.context.valid
    mosaic = Mosaic.of_cells(valid, task.context.cell_size**2)
    style = learnt_style(task, mosaic)
    tell("maps", next(done), total)

    def ours(style: GrowthStyle, rng: np.random.Generator) -> NDArray[np.int64]:
        return choose_land(
            model, task.past, task.context, mosaic, task.growth, task.truth.year,
            task.built_code, style, rng.random((2, mosaic.area.size)), steps, potential,
        )  # fmt: skip

    order = ours(BEST, np.random.default_rng(seed))
    best = on_map(order, valid)
    cover: NDArray[np.integer] = task.with_built(best)
    class_model = None
    if every_class:
        class_model = learn_classes(task.snapshots, len(task.past), task.context, seed)
        cover = predict_classes(
            class_model, task.past, task.context, best, task.built_code, task.demand.cells, seed
        )
    models = {BEST_MAP: score_map(task, mosaic, best, cover)}
    tell("maps", next(done), total)
    frequency = np.zeros(valid.shape, np.float32)
    drawn = []
    for number in range(seeds):
        new = on_map(ours(style, np.random.default_rng([seed, number])), valid)
        frequency += new / np.float32(seeds)
        drawn.append(score_map(task, mosaic, new))
        tell("maps", next(done), total)
    if drawn:
        models[SEEDED] = over_seeds(drawn)
    for name, new_maps in null_maps(task, seed, seeds):
        scored = []
        for new in new_maps:
            scored.append(score_map(task, mosaic, new))
            tell("maps", next(done), total)
        models[name] = over_seeds(scored) if len(scored) > 1 else scored[0]
    return Scored(
        task=task,
        model=model,
        style=style,
        potential=potential,
        order=order,
        built=best,
        cover=cover,
        class_model=class_model,
        frequency=frequency,
        landscape={
            "start": dataclasses.asdict(
                landscape(task.start_built, task.counted, task.context.cell_size)
            ),
            "truth": _landscape_of(task, mosaic, task.truth_built),
        },
        models=models,
    )


def learnt_style(task: LandTask, mosaic: Mosaic) -> GrowthStyle:
    """Sizes and kinds of new patches between the first and the last map; single units if none."""
    valid = task.context.valid
    first, last = (task.snapshots[i].built[valid] > 0.5 for i in (0, -1))
    if not np.any(last & ~first):
        return GrowthStyle(chance=1.0)
    return GrowthStyle.learn(mosaic, first, last)


def null_maps(task: LandTask, seed: int, seeds: int) -> Iterator[tuple[str, Iterator[Mask]]]:
    """New built land by each null; the random one is drawn again for each seed."""
    built, valid = task.start_built, task.context.valid
    candidates = valid & ~built & ~task.context.excluded

    def best_of(rank: Callable[[], NDArray[np.float64]], numbers: Sequence[int]) -> Iterator[Mask]:
        values = rank()
        for number in numbers:
            draws = np.random.default_rng([seed, number]).random(valid.shape)
            yield take_best(values, candidates, task.growth, draws)

    yield "no change", iter([np.zeros_like(valid)])
    yield "random", best_of(lambda: np.zeros(valid.shape), range(max(seeds, 1)))
    yield "distance", best_of(lambda: nearness(built), [0])
    yield "neighbourhood 5x5", best_of(lambda: neighbours(built, 5), [0])
    yield "neighbourhood 9x9", best_of(lambda: neighbours(built, 9), [0])


def score_map(
    task: LandTask, mosaic: Mosaic, new: Mask, cover: NDArray[np.integer] | None = None
) -> dict[str, Any]:
    """All scores of a map of new built land.

    Parameters
    ----------
    task : LandTask
        What was to be predicted.
    mosaic : Mosaic
        Valid pixels.
    new : ndarray of bool ``[row, col]``
        Land predicted to be built on.
    cover : ndarray of int ``[row, col]``, optional
        Classes predicted; those of the start where land is not built on if left out.
    """
    start, truth, counted = task.start_built, task.truth_built, task.counted
    built = (start | new) & counted
    cover = task.with_built(new) if cover is None else cover
    return {
        **three_maps_dict(gain(start, truth, built, counted)),
        **dataclasses.asdict(components(contingency(built, truth, counted))),
        "multiresolution": dataclasses.asdict(multiresolution(start, truth, built, counted)),
        "fuzzy": dataclasses.asdict(fuzzy(start, truth, built, counted)),
        "landscape": _landscape_of(task, mosaic, built),
        "all_classes": class_scores(task, cover),
    }


def class_scores(task: LandTask, cover: NDArray[np.integer]) -> dict[str, Any]:
    """Scores of all changes of class, and of the gain of each class by its code."""
    start, truth, counted = task.start_cover, task.truth.cover, task.counted
    gains = {
        str(code): three_maps_dict(gain(start == code, truth == code, cover == code, counted))
        for code in task.classes
    }
    return {
        **three_maps_dict(three_maps(start, truth, cover, counted)),
        **dataclasses.asdict(components(contingency(cover, truth, counted))),
        "gains": gains,
    }


def three_maps_dict(found: ThreeMaps) -> dict[str, float]:
    """Counts and ratios under the names that they have in the output."""
    return {
        "figure_of_merit": found.figure_of_merit,
        **dataclasses.asdict(found),
        "producers": found.producers,
        "users": found.users,
    }


def over_seeds(scored: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means of all scores, their standard deviations under ``sd``, and the number of ``seeds``."""
    return {
        **_over(scored, lambda v: np.mean(v, axis=0)),
        "sd": _over(scored, lambda v: np.std(v, axis=0, ddof=min(1, len(v) - 1))),
        "seeds": len(scored),
    }


def _over(
    scored: Sequence[Mapping[str, Any]], of: Callable[[list[NDArray[np.float64]]], Any]
) -> dict[str, Any]:
    """Put the values of several equal documents together, key by key."""
    result = {}
    for key, first in scored[0].items():
        values = [one[key] for one in scored]
        result[key] = (
            _over(values, of)
            if isinstance(first, Mapping)
            else of([np.asarray(v, dtype=np.float64) for v in values])
        )
    return result


def _landscape_of(task: LandTask, mosaic: Mosaic, built: Mask) -> dict[str, float]:
    """Patches and edges of built land, and how it grew since the start."""
    valid = task.context.valid
    metrics = landscape(built, task.counted, task.context.cell_size)
    kinds = expansion(mosaic, (task.start_built & task.counted)[valid], built[valid])
    return dataclasses.asdict(metrics) | dataclasses.asdict(kinds)
