"""A calibration as files: tables, GeoTIFFs, pictures, and what they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray

from analysis.calibration.evaluate import BLOCKS
from analysis.calibration.make import MG, Made, factor_table, score_table, site_table
from analysis.calibration.pictures import correction_maps, scatter, trust_maps
from analysis.calibration.scores import LEVEL
from analysis.export import geotiff_profile
from simulator._version import __version__
from simulator.calibration.fit import NO_SOIL, STATUS
from simulator.constants import METALS
from simulator.errors import InputError, Problem
from simulator.files import folder_beside
from simulator.record.calibration_maps import calibration_digest
from simulator.scenario.toml_text import to_toml

#: File that marks a folder as one of ours, to be replaced without asking.
SETTINGS: Final = "calibration.toml"
SITES: Final = "sites.csv"
SCORES: Final = "scores.csv"
FLUX_UNIT: Final = "mg m-2 yr-1"
_DPI: Final = 150
_NO_BYTE: Final = 255
#: Maps of fluxes: field of the calibration, and what it is.
_FLUXES: Final = {
    "correction": ("rate", "mean correction of the top layer, per open ground"),
    "correction_low": ("low", "lower bound of its 90 % interval"),
    "correction_high": ("high", "upper bound of its 90 % interval"),
}


def check_folder(out: Path) -> None:
    """Refuse a folder that holds something else."""
    ours = all((out / name).is_file() for name in (SETTINGS, SITES, SCORES))
    if out.exists() and not (out.is_dir() and (ours or not any(out.iterdir()))):
        raise InputError(
            Problem(
                str(out), "is there already and holds no calibration",
                "a calibration goes to a new folder, or replaces an older one",
                "Choose another --out.",
            )
        )  # fmt: skip


def write_calibration(made: Made, out: Path) -> list[Path]:
    """Write a calibration into a folder, which appears when it is whole.

    Parameters
    ----------
    made : Made
        The calibration.
    out : Path
        Folder; an older calibration in it is replaced.

    Returns
    -------
    list of Path
        The files.
    """
    check_folder(out)
    with folder_beside(out) as folder:
        site_table(made).to_csv(folder / SITES, index=False, float_format="%.9g")
        scores = score_table({BLOCKS: made.held_out})
        scores.to_csv(folder / SCORES, index=False, float_format="%.4g")
        if made.inference is not None:
            factors = factor_table(made.inference)
            factors.to_csv(folder / "factors.csv", index=False, float_format="%.6g")
        _write_maps(made, folder)
        for name, draw in (
            ("correction.png", correction_maps), ("trust.png", trust_maps),
            ("observed_predicted.png", scatter),
        ):  # fmt: skip
            draw(made).savefig(folder / name, dpi=_DPI, format="png")
        (folder / SETTINGS).write_text(to_toml(settings(made)), encoding="utf-8")
    return sorted(out.iterdir())


def settings(made: Made) -> dict[str, Any]:
    """What a calibration was made from, and by which program."""
    case = made.case
    return {
        "scenario": case.scenario.name,
        "hindcast": {
            "name": case.past.name,
            "start": case.hindcast.start,
            "survey_years": case.hindcast.years.tolist(),
            "horizon_years": int(case.hindcast.horizon),
        },
        "region": {"name": case.region.name, "digest": case.region.digest},
        "digest": calibration_digest(made.calibration),
        "calibration": {
            "variant": made.variant,
            "method": case.learner.method if made.calibration.corrections else "none",
            "target": case.learner.target,
            "physical": case.physical,
            "seed": case.learner.seed,
            "samples": len(case.observed),
            "metals": list(made.metals),
            "interval": LEVEL,
        },
        "cross_validation": {
            "folds": int(np.unique(made.held_out.scheme.folds).size),
            "block_m": round(made.held_out.scheme.block_m, 1),
            "nearest_m": round(made.held_out.scheme.nearest_m, 1),
        },
        "versions": {
            "metalscape": __version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
    }


def _write_maps(made: Made, folder: Path) -> None:
    calibration = made.calibration
    sampled = np.array([metal in made.metals for metal in METALS])[:, None]
    known = (calibration.status > NO_SOIL) & sampled
    for name, (field, text) in _FLUXES.items():
        shown = np.where(known, MG * getattr(calibration, field), np.nan)
        _write(folder / f"{name}.tif", shown, made, FLUX_UNIT, {"long_name": text})
    weight = np.where(known, calibration.weight, np.nan)
    likeness = {"long_name": "1 inside the domain of applicability, 0 far outside"}
    _write(folder / "weight.tif", weight, made, "1", likeness)
    codes = {f"code_{code}": name for code, name in enumerate(STATUS)}
    status = np.where(sampled, calibration.status, _NO_BYTE).astype(np.uint8)
    _write(folder / "status.tif", status, made, "1", codes)


def _write(
    path: Path,
    values: NDArray[Any],
    made: Made,
    unit: str,
    tags: Mapping[str, str],
) -> None:
    """Write a map of each metal as a band; nothing where no sample knows the metal."""
    import rasterio

    grid = made.case.region.grid
    coded = values.dtype == np.uint8
    kind = ("uint8", _NO_BYTE) if coded else ("float32", float("nan"))
    bands = values.reshape(len(METALS), *grid.shape)
    with rasterio.open(path, "w", **geotiff_profile(grid, len(METALS), *kind)) as raster:
        origin = f"metalscape {__version__}, hindcast {made.case.past.name}"
        raster.update_tags(source=origin, region=made.case.region.title, **tags)
        for number, metal in enumerate(METALS, start=1):
            raster.write(bands[number - 1].astype(kind[0]), number)
            raster.set_band_description(number, f"{metal} {path.stem.replace('_', ' ')}")
            raster.set_band_unit(number, unit)
