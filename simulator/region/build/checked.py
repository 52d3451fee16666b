"""What recipes of regions share: the grid, the check against their model, raw files."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.errors import InputError, Problem
from simulator.region.model import Grid

Recipe = TypeVar("Recipe", bound=BaseModel)


class GridPart(BaseModel):
    """The model grid; ``fine_cell`` is that of the raster that land is drawn on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    crs: str
    x_min: float
    y_max: float
    cell_size: float = Field(gt=0)
    rows: int = Field(gt=0)
    cols: int = Field(gt=0)
    fine_cell: float = Field(gt=0)

    @model_validator(mode="after")
    def _nested(self) -> Self:
        for outer, inner in pairwise(self._sides()):
            if outer % inner:
                raise ValueError(f"a cell of {outer} m cannot be cut into cells of {inner} m")
        return self

    def _sides(self) -> tuple[float, ...]:
        """Sides of cells, each of which is cut into those of the next. [m]"""
        return self.cell_size, self.fine_cell

    def grid(self) -> Grid:
        """Return the model grid."""
        return Grid(self.crs, self.x_min, self.y_max, self.cell_size, (self.rows, self.cols))


def checked(model: type[Recipe], table: dict[str, Any], page: str) -> Recipe:
    """Recipe of a table.

    Parameters
    ----------
    model : type
        Model of the recipe.
    table : dict
        As read from TOML.
    page : str
        Page of the documentation that tells how such a recipe looks.

    Raises
    ------
    InputError
        With every fault found.
    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise InputError(
            Problem(
                f"recipe: {'.'.join(str(p) for p in fault['loc']) or 'whole'}",
                repr(fault["input"])[:60],
                fault["msg"],
                f"See {page}.",
            )
            for fault in error.errors()
        ) from error


def require_files(named: Mapping[str, str | Path], raw: Path) -> None:
    """Raise ``InputError`` for all files that are not there, by what names them in the recipe."""
    missing = [
        Problem(
            f"recipe: {name}",
            f"there is no file '{path}'",
            f"paths of raw data start from {raw}",
            "Mend the path or give another folder of raw data.",
        )
        for name, path in named.items()
        if not (raw / path).is_file()
    ]
    if missing:
        raise InputError(missing)
