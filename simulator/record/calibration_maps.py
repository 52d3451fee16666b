"""What a run leaves of its calibration: maps of the correction, and factors on the processes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import zarr

from simulator.record.axes import Axes, put, write_coordinates

if TYPE_CHECKING:
    from simulator.calibration.fit import Calibration

FACTORS: Final = "factors.csv"

#: kg to mg
_MG: Final = 1.0e6
_RATE: Final = {"units": "mg m-2 yr-1", "cell_methods": "year: mean"}
_MAPS: Final[Mapping[str, dict[str, str]]] = {
    "rate": {
        **_RATE,
        "long_name": "mean correction of the hindcast, of the top layer per open ground",
        "ancillary_variables": "low high weight status",
    },
    "low": {**_RATE, "long_name": "lower bound of the 90 % interval of the rate"},
    "high": {**_RATE, "long_name": "upper bound of the 90 % interval of the rate"},
    "weight": {
        "units": "1",
        "long_name": "likeness to what was observed",
        "comment": "1: in the domain of applicability; 0: unlike anything observed, not corrected",
    },
    "ratio": {
        "units": "1",
        "long_name": "corrected content over that of the processes at the end of the hindcast",
    },
}


def write_calibration(
    folder: Path,
    axes: Axes,
    calibration: Calibration,
    attributes: Mapping[str, Any],
) -> None:
    """Write the maps of a calibration, and its factors; what was there is replaced.

    Parameters
    ----------
    folder : Path
        Folder of the calibrations of a run.
    axes : Axes
        With one year, the first that it is booked in.
    calibration : Calibration
        The calibration.
    attributes : mapping
        Global attributes of the maps.
    """
    from simulator.calibration.fit import STATUS

    folder.mkdir(exist_ok=True)
    calibration.adjustments.write(folder / FACTORS)
    path = _maps(folder, int(axes.years[0]))
    shutil.rmtree(path, ignore_errors=True)
    group = zarr.create_group(path, zarr_format=3, attributes=dict(attributes))
    write_coordinates(group, axes, {"long_name": "first year that it is booked in"})
    dims = ("year", "metal", "y", "x")
    shape = tuple(axes.sizes()[d] for d in dims)
    soil = np.isfinite(calibration.reference_content)
    for name, words in _MAPS.items():
        values = np.where(soil, getattr(calibration, name), np.nan)
        scale = _MG if words["units"].startswith("mg") else 1.0
        put(
            group, name, dims, (values * scale).astype(np.float32).reshape(shape),
            **words, grid_mapping="spatial_ref",
        )  # fmt: skip
    put(
        group, "status", dims, calibration.status.reshape(shape),
        long_name="what the calibration does", flag_values=[*range(len(STATUS))],
        flag_meanings=" ".join(word.replace(" ", "_") for word in STATUS),
        grid_mapping="spatial_ref",
    )  # fmt: skip


def calibration_years(folder: Path) -> dict[int, Path]:
    """Maps of the calibrations of a run by the first year that they are booked in, rising."""
    found = {int(p.stem): p for p in folder.glob("*.zarr") if p.stem.isdecimal()}
    return dict(sorted(found.items()))


def drop_after(folder: Path, year: int) -> None:
    """Remove the maps of calibrations that are booked after a year begins."""
    for first, path in calibration_years(folder).items():
        if first > year:
            shutil.rmtree(path)


def calibration_digest(calibration: Calibration) -> str:
    """SHA-256 of all numbers of a calibration."""
    from simulator.calibration.fit import to_arrays

    digest = hashlib.sha256()
    for name, array in sorted(to_arrays(calibration).items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _maps(folder: Path, year: int) -> Path:
    return folder / f"{year}.zarr"
