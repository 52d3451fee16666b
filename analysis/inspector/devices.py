"""Devices that clean the gas of a stack, in words."""

from __future__ import annotations

from typing import Final

#: Devices of a control in words.
_DEVICES: Final = {
    "AC": "activated carbon",
    "ESP": "electrostatic precipitator",
    "FF": "fabric filter",
    "SCR": "catalytic removal of nitrogen oxides",
    "WESP": "wet electrostatic precipitator",
    "WFGD": "wet scrubber for sulphur dioxide",
}


def spelled(control: str) -> str:
    """Devices of a control in words; empty for one that is in words already.

    Examples
    --------
    >>> spelled("AC+FF"), spelled("cyclone")
    ('activated carbon, fabric filter', '')
    """
    words = [_DEVICES.get(device, "") for device in control.split("+")]
    return ", ".join(words) if all(words) else ""
