"""How a source works over time: its setting, and the dated and gradual changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.physics.emission import ramp_share, year_nodes

#: Settings, and the weight of each in a year, ``[metal]``.
Weights = list[tuple["Setting", NDArray[np.float64]]]


@dataclass(frozen=True)
class Setting:
    """How a source works at a time.

    Attributes
    ----------
    control, technology, fuel : str
        As in ``sources.csv``.
    load : float
        Factor on the activity of ``sources.csv``. [-]
    """

    control: str
    technology: str = ""
    fuel: str = ""
    load: float = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """Something that changes at a date, or gradually from then on.

    Attributes
    ----------
    date : float
        When it begins. [yr]
    ramp : float
        How long it takes; 0 for at once. [yr]
    reason : str
        What brings it; blank for what the region's table has.
    """

    date: float
    ramp: float = 0.0
    reason: str = ""

    def gone(self, time: float) -> float:
        """Share of its way that it has gone at a time. [-]."""
        return ramp_share(time, self.date, self.ramp)


@dataclass(frozen=True, eq=False, kw_only=True)
class Change(Step):
    """The source emits a factor of what it would, ``[metal]``: ``before``, then ``factor``."""

    factor: NDArray[np.float64]
    before: float = 1.0

    def at(self, time: float) -> NDArray[np.float64]:
        """Return the factor in force at a time, ``[metal]``. [-]."""
        gone = self.gone(time)
        return self.factor if gone == 1.0 else self.before + gone * (self.factor - self.before)


class Departure(Change):
    """A part of the source goes elsewhere."""

    def arrival(self) -> Change:
        """Return the change of what has arrived there, against the whole source."""
        return Change(
            date=self.date,
            ramp=self.ramp,
            reason=self.reason,
            factor=1.0 - self.factor,
            before=0.0,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Switch(Step):
    """A share of the source works in another setting: what of it changes, and for how much."""

    fields: Mapping[str, Any]
    share: float = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Cap(Step):
    """A share of the source has at most a limit of its activity in the inventory."""

    limit: float
    share: float = 1.0


@dataclass(frozen=True)
class Operation:
    """What a source does over time against its inventory entry.

    Attributes
    ----------
    setting : Setting
        The one that it opens with.
    start, stop : float
        Dates of opening and closing; infinite where not known or not planned. [yr]
    changes, switches, caps : list
        All that is dated, in any order. What does not reach the whole source at once makes a
        mixture: of those that follow and those that do not, each by its own, so that shares of
        several steps multiply.
    """

    setting: Setting
    start: float
    stop: float
    changes: list[Change] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    caps: list[Cap] = field(default_factory=list)

    def inventory(self) -> Operation:
        """Return the operation as the region's tables have it, whatever a scenario brings."""
        own = [s for s in self.switches if not s.reason]
        return Operation(self.setting, self.start, self.stop, switches=own)

    def mixture(self, time: float) -> dict[Setting, float]:
        """Return the settings at a time, and the share of the source that works in each. [-]."""
        shares = {self.setting: 1.0}
        for switch in sorted(self.switches, key=lambda s: s.date):
            new = switch.share * switch.gone(time)
            if new == 0.0:
                continue
            before, shares = shares, {}
            for setting, share in before.items():
                for part, of_it in (
                    (setting, 1.0 - new), (replace(setting, **switch.fields), new)
                ):  # fmt: skip
                    if of_it > 0.0:
                        shares[part] = shares.get(part, 0.0) + share * of_it
        return shares

    def weights(self, year: int, path: float) -> Weights:
        """Settings and the share of the year's full activity that is under each, ``[metal]``.

        Exact, but for two caps that come gradually at the same time.

        Parameters
        ----------
        year : int
            The year.
        path : float
            Activity of its sector against the inventory, for the caps. [-]
        """
        steps: list[Step] = [*self.changes, *self.switches, *self.caps]
        ramps = [(s.date, s.ramp) for s in steps]
        weights: dict[Setting, NDArray[np.float64]] = {}
        for time, share in year_nodes(float(year), self.start, self.stop, ramps):
            left = np.ones(len(METALS))
            for change in self.changes:
                left = left * change.at(time)
            for setting, part in self.mixture(time).items():
                weight = share * left * (part * self._capped(path * setting.load, time))
                weights[setting] = weights.get(setting, 0.0) + weight
        return [(s, s.load * w) for s, w in weights.items() if w.any() and s.load]

    def _capped(self, activity: float, time: float) -> float:
        """Return the part of an activity, relative to the inventory, that the caps leave. [-]."""
        left = activity
        for cap in self.caps:
            left += cap.share * cap.gone(time) * (min(left, cap.limit) - left)
        return left / activity if activity > 0.0 else 1.0
