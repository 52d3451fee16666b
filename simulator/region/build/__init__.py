"""Builds a region from raw public data by a recipe: ``metalscape region build``."""

from __future__ import annotations

from pathlib import Path

from simulator.errors import InputError, Problem

__all__ = ["build_region"]

_KINDS = ("layers", "coast", "kola", "city")


def build_region(recipe: Path, raw: Path, out: Path) -> Path:
    """Build a region folder; the same recipe and raw data give the same bytes.

    Parameters
    ----------
    recipe : Path
        TOML file; ``docs/region-building.md`` describes it. Tables made by hand lie beside it.
    raw : Path
        Folder of the raw data that the recipe names.
    out : Path
        Folder to write; files of the region in it are replaced.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        If the recipe is wrong or a raw file is missing or unreadable.
    """
    # Raster libraries load here, not with the package.
    from simulator.region.build.recipe import read_recipe

    table = read_recipe(Path(recipe))
    kind = table.get("kind")
    if kind == "layers":
        from simulator.region.build.layers import build_layers

        return build_layers(table, Path(raw), Path(out), Path(recipe))
    if kind == "coast":
        from simulator.region.build.coast import build_coast

        return build_coast(table, Path(raw), Path(out), Path(recipe))
    if kind == "kola":
        from simulator.region.build.kola import build_kola

        return build_kola(table, Path(raw), Path(out), Path(recipe))
    if kind == "city":
        from simulator.region.build.city import build_city

        return build_city(table, Path(raw), Path(out), Path(recipe))
    raise InputError(
        Problem(
            f"{Path(recipe).name}: kind",
            repr(kind),
            f"kind is one of {', '.join(_KINDS)}",
            "Add or mend the key.",
        )
    )
