"""Samples of a region and the maps that explain them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulator.constants import METALS
from simulator.region import Region, check_region, read_region
from tests.make_region import CELL, X_MIN, Y_MAX, add_covariate, add_samples

CD, PB = METALS.index("Cd"), METALS.index("Pb")
HEADER = "site,x,y,year,Cd,Pb"


def row(site: str, row: float, col: float, *fields: object) -> str:
    """A sample in the middle of a cell."""
    place = (site, X_MIN + (col + 0.5) * CELL, Y_MAX - (row + 0.5) * CELL)
    return ",".join(str(f) for f in (*place, *fields))


@pytest.fixture
def sampled(small_region: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the small region with samples."""

    def make(*rows: str, header: str = HEADER) -> Path:
        folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
        add_samples(folder, "\n".join((header, *rows)) + "\n")
        return folder

    return make


def test_samples_by_hand(sampled) -> None:
    header = HEADER + ",zone,elev_m,parent_rock"
    folder = sampled(
        row("a", 2, 3, 2010, "<0.05", 31.5, 2, 12.5, "tuff"),
        row("b", 11, 8, 2010.7, 0.2, "", "", "", ""),
        row("a", 2, 3, 2020, 0.4, 40, 2, 12.5, "tuff"),
        header=header,
    )
    region = read_region(folder)
    samples = region.samples
    assert samples is not None
    assert len(samples) == 3
    assert samples.site == ("a", "b", "a")
    assert samples.year.tolist() == [2010, 2010, 2020]
    assert samples.cell.tolist() == [23, 118, 23]
    assert samples.x == pytest.approx(region.grid.x[samples.cell % 10])
    assert samples.y == pytest.approx(region.grid.y[samples.cell // 10])
    assert samples.content[:, CD] * 1e6 == pytest.approx([0.05, 0.2, 0.4])
    assert samples.content[:, PB] * 1e6 == pytest.approx([31.5, np.nan, 40.0], nan_ok=True)
    assert samples.below[:, CD].tolist() == [True, False, False]
    assert not samples.below[:, PB].any()
    others = [m for m in range(len(METALS)) if m not in (CD, PB)]
    assert np.isnan(samples.content[:, others]).all()  # nobody looked for them
    assert list(samples.covariates) == ["zone", "elev_m", "parent_rock"]
    assert samples.covariates["zone"].to_numpy() == pytest.approx([2, np.nan, 2], nan_ok=True)
    assert samples.covariates["parent_rock"].tolist() == ["tuff", "", "tuff"]


def test_a_sample_on_an_edge_belongs_to_the_cell_south_and_east(sampled) -> None:
    region = read_region(sampled(row("a", 1.5, 2.5, 2010, 0.1, 30)))
    assert region.samples is not None
    samples = region.samples
    found = region.grid.cell_of(float(samples.x[0]), float(samples.y[0]))
    assert found == divmod(int(samples.cell[0]), 10) == (2, 3)


def test_samples_and_maps_are_part_of_the_digest(sampled) -> None:
    def digest(folder: Path) -> str:
        return read_region(folder).digest

    folder = sampled(row("a", 2, 3, 2010, 0.1, 30))
    add_covariate(folder, "zone", np.ones((12, 10), np.int32))
    first = digest(folder)
    text = (folder / "samples.csv").read_text("utf-8")
    (folder / "samples.csv").write_text(text.replace("0.1", "0.2"), "utf-8")
    second = digest(folder)
    shutil.copy(folder / "soil_unit.tif", folder / "zone.tif")
    assert len({first, second, digest(folder)}) == 3


def test_a_region_without_them(region: Region) -> None:
    assert region.samples is None
    assert dict(region.covariates) == {}


def test_maps_by_hand(small_region: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
    zone = np.full((12, 10), 3, np.int32)
    zone[0, 0], zone[0, 1] = 0, -1
    far = np.linspace(-5.0, 5.0, 120, dtype=np.float32).reshape(12, 10)
    add_covariate(folder, "zone", zone, nodata=-1)
    add_covariate(folder, "far", far, nodata=-5.0)
    region = read_region(folder)
    assert set(region.covariates) == {"zone", "far"}
    assert region.covariates["zone"].is_class
    assert not region.covariates["far"].is_class
    expected = np.where(zone < 1, np.nan, zone)
    np.testing.assert_array_equal(region.covariates["zone"].values, expected)
    unknown = np.isnan(region.covariates["far"].values)
    assert unknown[0, 0]
    assert unknown.sum() == 1
    assert region.covariates["far"].values[~unknown] == pytest.approx(far[~unknown])
    assert region.layers["covariates.zone"].file == "zone.tif"
    assert "covariates.far" in region.illustrative


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("a", 1, 1, 2010, "", "")], ("row 2, As to Zn", "has no content")),
        ([row("a", 1, 1, 2010, 0, 30)], ("row 2, Cd", "'0'", "above 0", "<0.05")),
        ([row("a", 1, 1, 2010, -0.1, 30)], ("row 2, Cd", "'-0.1'")),
        ([row("a", 1, 1, 2010, "n.d.", 30)], ("row 2, Cd", "'n.d.'")),
        ([row("a", 1, 1, 2010, "<", 30)], ("row 2, Cd", "'<'")),
        ([row("a", 1, 1, 2010, 0.1, 3e5)], ("row 2, Pb", "up to 100000 mg/kg")),
        ([row("a", 1, 1, "", 0.1, 30)], ("row 2, year", "is blank")),
        ([row("a", -1, 1, 2010, 0.1, 30)], ("row 2, x, y", "off the grid", "order of x and y")),
        ([row("a", 11, 9, 2010, 0.1, 30)], ("row 2, x, y", "no soil in row 11, col 9")),
        (
            [row("a", 1, 1, 2010.2, 0.1, 30), row("a", 1, 1, 2010.9, 0.1, 30)],
            ("row 3, site, year", "a sample of this year already"),
        ),
        (
            [row("a", 1, 1, 2010, 0.1, 30), row("a", 1, 2, 2020, 0.1, 30)],
            ("row 3, x, y", "site 'a' lies elsewhere"),
        ),
        ([], ("the table has no rows",)),
    ],
)
def test_what_is_wrong_with_samples_is_told(sampled, rows, words) -> None:
    (problem,) = check_region(sampled(*rows))
    text = f"{problem.where}: {problem.what}; {problem.rule}; {problem.fix}"
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cd", ("samples.csv: cd", "Write Cd.")),
        ("Fe", ("samples.csv: Fe", "lower-case letters")),
        ("land use", ("samples.csv: land use",)),
    ],
)
def test_a_column_that_may_be_a_mistake_is_refused(sampled, name, words) -> None:
    header = f"site,x,y,year,Pb,{name}"
    (problem,) = check_region(sampled(row("a", 1, 1, 2010, 30, 1), header=header))
    text = f"{problem.where}: {problem.what}; {problem.rule}; {problem.fix}"
    for word in words:
        assert word in text


