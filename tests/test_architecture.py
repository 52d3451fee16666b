"""The layer map: dependencies point one way, and importing the package stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: What each part of the house may import from the house. The longest prefix counts.
MAY_IMPORT = {
    "simulator.physics": {"simulator.physics"},
    "simulator.constants": set(),
    "simulator.errors": set(),
    "simulator._version": set(),
    "simulator.data": {"simulator.data", "simulator.constants", "simulator.errors"},
    "simulator.fields": {"simulator.constants"},
    "simulator.emission_factors": {
        "simulator.constants",
        "simulator.data",
        "simulator.errors",
        "simulator.physics",
        "simulator.problems",
    },
    "simulator.region": {
        "simulator.emission_factors",
        "simulator.region",
        "simulator.constants",
        "simulator.data",
        "simulator.errors",
        "simulator.physics",
        "simulator.problems",
        "simulator.files",
    },
    "simulator.problems": {"simulator.errors"},
    "simulator.files": {"simulator.errors", "simulator.problems"},
    "simulator.state": {
        "simulator.constants",
        "simulator.fields",
        "simulator.physics",
        "simulator.region.model",
    },
    "simulator.schedule": set(),
    "simulator.compat": set(),
    "simulator.parallel": set(),
    "simulator.ledger": {
        "simulator.constants",
        "simulator.errors",
        "simulator.physics",
        "simulator.state",
    },
    "simulator.progress": set(),
    "simulator.estimators": {"simulator.estimators", "simulator.progress"},
    "simulator.calibration": {
        "simulator.calibration",
        "simulator.cache",
        "simulator.constants",
        "simulator.data",
        "simulator.errors",
        "simulator.estimators",
        "simulator.ledger",
        "simulator.model",
        "simulator.problems",
        "simulator.progress",
        "simulator.region",
        "simulator.scenario",
        "simulator.tags",
    },
    # statistics of tables, which know nothing of regions and runs
    "simulator.calibration.candidates": {"simulator.calibration.target", "simulator.estimators"},
    "simulator.calibration.correction": {
        "simulator.calibration.candidates",
        "simulator.calibration.domain",
        "simulator.calibration.target",
        "simulator.estimators",
    },
    "simulator.calibration.domain": {"simulator.estimators"},
    "simulator.calibration.target": set(),
    "simulator.landuse": {
        "simulator.landuse",
        "simulator.constants",
        "simulator.data",
        "simulator.errors",
        "simulator.problems",
        "simulator.physics",
        "simulator.progress",
    },
    "simulator.cache": set(),
    "simulator.footprint_cache": {"simulator.cache", "simulator.physics"},
    "simulator.soil_water": {
        "simulator.soil_water",
        "simulator.cache",
        "simulator.constants",
        "simulator.data",
        "simulator.errors",
        "simulator.physics",
        "simulator.progress",
    },
    "simulator.footprints": {
        "simulator.constants",
        "simulator.data",
        "simulator.errors",
        "simulator.footprint_cache",
        "simulator.physics",
        "simulator.progress",
        "simulator.region",
    },
    "simulator.area_footprints": {
        "simulator.data",
        "simulator.footprint_cache",
        "simulator.footprints",
        "simulator.physics",
        "simulator.region",
    },
    "simulator.processes": {
        "simulator.processes",
        "simulator.area_footprints",
        "simulator.constants",
        "simulator.errors",
        "simulator.footprints",
        "simulator.ledger",
        "simulator.physics",
        "simulator.schedule",
        "simulator.state",
    },
    "simulator": {"simulator"},
    "scenarios": set(),
    "analysis": {"simulator", "scenarios", "analysis"},
}

#: What physics may import from outside.
PHYSICS_LIBRARIES = {"numpy", "scipy", "numba"}


def modules():
    for package in ("simulator", "analysis", "scenarios"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(p for p in parts if p != "__init__"), path


def imports(path: Path):
    """Modules that a file imports when it runs; those for type checkers only do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def longest_prefix(name: str) -> str:
    return max((p for p in MAY_IMPORT if name == p or name.startswith(p + ".")), key=len)


@pytest.mark.parametrize(
    ("name", "path"), list(modules()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_dependencies_point_one_way(name, path):
    """A module imports only what its part of the house may import."""
    allowed = MAY_IMPORT[longest_prefix(name)]
    house = ("simulator", "analysis", "scenarios")
    for target in imports(path):
        if target.split(".")[0] not in house or target in house:
            continue
        assert any(
            target == a or target.startswith(a + ".") or a.startswith(target) for a in allowed
        ), f"{name} imports {target}; it may import {sorted(allowed)}"


def test_physics_leans_on_numpy_scipy_and_numba_only():
    for name, path in modules():
        if name.startswith("simulator.physics"):
            outside = {t.split(".")[0] for t in imports(path)} - sys.stdlib_module_names
            assert outside <= PHYSICS_LIBRARIES | {"simulator"}, name


def test_importing_the_package_is_light():
    """``import simulator`` pulls in none of the heavy libraries."""
    code = (
        "import sys, simulator; "
        "heavy = {'numpy','numba','mesa','pandas','xarray','rasterio','matplotlib','sklearn'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_no_file_grows_beyond_a_screenful_of_purpose():
    """Files stay below 450 lines: one that is longer does two things."""
    for name, path in modules():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 450, f"{name} has {lines} lines"
