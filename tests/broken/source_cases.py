"""Regions whose sources are broken in one way each: technologies, fuels, stacks, changes."""

from __future__ import annotations

from tests.broken.edit import Edit, cell
from tests.make_sources import Change, add_source_changes, set_sources

SOURCES = "testland/sources.csv"


def _changes(*changes: Change) -> Edit:
    return lambda folder: add_source_changes(folder / "testland", changes)


def _fuel(*fuels: object) -> Edit:
    return lambda folder: set_sources(folder / "testland", fuel=list(fuels))


def _technology(*technologies: object) -> Edit:
    return lambda folder: set_sources(folder / "testland", technology=list(technologies))


#: Name, the edit, and words that the message has.
SOURCE_CASES: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "source with an unknown fuel": (
        _fuel("coal of Zejiang", "", ""),
        ("sources.csv: row 2, fuel", "Did you mean 'coal of Zhejiang'?"),
    ),
    "fuel of a source that has no chain": (
        _fuel("", "coal of China", ""),
        ("sources.csv: row 3, fuel", "know no fuel", "Leave it blank."),
    ),
    "source with an unknown technology": (
        _technology("stokers", "", ""),
        ("sources.csv: row 2, technology", "Did you mean 'stoker'?"),
    ),
    "blank stack of a negative width": (
        cell(SOURCES, 1, "diameter_m", -1),
        ("sources.csv: row 3, diameter_m", "value -1"),
    ),
    "change of a source that is not there": (
        _changes(("coal-2", 2021.0, "load", 0.5)),
        ("source_changes.csv: row 2, id", "there is no source 'coal-2'", "'coal-1'?"),
    ),
    "change of something else": (
        _changes(("coal-1", 2021.0, "height", 0.5)),
        ("source_changes.csv: row 2, what", "'height'", "control, fuel, technology, load"),
    ),
    "change in the year 20210": (
        _changes(("coal-1", 20210.0, "load", 0.5)),
        ("source_changes.csv: row 2, date", "value 20210"),
    ),
    "load that is no number": (
        _changes(("coal-1", 2021.0, "load", 0.5), ("coal-1", 2022.0, "load", "half")),
        ("source_changes.csv: row 3, value", "load 'half'", "from 0 to 100"),
    ),
    "negative load": (
        _changes(("coal-1", 2021.0, "load", -0.5)),
        ("source_changes.csv: row 2, value", "load '-0.5'"),
    ),
    "two loads at once": (
        _changes(("coal-1", 2021.0, "load", 0.5), ("coal-1", 2021.0, "load", 0.6)),
        ("row 3, id, date, what", "has this change already"),
    ),
    "retrofit with an unknown control": (
        _changes(("coal-1", 2021.5, "control", "ultra low")),
        ("source_changes.csv: coal-1, 2021.5, control", "Did you mean 'ultra-low'?"),
    ),
    "other fuel of a waste plant": (
        _changes(("waste-1", 2021.5, "fuel", "coal of China")),
        ("source_changes.csv: waste-1, 2021.5, fuel", "know no fuel"),
    ),
}
