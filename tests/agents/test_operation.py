"""What a source does over time: steps, ramps and mixtures by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.agents.operation import Cap, Change, Departure, Operation, Setting, Switch
from simulator.constants import METALS

ONE = np.ones(len(METALS))


def operation(*steps: Change | Switch | Cap, start: float = -math.inf) -> Operation:
    made = Operation(Setting("old"), start, math.inf)
    for step in steps:
        place = {Switch: made.switches, Cap: made.caps}.get(type(step), made.changes)
        place.append(step)
    return made


def shares(made: Operation, year: int, path: float = 1.0) -> dict[str, float]:
    """Share of the year's full activity by control, load included."""
    found: dict[str, float] = {}
    for setting, weight in made.weights(year, path):
        assert (weight == weight[0]).all()
        found[setting.control] = found.get(setting.control, 0.0) + float(weight[0])
    return found


def test_changes_multiply_from_their_dates_on() -> None:
    """Half from 2020.5, a fifth of it from 2020.75: 0.5 + 0.25 x 0.5 + 0.25 x 0.1."""
    made = operation(Change(date=2020.5, factor=0.5 * ONE), Change(date=2020.75, factor=0.2 * ONE))
    assert [shares(made, y)["old"] for y in (2019, 2020, 2021)] == pytest.approx([1, 0.65, 0.1])


def test_of_two_switches_at_once_the_later_setting_holds() -> None:
    made = operation(*(Switch(date=2020.5, fields={"control": c}) for c in ("first", "second")))
    assert shares(made, 2020) == pytest.approx({"old": 0.5, "second": 0.5})


def test_who_does_not_follow_stays_as_it_is() -> None:
    """A quarter switches at 2020.5, then half of each to a third control at 2021."""
    made = operation(
        Switch(date=2020.5, fields={"control": "new"}, share=0.25),
        Switch(date=2021.0, fields={"control": "best"}, share=0.5),
    )
    assert shares(made, 2020) == pytest.approx({"old": 0.875, "new": 0.125})
    assert shares(made, 2021) == pytest.approx({"old": 0.375, "new": 0.125, "best": 0.5})


def test_a_ramp_of_a_switch_is_the_mean_of_its_share() -> None:
    """Over two years from 2020.5: 0.5 x 0.5 x 1/4, then the mean of 1/4 to 3/4, then 15/16."""
    made = operation(Switch(date=2020.5, ramp=2.0, fields={"control": "new"}))
    new = [shares(made, y).get("new", 0.0) for y in (2019, 2020, 2021, 2022, 2023)]
    assert new == pytest.approx([0.0, 1 / 16, 0.5, 15 / 16, 1.0])
    assert "old" not in shares(made, 2023)


def test_the_mean_of_a_product_is_not_the_product_of_means() -> None:
    """Closing and switching over the same year: t (1 - t) of the new control, 1/6."""
    made = operation(
        Change(date=2020.0, ramp=1.0, factor=0.0 * ONE),
        Switch(date=2020.0, ramp=1.0, fields={"control": "new"}),
    )
    assert shares(made, 2020) == pytest.approx({"old": 1 / 3, "new": 1 / 6})


def test_caps_act_on_path_and_load() -> None:
    """Load 2 from 2021 under a cap of 0.9, for a half: path 0.8 is below it, 1.6 goes to 1.25."""
    made = operation(
        Cap(date=2020.5, limit=0.9, share=0.5),
        Switch(date=2021.0, fields={"load": 2.0}),
    )
    assert shares(made, 2020, path=0.8)["old"] == 1.0
    assert 0.8 * shares(made, 2021, path=0.8)["old"] == pytest.approx(1.25)
    # in mid-2020 of a path of 1.3: 0.5 x 1.3 + 0.5 x (1.3 + 0.9) / 2
    assert 1.3 * shares(made, 2020, path=1.3)["old"] == pytest.approx(1.2)


def test_a_source_without_activity_is_not_capped() -> None:
    made = operation(Cap(date=2020.0, limit=0.5))
    assert shares(made, 2020, path=0.0) == {"old": 1.0}


def test_the_inventory_knows_the_switches_of_the_region_only() -> None:
    made = operation(
        Change(date=2019.0, factor=0.0 * ONE, reason="policy"),
        Cap(date=2019.0, limit=0.5, reason="policy"),
        Switch(date=2019.0, fields={"control": "best"}, reason="policy"),
        Switch(date=2018.0, fields={"control": "new"}),
    )
    assert shares(made.inventory(), 2020) == {"new": 1.0}
    assert shares(made, 2020) == {}


@given(
    st.lists(
        st.tuples(st.floats(2018, 2022), st.floats(0, 3), st.floats(0, 1)), min_size=1, max_size=4
    ),
    st.floats(2017, 2021),
)
def test_settings_share_the_time_in_operation(
    switches: list[tuple[float, float, float]], start: float
) -> None:
    made = operation(
        *(
            Switch(date=d, ramp=r, share=s, fields={"control": str(i)})
            for i, (d, r, s) in enumerate(switches)
        ),
        start=start,
    )
    found = shares(made, 2020)
    assert min(found.values(), default=0.0) >= 0.0
    assert sum(found.values()) == pytest.approx(min(max(2021.0 - start, 0.0), 1.0), abs=1e-12)


@given(st.floats(0, 1), st.floats(2019, 2021), st.floats(0, 3))
def test_what_leaves_arrives(share: float, date: float, ramp: float) -> None:
    leaving = Departure(date=date, ramp=ramp, factor=(1.0 - share) * ONE)
    for year in (2018, 2020, 2025):
        gone = [shares(operation(c), year).get("old", 0.0) for c in (leaving, leaving.arrival())]
        assert sum(gone) == pytest.approx(1.0, abs=1e-12)
