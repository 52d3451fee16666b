"""Variants held against samples that they have not seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.calibration.case import OF_PROCESSES, Case
from analysis.calibration.evaluate import BLOCKS, RANDOM, cross_validate, schemes, score_kept
from analysis.calibration.sites import place_sites
from analysis.calibration.variants import (
    BOTH,
    CALIBRATED,
    KRIGING,
    LEARNING,
    NONE,
    PHYSICAL,
    PROCESS,
    VARIANTS,
    predict,
)
from analysis.soilmap.tables import read_table
from simulator.calibration.sites import at_sites
from simulator.constants import METALS, MG_PER_KG
from simulator.errors import InputError
from tests.analysis.calibration.conftest import ANALYSED, LEVEL, RATIO, SCATTER

FAST = (NONE, KRIGING, PROCESS, PHYSICAL, CALIBRATED, BOTH)


@pytest.fixture(autouse=True)
def small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.estimators.learned.TREES", 30)


@pytest.fixture
def file(case: Case, tmp_path: Path) -> Path:
    """The samples themselves in the form of a file that was kept apart."""
    observed = case.observed
    table = pd.DataFrame({"id": observed.site, "x_m": observed.place[:, 0]})
    table["y_m"] = observed.place[:, 1]
    table["elev_m"], table["zone_name"] = 5, "west"
    table["zone"] = observed.covariates["zone"].astype(int)
    for metal in ANALYSED:
        table[metal] = MG_PER_KG * observed.content[:, METALS.index(metal)]
    table["Cd"] = ["<0.5", *table["Cd"][1:].astype(str)]
    table.to_csv(tmp_path / "kept.csv", index=False)
    return tmp_path / "kept.csv"


def test_folds_are_common_and_blocks_lie_further_apart(case: Case) -> None:
    found = schemes(case, ("Cd", "Zn"), 5)
    assert set(np.unique(found[BLOCKS].folds)) == set(range(5))
    assert found[BLOCKS].nearest_m >= found[RANDOM].nearest_m
    assert found[BLOCKS].block_m > 0.0


@pytest.mark.slow
def test_calibrated_processes_find_what_kriging_and_processes_miss(case: Case) -> None:
    """The processes are right in the west and half of what is there in the east."""
    held_out = cross_validate(case, ("Cd",), FAST, schemes(case, ("Cd",), 5)[BLOCKS], jobs=1)
    scores = held_out.scores["Cd"]
    assert list(scores) == list(FAST)
    scatter = SCATTER / np.log(10.0)
    half_wrong = np.log10(RATIO) * np.sqrt(0.5)
    assert scores[PROCESS].rmse_log10 == pytest.approx(np.hypot(half_wrong, scatter), rel=0.2)
    for name in (CALIBRATED, BOTH):
        assert scores[name].rmse_log10 < 1.3 * scatter
        assert scores[name].rmse_log10 < scores[KRIGING].rmse_log10
        assert 0.8 <= scores[name].coverage_90 <= 1.0
        assert scores[name].weight is not None
    assert scores[PHYSICAL].rmse_log10 < scores[PROCESS].rmse_log10  # the mean of both zones
    assert scores[NONE].bias_mg_kg < scores[PROCESS].bias_mg_kg < 0.0
    assert np.isfinite(held_out.predicted["Cd"][BOTH].content).all()


@pytest.mark.slow
def test_a_fold_has_no_part_in_its_own_prediction(case: Case) -> None:
    scheme = schemes(case, ("Cd",), 3)[RANDOM]
    out = scheme.folds == 1
    content = case.observed.content.copy()
    content[out] *= 5.0
    other = replace(case, observed=replace(case.observed, content=content))
    first, second = (
        cross_validate(c, ("Cd",), FAST, scheme, jobs=1).predicted["Cd"] for c in (case, other)
    )
    for name in FAST:
        for field in ("content", "low", "high"):
            a, b = getattr(first[name], field), getattr(second[name], field)
            np.testing.assert_array_equal(a[out], b[out])
    assert (first[BOTH].content[~out] != second[BOTH].content[~out]).any()


@pytest.mark.slow
def test_the_bits_do_not_depend_on_the_processes(case: Case) -> None:
    scheme = schemes(case, ("Cd",), 3)[RANDOM]
    one, two = (
        cross_validate(case, ("Cd", "Zn"), (KRIGING, CALIBRATED), scheme, jobs=jobs).scores
        for jobs in (1, 2)
    )
    assert one == two


def test_maps_without_processes_see_none_of_what_they_computed(case: Case) -> None:
    rows = case.rows(case.observed, "Cd", at_sites(case.hindcast.content, case.observed).end)
    assert not set(OF_PROCESSES) & set(rows.plain)
    assert set(OF_PROCESSES) <= set(rows.of_process)
    assert {"x", "y", "zone", "elevation"} <= set(rows.plain)
    np.testing.assert_array_equal(rows.process, LEVEL)
    np.testing.assert_array_equal(rows.start, 0.5 * LEVEL)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_predicts_with_an_interval(case: Case, variant: str) -> None:
    everything = np.ones(len(case.observed), dtype=bool)
    unseen = case.unseen(everything)
    physical = at_sites(case.adjusted(case.inferred()), case.observed).end
    fitted = case.fitted(everything, "Pb", unseen)
    found = predict(variant, fitted, case.rows(case.observed, "Pb", physical), case.learner)
    assert (found.low <= found.content).all()
    assert (found.content <= found.high).all()
    assert (found.weight is not None) == (variant in (CALIBRATED, BOTH))


def test_the_interval_of_the_processes_is_that_of_their_errors(case: Case) -> None:
    """Split conformal: the ceil(0.9 (n + 1))-th of the sorted errors of the logarithm."""
    everything = np.ones(len(case.observed), dtype=bool)
    fitted = case.fitted(everything, "Cd", at_sites(case.hindcast.content, case.observed))
    errors = np.sort(np.abs(np.log(case.observed.content[:, METALS.index("Cd")] / LEVEL)))
    found = predict(PROCESS, fitted, fitted.rows, case.learner)
    rank = int(np.ceil(0.9 * (errors.size + 1)))
    np.testing.assert_allclose(np.log(found.high / found.content), errors[rank - 1])


def test_a_file_is_predicted_before_it_is_read(case: Case, file: Path, tmp_path: Path) -> None:
    """Other contents there: the same predictions, so biases differ by the shift alone."""
    table = pd.read_csv(file)
    table["Zn"] += 100.0
    table.to_csv(tmp_path / "other.csv", index=False)
    first, second = (
        score_kept(case, path, ("Zn",), FAST, jobs=1) for path in (file, tmp_path / "other.csv")
    )
    for name in FAST:
        shift = first.scores["Zn"][name].bias_mg_kg - second.scores["Zn"][name].bias_mg_kg
        assert shift == pytest.approx(100.0)


def test_sites_of_a_file_take_its_covariates_and_censored_ones_do_not_count(
    case: Case, file: Path
) -> None:
    kept = score_kept(case, file, ("Cd", "Zn"), (LEARNING, CALIBRATED), jobs=1)
    assert (kept.sites, kept.outside) == (len(case.observed), 0)
    assert kept.below == {"Cd": 1, "Zn": 0}
    assert kept.scores["Cd"][CALIBRATED].n == len(case.observed) - 1
    table = pd.read_csv(file)
    table["zone"] = [3 - z if i < 5 else None for i, z in enumerate(table["zone"])]
    table.to_csv(file, index=False)
    sites = place_sites(read_table(file), case.region, case.hindcast).sites
    of_cell = case.region.covariates["zone"].values.reshape(-1)[sites.cell]
    np.testing.assert_array_equal(sites.covariates["zone"][:5], 3 - of_cell[:5])
    np.testing.assert_array_equal(sites.covariates["zone"][5:], of_cell[5:])
    assert np.isnan(sites.content).all()


def test_sites_far_away_are_left_out_and_told(case: Case, file: Path) -> None:
    table = pd.read_csv(file)
    table.loc[:9, "x_m"] += 1e6
    table.to_csv(file, index=False)
    kept = score_kept(case, file, ("Zn",), (PROCESS,), jobs=1)
    assert (kept.sites, kept.outside) == (len(table) - 10, 10)
    table["x_m"] += 1e6
    table.to_csv(file, index=False)
    with pytest.raises(InputError, match="far from the soil"):
        score_kept(case, file, ("Zn",), (PROCESS,), jobs=1)


def test_what_cannot_be_scored_is_told(case: Case) -> None:
    assert case.metals(("Zn", "Cd")) == ("Cd", "Zn")
    with pytest.raises(InputError, match="no metal of the model"):
        case.metals(("Fe",))
    with pytest.raises(InputError, match="no variant"):
        case.variants(("krigging",))
    untagged = replace(case, hindcast=replace(case.hindcast, tags=()))
    assert PHYSICAL not in untagged.variants()
    few = case.observed.content.copy()
    few[5:, METALS.index("Cd")] = np.nan
    scarce = replace(case, observed=replace(case.observed, content=few))
    assert "Cd" not in scarce.metals()
    with pytest.raises(InputError, match="5 samples know it"):
        scarce.metals(("Cd",))
