"""Broken inputs are refused, and the message says where, what, which rule and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simulator.errors import InputError
from simulator.region import check_region
from simulator.scenario import check_scenario
from tests.broken.cases import CASES, Case, make_inputs


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_inputs(tmp_path_factory.mktemp("inputs") / "good")


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder with its size and time of change."""
    files = (p for p in folder.rglob("*") if not p.is_dir())
    return {str(p.relative_to(folder)): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in files}


def test_unbroken_inputs_are_accepted(inputs: Path) -> None:
    assert check_region(inputs / "testland") == []
    assert check_scenario(inputs / "plan.toml") == []


def test_there_are_many_and_each_has_its_own_name() -> None:
    names = [(c.kind, c.name) for c in CASES]
    assert len(names) == len(set(names)) >= 35


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kind}: {c.name}")
def test_broken_input_is_refused_with_a_useful_message(
    case: Case, inputs: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(inputs, folder)
    case.edit(folder)
    before = tree(tmp_path)
    with pytest.raises(InputError) as caught:
        case.read(folder)
    assert caught.value.problems
    for problem in caught.value.problems:
        for part in (problem.where, problem.what, problem.rule, problem.fix):
            assert part.strip()
        assert problem.fix.endswith((".", "?"))
    message = str(caught.value)
    for words in case.words:
        assert words in message
    assert tree(tmp_path) == before, "reading wrote something"
