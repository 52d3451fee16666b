"""Writing the folder of an experiment; one process writes, whoever simulates."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import zarr
from zarr.codecs import BloscCodec

from analysis.experiment import folder as layout
from analysis.experiment.member import Failure, MemberResult
from analysis.experiment.outcomes import UNKNOWN
from analysis.experiment.program import program_digest
from analysis.experiment.sampling import Experiment
from simulator._version import __version__
from simulator.errors import RunError
from simulator.files import folder_beside
from simulator.record.axes import TILE, grid_mapping, put
from simulator.record.layout import replace_file, replaced_folder
from simulator.record.lock import RunLock
from simulator.record.manifest import utc_now
from simulator.region import Region
from simulator.scenario.policies import acts_of

_CODEC: Final = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")
_LIBRARIES: Final = ("numpy", "scipy", "numba", "pandas", "mesa", "SALib", "dask", "distributed")


def experiment_digest(experiment: Experiment) -> str:
    """SHA-256 of an experiment file with the scenarios, policies and region that it leads to."""
    digest = hashlib.sha256(experiment.spec.model_dump_json().encode())
    for scenario in (experiment.base, *experiment.options):
        digest.update(scenario.to_toml().encode())
    for lever in experiment.spec.strengths:  # of no option: members take them from their files
        acts = acts_of(lever.policies, experiment.folder, f"lever {lever.name!r}")
        digest.update(repr(acts).encode())
    digest.update(repr((experiment.rows, experiment.sectors)).encode())
    digest.update(experiment.region_digest.encode())
    return digest.hexdigest()


def map_years(experiment: Experiment) -> tuple[int, ...]:
    """Years at whose beginning maps are kept, rising; the last by default."""
    return tuple(sorted({*experiment.spec.outcomes.maps})) or (experiment.base.end,)


def is_complete(target: Path, experiment: Experiment) -> bool:
    """Whether a folder holds all members of an experiment."""
    if not (target / layout.MANIFEST).is_file():
        return False
    return bool(layout.read_manifest(target)["digest"] == experiment_digest(experiment))


class ExperimentWriter:
    """The folder of an experiment while it is not finished, ``NAME.partial``, open for writing.

    Parameters
    ----------
    target : Path
        Folder that it has when it is finished.
    experiment : Experiment
        Members that are there of the same experiment stay.
    region : Region
        Its region.
    design : DataFrame
        Its members.
    overwrite : bool
        Take the place of what is there: of an unfinished experiment at once, of a finished one
        when this one is finished.

    Raises
    ------
    RunError
        If something is there that may not be overwritten, or another process writes to it.
    """

    def __init__(
        self,
        target: Path,
        experiment: Experiment,
        region: Region,
        design: pd.DataFrame,
        overwrite: bool = False,
    ) -> None:
        self.target = target
        self.path = layout.partial_of(target)
        digest = experiment_digest(experiment)
        for path in (self.path, self.target):
            _refuse_to_destroy(path, digest, overwrite, goes_on=path == self.path)
        if overwrite and self.path.exists():
            RunLock(self.path / layout.LOCK).release()  # nobody is writing to it
            shutil.rmtree(self.path)
        if not (self.path / layout.MANIFEST).is_file():
            with folder_beside(self.path) as folder:
                _create(folder, experiment, region, design, digest)
        self._lock = RunLock(self.path / layout.LOCK)
        self.manifest = layout.read_manifest(self.path)

    @property
    def done(self) -> list[int]:
        """Members that are done, rising."""
        return layout.done_members(self.path)

    def add(self, result: MemberResult) -> None:
        """Write a member: its maps, and its outcomes at last, which say that it is done."""
        group = zarr.open_group(self.path / layout.MAPS, mode="r+")
        for name, values in vars(result.maps).items():
            array = group[name]
            assert isinstance(array, zarr.Array)
            array[result.member] = values
        rows = result.rows
        table = pa.table(
            {
                "member": np.full(rows.year.size, result.member, dtype=np.int32),
                "year": rows.year,
                "metal": pa.array(rows.metal).dictionary_encode(),
                "outcome": pa.array(rows.outcome).dictionary_encode(),
                "value": rows.value,
            }
        )
        replace_file(
            layout.member_file(self.path, result.member),
            lambda file: pq.write_table(table, file, compression="zstd"),
        )

    def fail(self, failure: Failure) -> None:
        """Note why a member did not come to its end."""
        with (self.path / layout.FAILURES).open("a", newline="", encoding="utf-8") as file:
            row = failure.member, utc_now(), failure.error, failure.cause
            csv.writer(file, lineterminator="\n").writerow(row)

    def note(self, session: dict[str, Any]) -> None:
        """Add what a session did to the manifest."""
        self.manifest["sessions"] = [*self.manifest["sessions"], session]
        _write_manifest(self.path, self.manifest)

    def finish(self) -> None:
        """Give the folder its name; all members are done."""
        self.manifest["finished"] = utc_now()
        _write_manifest(self.path, self.manifest)
        self.close()
        old = replaced_folder(self.target)
        if self.target.exists():
            shutil.rmtree(old, ignore_errors=True)
            self.target.rename(old)
        self.path.rename(self.target)
        shutil.rmtree(old, ignore_errors=True)
        self.path = self.target

    def close(self) -> None:
        """Let others write to the folder."""
        self._lock.release()


def _refuse_to_destroy(path: Path, digest: str, overwrite: bool, goes_on: bool) -> None:
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not (path / layout.MANIFEST).is_file():
        raise RunError(f"{path} is there and is no experiment. Give another name.")
    if overwrite or (goes_on and layout.read_manifest(path)["digest"] == digest):
        return
    raise RunError(
        f"{path} is of another experiment: the file, a scenario, a policy or the region that it "
        "was begun with is not the same. Give another name, or overwrite it (--name, --overwrite)."
    )


def _create(
    folder: Path, experiment: Experiment, region: Region, design: pd.DataFrame, digest: str
) -> None:
    """Write all that stays the same into an empty folder."""
    spec = experiment.spec
    (folder / layout.MEMBERS).mkdir()
    resolved = spec.model_copy(update={"scenario": layout.SCENARIO})
    (folder / layout.SPEC).write_text(resolved.to_toml(), encoding="utf-8")
    (folder / layout.SCENARIO).write_text(experiment.base.to_toml(), encoding="utf-8")
    design.to_parquet(folder / layout.DESIGN, index=False)
    (folder / layout.FAILURES).write_text(",".join(layout.FAILURE_COLUMNS) + "\n", encoding="utf-8")
    _create_maps(folder / layout.MAPS, experiment, region, len(design))
    manifest = {
        "format": layout.FORMAT,
        "metalscape": __version__,
        "name": spec.name,
        "title": spec.title,
        "scenario": {"name": experiment.base.name, "title": experiment.base.title},
        "start": experiment.base.start,
        "years": experiment.base.years,
        "region": {
            "name": region.name,
            "title": region.title,
            "folder": str(region.folder),
            "digest": region.digest,
        },
        "illustrative": list(region.illustrative),
        "members": len(design),
        "parameters": {name: list(rows) for name, rows in experiment.rows.items()},
        "sectors": {name: list(sectors) for name, sectors in experiment.sectors.items()},
        "digest": digest,
        "program": program_digest(),
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "created": utc_now(),
        "finished": None,
        "sessions": [],
    }
    _write_manifest(folder, manifest)


def _create_maps(path: Path, experiment: Experiment, region: Region, n_member: int) -> None:
    """Make the empty maps; a chunk, or a row of tiles, is one member's."""
    years, metals = map_years(experiment), experiment.spec.outcomes.metals
    grid = region.grid
    sizes = {
        "member": n_member,
        "year": len(years),
        "metal": len(metals),
        "y": grid.shape[0],
        "x": grid.shape[1],
    }
    chunks = {**sizes, "member": 1, "y": min(sizes["y"], TILE), "x": min(sizes["x"], TILE)}
    group = zarr.create_group(
        path, zarr_format=3, attributes={"title": experiment.spec.title, "Conventions": "CF-1.11"}
    )
    put(group, "member", ("member",), np.arange(n_member, dtype=np.int32), long_name="member")
    put(
        group, "year", ("year",), np.array(years, dtype=np.int32),
        long_name="year; the state is that of its beginning",
    )  # fmt: skip
    put(group, "metal", ("metal",), np.array(metals), long_name="metal or metalloid")
    for axis, values in (("x", grid.x), ("y", grid.y)):
        put(
            group, axis, (axis,), values, long_name=f"{axis} of the cell centre",
            standard_name=f"projection_{axis}_coordinate", units="m", axis=axis.upper(),
        )  # fmt: skip
    put(group, "spatial_ref", (), np.array(0, dtype=np.int32), **grid_mapping(grid))
    cells = ("y", "x")
    for name, dims, dtype, fill, attributes in (
        ("content", ("member", "year", "metal", *cells), "float32", np.nan,
         {"long_name": "content of the top layer", "units": "mg kg-1"}),
        ("overload", ("member", "year", "metal", *cells), "int8", UNKNOWN,
         {"long_name": "at or above the limit of the land of the year",
          "comment": "1 at or above, 0 below, -1 no limit or no soil"}),
        ("exceedance_year", ("member", "metal", *cells), "float32", np.nan,
         {"long_name": "first year at whose beginning the limit is reached",
          "comment": "the first year of the run where it is so from the start; NaN for never"}),
    ):  # fmt: skip
        group.create_array(
            name,
            shape=tuple(sizes[d] for d in dims),
            chunks=tuple(chunks[d] for d in dims),
            dtype=dtype,
            fill_value=fill,
            compressors=_CODEC,
            dimension_names=dims,
            attributes={**attributes, "grid_mapping": "spatial_ref"},
        )


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    replace_file(folder / layout.MANIFEST, lambda file: file.write(text.encode("utf-8")))
