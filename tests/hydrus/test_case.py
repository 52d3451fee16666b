"""Reference cases: what their folders say arrives in the column, and what is wrong is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import InputError
from simulator.hydrus.case import Case, TransportOptions
from simulator.hydrus.case_read import read_case, read_evapotranspiration_case
from simulator.physics.percolation.column import (
    Bottom,
    Feddes,
    Material,
    Numerics,
    RootGrowth,
    Top,
)
from tests.hydrus.places import (
    DEEP,
    FULL,
    FULL_CASES,
    GROWTH,
    LOAM,
    PADDY,
    POTENTIAL_ET,
    SEEPAGE,
    SMALL,
    SMALL_CASES,
    TABLE,
    TRACER,
    change_table,
    copy_case,
    edit,
    two_solutes,
)

#: The defaults of HYDRUS, those of the simulator being tighter.
COARSE = Numerics(dt_min=1e-5, dt_max=5.0, tol_theta=1e-3, tol_h=1.0, max_iter=10)


def problems(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_case(folder)
    return str(caught.value)


@pytest.mark.parametrize("path", SMALL_CASES + FULL_CASES)
def test_every_case_can_be_read_and_fits_its_results(path: Path) -> None:
    case = read_case(path)
    column, results = case.column, case.results
    profile = column.profile
    assert case.id == path.name
    assert column.head.shape == profile.depth.shape == profile.material.shape
    assert profile.depth[-1] == pytest.approx(case.subregions[-1][1])
    assert set(profile.material) == set(range(len(profile.materials)))
    assert case.output_times[-1] == column.stop == case.print_times[-1]
    assert np.all(np.diff(case.output_times) > 0.0)
    assert set(case.print_times) <= set(case.output_times)
    assert results.profiles is not None
    assert results.balance is not None
    first = results.profiles[results.profiles["time"] == column.start]
    assert first["depth"].to_numpy() == pytest.approx(profile.depth)
    assert first["h"].to_numpy() == pytest.approx(column.head, rel=1e-6)
    expected = [column.start, *case.print_times]
    assert results.balance["time"].tolist() == pytest.approx(expected)
    assert (results.solute is not None) == bool(column.solutes)
    for number, solute in enumerate(column.solutes, start=1):
        assert first[f"conc_{number}"].to_numpy() == pytest.approx(solute.initial, rel=1e-6)
    if column.weather is not None:
        assert column.weather.end[-1] >= column.stop
        assert column.weather.concentration.shape == (len(column.solutes), column.weather.end.size)
        assert np.all(column.weather.rain >= 0.0)


def test_a_steady_column_with_a_tracer() -> None:
    case = read_case(SMALL / TRACER)
    column = case.column
    assert case.title.startswith("Tracer pulse of 1 d")
    assert column.top == Top("flux", 5.0)
    assert column.bottom == Bottom("free_drainage")
    assert (column.start, column.stop, case.output_interval) == (0.0, 10.0, 0.05)
    assert case.subregions == ((0.0, 25.0), (25.0, 50.0))
    assert case.observation_depths == (10.0, 25.0)
    assert case.transport == TransportOptions(0.5, 0.0, 0.001, 30, 2.0)
    assert not case.hydraulic_tables
    assert column.profile.materials == (
        Material(0.078, 0.43, 0.036, 1.56, 24.96, 0.5, 1.4, 1.0, "loam"),
    )
    (tracer,) = column.solutes
    assert (tracer.name, tracer.diffusion, tracer.root_limit) == ("tracer", 1.0, 0.0)
    assert (tracer.top_concentration, tracer.pulse) == (1.0, 1.0)
    assert (tracer.kd.tolist(), tracer.beta.tolist(), tracer.eta.tolist()) == ([0.0], [1.0], [0.0])
    assert column.weather is None
    assert column.roots is None
    assert column.numerics == Numerics(dt_max=0.05, max_iter=10)


def test_boundaries_point_down() -> None:
    assert read_case(SMALL / LOAM).column.top == Top("head", 1.0)
    seepage = read_case(SMALL / SEEPAGE).column
    assert (seepage.top, seepage.bottom) == (Top("flux", 0.0), Bottom("seepage", 0.0))
    assert not np.signbit(seepage.top.value)
    assert read_case(SMALL / TABLE).column.bottom == Bottom("head", 0.0)
    deep = read_case(SMALL / DEEP).column
    assert deep.bottom == Bottom("deep_drainage", a=-0.1687, b=-0.02674, level=230.0)
    assert deep.top == Top("atmospheric", h_crit_a=-1e6, h_crit_s=1e30)


def test_a_constant_flux_out_of_the_profile(tmp_path: Path) -> None:
    folder = copy_case(LOAM, tmp_path)
    edit(folder / "case.toml", ('type = "free_drainage"', 'type = "constant_flux"\nflux = -0.3'))
    assert read_case(folder).column.bottom == Bottom("flux", 0.3)


def test_a_paddy() -> None:
    case = read_case(SMALL / PADDY)
    column = case.column
    assert column.profile.air_entry
    assert column.profile.material[[15, 16, 17, 26, 27]].tolist() == [0, 0, 1, 1, 2]
    assert column.top == Top("atmospheric", h_crit_s=8.0, surface_layer=True)
    assert column.roots is not None
    assert column.roots.growth is None
    assert column.roots.feddes == Feddes(0.0, 0.0, -160.0, -250.0, -15000.0, 0.5, 0.1)
    assert column.roots.density[0] == pytest.approx(0.966667)
    assert column.weather is not None
    assert column.weather.rain[:2].tolist() == [0.72, 5.73]
    assert column.weather.concentration.shape == (0, 121)


def test_raw_and_normalised_roots_are_in_proportion(tmp_path: Path) -> None:
    folder = copy_case(PADDY, tmp_path)
    raw = read_case(folder).column.roots
    change_table(folder / "initial_profile.csv", beta_raw=None)
    column = read_case(folder).column
    assert raw is not None
    assert column.roots is not None
    assert np.sum(column.roots.density * column.profile.length) == pytest.approx(1.0, abs=1e-6)
    share = raw.density / np.sum(raw.density * column.profile.length)
    assert column.roots.density == pytest.approx(share, abs=1e-6)


def test_growing_roots() -> None:
    column = read_case(SMALL / GROWTH).column
    assert column.roots is not None
    assert column.roots.growth == RootGrowth(90.0, 273.0, 10.0, 50.0, 365.0)
    assert column.roots.density.tolist() == (column.profile.depth <= 50.0).tolist()


def test_records_of_any_length_and_no_transpiration_without_roots(tmp_path: Path) -> None:
    folder = copy_case(TABLE, tmp_path)
    (folder / "atmosphere.csv").write_text(
        "day,precip_cm_d,pot_evaporation_cm_d,remark\n0.25,4,0,storm\n10,0,0.4,\n75.5,0,0.1,long\n"
    )
    weather = read_case(folder).column.weather
    assert weather is not None
    assert weather.end.tolist() == [0.25, 10.0, 75.5]
    assert weather.rain.tolist() == [4.0, 0.0, 0.0]
    assert weather.transpiration.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["atmosphere.csv", "initial_profile.csv", "tlevel.csv"])
def test_packed_tables(tmp_path: Path, name: str) -> None:
    folder = copy_case(DEEP, tmp_path)
    plain = read_case(folder)
    (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
    (folder / name).unlink()
    packed = read_case(folder)
    assert packed.output_times.tolist() == plain.output_times.tolist()
    assert packed.column.head.tolist() == plain.column.head.tolist()
    assert packed.column.weather is not None
    assert plain.column.weather is not None
    assert packed.column.weather.rain.tolist() == plain.column.weather.rain.tolist()


@pytest.mark.parametrize("path", SMALL_CASES + FULL_CASES)
def test_water_contents_lead_back_to_heads(path: Path, tmp_path: Path) -> None:
    """HYDRUS's own water contents at each print time, as initial ones, give its heads."""
    found = read_case(path).results.profiles
    assert found is not None
    folder = tmp_path / path.name
    folder.mkdir()
    for name in ("case.toml", "atmosphere.csv", "atmosphere.csv.gz", "initial_profile.csv"):
        if (path / name).exists():
            (folder / name).write_bytes((path / name).read_bytes())
    text = (folder / "case.toml").read_text(encoding="utf-8")
    (folder / "case.toml").write_text(text.replace('kind = "h"', 'kind = "theta"'))
    _, last = max(found.groupby("time"), key=lambda group: float(str(group[0])))
    change_table(folder / "initial_profile.csv", h0=None, theta0=last["theta"].to_numpy())
    column = read_case(folder).column
    theta_s = np.array([m.theta_s for m in column.profile.materials])[column.profile.material]
    full = last["theta"].to_numpy() == theta_s
    assert np.all(column.head[full] == (-2.0 if column.profile.air_entry else 0.0))
    # near saturation and residual water a printed digit of theta is much of h
    held = (last["C"].to_numpy() * np.abs(last["h"].to_numpy()) > 1e-3) & ~full
    expected = last["h"].to_numpy()[held]
    assert column.head[held] == pytest.approx(expected, rel=1e-3)


