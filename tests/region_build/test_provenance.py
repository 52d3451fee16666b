"""Tables made by hand come into a built region as they are, from beside the recipe alone."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import InputError
from simulator.region import check_region, read_region, region_folder
from simulator.region.build.coast import build_coast
from simulator.region.build.layers import build_layers
from tests.region_build import make_coast
from tests.region_build import raw as make_layers

RECIPES = Path(__file__).parents[2] / "scenarios" / "recipes"
#: Line ends and the missing one at the end are not those that the builder would write.
AREA_SOURCES = (
    b"id,name,sector,control,activity,activity_unit,proxy,height_m,start_year,stop_year,status,reference\r\n"
    b'stoves,"Stoves, of villages",residential coal,none,120,t coal,urban,6,,2030,derived,made up'
)
FACTS = {"status": "derived", "source": "made up", "licence": "CC0", "note": "by hand"}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Path of a recipe with a table in a folder beside it, and one outside."""
    (tmp_path / "recipes" / "here").mkdir(parents=True)
    (tmp_path / "recipes" / "here" / "stoves.csv").write_bytes(AREA_SOURCES)
    (tmp_path / "outside.csv").write_bytes(AREA_SOURCES)
    return tmp_path / "recipes" / "recipe.toml"


def with_table(table: dict[str, Any], file: str, name: str = "area_sources") -> dict[str, Any]:
    return table | {"tables": {name: {"file": file, **FACTS}}}


@pytest.mark.parametrize(
    ("build", "module", "pattern"),
    [
        (build_layers, make_layers, make_layers.recipe),
        (build_coast, make_coast, make_coast.coast_table),
    ],
    ids=["layers", "coast"],
)
def test_a_table_made_by_hand_is_taken_as_it_is(
    build: Callable[..., Path],
    module: Any,
    pattern: Callable[[], dict[str, Any]],
    recipe: Path,
    tmp_path: Path,
) -> None:
    raw = module.write_raw(tmp_path / "raw")
    table = with_table(pattern(), "here/stoves.csv")
    table["deposition"] |= {"includes_sources": True, "year": 2011}
    built = build(table, raw, tmp_path / "built", recipe)
    assert (built / "area_sources.csv").read_bytes() == AREA_SOURCES
    assert check_region(built) == []
    region = read_region(built)
    assert list(region.area_sources["id"]) == ["stoves"]
    assert region.layers["area_sources"].note == "by hand"
    assert region.deposition_includes_sources
    assert region.deposition_year == 2011
    assert list(tomllib.loads((built / "region.toml").read_text())["files"])[-1] == "area_sources"


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [
        ("../outside.csv", "area_sources", r"recipe\.toml: tables\.area_sources.*may not leave it"),
        ("here/none.csv", "survey", r"recipe\.toml: tables\.survey.*is not there"),
        ("here/stoves.csv", "soils", r"tables\.soils"),
    ],
)
def test_a_table_that_may_not_be_taken_is_refused_before_anything_is_written(
    file: str, name: str, words: str, recipe: Path, tmp_path: Path
) -> None:
    raw = make_layers.write_raw(tmp_path / "raw")
    with pytest.raises(InputError, match=f"(?s){words}"):
        build_layers(with_table(make_layers.recipe(), file, name), raw, tmp_path / "out", recipe)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["taizhou", "wuhan"])
def test_a_shipped_region_has_the_tables_of_its_recipe(name: str) -> None:
    recipe = tomllib.loads((RECIPES / f"{name}.toml").read_text(encoding="utf-8"))
    folder = region_folder(name)
    files = tomllib.loads((folder / "region.toml").read_text(encoding="utf-8"))["files"]
    assert set(files) == {*recipe["files"], *recipe["tables"]}
    for key, table in recipe["tables"].items():
        assert (folder / files[key]["file"]).read_bytes() == (RECIPES / table["file"]).read_bytes()
        assert {k: v for k, v in files[key].items() if k != "file"} == {
            k: v for k, v in table.items() if k != "file"
        }
