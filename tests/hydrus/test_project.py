"""HYDRUS's input files: those of the reference cases come back, and other columns fit."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import InputError
from simulator.hydrus import project
from simulator.hydrus.case_read import read_case
from simulator.hydrus.number_text import field, join, number
from simulator.hydrus.project import write_case, write_project
from simulator.physics.percolation.column import Bottom, Column, Top, Weather
from tests.hydrus.places import (
    DEEP,
    FULL_CASES,
    GROWTH,
    LOAM,
    PADDY,
    SMALL,
    SMALL_CASES,
    TRACER,
    two_solutes,
)


def column_of(name: str) -> Column:
    return read_case(SMALL / name).column


def after(lines: list[str], heading: str) -> list[str]:
    """Fields of the line behind one that begins with a heading."""
    return lines[next(i for i, line in enumerate(lines) if line.startswith(heading)) + 1].split()


def selector(column: Column, folder: Path, **options: object) -> list[str]:
    write_project(column, folder / "run", **options)  # type: ignore[arg-type]
    return (folder / "run" / "SELECTOR.IN").read_text().splitlines()


@pytest.mark.parametrize("path", SMALL_CASES + FULL_CASES)
def test_the_files_of_a_case_come_back(path: Path, tmp_path: Path) -> None:
    """Character by character, what HYDRUS was given."""
    write_case(read_case(path), tmp_path / "run")
    given = {p.name.removesuffix(".gz"): p for p in (path / "hydrus").iterdir()}
    assert {p.name for p in (tmp_path / "run").iterdir()} == set(given)
    for name, file in given.items():
        data = file.read_bytes()
        text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
        assert (tmp_path / "run" / name).read_text() == text, name


def test_several_solutes(tmp_path: Path) -> None:
    write_case(read_case(two_solutes(tmp_path)), tmp_path / "run")
    lines = (tmp_path / "run" / "SELECTOR.IN").read_text().splitlines()
    assert " ".join(after(lines, "lWat")) == "t t f t f t f f t t f"
    assert " ".join(after(lines, "Epsi")) == "0.5 t f f 0 0.001 20 2 2 t 0 f"
    first, second = (i for i, line in enumerate(lines) if line.startswith("Ks Nu Beta"))
    rest = ["0"] * 11
    assert lines[first - 1].split() == ["0.6", "0"]
    assert [line.split() for line in lines[first + 1 : first + 3]] == [
        ["30", "0", "0.8", *rest], ["12.5", "0", "0.8", *rest],
    ]  # fmt: skip
    assert [line.split() for line in lines[second + 1 : second + 3]] == [
        ["600", "0.6", "1", *rest], ["600", "0.3", "1", *rest],
    ]  # fmt: skip
    assert after(lines, "kTopSolute") == ["-1", "0", "0.25", "0", "0", "0"]
    assert after(lines, "tPulse") == ["273"]
    assert after(lines, "Model cRootMax") == ["0", "0", "0.01", "1"]
    nodes = (tmp_path / "run" / "PROFILE.DAT").read_text().splitlines()
    assert nodes[2].split()[:4] == ["33", "2", "2", "1"]
    assert [float(v) for v in nodes[4].split()[-3:]] == [20.0, 0.1, 0.5]
    records = (tmp_path / "run" / "ATMOSPH.IN").read_text().splitlines()
    assert records[8].endswith("tTop tBot Ampl cTop cBot cTop cBot")
    assert records[10].split()[-7:] == ["20", "20", "0", "0.001", "0", "0.25", "0"]


def test_boundaries_in_the_signs_of_hydrus(tmp_path: Path) -> None:
    column = replace(column_of(LOAM), top=Top("flux", 0.7), bottom=Bottom("flux", 0.2))
    lines = selector(column, tmp_path)
    assert after(lines, "TopInf") == ["f", "f", "-1", "f"]
    assert after(lines, "BotInf") == ["f", "f", "f", "f", "-1", "f", "0"]
    assert after(lines, "rTop") == ["-0.7", "-0.2", "0"]


def test_heads_that_ends_are_held_at_are_those_of_their_nodes(tmp_path: Path) -> None:
    column = replace(column_of(LOAM), top=Top("head", 2.5), bottom=Bottom("head", -30.0))
    lines = selector(column, tmp_path)
    assert after(lines, "TopInf")[2] == after(lines, "BotInf")[4] == "1"
    nodes = (tmp_path / "run" / "PROFILE.DAT").read_text().splitlines()[3:104]
    heads = [float(line.split()[2]) for line in nodes]
    assert (heads[0], heads[1], heads[-1]) == (2.5, -1000.0, -30.0)
    assert column.head[0] == 1.0


def test_defaults_tables_and_observation_depths(tmp_path: Path) -> None:
    lines = selector(
        column_of(LOAM), tmp_path, title="Böden\nx" + 80 * "y", hydraulic_tables=True,
        observation_depths=[20.4, 50.0],
    )  # fmt: skip
    assert after(lines, "hTab1") == ["1e-06", "10000"]
    assert after(lines, "TPrint") == ["1.5"]
    assert after(lines, "NMat") == ["1", "1", "1"]
    assert lines[3] == "B?den x" + 63 * "y"
    nodes = (tmp_path / "run" / "PROFILE.DAT").read_text().splitlines()
    assert nodes[-2:] == [" 2", "21 51"]


def test_records_before_the_start_are_left_out(tmp_path: Path) -> None:
    column = replace(column_of(DEEP), start=100.0)
    write_project(column, tmp_path / "run")
    lines = (tmp_path / "run" / "ATMOSPH.IN").read_text().splitlines()
    assert after(lines, "MaxAL") == ["173"]
    assert after(lines, "tAtm")[0] == "101"


def test_rain_without_concentrations_is_clean(tmp_path: Path) -> None:
    column = read_case(two_solutes(tmp_path)).column
    assert column.weather is not None
    weather = replace(column.weather, concentration=np.zeros((0, 0)))
    write_project(replace(column, weather=weather), tmp_path / "run")
    lines = (tmp_path / "run" / "ATMOSPH.IN").read_text().splitlines()
    assert after(lines, "tAtm")[-4:] == ["0", "0", "0", "0"]


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    assert [number(v) for v in (0.1, 1 / 3, 1e30, -0.0, 1234567.5, np.float64(2.0))] == [
        "0.1", "0.3333333333333333", "1e+30", "0", "1234567.5", "2",
    ]  # fmt: skip
    assert join((1, "t", 0.5)) == " 1 t 0.5"
    assert field(-1000.0, "15.6e") == "  -1.000000e+03"
    column = column_of(PADDY)
    assert column.weather is not None
    column = replace(
        column,
        head=np.full(101, -100.0 / 3.0),
        weather=replace(column.weather, rain=np.full(121, 1.0 / 7.0)),
    )
    write_project(column, tmp_path / "run")
    nodes = (tmp_path / "run" / "PROFILE.DAT").read_text().splitlines()
    assert float(nodes[9].split()[2]) == -100.0 / 3.0
    records = (tmp_path / "run" / "ATMOSPH.IN").read_text().splitlines()
    assert float(records[9].split()[1]) == 1.0 / 7.0


def transpiring(column: Column, *rates: float) -> Column:
    """Column with roots and weather under a top of its own."""
    zero = np.zeros(len(rates))
    end = np.linspace(column.start, column.stop, len(rates) + 1)[1:]
    return replace(column, weather=Weather(end, zero, zero, np.array(rates)))


def test_one_rate_of_transpiration_under_a_constant_flux(tmp_path: Path) -> None:
    column = transpiring(replace(column_of(PADDY), top=Top("flux", 0.4)), 0.3)
    lines = selector(column, tmp_path)
    assert after(lines, "rTop") == ["-0.4", "0", "0.3"]
    assert not (tmp_path / "run" / "ATMOSPH.IN").exists()


def refused(column: Column, folder: Path, **options: object) -> str:
    """What is said when a project cannot be written."""
    with pytest.raises(InputError) as caught:
        write_project(column, folder / "run", **options)  # type: ignore[arg-type]
    assert not (folder / "run").exists()
    return str(caught.value)


def test_transpiration_that_hydrus_cannot_take(tmp_path: Path) -> None:
    flux = replace(column_of(PADDY), top=Top("flux", 0.4))
    head = replace(column_of(PADDY), top=Top("head", 1.0))
    assert "run: weather.transpiration: 0.1 to 0.3 cm d-1 under a top of flux" in refused(
        transpiring(flux, 0.3, 0.1), tmp_path
    )
    assert "0.3 to 0.3 cm d-1 under a top of head" in refused(transpiring(head, 0.3), tmp_path)
    write_project(transpiring(head, 0.0, 0.0), tmp_path / "run")


def test_weather_that_hydrus_cannot_take(tmp_path: Path) -> None:
    column = column_of(PADDY)
    assert "an atmospheric top needs weather" in refused(replace(column, weather=None), tmp_path)
    assert "weather: it ends at 121 d; HYDRUS-1D stops with it" in refused(
        replace(column, stop=200.0), tmp_path
    )


def test_what_only_our_columns_have_is_refused(tmp_path: Path) -> None:
    column, paddy = column_of(TRACER), column_of(PADDY)
    assert "the column has tillage" in refused(replace(column, tillage=20.0), tmp_path)
    (tracer,) = column.solutes
    fed = replace(tracer, source=np.zeros((1, column.profile.depth.size)))
    assert "sources of solutes" in refused(replace(column, solutes=(fed,)), tmp_path)
    assert paddy.weather is not None
    falling = replace(paddy.weather, bund=np.linspace(8.0, 0.0, paddy.weather.end.size))
    assert "a bund that changes" in refused(replace(paddy, weather=falling), tmp_path)


def test_pulses_that_hydrus_cannot_take(tmp_path: Path) -> None:
    column = column_of(TRACER)
    (tracer,) = column.solutes
    two = replace(column, solutes=(tracer, replace(tracer, pulse=2.0)))
    assert "one tPulse for all" in refused(two, tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"print_times": [1.0, 0.5]}, "print times: 1, 0.5; they increase and lie after 0, up to"),
        ({"print_times": [2.0]}, "up to 1.5 d"),
        ({"subregions": [(0.0, 20.0), (30.0, 100.0)]}, "0 to 20, 30 to 100 cm; they follow each"),
        ({"subregions": [(0.0, 20.0)]}, "from 0 to 100 cm without gaps"),
        ({"observation_depths": [5.0] * 101}, "101 observation depths; HYDRUS-1D has room for 100"),
    ],
)
def test_reports_that_hydrus_cannot_make(
    tmp_path: Path, options: dict[str, object], said: str
) -> None:
    assert said in refused(column_of(LOAM), tmp_path, **options)


def test_a_project_is_replaced_when_asked_and_other_folders_never(tmp_path: Path) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    write_project(column_of(PADDY), run)
    with pytest.raises(InputError, match="ask to overwrite"):
        write_project(column_of(LOAM), run)
    assert (run / "ATMOSPH.IN").exists()
    write_project(column_of(LOAM), run, overwrite=True)
    assert not (run / "ATMOSPH.IN").exists()
    other.mkdir()
    write_project(column_of(LOAM), other)
    (other / "SELECTOR.IN").unlink()
    with pytest.raises(InputError, match="is no project of HYDRUS-1D"):
        write_project(column_of(LOAM), other, overwrite=True)
    assert {p.name for p in tmp_path.iterdir()} == {"run", "other"}


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    write_project(column_of(GROWTH), run)
    before = (run / "SELECTOR.IN").read_text()

    def broken(*_: object) -> None:
        raise OSError("disk is full")

    monkeypatch.setattr(project, "profile_lines", broken)
    with pytest.raises(OSError, match="disk is full"):
        write_project(column_of(LOAM), run, overwrite=True)
    assert (run / "SELECTOR.IN").read_text() == before
    assert {p.name for p in tmp_path.iterdir()} == {"run"}