def test_several_solutes(tmp_path: Path) -> None:
    column = read_case(two_solutes(tmp_path)).column
    cd, cu = column.solutes
    assert (cd.kd.tolist(), cd.beta.tolist(), cd.eta.tolist()) == (
        [30.0, 12.5], [0.8, 0.8], [0.0, 0.0],
    )  # fmt: skip
    assert (cu.kd.tolist(), cu.beta.tolist(), cu.eta.tolist()) == (
        [600.0, 600.0], [1.0, 1.0], [0.6, 0.3],
    )  # fmt: skip
    assert cd.initial.tolist() == (np.arange(33) / 10).tolist()
    assert cu.initial.tolist() == [0.5] * 33
    assert (cd.root_limit, cu.root_limit, cd.pulse) == (0.0, 0.01, float("inf"))
    assert column.numerics.upstream
    assert column.weather is not None
    assert column.weather.concentration.tolist() == [
        (np.arange(183) / 1000).tolist(), [0.25] * 183,
    ]  # fmt: skip
    assert [m.bulk_density for m in column.profile.materials] == [1.3, 1.3]


def test_keys_left_out_have_the_defaults_of_hydrus(tmp_path: Path) -> None:
    folder = copy_case(PADDY, tmp_path)
    (folder / "tlevel.csv").unlink()
    text = (folder / "case.toml").read_text()
    drop = ("dt_", "output_", "print_", "max_", "tol_", "it_", "mul_", "hydraulic", "subreg", "l =",
            "h_crit", "surface", "file", "compens", "P0", "Popt", "P2", "P3", "r2", "observ",
            "n_nodes")  # fmt: skip
    keep = [line for line in text.splitlines() if not line.startswith(drop)]
    (folder / "case.toml").write_text("\n".join(keep))
    case = read_case(folder)
    column = case.column
    assert column.numerics == COARSE
    assert column.top == Top("atmospheric", h_crit_a=-1e5)
    assert column.roots is not None
    assert column.roots.feddes == Feddes()
    assert column.profile.materials[0].l == 0.5
    assert case.hydraulic_tables
    assert case.output_interval == 1.0
    assert case.output_times.tolist() == list(range(1, 122))
    assert case.print_times.tolist() == [121.0]
    assert case.subregions == ((0.0, 100.0),)
    assert case.observation_depths == ()


