"""The manifest: what a run was made of, how it went, and whom it owes a citation."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator._version import __version__
from simulator.constants import METALS
from simulator.errors import RunError
from simulator.record.calibration_maps import calibration_digest
from simulator.record.layout import FORMAT, MANIFEST, replace_file
from simulator.record.zarr_maps import signs

if TYPE_CHECKING:
    from simulator.model import Simulation
    from simulator.scenario import Scenario

UNFINISHED: Final = "unfinished"
FINISHED: Final = "finished"

_LIBRARIES: Final = (
    "numpy", "scipy", "numba", "pandas", "mesa", "simpy", "shapely", "pyproj", "rasterio",
    "pydantic", "zarr", "xarray", "pyarrow",
)  # fmt: skip


def utc_now() -> str:
    """Date and time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def scenario_digest(scenario: Scenario) -> str:
    """SHA-256 of a scenario with all that it derives from."""
    return hashlib.sha256(scenario.to_toml().encode("utf-8")).hexdigest()


def describe_inputs(sim: Simulation) -> dict[str, Any]:
    """Return what stays the same from the first year of a run to its last."""
    region, scenario = sim.region, sim.scenario
    n_layer = region.layer_thickness.size
    return {
        "format": FORMAT,
        "metalscape": __version__,
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "digest": scenario_digest(scenario),
        },
        "start": scenario.start,
        "years": scenario.years,
        "seed": scenario.seed,
        "record": scenario.record.model_dump(),
        "region": {
            "name": region.name,
            "title": region.title,
            "folder": str(region.folder),
            "digest": region.digest,
            "districts": {str(k): v for k, v in region.district_names.items()},
        },
        "illustrative": list(region.illustrative),
        "provenance": {k: dataclasses.asdict(v) for k, v in region.layers.items()},
        "grid": {
            "crs": region.grid.crs,
            "x_min": region.grid.x_min,
            "y_max": region.grid.y_max,
            "cell_size": region.grid.cell_size,
            "rows": region.grid.shape[0],
            "cols": region.grid.shape[1],
        },
        "metals": list(METALS),
        "layer_thickness": region.layer_thickness.tolist(),
        "calibration": describe_calibration(sim),
        "pathways": [
            {**dataclasses.asdict(p), "signs": signs(p, n_layer)} for p in sim.ledger.pathways
        ],
    }


def describe_calibration(sim: Simulation) -> dict[str, Any] | None:
    """Return what a run is corrected by from its start; None without calibration."""
    found, asked = sim.calibrator.calibration, sim.scenario.calibration
    if found is None:
        return None
    hindcast = sim.calibrator.hindcast
    return {
        "method": asked.method,
        "target": asked.target,
        "physical": asked.physical,
        "hindcast": hindcast and {"name": hindcast.name, "digest": scenario_digest(hindcast)},
        "digest": calibration_digest(found),
    }


def describe_course(sim: Simulation) -> dict[str, Any]:
    """Return how a run went so far."""
    parameters = sim.parameters
    used = [parameters[i] for i in parameters.used]
    return {
        "largest_residual": sim.ledger.residual,
        "warnings": list(sim.warnings),
        "threads": sim.workers.threads,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "libraries": _library_versions(),
        "parameters": {
            "overridden": {i: parameters[i].value for i in parameters.overridden},
            "used": list(parameters.used),
            "recalled": list(parameters.recalled_used),
            "warnings": list(parameters.warnings),
        },
        "cite": sorted(
            {row.source for row in used} | {layer.source for layer in sim.region.layers.values()}
        ),
    }


@cache
def _library_versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _LIBRARIES}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a run folder."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    replace_file(folder / MANIFEST, lambda file: file.write(text.encode("utf-8")))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run folder.

    Raises
    ------
    RunError
        If it cannot be read, or is of another format.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is not the manifest of a run: {error}") from error
    if version != FORMAT:
        raise RunError(
            f"{folder} has format {version}, but this program reads format {FORMAT}. "
            f"Read it with metalscape {manifest.get('metalscape', 'of that time')}."
        )
    return manifest
