"""Published relations between a metal in soil and in its solution, read from ``partition.csv``.

The run itself uses ``sorption.csv``; this table shows what others say. It is not a table of the run
(:data:`simulator.data.parameters.TABLES`) and cannot be overridden.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from simulator.data.parameters import Parameter, Parameters, Table, parse_table

COEFFICIENTS: Final = ("p", "r_oc", "s_clay", "m_ph", "n")

#: Name of the relation that the run uses.
OWN: Final = "metalscape"


@dataclass(frozen=True)
class PublishedRelation:
    """Coefficients and stated ranges of one relation for one metal, in the units of the table.

    The fields are those of :class:`simulator.physics.percolation.partition.Relation`, which says
    what they mean: ``Relation(**vars(published))``.
    """

    model: str
    p: float
    r_oc: float
    s_clay: float
    m_ph: float
    n: float
    ranges: MappingProxyType[str, tuple[float, float]]
    confidence: str


@cache
def partition_table() -> Table:
    """The table, read once a process."""
    text = (files("simulator.data") / "partition.csv").read_text(encoding="utf-8")
    return parse_table("partition", text)


def published_relations(
    metal: str, parameters: Parameters | None = None
) -> tuple[PublishedRelation, ...]:
    """Relations of a metal in the order of the table, the one of the run first.

    Parameters
    ----------
    metal : str
        Symbol, one of :data:`simulator.constants.METALS`.
    parameters : Parameters, optional
        Whose ``sorption`` is the relation of the run; the shipped values otherwise.
    """
    shipped = parameters or Parameters()
    own = {c: shipped[f"sorption/{metal}/{c}"] for c in COEFFICIENTS}
    by_model: dict[str, dict[str, Parameter]] = {OWN: own}
    for (model, of, parameter), row in partition_table().rows.items():
        if of == metal:
            by_model.setdefault(model, {})[parameter] = row
    return tuple(_relation(model, rows) for model, rows in by_model.items())


def _relation(model: str, rows: dict[str, Parameter]) -> PublishedRelation:
    recalled = any(row.confidence == "recalled" for row in rows.values())
    return PublishedRelation(
        model,
        **{c: rows[c].value for c in COEFFICIENTS},
        ranges=MappingProxyType(
            {name: (row.low, row.high) for name, row in rows.items() if name not in COEFFICIENTS}
        ),
        confidence="recalled" if recalled else "read",
    )
