from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import METALS
from simulator.data import Parameters, to_si
from simulator.data.parameters import parse_table
from simulator.errors import InputError

HEAD = "metal,value,low,high,unit,source,note,confidence\n"
IDS = Parameters().ids()


def test_value_is_the_row_in_si() -> None:
    p = Parameters()
    row = p.row("weathering", metal="Zn")
    assert row.id == "weathering/Zn"
    assert row.unit == "g/ha/yr"
    assert p.value("weathering", metal="Zn") == to_si(row.value, "g/ha/yr") == row.si


def test_array_follows_the_order_of_its_keys() -> None:
    p = Parameters()
    forward = p.array("enrichment", "metal", METALS)
    assert forward.shape == (8,)
    assert np.array_equal(p.array("enrichment", "metal", METALS[::-1]), forward[::-1])


def test_matrix_has_one_axis_a_key_column() -> None:
    p = Parameters()
    materials = ("pig manure", "river water")
    matrix = p.array("material_contents", ("material", "metal"), (materials, METALS))
    assert matrix.shape == (2, 8)
    assert matrix[1, 4] == p.value("material_contents", material="river water", metal="Hg")


def test_keys_lists_in_file_order_and_filters() -> None:
    p = Parameters()
    assert p.keys("emission_profiles", "control", sector="secondary copper") == ("FF", "none")
    assert p.keys("cropping", "crop", land_class="bare") == ()


def test_used_rows_are_remembered_once_and_in_order() -> None:
    p = Parameters()
    assert p.used == ()
    p.value("weathering", metal="Zn")
    p.value("sorption", metal="Cd", parameter="p")
    p.value("weathering", metal="Zn")
    assert p.used == ("weathering/Zn", "sorption/Cd/p")
    assert p.recalled_used == ("weathering/Zn",)
    assert Parameters().used == ()


def test_a_choice_is_no_fact_that_is_to_be_checked() -> None:
    p = Parameters()
    assert p.row("urbanisation", path="compact", parameter="chance").confidence == "choice"
    assert p.recalled_used == ()


def test_looking_at_a_row_by_id_is_not_use() -> None:
    p = Parameters()
    assert p["sorption/Cd/p"].value == 0.32513
    assert p.used == ()


@given(st.sampled_from(IDS), st.floats(-1e6, 1e6))
def test_override_replaces_one_value_only(row_id: str, value: float) -> None:
    before, after = Parameters(), Parameters({row_id: value})
    assert after[row_id].value == value
    assert after[row_id].low == before[row_id].low
    assert after.overridden == (row_id,)
    changed = [i for i in IDS if after[i].value != before[i].value]
    assert changed in ([], [row_id])
    outside = not before[row_id].low <= value <= before[row_id].high
    assert bool(after.warnings) == outside


def test_override_is_in_the_unit_of_the_row() -> None:
    p = Parameters({"farm_rates/manure/paddy/pig manure": 2.0})
    assert p.value(
        "farm_rates", pathway="manure", land_class="paddy", material="pig manure"
    ) == pytest.approx(0.2)  # 2 t/ha


def test_all_bad_overrides_are_reported_at_once() -> None:
    with pytest.raises(InputError) as error:
        Parameters({"sorption/Cd/q": 1.0, "weathering/Zn": float("nan")})
    assert len(error.value.problems) == 2
    assert "Did you mean 'sorption/Cd/" in error.value.problems[0].fix
    assert "finite" in error.value.problems[1].rule


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda p: p.value("sorpton", metal="Cd", parameter="p"), "sorption"),
        (lambda p: p.value("sorption", metal="Cd", parameter="P"), "sorption/Cd/p"),
        (lambda p: p.value("sorption", metal="Cd"), "key columns are metal, parameter"),
        (lambda p: p.keys("sorption", "crop"), "no key column crop"),
        (lambda p: p["sorption/Xx/p"], "there is no such row"),
    ],
)
def test_wrong_names_are_errors_that_help(ask: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ask(Parameters())  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("metal,value,unit\n", "last columns are"),
        (HEAD + "Cd,1,2,3,-,s,,read\n", "low 2, value 1"),
        (HEAD + "Cd,1,0,3,mg/hg,s,,read\n", "not a unit"),
        (HEAD + "Cd,1,0,3,-,,,read\n", "no source"),
        (HEAD + "Cd,1,0,3,-,s,,guessed\n", "confidence 'guessed'"),
        (HEAD + "Cd,1,0,3,-,s,,read\nCd,1,0,3,-,s,,read\n", "there twice"),
        (HEAD + "a/b,1,0,3,-,s,,read\n", "key"),
        (HEAD + "Cd,one,0,3,-,s,,read\n", "could not convert"),
        (HEAD + "Cd,1,0,3,-,s,read\n", "7 fields"),
        (HEAD + "Cd,nan,0,3,-,s,,read\n", "value nan"),
    ],
)
def test_broken_tables_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_table("test", text)
