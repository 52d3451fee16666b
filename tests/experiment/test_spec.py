"""What an experiment file may say, and what is told where it says something else."""

from __future__ import annotations

import pytest

from analysis.experiment.read import (
    builtin_experiments,
    experiment_file,
    read_experiment,
    read_spec,
)
from simulator.errors import InputError
from tests.experiment.files import SMALL, write_experiment

STRENGTH = """
[[levers]]
name = "clean"
policies = ["clean-farming"]
strength = [0.0, 1.0]
"""


def problems_of(folder, make_scenario, text: str):
    with pytest.raises(InputError) as caught:
        read_experiment(write_experiment(folder, make_scenario, text))
    return caught.value.problems


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("samples = 2", "sample = 2", "design.sample", "Did you mean 'samples'?"),
        ("samples = 2", 'method = "sobol"\nsamples = 6', "design.samples", "Take 4 or 8."),
        ("samples = 2", 'method = "full"', "design.samples", "Give 2 or more."),
        ("samples = 2", "samples = 90000", "design", "270000 members"),
        ("*manure*/C*", "*manur_*/C*", "'manure contents'", "matches nothing"),
        ("*manure*/C*", "*/Xx", "'manure contents'", "matches nothing"),
        ('"material_contents/*manure*/C*"', '"general/*/gravity"', "'manure contents'", "nothing"),
        ('name = "background"', 'name = "policy"', "uncertainties", "is a lever too"),
        ("range = [0.5, 1.5]", "", "uncertainties 2", "has a range of factors"),
        ("range = [0.5, 1.5]", "range = [1.5, 0.5]", "uncertainties 2, range", "lower to a higher"),
        ("range = [0.5, 1.5]", "range = [-0.5, 1.5]", "uncertainties 2", "is not negative"),
        (
            "range = [0.5, 1.5]", 'range = [0.0, 1.5]\nscale = "log"', "uncertainties 2",
            "numbers above 0",
        ),
        ('input = "deposition_background"', 'sectors = ["nothing*"]', "'background'", "nothing"),
        ('input = "deposition_background"', 'input = "manuer"', "uncertainties 2", "'manure'"),
        ("maps = [2022, 2024]", "maps = [2022, 2025]", "outcomes.maps", "2020 to 2024"),
        ('metals = ["Cd", "Cu"]', "metals = []", "outcomes.metals", "at least 1"),
        ("{landuse = ", "{years = 9, landuse = ", "levers 1", "Remove years"),
        ('path = "compact"', 'path = "kompact"', "'compact'", "Did you mean 'compact'?"),
        ("date = 2022.5", "date = 2032.5", "'less manure'", "outside the run"),
        ('name = "none"', 'name = "compact"', "levers 1", "compact"),
        ('scenario = "base.toml"', 'scenario = "../base.toml"', "scenario", "may not leave"),
        ('scenario = "base.toml"', 'scenario = "wuhan-basline"', "scenario", "'wuhan-baseline'"),
        ('name = "none"', 'name = "none"\npolicies = ["x"]', "'none'", "no policy 'x'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    make_scenario, tmp_path, old: str, new: str, place: str, words: str
):
    assert SMALL.count(old) >= 1
    found = problems_of(tmp_path, make_scenario, SMALL.replace(old, new, 1))
    assert any(place in p.where and words in str(p) for p in found), list(map(str, found))


def test_all_problems_are_told_at_once(make_scenario, tmp_path):
    text = SMALL.replace("*manure*", "*manuer*").replace("2022, 2024", "1999")
    found = problems_of(tmp_path, make_scenario, text.replace("[design]", "[design]\nseed = 3"))
    assert len(found) == 2


def test_rows_without_a_range_need_one(make_scenario, tmp_path):
    text = SMALL.replace('"material_contents/*manure*/C*"', '"control_removal/SCR/C*"')
    assert any("has no range" in p.what for p in problems_of(tmp_path, make_scenario, text))
    with_range = text.replace(
        '["control_removal/SCR/C*"]', '["control_removal/SCR/C*"]\nrange = [0.9, 1.1]'
    )
    experiment, _ = read_experiment(write_experiment(tmp_path / "b", make_scenario, with_range))
    assert len(experiment.rows["manure contents"]) == 3


def test_a_parameter_follows_one_uncertainty(make_scenario, tmp_path):
    more = '\n[[uncertainties]]\nname = "pigs"\nparameters = ["material_contents/pig manure/Cd"]\n'
    found = problems_of(tmp_path, make_scenario, SMALL + more)
    assert [p.what for p in found] == [
        "material_contents/pig manure/Cd belongs to 'manure contents' too"
    ]


@pytest.mark.parametrize(
    "lever",
    [
        'policies = ["clean-farming"]',
        'policies = ["clean-farming"]\nstrength = [0.0, 1.0]\nlevels = [0.0, 1.0]',
        "strength = [0.0, 1.0]",
        'policies = ["clean-farming"]\nlevels = [0.5]',
        'policies = ["clean-farming"]\nlevels = [0.5, 0.5]',
        'policies = ["clean-farming"]\nstrength = [0.0, 1.5]',
    ],
)
def test_a_lever_is_of_one_kind(make_scenario, tmp_path, lever: str):
    found = problems_of(tmp_path, make_scenario, f'{SMALL}\n[[levers]]\nname = "x"\n{lever}\n')
    assert all("levers 2" in p.where for p in found)


def test_compliance_needs_policies(make_scenario, tmp_path):
    text = SMALL.replace('policy = "manure"\n', "")
    uncertain = '\n[[uncertainties]]\nname = "who follows"\ncompliance = [0.5, 1.0]\n'
    found = problems_of(tmp_path, make_scenario, text + uncertain)
    assert [p.what for p in found] == ["no member has a policy"]
    read_experiment(write_experiment(tmp_path / "b", make_scenario, SMALL + uncertain))


def test_nothing_sampled_is_no_design(make_scenario, tmp_path):
    text = SMALL[: SMALL.index("[[uncertainties]]")]
    assert any("nothing is sampled" in p.what for p in problems_of(tmp_path, make_scenario, text))


def test_a_file_reads_back_the_same(make_scenario, tmp_path):
    text = SMALL + STRENGTH + '\n[[levers]]\nname = "levels"\npolicies = [{name = "clean-farming",'
    text += " begin = 2021.0, strength = 0.5}]\nlevels = [0.0, 0.5, 1.0]\n"
    spec = read_spec(write_experiment(tmp_path, make_scenario, text))
    again = tmp_path / "again.toml"
    again.write_text(spec.to_toml(), encoding="utf-8")
    assert read_spec(again) == spec
    assert spec.factors == ("clean", "manure contents", "background")
    assert [lever.name for lever in spec.choices] == ["policy", "levels"]
    assert [o.policies[0].strength for o in spec.choices[1].choices] == [0.0, 0.25, 0.5]


def test_the_scenario_of_the_file_loses_its_tags(make_scenario, tmp_path):
    path = write_experiment(tmp_path, make_scenario, tags={"by": "sector"})
    experiment, _ = read_experiment(path)
    assert experiment.base.tags.by == "none"
    assert len(experiment.options) == 3
    assert all(option.tags.by == "none" for option in experiment.options)


@pytest.mark.parametrize("name", builtin_experiments())
def test_built_in_experiments_are_good(name: str):
    experiment, _ = read_experiment(experiment_file(name))
    assert experiment.spec.name == name


def test_an_experiment_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(InputError, match="Did you mean 'taizhou-choices'"):
        experiment_file("taizhou-choises")
