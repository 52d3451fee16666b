r"""What published relations say of a soil's metal in solution, side by side.

Every relation has the form of the run's own (:mod:`simulator.physics.sorption`),

.. math:: \log_{10} c = p + r \log_{10} OC + s \log_{10} clay + m\,pH + n \log_{10} X

with :math:`c` in mg L-1, :math:`OC` and :math:`clay` in % and :math:`X` in mg kg-1. As an isotherm
it is Freundlich's, :math:`X = k_f c^\beta` with :math:`\beta = 1/n`; a constant distribution
coefficient has :math:`n = 1`. The coefficients are those of ``simulator/data/partition.csv``. That
published relations differ by one or two orders of magnitude for the same soil is their uncertainty,
and this module is there to show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from simulator.physics.sorption import OM_PER_OC, solution_coefficient, solution_concentration


@dataclass(frozen=True)
class Relation:
    """A published relation between a metal in soil and in its solution.

    Attributes
    ----------
    model : str
        Who published it.
    p, r_oc, s_clay, m_ph, n : float
        Coefficients of the form of the module. [-]
    ranges : mapping of str to (float, float)
        Least and greatest value among the soils of the relation, where the source states them, of
        ``ph``, ``organic_carbon`` [%], ``clay`` [%] and ``content`` [mg kg-1].
    confidence : str
        ``read``, or ``recalled`` where a coefficient is still to be checked against its source.
    """

    model: str
    p: float
    r_oc: float
    s_clay: float
    m_ph: float
    n: float
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    confidence: str = "read"


@dataclass(frozen=True)
class Partition:
    """What one relation says of one soil.

    Attributes
    ----------
    model : str
    concentration : float
        In soil solution. [ug cm-3, that is mg L-1]
    kd : float
        Content over concentration. [cm3 g-1, that is L kg-1]
    k_f, beta : float
        The isotherm ``content = k_f concentration**beta``. [ug g-1 (cm3 ug-1)**beta, -]
    outside : tuple of str or None
        Properties of the soil that lie outside the stated range of the relation; None where the
        source states none.
    confidence : str
        ``read`` or ``recalled``.
    """

    model: str
    concentration: float
    kd: float
    k_f: float
    beta: float
    outside: tuple[str, ...] | None
    confidence: str


def kd_by_model(
    relations: Iterable[Relation],
    ph: float,
    organic_matter: float,
    clay: float,
    content: float,
) -> list[Partition]:
    """Distribution coefficient and isotherm of a soil by every relation.

    Parameters
    ----------
    relations : iterable of Relation
        Of one metal.
    ph : float
        [-]
    organic_matter, clay : float
        [kg kg-1]
    content : float
        Total content of the metal, above 0. [ug g-1, that is mg kg-1]

    Returns
    -------
    list of Partition
        In the order of ``relations``.
    """
    soil = {
        "ph": ph,
        "organic_carbon": 100.0 * organic_matter / OM_PER_OC,
        "clay": 100.0 * clay,
        "content": content,
    }
    return [_apply(relation, soil, organic_matter, clay) for relation in relations]


def _apply(
    relation: Relation, soil: Mapping[str, float], organic_matter: float, clay: float
) -> Partition:
    n = relation.n
    # in SI: kg m-3 of solution from kg kg-1 of soil
    coefficient = solution_coefficient(
        soil["ph"],
        organic_matter,
        clay,
        relation.p,
        relation.r_oc,
        relation.s_clay,
        relation.m_ph,
        n,
    )
    c = 1.0e3 * float(solution_concentration(1.0e-6 * soil["content"], coefficient, n))
    outside = tuple(
        name for name, (low, high) in relation.ranges.items() if not low <= soil[name] <= high
    )
    return Partition(
        model=relation.model,
        concentration=c,
        kd=soil["content"] / c,
        k_f=soil["content"] / c ** (1.0 / n),
        beta=1.0 / n,
        outside=outside if relation.ranges else None,
        confidence=relation.confidence,
    )
