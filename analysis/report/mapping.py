"""What lies over the small maps of a page: borders, sources, places and a scale, as SVG.

Borders and sources are drawn once a page and used by every map of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from analysis.report.pictures import Picture
from analysis.report.ticks import ticks
from analysis.runs import grid_of
from simulator.record import RunFolder
from simulator.region.model import Grid

#: Half of the width of a triangle, as a share of the longer side of the map.
_TRIANGLE: Final = 0.010
_RING: Final = 0.018


@dataclass(frozen=True)
class Place:
    """A cell with a name on the map."""

    label: str
    row: int
    col: int


@dataclass(frozen=True)
class Sheet:
    """Overlay of the maps of a run.

    Attributes
    ----------
    key : str
        Distinguishes the runs of a page.
    shape : (int, int)
        Rows and columns.
    borders, stacks : str
        SVG paths in cells: borders of districts, a triangle for each source.
    bar : float
        Length of the scale bar as a share of the width. [-]
    scale : str
        What it says.
    """

    key: str
    shape: tuple[int, int]
    borders: str
    stacks: str
    bar: float
    scale: str

    @classmethod
    def of_run(cls, run: RunFolder, metal: str, key: int, unit: str) -> Sheet:
        """Overlay of a run; sources are those that ever emit the metal and lie on the map."""
        grid = grid_of(run)
        length = ticks(0.0, grid.shape[1] * grid.cell_size / 4000.0, 3)[-1]  # [km]
        return cls(
            str(key),
            grid.shape,
            border_path(run.history["district"].values),
            triangles(_places(run, grid, metal), max(grid.shape)),
            1000.0 * length / (grid.shape[1] * grid.cell_size),
            f"{length:g} {unit}",
        )

    @property
    def definitions(self) -> Markup:
        """What the maps use, to be put into the page once."""
        return Markup(
            '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
            '<path id="borders-{0}" class="borders" d="{1}"/>'
            '<path id="stacks-{0}" class="stack" d="{2}"/></defs></svg>'
        ).format(self.key, self.borders, self.stacks)

    def over(
        self,
        picture: Picture,
        stacks: bool = True,
        places: Sequence[Place] = (),
        scale: bool = True,
        dark: bool = False,
    ) -> Markup:
        """Map under its overlay.

        Parameters
        ----------
        picture : Picture
            The map.
        stacks : bool
            Whether to show the sources.
        places : sequence of Place
            Cells to ring and name.
        scale : bool
            Whether to put a scale bar under it.
        dark : bool
            Whether the map is mostly dark: borders are pale then.
        """
        rows, cols = self.shape
        image = Markup('<img src="{}" alt="{}" width="{}" height="{}" class="pixelated">').format(
            picture.uri, picture.alt, picture.width, picture.height
        )
        names = [
            n
            for n, shown in (("borders", self.borders), ("stacks", stacks and self.stacks))
            if shown
        ]
        uses = Markup("").join(Markup('<use href="#{}-{}"/>').format(n, self.key) for n in names)
        rings = Markup("").join(self._ring(p) for p in places)
        labels = Markup("").join(self._label(p) for p in places)
        bar = Markup(
            '<span class="map-scale" style="width:{:.1f}%"></span>'
            '<span class="map-scale-text">{}</span>'
        ).format(100.0 * self.bar, self.scale)
        return Markup(
            '<div class="map"><div class="sheet">{}<svg{} viewBox="0 0 {} {}" aria-hidden="true" '
            'focusable="false">{}{}</svg>{}</div>{}</div>'
        ).format(
            image,
            Markup(' class="pale"') if dark else "",
            cols,
            rows,
            uses,
            rings,
            labels,
            bar if scale else "",
        )

    def _ring(self, place: Place) -> Markup:
        radius = _RING * max(self.shape)
        return Markup("").join(
            Markup('<circle class="{}" cx="{}" cy="{}" r="{:.2f}"/>').format(
                kind, place.col + 0.5, place.row + 0.5, radius
            )
            for kind in ("halo", "ring")
        )

    def _label(self, place: Place) -> Markup:
        rows, cols = self.shape
        left, top = 100.0 * (place.col + 0.5) / cols, 100.0 * (place.row + 0.5) / rows
        side = " west" if left > 60.0 else ""
        return Markup('<span class="place{}" style="left:{:.1f}%;top:{:.1f}%">{}</span>').format(
            side, left, top, place.label
        )


def border_path(district: NDArray[np.integer]) -> str:
    """SVG path along the sides between cells of two districts, in cells.

    Parameters
    ----------
    district : ndarray of int ``[row, col]``
    """
    level = district[1:] != district[:-1]
    upright = (district[:, 1:] != district[:, :-1]).T
    parts = [f"M{start} {line + 1}h{stop - start}" for line, start, stop in _runs(level)]
    parts += [f"M{line + 1} {start}v{stop - start}" for line, start, stop in _runs(upright)]
    return "".join(parts)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Runs of true values along the rows of a mask: row, start, stop."""
    wide = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    row, start = np.nonzero(np.diff(wide, axis=1) == 1)
    _, stop = np.nonzero(np.diff(wide, axis=1) == -1)
    return [(int(r), int(a), int(b)) for r, a, b in zip(row, start, stop, strict=True)]


def triangles(places: NDArray[np.float64], side: int) -> str:
    """SVG path of a triangle at each place, ``[place, (x, y)]``, in cells of a map of a side."""
    half = _TRIANGLE * side
    return "".join(
        f"M{x - half:.2f} {y + 0.8 * half:.2f}h{2.0 * half:.2f}L{x:.2f} {y - half:.2f}z"
        for x, y in places.tolist()
    )


def point_sources(run: RunFolder, metal: str, before: int | None = None) -> pd.DataFrame:
    """Point sources that ever emitted a metal, or did so before a year.

    Returns
    -------
    pandas.DataFrame
        ``id, sector, x, y`` [m], a row each; also those that lie outside the grid.
    """
    table = run.sources
    emits = (table["metal"] == metal) & (table["kg_per_yr"] > 0.0)
    emits &= table["x"].notna()  # area sources are everywhere
    if before is not None:
        emits &= table["year"] < before
    found = table[emits].drop_duplicates("id")
    return found[["id", "sector", "x", "y"]].reset_index(drop=True)


def _places(run: RunFolder, grid: Grid, metal: str) -> NDArray[np.float64]:
    """Where point sources stand that ever emit a metal, ``[source, (x, y)]``, in cells."""
    table = point_sources(run, metal)
    x = (table["x"].to_numpy(np.float64) - grid.x_min) / grid.cell_size
    y = (grid.y_max - table["y"].to_numpy(np.float64)) / grid.cell_size
    inside = (x >= 0.0) & (x <= grid.shape[1]) & (y >= 0.0) & (y <= grid.shape[0])
    return np.stack((x[inside], y[inside]), axis=1)
