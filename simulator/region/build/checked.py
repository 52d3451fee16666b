"""Recipes that are checked against their model, and the raw files that they name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from simulator.errors import InputError, Problem

Recipe = TypeVar("Recipe", bound=BaseModel)


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
