"""A run written by hand, 20 cells over ten years, whose assessment can be worked out on paper.

Cells of 1 km (100 ha), pH 6, 2400 t/ha of soil. Columns 0-2 are dryland, 3 forest, 4 urban; the
south-east corner has no soil; district 1 is the north half. Contents are a tenth of the screening
value of dryland and stay, but for cadmium (limit 0.3 mg/kg) in four cells of dryland:

- RISING reaches the limit in 2025 (0.21 mg/kg in 2020, 0.02 mg/kg a year);
- SLOW would reach it 15 years after the end (0.05, 0.01 a year);
- FALLING is above it until 2021 (0.315, -0.01 a year);
- BUILT stays at 0.35 and becomes urban in 2025, where the limit is 20 mg/kg.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.assessment.assess import ControlLayer
from simulator.constants import LAND_CLASSES, METALS
from simulator.record import RunFolder
from simulator.record.axes import grid_mapping
from simulator.record.layout import FORMAT
from simulator.region.model import Grid

GRID = Grid("EPSG:32651", 340_000.0, 3_168_000.0, 1000.0, (4, 5))
YEARS = np.arange(2020, 2031)
CELL_HA = 100.0
CD = METALS.index("Cd")
#: GB 15618-2018, other farmland, 5.5 < pH <= 6.5, in the order of METALS. [mg kg-1]
DRYLAND = np.array([40.0, 0.3, 150.0, 50.0, 1.8, 70.0, 90.0, 200.0])
RISING, SLOW, FALLING, BUILT = (0, 0), (0, 1), (0, 2), (1, 0)
_KG_PER_M2 = 240.0


def control_layer() -> ControlLayer:
    """Soil of the run: 2400 t/ha; its background is the content at the start."""
    full = np.full(GRID.shape, 1.0)
    return ControlLayer(2.4e6 * full, 0.03 * full, 0.25 * full, _content()[0, :, 0])


def write_run(folder: Path, status: str = "finished") -> RunFolder:
    """Write the run; its ledger is not there."""
    folder.mkdir(parents=True)
    _history().to_zarr(folder / "history.zarr", zarr_format=3, consolidated=False)
    manifest = {
        "format": FORMAT,
        "metalscape": "0",
        "name": folder.name,
        "status": status,
        "start": 2020,
        "recorded_until": 2030,
        "record": {"ledger": "totals"},
        "region": {"title": "Paper", "districts": {"1": "North", "2": "South"}},
        "illustrative": ["all"],
        "grid": {
            "crs": GRID.crs,
            "x_min": GRID.x_min,
            "y_max": GRID.y_max,
            "cell_size": GRID.cell_size,
            "rows": 4,
            "cols": 5,
        },
        "layer_thickness": [0.2],
        "pathways": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return RunFolder(folder)


def _content() -> np.ndarray:
    """Content, ``[year, metal, layer, row, col]``. [mg kg-1]"""
    t = (YEARS - 2020.0)[:, None]
    content = np.tile(0.1 * DRYLAND[:, None, None, None], (YEARS.size, 1, 1, *GRID.shape))
    for cell, start, rate in ((RISING, 0.21, 0.02), (SLOW, 0.05, 0.01), (FALLING, 0.315, -0.01)):
        content[:, CD, :, *cell] = start + rate * t
    content[:, CD, :, *BUILT] = 0.35
    content[..., 3, 4] = np.nan
    return content


def _history() -> xr.Dataset:
    content = _content()
    land = np.zeros((YEARS.size, len(LAND_CLASSES), *GRID.shape))
    for columns, name in ((slice(0, 3), "dryland"), (3, "forest"), (4, "urban")):
        land[:, LAND_CLASSES.index(name), :, columns] = 1.0
    land[YEARS >= 2025, :, *BUILT] = np.eye(len(LAND_CLASSES))[LAND_CLASSES.index("urban")]
    stock = np.nan_to_num(_KG_PER_M2 * content)
    district = np.repeat(np.array([[1], [1], [2], [2]], dtype=np.int32), 5, axis=1)
    dims = ("year", "metal", "layer", "y", "x")
    return xr.Dataset(
        {
            "content": (dims, content.astype(np.float32)),
            "stock": (dims, stock),
            "stock_sealed": (dims, np.zeros_like(stock)),
            "open_share": (("year", "land_class", "y", "x"), land.astype(np.float32)),
            "sealed_share": (("year", "y", "x"), np.zeros(land[:, 0].shape, dtype=np.float32)),
            "ph": (("year", "layer", "y", "x"), np.full(content[:, 0].shape, 6.0, np.float32)),
            "district": (("y", "x"), district),
        },
        {
            "year": YEARS.astype(np.int32),
            "metal": np.array(METALS, dtype=object),
            "land_class": np.array(LAND_CLASSES, dtype=object),
            "y": ("y", GRID.y, {"units": "m", "axis": "Y"}),
            "x": ("x", GRID.x, {"units": "m", "axis": "X"}),
            "spatial_ref": ((), np.int32(0), grid_mapping(GRID)),
        },
        {"title": "Paper", "source": "metalscape 0", "comment": "by hand"},
    )
