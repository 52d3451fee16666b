"""What policies cost, as their files state it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from analysis.report.numbers import short
from simulator.scenario.acts import Cost

#: What is to be known of costs; docs/policies.md says the same of the library's.
REMARK: Final = (
    "Costs are orders of magnitude, recalled, for the whole of a region of some thousand km\u00b2, "
    "in money of 2020 without discount. They are spent in proportion to what is reached."
)
#: Of the region as a whole, and for each hectare.
_REGION: Final = {"capital": "{} million CNY once", "yearly": "{} million CNY a year"}
_HECTARE: Final = {
    "per_hectare": "{} CNY once for each hectare treated",
    "yearly_per_hectare": "{} CNY a year for each hectare treated",
}


def cost_words(cost: Cost) -> str:
    """What an intervention costs at full reach; empty where nothing is stated.

    Examples
    --------
    >>> cost_words(Cost(capital=300.0, yearly=20.0))
    '300 million CNY once, 20 million CNY a year'
    """
    return _said(cost.model_dump(), {**_REGION, **_HECTARE})


def total_words(costs: Iterable[Cost]) -> str:
    """What interventions cost together at full reach; empty where nothing is stated.

    Costs by the hectare are not added up: each is of other land.
    """
    found = [cost.model_dump() for cost in costs]
    known = _said({key: sum(cost[key] for cost in found) for key in _REGION}, _REGION)
    land = "by the hectare treated" if any(cost[key] for cost in found for key in _HECTARE) else ""
    return ", and ".join(words for words in (known, land) if words)


def _said(values: Mapping[str, float], words: Mapping[str, str]) -> str:
    return ", ".join(text.format(short(values[key])) for key, text in words.items() if values[key])
