"""Draw soil columns beside HYDRUS-1D, and the yearly balance beside the daily column.

Run with ``python -m benchmarks.column_pictures``. Writes ``docs/images/percolation-fronts.png``
(wetting fronts), ``-paddy.png`` (a year of a paddy), ``-agreement.png`` (cumulative fluxes of all
cases) and ``-metals.png`` (profiles after fifty years). The cases of HYDRUS-1D are those of the
reference set beside the checkout.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.columns import REFERENCE
from benchmarks.coupling import FOLLOWED, Case, cases_of
from simulator.constants import MG_PER_KG
from simulator.hydrus import case as hydrus
from simulator.hydrus.case_read import read_case
from simulator.physics.percolation.batch import run_columns

FOLDER: Final = Path(__file__).parents[1] / "docs" / "images"
#: Colours of Okabe and Ito, which the colour-blind tell apart.
BLUE, RED, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
FRONTS: Final = {
    "d01a_ponded_sand": "sand",
    "d01b_ponded_loam": "loam",
    "d01c_ponded_clay_airentry": "clay, air entry at -2 cm",
}
PADDY: Final = "d07a_year_shanghai2012_paddy"
#: Land classes whose metals are drawn.
METAL_CASES: Final = (("wuhan", "paddy"), ("taizhou", "forest"))
_HYDRUS: Final[dict[str, Any]] = {"ls": "none", "marker": "o", "mfc": "none", "color": "black"}

Floats = NDArray[np.float64]


def save(figure: Any, path: Path) -> None:
    """Write a picture in a palette of 256 colours, which is a third of the size."""
    from PIL import Image

    figure.savefig(path, dpi=110)
    plt.close(figure)
    with Image.open(path) as whole:
        whole.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def fronts(reference: Path, path: Path) -> None:
    """Draw water contents while ponded water enters dry soil."""
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.9), sharey=True, layout="constrained")
    for axes, (name, title) in zip(panels, FRONTS.items(), strict=True):
        case = read_case(reference / name)
        table, depth = case.results.profiles, case.column.profile.depth
        assert table is not None
        theta_at = table.set_index("time")["theta"]
        profiles = {float(t): theta_at.loc[[t]].to_numpy() for t in np.unique(table["time"])}
        # until the front has reached the bottom
        times = [t for t, theta in profiles.items() if t > case.column.start]
        passed = [t for t in times if profiles[t][-1] > profiles[0.0][-1] + 1e-3]
        times = [t for t in times if t <= min(passed, default=np.inf)]
        outcome = run_columns([case.column], times, times)
        shades = plt.get_cmap("viridis")(np.linspace(0.75, 0.1, len(times)))
        for k, t in enumerate(times):
            ours = outcome.theta[0, k]
            axes.plot(ours, depth, color=shades[k], lw=1.8, label="_")
            axes.plot(profiles[t][::3], depth[::3], ms=3.2, mew=0.7, **_HYDRUS)
            half = 0.5 * (ours.min() + ours.max())
            place = float(np.interp(-half, -ours, depth))
            axes.annotate(
                _clock(t), (half, place), (-3, 7), textcoords="offset points", fontsize=9,
                color=shades[k], ha="right",
            )  # fmt: skip
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("water content [cm$^3$ cm$^{-3}$]")
    panels[0].set_ylabel("depth [cm]")
    panels[0].set_ylim(100.0, 0.0)
    panels[0].plot([], [], color=shades[0], lw=1.8, label="metalscape")
    panels[0].plot([], [], ms=3.2, mew=0.7, label="HYDRUS-1D", **_HYDRUS)
    panels[0].legend(frameon=False, fontsize=9, loc="upper left")
    save(figure, path)


def _clock(days: float) -> str:
    return f"{24 * 60 * days:.0f} min" if days < 1 / 12 else f"{24 * days:.3g} h"


def paddy_year(reference: Path, path: Path) -> None:
    """Draw rain, stored water and percolation of a paddy through a year."""
    case = read_case(reference / PADDY)
    table, weather = case.results.tlevel, case.column.weather
    assert table is not None
    assert weather is not None
    time = np.unique(table["time"].to_numpy())
    out = run_columns([case.column], time)
    rows = table.drop_duplicates("time", keep="last")
    figure, panels = plt.subplots(
        3, 1, figsize=(8.6, 6.0), sharex=True, layout="constrained", height_ratios=(1.0, 1.6, 1.6)
    )
    top, middle, below = panels
    top.bar(weather.end - 0.5, 10.0 * weather.rain, width=1.0, color=BLUE)
    top.invert_yaxis()
    top.set_ylabel("rain\n[mm d$^{-1}$]")
    middle.plot(time, 10.0 * out.storage[0], color=BLUE, lw=1.4, label="metalscape")
    some = slice(3, None, 7)
    middle.plot(
        rows["time"][some], 10.0 * rows["volume"][some], ms=3.2, mew=0.7, label="HYDRUS-1D",
        **_HYDRUS,
    )  # fmt: skip
    middle.set_ylabel("water in the upper metre\n[mm]")
    middle.legend(frameon=False, fontsize=9, loc="lower left")
    daily = 10.0 * np.diff(out.percolation[0], prepend=0.0) / np.diff(time, prepend=0.0)
    theirs = np.diff(-10.0 * rows["sum_vBot"].to_numpy(), prepend=0.0)
    theirs /= np.diff(rows["time"].to_numpy(), prepend=0.0)
    below.plot(time, daily, color=RED, lw=1.4)
    below.plot(rows["time"][some], theirs[some], ms=3.2, mew=0.7, **_HYDRUS)
    below.set_ylabel("percolation at 1 m\n[mm d$^{-1}$]")
    below.set_ylim(bottom=0.0)
    starts = np.cumsum([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])
    below.set_xticks(starts, labels=list("JFMAMJJASOND"), ha="left")
    below.set_xlim(0.0, 366.0)
    below.set_xlabel("Shanghai, 2012")
    save(figure, path)


def _cumulative(case: hydrus.Case) -> dict[str, tuple[Floats, Floats]]:
    """Ours and HYDRUS's cumulative amounts at the times of the results: water [cm]."""
    table = case.results.tlevel
    assert table is not None
    rows = table.drop_duplicates("time", keep="last")
    rows = rows[rows["time"] > case.column.start]
    out = run_columns([case.column], rows["time"].to_numpy())
    pairs = {
        "surface": (out.infiltration[0], -rows["sum_vTop"]),
        "roots": (out.transpiration[0], rows["sum_vRoot"]),
        "bottom": (out.percolation[0], -rows["sum_vBot"]),
        "runoff": (out.runoff[0], rows["sum_runoff"]),
    }
    return {name: (ours, theirs.to_numpy(np.float64)) for name, (ours, theirs) in pairs.items()}


