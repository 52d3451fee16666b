"""Pictures of land-use change: hits and misses, growth as it goes on, what was learned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from analysis.landuse.scores import gain
from analysis.map_frame import scale_bar
from analysis.runs import years_of
from simulator.constants import BUILT_CLASSES, LAND_CLASSES

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from analysis.landuse.make import Scored
    from simulator.record import RunFolder

Mask = NDArray[np.bool_]
Shares = NDArray[np.floating]

#: What a pixel is; blue is predicted, orange is not. Apart for colour-blind eyes, and in grey.
COLOURS: Final = {
    "hit": "#00468b",
    "false alarm": "#7cc3ee",
    "miss": "#e69f00",
    "built at the start": "#8c8c8c",
    "open": "#f1f1ee",
    "never built on": "#d5dde3",
    "not counted": "#ffffff",
}
#: New built land in the animation.
_NEW: Final = "#d55e00"
#: Longer side of an animation. [pixel]
_SIDE: Final = 640
_STRIP: Final = 30
#: Blends of two colours that are kept, the colours themselves among them.
_BLENDS: Final = 5
#: Time that a frame is shown, and the last one. [ms]
_SHOWN: Final = (350, 2000)
_DRIVERS: Final = 15


def hit_map(scored: Scored) -> Figure:
    """Map of hits, misses and false alarms of the best map."""
    task = scored.task
    start, truth, counted = task.start_built, task.truth_built, task.counted
    open_land = counted & ~start
    what = np.full(start.shape, list(COLOURS).index("not counted"))
    for name, where in (
        ("open", open_land),
        ("never built on", open_land & task.context.excluded),
        ("built at the start", counted & start),
        ("miss", open_land & truth & ~scored.built),
        ("false alarm", open_land & ~truth & scored.built),
        ("hit", open_land & truth & scored.built),
    ):
        what[where] = list(COLOURS).index(name)
    palette = np.array([to_rgb(c) for c in COLOURS.values()])
    rows, cols = start.shape
    figure = Figure(figsize=(7.0, float(np.clip(6.4 * rows / cols, 3.5, 9.0)) + 0.9))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    km = task.context.cell_size / 1000.0
    extent = (0.0, cols * km, 0.0, rows * km)
    axes.imshow(palette[what], extent=extent)
    axes.set(xticks=[], yticks=[])
    scale_bar(axes, extent)
    shown = np.unique(what)
    handles = [
        Patch(facecolor=colour, edgecolor="0.5", label=name)
        for i, (name, colour) in enumerate(COLOURS.items())
        if i in shown and name != "not counted"
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    found = gain(start, truth, (start | scored.built) & counted, counted)
    began = task.maps[task.start].year
    figure.suptitle(
        f"Built land {began:g} to {task.truth.year:g}: figure of merit "
        f"{found.figure_of_merit:.3f}\n{found.hits} hits, {found.misses} misses, "
        f"{found.false_alarms} false alarms (pixels of {task.context.cell_size:.3g} m)",
        fontsize=11,
    )
    return figure


def importance_plot(importance: pd.Series) -> Figure:
    """The drivers that tell most, largest on top.

    Parameters
    ----------
    importance : Series
        Loss by driver when its values are shuffled.
    """
    largest = importance.sort_values(ascending=False)[:_DRIVERS][::-1]
    figure = Figure(figsize=(6.5, 0.27 * len(largest) + 1.1), layout="constrained")
    axes = figure.subplots()
    axes.barh([str(name) for name in largest.index], largest.to_numpy(), color=COLOURS["hit"])
    axes.set_xlabel("loss of log likelihood per pixel when shuffled")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure


def reliability_plot(reliability: pd.DataFrame) -> Figure:
    """Observed against predicted share of land that was built on, by tenths of the land.

    Parameters
    ----------
    reliability : DataFrame
        Columns ``predicted`` and ``observed``.
    """
    figure = Figure(figsize=(4.4, 4.4), layout="constrained")
    axes = figure.subplots()
    seen = reliability[(reliability["predicted"] > 0.0) & (reliability["observed"] > 0.0)]
    values = seen[["predicted", "observed"]].to_numpy()
    low, high = (0.7 * values.min(), min(1.4 * values.max(), 1.0)) if len(seen) else (1e-3, 1.0)
    axes.plot([low, high], [low, high], color="0.6", linewidth=1.0)
    axes.plot(seen["predicted"], seen["observed"], "o-", color=COLOURS["hit"], markersize=5)
    axes.set(
        xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal",
        xlabel="predicted share built on", ylabel="observed share, on blocks left out",
    )  # fmt: skip
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100.0 * value:g} %"))
    return figure


def growth_frames(scored: Scored, count: int) -> tuple[NDArray[np.float32], list[float]]:
    """Built land of the best map as it fills up from the start to the year of the truth.

    Parameters
    ----------
    scored : Scored
        A scored prediction.
    count : int
        Frames after the first.

    Returns
    -------
    frames : ndarray ``[frame, row, col]``
        Built share.
    years : list of float
        Dates of the frames. [yr]
    """
    task = scored.task
    began = task.maps[task.start].year
    pixel = np.flatnonzero(task.context.valid)[scored.order]
    frames = np.empty((count + 1, *task.start_built.shape), np.float32)
    frames[:] = task.start_built
    for k in range(1, count + 1):
        frames[k].ravel()[pixel[: pixel.size * k // count]] = 1.0
    years = [began + (task.truth.year - began) * k / count for k in range(count + 1)]
    return frames, years


def run_frames(run: RunFolder) -> tuple[NDArray[np.float32], list[float]]:
    """Built land of a run: the sealed and the open land of built classes in each cell.

    Parameters
    ----------
    run : RunFolder
        A run.

    Returns
    -------
    frames : ndarray ``[year, row, col]``
        Built share; NaN where nothing is known.
    years : list of float
        Years of the history.
    """
    classes = [LAND_CLASSES.index(name) for name in BUILT_CLASSES]
    inside = run.history["open_share"].isel(land_class=classes).sum("land_class", skipna=False)
    frames = (inside + run.history["sealed_share"]).values.astype(np.float32)
    return frames, [float(y) for y in years_of(run)]


def growth_animation(
    frames: Sequence[Shares] | Shares,
    years: Sequence[float],
    path: Path,
    valid: Mask | None = None,
    never: Mask | None = None,
) -> Path:
    """Write built land through time as a GIF: grey what stood in the first frame, red what is new.

    Parameters
    ----------
    frames : ndarray ``[frame, row, col]``
        Built share from 0 to 1.
    years : sequence of float
        Dates of the frames. [yr]
    path : Path
        File to write.
    valid : ndarray of bool ``[row, col]``, optional
        What is mapped; the rest is white.
    never : ndarray of bool ``[row, col]``, optional
        Water and the like, in a colour of its own.
    """
    first = np.nan_to_num(np.asarray(frames[0], np.float32))
    known = np.isfinite(np.asarray(frames[0])) if valid is None else valid
    ground = np.where(known[..., None], to_rgb(COLOURS["open"]), 1.0)
    if never is not None:
        ground[never] = to_rgb(COLOURS["never built on"])
    images = [
        _frame(ground, first, np.nan_to_num(np.asarray(f, np.float32)), f"{int(year)}")
        for f, year in zip(frames, years, strict=True)
    ]
    images = [in_few_colours(image, [*COLOURS.values(), _NEW]) for image in images]
    shown = [_SHOWN[0]] * (len(images) - 1) + [_SHOWN[1]]
    images[0].save(path, save_all=True, append_images=images[1:], duration=shown, loop=0)
    return path


def in_few_colours(picture: Picture, colours: Sequence[str]) -> Picture:
    """The picture in given colours, black and grey, and blends of two of them: a small file."""
    from PIL import Image

    pure = [to_rgb(c) for c in dict.fromkeys([*colours, "black", "0.5"])]
    share = np.linspace(0.0, 1.0, _BLENDS)[:, None]
    blends = [a * (1.0 - share) + b * share for a, b in combinations(np.array(pure), 2)]
    few = np.unique(np.rint(255.0 * np.concatenate(blends)).astype(np.uint8), axis=0)
    palette = Image.new("P", (1, 1))
    palette.putpalette(few.ravel().tolist())
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _frame(ground: Shares, first: Shares, now: Shares, text: str) -> Picture:
    """Ground under old and new built land, scaled to a common size, with the year on top."""
    from matplotlib.font_manager import findfont
    from PIL import Image, ImageDraw, ImageFont

    old = np.minimum(first, now)[..., None]
    new = np.clip(now - first, 0.0, 1.0)[..., None]
    colour = ground * (1.0 - old - new)
    colour += old * to_rgb(COLOURS["built at the start"]) + new * to_rgb(_NEW)
    rows, cols = first.shape
    scale = _SIDE / max(rows, cols)
    size = (max(round(cols * scale), 1), max(round(rows * scale), 1))
    how = Image.Resampling.BOX if scale < 1.0 else Image.Resampling.NEAREST
    pixels = np.rint(255.0 * colour.clip(0.0, 1.0)).astype(np.uint8)
    drawn = Image.fromarray(pixels).resize(size, how)
    framed = Image.new("RGB", (size[0], size[1] + _STRIP), "white")
    framed.paste(drawn, (0, _STRIP))
    font = ImageFont.truetype(findfont("DejaVu Sans"), 20)
    ImageDraw.Draw(framed).text((8, 3), text, fill="black", font=font)
    return framed
