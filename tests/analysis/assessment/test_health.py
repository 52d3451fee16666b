"""Health: exposure worked by hand, screening values of two countries, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.assessment import health as h
from analysis.assessment import thresholds as t
from simulator.constants import METALS
from simulator.errors import InputError

FIRST, SECOND = (np.array([i], dtype=np.int8) for i in (0, 1))
M = {metal: i for i, metal in enumerate(METALS)}


def screening(effect: int, land: str, standard: str, metal: str) -> float:
    """Content of cancer risk 1e-6 (effect 0) or hazard quotient 1 (effect 1). [mg kg-1]."""
    per_content = h.risk_per_content(land, standard, False)[effect, :, M[metal]]
    return (1e-6, 1.0)[effect] / np.nansum(per_content)


def test_ingestion_of_the_first_class_by_hand() -> None:
    # HJ 25.3-2019 A.1: OISERca = (200 x 6 x 350/19.2 + 100 x 24 x 350/61.8) x 1e-6/27740
    #                          = (21875.0 + 13592.2) x 1e-6/27740 = 1.27856e-6 kg/kg/d
    # A.2: OISERnc = 200 x 6 x 350 x 1e-6/(19.2 x 2190) = 9.98858e-6 kg/kg/d, of the child
    soil = h.exposure("first class")
    assert soil.ingestion_cancer.sum() == pytest.approx(1.27856e-6, rel=1e-5)
    assert soil.ingestion_hazard[0] == pytest.approx(9.98858e-6, rel=1e-5)


def test_ingestion_of_the_second_class_by_hand() -> None:
    # OISERca = 100 x 25 x 250 x 1e-6/(61.8 x 27740) = 3.64573e-7
    # OISERnc = 100 x 25 x 250 x 1e-6/(61.8 x 9125) = 1.10830e-6 kg/kg/d
    soil = h.exposure("second class")
    assert soil.persons == ("adult",)
    assert soil.ingestion_cancer.sum() == pytest.approx(3.64573e-7, rel=1e-5)
    assert soil.ingestion_hazard[0] == pytest.approx(1.10830e-6, rel=1e-5)


def test_skin_contact_by_hand() -> None:
    # SAEc = 239 x 113.15^0.417 x 19.2^0.517 x 0.36 = 239 x 7.184 x 4.607 x 0.36 = 2848 cm2
    # DCSERnc/ABSd = 2848 x 0.2 x 350 x 6 x 1 x 1e-6/(19.2 x 2190) = 2.845e-5 kg/kg/d
    # SAEa = 239 x 161.5^0.417 x 61.8^0.517 x 0.18 = 3022 cm2 on land of the second class
    # DCSERca/ABSd = 3022 x 0.2 x 250 x 25 x 1e-6/(61.8 x 27740) = 2.203e-6 kg/kg/d
    assert h.exposure("first class").dermal_hazard[0] == pytest.approx(2.845e-5, rel=1e-3)
    assert h.exposure("second class").dermal_cancer[0] == pytest.approx(2.203e-6, rel=1e-3)


def test_dust_by_hand() -> None:
    # PISERnc of the child = 0.119 x 7.5 x 6 x 0.75 x (0.5 x 87.5 + 0.8 x 262.5) x 1e-6
    #                        /(19.2 x 2190) = 2.4237e-8 kg/kg/d
    # RfDi = RfC x 14.5/61.8, so that HQ = PISERnc x (61.8/14.5) x C/RfC
    found = h.exposure("first class").inhalation_hazard[0]
    assert found == pytest.approx(2.4237e-8 * 61.8 / 14.5, rel=1e-4)


def test_averaging_times_of_hazard_are_those_of_the_guideline() -> None:
    # ATnc 2190 d for the child of 6 years, 9125 d for the adult of 25 years
    child, worker = h.exposure("first class"), h.exposure("second class")
    assert child.ingestion_cancer[0] * 27740 == pytest.approx(child.ingestion_hazard[0] * 2190)
    assert worker.ingestion_cancer[0] * 27740 == pytest.approx(worker.ingestion_hazard[0] * 9125)


@pytest.mark.parametrize(
    ("effect", "land", "metal", "share", "printed"),
    [
        # Screening values of GB 36600-2018 (read), which were derived with HJ 25.3
        (1, "first class", "Cu", 1.0, 2000.0),
        (1, "second class", "Cu", 1.0, 18000.0),
        (1, "second class", "Ni", 1.0, 900.0),
        (0, "first class", "Cd", 1.0, 20.0),
        # of Cr only the hundredth that is Cr(VI) causes cancer
        (0, "first class", "Cr", 0.01, 3.0),
        (0, "second class", "Cr", 0.01, 5.7),
    ],
)
def test_screening_values_of_gb_36600(effect, land, metal, share, printed) -> None:
    found = share * screening(effect, land, "HJ 25.3-2019", metal)
    assert found == pytest.approx(printed, rel=0.02)


@pytest.mark.parametrize(
    ("metal", "printed"), [("Cu", 3100.0), ("Zn", 23000.0), ("Cd", 71.0), ("Ni", 1500.0)]
)
def test_screening_levels_of_us_epa(metal: str, printed: float) -> None:
    # Resident soil, hazard quotient 1, RSL tables before 2020; printed with two digits
    found = screening(1, "first class", "US EPA RSL", metal)
    digits = 10.0 ** (np.floor(np.log10(found)) - 1.0)
    assert round(found / digits) * digits == pytest.approx(printed)


def test_arsenic_of_us_epa_with_its_relative_bioavailability() -> None:
    # Resident soil: cancer 0.68, hazard 35 mg/kg, with 60 % of swallowed As available
    cancer, hazard = (
        h.risk_per_content("first class", "US EPA RSL", False)[effect, :, M["As"]]
        * np.array([0.6, 1.0, 1.0])
        for effect in (0, 1)
    )
    assert 1e-6 / cancer.sum() == pytest.approx(0.68, abs=0.005)
    assert 1.0 / hazard.sum() == pytest.approx(35.0, abs=0.5)


def test_the_child_has_most_hazard_by_every_pathway() -> None:
    for standard in h.STANDARDS:
        soil = h.exposure("first class", standard)
        for doses in (soil.ingestion_hazard, soil.dermal_hazard, soil.inhalation_hazard):
            assert doses[0] >= doses[1]


def test_which_metals_have_which_effect() -> None:
    risk = h.health_risk(np.full((8, 1), 10.0), FIRST)
    causes_cancer = {m for m in METALS if np.isfinite(risk.cancer[M[m], 0])}
    assert causes_cancer == {"As", "Cd", "Cr", "Ni"}
    assert {m for m in METALS if np.isfinite(risk.hazard[M[m], 0])} == set(METALS) - {"Pb"}
    assert risk.lead_ratio[0] == pytest.approx(10.0 / 400.0)
    assert h.health_risk(np.full((8, 1), 10.0), SECOND).lead_ratio[0] == pytest.approx(0.0125)


contents = st.lists(st.floats(0.01, 1e4), min_size=8, max_size=8)


@given(contents, st.floats(0.1, 10.0), st.sampled_from(h.STANDARDS))
def test_risk_is_linear_in_content(values, factor, standard) -> None:
    content = np.array(values)[:, None]
    one, more = (h.health_risk(c, FIRST, standard=standard) for c in (content, factor * content))
    for name in ("cancer", "hazard", "cancer_by_pathway", "hazard_by_pathway", "lead_ratio"):
        np.testing.assert_allclose(getattr(more, name), factor * getattr(one, name), rtol=1e-12)


@given(contents, st.sampled_from([0, 1]), st.booleans())
def test_pathways_and_metals_add_up_to_the_same_total(values, land, bioaccessible) -> None:
    content = np.array(values)[:, None]
    risk = h.health_risk(content, np.array([land], np.int8), bioaccessible=bioaccessible)
    assert np.nansum(risk.cancer_by_pathway) == pytest.approx(risk.total_cancer[0])
    assert np.nansum(risk.hazard_by_pathway) == pytest.approx(risk.hazard_index[0])


def test_bioaccessibility_lowers_ingestion_alone() -> None:
    content = np.full((8, 1), 10.0)
    whole = h.health_risk(content, FIRST)
    part = h.health_risk(content, FIRST, bioaccessible=True)
    swallowed = h.PATHWAYS.index("ingestion")
    assert part.hazard_by_pathway[swallowed, 0] < whole.hazard_by_pathway[swallowed, 0]
    others = [i for i in range(3) if i != swallowed]
    np.testing.assert_array_equal(part.hazard_by_pathway[others], whole.hazard_by_pathway[others])


def test_land_decides_the_exposure_and_a_map_keeps_its_shape() -> None:
    receptor = np.array(
        [[t.RESIDENTIAL, t.INDUSTRIAL, t.AGRICULTURAL], [t.ECOLOGICAL_RECEPTOR, -1, 0]]
    )
    land = h.health_land(receptor)
    assert land.tolist() == [[0, 1, 0], [-1, -1, 0]]
    risk = h.health_risk(np.full((8, 2, 3), 5.0), land)
    assert risk.cancer.shape == (8, 2, 3)
    assert risk.hazard_by_pathway.shape == (3, 2, 3)
    assert np.isnan(risk.total_cancer[1, :2]).all()
    assert np.isnan(risk.lead_ratio[1, :2]).all()
    assert risk.total_cancer[0, 0] > risk.total_cancer[0, 1] > 0.0
    assert risk.hazard_index[0, 0] == risk.hazard_index[0, 2]


def test_us_epa_knows_no_second_class() -> None:
    risk = h.health_risk(np.full((8, 2), 5.0), np.array([0, 1]), standard="US EPA RSL")
    assert np.isfinite(risk.hazard_index).tolist() == [True, False]


def test_no_soil_has_no_risk() -> None:
    risk = h.health_risk(np.full((8, 1), np.nan), FIRST)
    assert np.isnan(risk.total_cancer[0])
    assert np.isnan(risk.hazard_by_pathway).all()


def test_unknown_standard_is_named() -> None:
    with pytest.raises(InputError, match="HJ 1"):
        h.health_risk(np.ones((8, 1)), FIRST, standard="HJ 1")
