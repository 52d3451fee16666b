"""Facts: numbers of a run that say which they are, so that each can be looked up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from analysis.story.language import Field, Language, capital, number
from analysis.story.model import Evidence, Number, Sentence

#: Which table of words tells the value of a key for people.
_WORDS: Final = {
    "metal": "metals",
    "pathway": "pathways",
    "land": "lands",
    "old": "lands",
    "new": "lands",
    "receptor": "receptors",
    "risk": "risks",
    "series": "series",
    "status": "statuses",
    "trust": "trusts",
    "tag": "tags",
}


@dataclass(frozen=True)
class Fact:
    """A number of a run.

    Attributes
    ----------
    quantity : str
        What it is; a key of ``[quantities]`` of the texts, which say in words what it is and where
        it is found.
    keys : tuple of (str, str or int)
        Which one: metal, year, cell, ...
    value : float, int or str
        In the unit of ``kind``.
    kind : str
        A key of ``[units]``.
    run : int
        Place of the run in the story.
    """

    quantity: str
    keys: tuple[tuple[str, str | int], ...]
    value: float | int | str
    kind: str
    run: int = 0

    @property
    def amount(self) -> float:
        """Value of a fact that is a number."""
        return float(self.value)


#: What fills the fields of a template, and the keys of a fact.
Words = dict[str, Field | Fact]
Keys = dict[str, str | int]


@dataclass
class Teller:
    """Makes sentences of facts, and keeps the evidence of every number in them."""

    language: Language
    evidence: dict[tuple[Any, ...], Evidence] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)

    def say(self, key: str, **fields: Field | Fact) -> Sentence:
        """Sentence from a template of ``[sentences]``.

        Parameters
        ----------
        key : str
            The template.
        fields
            Facts become numbers with evidence; texts stay as they are. A fact named ``count``
            decides between singular and plural.
        """
        sentence = self._filled("sentences", key, fields)
        return capital(sentence) if self.language.texts["capitals"] else sentence

    def clause(self, key: str, **fields: Field | Fact) -> Sentence:
        """Part of a sentence, from a template of ``[clauses]``; as :meth:`say`."""
        return self._filled("clauses", key, fields)

    def label(self, table: str, key: str, **fields: str | Fact) -> str:
        """Text of a template of ``[titles]`` or ``[labels]``, whose numbers need no evidence."""
        self.used.add((table, key))
        words = {
            k: number(v.value, v.kind) if isinstance(v, Fact) else v for k, v in fields.items()
        }
        return self.language.sentence(table, key, words).text

    def _filled(self, table: str, key: str, fields: Mapping[str, Field | Fact]) -> Sentence:
        self.used.add((table, key))
        filled = {k: self.cite(v) if isinstance(v, Fact) else v for k, v in fields.items()}
        count = fields.get("count")
        how_many = int(count.amount) if isinstance(count, Fact) else None
        return self.language.sentence(table, key, filled, how_many)

    def cite(self, fact: Fact) -> Number:
        """Write a number and keep its evidence; a fact that is told twice has one."""
        place = (fact.run, fact.quantity, fact.keys)
        if place not in self.evidence:
            self.evidence[place] = self._evidence(fact, f"e{len(self.evidence) + 1}")
        known = self.evidence[place]
        if known.value != fact.value and fact.value == fact.value:  # NaN differs from itself
            raise ValueError(f"{fact} is told as {known.value} too")
        return Number(known.text, known.id)

    def word(self, table: str, key: str) -> str:
        """Word of the language for a name of the program."""
        return self.language.word(table, key)

    def _evidence(self, fact: Fact, name: str) -> Evidence:
        texts = self.language.texts["quantities"][fact.quantity]
        names: dict[str, Field] = {k: str(v) for k, v in fact.keys}
        words: dict[str, Field] = {
            k: self.word(_WORDS[k], str(v)) if k in _WORDS else str(v) for k, v in fact.keys
        }
        fill = self.language.fill
        return Evidence(
            name,
            fill(texts["what"], words).text,
            fact.value,
            self.language.unit(fact.kind),
            number(fact.value, fact.kind),
            fill(texts["where"], names).text,
            fact.run,
            fact.quantity,
            fact.keys,
        )
