"""Which runs can be compared, and over which years."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from analysis.compare.align import align
from simulator.errors import InputError
from simulator.record import RunFolder


def test_runs_of_other_years_are_compared_over_those_that_all_have(baseline, longer) -> None:
    found = align([baseline, longer])
    assert found.recorded == (2020, 2022, 2024)
    assert found.years == (2020, 2024)
    assert (found.reference, found.others) == ("baseline", ("longer",))


def test_chosen_years_are_sorted_and_must_be_in_all_runs(baseline, longer) -> None:
    assert align([baseline, longer], [2024, 2020, 2022, 2022]).years == (2020, 2022, 2024)
    with pytest.raises(InputError, match=r"year 2021.*not in all runs.*2020 to 2024"):
        align([baseline, longer], [2020, 2021])


def test_runs_of_one_name_are_told_apart(baseline) -> None:
    assert align([baseline] * 3).names == ("baseline", "baseline (2)", "baseline (3)")


@pytest.mark.parametrize("count", [0, 1, 9])
def test_two_to_eight_runs_are_compared(baseline, count: int) -> None:
    with pytest.raises(InputError, match=rf"{count} runs?\b.*2 to 8 runs"):
        align([baseline] * count)


def altered(run: RunFolder, folder: Path, **changes: object) -> RunFolder:
    """Copy of a run whose manifest says something else."""
    shutil.copytree(run.path, folder)
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**manifest, "name": folder.name, **changes}), "utf-8")
    return RunFolder(folder)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("grid", {"rows": 8}, "grid is rows 8"),
        ("region", {"name": "elsewhere"}, "region is elsewhere, that of 'baseline' testland"),
        ("metals", ["Cd"], "list of metals is Cd, that of 'baseline' As, Cd"),
        ("layer_thickness", [0.15], r"list of layers is 0\.15"),
    ],
)
def test_a_run_of_another_region_is_refused(baseline, tmp_path, key, value, words) -> None:
    other = altered(baseline, tmp_path / "other", **{key: value})
    with pytest.raises(InputError, match=rf"run 'other'.*{words}.*of one region"):
        align([baseline, other])


def test_runs_that_are_not_finished_are_refused(baseline, tmp_path) -> None:
    half = altered(baseline, tmp_path / "half", status="unfinished")
    with pytest.raises(InputError, match=r"run 'half'.*is not finished.*metalscape resume half"):
        align([baseline, half])


def test_runs_that_do_not_overlap_are_refused(baseline, record_run) -> None:
    with pytest.raises(InputError, match=r"no year is in all.*baseline 2020-2024, far 2030-2031"):
        align([baseline, record_run("far", start=2030, years=1)])
    with pytest.raises(InputError, match="only 2024 is recorded in all"):
        align([baseline, record_run("after", start=2024, years=1)])
