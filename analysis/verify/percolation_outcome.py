"""What a verification of percolation found, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from analysis.verify.agreement import Finding
from analysis.verify.percolation_agreement import (
    LIMITS,
    SoluteAgreement,
    Tolerances,
    WaterAgreement,
)
from simulator.errors import Problem

_DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True)
class Timing:
    """What computing took, without compiling and reading.

    Attributes
    ----------
    seconds, user_seconds : float
        By the clock, and of the processor.
    days : float
        Length of the run. [d]
    """

    seconds: float
    user_seconds: float
    days: float

    @property
    def per_second(self) -> float:
        """Column-years in a second of the clock."""
        return self.days / _DAYS_PER_YEAR / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class Effort:
    """What the solver did.

    Attributes
    ----------
    steps, iterations : int
        Time steps, and iterations of all of them.
    forced, repeated : int
        Steps accepted without convergence, and steps tried again with a shorter one.
    """

    steps: int
    iterations: int
    forced: int
    repeated: int


@dataclass(frozen=True)
class ColumnAgreement:
    """A column computed and compared.

    Attributes
    ----------
    id, title : str
        As the case names itself.
    folder : Path
        Where it is.
    nodes : int
        Of the column.
    timing : Timing
    effort : Effort
    water : WaterAgreement
    solutes : tuple of SoluteAgreement
    findings : mapping of str to tuple of Finding
        What is outside its limits, by ``water`` or the name of the solute.
    notes : tuple of str
        What HYDRUS was asked to do otherwise than our solver does.
    """

    id: str
    title: str
    folder: Path
    nodes: int
    timing: Timing
    effort: Effort
    water: WaterAgreement
    solutes: tuple[SoluteAgreement, ...]
    findings: Mapping[str, tuple[Finding, ...]]
    notes: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything is within its limits."""
        return not any(self.findings.values())


@dataclass(frozen=True)
class QuantityAgreement:
    """One quantity of potential evapotranspiration, day by day.

    Attributes
    ----------
    quantity, unit : str
        Of the values.
    reference : str
        Column of the results.
    days : int
        Compared.
    sum_computed, sum_reference : float
        Over the days, in ``unit``.
    error : float
        Largest of a day, relative to the largest reference value. [-]
    limit : float or None
        What it may be; None where the definitions differ.
    """

    quantity: str
    unit: str
    reference: str
    days: int
    sum_computed: float
    sum_reference: float
    error: float
    limit: float | None

    @property
    def within(self) -> bool:
        """Whether the error is within its limit, if it has one."""
        return self.limit is None or self.error <= self.limit


@dataclass(frozen=True)
class EvapotranspirationAgreement:
    """A case of potential evapotranspiration computed and compared.

    Attributes
    ----------
    id, title : str
        As the case names itself.
    folder : Path
        Where it is.
    quantities : tuple of QuantityAgreement
    """

    id: str
    title: str
    folder: Path
    quantities: tuple[QuantityAgreement, ...]

    @property
    def findings(self) -> dict[str, tuple[Finding, ...]]:
        """What is outside its limits, by quantity."""
        return {
            f"{q.quantity} ({q.reference})": (
                Finding("largest error of a day", q.error, q.limit or 0.0),
            )
            for q in self.quantities
            if not q.within
        }

    @property
    def passed(self) -> bool:
        """Whether everything is within its limits."""
        return not self.findings


Agreement = ColumnAgreement | EvapotranspirationAgreement


def document(
    cases: Sequence[Agreement], broken: Mapping[str, list[Problem]], limits: Tolerances = LIMITS
) -> dict[str, Any]:
    """Everything of a verification for programs.

    Parameters
    ----------
    cases : sequence of ColumnAgreement or EvapotranspirationAgreement
    broken : mapping of str to list of Problem
        Folders that could not be used, with what is wrong.
    limits : Tolerances
        That were applied.
    """
    return {
        "passed": bool(cases) and not broken and all(c.passed for c in cases),
        "tolerances": asdict(limits),
        "cases": [_case(case) for case in cases],
        "broken": [
            {"folder": name, "problems": [asdict(p) for p in problems]}
            for name, problems in broken.items()
        ],
    }


def _case(case: Agreement) -> dict[str, Any]:
    common = {
        "id": case.id,
        "title": case.title,
        "folder": str(case.folder),
        "passed": case.passed,
        "findings": {
            name: [asdict(f) for f in findings] for name, findings in case.findings.items()
        },
    }
    if isinstance(case, EvapotranspirationAgreement):
        rows = [{**asdict(q), "passed": q.within} for q in case.quantities]
        return {"kind": "potential ET", **common, "quantities": rows}
    return {
        "kind": "column",
        **common,
        "nodes": case.nodes,
        "timing": {**asdict(case.timing), "column_years_per_second": case.timing.per_second},
        "effort": asdict(case.effort),
        "water": asdict(case.water),
        "solutes": [asdict(s) for s in case.solutes],
        "notes": list(case.notes),
    }
