from __future__ import annotations

import numpy as np
import pytest

from simulator.constants import FARM_CLASSES, METALS
from simulator.data import Parameters
from simulator.physics.farming import irrigation_flux, material_flux

G_HA = 1e7  # kg m-2 in g ha-1
P = Parameters()


def flux(pathway: str) -> np.ndarray:
    """[class, metal], g/ha/yr."""
    materials = P.keys("farm_rates", "material", pathway=pathway)
    rate = P.array(
        "farm_rates", ("land_class", "material"), (FARM_CLASSES, materials), pathway=pathway
    )
    content = P.array("material_contents", ("material", "metal"), (materials, METALS))
    return G_HA * material_flux(rate, content)


def test_material_flux_by_hand() -> None:
    # 6 t/ha of 144 mg/kg and 6 t/ha of 70 mg/kg: 864 + 420 g/ha
    rate = np.array([0.6, 0.6])
    content = np.array([[144e-6], [70e-6]])
    assert G_HA * material_flux(rate, content) == pytest.approx([1284.0])


def test_irrigation_flux_by_hand() -> None:
    # 550 mm of 1.8 ug/L is 0.99 mg/m2
    assert irrigation_flux(0.55, np.array([1.8e-6])) == pytest.approx([0.99e-6])
    assert irrigation_flux(np.ones((3, 4)), np.ones(8)).shape == (3, 4, 8)


def test_pesticides_bring_what_their_rate_says() -> None:
    pesticide = flux("pesticide")
    assert pesticide[FARM_CLASSES.index("orchard"), METALS.index("Cu")] == pytest.approx(2000.0)
    others = [m for m, name in enumerate(METALS) if name not in ("Cu", "Zn")]
    assert (pesticide[:, others] == 0.0).all()


def test_cadmium_of_rice_fertiliser_is_that_of_hunan() -> None:
    # 0.206-0.375 g/ha per crop measured in a Hunan rice balance; Zhejiang has less per year
    cd = flux("fertiliser")[FARM_CLASSES.index("paddy"), METALS.index("Cd")]
    assert 0.1 <= cd <= 0.75


def test_manure_leads_copper_and_zinc_of_vegetables() -> None:
    vegetable = FARM_CLASSES.index("vegetable")
    for metal in ("Cu", "Zn"):
        m = METALS.index(metal)
        assert flux("manure")[vegetable, m] > 3 * flux("fertiliser")[vegetable, m]
