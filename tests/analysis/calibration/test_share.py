"""The correction's share of what a run does to its soil."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration_share import ALL, beside, by, share_table
from benchmarks.finished_runs import Effects
from simulator.constants import METALS

#: Gains of some cells and losses of others, whatever is left of them.
SIZE = np.full((2, len(METALS)), 5.0)


def effects(correction: tuple[float, ...]) -> Effects:
    """Two years of an input of 10, a loss of 4 and a correction, in g/ha."""
    amount = np.zeros((2, 2, 3, len(METALS)))
    amount[:, :, 0], amount[:, :, 1] = 10.0, -4.0
    amount[:, :, 2] = np.array(correction)[:, None]
    return Effects(np.array([2000, 2001]), ("manure", "leaching", "calibration"), amount)


def test_shares_by_hand() -> None:
    """A correction of 4 makes a net flux of 10, one of -1 one of 5; both sums over both years."""
    table = share_table(ALL, effects((4.0, -1.0)), ["manure"], SIZE)
    one = table[table["metal"] == "Cd"].set_index("year")
    assert one["net_g_ha"].tolist() == [10.0, 5.0]
    assert one["of_net"].tolist() == pytest.approx([0.4, -0.2])
    assert one["of_input"].tolist() == pytest.approx([0.4, -0.1])
    assert by(table, "year", "of_net").loc["2000", "Cd"] == pytest.approx(40.0)
    assert by(table, "year", "size_of_input").loc["2001", "Cd"] == pytest.approx(50.0)
    assert by(table, "land_class", "of_net").loc[ALL, "Cd"] == pytest.approx(100.0 * 3.0 / 15.0)


def test_without_a_calibrator_there_is_nothing() -> None:
    on, off = (share_table(ALL, effects(c), ["manure"], SIZE) for c in ((3.0, 3.0), (0.0, 0.0)))
    assert (off["of_net"] == 0.0).all()
    table = beside(on, off)
    assert table.loc["net, calibrated", "Pb"] == pytest.approx(9.0)
    assert table.loc["net, off", "Pb"] == pytest.approx(6.0)
    assert table.loc["correction", "Pb"] == pytest.approx(3.0)
