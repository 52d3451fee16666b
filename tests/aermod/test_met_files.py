"""Meteorology: what AERMET printed is read, and written again digit by digit."""

from __future__ import annotations

import gzip
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.aermod.met_files import read_meteorology
from simulator.aermod.met_write import write_profile_file, write_surface_file
from simulator.errors import InputError
from simulator.physics.dispersion.meteorology import Meteorology
from tests.aermod.places import FULL, SMALL

MET = SMALL / "met"
#: latitude, longitude and stations of the headers
HEADERS = {
    "UNIT_DEV": (35.0, -90.0, "99999", "99999", "SYNTHET", ("CCVR_Sub", "TEMP_Sub")),
    "HOUSTON": (29.967, -95.35, "3937", "722430", "", ("CCVR_Sub", "TEMP_Sub")),
    "LOVETT": (41.3, -74.0, "14735", "14735", "LOVETT", ("CCVR_Sub",)),
    "MATSU": (26.169, 119.923, "99998", "", "467990", ("CCVR_Sub", "TEMP_Sub")),
}
PAIRS = [(MET / f"{n}.SFC", MET / f"{n}.PFL") for n in ("UNIT_DEV", "HOUSTON_12H", "LOVETT_12H")]
LARGE = [
    (FULL / "met" / f"{n}.SFC.gz", FULL / "met" / f"{n}.PFL.gz")
    for n in ("HOUSTON_1996", "LOVETT_1988", "MATSU_2020_2021")
]


def text(path: Path) -> list[str]:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()


def assert_equal(a: Meteorology, b: Meteorology) -> None:
    for name, value in vars(a).items():
        np.testing.assert_array_equal(value, getattr(b, name), err_msg=name)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Copies of the synthetic hours that a test may change."""
    for name in ("UNIT_DEV.SFC", "UNIT_DEV.PFL"):
        (tmp_path / name).write_bytes((MET / name).read_bytes())
    return tmp_path / "UNIT_DEV.SFC", tmp_path / "UNIT_DEV.PFL"


def change(path: Path, line: int, old: str, new: str) -> None:
    lines = path.read_text().splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n")


def test_columns_arrive_under_their_names() -> None:
    met = read_meteorology(MET / "HOUSTON_12H.SFC", MET / "HOUSTON_12H.PFL")
    assert len(met) == 12
    assert met.adjusted_u_star
    assert not met.bulk_richardson
    assert (met.year[1], met.month[1], met.day[1], met.hour[1]) == (1996, 1, 1, 2)
    assert met.heat_flux[1] == -21.5
    assert met.friction_velocity[1] == 0.222
    assert met.convective_velocity[1] == -9.0
    assert met.convective_height[1] == -999.0
    assert met.mechanical_height[1] == 251.0
    assert met.obukhov_length[1] == 54.1
    assert met.roughness[1] == 0.15
    assert met.bowen_ratio[1] == 0.7
    assert met.albedo[1] == 1.0
    assert (met.wind_speed[1], met.wind_direction[1], met.wind_height[1]) == (2.1, 28.0, 6.1)
    assert (met.temperature[1], met.temperature_height[1]) == (287.5, 2.0)
    assert (met.precipitation_code[1], met.precipitation[1]) == (0, 0.0)
    assert (met.relative_humidity[1], met.pressure[1], met.cloud[1]) == (100.0, 997.0, 10.0)


def test_levels_arrive_with_their_hours() -> None:
    met = read_meteorology(MET / "UNIT_DEV.SFC", MET / "UNIT_DEV.PFL")
    assert len(met) == 48
    assert met.level_height.shape == (48, 3)
    (three,) = np.flatnonzero((met.day == 2) & (met.hour == 15))
    assert met.level_count[three] == 3
    assert met.level_height[three].tolist() == [10.0, 50.0, 100.0]
    assert met.level_speed[three].tolist() == [2.0, 2.8, 3.1]
    assert met.level_direction[three].tolist() == [270.0, 275.0, 280.0]
    assert met.level_temperature[three].tolist() == [21.85, 21.2, 20.6]
    assert met.level_sigma_a[three].tolist() == [28.0, 22.0, 18.0]
    assert met.level_sigma_w[three].tolist() == [0.55, 0.8, 0.95]
    assert met.level_count[0] == 1
    assert met.level_height[0].tolist() == [10.0, 0.0, 0.0]
    assert met.level_direction[0].tolist() == [270.0, 999.0, 999.0]
    assert met.level_speed[0].tolist() == [4.0, 99.0, 99.0]


@pytest.mark.parametrize("pair", PAIRS + LARGE, ids=lambda p: p[0].name)
def test_lines_are_those_of_aermet(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Header, every number in its column, every level; only the trailing flags are not kept."""
    if not pair[0].exists():
        pytest.skip(f"{pair[0]} is not there")
    met = read_meteorology(*pair)
    key = next(k for k in HEADERS if pair[0].name.startswith(k))
    latitude, longitude, upper, surface, site, words = HEADERS[key]
    out = tmp_path / "o.SFC", tmp_path / "o.PFL"
    write_surface_file(
        met, out[0], latitude=latitude, longitude=longitude, upper_air_id=upper,
        surface_id=surface, site_id=site, substitutions=words,
    )  # fmt: skip
    write_profile_file(met, out[1])
    was, now = text(pair[0]), text(out[0])
    assert now[0].rstrip() == was[0].rstrip()
    assert [line[:155] for line in now[1:]] == [line[:155] for line in was[1:]]
    assert text(out[1]) == text(pair[1])
    assert_equal(read_meteorology(*out), met)


