"""What AERMOD can read: names, lengths of lines, sources that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.aermod.case import Case
from simulator.physics.dispersion.sources import Gas
from simulator.problems import Report

#: AERMOD reads this much of a line, of a field, and this many fields of a line.
MAX_LINE: Final[int] = 512
MAX_FIELD: Final[int] = 200
MAX_FIELDS: Final[int] = 150
MAX_SOURCE_ID: Final[int] = 12
MAX_GROUP_ID: Final[int] = 8
MAX_TITLE: Final[int] = 68

#: Keyword of AERMOD for emission factors of each shape; the last axis is the hour of the day.
FACTORS: Final[dict[tuple[int, ...], str]] = {
    (12,): "MONTH",
    (24,): "HROFDY",
    (12, 24): "MHRDOW",
    (3, 12, 24): "MHRDOW",
    (7, 12, 24): "MHRDOW7",
}


def check_case(
    case: Case, factors: Mapping[str, NDArray[np.float64]], where: str, report: Report
) -> None:
    """Report what AERMOD could not read or would misread of a case."""
    ids = [s.id for s in case.sources]
    if not ids or not case.groups or not len(case.receptors):
        report.add(where, "no sources, groups or receptors", "AERMOD needs all three", "Add some.")
    for what, names, limit in (
        ("source id", ids, MAX_SOURCE_ID), ("group", list(case.groups), MAX_GROUP_ID),
        ("town", [case.urban.name] if case.urban else [], MAX_GROUP_ID),
        ("station", [s for s in (case.surface_station, case.upper_air_station, case.site_station)
                     if s is not None], MAX_GROUP_ID),
    ):  # fmt: skip
        for name in names:
            if not 0 < len(name) <= limit or not name.isascii() or not _is_word(name):
                report.add(
                    f"{where}: {what} {name!r}", f"{len(name)} characters",
                    f"AERMOD takes 1 to {limit} letters, digits and -_. of ASCII", "Rename it.",
                )  # fmt: skip
    # AERMOD reads everything in capitals
    for what, names in (("source id", ids), ("group", list(case.groups))):
        capitals = [name.upper() for name in names]
        for name in dict.fromkeys(c for c in capitals if capitals.count(c) > 1):
            report.add(
                f"{where}: {what} {name!r}", "is there twice",
                "names differ in more than capitals", "Rename one.",
            )  # fmt: skip
    used = [(f"group {group}", name) for group, names in case.groups.items() for name in names]
    for what, name in [*used, *(("emission factors", name) for name in factors)]:
        if name not in ids:
            report.add(
                f"{where}: {what}", f"source {name!r} is not there",
                "only sources of the case may be named", "Correct the id.",
            )  # fmt: skip
    for name, factor in factors.items():
        values = np.asarray(factor)
        if values.shape not in FACTORS or not np.all(np.isfinite(values) & (values >= 0.0)):
            shapes = ", ".join(str(list(shape)) for shape in FACTORS)
            report.add(
                f"{where}: emission factors of {name}", f"shape {list(values.shape)}",
                f"shapes are {shapes}; factors are finite, not negative", "Correct the array.",
            )  # fmt: skip
    if "ALL" in case.groups and set(case.groups["ALL"]) != set(ids):
        report.add(
            f"{where}: group ALL", "holds not all sources", "ALL is the sum of all sources",
            "Call the group otherwise.",
        )  # fmt: skip
    gases = {s.substance.reactivity for s in case.sources if isinstance(s.substance, Gas)}
    if len(gases) > 1:
        report.add(
            where, f"gases of reactivity {sorted(gases)}", "AERMOD takes one reactivity for a run",
            "Write a run for each.",
        )  # fmt: skip
    if gases and case.ground is None:
        report.add(where, "gases without a ground", "AERMOD needs land use and seasons for gases",
                   "Give the case a ground.")  # fmt: skip
    if any(s.urban for s in case.sources) and case.urban is None:
        report.add(where, "urban sources without a town", "AERMOD needs its population",
                   "Give the case an urban area.")  # fmt: skip
    if (case.first_day is None) != (case.last_day is None):
        report.add(where, "one of first_day and last_day", "AERMOD takes both or none",
                   "Give the other.")  # fmt: skip


def _is_word(name: str) -> bool:
    return name.replace("-", "").replace("_", "").replace(".", "").isalnum()


def check_lines(text: Sequence[str], where: str) -> None:
    """Refuse lines of a run stream that AERMOD would cut.

    Raises
    ------
    InputError
        If a line or field is too long or not ASCII.
    """
    report = Report()
    for number, line in enumerate(text, start=1):
        fields = line.split()
        long = line.startswith("   TITLE") and len(line) - 13 > MAX_TITLE
        if not line.isascii() or "\n" in line or "\r" in line:
            report.add(
                f"{where}: line {number}", f"{line.strip()[:60]!r}",
                "AERMOD reads single lines of ASCII", "Rename files and titles.",
            )  # fmt: skip
        elif (
            long or len(line) > MAX_LINE or len(fields) > MAX_FIELDS
            or max(map(len, fields), default=0) > MAX_FIELD
        ):  # fmt: skip
            report.add(
                f"{where}: line {number}", f"{line.strip()[:40]}... is too long",
                f"AERMOD reads {MAX_LINE} characters of a line, {MAX_FIELD} of a field and "
                f"{MAX_TITLE} of a title", "Shorten names of files and titles.",
            )  # fmt: skip
    report.raise_if_any()