def agreement(reference: Path, path: Path) -> None:
    """Draw cumulative fluxes of all cases against HYDRUS's, and their largest errors."""
    folders = sorted(p.parent for p in reference.glob("d*/case.toml") if "d14" not in p.parent.name)
    # d10c, d10d and d11b have the water of d10b
    names = [f for f in folders if f.name[:4] not in ("d10c", "d10d", "d11b")]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10.2, 6.2), layout="constrained", width_ratios=(1.0, 1.15)
    )
    style = dict(zip(("surface", "roots", "bottom", "runoff"), (BLUE, GREEN, RED, ORANGE),
                     strict=True))  # fmt: skip
    mark = dict(zip(style, "osD^", strict=True))
    for row, folder in enumerate(names):
        amounts = _cumulative(read_case(folder))
        scale = max(np.abs(theirs).max() for name, (_, theirs) in amounts.items()
                    if name != "runoff")  # fmt: skip
        for name, (ours, theirs) in amounts.items():
            keep = np.unique(np.linspace(0, theirs.size - 1, 25).astype(int))
            keep = keep[(np.abs(theirs[keep]) > 1e-3) & (np.abs(ours[keep]) > 1e-3)]
            left.plot(
                np.abs(theirs[keep]), np.abs(ours[keep]), mark[name], color=style[name], ms=4.0,
                mfc="none", mew=0.7, ls="none", rasterized=True,
            )  # fmt: skip
            worst = 100.0 * np.abs(ours - theirs).max() / scale
            right.plot(
                max(worst, 2e-5), row, mark[name], color=style[name], ms=5.5, mfc="none", ls="none"
            )
    left.set(xscale="log", yscale="log", xlim=(1e-3, 1e4), ylim=(1e-3, 1e4))
    left.plot([1e-3, 1e4], [1e-3, 1e4], color="black", lw=0.8, zorder=0)
    left.set_aspect("equal")
    left.set_xlabel("cumulative flux, HYDRUS-1D [cm]")
    left.set_ylabel("cumulative flux, metalscape [cm]")
    for name in style:
        left.plot([], [], mark[name], color=style[name], ms=5, mfc="none", ls="none", label=name)
    left.legend(frameon=False, fontsize=9)
    right.set(xscale="log", xlim=(1e-5, 2.0), ylim=(len(names) - 0.4, -0.6))
    right.set_yticks(range(len(names)), labels=[n.name for n in names], fontsize=7)
    right.axvline(0.5, color="black", lw=1.0, ls=(0, (4, 3)))
    right.annotate("limit of the\nverification", (0.5, len(names) - 1.0), (-4, 0), fontsize=8,
                   ha="right", textcoords="offset points", va="center")  # fmt: skip
    right.grid(axis="y", lw=0.3)
    right.set_xlabel("largest error at any time [% of the largest flux]")
    save(figure, path)


