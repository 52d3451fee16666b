"""Published numbers: how they are read, turned into fluxes, and held against ours."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.published import Published, _table, period, published
from benchmarks.tables import number, print_table
from simulator.constants import METALS

NAN = math.nan
NUMBER = Published(
    "input", "here", "Cd", "g/ha/yr", "Luo et al. 2009, J. Environ. Manage. 90:2524", "read",
    9.0, NAN, NAN, 2000.0, 2009.0,
)  # fmt: skip


def test_every_row_says_what_it_is() -> None:
    table = _table()
    assert set(table["metal"]) <= set(METALS)
    assert set(table["confidence"]) <= {"read", "recalled", "choice"}
    assert (table["value"].notna() | table["low"].notna()).all()
    assert (table["high"].isna() | table["low"].notna()).all()
    assert (table["high"].isna() | (table["low"] <= table["high"])).all()
    assert table[["quantity", "where", "unit", "source"]].notna().all(axis=None)
    assert (table["first"].isna() | (table["first"] <= table["last"])).all()


def test_rate_becomes_a_flux_of_a_plough_layer() -> None:
    # 1 g/ha/yr on 2.4e6 kg/ha is 4.17e-4 mg/kg/yr (facts of the project)
    rate = replace(NUMBER, unit="mg/kg/yr", value=4.1667e-4)
    assert rate.per_hectare().value == pytest.approx(1.0, rel=1e-4)
    assert rate.per_hectare().unit == "g/ha/yr"
    assert NUMBER.per_hectare() is NUMBER
    # Luo 2009: 0.004 mg/kg/yr is "about 9-10 g/ha/yr"
    luo = [n for n in published("input") if n.unit == "mg/kg/yr"]
    assert [n.per_hectare().value for n in luo] == pytest.approx([9.6])


@pytest.mark.parametrize(
    ("ours", "far"), [(9.0, False), (26.9, False), (27.1, True), (2.9, True), (-9.0, True)]
)
def test_disagrees_beyond_a_factor_of_three(ours: float, far: bool) -> None:
    assert NUMBER.disagrees(ours) is far
    assert NUMBER.ratio(ours) == pytest.approx(ours / 9.0)


def test_a_range_holds_its_inside_and_counts_from_its_ends() -> None:
    span = replace(NUMBER, value=NAN, low=2.0, high=10.0)
    assert span.ratio(5.0) == 1.0
    assert span.ratio(25.0) == 2.5
    assert not span.disagrees(25.0)
    assert span.disagrees(31.0)
    assert span.disagrees(0.6)
    # in the range, though the value is more than three times as high
    assert not replace(span, value=9.0).disagrees(2.5)
    assert not span.disagrees(NAN)


def test_a_lower_bound_is_far_from_what_lies_below() -> None:
    bound = replace(NUMBER, value=NAN, low=3.0)
    assert bound.text == "at least 3"
    assert [bound.disagrees(ours) for ours in (0.9, 1.1, 300.0)] == [True, False, False]
    assert bound.ratio(300.0) == 1.0


def test_label_tells_source_and_whether_it_was_read() -> None:
    assert NUMBER.label == "Luo et al. 2009 (R)"
    assert replace(NUMBER, source="surveys, rounded", confidence="recalled").label == "surveys (M)"
    assert replace(NUMBER, low=1.0, high=20.0).text == "9 [1 - 20]"


def test_period_is_the_overlap_or_the_nearest_years() -> None:
    years = np.arange(2020, 2070)
    assert years[period(years, 2015, 2021)].tolist() == [2020, 2021]
    assert years[period(years, 2007, 2009, fewest=3)].tolist() == [2020, 2021, 2022]
    assert years[period(years, 2090, 2099, fewest=2)].tolist() == [2068, 2069]
    assert period(years, NAN, NAN).all()


@pytest.mark.parametrize(
    ("value", "text"), [(1234.4, "1234"), (0.012345, "0.0123"), (-91.26, "-91.3"), (NAN, "-")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Title", pd.DataFrame({"a": [1.0, 22.5]}, index=["long name", "x"]), ["note"])
    title, head, *rows, note, blank = capsys.readouterr().out.split("\n")[:-1]
    assert (title, note, blank) == ("Title", "note", "")
    assert head.endswith("a")
    assert [row.split() for row in rows] == [["long", "name", "1"], ["x", "22.5"]]
    assert {len(row) for row in rows} == {len(head)}
