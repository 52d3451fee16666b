"""Layers of a map: what of a run or an experiment can be shown, its values, colours and legends."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.layers.atlas import Atlas as Atlas
    from analysis.layers.chances import Chances as Chances
    from analysis.layers.colours import WATER as WATER
    from analysis.layers.colours import Legend as Legend
    from analysis.layers.colours import legend as legend
    from analysis.layers.colours import png as png
    from analysis.layers.hover import describe as describe
    from analysis.layers.model import Layer as Layer
    from analysis.layers.model import View as View
    from analysis.layers.scales import Scale as Scale
    from analysis.layers.scales import difference as difference
    from analysis.layers.scales import difference_scale as difference_scale
    from analysis.layers.scales import shared_scale as shared_scale

# On demand: stories and comparisons need the scales and colours only.
_PUBLIC = {
    "Atlas": "atlas",
    "Chances": "chances",
    "Layer": "model",
    "Legend": "colours",
    "Scale": "scales",
    "View": "model",
    "WATER": "colours",
    "describe": "hover",
    "difference": "scales",
    "difference_scale": "scales",
    "legend": "colours",
    "png": "colours",
    "shared_scale": "scales",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"analysis.layers.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'analysis.layers' has no attribute {name!r}")