@pytest.mark.parametrize("value", ["industrial", "2.5", "0"])
def test_a_column_fits_the_map_of_its_name(sampled, value) -> None:
    folder = sampled(
        row("a", 1, 1, 2010, 0.1, 30, 2), row("b", 1, 2, 2010, 0.1, 30, value),
        header=HEADER + ",zone",
    )  # fmt: skip
    assert check_region(folder) == []
    add_covariate(folder, "zone", np.ones((12, 10), np.int32))
    (problem,) = check_region(folder)
    assert "samples.csv: row " in problem.where
    assert "zone" in problem.where
    assert "codes of the map" in problem.rule


@pytest.mark.parametrize(
    ("entry", "other", "words"),
    [
        ('kind = "class"', 'kind = "code"', ("covariates.zone.kind", "number")),
        ('file = "zone.tif"', 'file = "no.tif"', ("covariates.zone.file", "'no.tif' is not there")),
        ("[covariates.zone]", "[covariates.Zone]", ("covariates.Zone", "a-z, 0-9 and _")),
        ('kind = "class"', 'kind = "number"', ("zone.tif", "the data type is float32")),
    ],
)
def test_what_is_wrong_with_a_map_is_told(
    small_region: Path, tmp_path: Path, entry: str, other: str, words: tuple[str, ...]
) -> None:
    folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
    add_covariate(folder, "zone", np.ones((12, 10), np.int32))
    text = (folder / "region.toml").read_text("utf-8")
    (folder / "region.toml").write_text(text.replace(entry, other), "utf-8")
    (problem,) = check_region(folder)
    text = f"{problem.where}: {problem.what}; {problem.rule}; {problem.fix}"
    for word in words:
        assert word in text
