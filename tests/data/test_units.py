from __future__ import annotations

import math

import pytest

from simulator.data import si_unit, to_si
from simulator.data.units import UNITS
from simulator.errors import InputError


@pytest.mark.parametrize(
    ("unit", "si"),
    [
        ("t/ha/yr", 0.1),  # 1000 kg on 10 000 m2
        ("g/ha/yr", 1e-7),
        ("kg/ha/yr", 1e-4),
        ("mg/kg", 1e-6),
        ("ug/L", 1e-6),  # 1e-9 kg in 1e-3 m3
        ("mg/L", 1e-3),
        ("g/cm3", 1000.0),
        ("mm/yr", 1e-3),
        ("degree", math.pi / 180),
        ("%", 0.01),
        ("cm/d", 0.01 / 86400),
        ("cm2/d", 1e-4 / 86400),
        ("mg/cm2", 0.01),
        ("mg/kg/d", 1e-6),
        ("1/(mg/kg/d)", 1e6),
        ("1/(ug/m3)", 1e9),
        ("cmol/kg", 0.01),
    ],
)
def test_one_display_unit_is_so_much_si(unit: str, si: float) -> None:
    assert to_si(1.0, unit) == pytest.approx(si, rel=1e-15)


def test_conversion_is_linear() -> None:
    for unit in UNITS:
        assert to_si(0.0, unit) == 0.0
        assert to_si(3.0, unit) == pytest.approx(3.0 * to_si(1.0, unit))
        assert si_unit(unit)


def test_unknown_unit_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"g/ha/y.*Did you mean 'g/ha/yr'"):
        to_si(1.0, "g/ha/y")
