"""Reading the folder of an experiment, finished or not; ``docs/experiment-format.md``."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from analysis.experiment.spec import ExperimentSpec
from simulator.errors import InputError, Problem, RunError
from simulator.problems import suggest

#: Version of the format of experiment folders.
FORMAT: Final = 1

#: Folder in which experiments are looked for and put.
EXPERIMENTS: Final = Path("experiments")

SPEC: Final = "experiment.toml"
SCENARIO: Final = "scenario.toml"
DESIGN: Final = "design.parquet"
MEMBERS: Final = "members"
MAPS: Final = "maps.zarr"
FAILURES: Final = "failures.csv"
MANIFEST: Final = "manifest.json"
LOCK: Final = "lock"
PARTIAL: Final = ".partial"

#: Before the names of levers and factors in the columns of the design.
LEVER, POSITION, VALUE = "lever/", "position/", "value/"

OUTCOME_COLUMNS: Final = ("member", "year", "metal", "outcome", "value")
FAILURE_COLUMNS: Final = ("member", "when", "error", "cause")

#: Before the names of pathways among the outcomes.
FLUX: Final = "flux/"
#: Metal of outcomes that are of any metal: a cell counts where one is at or above its limit.
ANY_METAL: Final = "any"


def member_file(folder: Path, member: int) -> Path:
    """File of a member's outcomes; it is there once the member is done."""
    return folder / MEMBERS / f"{member:06d}.parquet"


def done_members(folder: Path) -> list[int]:
    """Members whose outcomes are there, rising."""
    return sorted(int(p.stem) for p in (folder / MEMBERS).glob("[0-9]*.parquet"))


def partial_of(folder: Path) -> Path:
    """Folder of an experiment while it is not finished."""
    return folder.with_name(folder.name + PARTIAL)


def find_experiment(experiment: str | Path, experiments: Path = EXPERIMENTS) -> Path:
    """Folder of an experiment by its path, or by its name in the folder of experiments.

    Raises
    ------
    InputError
        If there is no such experiment; names those that there are.
    """
    for base in (Path(experiment), experiments / experiment):
        for folder in (base, partial_of(base)):
            if (folder / DESIGN).is_file():
                return folder
    names = sorted(p.parent.name for p in experiments.glob(f"*/{DESIGN}"))
    raise InputError(
        Problem(
            f"experiment {str(experiment)!r}",
            "there is no such experiment",
            f"an experiment is a folder with {DESIGN}, or the name of one in {experiments}/",
            suggest(Path(experiment).name, names)
            if names
            else "Make one with: metalscape experiment FILE.toml",
        )
    )


class ExperimentFolder:
    """An experiment that was run, wholly or in part.

    One sees what was there when it was first asked for.

    Parameters
    ----------
    path : str or Path
        Folder of the experiment; ``NAME.partial`` is found under ``NAME`` too.

    Raises
    ------
    InputError
        If there is no experiment.
    RunError
        If it is of another format.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = find_experiment(path)
        self.manifest: dict[str, Any] = read_manifest(self.path)

    @property
    def finished(self) -> bool:
        """Whether all members are done."""
        return not self.path.name.endswith(PARTIAL)

    @cached_property
    def spec(self) -> ExperimentSpec:
        """The experiment file."""
        from analysis.experiment.read import read_spec

        return read_spec(self.path / SPEC)

    @cached_property
    def design(self) -> pd.DataFrame:
        """One row a member, in their order.

        ``member, future, sample, replicate, seed``; ``lever/NAME``, the option of each lever that
        has options, the first of them the reference; ``position/NAME``, the place [0, 1] of each
        factor (:attr:`factors`) in its range; ``value/NAME``, the number there, NaN where a factor
        is many numbers. ``sample`` counts the rows of the design of SALib.
        """
        return pd.read_parquet(self.path / DESIGN)

    @property
    def levers(self) -> dict[str, tuple[str, ...]]:
        """Options of the levers that have some, the reference first."""
        return {
            lever.name: tuple(option.name for option in lever.choices)
            for lever in self.spec.choices
        }

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of all that is sampled, in the order of the design."""
        return self.spec.factors

    @cached_property
    def members_done(self) -> list[int]:
        """Members whose outcomes are there, rising."""
        return done_members(self.path)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """``member, year, metal, outcome, value`` of all done members.

        ``metal`` and ``outcome`` are categories; the metal is blank for what is of none.
        """
        parts = [pd.read_parquet(member_file(self.path, m)) for m in self.members_done]
        if not parts:
            return pd.DataFrame({name: [] for name in OUTCOME_COLUMNS})
        columns = {"metal": "category", "outcome": "category"}
        return pd.concat(parts, ignore_index=True).astype(columns)

    @cached_property
    def maps(self) -> xr.Dataset:
        """Maps of all done members, opened lazily.

        ``content (member, year, metal, y, x)`` [mg kg-1], NaN where there is no soil; ``overload``
        of the same axes, 1 at or above the limit, 0 below, -1 where there is none;
        ``exceedance_year (member, metal, y, x)``: the first year of the run at whose beginning the
        content is at or above the limit, its first year where it is so from the start, NaN where
        it never is.
        """
        try:
            maps = xr.open_dataset(
                self.path / MAPS,
                engine="zarr",
                decode_coords="all",
                mask_and_scale=False,
                consolidated=False,
                cache=False,
            )
        except (OSError, ValueError, KeyError) as error:
            raise RunError(f"{self.path / MAPS} cannot be read: {error}") from error
        return maps.sel(member=self.members_done)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Last failure of each member that is not done: ``member, when, error, cause``."""
        table = pd.read_csv(self.path / FAILURES, keep_default_na=False)
        table = table[~np.isin(table["member"], self.members_done)]
        return table.drop_duplicates("member", keep="last").reset_index(drop=True)

    def __repr__(self) -> str:
        return f"<ExperimentFolder {self.path}: {len(self.members_done)} of {len(self.design)}>"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of an experiment folder.

    Raises
    ------
    RunError
        If it cannot be read, or is of another format.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} is not the manifest of an experiment: {error}") from error
    if version != FORMAT:
        raise RunError(f"{folder} has format {version}, but this program reads format {FORMAT}.")
    return manifest
