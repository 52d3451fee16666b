"""Urbanisation paths: they come from the table, differ as their names say, and are checked."""

from __future__ import annotations

import math

import pytest

from simulator.data import Parameters
from simulator.errors import InputError
from simulator.landuse.paths import TREND, UrbanPath

P = Parameters()
NAMES = ("trend", "compact", "sprawl", "polycentric", "ecological")
PATHS = {name: UrbanPath.of(P, name) for name in NAMES}


def test_the_table_has_these_paths_with_the_same_parameters() -> None:
    assert P.keys("urbanisation", "path") == NAMES
    shares = {"infill_share", "edge_share", "leapfrog_share"}
    whole = {*P.keys("urbanisation", "parameter", path="compact")}
    assert shares < whole
    for name in NAMES:
        has = {*P.keys("urbanisation", "parameter", path=name)}
        assert has == (whole - shares if name == TREND else whole)


def test_the_trend_changes_nothing() -> None:
    trend = PATHS[TREND]
    assert trend.shares is None
    assert (trend.demand_factor, trend.patch_mean, trend.chance) == (1.0, 0.0, 1.0)
    assert (trend.centre_weight, trend.subcentres) == (0.0, 0)
    assert (trend.farmland_factor, trend.nature_factor) == (1.0, 1.0)
    assert (trend.unsealing_rate, trend.red_line_share) == (0.0, 0.0)
    assert (trend.max_impervious_urban, trend.max_impervious_industrial) == (0.80, 0.88)


@pytest.mark.parametrize("name", NAMES[1:])
def test_shares_of_a_path_make_a_whole(name: str) -> None:
    shares = PATHS[name].shares
    assert shares is not None
    assert math.isclose(sum(shares), 1.0)


def test_paths_differ_as_their_names_say() -> None:
    """Growth: ecological < compact < polycentric = trend < sprawl; and so in form."""
    growth = [PATHS[n].demand_factor for n in ("ecological", "compact", "polycentric", "sprawl")]
    assert growth == sorted(set(growth))
    assert PATHS["polycentric"].demand_factor == 1.0
    compact, sprawl = PATHS["compact"], PATHS["sprawl"]
    assert compact.shares is not None
    assert sprawl.shares is not None
    assert compact.shares[0] > 0.2 > sprawl.shares[0], "infill of Wuhan: a fifth"
    assert compact.shares[2] < 0.15 < sprawl.shares[2], "leapfrog of Wuhan: 15 %"
    assert compact.patch_mean > sprawl.patch_mean
    assert compact.centre_weight > 0 >= sprawl.centre_weight
    assert compact.max_impervious_urban > sprawl.max_impervious_urban
    assert [n for n in NAMES if PATHS[n].subcentres] == ["polycentric"]
    ecological = PATHS["ecological"]
    assert ecological.nature_factor == min(p.nature_factor for p in PATHS.values())
    assert ecological.red_line_share == max(p.red_line_share for p in PATHS.values())
    assert [n for n in NAMES if PATHS[n].unsealing_rate] == ["ecological"]


def test_values_are_in_si() -> None:
    assert PATHS["compact"].patch_mean == 150e4  # m2


def test_overrides_that_do_not_fit_together_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="sum to 1"):
        UrbanPath.of(Parameters({"urbanisation/compact/infill_share": 0.9}), "compact")
    bad = Parameters({"urbanisation/sprawl/chance": 2.0, "urbanisation/sprawl/demand_factor": -1.0})
    with pytest.raises(InputError) as error:
        UrbanPath.of(bad, "sprawl")
    assert sorted(p.where for p in error.value.problems) == [
        "parameters urbanisation/sprawl/chance",
        "parameters urbanisation/sprawl/demand_factor",
    ]


def test_an_override_changes_its_path() -> None:
    path = UrbanPath.of(Parameters({"urbanisation/trend/demand_factor": 0.9}), TREND)
    assert path.demand_factor == 0.9
