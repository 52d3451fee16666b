"""Tables of the assessment, read once: limits, exposure, toxicity and grades with their sources."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from simulator.data.parameters import Parameter, Table, parse_table

#: Tables in ``simulator/data`` that only the assessment uses; a run and its scenario do not.
ASSESSMENT_TABLES = (
    "thresholds",
    "ecological_criteria",
    "added_limits",
    "toxic_response",
    "health_exposure",
    "toxicity",
    "bioaccessibility",
    "grades",
)


@cache
def table(name: str) -> Table:
    """One of :data:`ASSESSMENT_TABLES`."""
    text = (files("simulator.data") / f"{name}.csv").read_text(encoding="utf-8")
    return parse_table(name, text)


def row(name: str, *key: str) -> Parameter:
    """Row of a table by its keys in the order of its columns."""
    return table(name).rows[key]
