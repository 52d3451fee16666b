"""Limits: the numbers of the standards at their borders, receptors by land, what has no limit."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.assessment import thresholds as t
from analysis.assessment.values import ASSESSMENT_TABLES, table
from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import InputError

LAND = {name: np.int8(i) for i, name in enumerate(LAND_CLASSES)}


def farmland(metal: str, ph: float, land: str, standard: str = "screening") -> float:
    return float(t.farmland_limit(metal, np.array([ph]), np.array([LAND[land]]), standard)[0])


def limits(receptor: int, ph: float = 5.0, land: str = "forest", **options) -> dict[str, float]:
    one = np.array([ph])
    found = t.limits(
        np.array([receptor], dtype=np.int8),
        one,
        np.array([LAND[land]]),
        np.array([0.03]),
        np.array([0.25]),
        **options,
    )
    return dict(zip(METALS, found[:, 0], strict=True))


@pytest.mark.parametrize(
    ("metal", "ph", "land", "expected"),
    [
        # GB 15618-2018 table 1; a class holds its upper bound, not its lower one
        ("Cd", 5.5, "paddy", 0.3),
        ("Cd", 5.51, "paddy", 0.4),
        ("Cd", 6.5, "paddy", 0.4),
        ("Cd", 6.51, "paddy", 0.6),
        ("Cd", 7.5, "paddy", 0.6),
        ("Cd", 7.51, "paddy", 0.8),
        ("Cd", 7.5, "dryland", 0.3),
        ("Cd", 8.0, "vegetable", 0.6),
        ("As", 6.0, "paddy", 30.0),
        ("As", 6.0, "dryland", 40.0),
        ("Pb", 5.0, "dryland", 70.0),
        ("Cu", 5.0, "orchard", 150.0),
        ("Cu", 6.51, "orchard", 200.0),
        ("Zn", 5.0, "orchard", 200.0),
        ("Hg", 7.0, "forest", 2.4),
        ("Ni", 7.5, "paddy", 100.0),
        ("Ni", 7.51, "paddy", 190.0),
    ],
)
def test_screening_values_of_farmland(metal: str, ph: float, land: str, expected: float) -> None:
    assert farmland(metal, ph, land) == expected


@pytest.mark.parametrize(
    ("metal", "ph", "expected"),
    [
        # GB 15618-2018 table 3
        ("Cd", 5.5, 1.5), ("Cd", 5.6, 2.0), ("Cd", 6.6, 3.0), ("Cd", 7.6, 4.0),
        ("As", 5.5, 200.0), ("As", 7.6, 100.0), ("Cr", 6.5, 850.0), ("Pb", 7.6, 1000.0),
    ],
)  # fmt: skip
def test_intervention_values_know_no_crop(metal: str, ph: float, expected: float) -> None:
    for land in ("paddy", "orchard", "dryland"):
        assert farmland(metal, ph, land, "intervention") == expected


@pytest.mark.parametrize("metal", ["Cu", "Ni", "Zn"])
def test_metals_without_intervention_value(metal: str) -> None:
    assert np.isnan(farmland(metal, 6.0, "paddy", "intervention"))


@pytest.mark.parametrize("metal", METALS)
def test_farmland_has_a_value_at_every_ph_and_none_without_soil(metal: str) -> None:
    for land in ("paddy", "orchard", "dryland", "forest"):
        assert all(farmland(metal, ph, land) > 0.0 for ph in np.linspace(3.0, 10.0, 29))
    assert np.isnan(farmland(metal, np.nan, "paddy"))


def test_screening_lies_below_intervention() -> None:
    for metal in ("As", "Cd", "Cr", "Hg", "Pb"):
        for ph in (5.0, 6.0, 7.0, 8.0):
            for land in ("paddy", "dryland"):
                assert farmland(metal, ph, land) < farmland(metal, ph, land, "intervention")


def test_development_land() -> None:
    # GB 36600-2018 table 1; Cr and Zn of DB33/T 892-2013
    home, work = limits(t.RESIDENTIAL, land="urban"), limits(t.INDUSTRIAL, land="industrial")
    assert home == {
        "As": 20.0, "Cd": 20.0, "Cr": 250.0, "Cu": 2000.0,
        "Hg": 8.0, "Ni": 150.0, "Pb": 400.0, "Zn": 3500.0,
    }  # fmt: skip
    assert work == {
        "As": 60.0, "Cd": 65.0, "Cr": 2500.0, "Cu": 18000.0,
        "Hg": 38.0, "Ni": 900.0, "Pb": 800.0, "Zn": 10000.0,
    }  # fmt: skip
    strict = limits(t.RESIDENTIAL, standard="intervention")
    assert (strict["As"], strict["Pb"]) == (120.0, 800.0)
    assert np.isnan([strict["Cr"], strict["Zn"]]).all()


def test_a_change_of_land_changes_the_limit_though_the_soil_stays() -> None:
    # carrying capacity facts, section 4: Cd 0.3 to 20, Pb 80 to 400, As 30 to 20 mg/kg
    before = limits(t.AGRICULTURAL, ph=5.0, land="paddy")
    after = limits(t.RESIDENTIAL, ph=5.0, land="urban")
    assert [before[m] for m in ("Cd", "Pb", "As")] == [0.3, 80.0, 30.0]
    assert [after[m] for m in ("Cd", "Pb", "As")] == [20.0, 400.0, 20.0]


def test_ecological_limits_are_the_chosen_ones_and_have_no_intervention_value() -> None:
    background = np.full((len(METALS), 1), 10.0)
    assert limits(t.ECOLOGICAL_RECEPTOR, ph=5.0)["Cu"] == pytest.approx(21.0)
    added = limits(t.ECOLOGICAL_RECEPTOR, ph=5.0, ecological="added", background=background)
    assert added["As"] == 40.0
    assert added["Cu"] > 10.0
    criteria = limits(t.ECOLOGICAL_RECEPTOR, ph=5.0)
    assert [added[m] for m in ("Cd", "Hg", "Pb")] == [criteria[m] for m in ("Cd", "Hg", "Pb")]
    none = limits(t.ECOLOGICAL_RECEPTOR, standard="intervention")
    assert all(np.isnan(v) for v in none.values())


def test_added_limits_of_a_mixed_map_go_to_their_own_cells() -> None:
    receptor = np.array([[t.ECOLOGICAL_RECEPTOR, t.AGRICULTURAL], [-1, t.ECOLOGICAL_RECEPTOR]])
    ph = np.array([[4.5, 5.0], [6.0, 7.0]])
    background = np.arange(32.0).reshape(8, 2, 2)
    whole = t.limits(
        receptor, ph, np.full((2, 2), LAND["paddy"]), np.full((2, 2), 0.03), np.full((2, 2), 0.2),
        cec=np.array([[8.0, 8.0], [8.0, 15.0]]), background=background, ecological="added",
    )  # fmt: skip
    for row, col, cec in ((0, 0, 8.0), (1, 1, 15.0)):
        alone = t.limits(
            receptor[row, [col]], ph[row, [col]], np.array([LAND["paddy"]]), np.array([0.03]),
            np.array([0.2]), cec=np.array([cec]), background=background[:, row, [col]],
            ecological="added",
        )  # fmt: skip
        np.testing.assert_array_equal(whole[:, row, col], alone[:, 0])
    assert whole[METALS.index("Cd"), 0, 1] == 0.3
    assert np.isnan(whole[:, 1, 0]).all()


def test_background_as_the_standard() -> None:
    background = np.arange(8.0).reshape(8, 1)
    found = limits(t.RESIDENTIAL, standard="background", background=background)
    assert list(found.values()) == list(range(8))
    none = limits(-1, standard="background", background=background)
    assert np.isnan(list(none.values())).all()


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"standard": "strict"}, "standard"),
        ({"ecological": "total"}, "ecological"),
        ({"standard": "background"}, "background"),
        ({"ecological": "added"}, "background"),
    ],
)
def test_wrong_options_are_named(options: dict[str, str], names: str) -> None:
    with pytest.raises(InputError, match=names):
        limits(t.ECOLOGICAL_RECEPTOR, **options)


def test_dominant_land_and_receptor() -> None:
    share = np.zeros((len(LAND_CLASSES), 8))
    sealed = np.zeros(8)

    def put(cell: int, sealed_share: float = 0.0, **shares: float) -> None:
        for name, value in shares.items():
            share[LAND_CLASSES.index(name), cell] = value
        sealed[cell] = sealed_share

    put(0, paddy=0.3, water=0.6)
    put(1, paddy=0.2, forest=0.3)
    put(2, paddy=0.3, urban=0.1, sealed_share=0.6)
    put(3, paddy=0.3, urban=0.1, industrial=0.2, sealed_share=0.4)
    put(4, sealed_share=1.0)
    put(5, water=1.0)
    put(6, orchard=0.5, urban=0.1, sealed_share=0.3)
    share[:, 7] = sealed[7] = np.nan
    land = t.dominant_land(share, sealed)
    names = ["none" if i < 0 else LAND_CLASSES[i] for i in land]
    assert names == [
        "paddy", "forest", "urban", "industrial", "urban", "none", "orchard", "none",
    ]  # fmt: skip
    receptors = [t.RECEPTORS[i] if i >= 0 else "none" for i in t.receptor_of(share, sealed)]
    assert receptors == [
        "agricultural", "ecological", "residential", "industrial",
        "residential", "none", "agricultural", "none",
    ]  # fmt: skip
    open_only = t.dominant_land(share)
    assert LAND_CLASSES[open_only[2]] == "paddy"
    assert open_only[4] == -1


def test_every_land_class_has_a_receptor() -> None:
    receptors = t.receptor_of_land(np.arange(len(LAND_CLASSES), dtype=np.int8))
    assert (receptors >= 0).sum() == len(LAND_CLASSES) - 1
    assert receptors[LAND_CLASSES.index("water")] == -1


def test_categories_of_farmland() -> None:
    # GB 15618-2018: up to the screening value, up to the intervention value, above it
    content = np.array([0.3, 0.31, 1.5, 1.51, 5.0, np.nan])
    screening = np.full(6, 0.3)
    intervention = np.array([1.5, 1.5, 1.5, 1.5, np.nan, 1.5])
    assert t.farmland_category(content, screening, intervention).tolist() == [1, 2, 2, 3, 2, 0]


@pytest.mark.parametrize("name", ASSESSMENT_TABLES)
def test_every_row_has_a_source(name: str) -> None:
    rows = table(name).rows
    assert rows
    assert all(r.source.strip() for r in rows.values())
