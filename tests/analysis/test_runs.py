"""Opening runs and asking for what is and is not in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.runs import (
    cell_of,
    content,
    control_layer,
    find_run,
    grid_of,
    layer_name,
    metal_of,
    open_run,
    pathways_of,
    year_of,
)
from simulator.errors import InputError, RunError
from simulator.processes import default_processes
from simulator.record import RunFolder
from simulator.region import Region


def test_a_run_is_found_by_path_by_name_and_before_it_is_finished(
    run: RunFolder, record: Callable[..., RunFolder], tmp_path: Path
) -> None:
    runs = run.path.parent
    assert find_run(run.path) == find_run("straight", runs) == run.path
    stopped = record(tmp_path / "half", until=2022)
    assert find_run("half", tmp_path) == stopped.path
    assert not open_run("half", tmp_path).finished
    with pytest.raises(InputError, match="Did you mean 'straight'"):
        find_run("strait", runs)
    with pytest.raises(InputError, match="metalscape run"):
        find_run("anything", tmp_path / "empty")


def test_a_broken_manifest_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(RunError, match=r"manifest\.json"):
        open_run("run", tmp_path)


def test_wrong_questions_get_the_valid_range(
    run: RunFolder, sparse: RunFolder, record: Callable[..., RunFolder], tmp_path: Path
) -> None:
    assert metal_of(run, "cd") == "Cd"
    with pytest.raises(InputError, match="Valid: As"):
        metal_of(run, "Tl")
    assert year_of(run, None) == 2024
    with pytest.raises(InputError, match="2020 to 2024"):
        year_of(run, 2031)
    with pytest.raises(InputError, match="every 2 years"):
        year_of(sparse, 2021)
    with pytest.raises(InputError, match="'begun' holds the states of 2020 to 2020"):
        year_of(record(tmp_path / "begun", until=2020), 2021)
    with pytest.raises(InputError, match=r"rows are 0 \(north\) to 11, columns 0 \(west\) to 9"):
        cell_of(run, 12, 0)
    with pytest.raises(InputError, match="nearest cell with soil is"):
        cell_of(run, 11, 9)  # the corner without soil


def test_the_run_knows_its_region(run: RunFolder, region: Region) -> None:
    assert grid_of(run) == region.grid
    assert control_layer(run) == "top 20 cm"
    assert layer_name(run, 1) == "20-50 cm"
    background = region.background[1, 0] * 1e6
    np.testing.assert_allclose(
        content(run, "Cd", 2020), np.where(region.soil_mask, background, np.nan), rtol=1e-6
    )
    assert pathways_of(run) == [p for process in default_processes() for p in process.pathways]
