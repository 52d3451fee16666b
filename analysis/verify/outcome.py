"""What a verification of dispersion found, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba

from analysis.verify.agreement import AREAS, PLUMES, Finding, Hourly, Maximum, Period, Tolerances
from simulator.aermod.case import Hours
from simulator.errors import Problem


@dataclass(frozen=True)
class Timing:
    """What computing took, without compiling and reading.

    Attributes
    ----------
    seconds, user_seconds : float
        By the clock, and of all processors together.
    receptor_hours : int
        Receptors times valid hours times plumes.
    """

    seconds: float
    user_seconds: float
    receptor_hours: int

    @property
    def per_second(self) -> float:
        """Receptor-hours in a second of the clock."""
        return self.receptor_hours / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class OutputAgreement:
    """One output of one group.

    Attributes
    ----------
    group, output : str
        ``output`` is ``conc``, ``ddep``, ``wdep`` or ``depos``.
    area : bool
        Whether the group holds an area source, which has limits of its own.
    period : Period
        Of the exact mode.
    hourly : Hourly or None
        Of the exact mode, where the case has hourly results.
    tabulated : Period or None
        Of the tabulated mode, where that applies.
    maximum : Maximum
        Of the period.
    findings : tuple of Finding
        What is outside its limits.
    """

    group: str
    output: str
    area: bool
    period: Period
    hourly: Hourly | None
    tabulated: Period | None
    maximum: Maximum
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class CaseAgreement:
    """A case computed and compared.

    Attributes
    ----------
    id, title : str
        As the case names itself.
    folder : Path
        Where it is.
    receptors : int
        Receptors of the case.
    plumes : int
        Plumes computed; sources of one geometry share theirs.
    hours, hours_reference : Hours
        Processed, calm and missing hours, found and as the case states them.
    exact : Timing
        Of the exact mode.
    tabulated : Timing or None
        Of the tabulated mode, where that applies.
    outputs : tuple of OutputAgreement
        By group and output.
    """

    id: str
    title: str
    folder: Path
    receptors: int
    plumes: int
    hours: Hours
    hours_reference: Hours
    exact: Timing
    tabulated: Timing | None
    outputs: tuple[OutputAgreement, ...]

    @property
    def hours_agree(self) -> bool:
        """Whether as many hours were processed, calm and missing as the case states."""
        return self.hours == self.hours_reference

    @property
    def passed(self) -> bool:
        """Whether everything is within its limits."""
        return self.hours_agree and not any(o.findings for o in self.outputs)


def document(
    cases: Sequence[CaseAgreement],
    broken: dict[str, list[Problem]],
    plumes: Tolerances = PLUMES,
    areas: Tolerances = AREAS,
) -> dict[str, Any]:
    """Everything of a verification for programs.

    Parameters
    ----------
    cases : sequence of CaseAgreement
    broken : dict of str to list of Problem
        Folders that could not be used, with what is wrong.
    plumes, areas : Tolerances
        Limits that were applied.
    """
    return {
        "passed": bool(cases) and not broken and all(c.passed for c in cases),
        "threads": numba.get_num_threads(),
        "tolerances": {"point_and_volume": vars(plumes), "area": vars(areas)},
        "cases": [
            {
                "id": c.id,
                "title": c.title,
                "folder": str(c.folder),
                "passed": c.passed,
                "receptors": c.receptors,
                "plumes": c.plumes,
                "hours": vars(c.hours),
                "hours_reference": vars(c.hours_reference),
                "hours_agree": c.hours_agree,
                "exact": _timing(c.exact),
                "tabulated": _timing(c.tabulated),
                "outputs": [
                    {
                        "group": o.group,
                        "output": o.output,
                        "area": o.area,
                        "passed": not o.findings,
                        "period": vars(o.period),
                        "hourly": vars(o.hourly) if o.hourly else None,
                        "tabulated": vars(o.tabulated) if o.tabulated else None,
                        "maximum": vars(o.maximum),
                        "findings": [vars(f) for f in o.findings],
                    }
                    for o in c.outputs
                ],
            }
            for c in cases
        ],
        "broken": [
            {"folder": name, "problems": [vars(p) for p in problems]}
            for name, problems in broken.items()
        ],
    }


def _timing(timing: Timing | None) -> dict[str, float] | None:
    if timing is None:
        return None
    return {**vars(timing), "receptor_hours_per_second": timing.per_second}