def metals(path: Path, years: int = 50) -> None:
    """Draw contents of two soils after fifty years, by the daily column and by the year."""
    figure, panels = plt.subplots(2, 4, figsize=(10.4, 6.2), sharey=True, layout="constrained")
    for row, (region, land_class) in zip(panels, METAL_CASES, strict=True):
        (case,) = cases_of(region, [land_class], years)
        _profiles(case, row)
        row[0].set_ylabel(f"{region}, {land_class}\ndepth [cm]")
    for axes, metal in zip(panels[0], FOLLOWED, strict=True):
        axes.set_title(metal, fontsize=11)
    for axes in panels[1]:
        axes.set_xlabel("content [mg kg$^{-1}$]")
    panels[0, 0].set_ylim(100.0, 0.0)
    panels[0, 0].legend(frameon=False, fontsize=8, loc="lower left")
    save(figure, path)


def _profiles(case: Case, row: Sequence[Axes]) -> None:
    daily, yearly = case.daily(), case.yearly()
    edges = 100.0 * case.slices.edges
    mass = case.bulk_density[case.slices.layer] * case.slices.thickness
    start = case.metals.start(case.bulk_density, case.slices) / mass
    for m, axes in enumerate(row):
        for content, kind in ((start[m], "start"), (yearly.content[m], "yearly balance")):
            axes.stairs(
                MG_PER_KG * content, edges, orientation="horizontal", baseline=None, label=kind,
                color="0.6" if kind == "start" else RED, lw=1.2 if kind == "start" else 1.8,
            )  # fmt: skip
        axes.plot(
            MG_PER_KG * daily.content[m], 100.0 * daily.depth, color=BLUE, lw=1.4,
            label="daily column",
        )  # fmt: skip
        axes.locator_params(axis="x", nbins=4)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--reference", type=Path, default=REFERENCE)
    parser.add_argument("--only", choices=("fronts", "paddy", "agreement", "metals"))
    args = parser.parse_args(arguments)
    pictures = {"fronts": fronts, "paddy": paddy_year, "agreement": agreement}
    for name, draw in pictures.items():
        if args.only in (None, name):
            draw(args.reference, args.folder / f"percolation-{name}.png")
    if args.only in (None, "metals"):
        metals(args.folder / "percolation-metals.png")


if __name__ == "__main__":
    main()
