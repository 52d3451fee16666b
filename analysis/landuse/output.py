"""What a scored prediction leaves: one flat document, maps as files, pictures."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.landuse.make import Scored
from analysis.landuse.pictures import (
    COLOURS,
    growth_animation,
    growth_frames,
    hit_map,
    importance_plot,
    in_few_colours,
    reliability_plot,
)
from simulator._version import __version__

_DPI: Final = 150
#: Frames of the animation between start and end.
_FRAMES: Final = 12


def as_document(scored: Scored, method: str, steps: int, seed: int) -> dict[str, Any]:
    """What was asked, what was learned, and the scores of all maps.

    Parameters
    ----------
    scored : Scored
        A scored prediction.
    method, steps, seed
        As it was made.
    """
    task = scored.task
    known_start = task.start_built & task.counted
    return {
        "task": {
            "metalscape": __version__,
            "maps": [m.name for m in task.maps],
            "years": [m.year for m in task.maps],
            "start": task.maps[task.start].year,
            "truth": task.truth.name,
            "year": task.truth.year,
            "built_code": task.built_code,
            "classes": list(task.classes),
            "drivers": list(task.context.layers),
            "cell_size_m": task.context.cell_size,
            "valid_cells": int(np.count_nonzero(task.context.valid)),
            "counted_cells": int(np.count_nonzero(task.counted)),
            "excluded_cells": int(np.count_nonzero(task.context.excluded)),
            "method": method,
            "steps": steps,
            "seed": seed,
        },
        "demand": {
            "source": task.demand.source,
            "start_cells": int(np.count_nonzero(task.start_built)),
            "built_cells": task.demand.built_cells,
            "growth_cells": task.growth,
            "gain_cells": int(np.count_nonzero(task.truth_built & ~task.start_built)),
            "loss_cells": int(np.count_nonzero(known_start & ~task.truth_built)),
            "classes": task.demand.cells,
        },
        "learning": {
            "skill": dict(scored.model.skill_),
            "importance": {str(k): float(v) for k, v in scored.model.importance_.items()},
            "reliability": scored.model.reliability_.to_dict(orient="list"),
            "style": dataclasses.asdict(scored.style),
            "classes": None if scored.class_model is None else scored.class_model.skill_,
        },
        "landscape": scored.landscape,
        "models": scored.models,
    }


def write_output(scored: Scored, scores: str, out: Path) -> None:
    """Write scores, maps and pictures into a folder, which is made if it is not there.

    ``scores.json``; ``predicted.tif`` codes of the best map; ``potential.tif``; ``frequency.tif``
    the share of the seeded maps in which a pixel is built on; ``hits.png``, ``importance.png``,
    ``reliability.png``, ``growth.gif``.

    Parameters
    ----------
    scored : Scored
        A scored prediction.
    scores : str
        Its scores as a JSON document.
    out : Path
        Folder.
    """
    task = scored.task
    out.mkdir(parents=True, exist_ok=True)
    (out / "scores.json").write_text(scores, encoding="utf-8")
    _write(out / "predicted.tif", scored.cover.astype(np.uint8), scored, 0)
    for name, values in (("potential", scored.potential), ("frequency", scored.frequency)):
        shown = np.where(task.context.valid, values, np.nan).astype(np.float32)
        _write(out / f"{name}.tif", shown, scored, np.nan)
    for name, figure in (
        ("hits", hit_map(scored)),
        ("importance", importance_plot(scored.model.importance_)),
        ("reliability", reliability_plot(scored.model.reliability_)),
    ):
        _save(figure, out / f"{name}.png")
    frames, years = growth_frames(scored, _FRAMES)
    growth_animation(frames, years, out / "growth.gif", task.context.valid, task.context.excluded)


def _save(figure: Figure, path: Path) -> None:
    """Write a figure of few colours as a small file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(_DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    in_few_colours(picture, list(COLOURS.values())).save(path)


def _write(path: Path, values: NDArray[Any], scored: Scored, nodata: float) -> None:
    keep = {k: scored.task.truth.profile[k] for k in ("crs", "transform", "height", "width")}
    profile = {
        **keep, "driver": "GTiff", "count": 1, "dtype": values.dtype.name, "nodata": nodata,
        "compress": "deflate", "predictor": 3 if values.dtype.kind == "f" else 2, "tiled": True,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(values, 1)
        raster.set_band_description(1, f"{path.stem} {scored.task.truth.year:g}")
