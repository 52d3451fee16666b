"""The simulation: a Mesa model whose cells are arrays and whose clock is simpy's."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from simulator import compat
from simulator.agents.area_source import AreaSource, area_sources
from simulator.agents.building_rules import BuildingRules
from simulator.agents.calibrator import (
    Calibrator,
    adjustments_of,
    asked_calibration,
    calibrator_of,
)
from simulator.agents.cell_set import CellSet, ranges
from simulator.agents.emitter import Emitter, restore_history
from simulator.agents.interventions import Intervention
from simulator.agents.inventory import point_sources
from simulator.agents.land_demand import demand_of
from simulator.agents.parcel import LandUseParcel
from simulator.agents.parcel_set import ParcelSet
from simulator.agents.point_source import PointSource
from simulator.agents.soil_cell import SoilCell
from simulator.constants import METALS, SETTLING_YEARS
from simulator.data import Parameters
from simulator.errors import RunError
from simulator.ledger import Ledger
from simulator.parallel import Workers
from simulator.processes import Process, default_processes, in_order
from simulator.record.recorder import NullRecorder, Recorder
from simulator.region import Region, read_region
from simulator.scenario import Scenario, factors_by_metal, read_scenario
from simulator.schedule import Calendar, Entry, Phase, YearState
from simulator.soil_water.soils import Soils
from simulator.soil_water.solve import ClassWater, class_water
from simulator.state import initial_state
from simulator.tags import SourceTags

if TYPE_CHECKING:
    from simulator.calibration.adjustments import Adjustments
    from simulator.calibration.fit import Calibration


class Simulation(mesa.Model):
    """A region under a scenario; ``step()`` is one year.

    Parameters
    ----------
    region : Region
        The region, read and checked.
    scenario : Scenario
        The scenario, read and checked.
    processes : iterable of Process, optional
        Processes of the cell balance, in their order within a phase; the default ones if not given.
    calibration : Calibration, optional
        What corrects the processes; by default what the scenario asks for.
    adjustments : Adjustments, optional
        Factors on parameters of the processes; by default those of the calibration.
    calibrator : callable
        Makes the calibrator from the model; by default one that books the calibration.
    recorder : Recorder, optional
        Where the years go; nowhere by default.
    threads : int, optional
        Threads for the cells; all processors by default. The results do not depend on it.
    settle : bool
        Whether the metals of each layer are arranged among its slices; not needed where a
        checkpoint brings them (:meth:`restore`).

    Attributes
    ----------
    year : int
        The year that is being, or will next be, simulated.
    state : State
        The arrays.
    ledger : Ledger
        The fluxes of the last year.
    cells : CellSet
        The soil cells.
    sources : list of PointSource
        The point sources.
    area_sources : list of AreaSource
        The area sources.
    parcels : ParcelSet
        The land-use parcels.
    tags : SourceTags, optional
        What the metal in the soil is told apart by; None where the scenario asks for nothing.
    warnings : list of str
        What setting up found that the user should know, a line each.
    seconds : dict of str to float
        Time spent so far, by phase. [s]
    """

    def __init__(
        self,
        region: Region,
        scenario: Scenario,
        *,
        processes: Iterable[Process] | None = None,
        calibration: Calibration | None = None,
        adjustments: Adjustments | None = None,
        calibrator: Callable[[Simulation], Calibrator] = calibrator_of,
        recorder: Recorder | None = None,
        threads: int | None = None,
        settle: bool = True,
    ) -> None:
        super().__init__(rng=scenario.seed)
        begun = time.perf_counter()
        self.region = region
        self.scenario = scenario
        self.parameters = Parameters(scenario.parameters)
        self.warnings: list[str] = []
        self.workers = Workers(threads)
        self.recorder = recorder if recorder is not None else NullRecorder()
        self.year = scenario.start
        self.calibration = calibration or asked_calibration(region, scenario, threads)
        self.adjustments = adjustments or adjustments_of(self.calibration)

        rules = BuildingRules.of(scenario, self.parameters)
        self.parcels = ParcelSet.from_region(region, rules, scenario.start)
        self.land_demand = demand_of(self.parcels, region, scenario, self.parameters)
        self.state = initial_state(
            region,
            *self._land_shares(),
            surveyed=scenario.soil.initial_content == "survey",
            background_factor=self.adjustments.initial,
        )
        self.sources: list[PointSource] = point_sources(self)
        self.area_sources: list[AreaSource] = area_sources(self)
        for source in self.emitters:
            source.adjustment = self.adjustments.of_source(source.listed_id, source.sector)
        self.land_parcels = [LandUseParcel(self, i) for i in range(len(self.parcels))]
        self.interventions: list[Intervention] = []
        self.processes = in_order(default_processes() if processes is None else processes)
        self.ledger = Ledger(
            (pathway for process in self.processes for pathway in process.pathways),
            self.state,
            self.parameters.array("sorption", "metal", METALS, parameter="n") - 1.0,
        )
        self.tags: SourceTags | None = None
        self.own_cells: dict[int, SoilCell] = {}
        self.cells = CellSet(self)
        compat.register_type(self, SoilCell, self.cells)
        for process in self.processes:
            process.setup(self)
        if settle:
            self._settle_slices()
        # After the years before the run, which know nothing of them.
        self.interventions = [Intervention.create(self, s) for s in scenario.interventions]
        self.warnings += [act.note for act in self.interventions if act.note]
        self.tags = SourceTags.asked(self)
        self.calibrator = calibrator(self)

        self._year = YearState.CLOSED
        self.calendar = Calendar(scenario.start)
        for i, intervention in enumerate(self.interventions):
            self.calendar.add(intervention.date, Phase.POLICY, "intervention", index=i)
        self.calendar.add_years(scenario.start, scenario.start + scenario.years)
        self.seconds = {"setup": time.perf_counter() - begun}

    @cached_property
    def soil_water(self) -> tuple[ClassWater, Soils]:
        """Water of the soil columns by land class and soil, and the soils of the cells."""
        return class_water(self.region, self.parameters, self.state.slices)

    @classmethod
    def from_scenario(cls, scenario: str | Scenario, **options: Any) -> Simulation:
        """Read a scenario and its region by name or path and make the simulation.

        ``options`` are those of the constructor.
        """
        if isinstance(scenario, str):
            scenario = read_scenario(scenario)
        return cls(read_region(scenario.region), scenario, **options)

    def _settle_slices(self) -> None:
        """Let the metals of a layer lie in its slices as years like the first would leave them.

        Observed contents are means of layers. Spread evenly they would meet at the edges in steps,
        and the first years of a run would be busy with levelling these. The years have the farming
        and the background deposition of the first, without the listed sources and without
        interventions; contents of layers stay as observed.
        """
        stock = self.state.stock.copy()
        exchanging = [p for p in self.processes if p.settles]
        for year in range(self.year - SETTLING_YEARS, self.year):
            for process in exchanging:
                process.begin_year(year if process.phase is Phase.WATER else self.year)
            self.book(0, self.state.n_cell, exchanging)
            self.workers.run(self.ledger.close, 0, self.state.n_cell)
            self.state.stock[...] = stock
        self.ledger.flux[...] = 0.0

    @property
    def emitters(self) -> list[Emitter]:
        """All sources of emission: the point sources, then the area sources."""
        return [*self.sources, *self.area_sources]

    # -- time --------------------------------------------------------------------------------------

    @property
    def end(self) -> int:
        """The first year after the run."""
        return self.scenario.start + self.scenario.years

    def step(self) -> None:
        """Simulate one year: everything dated in it, then its phases."""
        self._begin_year()
        with self._unbroken():
            self.calendar.run(self.year + 1.0, self._act)
        self._end_year()

    def run(self, until: int | None = None, progress: Callable[[int], None] | None = None) -> None:
        """Simulate to the end of the scenario, or up to the beginning of a year.

        Parameters
        ----------
        until : int, optional
            First year that is not simulated.
        progress : callable, optional
            Called with the year after each one.
        """
        stop = self.end if until is None else min(until, self.end)
        if self.year == self.scenario.start:
            self.recorder.begin(self)
        while self.year < stop:
            self.step()
            if progress is not None:
                progress(self.year - 1)
        if self.year == self.end:
            self.recorder.finish(self)

    def open_year(self) -> None:
        """Let the year happen up to the balance, which is then the caller's to step.

        Afterwards ``cells.do("step")``, or the ``step`` of single cells in any order, does what the
        batch would have done; :meth:`close_year` goes on from there.
        """
        self._begin_year()
        with self._unbroken():
            self.calendar.run_phases(self.year, Phase.BALANCE, self._act)

    def close_year(self) -> None:
        """Check and record a year whose cells were stepped one by one, and go on to the next."""
        self.require_open_year()
        with self._unbroken():
            self.ledger.end_year(self.year)
            self.calendar.run(self.year + 1.0, self._act_but_balance)
        self._end_year()

    def require_open_year(self) -> None:
        """Refuse to balance cells outside an open year.

        Raises
        ------
        RunError
            If no year is open.
        """
        if self._year is not YearState.OPEN:
            raise RunError(
                f"year {self.year} is {self._year.value}: cells are balanced between open_year() "
                "and close_year(), or all at once by step()"
            )

    def _begin_year(self) -> None:
        if self._year is not YearState.CLOSED:
            raise RunError(
                f"year {self.year} is {self._year.value} and cannot be begun; "
                "an open year is ended by close_year(), an interrupted run by resuming it"
            )
        if self.year >= self.end:
            raise RunError(f"the scenario ends before {self.year}; give it more years")
        self._year = YearState.OPEN
        self.ledger.begin_year()

    def _end_year(self) -> None:
        self._year = YearState.CLOSED
        self.year += 1

    @contextmanager
    def _unbroken(self) -> Iterator[None]:
        """Mark the year as broken if anything, even an interrupt, leaves it half done."""
        try:
            yield
        except BaseException:
            self._year = YearState.BROKEN
            raise

    def restore(
        self,
        year: int,
        state: Mapping[str, NDArray[np.float64]],
        parcels: Mapping[str, NDArray[Any]],
        emission: Mapping[str, NDArray[Any]],
        calibrator: Mapping[str, NDArray[Any]],
        residual: float,
    ) -> None:
        """Go to the beginning of a year as a checkpoint keeps it; for a model not yet stepped.

        What is dated before the year, but for the phases of its balance, happens again; then the
        arrays are set. Cells of a user's own kind have to be put in their places again.

        Parameters
        ----------
        year : int
            The year.
        state : mapping of str to ndarray
            Fields of the state, the land shares among them.
        parcels : mapping of str to ndarray
            As :meth:`ParcelSet.to_arrays` gives them.
        emission : mapping of str to ndarray
            ``year [year]``, ``id [source]`` and ``kg [year, source, metal]``.
        calibrator : mapping of str to ndarray
            As :meth:`Calibrator.to_arrays` gives them.
        residual : float
            Largest relative residual so far. [-]
        """
        self.calendar.run(float(year), lambda e: None if e.action == "phase" else self._act(e))
        self.parcels.restore(parcels)
        # Taking the land derives the open ground, and moves stock that is then set.
        self.state.set_land(state["open_share"], state["sealed_share"])
        for key, values in state.items():
            getattr(self.state, key)[...] = values
        restore_history(self.emitters, emission)
        self.calibrator.restore(calibrator)
        self.ledger.reopen(residual)
        self.year = year

    def _act(self, entry: Entry) -> None:
        begun = time.perf_counter()
        getattr(self, f"_on_{entry.action}")(**entry.arguments)
        what = str(entry.arguments.get("phase", entry.action)).lower()
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - begun

    def _act_but_balance(self, entry: Entry) -> None:
        if entry.arguments.get("phase") != Phase.BALANCE.name:
            self._act(entry)

    def _on_intervention(self, index: int) -> None:
        self.interventions[index].start()

    def _on_phase(self, phase: str, year: int) -> None:
        which = Phase[phase]
        for intervention in self.interventions:
            if intervention.date < year + 1:
                intervention.begin_phase(which, year)
        if which is Phase.LAND_USE:
            self.land_demand.meet(self.parcels, year, self.random_stream("land use", year))
            self.state.set_land(*self._land_shares())
        elif which is Phase.EMISSION:
            for source in self.emitters:
                source.step()
        elif which is Phase.BALANCE:
            self._balance(year)
        elif which is Phase.RECORD:
            self.calibrator.end_year(year)
            self.recorder.record_year(self, year)
        processes = [p for p in self.processes if p.phase is which]
        for process in processes:
            process.begin_year(year)
        self.book(0, self.state.n_cell, processes)
        if which is Phase.CALIBRATION:
            self.calibrator.step()

    def _land_shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        open_share, sealed = self.parcels.land_shares()
        mask = self.region.soil_mask
        return (
            np.where(mask, open_share.reshape(-1, *mask.shape), 0.0),
            np.where(mask, sealed.reshape(mask.shape), 0.0),
        )

    def _balance(self, year: int) -> None:
        # cells of a user's own kind first: they see the others as the year began
        for index in sorted(self.own_cells):
            self.own_cells[index].step()
        own = np.array(sorted(self.own_cells), dtype=np.intp)
        for start, stop in ranges(np.setdiff1d(np.arange(self.state.n_cell), own)):
            self.workers.run(self.ledger.close, start, stop)
        self.ledger.end_year(year)

    # -- what processes and agents ask for ---------------------------------------------------------

    def book(self, start: int, stop: int, processes: Iterable[Process] | None = None) -> None:
        """Let processes, by default all, book the fluxes of a range of cells."""
        chosen = list(self.processes if processes is None else processes)

        def block(a: int, b: int) -> None:
            for process in chosen:
                process.book(a, b)

        if chosen:
            self.workers.run(block, start, stop)

    def activity_factor(self, sector: str, year: int) -> float:
        """Activity of a sector in a year against that of its inventory. [-]."""
        return self.scenario.emission.activity_factor(sector, year)

    def input_factor(self, pathway: str, year: int) -> NDArray[np.float64]:
        """Farm input or background deposition in a year over its reference, ``[metal]``. [-]."""
        farming = [p for p in self.scenario.farming.paths if p.pathway == pathway]
        background = pathway == "deposition_background"
        factor = factors_by_metal(self.scenario.deposition.paths if background else farming, year)
        for intervention in self.interventions:
            factor = factor * intervention.factor(pathway, year)
        return factor

    def random_stream(self, name: str, year: int) -> np.random.Generator:
        """Generator of one process in one year: a child of the run's seed, whoever else draws."""
        key = (zlib.crc32(name.encode()), year)
        return np.random.default_rng(np.random.SeedSequence(self.scenario.seed, spawn_key=key))

    def parcels_of(self, cell: int) -> list[LandUseParcel]:
        """Parcels that lie in a cell, the largest share first."""
        row = self.parcels.map.overlay[[cell], :].tocoo()
        return [self.land_parcels[i] for i in row.coords[1][np.argsort(-row.data, kind="stable")]]

    def __enter__(self) -> Simulation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of threads, of the recorder's files and of Mesa's hold on the model."""
        self.workers.close()
        self.recorder.close()
        compat.forget(self)