@pytest.mark.slow
@pytest.mark.parametrize("pair", LARGE, ids=lambda p: p[0].name)
def test_a_year_is_read_in_seconds(pair: tuple[Path, Path]) -> None:
    if not pair[0].exists():
        pytest.skip(f"{pair[0]} is not there")
    start = time.process_time()  # the machine may be busy
    read_meteorology(*pair)
    assert time.process_time() - start < 5.0  # 0.4 on a quick machine


def test_packed_files_read_alike(files: tuple[Path, Path]) -> None:
    plain = read_meteorology(*files)
    packed = []
    for path in files:
        packed.append(path.with_name(path.name + ".gz"))
        packed[-1].write_bytes(gzip.compress(path.read_bytes()))
    assert_equal(read_meteorology(*packed), plain)


def test_days_are_picked(files: tuple[Path, Path]) -> None:
    met = read_meteorology(*files, first_day=date(2010, 7, 2))
    assert met.day.tolist() == [2] * 24
    assert read_meteorology(*files, last_day=date(2010, 7, 1)).day.tolist() == [1] * 24
    with pytest.raises(InputError, match=r"from 2011-01-01 to its end.*20100701 to 20100702"):
        read_meteorology(*files, first_day=date(2011, 1, 1))


def test_twenty_columns_suffice(files: tuple[Path, Path]) -> None:
    """As for concentration; flags may follow."""
    lines = files[0].read_text().splitlines()
    for extra in ("", " NAD-SFC NoSubs"):
        cut = [lines[0], *(" ".join(line.split()[:20]) + extra for line in lines[1:])]
        files[0].write_text("\n".join(cut))
        met = read_meteorology(*files)
        assert set(met.precipitation_code) == {99}
        assert set(met.precipitation) == {-9.0}
        assert set(met.relative_humidity) == {999.0}
        assert set(met.pressure) == {99999.0}
        assert set(met.cloud) == {99.0}


def test_headers_recur_and_years_have_two_digits_or_four(files: tuple[Path, Path]) -> None:
    plain = read_meteorology(*files)
    lines = files[0].read_text().splitlines()
    long = ["20" + line for line in lines[1:]]
    files[0].write_text("\n".join([lines[0], *long[:24], lines[0], "", *long[24:], ""]))
    assert_equal(read_meteorology(*files), plain)
    flagged = lines[0].replace("24142", "24142  ADJ_U* BULKRN")
    files[0].write_text("\n".join([flagged, *lines[1:]]))
    met = read_meteorology(*files)
    assert met.adjusted_u_star
    assert met.bulk_richardson


