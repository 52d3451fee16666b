"""The same bits, however a run came about, and its balance from what was recorded.

``python -m benchmarks.same_bits`` shows it on the whole default run. Here its functions do so on
the first years of the default region (cells, threads) and on the small one (processes), and they
have to notice when a single bit is another.
"""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache

import numpy as np
import pytest
import zarr

from benchmarks import same_bits
from benchmarks.same_bits import compare, count_differing, ledger_residual
from simulator.constants import METALS
from simulator.record import RunFolder
from simulator.region import read_region
from tests.record.conftest import ACTS

pytestmark = pytest.mark.slow
posix = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and SIGSTOP are POSIX")


@pytest.fixture(scope="module", autouse=True)
def _regions_are_read_once():
    """Reading a region costs more than some years of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.model.read_region", cache(read_region))
        yield


@pytest.fixture(scope="module")
def wuhan(tmp_path_factory):
    """Two years of the default scenario, before its only intervention, and a straight run."""
    folder = tmp_path_factory.mktemp("wuhan")
    file = folder / "short.toml"
    file.write_text(
        'base = "wuhan-baseline"\nname = "short"\ntitle = "Short"\nyears = 2\ninterventions = []\n'
    )
    same_bits.run_straight(str(file), folder / "straight")
    return str(file), RunFolder(folder / "straight")


@pytest.fixture(scope="module")
def small(make_scenario, tmp_path_factory):
    """Twelve years of the small region with interventions, and a straight run."""
    folder = tmp_path_factory.mktemp("small")
    file = folder / "small.toml"
    scenario = make_scenario(years=12, interventions=ACTS, record={"checkpoint_every": 4})
    file.write_text(scenario.to_toml(), encoding="utf-8")
    same_bits.run_straight(str(file), folder / "straight")
    return str(file), RunFolder(folder / "straight")


def assert_same(straight, folder):
    result = compare(straight, RunFolder(folder))
    assert result.differing == {}
    maps = straight.history["stock"].size + straight.ledger["leaching"].size
    assert result.numbers > 2 * maps


def test_threads_and_ranges_of_cells(wuhan, tmp_path):
    """7744 cells in 57 ranges on three threads."""
    scenario, straight = wuhan
    same_bits.run_straight(scenario, tmp_path / "run", threads=3, block=137)
    assert RunFolder(tmp_path / "run").manifest["threads"] == 3
    assert_same(straight, tmp_path / "run")


def test_every_cell_alone_in_random_order(wuhan, tmp_path):
    scenario, straight = wuhan
    same_bits.run_alone(scenario, tmp_path / "run")
    assert_same(straight, tmp_path / "run")


@posix
def test_killed_in_mid_year_and_resumed(small, tmp_path):
    scenario, straight = small
    (death,) = same_bits.run_killed(scenario, tmp_path / "run", (2022,))
    assert 2022 <= death.year < 2032
    assert 0 < death.written <= death.maps == len(straight.ledger.data_vars)
    assert_same(straight, tmp_path / "run")


@posix
def test_a_process_that_ends_by_itself_was_not_killed(tmp_path, monkeypatch):
    command = (sys.executable, "-c", "import sys; sys.exit('no room')")
    monkeypatch.setattr(same_bits, "_COMMAND", command)
    with pytest.raises(RuntimeError, match=r"ended by itself \(1\): no room"):
        same_bits.run_killed("any", tmp_path / "run", (2021,))


def test_branched_under_an_unchanged_scenario(small):
    """In 2026: the years since the checkpoint of 2024 are simulated again."""
    _, straight = small
    assert straight.checkpoints == [2020, 2024, 2028, 2032]
    branch = straight.path.parent / "branch"
    same_bits.run_branched(straight, 2026, branch)
    assert RunFolder(branch).checkpoints == [2026, 2028, 2032]
    assert_same(straight, branch)


@pytest.mark.parametrize("run", ["wuhan", "small"])
def test_the_recorded_balance_closes(run, request):
    """Of every metal and layer of every cell in every year."""
    _, straight = request.getfixturevalue(run)
    result = ledger_residual(straight)
    assert result.checked == straight.history["stock"].isel(year=slice(1, None)).size
    assert 0.0 < result.relative < same_bits.TOLERANCE


# -- what the comparison notices -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [
        ([1.0, 2.0], [1.0, np.nextafter(2.0, 3.0)], 1),
        ([0.0, np.nan], [-0.0, np.nan], 1),
        ([1, 2], [1.0, 2.0], 2),
        ([1.0, 2.0], [1.0], 2),
        (["x", "y"], ["x", "z"], 1),
        ([True, False], [True, False], 0),
    ],
)
def test_differing_bits_are_counted(a, b, count):
    assert count_differing(np.array(a), np.array(b)) == count


@pytest.fixture
def altered(small, tmp_path):
    """A copy of the run on the small region, to be changed."""
    _, straight = small
    shutil.copytree(straight.path, tmp_path / "altered")
    return RunFolder(tmp_path / "altered")


def nudge(run, variable, *place):
    """Move one recorded number by its last bit."""
    array = zarr.open_array(run.path / variable, mode="r+")
    value = array[place]
    assert value > 0.0
    array[place] = np.nextafter(value, np.inf, dtype=value.dtype)


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("history.zarr/stock", (12, 1, 2, 3, 4)),
        ("history.zarr/sealed_share", (5, 3, 4)),
        ("ledger.zarr/erosion", (0, 7, 3, 4)),
    ],
)
def test_the_last_bit_of_one_number_is_noticed(small, altered, variable, place):
    nudge(altered, variable, *place)
    assert compare(small[1], altered).differing == {variable: 1}


def test_tables_and_checkpoints_are_compared(small, altered):
    sources = altered.path / "sources.csv"
    sources.write_text(sources.read_text().replace("coal-1", "coal-l", 1))
    for name in ("2024", "2032"):
        file = altered.path / "checkpoint" / f"{name}.npz"
        with np.load(file) as stored:
            arrays = dict(stored)
        arrays["state/stock"][0, 0, 3, 4] *= 1.0 + 1e-15
        np.savez(file, **arrays)
    (altered.path / "checkpoint" / "2028.npz").unlink()
    assert compare(small[1], altered).differing == {
        "sources.csv": 1,
        "checkpoint/2024/state/stock": 1,
        "checkpoint/2032/state/stock": 1,
    }


def test_what_one_run_does_not_have_is_noticed(small, altered):
    shutil.rmtree(altered.path / "ledger.zarr" / "leaching")
    (altered.path / "checkpoint" / "2032.npz").unlink()
    assert compare(small[1], altered).differing == {
        "ledger.zarr/leaching": -1,
        "checkpoint of the end": -1,
    }


def test_a_flux_that_is_not_in_the_ledger_breaks_the_balance(altered):
    """Where it was taken out, and by its size against the stock."""
    ledger = zarr.open_group(altered.path / "ledger.zarr", mode="r+")
    place = (6, METALS.index("Cd"), 1, 3, 4)
    flux = ledger["leaching"][place]
    ledger["leaching"][place] = 0.0
    result = ledger_residual(altered)
    # leaching takes from its own layer and gives to the next: both are out of balance
    assert result.place[:2] == (2026, "Cd")
    assert result.place[2] in (2, 3)
    assert result.place[3:] == (3, 4)
    assert result.absolute == pytest.approx(flux, rel=1e-6)
    assert result.relative > same_bits.TOLERANCE


def test_a_number_that_is_none_breaks_the_balance(altered):
    zarr.open_group(altered.path / "history.zarr", mode="r+")["stock"][4, 0, 0, 3, 4] = np.nan
    assert ledger_residual(altered).relative == np.inf
