"""The table [calibration] of a scenario: what it may ask for, and what it then needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.errors import InputError
from simulator.region import Region
from simulator.scenario import check_scenario, hindcast_of, read_scenario
from tests.make_calibration import with_samples

TAGS = {"by": "sector"}


@pytest.fixture(scope="module")
def sampled(region: Region) -> Region:
    return with_samples(region, [2012, 2023])


@pytest.fixture
def write(make_scenario, tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario that is calibrated by ``past.toml``, and that one."""

    def make(past: dict[str, object], **calibration: object) -> Path:
        settings = {"name": "past", "start": 2010, "years": 8, **past}
        (tmp_path / "past.toml").write_text(make_scenario(**settings).to_toml(), "utf-8")
        text = make_scenario(name="plan").to_toml()
        asked = {"method": "ridge", "hindcast": "past.toml", **calibration}
        values = (
            f"{k} = {str(v).lower() if v in (True, False) else repr(v)}\n" for k, v in asked.items()
        )
        head, _, tail = text.partition("[calibration]\n")
        tail = tail[tail.index("[tags]") :]
        file = tmp_path / "plan.toml"
        file.write_text(f"{head}[calibration]\n{''.join(values)}\n{tail}", "utf-8")
        return file

    return make


def test_the_default_is_none(make_scenario) -> None:
    asked = make_scenario().calibration
    assert not asked.wanted
    assert (asked.method, asked.target, asked.physical) == ("none", "log", False)


@pytest.mark.parametrize(
    "calibration",
    [
        {},
        {"method": "auto", "target": "difference"},
        {"method": "none", "physical": True},
        {"method": "none", "hindcast": "nowhere.toml"},
    ],
)
def test_what_is_good(sampled: Region, write, calibration: dict[str, object]) -> None:
    """A calibration that is switched off may still name its hindcast, as a variant does."""
    scenario = read_scenario(write({"tags": TAGS}, **calibration))
    assert check_scenario(scenario, sampled) == []


def test_a_hindcast_lies_beside_the_scenario_that_names_it(write, sampled, tmp_path: Path) -> None:
    """Also when it is inherited, and when the resolved scenario is read elsewhere."""
    write({"tags": TAGS})
    (tmp_path / "sub").mkdir()
    (tmp_path / "plan.toml").rename(tmp_path / "sub" / "plan.toml")
    (tmp_path / "past.toml").rename(tmp_path / "sub" / "past.toml")
    heir = tmp_path / "heir.toml"
    heir.write_text('base = "sub/plan.toml"\nname = "heir"\ntitle = "H"\n', "utf-8")
    scenario = read_scenario(heir)
    assert scenario.calibration.hindcast == str((tmp_path / "sub" / "past.toml").resolve())
    copy = tmp_path / "copy.toml"
    copy.write_text(scenario.to_toml(), "utf-8")
    assert read_scenario(copy) == scenario
    assert hindcast_of(scenario, sampled).name == "past"


def test_a_builtin_hindcast_stays_a_name(write) -> None:
    scenario = read_scenario(write({}, hindcast="wuhan-hindcast"))
    assert scenario.calibration.hindcast == "wuhan-hindcast"


@pytest.mark.parametrize(
    ("past", "calibration", "words"),
    [
        ({}, {"hindcast": "gone.toml"}, "plan: calibration.hindcast.*no such file"),
        ({}, {"hindcast": "wuhan-hindcas"}, "Did you mean 'wuhan-hindcast'"),
        ({}, {"hindcast": "wuhan-hindcast"}, "is of the region wuhan.*of the same region"),
        ({"start": 2013, "years": 9}, {}, "runs from 2013 to 2021.*they are of 2012, 2023"),
        ({"start": 2005, "years": 7}, {}, "runs from 2005 to 2011"),
        ({}, {"physical": True}, r'calibration\.physical: .*Set \[tags\] by = "sector"'),
        (
            {"calibration": {"method": "gp", "hindcast": "wuhan-hindcast"}},
            {},
            "'past' is calibrated itself",
        ),
        (
            {"tags": {"by": "sector", "plants": ["nobody"]}},
            {},
            "scenario past: tags, plants: 'nobody' is no source",
        ),
        ({"soil": {"initial_content": "survey"}}, {}, "scenario past: soil.initial_content"),
    ],
)
def test_what_cannot_serve_is_refused(sampled, write, past, calibration, words) -> None:
    scenario = read_scenario(write(past, **calibration))
    problems = check_scenario(scenario, sampled)
    assert len(problems) == 1
    with pytest.raises(InputError, match=words):
        hindcast_of(scenario, sampled)


def test_a_region_without_samples_is_refused(region: Region, write) -> None:
    (problem,) = check_scenario(read_scenario(write({})), region)
    assert problem.where == "scenario plan: calibration"
    assert "has no samples" in problem.what


@pytest.mark.parametrize(
    ("calibration", "words"),
    [
        ({"hindcast": ""}, "calibration.*Set hindcast to a scenario"),
        ({"hindcast": "", "method": "none", "physical": True}, "Set hindcast to a scenario"),
        ({"method": "lasso"}, "calibration.method: found 'lasso'"),
        ({"target": "ratio"}, "calibration.target: found 'ratio'"),
        ({"physical": "yes"}, "calibration.physical: found 'yes'"),
        ({"methods": "gp"}, "unknown key 'methods'"),
    ],
)
def test_what_is_not_of_the_format_is_refused(write, calibration, words) -> None:
    with pytest.raises(InputError, match=words):
        read_scenario(write({}, **calibration))
