"""The calendar: order, half-open years, pickling."""

from __future__ import annotations

import pickle

import pytest

from simulator.schedule import Calendar, Entry, Phase, last_instant


def run_all(calendar, until):
    log = []
    calendar.run(until, lambda e: log.append((e.action, e.arguments.get("phase"), e.time)))
    return log


def test_phases_run_in_the_order_of_their_numbers_whatever_the_order_of_entering():
    calendar = Calendar(2010)
    for phase in reversed(Phase):
        calendar.add(last_instant(2010), phase, "phase", phase=phase.name)
    assert [p for _, p, _ in run_all(calendar, 2011.0)] == [p.name for p in Phase]


def test_a_year_is_half_open():
    """An event on the first instant of the next year belongs to the next year, after the phases."""
    calendar = Calendar(2010)
    calendar.add(2011.0, 0, "new year")
    calendar.add(2010.0, 0, "start")
    calendar.add(2010.999, 0, "late")
    calendar.add_years(2010, 2012)
    first = run_all(calendar, 2011.0)
    assert [a for a, _, _ in first] == ["start", "late"] + ["phase"] * len(Phase)
    assert [a for a, _, _ in run_all(calendar, 2012.0)] == ["new year"] + ["phase"] * len(Phase)


@pytest.mark.parametrize("year", [1, 1023, 1899, 2010, 2047, 2048, 2060, 4095, 4096])
def test_the_last_instant_survives_the_clock(year):
    """Times come back from simpy as they went in: no rounding moves a phase into the next year."""
    calendar = Calendar(year)
    calendar.add_years(year, year + 2)
    calendar.add(year + 1 / 3, 0, "third")
    times = [t for _, _, t in run_all(calendar, year + 1.0)]
    assert times == [year + 1 / 3] + [last_instant(year)] * len(Phase)
    assert all(t < year + 1 for t in times)


def test_events_of_one_time_and_priority_run_as_entered():
    calendar = Calendar(2000)
    for name in "cab":
        calendar.add(2000.5, 0, name)
    assert [a for a, _, _ in run_all(calendar, 2001)] == ["c", "a", "b"]


def test_what_is_entered_while_the_year_runs_happens_in_it():
    calendar = Calendar(2000)
    calendar.add(2000.2, 0, "first")
    log = []

    def handler(entry: Entry) -> None:
        log.append(entry.action)
        if entry.action == "first":
            calendar.add(2000.7, 0, "second")

    calendar.run(2001, handler)
    assert log == ["first", "second"]


def test_the_past_cannot_be_entered():
    calendar = Calendar(2000)
    run_all(calendar, 2005)
    with pytest.raises(ValueError, match="before now"):
        calendar.add(2004.5, 0, "late")


def test_a_pickled_calendar_goes_on_where_it_was():
    calendar = Calendar(2010)
    calendar.add_years(2010, 2014)
    calendar.add(2012.5, 0, "event")
    run_all(calendar, 2012)
    copy = pickle.loads(pickle.dumps(calendar))
    assert copy.past == calendar.past
    assert run_all(copy, 2014) == run_all(calendar, 2014)


def test_run_phases_stops_before_a_phase():
    calendar = Calendar(2010)
    calendar.add_years(2010, 2011)
    log = []
    calendar.run_phases(2010, Phase.DEPOSITION, lambda e: log.append(e.arguments["phase"]))
    assert log == ["POLICY", "LAND_USE", "EMISSION"]
    calendar.run(2011, lambda e: log.append(e.arguments["phase"]))
    assert log == [p.name for p in Phase]


def test_upcoming_lists_what_will_happen_in_order():
    calendar = Calendar(2010)
    calendar.add(2011.5, 0, "b")
    calendar.add(2010.5, 50, "a")
    assert [e.action for e in calendar.upcoming()] == ["a", "b"]
