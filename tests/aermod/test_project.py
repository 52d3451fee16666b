"""A region as runs of AERMOD."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.aermod.met_files import read_meteorology
from simulator.aermod.project import write_project
from simulator.constants import MODES
from simulator.errors import InputError
from simulator.region import Region, read_region
from simulator.region.meteorology import region_meteorology
from tests.aermod.test_runstream import keyword, statements
from tests.make_schedules import WINTER, add_schedules


@pytest.fixture(scope="module")
def project(region: Region, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("aermod") / "deep" / "project"
    write_project(region, out)
    return out


def test_there_is_a_run_for_each_source_and_mode(project: Path) -> None:
    with (project / "runs.csv").open(encoding="utf-8") as file:
        runs = list(csv.DictReader(file))
    assert [(r["source"], r["mode"]) for r in runs] == [
        (s, m) for s in ("coal-1", "waste-1", "copper-1") for m in MODES
    ]
    for run in runs:
        found = statements(project / run["folder"] / "aermod.inp")
        assert len(keyword(found, "DISCCART")) == int(run["receptors"])
    names = {p.name for p in project.iterdir()}
    assert names == {"README.txt", "runs.csv", "met", *(r["folder"] for r in runs)}
    assert not list(project.parent.glob(".*")), "nothing is left beside"


def test_a_run_says_what_the_region_says(project: Path) -> None:
    text = (project / "copper-1-particle" / "aermod.inp").read_text("ascii")
    assert "1 g/s" in text.splitlines()[1]
    found = statements(project / "copper-1-particle" / "aermod.inp")
    assert keyword(found, "MODELOPT") == [("CONC", "DDEP", "WDEP", "FLAT")]
    ((_, rate, height, temperature, velocity, diameter),) = keyword(found, "SRCPARAM")
    assert (rate, height, temperature, velocity, diameter) == (1.0, 35.0, 353.0, 12.0, 1.4)
    assert sum(keyword(found, "MASSFRAX")[0][1:]) == pytest.approx(1.0)  # type: ignore[arg-type]
    assert keyword(found, "PLOTFILE") == [("PERIOD", "ALL", "period_ALL.txt")]
    assert not keyword(found, "GASDEPOS")
    assert not keyword(found, "EMISFACT")


def test_gases_have_the_land_and_the_seasons_of_their_source(project: Path) -> None:
    hg2, hg0 = (statements(project / f"waste-1-{mode}" / "aermod.inp") for mode in ("hg2", "hg0"))
    assert keyword(hg2, "GASDEPDF")[0][0] != keyword(hg0, "GASDEPDF")[0][0]
    (land,) = keyword(hg2, "GDLANUSE")
    assert len(land) == 36
    assert keyword(hg0, "GDLANUSE") == [land]
    other = statements(project / "coal-1-hg2" / "aermod.inp")
    assert keyword(other, "GDLANUSE") != [land]
    assert keyword(other, "GDSEASON") == keyword(hg2, "GDSEASON")


def test_meteorology_is_that_of_the_region_as_aermet_prints_it(
    project: Path, region: Region
) -> None:
    inp = (project / "coal-1-hg2" / "aermod.inp").read_text()
    assert "SURFFILE  ../met/region.SFC" in inp
    assert "PROFFILE  ../met/region.PFL" in inp
    met = region_meteorology(region)
    read = read_meteorology(project / "met" / "region.SFC", project / "met" / "region.PFL")
    assert len(read) == len(met)
    np.testing.assert_array_equal(read.hour, met.hour)
    np.testing.assert_allclose(read.friction_velocity, met.friction_velocity, atol=5.1e-4)
    np.testing.assert_allclose(read.heat_flux, met.heat_flux, atol=0.051)
    assert read.adjusted_u_star == met.adjusted_u_star


def test_rings_some_sources_and_schedules(small_region: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
    add_schedules(folder, WINTER, {"waste-1": "winter"})
    region = read_region(folder)
    runs = write_project(region, tmp_path / "p", ["waste-1"], "rings")
    assert [r.source for r in runs] == ["waste-1"] * 3
    found = statements(tmp_path / "p" / "waste-1-hg0" / "aermod.inp")
    lines = keyword(found, "EMISFACT")
    assert {line[:2] for line in lines} == {("S002", "MHRDOW")}
    values: list[float] = []
    for line in lines:
        for field in map(str, line[2:]):
            count, _, value = field.rpartition("*")
            values += [float(value)] * int(count or 1)
    factor = np.array(values).reshape(3, 12, 24)
    hours = region_meteorology(region)
    assert factor[0, hours.month - 1, hours.hour - 1].mean() == pytest.approx(1.0, rel=1e-9)
    assert not factor[:, 2:11].any()
    x, y = np.array(keyword(found, "DISCCART"), dtype=float).T
    row = region.sources.iloc[1]
    distance = np.hypot(x - row["x"], y - row["y"])
    assert distance.min() == pytest.approx(20.0, abs=0.001)
    assert np.unique(distance.round()).size * 120 == x.size


def test_ids_that_are_no_names_of_folders_become_numbers(
    small_region: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
    table = pd.read_csv(folder / "sources.csv", dtype=str, keep_default_na=False)
    table.loc[0, "id"] = "../热电厂"
    table.to_csv(folder / "sources.csv", index=False)
    runs = write_project(read_region(folder), tmp_path / "p", ["../热电厂"])
    assert [r.folder for r in runs] == [f"_001-{m}" for m in MODES]
    assert (tmp_path / "p" / "_001-hg2" / "aermod.inp").read_bytes().isascii()


def test_a_project_is_not_replaced_unasked_and_nothing_else_ever(
    region: Region, tmp_path: Path
) -> None:
    out = tmp_path / "p"
    out.mkdir()  # an empty folder is as good as none
    write_project(region, out, ["coal-1"])
    (out / "coal-1-hg2" / "period_ALL.txt").write_text("results")
    with pytest.raises(InputError, match="--overwrite"):
        write_project(region, out, ["coal-1"])
    assert (out / "coal-1-hg2" / "period_ALL.txt").exists()
    write_project(region, out, ["waste-1"], overwrite=True)
    assert not (out / "coal-1-hg2").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["p"]
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("years of work")
    with pytest.raises(InputError, match="no AERMOD project"):
        write_project(region, other, ["coal-1"], overwrite=True)
    with pytest.raises(InputError, match="Did you mean 'coal-1'"):
        write_project(region, tmp_path / "q", ["coal1"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p", "thesis"]


def test_a_project_that_fails_leaves_nothing(
    region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("simulator.aermod.project.write_profile_file", fail)
    with pytest.raises(OSError, match="disk full"):
        write_project(region, tmp_path / "p")
    assert not list(tmp_path.iterdir())
