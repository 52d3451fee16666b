"""``new`` and ``policies``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.experiment.read import read_experiment
from simulator.scenario import builtin_policies, check_scenario, read_policy


def test_templates_are_in_order(call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for what in ("scenario", "policy", "experiment"):
        done = call("new", what, f"my-{what}.toml")
        assert done.exit_code == 0
        assert f"my-{what}.toml" in done.stdout
    text = Path("my-scenario.toml").read_text()
    Path("my-scenario.toml").write_text(text.replace('# "my-policy.toml"', '"my-policy.toml"'))
    assert check_scenario("my-scenario.toml") == []
    assert read_policy("my-policy.toml", tmp_path).name == "my-policy"
    experiment, _ = read_experiment(Path("my-experiment.toml"))
    assert experiment.spec.name == "my-experiment"


def test_a_template_replaces_nothing(call, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("mine")
    assert call("new", "policy", str(file)).exit_code == 2
    assert call("new", "policy", str(tmp_path / "a.txt")).exit_code == 2
    assert call("new", "region", str(tmp_path / "b.toml")).exit_code == 2
    assert file.read_text() == "mine"


def test_policies_are_listed(call) -> None:
    listed = call("policies").stdout
    assert all(name in listed for name in builtin_policies())
    whole = json.loads(call("policies", "--json").stdout)
    assert [policy["name"] for policy in whole] == builtin_policies()
