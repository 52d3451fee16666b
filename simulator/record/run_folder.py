"""Reading a run folder, finished or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from numpy.typing import NDArray

from simulator.errors import RunError
from simulator.record import layout
from simulator.record.calibration_maps import calibration_years
from simulator.record.cell_record import CellRecord, contributions
from simulator.record.cell_series import Pick, read_cell
from simulator.record.checkpoint import checkpoint_years
from simulator.record.manifest import FINISHED, read_manifest
from simulator.record.tables import POLICY_COLUMNS, whole_rows

if TYPE_CHECKING:
    from simulator.scenario import Scenario


class RunFolder:
    """A recorded run.

    Maps are opened lazily: a selection reads the chunks that it needs. Of a run that is not
    finished one sees what was recorded when it was opened.

    Parameters
    ----------
    path : str or Path
        Folder of the run; ``NAME.partial`` is found under ``NAME`` too.

    Raises
    ------
    RunError
        If there is no run, or one of another format.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = layout.find_folder(Path(path))
        self.manifest: dict[str, Any] = read_manifest(self.path)

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return bool(self.manifest["status"] == FINISHED)

    @property
    def recorded_until(self) -> int:
        """Last year at whose beginning the state is recorded."""
        return int(self.manifest["recorded_until"])

    @property
    def checkpoints(self) -> list[int]:
        """Years of the checkpoints."""
        return checkpoint_years(self.path / layout.CHECKPOINTS)

    @cached_property
    def scenario(self) -> Scenario:
        """Scenario of the run, with all that it derives from."""
        from simulator.scenario import read_scenario

        return read_scenario(self.path / layout.SCENARIO)

    @cached_property
    def history(self) -> xr.Dataset:
        """State at the beginning of the recorded years, in display units."""
        history = self._open(layout.HISTORY)
        return history.sel(year=slice(None, self.recorded_until))

    @cached_property
    def ledger(self) -> xr.Dataset | None:
        """Fluxes of every cell between the recorded years; None if only totals were recorded."""
        if self.manifest["record"]["ledger"] != "cells":
            return None
        ledger = self._open(layout.LEDGER)
        return ledger.sel(year=slice(None, self.recorded_until - 1))

    @cached_property
    def calibration(self) -> xr.Dataset | None:
        """What corrects the run, by the first year that it is booked in; None if nothing does."""
        found = calibration_years(self.path / layout.CALIBRATION)
        maps = [
            self._open(str(path.relative_to(self.path)))
            for year, path in found.items()
            if year <= self.recorded_until
        ]
        if not maps:
            return None
        return xr.concat(
            maps, "year", data_vars="minimal", coords="minimal", compat="override", join="exact"
        )

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Fluxes of the region: ``year, metal, pathway, layer, kg_per_yr``."""
        return self._before(pd.read_parquet(self.path / layout.TOTALS))

    @cached_property
    def source_totals(self) -> pd.DataFrame | None:
        """What entered and left the soil by source: ``year, tag, metal, way, kg_per_yr``.

        ``way`` is ``gain`` or a pathway; None if the run has no source tags.
        """
        path = self.path / layout.TAG_TOTALS
        return self._before(pd.read_parquet(path)) if path.exists() else None

    @cached_property
    def sources(self) -> pd.DataFrame:
        """Emissions: ``year, id, name, sector, x, y, metal, kg_per_yr``."""
        table = pd.read_csv(
            whole_rows(self.path / layout.SOURCES), dtype={"id": str, "name": str, "sector": str}
        )
        return self._before(table)

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened: ``date, kind, what``."""
        table = pd.read_csv(whole_rows(self.path / layout.EVENTS))
        return table[table["date"] < self.recorded_until].reset_index(drop=True)

    @cached_property
    def policies(self) -> pd.DataFrame:
        """Interventions in force: ``year, name, policy, kind, reach, area_ha, cost_million_cny``.

        A row for each of them and year; none for a run from before they were recorded.
        """
        path = self.path / layout.POLICIES
        if not path.exists():
            return pd.DataFrame(columns=list(POLICY_COLUMNS))
        table = pd.read_csv(
            whole_rows(path), dtype={"name": str, "policy": str}, keep_default_na=False
        )
        return self._before(table)

    @cached_property
    def parcels(self) -> pd.DataFrame:
        """Parcels as at the start, with outlines (WKB), then one row a change without."""
        table = pd.read_parquet(self.path / layout.PARCELS)
        return table[table["year"] <= self.recorded_until].reset_index(drop=True)

    def cell(self, row: int, col: int, metal: str | None = None) -> CellRecord:
        """Everything that was recorded of one cell.

        Parameters
        ----------
        row, col : int
            The cell; row 0 is north.
        metal : str, optional
            Read of this metal only, whose axis is then of length one; of all by default.

        Raises
        ------
        RunError
            If the cell is outside the grid.
        """
        rows, cols = self.history.sizes["y"], self.history.sizes["x"]
        if not (0 <= row < rows and 0 <= col < cols):
            raise RunError(
                f"cell ({row}, {col}) lies outside the grid: rows are 0 to {rows - 1}, "
                f"columns 0 to {cols - 1}"
            )
        history = self._cell_of(self.history, row, col, metal)
        ledger = None if self.ledger is None else self._cell_of(self.ledger, row, col, metal)
        pathways = self.manifest["pathways"]
        return CellRecord(
            row,
            col,
            history,
            ledger,
            None if ledger is None else contributions(ledger, pathways),
            self._parcels_in(float(history["x"]), float(history["y"])),
        )

    def along(
        self,
        names: Iterable[str],
        row: int,
        col: int,
        picks: Mapping[str, Pick] | None = None,
        years: slice = slice(None),
    ) -> dict[str, NDArray[Any]]:
        """Read some variables in one cell along the recorded years, and nothing else.

        Parameters
        ----------
        names : iterable of str
            Variables of the history, or of the ledger.
        row, col : int
            A cell of the grid.
        picks : mapping of str to int or sequence of int, optional
            Places on further axes, as ``{"metal": 1, "layer": 0}``: one drops the axis, several
            keep it. An axis that a variable does not have is passed over.
        years : slice, optional
            Places on the axis ``year``; all by default.

        Returns
        -------
        dict of str to ndarray ``[year, ...]``
            In display units; NaN where nothing was recorded.

        Raises
        ------
        RunError
            If the folder is not there any more.
        """
        names = list(names)
        found: dict[str, NDArray[Any]] = {}
        for group, data in ((layout.HISTORY, self.history), (layout.LEDGER, self.ledger)):
            mine = [name for name in names if data is not None and name in data]
            if data is not None and mine:
                places = range(data.sizes["year"])[years]
                chosen = slice(places.start, places.stop, places.step)
                found |= read_cell(self.path / group, mine, chosen, row, col, picks)
        if not (self.path / layout.MANIFEST).is_file():  # chunks that are gone read as no data
            raise RunError(f"{self.path} has moved, as a run does when it ends. Open it again.")
        return {name: found[name] for name in names}

    def _cell_of(self, data: xr.Dataset, row: int, col: int, metal: str | None) -> xr.Dataset:
        """One cell of the history or the ledger, in memory."""
        here = data.isel(y=row, x=col)
        picks: dict[str, Pick] = {}
        if metal is not None:
            here = here.sel(metal=[metal])
            picks["metal"] = [data["metal"].values.tolist().index(metal)]
        names = [str(n) for n, v in data.data_vars.items() if {"year", "y", "x"} <= {*v.dims}]
        values = self.along(names, row, col, picks)
        return here.assign({n: here[n].copy(data=values[n]) for n in names}).load()

    def _parcels_in(self, x: float, y: float) -> pd.DataFrame:
        half = 0.5 * float(self.manifest["grid"]["cell_size"])
        square = shapely.box(x - half, y - half, x + half, y + half)
        first = self.parcels[self.parcels["geometry"].notna()]
        outlines = shapely.from_wkb(first["geometry"].to_numpy())
        shares = np.zeros(len(first))
        near = np.flatnonzero(shapely.intersects(outlines, square))
        shares[near] = shapely.area(shapely.intersection(outlines[near], square)) / square.area
        share = dict(zip(first["id"].tolist(), shares.tolist(), strict=True))
        rows = self.parcels.drop(columns="geometry")
        rows = rows.assign(share=rows["id"].map(share))
        rows = rows[rows["share"] > 0.0]
        return rows.sort_values(
            ["share", "id", "year"], ascending=[False, True, True], kind="stable"
        ).reset_index(drop=True)

    def _open(self, name: str) -> xr.Dataset:
        try:
            return xr.open_dataset(
                self.path / name,
                engine="zarr",
                decode_coords="all",
                consolidated=False,
                cache=False,
            )
        except (OSError, ValueError, KeyError) as error:
            raise RunError(f"{self.path / name} cannot be read: {error}") from error

    def _before(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[table["year"] < self.recorded_until].reset_index(drop=True)

    def __repr__(self) -> str:
        status = self.manifest["status"]
        return f"<RunFolder {self.path} {status}, {self.manifest['start']}-{self.recorded_until}>"
