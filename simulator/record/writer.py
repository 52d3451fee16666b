"""The files of a run that is not finished, open for writing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator._version import __version__
from simulator.agents.emitter import history_arrays
from simulator.errors import RunError
from simulator.fields import STATE_FIELDS
from simulator.record import layout
from simulator.record.axes import Axes
from simulator.record.calibration_maps import drop_after, write_calibration
from simulator.record.checkpoint import (
    Checkpoint,
    checkpoint_file,
    checkpoint_years,
    write_checkpoint,
)
from simulator.record.lock import RunLock
from simulator.record.manifest import describe_course, describe_inputs, write_manifest
from simulator.record.parcel_log import ParcelLog
from simulator.record.tables import (
    EVENT_COLUMNS,
    POLICY_COLUMNS,
    SOURCE_COLUMNS,
    RowFile,
    event_rows,
    flux_totals,
    policy_rows,
    source_rows,
    tag_fluxes,
    tag_totals,
)
from simulator.record.zarr_maps import (
    Maps,
    create_history,
    create_ledger,
    write_history,
    write_ledger,
)
from simulator.tags import tag_labels

if TYPE_CHECKING:
    from simulator.model import Simulation

_CONVENTIONS: Final = "CF-1.11"


def recorded_years(start: int, end: int, every: int) -> NDArray[np.int64]:
    """Years at whose beginning the state is recorded: the first, each ``every``-th, the last.

    Examples
    --------
    >>> recorded_years(2020, 2025, 2).tolist()
    [2020, 2022, 2024, 2025]
    """
    return np.array([*range(start, end, every), end], dtype=np.int64)


def is_kept(year: int, first: int, start: int, every: int, checkpoint_every: int) -> bool:
    """Whether a checkpoint stays when there is a newer one.

    The first stays, and so does the first one at or after each ``checkpoint_every`` years of the
    run, for states are recorded, and checkpoints written, every ``every`` years only.
    """
    since = year - start
    return year == first or (
        year > first and since // checkpoint_every != (since - every) // checkpoint_every
    )


class RunWriter:
    """Writes a run folder.

    Parameters
    ----------
    path : Path
        Folder, there already.
    sim : Simulation
        The simulation; any with the same region, record settings and pathways may write years.
    manifest : dict
        What is known of the run; completed as the run goes on.
    """

    def __init__(self, path: Path, sim: Simulation, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        self._seconds: dict[str, float] = dict(manifest.get("seconds", {}))
        self._lock = RunLock(path / layout.LOCK)
        self._record = sim.scenario.record
        self._start = sim.scenario.start
        self._years = recorded_years(self._start, sim.end, self._record.every)
        self._cell_area = sim.region.grid.cell_area
        self._totals = flux_totals(path / layout.TOTALS, sim.ledger)
        self._by_tag = None if sim.tags is None else tag_totals(path / layout.TAG_TOTALS, sim.tags)
        self._parcels = ParcelLog(
            path / layout.PARCELS, sim.parcels, sim.region.grid.crs, self._start
        )
        self._sources = RowFile(path / layout.SOURCES, SOURCE_COLUMNS)
        self._events = RowFile(path / layout.EVENTS, EVENT_COLUMNS)
        self._policies = RowFile(path / layout.POLICIES, POLICY_COLUMNS)
        self._history: Maps
        self._ledger: Maps | None = None

    @classmethod
    def create(cls, path: Path, sim: Simulation, manifest: dict[str, Any]) -> RunWriter:
        """Make a folder with all its files, empty."""
        path.mkdir(parents=True)
        writer = cls(path, sim, {**manifest, **describe_inputs(sim)})
        writer.write_manifest(sim, sim.scenario.start)
        (path / layout.SCENARIO).write_text(sim.scenario.to_toml(), encoding="utf-8")
        (path / layout.CHECKPOINTS).mkdir()
        writer._totals.write()
        if writer._by_tag is not None:
            writer._by_tag.write()
        writer._parcels.write()
        writer._sources.begin()
        writer._events.begin()
        writer._policies.begin()
        writer._create_maps(sim)
        return writer

    @classmethod
    def open(cls, path: Path, sim: Simulation, manifest: dict[str, Any]) -> RunWriter:
        """Open the folder of a run to go on with it; :meth:`rewind` comes next."""
        writer = cls(path, sim, manifest)
        writer._history = Maps.open(path / layout.HISTORY)
        if writer._record.ledger == "cells":
            writer._ledger = Maps.open(path / layout.LEDGER)
        return writer

    def _create_maps(self, sim: Simulation) -> None:
        region, record, attributes = sim.region, self._record, self._attributes(sim)
        tags = {} if sim.tags is None else tag_labels(sim)
        axes = Axes(region.grid, region.layer_thickness, self._years, tags)
        self._history = create_history(
            self.path / layout.HISTORY, axes, record.precision, region.district, attributes
        )
        if record.ledger == "cells":
            self._ledger = create_ledger(
                self.path / layout.LEDGER, axes, record.precision, sim.ledger.pathways, attributes
            )

    def _attributes(self, sim: Simulation) -> dict[str, str]:
        """Global attributes of the maps."""
        scenario, region = sim.scenario, sim.region
        attributes = {
            "Conventions": _CONVENTIONS,
            "title": f"{region.title}: {scenario.title}",
            "source": f"metalscape {__version__}",
            "history": f"{self.manifest['created']} simulated from scenario {scenario.name}",
        }
        if region.illustrative:
            layers = ", ".join(region.illustrative)
            attributes["comment"] = f"Illustrative, not measured, are the inputs: {layers}."
        return attributes

    def write_calibration(self, sim: Simulation, year: int) -> None:
        """Write what the calibrator books from a year on; nothing without calibration."""
        if sim.calibrator.calibration is not None:
            region = sim.region
            write_calibration(
                self.path / layout.CALIBRATION,
                Axes(region.grid, region.layer_thickness, np.array([year])),
                sim.calibrator.calibration,
                self._attributes(sim),
            )

    def is_recorded(self, year: int) -> bool:
        """Whether the state at the beginning of a year is recorded."""
        return bool((self._years == year).any())

    def write_fluxes(self, sim: Simulation, year: int) -> None:
        """Write what flowed, was emitted and happened in a year that has just been closed."""
        if self._ledger is not None:
            interval = int(np.searchsorted(self._years, year, side="right")) - 1
            add = bool(year > self._years[interval])
            write_ledger(self._ledger, interval, sim.ledger, sim.state, add)
        self._totals.add(year, sim.ledger.totals() * self._cell_area)
        if self._by_tag is not None:
            self._by_tag.add(year, tag_fluxes(sim.ledger) * self._cell_area)
        self._sources.add(source_rows(year, sim.emitters))
        self._events.add(event_rows(year, sim))
        self._policies.add(policy_rows(year, sim))
        if year in sim.calibrator.years_due:
            self.write_calibration(sim, year + 1)
        self._parcels.add(year + 1, sim.parcels)

    def write_state(self, sim: Simulation, year: int) -> None:
        """Write the state at the beginning of a recorded year; all before it is safe then."""
        write_history(self._history, int(np.searchsorted(self._years, year)), sim.state)
        self.write_checkpoint(self._checkpoint(sim, year))
        self.write_manifest(sim, year)

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint and remove older ones that are not needed any more."""
        folder = self.path / layout.CHECKPOINTS
        write_checkpoint(folder, checkpoint)
        parent = self.manifest["parent"]
        first = parent["year"] if parent else self._start
        for year in checkpoint_years(folder):
            if year < checkpoint.year and not is_kept(
                year, first, self._start, self._record.every, self._record.checkpoint_every
            ):
                checkpoint_file(folder, year).unlink()

    def begin_branch(self, sim: Simulation) -> None:
        """Record what a branch goes on with, where it is not what the run before it had."""
        self.write_calibration(sim, sim.year)
        self.write_checkpoint(self._checkpoint(sim, sim.year))

    def _checkpoint(self, sim: Simulation, year: int) -> Checkpoint:
        return Checkpoint(
            year,
            state={key: getattr(sim.state, key) for key in STATE_FIELDS},
            parcels=sim.parcels.to_arrays(),
            emission=history_arrays(sim.emitters),
            recorder={
                "residual": np.array(sim.ledger.residual),
                "sources_size": np.array(self._sources.size),
                "events_size": np.array(self._events.size),
                "policies_size": np.array(self._policies.size),
            },
            calibrator=sim.calibrator.to_arrays(),
        )

    def write_manifest(self, sim: Simulation, recorded_until: int) -> None:
        """Bring the manifest up to date."""
        seconds = {
            phase: round(self._seconds.get(phase, 0.0) + spent, 3)
            for phase, spent in sim.seconds.items()
        }
        self.manifest |= {
            "recorded_until": recorded_until,
            "seconds": {**self._seconds, **seconds},
            **describe_course(sim),
        }
        write_manifest(self.path, self.manifest)

    def rewind(self, checkpoint: Checkpoint) -> None:
        """Remove everything that was recorded after a checkpoint."""
        place = int(np.searchsorted(self._years, checkpoint.year))
        self._history.drop_from(place + 1)
        if self._ledger is not None:
            self._ledger.drop_from(place)
        self._totals.cut(checkpoint.year)
        if self._by_tag is not None:
            self._by_tag.cut(checkpoint.year)
        self._parcels.cut(checkpoint.year)
        self._sources.cut(int(checkpoint.recorder["sources_size"]))
        self._events.cut(int(checkpoint.recorder["events_size"]))
        self._policies.cut(int(checkpoint.recorder["policies_size"]))
        drop_after(self.path / layout.CALIBRATION, checkpoint.year)
        folder = self.path / layout.CHECKPOINTS
        for year in checkpoint_years(folder):
            if year > checkpoint.year:
                checkpoint_file(folder, year).unlink()
        for torn in folder.glob(".*.new"):
            torn.unlink()

    def take_over(self, parent: Path, checkpoint: Checkpoint) -> None:
        """Copy what another run recorded up to a checkpoint of it.

        Raises
        ------
        RunError
            If that run is finished, and so moves, meanwhile.
        """
        there = parent / layout.MANIFEST
        try:
            self._copy(parent, int(np.searchsorted(self._years, checkpoint.year)))
        except FileNotFoundError:
            if there.is_file():
                raise
        if not there.is_file():  # maps that are gone were passed over
            raise RunError(f"{parent} was finished while its years were copied. Branch again.")
        self.rewind(checkpoint)

    def _copy(self, parent: Path, place: int) -> None:
        """Copy the recorded years of another run up to a place on the axis of the years."""
        self._history.copy_from(parent / layout.HISTORY, place + 1)
        if self._ledger is not None:
            self._ledger.copy_from(parent / layout.LEDGER, place)
        tables = [
            layout.TOTALS, layout.PARCELS, layout.SOURCES, layout.EVENTS, layout.POLICIES
        ]  # fmt: skip
        for table in tables if self._by_tag is None else [*tables, layout.TAG_TOTALS]:
            shutil.copyfile(parent / table, self.path / table)
        if (parent / layout.CALIBRATION).is_dir():
            shutil.copytree(
                parent / layout.CALIBRATION, self.path / layout.CALIBRATION, dirs_exist_ok=True
            )

    def close(self) -> None:
        """Let others write to the folder."""
        self._lock.release()