SURFACE_FAULTS = {
    "word": (4, "0.068", "x.068", r"UNIT_DEV.SFC: line 4, u\*: 'x.068' is no number"),
    "infinite": (4, "0.068", "  inf", r"line 4, u\*: 'inf' is no number"),
    "underscore": (4, "0.068", "0_068", r"line 4, u\*: '0_068' is no number"),
    "month": (5, "10  7  1", "10 13  1", r"line 5: there is no such hour"),
    "day": (5, "10  7  1", "10  6 31", r"line 5: there is no such hour"),
    "half a day": (5, "10  7  1", "10  7 1.5", r"line 5: a date or code is broken"),
    "order": (6, "182  5", "182  3", r"line 6: the hour is not after the last"),
    "shift": (2, "182  1", "182 24", r"line 3: the hour is not after the last"),
    "few": (
        7,
        "    70.  1010.     5 NAD-SFC NoSubs",
        "",
        r"line 7: 22 fields; an hour has 25 numbers, or 20",
    ),
}


@pytest.mark.parametrize("fault", SURFACE_FAULTS.values(), ids=SURFACE_FAULTS)
def test_faults_of_the_surface_file_are_named(
    files: tuple[Path, Path], fault: tuple[int, str, str, str]
) -> None:
    line, old, new, message = fault
    change(files[0], line, old, new)
    with pytest.raises(InputError, match=message):
        read_meteorology(*files)


PROFILE_FAULTS = {
    "word": (3, "1.50", "1.5o", r"UNIT_DEV.PFL: line 3, wind speed: '1.5o' is no number"),
    "flag": (3, "10.0 1", "10.0 2", r"line 3: the top flag is neither 0 nor 1"),
    "open": (3, "10.0 1", "10.0 0", r"line 4: the date changes before the highest level"),
    "hour": (3, "1  3", "1 25", r"line 3: there is no such hour"),
    "other hour": (3, "1  3", "1 13", r"hour 2010070113 .*SFC has 2010070103 in line 4"),
    "few": (3, "99.00    99.00", "99.00", r"line 3: 10 fields; a level has 11 numbers"),
}  # fmt: skip


@pytest.mark.parametrize("fault", PROFILE_FAULTS.values(), ids=PROFILE_FAULTS)
def test_faults_of_the_profile_file_are_named(
    files: tuple[Path, Path], fault: tuple[int, str, str, str]
) -> None:
    line, old, new, message = fault
    change(files[1], line, old, new)
    with pytest.raises(InputError, match=message):
        read_meteorology(*files)


def test_levels_ascend(files: tuple[Path, Path]) -> None:
    lines = files[1].read_text().splitlines()
    (fifty,) = [n for n, line in enumerate(lines, 1) if "2 15    50.0" in line]
    change(files[1], fifty, " 50.0", "  5.0")
    with pytest.raises(InputError, match=f"line {fifty}: the level is not above the last"):
        read_meteorology(*files)


def test_cut_files_are_named(files: tuple[Path, Path]) -> None:
    surface, profile = (p.read_text().splitlines() for p in files)
    files[1].write_text("\n".join(profile[:20]))
    with pytest.raises(InputError, match=r"UNIT_DEV.SFC: line 22: hours .* ends after 20 hours"):
        read_meteorology(*files)
    files[1].write_text("\n".join(profile))
    files[0].write_text("\n".join(surface[:11]))
    with pytest.raises(InputError, match=r"UNIT_DEV.PFL: line 11: hours .* ends after 10 hours"):
        read_meteorology(*files)


def test_all_that_is_wrong_is_told_at_once(files: tuple[Path, Path]) -> None:
    change(files[0], 4, "0.068", "x.068")
    change(files[1], 3, "1.50", "1.5o")
    with pytest.raises(InputError) as error:
        read_meteorology(*files)
    assert len(error.value.problems) == 2


