"""Plot and post files of AERMOD: numbers, receptors and what the header says."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.aermod.case_read import read_case, read_results
from simulator.aermod.plot_file import read_plot_file, read_post_file
from simulator.errors import InputError
from tests.aermod.places import SMALL

PLOT = SMALL / "plot"
COLUMNS = {"CONC": "conc_ug_m3", "DEPOS": "depos_g_m2", "DDEP": "ddep_g_m2", "WDEP": "wdep_g_m2"}


@pytest.fixture(scope="module")
def results() -> dict[str, pd.DataFrame]:
    return read_results(read_case(SMALL / "unit_method2"))


def copy(name: str, folder: Path, *changes: tuple[str, str]) -> Path:
    text = (PLOT / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text)
    return path


def test_period_file_with_exponents(results: dict[str, pd.DataFrame]) -> None:
    plot = read_plot_file(PLOT / "period_exp.txt")
    assert (plot.version, plot.title) == ("24142", "unit_method2")
    assert (plot.group, plot.period, plot.count) == ("CD60", "PERIOD", 48)
    assert "DRYDPLT" in plot.options
    assert plot.units == {"CONC": "ug/m3", "DEPOS": "g/m2", "DDEP": "g/m2", "WDEP": "g/m2"}
    assert plot.x.tolist() == [100.0, 1000.0, 5000.0, 1000.0]
    assert plot.y.tolist() == [0.0, 0.0, 0.0, 100.0]
    table = results["period"].query("group == 'CD60'")
    for name, column in COLUMNS.items():
        assert plot.values[name] == pytest.approx(table[column].to_numpy(), rel=1e-5)


def test_period_file_with_fixed_digits(results: dict[str, pd.DataFrame]) -> None:
    plot = read_plot_file(PLOT / "period_fix.txt")
    assert list(plot.values) == ["CONC"]
    table = results["period"].query("group == 'NI10'")
    assert plot.values["CONC"] == pytest.approx(table["conc_ug_m3"].to_numpy(), abs=1e-5)


def test_annual_file() -> None:
    plot = read_plot_file(PLOT / "annual_exp.txt")
    assert (plot.period, plot.count) == ("ANNUAL", 1)
    assert list(plot.values) == ["DDEP", "WDEP"]


def test_post_files(results: dict[str, pd.DataFrame]) -> None:
    hourly = results["hourly"].query("group == 'CD60' and yymmddhh <= 10070104")
    post = read_post_file(PLOT / "post_exp.txt")
    assert (post.group, post.period) == ("CD60", "1-HR")
    assert post.time.tolist() == [10070101, 10070102, 10070103, 10070104]
    assert post.x.tolist() == [100.0, 1000.0, 5000.0, 1000.0]
    for name, column in COLUMNS.items():
        table = hourly[column].to_numpy().reshape(4, 4)
        np.testing.assert_allclose(post.values[name], table, rtol=1e-5)
    fixed = read_post_file(PLOT / "post_fix.txt")
    assert list(fixed.values) == ["CONC"]
    np.testing.assert_allclose(fixed.values["CONC"], post.values["CONC"], atol=6e-6)


def test_packed_files_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "p.txt.gz"
    path.write_bytes(gzip.compress((PLOT / "period_exp.txt").read_bytes()))
    np.testing.assert_array_equal(
        read_plot_file(path).values["CONC"], read_plot_file(PLOT / "period_exp.txt").values["CONC"]
    )


def test_exponents_of_three_digits(tmp_path: Path) -> None:
    """Fortran prints 0.123456-105 for 0.123456E-105."""
    path = copy("post_exp.txt", tmp_path, (" 0.000000E+00", " 0.123456-105"))
    post = read_post_file(path)
    assert post.values["CONC"][0, 0] == pytest.approx(0.123456e-105, rel=1e-6)
    assert post.values["CONC"][0, 2] == pytest.approx(46.1206)


def test_titles_of_other_alphabets_and_networks(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    data = (PLOT / "period_fix.txt").read_bytes()
    path.write_bytes(data.replace(b"unit_method2", "大气".encode("gbk")))
    assert read_plot_file(path).group == "NI10"


RANKS = "PLOT FILE OF  HIGH   1ST HIGH  1-HR VALUES"
FAULTS = {
    "overflow": ("  11419.40000", "*************", r"line 9, CONC: '\*+' is no.*FILEFORM EXP"),
    "word": (" 0.00     0.00", " 0.0x     0.00", r"line 9, ground: '0.0x' is no number"),
    "nan": ("  11419.40000", "          NaN", r"line 9, CONC"),
    "count": ("OF     4 REC", "OF     5 REC", r"4 receptors, its header says 5"),
    "group": ("PERIOD  NI10  ", "PERIOD  NI11  ", r"line 9: group 'NI11', the header says 'NI10'"),
    "hours": ("00000048", "00000047", r"counts of hours or years differ"),
    "fields": ("POL1", "POL1 and more", r"cannot be read"),
    "no header": ("* AERMOD", "* CALPUF", r"no header of an AERMOD plot"),
    "rank": ("PLOT FILE OF PERIOD VALUES AVERAGED ACROSS   0 YEARS", RANKS, r"no ranks"),
    "columns": ("AVERAGE CONC", "SOMETHING   ", r"no header of an AERMOD plot"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_are_named(tmp_path: Path, fault: tuple[str, str, str]) -> None:
    old, new, message = fault
    with pytest.raises(InputError, match=message):
        read_plot_file(copy("period_fix.txt", tmp_path, (old, new)))


def test_cut_and_mixed_files(tmp_path: Path) -> None:
    text = (PLOT / "post_fix.txt").read_text()
    lines = text.splitlines()
    path = tmp_path / "post.txt"
    path.write_text("\n".join(lines[:-2]))
    with pytest.raises(InputError, match="may be cut"):
        read_post_file(path)
    path.write_text(text[:-60])
    with pytest.raises(InputError, match=r"line 24[,:] "):
        read_post_file(path)
    moved = lines[-1].replace("1000.00000     100", "1000.00000     200")
    path.write_text("\n".join([*lines[:-1], moved]))
    with pytest.raises(InputError, match=r"hour 10070104 .* has other receptors"):
        read_post_file(path)
    path.write_text("\n".join([*lines, lines[-1] + " more fields than columns"]))
    with pytest.raises(InputError, match=r"cannot be read|lines"):
        read_post_file(path)
    path.write_text("\n".join(lines[:8]))
    with pytest.raises(InputError, match="has no receptors"):
        read_post_file(path)
    path.write_text("")
    with pytest.raises(InputError, match="no header"):
        read_post_file(path)


def test_the_other_reader_is_named() -> None:
    with pytest.raises(InputError, match="read_post_file"):
        read_plot_file(PLOT / "post_fix.txt")
    with pytest.raises(InputError, match="read_plot_file"):
        read_post_file(PLOT / "period_fix.txt")
