"""What can be mapped, and which map is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """One map: a layer of a metal at a depth at the beginning of a year.

    Attributes
    ----------
    layer : str
        Key of the layer.
    metal : str
        Symbol; without meaning for layers that are not by metal.
    depth : int
        Index of the soil layer, 0 on top; without meaning for layers that are not by depth.
    year : int
        A recorded year.
    """

    layer: str
    metal: str
    depth: int
    year: int


@dataclass(frozen=True)
class Layer:
    """What a map can show.

    Attributes
    ----------
    key : str
        Name in programs and addresses.
    title : str
        Name for people.
    unit : str
        ``mg/kg``; ``%`` for shares, whose values are from 0 to 1; blank for classes and ratios.
    group : str
        Of :data:`analysis.layers.catalogue.GROUPS`.
    by_metal, by_depth : bool
        Whether it has a map for each metal and each soil layer.
    classes : tuple of (str, str)
        Names and CSS colours of the codes 0, 1, ...; none for quantities.
    diverging : bool
        Whether it has either sign, so that its scale is as long on both sides of zero.
    whole_run : bool
        Whether it needs all recorded years, or all metals, which takes seconds on a large grid.
    note : str
        What it says, per what area, of which years, and where it is from.
    """

    key: str
    title: str
    unit: str
    group: str
    by_metal: bool = True
    by_depth: bool = False
    classes: tuple[tuple[str, str], ...] = ()
    diverging: bool = False
    whole_run: bool = False
    note: str = ""
