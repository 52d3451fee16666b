"""Columns in a batch: the same bits in any company, and what is refused."""

from __future__ import annotations

from dataclasses import fields, replace

import numba
import numpy as np
import pytest

from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Column, Top
from simulator.physics.percolation.outcome import Outcome
from tests.physics.percolation.soils import CLASSES, column, days, even_roots, profile, solute

NAMES = sorted(CLASSES)
WEATHER = [days([3.0, 0.0, 9.0], 0.3, 0.2, np.full((1, 3), c)) for c in (0.0, 0.4)]
#: What belongs to the run rather than to a column.
COMMON = ("output_times", "profile_times", "period_ends")


def one(i: int) -> Column:
    of = profile(
        (10.0, CLASSES[NAMES[i % 12]]), (20.0, CLASSES[NAMES[(5 * i + 2) % 12]]), air_entry=True
    )
    top = Top("atmospheric", h_crit_s=0.5 * (i % 5), surface_layer=i % 3 > 0)
    return column(
        of, top, head=-20.0 - 10.0 * i, weather=WEATHER[i % 2], roots=even_roots(of),
        solutes=(solute(of, float(i), 1.0),),
    )  # fmt: skip


def run(columns: list[Column]) -> Outcome:
    return run_columns(columns, [1.0, 3.0], [2.0], [1.5, 3.0])


def assert_same(a: Outcome, i: list[int], b: Outcome) -> None:
    for f in fields(Outcome):
        if f.name not in COMMON:
            got, expected = getattr(a, f.name)[i], getattr(b, f.name)
            assert got.tobytes() == expected.tobytes(), f.name


def test_company_order_and_threads_do_not_change_a_bit() -> None:
    columns = [one(i) for i in range(50)]
    together = run(columns)
    for i in (0, 7, 31, 49):
        assert_same(together, [i], run([columns[i]]))
    order = np.random.default_rng(4).permutation(50)
    assert_same(together, list(order), run([columns[i] for i in order]))
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert_same(together, list(range(50)), run(columns))
    finally:
        numba.set_num_threads(threads)


def test_asking_for_more_times_changes_little() -> None:
    # steps meet the times that are asked for
    c = one(4)
    few = run_columns([c], [3.0])
    many = run_columns([c], np.linspace(0.0, 3.0, 61))
    assert many.infiltration[0, -1] == pytest.approx(few.infiltration[0, -1], rel=1e-3)
    assert many.percolation[0, -1] == pytest.approx(few.percolation[0, -1], rel=1e-3)
    start = run_columns([c], [0.0], [0.0])
    assert start.infiltration[0, 0] == 0.0
    np.testing.assert_array_equal(start.head[0, 0], c.head)


@pytest.mark.parametrize("times", [[3.0, 1.0], [1.0, 1.0], [4.0], [-1.0]])
@pytest.mark.parametrize("what", ["output", "profiles", "periods"])
def test_times_rise_within_the_run(times: list[float], what: str) -> None:
    with pytest.raises(ValueError, match="times rise between 0 and 3 d"):
        run_columns([one(4)], **{what: times})


def test_the_last_period_ends_with_the_run() -> None:
    with pytest.raises(ValueError, match="the last period ends with the run, at 3 d, not 2"):
        run_columns([one(4)], periods=[1.0, 2.0])


def test_means_over_periods_are_those_of_the_amounts() -> None:
    c = one(3)
    o = run_columns([c], [1.0, 3.0], [0.0, 1.0, 3.0], [1.0, 3.0])
    days_of = np.array([1.0, 2.0])
    for amount, end in ((o.infiltration, 0), (o.percolation, -1)):
        sums = np.diff(amount[0], prepend=0.0)
        np.testing.assert_allclose(o.flux[0, :, end] * days_of, sums, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        o.uptake[0].sum(axis=1) * days_of, np.diff(o.transpiration[0], prepend=0.0), rtol=1e-9
    )
    np.testing.assert_allclose(
        o.solute_flux[0, 0, :, -1] * days_of, np.diff(o.solute_out[0, 0], prepend=0.0), rtol=1e-9
    )
    assert (o.flux_abs >= np.abs(o.flux) * (1 - 1e-12)).all()
    # the balance of every node: the mean flux creates no water
    gain = np.diff(o.theta[0], axis=0) * c.profile.length
    np.testing.assert_allclose(
        -np.diff(o.flux[0], axis=1) - o.uptake[0], gain / days_of[:, None], atol=1e-12
    )
    between = np.sort(o.theta[0], axis=0)
    assert (o.wetness[0] > between[0] - 0.1).all()


def test_reversing_flow_counts_in_the_absolute_mean() -> None:
    of = profile((30.0, CLASSES["loam"]))
    c = column(of, weather=days([2.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.5, 0.5]))
    o = run_columns([c], periods=[4.0])
    expected = (o.infiltration[0, 0] + 2.0 * o.evaporation[0, 0]) / 4.0
    assert o.flux_abs[0, 0, 0] == pytest.approx(expected, rel=1e-9)


def test_columns_of_a_batch_are_alike() -> None:
    longer = one(0)
    deeper = profile((10.0, CLASSES["loam"]), (40.0, CLASSES["silt"]))
    different = column(deeper, weather=WEATHER[0], solutes=(solute(deeper),))
    with pytest.raises(ValueError, match="alike in shape"):
        run_columns([longer, different])
    shifted = replace(WEATHER[0], end=WEATHER[0].end + 0.5)
    with pytest.raises(ValueError, match="end at the same times"):
        run_columns([longer, replace(longer, weather=shifted)])
