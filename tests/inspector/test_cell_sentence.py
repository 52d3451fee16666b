"""The sentence of a cell: each of its branches, with the numbers of made-up cells."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.explain import NearSource
from analysis.inspector.flows import BySource, Flows, Step
from analysis.inspector.sentence import (
    AIR,
    Origin,
    Way,
    origin_of,
    sentence,
    ways_in,
    ways_out,
)
from analysis.inspector.standing import Course, Standing, amounts, site_at, standing_of
from simulator.ledger import Pathway
from tests.inspector.made_cells import course, reasons

STACK = NearSource("coal-1", "Hanchuan power station", "coal power", 4040.0, "north-west", 120.0)


RISING = course([0.25, 0.28, 0.32, 0.41])


def test_over_since_a_year_with_what_came_and_its_leading_source() -> None:
    came = (Way(AIR, 0.62), Way("came with fertiliser", 0.3), Way("came with manure", 0.08))
    told = sentence(reasons(RISING, 2023, came=came, origin=Origin("coal power", 0.71, STACK)))
    assert told == (
        "Cd is 0.410 mg/kg in 2023, 1.37 times the limit of 0.3 mg/kg for paddy at pH 5.2 "
        "(GB 15618-2018), since 2022: of what came in since 2020 (then 0.250 mg/kg), 62 % fell "
        "from the air (71 % of that from coal power, whose nearest stack, Hanchuan power "
        "station, is 4 km north-west), and 30 % came with fertiliser."
    )


def test_over_from_the_start() -> None:
    told = sentence(reasons(course([0.35, 0.36, 0.41]), 2022))
    assert told == (
        "Cd is 0.410 mg/kg in 2022, 1.37 times the limit of 0.3 mg/kg for paddy at pH 5.2 "
        "(GB 15618-2018), as it was already when the run began in 2020 with 0.350 mg/kg."
    )
    first = sentence(reasons(course([0.35, 0.36]), 2020))
    assert first.endswith("as it was already when the run began in 2020.")
    came = sentence(reasons(course([0.35, 0.36]), 2021, came=(Way(AIR, 1.0),)))
    assert came.endswith("with 0.350 mg/kg: of what came in since 2020, 100 % fell from the air.")


def test_at_the_limit() -> None:
    told = sentence(reasons(course([0.2, 0.3]), 2021))
    assert "0.300 mg/kg in 2021, at the limit of 0.3 mg/kg for paddy" in told
    assert told.endswith(", for the first year.")


def test_just_over_does_not_read_as_one_time() -> None:
    assert "1.004 times the limit" in sentence(reasons(course([0.2, 0.3012]), 2021))


@pytest.mark.parametrize(
    ("land", "ph", "limed", "told"),
    [
        (["dryland", "paddy"], 5.2, False, "the land turned from dryland to paddy"),
        (["urban", "vegetable"], 5.2, False, "the land turned from urban land to vegetable land"),
        ("paddy", [5.6, 5.4], False, "the pH went from 5.6 to 5.4"),
        ("paddy", [5.4, 5.6], True, "lime raised the pH from 5.4 to 5.6"),
        ("paddy", [5.6, 5.4], True, "the pH went from 5.6 to 5.4"),
    ],
)
def test_a_limit_that_fell_under_the_content(
    land: str | list[str], ph: float | list[float], limed: bool, told: str
) -> None:
    made = course([0.35, 0.35], [0.6, 0.3], land, ph)
    text = sentence(reasons(made, 2021, limed=limed))
    assert f"for the first year, when {told}" in text
    assert text.endswith("and the limit fell from 0.6 to 0.3 mg/kg.")


# a cell that is cleared by 2022 and urban from 2024 on
BUILDING = course(
    [0.35] * 5, [0.3, 0.3, 1.2, 1.2, 20.0], ["paddy", "paddy", "bare", "bare", "urban"],
    sealed=[0.1, 0.1, 0.4, 0.45, 0.6],
)  # fmt: skip


def test_land_that_is_cleared_to_be_built_on() -> None:
    assert sentence(reasons(BUILDING, 2023)) == (
        "Cd is 0.350 mg/kg in 2023, 29 % of the limit of 1.2 mg/kg for bare land, cleared by 2022 "
        "and built-up from 2024, at pH 5.2 (GB 15618-2018), and has been below its limit since "
        "2022, when the land turned from paddy to a building site and the limit rose from 0.3 to "
        "1.2 mg/kg; the limit is not reached again by 2024, and the content is not changing by "
        "then."
    )
    urban = course([1.5] * 5, BUILDING.limit.tolist(), list(BUILDING.land), sealed=[0, 0, 1, 1, 1])
    told = sentence(reasons(urban, 2024))
    assert "since 2024, when the land, paddy until it was cleared by 2022, became urban" in told
    assert "became urban land and the limit rose from 1.2 to 20 mg/kg" in told
    assert "bare" not in told
    soon = course([0.35] * 3, [0.3, 0.3, 1.2], ["paddy"] * 2 + ["bare"], sealed=[0.1, 0.1, 0.4])
    assert "for bare land, cleared by 2022 to be built on, at pH" in sentence(reasons(soon, 2022))


@pytest.mark.parametrize(
    ("land", "sealed"),
    [
        (["bare", "bare", "urban"], [0.1, 0.4, 0.6]),  # bare from the start
        (["urban", "bare", "urban"], [0.4, 0.5, 0.6]),  # nothing was cleared there
        (["paddy", "bare", "urban"], [0.1, 0.1, 0.6]),  # nothing was built as it became bare
        (["paddy", "bare", "forest"], [0.1, 0.4, 0.6]),  # most of it is not built on
    ],
)
def test_bare_land_that_is_no_building_site(land: list[str], sealed: list[float]) -> None:
    made = course([0.35] * 3, [0.3, 0.4, 20.0], land, sealed=sealed)
    assert all(site_at(made, i) is None for i in range(3))
    assert "cleared" not in sentence(reasons(made, 2021))


def test_land_that_had_no_limit() -> None:
    made = course([0.35, 0.35], [math.nan, 0.3], ["", "paddy"])
    assert "when the land turned from water to paddy, which has a limit" in (
        sentence(reasons(made, 2021))
    )


def test_a_limit_that_moved_but_not_across_the_content_is_not_blamed() -> None:
    made = course([0.2, 0.7], [0.6, 0.3], ["dryland", "paddy"])
    told = sentence(reasons(made, 2021))
    assert "for the first year" in told
    assert "turn" not in told


def test_below_until_the_run_reaches_it() -> None:
    told = sentence(reasons(RISING, 2020, since=2020))
    assert told == (
        "Cd is 0.250 mg/kg in 2020, 17 % below the limit of 0.3 mg/kg for paddy at pH 5.2 "
        "(GB 15618-2018), which it reaches in 2022."
    )
    made = course([0.35, 0.35], [0.6, 0.3], ["dryland", "paddy"])
    assert sentence(reasons(made, 2020)).endswith(
        "which it reaches in 2021, when the land turns from dryland to paddy and the limit falls "
        "from 0.6 to 0.3 mg/kg."
    )


def test_below_to_the_end_with_the_trend() -> None:
    told = sentence(reasons(course([0.2, 0.22, 0.24]), 2022))
    # 0.02 mg/kg a year from 0.24: 0.3 is reached in 3 years
    assert "20 % below the limit" in told
    assert told.endswith(
        "; the limit is not reached by 2022, but would be in about 2025 if the content went on "
        "rising by 0.020 mg/kg a year."
    )


def test_one_year_has_no_trend() -> None:
    told = sentence(reasons(course([0.2]), 2020))
    assert told.endswith("33 % below the limit of 0.3 mg/kg for paddy at pH 5.2 (GB 15618-2018).")
    assert standing_of(course([0.2]), 2020, "name").text == (
        "0.200 mg/kg Cd in 2020: below 0.3 (name)"
    )


def test_far_below_slow_and_falling() -> None:
    slow = sentence(reasons(course([0.1, 0.1001], land="industrial", limit=65.0), 2021))
    assert "0.15 % of the limit of 65 mg/kg for industrial land (GB 15618-2018)" in slow
    assert "pH" not in slow
    assert slow.endswith(
        "; the limit is not reached by 2021, nor in the 500 years after if the content went on "
        "rising by 0.00010 mg/kg a year."
    )
    falling = sentence(reasons(course([0.25, 0.24]), 2021))
    assert "the limit is not reached by 2021, and the content is falling by then." in falling
    still = sentence(reasons(course([0.25, 0.25]), 2021))
    assert "and the content is not changing by then." in still


def test_brought_back_under_it() -> None:
    made = course([0.35, 0.35, 0.34], [0.3, 0.4, 0.4], ph=[5.3, 5.7, 5.7])
    told = sentence(reasons(made, 2022, limed=True))
    assert (
        "below the limit of 0.4 mg/kg for paddy at pH 5.7 (GB 15618-2018), and has been below its "
        "limit since 2021, when lime raised the pH from 5.3 to 5.7 and the limit rose from 0.3 to "
        "0.4 mg/kg; the limit is not reached again by 2022" in told
    )
    by_itself = sentence(reasons(course([0.31, 0.29]), 2021))
    assert "below its limit since 2021; the limit is not reached again" in by_itself


def test_without_a_limit() -> None:
    made = course([0.35, 0.36], math.nan)
    why = standing_of(made, 2021, "the region of the run cannot be read")
    told = sentence(reasons(made, 2021, standing=why))
    assert told == "Cd is 0.360 mg/kg in 2021; no limit: the region of the run cannot be read."
    assert why.text.endswith("no limit (the region of the run cannot be read)")
    assert not why.over


def test_what_left_where_the_content_fell() -> None:
    went = (
        Way("seeped down with water", 0.7), Way("was taken up by crops", 0.295),
        Way("ran off with rain", 0.005),
    )  # fmt: skip
    told = sentence(reasons(course([0.25, 0.24]), 2021, came=(Way(AIR, 1.0),), went=went))
    assert told.endswith(
        "It fell from 0.250 mg/kg since 2020: of what left, 70 % seeped down with water and 30 % "
        "was taken up by crops."
    )


def test_without_fluxes_of_cells() -> None:
    told = sentence(reasons(RISING, 2023, came=None, went=None))
    assert "not known: the run kept no fluxes of single cells" in told
    assert "not known" not in sentence(reasons(RISING, 2020, came=None, went=None))


@pytest.mark.parametrize(
    ("origin", "nearest", "told"),
    [
        (None, None, "100 % fell from the air."),
        (None, STACK, "100 % fell from the air (the nearest stack that emitted Cd, Hanchuan power "
         "station, is 4 km north-west)."),
        (Origin("deposition_background", 0.97, None), None,
         "100 % fell from the air (97 % of that as background, from no source listed in the "
         "region)."),
        (Origin("road traffic", 0.35, None), None,
         "100 % fell from the air (35 % of that from road traffic)."),
        (Origin("Hanchuan power station", 0.8, STACK), None,
         "100 % fell from the air (80 % of that from Hanchuan power station, 4 km north-west)."),
    ],
)  # fmt: skip
def test_where_it_fell_from(origin: Origin | None, nearest: NearSource | None, told: str) -> None:
    came = (Way(AIR, 1.0),)
    found = sentence(reasons(RISING, 2023, came=came, origin=origin, nearest=nearest))
    assert found.endswith(told)


def test_the_source_is_not_named_where_little_fell() -> None:
    came = (Way("came with manure", 0.995), Way(AIR, 0.005))
    told = sentence(reasons(RISING, 2023, came=came, origin=Origin("coal power", 0.7, STACK)))
    assert "coal power" not in told
    assert told.endswith("(then 0.250 mg/kg), over 99 % came with manure.")


# --- the parts of it ------------------------------------------------------------------------------

PATHWAYS = (
    Pathway("deposition_dry", "Dry deposition", "input", falls=True),
    Pathway("manure", "Manure", "input"),
    Pathway("sludge", "Sewage sludge", "input"),
    Pathway("runoff_sealed", "Runoff of sealed ground", "bypass"),
    Pathway("leaching", "Leaching", "downward", layered=True),
    Pathway("remediation", "Remediation", "signed"),
)


def flows(**steps: float) -> Flows:
    label = {p.name: p.label for p in PATHWAYS}
    made = tuple(Step(k, label[k], v) for k, v in steps.items())
    return Flows(2020, 2021, 1.0, made, 1.0 + sum(steps.values()), "mg/m²", 0.0)


def test_what_ran_off_sealed_ground_never_came() -> None:
    came = ways_in(
        flows(deposition_dry=10.0, manure=3.0, sludge=1.0, runoff_sealed=-4.0, leaching=-5.0),
        PATHWAYS,
    )
    assert [(w.words, w.share) for w in came] == [
        (AIR, pytest.approx(0.6)), ("came with manure", pytest.approx(0.3)),
        ("was sewage sludge", pytest.approx(0.1)),
    ]  # fmt: skip
    went = ways_out(
        flows(deposition_dry=10.0, runoff_sealed=-4.0, leaching=-3.0, remediation=-1.0), PATHWAYS
    )
    assert [(w.words, w.share) for w in went] == [
        ("seeped down with water", pytest.approx(0.75)),
        ("was taken out by remediation", pytest.approx(0.25)),
    ]  # fmt: skip


def test_the_origin_is_the_largest_of_what_fell() -> None:
    def found(**gains: float) -> BySource:
        steps = [
            Step(n.replace("__", ":").replace("_of_", " "), n, v)
            for n, v in sorted(gains.items(), key=lambda item: -item[1])
        ]
        return BySource(2020, 2021, tuple(steps), (), "mg/m²", (), "mg/kg")

    near = [NearSource("kiln", "Kiln", "cement", 1.0, "east", 1.0), STACK]
    coal = origin_of(found(manure=9.0, sector__coal_of_power=3.0, deposition_background=1.0), near)
    assert coal == Origin("coal power", 0.75, STACK)
    plant = origin_of(found(**{"source__coal-1": 3.0, "sector__cement": 1.0}), near)
    assert plant is not None
    assert plant.nearest == STACK
    assert origin_of(found(manure=9.0, sector__foundry=1.0), near) == Origin("foundry", 1.0, None)
    far = origin_of(found(deposition_background=3.0, sector__cement=1.0), near)
    assert far == Origin("deposition_background", 0.75, None)
    assert origin_of(found(manure=9.0), near) is None


def by_hand(made: Course, year: int) -> tuple[int | None, int | None]:
    """First year of the spell up to a year, and the next year over the limit, one by one."""
    over = dict(zip(made.years, made.content >= made.limit, strict=True))
    if over[year]:
        since = year
        while over.get(since - 1, False):
            since -= 1
        return since, None
    return None, next((y for y in made.years if y > year and over[y]), None)


contents = st.lists(st.floats(0.01, 1.0), min_size=2, max_size=12)


@given(contents, st.data())
def test_spells_are_those_found_one_by_one(values: list[float], data: st.DataObject) -> None:
    limit = data.draw(
        st.lists(st.sampled_from([0.3, 0.4, 0.6, math.nan]), min_size=len(values),
                 max_size=len(values))
    )  # fmt: skip
    made = course(values, limit)
    year = data.draw(st.sampled_from(made.years))
    standing = standing_of(made, year, "name")
    assert (standing.since, standing.next_over) == by_hand(made, year)
    assert standing.over == (standing.since is not None)
    assert standing.content == values[made.years.index(year)]


@given(contents, st.sampled_from([0.3, 0.6]))
def test_the_sentence_always_ends_and_numbers_are_of_the_data(
    values: list[float], limit: float
) -> None:
    made = course(values, limit)
    for year in made.years:
        told = sentence(reasons(made, year))
        assert told.endswith(".")
        assert told.count(". ") <= 1
        assert "nan" not in told
        assert "inf" not in told
        standing = standing_of(made, year, "name")
        here, _ = amounts(standing.content, standing.limit)
        assert told.startswith(f"Cd is {here} mg/kg in {year}")
        years = {int(y) for y in re.findall(r"(?:since|in|by) (20[2-3]\d)\b", told)}
        assert years <= {*range(2020, 2600)}
        assert (" times the limit" in told or " at the limit" in told) == standing.over


@given(st.floats(1e-4, 1e3), st.floats(1e-4, 1e3))
def test_content_and_limit_are_told_apart(content: float, limit: float) -> None:
    here, bound = amounts(content, limit)
    if abs(content / limit - 1.0) > 1e-6:
        assert here != bound
    assert float(here.replace("\N{NARROW NO-BREAK SPACE}", "")) == pytest.approx(content, rel=6e-3)


def test_texts_of_the_standing() -> None:
    texts = {y: standing_of(RISING, y, "name").text for y in (2021, 2023)}
    assert texts == {
        2021: "0.280 mg/kg Cd in 2021: below 0.3 (name) until 2022",
        2023: "0.410 mg/kg Cd in 2023: above 0.3 (name) since 2022",
    }
    never: Standing = standing_of(course([0.1, 0.1]), 2020, "name")
    assert never.text == "0.100 mg/kg Cd in 2020: below 0.3 (name), not reached by 2021"
    always = standing_of(course([0.3, 0.4]), 2021, "name")
    assert always.text == "0.400 mg/kg Cd in 2021: above 0.3 (name) from the start (2020)"
