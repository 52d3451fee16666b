"""The survey of a region, and a start from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from simulator import Simulation
from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import InputError
from simulator.region import Region, check_region, read_region
from simulator.scenario import Scenario
from simulator.scenario.check import region_problems
from tests.make_region import CELL, CRS, RECORD, X_MIN, Y_MAX

HEADER = "scope,metal,value,low,high,n,unit,year,source,note,confidence\n"
CD, CU, ZN = (METALS.index(m) for m in ("Cd", "Cu", "Zn"))
PADDY = LAND_CLASSES.index("paddy")
SURVEY = {"soil": {"initial_content": "survey"}}


def row(scope: str, metal: str = "Cd", value: float = 0.3, unit: str = "mg/kg") -> str:
    return f"{scope},{metal},{value},,,,{unit},2015,made up,,recalled\n"


def add_survey(folder: Path, file: str = "survey.csv") -> None:
    entries = {"file": file, **RECORD}
    with (folder / "region.toml").open("a", encoding="utf-8") as out:
        out.write("\n[files.survey]\n" + "".join(f'{k} = "{v}"\n' for k, v in entries.items()))


@pytest.fixture
def surveyed(small_region: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the small region with rows of a survey."""

    def make(*rows: str) -> Path:
        folder = Path(shutil.copytree(small_region, tmp_path / "testland", dirs_exist_ok=True))
        add_survey(folder)
        (folder / "survey.csv").write_text(HEADER + "".join(rows), "utf-8")
        return folder

    return make


def start(region: Region, scenario: Scenario) -> np.ndarray:
    """Content at the start, ``[metal, layer, cell]``. [mg/kg]"""
    with Simulation(region, scenario, settle=False) as sim:
        return sim.state.content() * 1e6


def test_scopes_by_hand(surveyed, make_scenario) -> None:
    folder = surveyed(
        row("*", "Cd", 0.2), row("*", "Zn", 50.0), row("land:paddy", "Cd", 0.3),
        row("district:North land:paddy", "Cd", 0.5), row("district:South", "Zn", 90.0),
    )  # fmt: skip
    region = read_region(folder)
    content = start(region, make_scenario(region=str(folder), **SURVEY))
    natural = region.background.reshape(*region.background.shape[:2], -1) * 1e6
    soil = region.soil_mask.reshape(-1)
    north = region.district.reshape(-1) == 1
    with Simulation(region, make_scenario(region=str(folder)), settle=False) as sim:
        share = sim.state.flat("open_share").copy()
    share[LAND_CLASSES.index("water")] = 0.0
    paddy = (share.argmax(axis=0) == PADDY) & (share[PADDY] > 0.0)
    here = soil & np.isfinite(content[0, 0])

    def scaled(metal: int, scope: np.ndarray, value: float) -> np.ndarray:
        return natural[metal, 0] * value / natural[metal, 0, scope & soil].mean()

    zinc = np.where(north, scaled(ZN, soil, 50.0), scaled(ZN, ~north, 90.0))
    cadmium = np.where(paddy, scaled(CD, paddy, 0.3), scaled(CD, soil, 0.2))
    cadmium = np.where(paddy & north, scaled(CD, paddy & north, 0.5), cadmium)
    assert content[ZN, 0, here] == pytest.approx(zinc[here])
    assert content[CD, 0, here] == pytest.approx(cadmium[here])
    assert content[CD, 0, soil & paddy & north].mean() == pytest.approx(0.5)
    # other metals and layers have the background
    assert content[CU, 0, here] == pytest.approx(natural[CU, 0, here])
    assert content[:, 1:, here] == pytest.approx(natural[:, 1:, here])


def test_contrast_between_soils_is_kept(surveyed, make_scenario) -> None:
    folder = surveyed(row("*", "Cd", 0.4))
    region = read_region(folder)
    content = start(region, make_scenario(region=str(folder), **SURVEY))[CD, 0]
    ratio = content / (region.background[CD, 0].reshape(-1) * 1e6)
    assert np.nanmax(ratio) == pytest.approx(np.nanmin(ratio))


def test_without_the_word_a_run_starts_from_the_background(surveyed, make_scenario) -> None:
    folder = surveyed(row("*", "Cd", 0.4))
    region = read_region(folder)
    content = start(region, make_scenario(region=str(folder)))[CD, 0]
    natural = region.background[CD, 0].reshape(-1) * 1e6
    here = np.isfinite(content)
    assert content[here] == pytest.approx(natural[here])
    assert region.survey is not None


