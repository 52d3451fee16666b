"""The command line on the small region."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from simulator.scenario import Scenario


@pytest.fixture(scope="session")
def call() -> Callable[..., Result]:
    """Call ``metalscape`` with arguments."""

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments])

    return invoke


@pytest.fixture(scope="session")
def write_scenario(make_scenario: Callable[..., Scenario]) -> Callable[..., Path]:
    """Write a scenario for the small region; keywords override."""

    def write(path: Path, **overrides: object) -> Path:
        path.write_text(make_scenario(**{"years": 4, **overrides}).to_toml(), encoding="utf-8")
        return path

    return write


@pytest.fixture
def no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the picture out where it is not the subject; it takes most of a short run."""
    monkeypatch.setattr("analysis.cli.run.write_map", lambda run, metal: None)


@pytest.fixture(scope="session")
def finished(
    call: Callable[..., Result],
    write_scenario: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Result, Path]:
    """Result of ``run`` and the folder of the run."""
    folder = tmp_path_factory.mktemp("cli")
    scenario = write_scenario(folder / "test.toml")
    result = call("run", scenario, "--out", folder / "runs", "--name", "first")
    return result, folder / "runs" / "first"