def test_reported_times_without_a_file(tmp_path: Path) -> None:
    folder = copy_case(LOAM, tmp_path)
    (folder / "tlevel.csv").unlink()
    edit(
        folder / "case.toml",
        ("output_interval = 0.02", "output_interval = 0.4"),
        ("print_times = [0.15, 0.3, 0.6, 0.9, 1.2, 1.5]", "print_times = [0.4, 1.2, 1.3]"),
    )
    assert read_case(folder).output_times == pytest.approx([0.4, 0.8, 1.2, 1.3, 1.5])


def test_results_are_frames_of_numbers_and_none_where_absent(tmp_path: Path) -> None:
    folder = copy_case(TRACER, tmp_path)
    for name in ("solute.csv", "balance.csv", "standard_build.csv"):
        (folder / name).unlink()
    results = read_case(folder).results
    assert results.solute is None
    assert results.balance is None
    assert results.annual is None
    assert results.standard_build is None
    assert results.profiles is not None
    assert results.profiles["node"].dtype == np.int64
    assert (results.profiles.drop(columns="node").dtypes == np.float64).all()


def test_keys_that_only_describe_are_passed_over(tmp_path: Path) -> None:
    folder = copy_case(PADDY, tmp_path)
    edit(folder / "case.toml", ('shape = "linear"', 'shape = "linear"\nlai = [1.0, 2.0]\nseen = 3'))
    assert isinstance(read_case(folder), Case)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (LOAM, ("theta_s = 0.43", "theta_S = 0.43"), "Write 'theta_s' if that is meant"),
        (LOAM, ("theta_s = 0.43", "theta_s = 0.05"), "theta_s (0.05) is above theta_r (0.078)"),
        (LOAM, ("n = 1.56", "n = 0.9"), "case.toml: layer 1, n: found 0.9; must be greater than 1"),
        (LOAM, ("t_end = 1.5", "t_end = -1.5"), "t_end (-1.5) comes after t_start (0)"),
        (LOAM, ("[0.15, 0.3,", "[0.3, 0.15,"), "print_times increase"),
        (LOAM, ("dt_min = 1.5e-07", "dt_min = 1"), "dt_min (1) is not above dt_max (0.03)"),
        (LOAM, ("head = 1.0", "surface_layer = false"), "head must be given with type"),
        (LOAM, ('"free_drainage"', '"free_drain"'), "Did you mean 'free_drainage'?"),
        (LOAM, ('"free_drainage"', '"deep_drainage"\naqh = -0.1'), "gwl0 and bqh must be given"),
        (LOAM, ("depth = 100.0", "depth = 90.0"), "it is grid.depth of d01b_ponded_loam/case.toml"),
        (LOAM, ("n_nodes = 101", "n_nodes = 100"), "101 nodes, and d01b_ponded_loam/case.toml"),
        (LOAM, ('file = "init', 'file = "../init'), "may not leave it"),
        (LOAM, ('length_unit = "cm"', 'length_unit = "m"'), "must be one of cm"),
        (PADDY, ("vg_air_entry_2cm", "vg"), "retention_model differs between layers"),
        (PADDY, ("compensation = 1.0", "compensation = 0.5"), "compensation is 1"),
        (PADDY, ("t_end = 121.0", "t_end = 130.0"), "the records last until t_end"),
        (PADDY, ("t_start = 0.0", "t_start = 1.0"), "days increase from row to row, from after"),
        (GROWTH, ("x_max = 50.0", "x_max = 5.0"), "x_max is above x_min"),
        (TRACER, ("dispersivity = 1.0\n", ""), "layer 1, dispersivity: is missing"),
        (TRACER, ("kd = 0.0", "kd = [1.0, 2.0]"), "solute 1, kd: 2 numbers; it is one number, or"),
        (TRACER, ('"Millington-Quirk"', '"Moldrup"'), "must be one of Millington-Quirk"),
        (TRACER, ("beta = 1.0", "beta = 0.0"), "solute 1, beta 1: found 0.0; must be greater"),
        (TRACER, ("initial_concentration = 0.0", "initial_concentration = -1.0"),
         "initial_concentration: found -1.0; concentrations are not negative"),
        (TRACER, ("top_concentration = 1.0", 'top_concentration = "see rain"'),
         "solute 1, top_concentration: 'see rain'; it is a number where"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_description_is_said(
    tmp_path: Path, name: str, change: tuple[str, str], said: str
) -> None:
    folder = copy_case(name, tmp_path)
    edit(folder / "case.toml", change)
    assert said in problems(folder)


@pytest.mark.parametrize(
    ("name", "table", "columns", "said"),
    [
        (LOAM, "initial_profile", {"h0": None}, "has neither h0 nor theta0"),
        (LOAM, "initial_profile", {"layer": 2}, "row 2, layer: value 2 (and 100 more"),
        (PADDY, "initial_profile", {"layer": 1.5}, "layer: not all are whole numbers"),
        (LOAM, "initial_profile", {"depth": 1.0}, "depths begin with 0 and increase"),
        (LOAM, "initial_profile", {"h0": "dry"}, "'dry' is no number (and 100 more rows)"),
        (LOAM, "initial_profile", {"h0": None, "theta0": 0.07}, "row 2, theta0: value 0.07; it is "
         "above theta_r 0.078 and not above theta_s 0.43 of its layer"),
        (PADDY, "atmosphere", {"pot_transpiration_cm_d": None}, "pot_transpiration_cm_d: the"),
        (PADDY, "atmosphere", {"precip_cm_d": -1.0}, "row 2, precip_cm_d: value -1 (and 120 more"),
        (PADDY, "atmosphere", {"day": 1}, "days increase from row to row"),
        (PADDY, "initial_profile", {"beta_raw": 0.0}, "has roots above the lowest node"),
        (PADDY, "initial_profile", {"beta_raw": None, "beta_normalised": None}, "beta_normalised: "
         "the column is missing"),
        (PADDY, "tlevel", {"vBot": "?"}, "tlevel.csv: vBot: holds what is no number"),
        (PADDY, "tlevel", {"time": None}, "tlevel.csv: time: the column is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_table_is_said(
    tmp_path: Path, name: str, table: str, columns: dict[str, object], said: str
) -> None:
    folder = copy_case(name, tmp_path)
    change_table(folder / f"{table}.csv", **columns)
    text = problems(folder)
    assert f"{name}/{table}.csv" in text
    assert said in text


def test_files_that_are_missing_or_broken_are_named(tmp_path: Path) -> None:
    folder = copy_case(PADDY, tmp_path)
    (folder / "atmosphere.csv").unlink()
    (folder / "initial_profile.csv").write_text("")
    (folder / "tlevel.csv").write_text("time\n1,2\n")
    (folder / "balance.csv").write_text("time\n")
    (folder / "standard_build.csv").write_text("time,volume\n1,2\n2\n\n")
    text = problems(folder)
    assert "boundary.top.file: file 'atmosphere.csv' is not there" in text
    assert "initial_profile.csv: is no table" in text
    assert "tlevel.csv: its rows have more fields than its header" in text
    assert "balance.csv: the table has no rows" in text


def test_damaged_gzip_is_named(tmp_path: Path) -> None:
    folder = copy_case(PADDY, tmp_path)
    data = gzip.compress((folder / "atmosphere.csv").read_bytes())
    (folder / "atmosphere.csv").unlink()
    (folder / "atmosphere.csv.gz").write_bytes(data[: len(data) // 2])
    assert "atmosphere.csv.gz: cannot be read" in problems(folder)


@pytest.mark.skipif(not FULL.is_dir(), reason=f"no reference cases in {FULL}")
def test_potential_evapotranspiration() -> None:
    case = read_evapotranspiration_case(FULL / POTENTIAL_ET)
    assert (case.latitude, case.altitude, case.crop_height) == (31.1667, 4.0, 12.0)
    assert (case.albedo, case.leaf_area_index, case.extinction) == (0.23, 2.88, 0.463)
    assert (case.shortwave, case.longwave) == ((0.25, 0.5), (0.34, -0.139))
    assert case.measuring_height == 200.0
    assert len(case.daily) == 366
    assert case.daily["hydrus_et_pm_mm"].sum() == pytest.approx(1161, abs=1)
    assert "read_evapotranspiration_case" in problems(FULL / POTENTIAL_ET)