def test_a_region_without_survey_cannot_start_from_it(region, make_scenario) -> None:
    (problem,) = region_problems(make_scenario(**SURVEY), region)
    assert "has no survey" in problem.what
    assert "soil.initial_content" in problem.where


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("district:Nort")], ("survey.csv: row 2, scope", "'Nort' is no district", "North")),
        ([row("land:pady")], ("row 2, scope", "no parcel is 'pady'", "paddy")),
        ([row("land:bare")], ("no parcel is 'bare'", "paddy, dryland")),
        ([row("land:water")], ("no parcel is 'water'",)),
        ([row("North")], ("'North'", "'*', 'district:NAME'")),
        ([row("district:")], ("'district:'", "a scope is")),
        ([row("*"), row("*")], ("row 3, scope, metal", "has this metal already")),
        ([row("*", "Fe")], ("metal", "'Fe'", "As, Cd")),
        ([row("*", unit="ug/kg")], ("unit", "'ug/kg'", "mg/kg")),
        ([row("*", value=-1)], ("value", "0 to 100000 mg/kg")),
        ([], ("the table has no rows",)),
    ],
)
def test_what_is_wrong_with_a_survey_is_told(surveyed, rows, words) -> None:
    (problem,) = check_region(surveyed(*rows))
    text = f"{problem.where}: {problem.what}; {problem.rule}; {problem.fix}"
    for word in words:
        assert word in text


# -- maps ------------------------------------------------------------------------------------------


def write_map(folder: Path, values: np.ndarray, names: tuple[str, ...] = METALS) -> None:
    with rasterio.open(
        folder / "survey.tif", "w", driver="GTiff", height=values.shape[1], width=values.shape[2],
        count=len(values), dtype="float32", crs=CRS,
        transform=Affine(CELL, 0.0, X_MIN, 0.0, -CELL, Y_MAX),
    ) as raster:  # fmt: skip
        raster.write(values.astype(np.float32))
        raster.descriptions = names


@pytest.fixture
def mapped(small_region: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
    add_survey(folder, "survey.tif")
    return folder


def test_a_map_is_taken_as_it_is(mapped, make_scenario) -> None:
    rng = np.random.default_rng(1)
    values = rng.uniform(0.1, 90.0, (8, 12, 10)).astype(np.float32)
    values[CD, 2, :] = np.nan
    write_map(mapped, values)
    region = read_region(mapped)
    content = start(region, make_scenario(region=str(mapped), **SURVEY)).reshape(8, 3, 12, 10)
    expected = np.where(np.isnan(values), region.background[:, 0] * 1e6, values)
    here = np.isfinite(content[0, 0])
    assert content[:, 0][:, here] == pytest.approx(expected[:, here], rel=1e-6)
    assert content[:, 1][:, here] == pytest.approx(region.background[:, 1][:, here] * 1e6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: (v, METALS[::-1]), ("bands Zn (float32)", "the bands are As, Cd")),
        (lambda v: (v[:7], METALS[:7]), ("the bands are As, Cd",)),
        (lambda v: (v[:, :-1], METALS), ("11 rows x 10 columns",)),
        (lambda v: (v - 5.0, METALS), ("band As, row 0, col 0", "0 to 100000 mg/kg")),
    ],
)
def test_what_is_wrong_with_a_map_is_told(mapped, change, words) -> None:
    write_map(mapped, *change(np.ones((8, 12, 10))))
    with pytest.raises(InputError) as error:
        read_region(mapped)
    for word in words:
        assert word in str(error.value)


def test_a_file_that_is_no_map_is_told(mapped) -> None:
    (mapped / "survey.tif").write_text("no raster")
    (problem,) = check_region(mapped)
    assert "is no GeoTIFF" in problem.what


def test_paddies_of_wenling_start_from_what_was_found_there() -> None:
    """Zhao et al. 2016: Cd 0.31, Cu 41.1, Ni 33.9, Zn 137 mg/kg, on the mean of these cells."""
    region = read_region("taizhou")
    assert region.survey is not None
    wenling = {v: k for k, v in region.district_names.items()}["Wenling"]
    found = {
        METALS[m.metal]: m.content * 1e6
        for m in region.survey.means
        if m.district == wenling and m.land_class == PADDY
    }
    assert found == pytest.approx({"Cd": 0.31, "Cu": 41.13, "Ni": 33.89, "Zn": 137.03})
    assert [m.rank for m in region.survey.means] == sorted(m.rank for m in region.survey.means)