def test_exchanged_missing_and_damaged_files(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no header with VERSION.*exchanged"):
        read_meteorology(files[1], files[0])
    with pytest.raises(InputError, match="not there"):
        read_meteorology(tmp_path / "no.SFC", files[1])
    cut = tmp_path / "cut.SFC.gz"
    cut.write_bytes(gzip.compress(files[0].read_bytes())[:-200])
    with pytest.raises(InputError, match=r"cut.SFC.gz: cannot be read"):
        read_meteorology(cut, files[1])
    empty = tmp_path / "empty"
    empty.write_text("")
    with pytest.raises(InputError, match="no header"):
        read_meteorology(empty, files[1])
    with pytest.raises(InputError, match="has no levels"):
        read_meteorology(files[0], empty)


def test_a_bomb_is_not_unpacked(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.aermod.met_files.MAX_MET", 2**20)
    bomb = tmp_path / "bomb.SFC.gz"
    bomb.write_bytes(gzip.compress(b" " * 2**23))
    with pytest.raises(InputError, match="unpacks to more than 1 MiB"):
        read_meteorology(bomb, files[1])


def test_values_that_do_not_fit_are_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    met = read_meteorology(*files)
    out = tmp_path / "o.SFC"
    with pytest.raises(InputError, match="latitude"):
        write_surface_file(met, out, latitude=95.0, longitude=0.0)
    with pytest.raises(InputError, match="8 characters"):
        write_surface_file(met, out, latitude=5.0, longitude=0.0, site_id="A B")
    met.mechanical_height[3] = 123456.0
    with pytest.raises(InputError, match=r"2010-07-01 hour 4: a value does not fit"):
        write_surface_file(met, out, latitude=5.0, longitude=0.0)
    met.level_speed[0, 0] = 1e7
    with pytest.raises(InputError, match="hour 1: a value does not fit"):
        write_profile_file(met, out)
    met.year[:] = 2050
    with pytest.raises(InputError, match="1950 to 2049"):
        write_profile_file(met, out)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(-9990, 9990),
            st.integers(0, 8999),
            st.integers(0, 3000),
            st.integers(0, 3600),
            st.integers(1, 4),
        ),
        min_size=1,
        max_size=40,
    ),
    year=st.integers(1950, 2049),
)
def test_printed_digits_survive(
    rows: list[tuple[int, int, int, int, int]],
    year: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Write, read: the same numbers if they have AERMET's digits, with any number of levels."""
    base = read_meteorology(MET / "UNIT_DEV.SFC", MET / "UNIT_DEV.PFL")
    met = base.select(slice(0, len(rows)))
    n, levels = len(rows), max(r[4] for r in rows)
    h, u, speed, direction, count = np.array(rows).T
    there = np.arange(levels) < count[:, None]
    table = np.where(there, (np.arange(levels) + 1) * 10.0, 0.0)
    values = {
        "year": np.full(n, year),
        "heat_flux": h / 10.0,
        "friction_velocity": u / 1000.0,
        "wind_speed": speed / 100.0,
        "wind_direction": direction / 10.0,
        "level_count": count,
        "level_height": table,
        "level_direction": np.where(there, direction[:, None] / 10.0, 999.0),
        "level_speed": np.where(there, speed[:, None] / 100.0, 99.0),
        "level_temperature": np.where(there, h[:, None] / 1000.0 // 1 / 1.0, 99.0),
        "level_sigma_a": np.full((n, levels), 99.0),
        "level_sigma_w": np.full((n, levels), 99.0),
    }
    met = Meteorology(**{**vars(met), **values})
    folder = tmp_path_factory.mktemp("met")
    write_surface_file(met, folder / "a.SFC", latitude=-30.0, longitude=110.0)
    write_profile_file(met, folder / "a.PFL")
    assert_equal(read_meteorology(folder / "a.SFC", folder / "a.PFL"), met)
