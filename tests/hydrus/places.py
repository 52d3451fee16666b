"""Where the files of these tests are: a small set here, the full one beside the checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests" / "reference" / "percolation"
FULL = ROOT.parent / "shared" / "reference" / "percolation"
#: The case of the full set that has no column.
POTENTIAL_ET = "d14_potential_et_shanghai2012"
#: Cases of the small set.
LOAM = "d01b_ponded_loam"
SEEPAGE = "d03b_drain_sandy_loam_seepage"
TABLE = "d04b_evap_clay_loam_watertable"
PADDY = "d05a_paddy_flooded_pan"
DEEP = "d06a_hupsel_deep_drainage"
GROWTH = "d06b_hupsel_free_rootgrowth"
TRACER = "d09a_tracer_steady_column"


def _cases(folder: Path) -> list[Path]:
    found = sorted(p.parent for p in folder.glob("d*/case.toml")) if folder.is_dir() else []
    return [p for p in found if p.name != POTENTIAL_ET]


SMALL_CASES = [pytest.param(p, id=p.name) for p in _cases(SMALL)]
FULL_CASES = [pytest.param(p, id=f"full-{p.name}") for p in _cases(FULL)] or [
    pytest.param(None, marks=pytest.mark.skip(reason=f"no reference cases in {FULL}"))
]


def copy_case(name: str, folder: Path) -> Path:
    """Copy of a case of the small set that a test may change."""
    return Path(shutil.copytree(SMALL / name, folder / name))


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts of a file, each of them once."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def change_table(path: Path, **columns: object) -> None:
    """Set columns of a table; None drops one."""
    frame = pd.read_csv(path)
    for name, values in columns.items():
        frame = frame.drop(columns=name) if values is None else frame.assign(**{name: values})
    frame.to_csv(path, index=False)


def two_solutes(tmp_path: Path) -> Path:
    """The deep column with two metals in two layers."""
    folder = copy_case(DEEP, tmp_path)
    layer = "bulk_density = 1.3\ndispersivity = 4.0\n"
    edit(folder / "case.toml", ("Ks = 29.75\n", "Ks = 29.75\n" + layer))
    edit(folder / "case.toml", ("Ks = 45.34\n", "Ks = 45.34\n" + layer))
    with (folder / "case.toml").open("a") as file:
        file.write(
            '\n[transport]\nscheme = "upstream"\n'
            '[[solute]]\nname = "Cd"\ndiffusion = 0.6\nkd = [30.0, 12.5]\nbeta = 0.8\n'
            'top_concentration = "column c_precip_1 of atmosphere.csv"\n'
            'initial_concentration = "see initial_profile.csv"\n'
            '[[solute]]\nname = "Cu"\nkd = 600\neta = [0.6, 0.3]\ntop_concentration = 0.25\n'
            "root_uptake_max_concentration = 0.01\ninitial_concentration = 0.5\n"
        )
    change_table(folder / "initial_profile.csv", conc0_1=np.arange(33) / 10)
    change_table(folder / "atmosphere.csv", c_precip_1=np.arange(183) / 1000)
    return folder
