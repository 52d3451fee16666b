"""Stories as wholes: what they say, what they leave out, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis.assessment.assess import Assessment
from analysis.experiment.spec import Design, Outcomes
from analysis.story import build_story, choice, finding, methods, path, sure
from analysis.story.facts import Fact, Teller
from analysis.story.language import Language
from analysis.story.model import (
    BarsFigure,
    LatticeFigure,
    MapFigure,
    SeriesFigure,
    Story,
    TableFigure,
)
from analysis.story.record import Record
from analysis.story.telling import Telling
from simulator.constants import METALS
from simulator.errors import InputError
from simulator.record import RunFolder
from tests.story.test_facts import figures, sentences


def text(story: Story) -> str:
    """All sentences of a story."""
    return "\n".join(s.text for s in sentences(story))


# --- what it says -------------------------------------------------------------------------------


def test_the_title_is_the_finding(told: Story) -> None:
    assert told.metal == "Cd"
    assert "over their limit for cadmium" in told.title.text
    assert "manure brings" in told.title.text


def test_a_story_of_one_run_is_short(told: Story) -> None:
    assert len(text(told).split()) < 2000


def test_chapters_and_sections(told: Story, compared: Story) -> None:
    keys = ["region", "path", "cells", "choice", "sure", "methods"]
    for story in (told, compared):
        assert [c.key for c in story.chapters] == keys
    sections = {s.key: s for c in told.chapters for s in c.sections}
    assert [k for k in sections if k.startswith("from-")] == ["from-2030", "from-2040"]
    assert {"cell-worst", "cell-typical", "cell-surprising"} <= set(sections)


def test_events_are_told(told: Story) -> None:
    found = text(told)
    for what in (
        "Intervention in 2035: no coal (closing of sources).",
        "Policy from 2041 on: care, 2 interventions.",
        "The run has 4 interventions of its own.",
        "Last year of emission is 2035: Coast power station.",
        "Last year of emission is 2039: Copper works.",
        "Interventions cost 5.25 million CNY.",  # capital 3, 0.5 a year for 4.5 years
        "They cost 7.25 million CNY in all years,",
    ):
        assert what in found


def test_sources_are_told_in_the_order_of_years(eventful: RunFolder) -> None:
    """Whatever their ids are."""
    told = Telling(Teller(Language()), (Record(eventful),), "Cd")
    spans = told.record.source_spans
    spans.loc[:, ["first", "last"]] = [[2030, 2043]] * len(spans)
    spans.loc[spans.index[:3], "first"] = [2038, 2036, 2032]
    found = [s.text for s in path._sources(told, 2030, 2040)]
    assert [re.findall("[0-9]{4}", text) for text in found] == [["2032"], ["2036"], ["2038"]]


def test_a_hectare_costs_what_is_spent_beyond_the_first_run(
    eventful: RunFolder, quiet: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """7.25 million CNY for the run, 25 ha a cell."""
    first, other = Record(quiet), Record(eventful)
    cadmium = first.metal("Cd")
    first.over[-1, cadmium], other.over[-1, cadmium] = 4, 2
    told = Telling(Teller(Language()), (first, other), "Cd")
    (text,) = (s.text for s in choice._price(told, 1))
    assert "cost 7.25 million CNY; with 50.0 ha less" in text
    assert "that is 0.145 million CNY a hectare" in text
    acts = pd.DataFrame({"year": [2035], "name": ["a"], "cost_million_cny": [2.25]})
    monkeypatch.setitem(quiet.__dict__, "policies", acts)
    told = Telling(Teller(Language()), (first, other), "Cd")
    (text,) = (s.text for s in choice._price(told, 1))
    assert "7.25 million CNY, 5.00 million CNY more than those of quiet" in text
    assert "that is 0.100 million CNY a hectare" in text
    acts["cost_million_cny"] = 9.0
    told = Telling(Teller(Language()), (first, other), "Cd")
    (text,) = (s.text for s in choice._price(told, 1))
    assert "no more than those of quiet, and 50.0 ha less" in text


def test_years_are_won_since_the_first_run_had_more(eventful: RunFolder, quiet: RunFolder) -> None:
    """Without a break, as an experiment counts them."""
    first, other = Record(quiet), Record(eventful)
    cadmium = first.metal("Cd")
    first.over[:, cadmium] = [0, 5, 3, 5, 5, 6, 7, 8]  # 2032 came back
    other.over[-1, cadmium] = 4
    told = Telling(Teller(Language()), (first, other), "Cd")
    (sentence,) = choice._won(told, 1)
    assert "over its limit since 2036: 8 years are won" in sentence.text
    other.over[-1, cadmium] = 8
    assert choice._won(Telling(Teller(Language()), (first, other), "Cd"), 1) == []


def test_titles_of_runs_stay_plain_text(told: Story) -> None:
    assert "<script>alert(1)</script>" in told.subtitle.text


def test_anchors_are_unique(told: Story, compared: Story, answered: Story) -> None:
    for story in (told, compared, answered):
        ids = [f.id for f in figures(story)]
        ids += [c.key for c in story.chapters] + [s.key for c in story.chapters for s in c.sections]
        ids += [e.id for e in story.evidence]
        assert len(ids) == len(set(ids))
        assert all(f.alt for f in figures(story))


def test_runs_are_held_against_the_first(compared: Story, answered: Story) -> None:
    assert "much" not in compared.subtitle.text
    assert compared.language == "zh"
    by_type = {type(f) for f in figures(answered)}
    assert {LatticeFigure, BarsFigure, SeriesFigure, TableFigure, MapFigure} <= by_type
    found = text(answered)
    assert "ha less than in eventful" in found
    assert "years are won" in found
    assert answered.commands[-1] == "metalscape story runs/eventful runs/quiet --metal Cd"
    bars = next(f for f in figures(answered) if isinstance(f, BarsFigure))
    sizes = [abs(bar.value) for bar in bars.bars]
    assert sizes == sorted(sizes, reverse=True)


def test_a_run_against_itself_differs_in_nothing(eventful: RunFolder) -> None:
    found = text(build_story([eventful, eventful], metal="Cd"))
    assert "as much as in eventful" in found
    assert "bring and take the same" in found
    assert "years are won" not in found


def test_a_branch_is_made_again_from_its_parent(eventful: RunFolder) -> None:
    record = Record(eventful)
    parent = {"folder": "/somewhere/else/runs/before.partial", "year": 2034}
    record.run.manifest["parent"] = parent
    try:
        told = Telling(Teller(Language()), (record,), "Cd")
        words = " ".join(s.text for s in methods.methods(told).sections[0].sentences)
        assert "a branch of the run before from 2034 on" in words
        assert methods.commands(told)[0] == (
            "metalscape branch runs/before --at 2034 --scenario runs/eventful/scenario.toml "
            "--name eventful --overwrite"
        )
    finally:
        record.run.manifest["parent"] = None


def test_a_story_is_the_same_each_time(eventful: RunFolder, told: Story) -> None:
    again = build_story([eventful])
    assert text(again) == text(told)
    assert again.evidence == told.evidence


def test_overload_is_that_of_the_assessment(eventful: RunFolder) -> None:
    record = Record(eventful)
    assessed = Assessment(eventful, [2030, 2044])
    for year in (2030, 2044):
        state = assessed.year(year).isel(year=0).sel(land="current")
        expected = (state["overload"] == 1.0).sum(("y", "x")).values
        np.testing.assert_array_equal(record.over[record.place(year)], expected)
        np.testing.assert_allclose(record.state(year).limit, state["limit"], rtol=1e-6)


# --- how sure -----------------------------------------------------------------------------------


def how_sure(record: Record, metal: str = "Cd", experiment: Path | None = None) -> str:
    """Text of the chapter."""
    chapter = sure.sure(Telling(Teller(Language()), (record,), metal), experiment)
    return " ".join(s.text for s in chapter.sections[0].sentences)


def test_a_calibrated_run_says_how_much_is_trusted(
    eventful: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record(eventful)
    assert "not calibrated" in how_sure(record)
    status = np.zeros((1, len(METALS), 12, 10), dtype=np.uint8)
    status[:, :, :, :6], status[:, :, :, 6:9], status[:, :, :, 9] = 1, 2, 3
    maps = xr.Dataset(
        {"status": (("year", "metal", "y", "x"), status)}, {"metal": list(METALS), "year": [2030]}
    )
    monkeypatch.setitem(eventful.__dict__, "calibration", maps)
    found = how_sure(record)
    assert (
        "on 60.0 % of the soil the correction may be zero, on 30.0 % it is not, and 10.0 %" in found
    )
    assert "not calibrated" not in found


def experiment(
    run: RunFolder, levers: dict[str, tuple[str, ...]], method: str = "latin-hypercube"
) -> SimpleNamespace:
    """Eight members, four under each option; land over the limit is 100 ha times the member."""
    members = np.arange(8)
    design = pd.DataFrame({"member": members, "future": members // 2, "sample": members // 2})
    for name, options in levers.items():
        design[f"lever/{name}"] = [options[m % 2] for m in members]
    outcomes = pd.DataFrame(
        {
            "member": members,
            "year": 2044,
            "metal": "Cd",
            "outcome": "overload_ha",
            "value": 100.0 * members,
        }
    )
    spec = SimpleNamespace(design=Design(method=method), outcomes=Outcomes())
    manifest = {key: dict(run.manifest[key]) for key in ("region", "scenario")}
    return SimpleNamespace(
        path=Path("experiments/choices"), design=design, outcomes=outcomes, levers=levers,
        spec=spec, manifest=manifest, factors=("a",),
    )  # fmt: skip


def test_an_experiment_gives_a_range(eventful: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    record, place = Record(eventful), Path("choices")
    assert "A single run has no range" in how_sure(record)
    folder = experiment(eventful, {"policy": ("none", "clean farming")})
    monkeypatch.setattr(sure, "ExperimentFolder", lambda path: folder)
    found = how_sure(record, experiment=place)
    # members 0, 2, 4, 6: median 300; quantiles 0.05 and 0.95 lie at 0.15 and 2.85 of 3 steps
    expected = (
        "In 4 members of the experiment choices, land over the limit for cadmium is 300 ha in"
    )
    assert f"{expected} 2044 in the median, 30.0 to 570 ha in nine of ten, under none." in found
    assert "A single run has no range" not in found
    monkeypatch.setattr(sure, "ExperimentFolder", lambda path: experiment(eventful, {}))
    assert "In 8 members" in how_sure(record, experiment=place)
    with pytest.raises(InputError, match="overload_ha of Zn"):
        how_sure(record, "Zn", place)
    # trajectories of two points: the first of each is an independent draw
    morris = experiment(eventful, {}, "morris")
    monkeypatch.setattr(sure, "ExperimentFolder", lambda path: morris)
    assert "In 4 members" in how_sure(record, experiment=place)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda e: e.manifest["region"].update(digest="0"), "region"),
        (lambda e: e.manifest["scenario"].update(name="another"), "scenario"),
        (lambda e: setattr(e.spec, "outcomes", Outcomes(standard="intervention")), "limits"),
    ],
)
def test_an_experiment_of_something_else_gives_no_range(
    eventful: RunFolder,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[SimpleNamespace], None],
    what: str,
) -> None:
    other = experiment(eventful, {})
    change(other)
    monkeypatch.setattr(sure, "ExperimentFolder", lambda path: other)
    with pytest.raises(InputError, match=f"not the same as in the story: {what}"):
        how_sure(Record(eventful), experiment=Path("choices"))


# --- the finding --------------------------------------------------------------------------------


def record_of(over: list[list[int]], mean: list[list[float]]) -> SimpleNamespace:
    """What the choice of the metal looks at."""
    return SimpleNamespace(
        over=np.array(over), mean=np.array(mean), soil_cells=1000, metals=["As", "Cd"]
    )


def test_the_metal_is_that_whose_land_over_the_limit_changes_most() -> None:
    mean = [[1.0, 1.0], [3.0, 2.0]]
    assert finding.notable_metal(record_of([[50, 7], [52, 3]], mean)) == "Cd"
    assert finding.notable_metal(record_of([[50, 7], [59, 3]], mean)) == "As"
    # none changes by a thousandth: the mean content decides
    assert finding.notable_metal(record_of([[50, 7], [50, 7]], mean)) == "As"
    assert finding.notable_metal(record_of([[50, 7], [50, 7]], [[1.0, 1.0], [0.9, 0.5]])) == "Cd"


@pytest.mark.parametrize(
    ("metal", "over", "start"),
    [
        ("Cd", (2, 5), "Land over its limit for cadmium grows from 50.0 ha in 2030 to 125 ha"),
        ("Cd", (0, 5), "125 ha of land are over their limit for cadmium in 2044, none was"),
        ("Cd", (5, 2), "Land over its limit for cadmium shrinks from 125 ha in 2030 to 50.0 ha"),
        ("Cd", (5, 0), "125 ha of land were over their limit for cadmium in 2030, none is in 2044"),
        ("Cu", (3, 3), "Mean copper in the top 20 cm rises by"),
    ],
)
def test_titles(eventful: RunFolder, metal: str, over: tuple[int, int], start: str) -> None:
    record = Record(eventful)
    record.over[[0, -1], record.metal(metal)] = over
    assert finding.title(Telling(Teller(Language()), (record,), metal)).text.startswith(start)


def test_a_number_is_not_told_twice_with_two_values() -> None:
    teller = Teller(Language())
    teller.cite(Fact("seed", (), 1, "seed"))
    with pytest.raises(ValueError, match="is told as 1 too"):
        teller.cite(Fact("seed", (), 2, "seed"))


# --- what it refuses ----------------------------------------------------------------------------


def test_what_cannot_be_told_is_refused(
    eventful: RunFolder, record_run: Callable[..., RunFolder], tmp_path: Path
) -> None:
    other = record_run(tmp_path / "other", years=1)
    with pytest.raises(InputError, match="first year"):
        build_story([eventful, other])
    with pytest.raises(InputError, match="'Xx'"):
        build_story([eventful], metal="Xx")
    with pytest.raises(InputError, match="'fr'"):
        build_story([eventful], "fr")
    with pytest.raises(InputError, match="no run"):
        build_story([])
    other.manifest["status"] = "unfinished"
    for runs in ([other], [eventful, other]):  # and not that its last year is another one
        with pytest.raises(InputError, match="is not finished"):
            build_story(runs)
    other.manifest["status"] = "finished"
    other.manifest["region"]["digest"] = "0"
    with pytest.raises(InputError, match="differ in their files of the region"):
        build_story([eventful, other])
