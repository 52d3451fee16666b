"""An illustrative land use: real towns and parks, real shares, the rest spread by rule and seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from simulator.region.build.coast_recipe import (
    CoastRecipe,
    ImperviousKind,
    ImperviousPart,
    Settlement,
    class_code,
    fault,
)
from simulator.region.build.outline import Outline, Raster, distance_to, project
from simulator.region.build.terrain import fractal_noise, stream

Mask = NDArray[np.bool_]
Field = NDArray[np.float64]
#: Noise of a name, mean 0 and standard deviation 1.
Patches = Callable[[str], Field]

#: Patchiness of the noise that mixes land classes. [m], [-]
_PATCH_WAVE = 4000.0
_PATCH_HURST = 0.4


@dataclass(frozen=True)
class Ground:
    """What land use is decided on, cell by cell of the fine raster.

    Attributes
    ----------
    district : ndarray of int
        Number of the district, 0 outside and in the sea.
    elevation : ndarray
        [m]
    slope : ndarray
        Mean slope. [degree]
    from_sea : ndarray
        [m]
    """

    district: NDArray[np.int32]
    elevation: Field
    slope: Field
    from_sea: Field


@dataclass(frozen=True)
class LandUse:
    """Land classes of the fine raster.

    Attributes
    ----------
    classes : ndarray of int
        Code of the land class (:func:`class_code`), 0 = no parcel.
    impervious : ndarray
        Impervious share. [-]
    protected : ndarray of bool
        Cells that may not be built on.
    parks : dict of str to ndarray of bool
        Cells of each industrial park.
    """

    classes: NDArray[np.int32]
    impervious: Field
    protected: Mask
    parks: dict[str, Mask]


class _Board:
    """Cells handed out to classes, each at most once."""

    def __init__(self, land: Mask) -> None:
        self.classes = np.zeros(land.shape, dtype=np.int32)
        self.free = land.copy()

    def give(self, cells: Mask, name: str) -> Mask:
        """Give cells to a class; those already given stay what they are."""
        given = cells & self.free
        self.classes[given] = class_code(name)
        self.free &= ~given
        return given

    def give_best(self, cost: Field, allowed: Mask, count: int, name: str) -> Mask:
        """Give a class the `count` free cells of least cost.

        Raises
        ------
        InputError
            If fewer are allowed.
        """
        given = self.give(least(cost, allowed & self.free, count), name)
        _enough(count - int(given.sum()), count, name)
        return given


def _enough(missing: int, count: int, name: str) -> None:
    if missing > 0:
        raise fault(
            "landuse",
            f"{missing} of {count} cells of class {name!r} find no place",
            "the shares must fit on the land that the rules allow",
            "Lower the share, raise landuse.town_slope or flatten the terrain.",
        )


def least(cost: Field, allowed: Mask, count: int) -> Mask:
    """Mark the `count` allowed cells of least cost; ties go in reading order."""
    chosen = np.zeros(cost.shape, dtype=bool)
    index = np.flatnonzero(allowed)
    order = np.argsort(cost.ravel()[index], kind="stable")
    chosen.ravel()[index[order[: max(count, 0)]]] = True
    return chosen


def land_use(recipe: CoastRecipe, outline: Outline, raster: Raster, ground: Ground) -> LandUse:
    """Spread the land classes over the region.

    The shares of the recipe are met exactly on the fine raster, in this order: rivers and lakes,
    towns, industrial parks, villages, scattered industry, ponds (most by the sea), cropland on the
    flattest and lowest ground (vegetables near towns, paddy on the flattest of it, dryland by the
    shore and on the slopes), orchards on gentle slopes, grassland on the heights, forest.

    Parameters
    ----------
    recipe : CoastRecipe
        Recipe of the region.
    outline : Outline
        Districts and waters.
    raster : Raster
        Fine raster.
    ground : Ground
        Terrain on the fine raster.

    Returns
    -------
    LandUse
        Classes, impervious share, protection and parks.
    """
    part, shares, seed = recipe.landuse, recipe.landuse.shares, recipe.seed
    land = ground.district > 0
    cells = int(land.sum())
    board = _Board(land)

    def patches(name: str) -> Field:
        return fractal_noise(
            stream(seed, name), raster.shape, raster.cell, _PATCH_WAVE, _PATCH_HURST
        )

    fixed = raster.burn([*outline.waters.values(), *outline.streams.values()])
    water = board.give(fixed, "water")
    flat = ground.slope < part.town_slope
    built = round(shares.built * cells)
    towns, centrality = _grow_towns(recipe, board, raster, ground, built)
    parks = _grow_parks(recipe, board, raster, ground, built)
    industry = round(part.industry_of_built * built)
    done = towns | _union(parks.values(), land.shape)
    villages = _scatter(
        stream(seed, "villages"),
        board,
        weight=np.exp(-ground.slope / 2.0 - ground.elevation / 60.0) * flat,
        count=built - int(towns.sum()) - industry,
        sizes=part.village_cells,
        name="urban",
    )
    _scatter(
        stream(seed, "scattered industry"),
        board,
        weight=np.exp(-distance_to(done, raster.cell) / 1500.0 - ground.slope) * flat,
        count=industry - int((board.classes == class_code("industrial")).sum()),
        sizes=part.village_cells,
        name="industrial",
    )
    board.give_best(
        np.minimum(ground.from_sea / part.pond_distance, 1.2)
        + ground.slope / 2.0
        + ground.elevation / 40.0
        + 0.5 * patches("ponds"),
        flat,
        round(shares.water * cells) - int(water.sum()),
        "water",
    )
    _farm(recipe, board, raster, ground, patches, towns, cells)
    board.give(board.free, "forest")

    impervious = _impervious(part.impervious, board.classes, villages, centrality, patches)
    lakes = shapely.union_all([outline.waters[w] for w in part.protected_lakes])
    near_lake = raster.burn([lakes.buffer(part.protected_distance)])
    open_class = np.isin(board.classes, [class_code(c) for c in ("urban", "industrial", "water")])
    protected = ((ground.slope > part.protected_slope) | near_lake) & land & ~open_class
    return LandUse(board.classes, impervious, protected, parks)


def _grow_towns(
    recipe: CoastRecipe, board: _Board, raster: Raster, ground: Ground, built: int
) -> tuple[Mask, Field]:
    """Towns around their real centres; also how far out a cell lies, 0 centre to 1 edge."""
    part = recipe.landuse
    total = part.town_of_built * built
    centrality = np.full(raster.shape, np.nan)
    towns = np.zeros(raster.shape, dtype=bool)
    grown = _grow(part.towns, total, recipe, board, raster, ground, "urban")
    for cells, cost in grown.values():
        towns |= cells
        rank = np.argsort(np.argsort(cost[cells], kind="stable"), kind="stable")
        centrality[cells] = (rank + 0.5) / max(rank.size, 1)
    return towns, centrality


def _grow_parks(
    recipe: CoastRecipe, board: _Board, raster: Raster, ground: Ground, built: int
) -> dict[str, Mask]:
    """Industrial parks around their real or likely places."""
    part = recipe.landuse
    total = part.industry_of_built * (1.0 - part.scattered_industry) * built
    grown = _grow(part.parks, total, recipe, board, raster, ground, "industrial")
    return {name: cells for name, (cells, _) in grown.items()}


def _grow(
    places: Sequence[Settlement],
    total: float,
    recipe: CoastRecipe,
    board: _Board,
    raster: Raster,
    ground: Ground,
    name: str,
) -> dict[str, tuple[Mask, Field]]:
    """Compact patches around places, the largest first, each inside its district."""
    to_grid = Transformer.from_crs("EPSG:4326", recipe.grid.crs, always_xy=True)
    number = {d.name: d.code for d in recipe.districts}
    weights = sum(p.weight for p in places)
    grown = {}
    for place in sorted(places, key=lambda p: -p.weight):
        centre = shapely.Point(project([place.at, place.at], to_grid)[0])
        row, col = raster.cell_of(centre)
        if ground.district[row, col] != number[place.district]:
            raise fault(
                f"landuse, {place.name}",
                f"{place.at} does not lie in {place.district}",
                "towns and parks lie on land of their district",
                "Mend the position or the district.",
            )
        start = np.zeros(raster.shape, dtype=bool)
        start[row, col] = True
        noise = fractal_noise(
            stream(recipe.seed, place.name), raster.shape, raster.cell, _PATCH_WAVE, _PATCH_HURST
        )
        # A winding border, and slopes that push the town away.
        cost = distance_to(start, raster.cell) * np.exp(0.2 * noise) * (1.0 + ground.slope / 3.0)
        allowed = (ground.district == number[place.district]) & (
            ground.slope < recipe.landuse.town_slope
        )
        count = max(1, round(total * place.weight / weights))
        grown[place.name] = (board.give_best(cost, allowed, count, name), cost)
    return grown


def _scatter(
    rng: np.random.Generator,
    board: _Board,
    weight: Field,
    count: int,
    sizes: tuple[int, int],
    name: str,
) -> Mask:
    """Small settlements at random, more where `weight` is high, apart from each other."""
    given = np.zeros(weight.shape, dtype=bool)
    wanted = count
    open_cells = board.free & (weight > 0.0)
    # Gumbel keys draw without replacement with probability in proportion to the weight.
    key = np.where(open_cells, np.log(np.maximum(weight, 1e-300)), -np.inf)
    key = key + rng.gumbel(size=weight.shape)
    size = rng.integers(sizes[0], sizes[1] + 1, size=weight.shape)
    jitter = rng.random(weight.shape)
    rows, cols = np.mgrid[: weight.shape[0], : weight.shape[1]]
    apart = open_cells.copy()
    for seed in np.argsort(-key.ravel(), kind="stable")[: int(open_cells.sum())].tolist():
        if count <= 0:
            break
        row, col = divmod(seed, weight.shape[1])
        if not apart[row, col]:
            continue
        window = (slice(max(row - 1, 0), row + 2), slice(max(col - 1, 0), col + 2))
        # The seed first, then cells beside it, then those at its corners.
        reach = (rows[window] != row) + (cols[window] != col) + jitter[window]
        chosen = least(reach, open_cells[window] & board.free[window], min(size[row, col], count))
        cells = np.zeros(weight.shape, dtype=bool)
        cells[window] = chosen
        board.give(cells, name)
        given |= cells
        count -= int(chosen.sum())
        apart[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = False
    _enough(count, wanted, name)
    return given


def _farm(
    recipe: CoastRecipe,
    board: _Board,
    raster: Raster,
    ground: Ground,
    patches: Patches,
    towns: Mask,
    cells: int,
) -> None:
    """Cropland, orchards and grassland."""
    part, shares = recipe.landuse, recipe.landuse.shares
    crops = round(shares.cropland * cells)
    cost = ground.slope / 5.0 + ground.elevation / 100.0 + 0.25 * patches("cropland")
    cropland = least(cost, board.free, crops)
    to_town = distance_to(towns, raster.cell) / 2500.0
    board.give_best(
        to_town + ground.slope / 4.0 + 0.5 * patches("vegetables"),
        cropland,
        round(part.vegetable_of_cropland * crops),
        "vegetable",
    )
    salt = ground.from_sea < recipe.soils.saline_distance
    board.give_best(
        ground.slope / 3.0 + ground.elevation / 60.0 + 0.5 * salt + 0.4 * patches("paddy"),
        cropland,
        round(part.paddy_of_cropland * crops),
        "paddy",
    )
    board.give(cropland, "dryland")
    numbers = [d.code for d in recipe.districts if d.name in part.orchard_districts]
    elsewhere = ~np.isin(ground.district, numbers)
    other = round(shares.other * cells)
    orchards = round(part.orchard_of_other * other)
    board.give_best(
        np.abs(ground.slope - 7.0) / 5.0
        + ground.elevation / 100.0
        + 1.5 * elsewhere
        + 0.5 * patches("orchards"),
        board.free,
        orchards,
        "orchard",
    )
    board.give_best(
        -ground.elevation / 300.0 + 0.8 * patches("grassland"),
        board.free,
        other - orchards,
        "grassland",
    )


def _impervious(
    kinds: Mapping[ImperviousKind, ImperviousPart],
    classes: NDArray[np.int32],
    villages: Mask,
    centrality: Field,
    patches: Patches,
) -> Field:
    """Impervious share by kind of land; towns are densest in the middle."""
    noise = patches("impervious")
    share = np.zeros(classes.shape)
    industrial = classes == class_code("industrial")
    farms = np.isin(classes, [class_code(c) for c in ("paddy", "dryland", "vegetable", "orchard")])
    wild = np.isin(classes, [class_code(c) for c in ("forest", "grassland")])
    town = (classes == class_code("urban")) & ~villages
    kind: ImperviousKind
    for cells, kind, deviation in (
        (town, "town", 2.0 - 4.0 * np.nan_to_num(centrality)),
        (villages, "village", noise),
        (industrial, "industrial", noise),
        (farms, "farm", noise),
        (wild, "wild", noise),
    ):
        share[cells] = spread(kinds[kind], deviation[cells])
    return share


def spread(kind: ImperviousPart, deviation: Field) -> Field:
    """Map standard deviations -2 ... 2 to the range of a kind, 0 to its mean. [-]"""
    part = np.clip(deviation / 2.0, -1.0, 1.0)
    reach = np.where(part > 0.0, kind.high - kind.mean, kind.mean - kind.low)
    return kind.mean + reach * part


def _union(masks: Iterable[Mask], shape: tuple[int, int]) -> Mask:
    total = np.zeros(shape, dtype=bool)
    for mask in masks:
        total |= mask
    return total
