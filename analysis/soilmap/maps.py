"""Maps of contents as files: GeoTIFF a metal, the survey of a region, scores, what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.soilmap.score import training
from analysis.soilmap.tables import Table
from analysis.soilmap.targets import Target
from analysis.soilmap.validate import cross_validate
from simulator._version import __version__
from simulator.constants import METALS
from simulator.errors import InputError, Problem
from simulator.estimators.auto import Stack
from simulator.estimators.base import SoilMapper
from simulator.estimators.methods import make_mapper
from simulator.files import folder_beside
from simulator.progress import tell

Vector = NDArray[np.float64]

#: File that marks a folder as one of ours, to be replaced without asking.
SCORES: Final = "cross_validation.csv"
UNIT: Final = "mg/kg"
#: Largest number of places that folds are matched to; more of them would tell no more.
_TARGET: Final = 5000


@dataclass(frozen=True)
class MetalMap:
    """Map of a metal.

    Attributes
    ----------
    content, std : ndarray ``[place]``
        Content, and the standard deviation of a new sample there. [mg kg-1]
    mapper : SoilMapper
        What made it.
    scores : DataFrame
        Of :func:`analysis.soilmap.validate.cross_validate`.
    samples : int
        Samples with a content.
    """

    content: Vector
    std: Vector
    mapper: SoilMapper
    scores: pd.DataFrame
    samples: int


def make_maps(
    table: Table,
    target: Target,
    metals: Sequence[str],
    method: str = "auto",
    transform: str = "boxcox",
    centre: str = "mean",
    seed: int = 0,
    winsorise: bool = False,
) -> dict[str, MetalMap]:
    """Map each metal.

    Parameters
    ----------
    table : Table
        Samples.
    target : Target
        Places, and inputs of both.
    metals : sequence of str
        Columns of the table.
    method, transform, seed, winsorise
        See :func:`simulator.estimators.methods.make_mapper`.
    centre : str
        ``mean`` or ``median``.
    """
    every = max(1, len(target.inputs) // _TARGET)
    aim = target.inputs[["x", "y"]].to_numpy(float)[::every]
    made = {}
    for done, metal in enumerate(metals):
        tell("metals", done, len(metals))
        X, y, below = training(table, metal, target.samples)
        mapper = make_mapper(method, transform, seed, aim, winsorise).set_params(centre=centre)
        mapper.fit(X, y, below)
        scores = cross_validate(mapper, X, y, below, aim)
        scores["mapper"] = scores["mapper"].replace("", method)
        inputs = target.inputs.drop(columns=metal, errors="ignore")
        content, std = mapper.predict(inputs, return_std=True)
        made[metal] = MetalMap(content, std, mapper, scores, len(X))
    tell("metals", len(metals), len(metals))
    return made


def check_folder(out: Path) -> None:
    """Refuse a folder that holds something else."""
    if out.exists() and not (out.is_dir() and ((out / SCORES).is_file() or not any(out.iterdir()))):
        raise InputError(
            Problem(
                str(out), "is there already and holds no soil maps",
                "maps go to a new folder, or replace older maps", "Choose another --out.",
            )
        )  # fmt: skip


def write_maps(maps: Mapping[str, MetalMap], target: Target, source: str, out: Path) -> None:
    """Write maps into a folder, which appears when it is whole.

    Parameters
    ----------
    maps : mapping of str to MetalMap
        By metal.
    target : Target
        The places.
    source : str
        File of the samples.
    out : Path
        Folder; older maps in it are replaced.
    """
    check_folder(out)
    with folder_beside(out) as folder:
        if target.shape is not None:
            for metal, made in maps.items():
                bands = {
                    f"{metal} content": target.raster(made.content),
                    f"{metal} standard error": target.raster(made.std),
                }
                tags = {"centre": made.mapper.centre, "samples": str(made.samples)}
                _write_raster(folder / f"{metal}.tif", bands, target, source, tags)
        if target.region is not None:
            empty = np.full(target.raster(np.zeros(len(target.inputs))).shape, np.nan, np.float32)
            survey = {m: target.raster(maps[m].content) if m in maps else empty for m in METALS}
            _write_raster(folder / "survey.tif", survey, target, source, {})
        else:
            _nodes(maps, target).to_csv(folder / "nodes.csv", index=False, float_format="%.6g")
        scores = pd.concat([m.scores.assign(metal=k) for k, m in maps.items()])
        scores.insert(0, "metal", scores.pop("metal"))
        scores.to_csv(folder / SCORES, index=False, float_format="%.4g")
        (folder / "README.md").write_text(_readme(maps, target, source), encoding="utf-8")


def _nodes(maps: Mapping[str, MetalMap], target: Target) -> pd.DataFrame:
    table = target.inputs[["x", "y"]].copy()
    for metal, made in maps.items():
        table[f"{metal}[{UNIT}]"] = made.content
        table[f"{metal}_se[{UNIT}]"] = made.std
    return table


def _write_raster(
    path: Path, bands: Mapping[str, NDArray[np.float32]], target: Target, source: str,
    tags: Mapping[str, str],
) -> None:  # fmt: skip
    import rasterio
    from affine import Affine

    assert target.shape is not None
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": target.shape[0],
        "width": target.shape[1],
        "count": len(bands),
        "dtype": "float32",
        "crs": rasterio.CRS.from_user_input(target.crs) if target.crs else None,
        "transform": Affine(target.cell, 0.0, target.x_min, 0.0, -target.cell, target.y_max),
        "nodata": float("nan"),
        "compress": "deflate",
        "predictor": 3,
        "interleave": "band",
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.update_tags(source=f"metalscape {__version__}, samples {source}", **tags)
        for number, (name, values) in enumerate(bands.items(), start=1):
            raster.write(values, number)
            raster.set_band_description(number, name)
            raster.set_band_unit(number, UNIT)


def _readme(maps: Mapping[str, MetalMap], target: Target, source: str) -> str:
    any_map = next(iter(maps.values()))
    inputs = [c for c in target.inputs.columns if c not in ("x", "y")]
    lines = [
        "# Soil maps", "",
        f"Made by metalscape {__version__} from `{source}`, "
        + (f"on the cells of the region `{target.region}`." if target.region else "on its nodes."),
        f"Contents in {UNIT} of dry soil; the content is the {any_map.mapper.centre} of what a new "
        "sample would show, the standard error its standard deviation.",
        f"Scale: {any_map.mapper.transform}; seed {any_map.mapper.seed}; inputs besides the place: "
        f"{', '.join(inputs) or 'none'}.", "",
        "| file | what |", "| --- | --- |",
    ]  # fmt: skip
    if target.shape is not None:
        lines.append("| METAL.tif | band 1 content, band 2 standard error |")
    if target.region is not None:
        lines.append(
            "| survey.tif | contents of all metals, NaN where not mapped; for `[files.survey]` of "
            "region.toml |"
        )
    else:
        lines.append("| nodes.csv | contents and standard errors at the nodes |")
    lines += [
        f"| {SCORES} | scores of samples held out: at random, by blocks of the size of the "
        "variogram's range, and as far from the rest as the map is from the samples (matched) |",
        "", "| metal | samples | below detection | outliers (kept) | mappers |",
        "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for metal, made in maps.items():
        m = made.mapper
        mixed = m.weights_ if isinstance(m, Stack) else {type(m).__name__: 1.0}
        parts = ", ".join(f"{k} {v:.2f}" for k, v in mixed.items() if v > 0.0)
        lines.append(
            f"| {metal} | {made.samples} | {int(m.below_.sum())} | {int(m.outliers_.sum())} "
            f"| {parts} |"
        )
    return "\n".join(lines) + "\n"
