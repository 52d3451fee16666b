"""Why a cell is over its limit, or is not: one sentence, two at most, made of its own numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.explain import NearSource
from analysis.inspector.flows import BySource, Flows
from analysis.inspector.standing import Site, Standing, Turn, amounts
from analysis.report.numbers import number, short
from simulator.constants import BUILT_CLASSES
from simulator.ledger import FALLING, Pathway
from simulator.scenario.select import SECTOR
from simulator.tags import PLANT

#: How metal came with a pathway; others are named by their label.
_CAME: Final = {
    "fertiliser": "came with fertiliser",
    "manure": "came with manure",
    "pesticide": "came with pesticides",
    "irrigation": "came with irrigation water",
    "weathering": "weathered out of the rock",
    "exhumation": "moved up from deeper soil as the surface eroded",
    "straw_return": "came back with straw",
    "calibration": "was added by the calibration beyond what the processes explain",
    "remediation": "came with remediation",
}
_WENT: Final = {
    "leaching": "seeped down with water",
    "erosion": "was washed away with soil",
    "runoff": "ran off with rain",
    "crop_uptake": "was taken up by crops",
    "calibration": "was taken off by the calibration beyond what the processes explain",
    "remediation": "was taken out by remediation",
}
AIR: Final = "fell from the air"
_AFAR: Final = "deposition_background"

_LANDS: Final = {name: f"{name} land" for name in ("vegetable", "urban", "industrial", "bare")}

#: Ways that are named, and the share below which one is not. [-]
_NAMED, _LEAST = 2, 0.01
#: Years beyond which a trend is not followed.
_FAR: Final = 500.0
_KILOMETRE: Final = 1000.0


@dataclass(frozen=True)
class Way:
    """A way that metal came or went by, in words, with its share of all that did. [-]."""

    words: str
    share: float


@dataclass(frozen=True)
class Origin:
    """Leading source of what fell from the air.

    Attributes
    ----------
    name : str
        Sector, plant, or ``deposition_background``.
    share : float
        Of all that fell. [-]
    nearest : NearSource or None
        Nearest of its stacks; None where it has none or is not told apart.
    """

    name: str
    share: float
    nearest: NearSource | None


@dataclass(frozen=True)
class Reasons:
    """What the sentence is made of.

    Attributes
    ----------
    standing : Standing
    standard : str
        Short name of the rule of the limit.
    land : str
        Land class that counts.
    ph : float
        Of the control layer.
    first : int
        First recorded year.
    start : float
        Content in that year. [mg kg-1]
    since : int
        Year from which on is told what came and went.
    before : float
        Content in ``since``. [mg kg-1]
    limed : bool
        Whether lime was in force when the pH rose.
    came, went : tuple of Way or None
        The largest first; None where fluxes of cells were not recorded.
    origin : Origin or None
        Of what fell from the air, where source tags tell.
    nearest : NearSource or None
        Nearest stack that emitted the metal, where they do not.
    site : Site or None
        What the bare land is cleared for, if it is.
    """

    standing: Standing
    standard: str
    land: str
    ph: float
    first: int
    start: float
    since: int
    before: float
    limed: bool
    came: tuple[Way, ...] | None
    went: tuple[Way, ...] | None
    origin: Origin | None
    nearest: NearSource | None
    site: Site | None


def sentence(reasons: Reasons) -> str:
    """Why the cell is over its limit, or why it is not."""
    head = _head(reasons)
    tail = _tail(reasons)
    if not tail:
        return f"{head}."
    joint = ": " if reasons.standing.over and tail.startswith("of ") else ". "
    tail = tail if joint == ": " else tail[0].upper() + tail[1:]
    return f"{head}{joint}{tail}."


# --- how it stands ------------------------------------------------------------------------------


def _head(r: Reasons) -> str:
    s = r.standing
    if not math.isfinite(s.limit):
        return f"{s.metal} is {number(s.content)} mg/kg in {s.year}; no limit: {s.limit_name}"
    here, bound = amounts(s.content, s.limit)
    begin = f"{s.metal} is {here} mg/kg in {s.year}"
    soil = "" if r.land in BUILT_CLASSES else f" at pH {short(r.ph)}"
    rule = f"the limit of {bound} mg/kg for {_land(r.land)}{_cleared(r.site)}{soil} ({r.standard})"
    if s.over:
        how = "at" if s.content == s.limit else f"{_ratio(s.content / s.limit)} times"
        if s.since != r.first:
            when = f"since {s.since}" if s.since != s.year else "for the first year"
            return f"{begin}, {how} {rule}, {when}{_turn(s.turn, r.limed, came=True)}"
        start = f" with {number(r.start)} mg/kg" if s.year != r.first else ""
        return f"{begin}, {how} {rule}, as it was already when the run began in {r.first}{start}"
    part = s.content / s.limit
    far = f"{_percent(part)} of" if part < 0.5 else f"{_percent(1.0 - part)} below"
    below = f"{begin}, {far} {rule}"
    if s.next_over is not None:
        return f"{below}, which it reaches in {s.next_over}{_turn(s.turn, r.limed, came=False)}"
    if s.under_since is not None:
        turn = _turn(s.turn, r.limed, came=True)
        below = f"{below}, and has been below its limit since {s.under_since}{turn}"
    return f"{below}{_outlook(s)}"


def _turn(turn: Turn | None, limed: bool, came: bool) -> str:
    """What moved the limit, as a clause of what came or will come; empty where the content did."""
    if turn is None:
        return ""
    if turn.land != turn.old_land:
        how = f", when {_turned(turn, came)}"
    elif limed and turn.ph > turn.old_ph:
        raised = "raised" if came else "raises"
        how = f", when lime {raised} the pH from {short(turn.old_ph)} to {short(turn.ph)}"
    else:
        went = "went" if came else "goes"
        how = f", when the pH {went} from {short(turn.old_ph)} to {short(turn.ph)}"
    if not math.isfinite(turn.old_limit):
        return f"{how}, which has a limit"
    if not math.isfinite(turn.limit):
        return f"{how}, which has none"
    fell = turn.limit < turn.old_limit
    verb = ("fell" if fell else "rose") if came else ("falls" if fell else "rises")
    return f"{how} and the limit {verb} from {short(turn.old_limit)} to {short(turn.limit)} mg/kg"


def _turned(turn: Turn, came: bool) -> str:
    """What land turned to; ground in between that is cleared to be built on is called so."""
    turned, old, new = ("turned" if came else "turns"), _land(turn.old_land), _land(turn.land)
    if turn.site is None:
        return f"the land {turned} from {old} to {new}"
    if turn.site.since == turn.year:
        return f"the land {turned} from {old} to a building site"
    became, old = ("became" if came else "becomes"), _land(turn.site.old_land)
    return f"the land, {old} until it was cleared by {turn.site.since}, {became} {new}"


def _cleared(site: Site | None) -> str:
    if site is None:
        return ""
    if site.built is None:
        return f", cleared by {site.since} to be built on,"
    return f", cleared by {site.since} and built-up from {site.built},"


def _outlook(s: Standing) -> str:
    """What becomes of it to the last recorded year, and after; nothing from one year alone."""
    if math.isnan(s.trend):
        return ""
    text = f"; the limit is not reached{' again' if s.under_since is not None else ''}"
    text = f"{text} by {s.last_year}"
    if s.trend <= 0.0:
        course = "falling" if s.trend < 0.0 else "not changing"
        return f"{text}, and the content is {course} by then"
    pace = f"if the content went on rising by {number(s.trend, 2)} mg/kg a year"
    if s.years_beyond > _FAR:
        return f"{text}, nor in the {_FAR:.0f} years after {pace}"
    return f"{text}, but would be in about {s.last_year + round(s.years_beyond)} {pace}"


def _land(name: str) -> str:
    return _LANDS.get(name, name) or "water"


# --- what came and went -------------------------------------------------------------------------


def _tail(r: Reasons) -> str:
    if r.standing.year <= r.since:
        return ""
    if r.came is None or r.went is None:
        return "what brought it is not known: the run kept no fluxes of single cells"
    if r.standing.content < r.before and r.went:
        before, _ = amounts(r.before, r.standing.content)
        return f"it fell from {before} mg/kg since {r.since}: of what left, {_listed(r.went)}"
    if not r.came:
        return ""
    named = [way for way in r.came if way.words == AIR]
    air = f"{AIR}{_from(r)}" if named else ""
    known = r.since == r.first and r.standing.since == r.first  # the head says what it was then
    before = "" if known else f" (then {number(r.before)} mg/kg)"
    return f"of what came in since {r.since}{before}, {_listed(r.came, {AIR: air})}"


def _listed(ways: Sequence[Way], words: dict[str, str] | None = None) -> str:
    chosen = [way for way in ways if way.share >= _LEAST][:_NAMED] or list(ways[:1])
    told = [f"{_percent(w.share)} {(words or {}).get(w.words, w.words)}" for w in chosen]
    joint = ", and " if any("," in t for t in told[:-1]) else " and "
    return joint.join(told)


def _from(r: Reasons) -> str:
    """Where what fell came from, as a clause."""
    if r.origin is None:
        if r.nearest is None:
            return ""
        return f" (the nearest stack that emitted {r.standing.metal}, {_stack(r.nearest)})"
    share = _percent(r.origin.share)
    if r.origin.name == _AFAR:
        return f" ({share} of that as background, from no source listed in the region)"
    of = f" ({share} of that from {r.origin.name}"
    if r.origin.nearest is None:
        return f"{of})"
    if r.origin.nearest.name == r.origin.name:
        return f"{of}, {_where(r.origin.nearest)})"
    return f"{of}, whose nearest stack, {_stack(r.origin.nearest)})"


def _stack(near: NearSource) -> str:
    return f"{near.name}, is {_where(near)}"


def _where(near: NearSource) -> str:
    return f"{short(near.distance_m / _KILOMETRE, 2)} km {near.direction}"


def _percent(share: float) -> str:
    text = short(100.0 * share, 2)
    return f"{text} %" if text != "100" or share == 1.0 else "over 99 %"


def _ratio(ratio: float) -> str:
    """Ratio above 1 with enough digits not to read 1."""
    texts = (short(ratio, digits) for digits in range(3, 7))
    return next((text for text in texts if text != "1"), "1")


# --- from data to reasons -----------------------------------------------------------------------


def ways_in(flows: Flows, pathways: Sequence[Pathway]) -> tuple[Way, ...]:
    """Ways that metal came into the soil by, the largest first.

    What fell on sealed ground and ran off before it entered the soil is taken off what fell.
    """
    sums: dict[str, float] = {}
    for step in flows.steps:
        pathway = next(p for p in pathways if p.name == step.name)
        falls = pathway.falls or pathway.kind == "bypass" or pathway.origin == FALLING
        if falls or step.value > 0.0:
            words = AIR if falls else _CAME.get(step.name, f"was {step.label.lower()}")
            sums[words] = sums.get(words, 0.0) + step.value
    return _shares(sums)


def ways_out(flows: Flows, pathways: Sequence[Pathway]) -> tuple[Way, ...]:
    """Ways that metal left the soil by, the largest first."""
    kinds = {p.name: p.kind for p in pathways}
    return _shares(
        {
            _WENT.get(step.name, f"was {step.label.lower()}"): -step.value
            for step in flows.steps
            if step.value < 0.0 and kinds[step.name] != "bypass"
        }
    )


def _shares(sums: dict[str, float]) -> tuple[Way, ...]:
    known = {words: value for words, value in sums.items() if value > 0.0}
    total = sum(known.values())
    ways = [Way(words, value / total) for words, value in known.items()]
    return tuple(sorted(ways, key=lambda way: -way.share))


def origin_of(found: BySource, stacks: Sequence[NearSource]) -> Origin | None:
    """Leading source of what fell from the air; None if nothing did.

    Parameters
    ----------
    found : BySource
    stacks : sequence of NearSource
        That emitted the metal, the nearest first.
    """
    fallen = [
        g for g in found.gains
        if g.value > 0.0 and (g.name == _AFAR or g.name.startswith((SECTOR, f"{PLANT}:")))
    ]  # fmt: skip
    if not fallen:
        return None
    first = fallen[0]
    share = first.value / float(np.sum([g.value for g in fallen]))
    if first.name == _AFAR:
        return Origin(_AFAR, share, None)
    kind, _, name = first.name.partition(":")
    mine = [s for s in stacks if name == (s.id if kind == PLANT else s.sector)]
    return Origin(first.label if kind == PLANT else name, share, mine[0] if mine else None)
