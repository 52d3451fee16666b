"""Where the files of a region that is built come from, and the tables that no rule can build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.files import file_inside, read_content
from simulator.problems import Report
from simulator.region.csv_table import MAX_TABLE
from simulator.region.description import FileTable
from simulator.region.model import LayerInfo

#: Tables that a recipe may name, since they are made by hand.
HandMadeName = Literal["area_sources", "survey", "schedules", "source_changes"]


class Provenance(BaseModel):
    """Provenance of a file of the region."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Literal["measured", "derived", "modelled", "illustrative"]
    source: str
    licence: str
    note: str = ""

    def info(self, file: str, *facts: str) -> LayerInfo:
        """Provenance with `facts` found while building added to the note."""
        note = " ".join([self.note, *facts]).strip()
        return LayerInfo(file, self.status, self.source, self.licence, note)


@dataclass(frozen=True)
class HandMade:
    """A table made by hand: its name in the region, where it comes from and its bytes."""

    info: LayerInfo
    content: bytes

    def write(self, out: Path) -> None:
        """Write the table as it is into the folder of the region."""
        (out / self.info.file).write_bytes(self.content)


def read_hand_made(tables: Mapping[HandMadeName, FileTable], recipe: Path) -> dict[str, HandMade]:
    """Tables that lie beside a recipe.

    Parameters
    ----------
    tables : mapping of str to FileTable
        Table ``tables`` of the recipe; the paths in it start from the recipe's folder.
    recipe : Path
        File of the recipe.

    Raises
    ------
    InputError
        If a file is not there or lies outside the folder; all of them at once.
    """
    report = Report()
    made = {}
    for name, table in tables.items():
        where = f"{recipe.name}: tables.{name}"
        path = report.attempt(file_inside, recipe.parent, table.file, where, MAX_TABLE)
        content = None if path is None else report.attempt(read_content, path, where)
        if content is not None:
            file = f"{name}{PurePosixPath(table.file).suffix}"
            info = LayerInfo(file, table.status, table.source, table.licence, table.note)
            made[str(name)] = HandMade(info, content)
    report.raise_if_any()
    return made
