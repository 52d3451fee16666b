"""Source tags: which sources the metal in the soil is told apart by, and their arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.constants import METALS
from simulator.ledger import FALLING, SOURCES, Ledger, Pathway
from simulator.physics import tag_arrays
from simulator.scenario.select import SECTOR

#: Tag of what was in the soil at the start, and of what comes up from below it.
INITIAL: Final = "initial"
#: Tag of what is added by signed pathways: a calibration, a user's own cells.
CORRECTIONS: Final = "corrections"
#: Before the id of a source with a tag of its own, as :data:`SECTOR` before a sector.
PLANT: Final = "source"

if TYPE_CHECKING:
    from simulator.model import Simulation

_LEAVES: Final = ("loss", "downward", "signed")


class SourceTags:
    """Tags of a simulation: their names, and which one each source and input has.

    Every input pathway has a tag of its own name, but for those that come from the sources of the
    region, which have one for each sector and for each source that is named, and those that return
    what another pathway took from the soil.

    Parameters
    ----------
    pathways : iterable of Pathway
        Of the ledger.
    sources : sequence of tuple of str
        Id and sector of each source, in the order of their emissions.
    named : sequence of str
        Ids of the sources with a tag of their own.
    """

    def __init__(
        self, pathways: Iterable[Pathway], sources: Sequence[tuple[str, str]], named: Sequence[str]
    ) -> None:
        pathways = tuple(pathways)
        own = [p.name for p in pathways if p.kind == "input" and not p.origin]
        of_source = [
            f"{PLANT}:{one}" if one in named else f"{SECTOR}:{sector}" for one, sector in sources
        ]
        found = list(dict.fromkeys(sorted(of_source, key=lambda t: not t.startswith(SECTOR))))
        #: Names of the tags, in the order of every ``tag`` axis.
        self.names = (INITIAL, *own, *found, CORRECTIONS)
        #: Names of the pathways by which metal leaves the soil, in the order of ``route``.
        self.routes = tuple(p.name for p in pathways if p.kind in _LEAVES)
        #: Tag of every source, in the order of their emissions.
        self.of_source = np.array([self.names.index(t) for t in of_source], dtype=np.intp)

    @classmethod
    def asked(cls, sim: Simulation) -> SourceTags | None:
        """Return the tags that the scenario of a simulation asks for, attached to its ledger."""
        asked = sim.scenario.tags
        if asked.by == "none":
            return None
        sources = [(s.listed_id, s.sector) for s in sim.emitters]
        tags = cls(sim.ledger.pathways, sources, asked.plants)
        tags.attach(sim.ledger)
        return tags

    def __len__(self) -> int:
        return len(self.names)

    def attach(self, ledger: Ledger) -> None:
        """Tag the stock of the ledger's state as initial, and let the ledger trace it."""
        state = ledger.state
        state.add_tags(len(self))
        n_metal, n_tag = len(METALS), len(self)
        tag = np.full(ledger.slots.kind.size, tag_arrays.UNTAGGED, dtype=np.int64)
        route = np.full(tag.size, -1, dtype=np.int64)
        falls = np.zeros(tag.size, dtype=np.bool_)
        divided, taken = False, -1
        for pathway in ledger.pathways:
            slots = slice(ledger.slot(pathway.name), ledger.slot(pathway.name) + 1)
            if pathway.layered:
                slots = slice(slots.start, slots.start + state.n_layer)
            falls[slots] = pathway.falls
            if pathway.name in self.routes:
                route[slots] = self.routes.index(pathway.name)
            if pathway.kind != "input":
                continue
            if pathway.origin == SOURCES:
                if not divided:
                    tag[slots] = tag_arrays.PARTS
                divided = True
            elif pathway.origin == FALLING:
                tag[slots] = tag_arrays.CAUGHT
            elif pathway.origin:
                tag[slots], taken = tag_arrays.TURNED, ledger.slot(pathway.origin)
            else:
                tag[slots] = self.names.index(pathway.name)
        ledger.tags = tag_arrays.Tags(
            state.flat("tag_stock"),
            np.zeros((n_tag, n_metal, state.n_cell)),
            np.zeros((n_tag, n_metal, state.n_cell)),
            np.zeros((n_tag, n_metal, len(self.routes), state.n_cell)),
            tag,
            falls,
            route,
            self.names.index(INITIAL),
            self.names.index(CORRECTIONS),
            taken,
        )


def tag_labels(sim: Simulation) -> dict[str, str]:
    """Names for people of the tags of a simulation, by tag."""
    known = {INITIAL: "At the start, and from below", CORRECTIONS: "Corrections"}
    known |= {p.name: p.label for p in sim.ledger.pathways}
    known |= {f"{PLANT}:{s.source_id}": s.name for s in sim.emitters}
    names = () if sim.tags is None else sim.tags.names
    return {
        name: name.partition(":")[2].capitalize() if name.startswith(SECTOR) else known[name]
        for name in names
    }
