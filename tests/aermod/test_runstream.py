"""Run streams say the same as those with which AERMOD computed the reference cases."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.aermod.case import Case, CaseSource, Receptors, UrbanArea
from simulator.aermod.case_read import read_case
from simulator.aermod.runstream import write_runstream
from simulator.errors import InputError
from simulator.physics.dispersion.sources import (
    Area,
    BulkParticles,
    Gas,
    Ground,
    Inert,
    Particles,
    Point,
    Volume,
)
from tests.aermod.places import FULL_CASES, SMALL

Statement = tuple[str | float, ...]


def statements(path: Path) -> list[Statement]:
    """Pathway, keyword and fields of every line; numbers as such."""
    found: list[Statement] = []
    pathway = ""
    for line in path.read_text().splitlines():
        fields = line.split()
        if not fields or line.startswith("**"):
            continue
        if fields[-1] in ("STARTING", "FINISHED"):
            pathway = fields[0]
            found.append(tuple(fields))
        else:
            found.append((pathway, *map(number, fields)))
    return found


def number(field: str) -> str | float:
    try:
        return float(field)
    except ValueError:
        return field


def keyword(found: list[Statement], word: str) -> list[Statement]:
    return [s[2:] for s in found if s[1] == word]


@pytest.fixture
def case() -> Case:
    return read_case(SMALL / "unit_method2")


@pytest.mark.parametrize(
    "folder", [pytest.param(SMALL / "unit_method2", id="unit_method2"), *FULL_CASES]
)
def test_statements_are_those_of_the_case(folder: Path, tmp_path: Path) -> None:
    """Keyword by keyword, field by field, in the same order."""
    case = read_case(folder)
    met = tomllib.loads((folder / "case.toml").read_text())["met"]
    write_runstream(
        case,
        tmp_path / "case.inp",
        surface_name=met["surface_file"],
        profile_name=met["profile_file"],
        hourly="hourly" in case.results,
    )
    assert statements(tmp_path / "case.inp") == statements(folder / "case.inp")


def test_names_of_met_files_are_relative_and_unpacked(case: Case, tmp_path: Path) -> None:
    packed = replace(case, surface_file=tmp_path / "met" / "a b.SFC.gz")
    (tmp_path / "run").mkdir()
    write_runstream(packed, tmp_path / "run" / "case.inp")
    assert 'SURFFILE  "../met/a b.SFC"\n' in (tmp_path / "run" / "case.inp").read_text()


def region(stacks: int = 24) -> Case:
    """A case like that of a region: many stacks, each in several modes of emission."""
    substances = {
        "F": Particles((1e-6,), (1.0,), (1500.0,)),
        "B": BulkParticles(0.6, 1e-6),
        "G": Gas(6e-6, 5e-10, 1e7, 6e-6, 1.0),
        "N": Inert(),
    }
    sources = tuple(
        CaseSource(
            f"S{n:03d}{mode}", Point(1000.0 * n, 0.5, 60.0 + n, 2.0, 400.0, 12.0, base=3.25),
            substance, 0.125 * (n + 1), urban=n % 2 == 0,
        )
        for n in range(stacks)
        for mode, substance in substances.items()
    )  # fmt: skip
    groups = {
        "ALL": tuple(s.id for s in sources),
        **{mode: tuple(s.id for s in sources if s.id.endswith(mode)) for mode in substances},
    }
    x, y = (a.ravel() for a in np.meshgrid(np.arange(5) * 500.0, np.arange(4) * 500.0))
    return Case(
        id="region", title="A region", folder=Path(), sources=sources, groups=groups,
        receptors=Receptors(x, y, x / 100.0, x / 100.0 + 1.0, np.zeros(x.size)),
        surface_file=Path("met.SFC"), profile_file=Path("met.PFL"), start_year=2021, flat=False,
        outputs=("CONC", "DEPOS", "DDEP", "WDEP"), urban=UrbanArea("TOWN", 3e5, 0.8),
        ground=Ground(),
    )  # fmt: skip


def test_a_region_with_many_stacks(tmp_path: Path) -> None:
    path = tmp_path / "region.inp"
    case = region()
    profile = np.tile(np.linspace(0.5, 1.5, 24), (12, 1))
    write_runstream(
        case, path, annual=True, emission_factors={"S000F": profile, "S001F": np.ones((12, 24))}
    )
    text = path.read_text().splitlines()
    assert max(map(len, text)) <= 512
    assert max(len(line.split()) for line in text) <= 150
    found = statements(path)
    assert len(keyword(found, "LOCATION")) == 96
    assert keyword(found, "LOCATION")[0] == ("S000F", "POINT", 0.0, 0.5, 3.25)
    fine = [name for s in keyword(found, "SRCGROUP") if s[0] == "F" for name in s[1:]]
    assert fine == [f"S{n:03d}F" for n in range(24)]
    assert keyword(found, "SRCGROUP")[0] == ("ALL",)
    urban = [name for s in keyword(found, "URBANSRC") for name in s]
    assert urban == [s.id for s in case.sources if s.urban]
    factors = [f for s in keyword(found, "EMISFACT") if s[0] == "S000F" for f in s[2:]]
    assert factors == pytest.approx(np.tile(profile.ravel(), 3).tolist())
    assert keyword(found, "EMISFACT")[-1] == ("S001F", "MHRDOW", "864*1")
    assert keyword(found, "DISCCART")[6] == (500.0, 500.0, 5.0, 6.0)
    assert keyword(found, "AVERTIME") == [("ANNUAL",)]
    assert keyword(found, "PLOTFILE")[0] == ("ANNUAL", "ALL", "annual_ALL.txt")
    assert keyword(found, "MODELOPT") == [("CONC", "DEPOS", "DDEP", "WDEP", "ALPHA")]
    assert keyword(found, "GASDEPDF") == [(1.0, 0.5, 0.25)]


@pytest.mark.parametrize(
    ("shape", "word"),
    [((12,), "MONTH"), ((24,), "HROFDY"), ((3, 12, 24), "MHRDOW"), ((7, 12, 24), "MHRDOW7")],
)
def test_factors_of_every_shape(
    case: Case, tmp_path: Path, shape: tuple[int, ...], word: str
) -> None:
    values = np.arange(np.prod(shape), dtype=float).reshape(shape) / 7.0
    write_runstream(case, tmp_path / "a.inp", emission_factors={"CD60": values})
    lines = keyword(statements(tmp_path / "a.inp"), "EMISFACT")
    assert {s[:2] for s in lines} == {("CD60", word)}
    assert [f for s in lines for f in s[2:]] == pytest.approx(values.ravel().tolist(), rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.sampled_from([0.0, 0.25, 1.0, 1.5, 2.125]), min_size=24, max_size=24))
def test_repeats_of_factors_stand_for_all(
    values: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("run") / "a.inp"
    case = read_case(SMALL / "unit_method2")
    write_runstream(case, path, emission_factors={"CD60": np.array(values)})
    fields = [
        f for line in path.read_text().splitlines() if "EMISFACT" in line for f in line.split()[3:]
    ]
    unpacked: list[float] = []
    for field in fields:
        count, _, value = field.rpartition("*")
        unpacked += [float(value)] * int(count or 1)
    assert unpacked == values


def test_other_sources_receptors_and_days(case: Case, tmp_path: Path) -> None:
    corners = tuple((float(i), float(i * i)) for i in range(40))
    area = Area(corners, 2.0, 1.0)
    sources = (
        CaseSource("POLY", area, Inert(), 3.0 * area.size),
        CaseSource("CAP", Point(1.0, 2.0, 9.0, 1.0, 300.0, 4.0, release="capped"), Inert(), 1.0),
        CaseSource("HOR", Point(1.0, 2.0, 9.0, 1.0, 0.0, 4.0, release="horizontal"), Inert(), 1.0),
        CaseSource("VOL", Volume(-0.0, 2.0, 9.0, 1.0, 2.0), Inert(), 1e-7),
    )
    points = replace(case.receptors, flagpole=np.full(4, 1.5))
    write_runstream(
        replace(case, sources=sources, groups={"G": ("CAP",)}, receptors=points,
                outputs=("CONC",), stack_tip_downwash=False),
        tmp_path / "a.inp",
    )  # fmt: skip
    found = statements(tmp_path / "a.inp")
    assert [s[1] for s in keyword(found, "LOCATION")] == [
        "AREAPOLY", "POINTCAP", "POINTHOR", "VOLUME",
    ]  # fmt: skip
    assert keyword(found, "SRCPARAM")[0] == ("POLY", 3.0, 2.0, 40.0, 1.0)
    vertices = [v for s in keyword(found, "AREAVERT") for v in s[1:]]
    assert vertices == [v for corner in corners for v in corner]
    assert all(len(s) % 2 == 1 for s in keyword(found, "AREAVERT"))
    assert keyword(found, "FLAGPOLE") == [(0.0,)]
    assert keyword(found, "DISCCART")[0] == (100.0, 0.0, 0.0, 0.0, 1.5)
    assert keyword(found, "MODELOPT") == [("CONC", "FLAT", "NOSTD")]
    assert "-0 " not in (tmp_path / "a.inp").read_text()


def test_what_aermod_cannot_read_is_refused(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "a.inp"
    one, two = case.sources

    def refused(message: str, **changes: object) -> None:
        factors = changes.pop("emission_factors", None)
        with pytest.raises(InputError, match=message):
            write_runstream(
                replace(case, **changes),
                path,
                emission_factors=factors,  # type: ignore[arg-type]
            )
        assert not path.exists()

    refused("source id 'THIRTEEN_LONG'", sources=(one, two, replace(one, id="THIRTEEN_LONG")))
    refused("source id 'A B'", sources=(one, two, replace(one, id="A B")))
    refused("'CD60'.*twice", sources=(one, two, replace(one, id="cd60")))
    refused("group 'NINE_LONG'", groups={"NINE_LONG": ("CD60",)})
    refused("group G: source 'X' is not there", groups={"G": ("X",)})
    refused("group ALL: holds not all", groups={"ALL": ("CD60",)})
    refused("no sources, groups", groups={})
    refused("emission factors: source 'X'", emission_factors={"X": np.ones(24)})
    refused("shape \\[23\\]", emission_factors={"CD60": np.ones(23)})
    refused("not negative", emission_factors={"CD60": np.full(24, np.nan)})
    refused("without a town", sources=(one, replace(two, urban=True)))
    gas = Gas(6e-6, 5e-10, 1e7, 6e-6, 1.0)
    refused("without a ground", sources=(one, replace(two, substance=gas)))
    other = replace(two, substance=replace(gas, reactivity=0.0))
    refused("one reactivity", sources=(replace(one, substance=gas), other))
    refused("too long", id="x" * 69)
    refused("ASCII", id="Gruße")
    refused("single lines", id="x\nRE STARTING")
    refused("too long", surface_file=tmp_path / ("x" * 201))
