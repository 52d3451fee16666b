"""What all chapters share: the runs, the metal, and how to speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analysis.runs import run_name
from analysis.story.facts import Fact, Teller
from analysis.story.language import Field
from analysis.story.model import Sentence
from analysis.story.quantities import Quantities
from analysis.story.record import Record


@dataclass(frozen=True)
class Telling:
    """A story while it is told.

    Attributes
    ----------
    teller : Teller
        Makes its sentences.
    records : tuple of Record
        The runs; the first is told, the others are held against it.
    metal : str
        Symbol of the metal that it is about.
    """

    teller: Teller
    records: tuple[Record, ...]
    metal: str

    @property
    def record(self) -> Record:
        """The run that is told."""
        return self.records[0]

    @cached_property
    def quantities(self) -> tuple[Quantities, ...]:
        """Facts of each run."""
        return tuple(Quantities(record, i) for i, record in enumerate(self.records))

    @property
    def facts(self) -> Quantities:
        """Facts of the run that is told."""
        return self.quantities[0]

    @property
    def metal_word(self) -> str:
        """Name of the metal."""
        return self.word("metals", self.metal)

    def name(self, run: int) -> str:
        """Name of a run."""
        return run_name(self.records[run].run)

    def say(self, key: str, **fields: Field | Fact) -> Sentence:
        """Sentence; see :meth:`Teller.say`."""
        return self.teller.say(key, **fields)

    def title(self, key: str, **fields: str | Fact) -> str:
        """Title of a chapter or section."""
        return self.teller.label("titles", key, **fields)

    def label(self, key: str, **fields: str | Fact) -> str:
        """Words in a figure."""
        return self.teller.label("labels", key, **fields)

    def word(self, table: str, key: str) -> str:
        """Word for a name of the program."""
        return self.teller.word(table, key)
