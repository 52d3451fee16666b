"""What the handlers read: runs, atlases, cells, pictures, each kept as long as it holds."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analysis.app.cache import Cache
from analysis.app.encode import MissingError
from analysis.app.query import MapQuery
from analysis.runs import metal_of, year_of
from simulator._version import __version__
from simulator.errors import InputError, MetalscapeError, Problem

if TYPE_CHECKING:
    from analysis.app.hub import Hub
    from analysis.desk import Desk, Job
    from analysis.experiment.folder import ExperimentFolder
    from analysis.inspector.cell import Cell
    from analysis.inspector.stack import StackView
    from analysis.layers import Atlas, Chances, Scale, View
    from simulator.record import RunFolder

#: What is kept: runs and experiments, cells or stacks, bytes of pictures, small answers, years of
#: overviews.
_OPEN, _CELLS, _PICTURES, _ANSWERS, _OVERVIEWS = 12, 64, 128 * 1024**2, 512, 1 << 14
_MANIFEST_KEYS: Final = ("name", "created", "status", "resumed", "recorded_until")


class Views:
    """What one server keeps of its desk.

    A run is known by its name and its stamp, which changes with every year that is added; what
    holds a run of an older stamp, and with it its tables, is forgotten at once.

    Parameters
    ----------
    desk : Desk
        Gives runs and experiments by their names; no path is ever taken from a request.
    hub : Hub
        Tells the pages of the jobs.
    """

    def __init__(self, desk: Desk, hub: Hub) -> None:
        self.desk, self.hub = desk, hub
        self.pictures: Cache[bytes] = Cache(_PICTURES, len)
        self.answers: Cache[Any] = Cache(_ANSWERS)
        self.overviews: Cache[tuple[float, float]] = Cache(_OVERVIEWS)
        self._atlases: Cache[Atlas] = Cache(_OPEN)
        self._chances: Cache[Chances] = Cache(_OPEN)
        self._cells: Cache[Cell] = Cache(_CELLS)
        self._stacks: Cache[StackView] = Cache(_CELLS)
        self._stamps: dict[str, str] = {}

    # --- runs -------------------------------------------------------------------------------------

    def run(self, name: str) -> RunFolder:
        """Run of a name.

        Raises
        ------
        MissingError
            If the desk has none of that name.
        """
        try:
            run = self.desk.open_run(name)
        except InputError as error:
            raise MissingError(error.problems) from error
        stamp = stamp_of(run)
        if self._stamps.get(name) != stamp:
            self._stamps[name] = stamp
            for cache in (self._atlases, self._cells, self._stacks):
                cache.drop(lambda key: key[0] == name and key[1] != stamp)
        return run

    def warm(self, name: str) -> None:
        """Read what the page of a run asks for first; what goes wrong is said when it asks."""
        from analysis.inspector import cell, shapes  # noqa: F401  # takes as long as reading
        from analysis.layers import View

        with suppress(MetalscapeError, OSError):
            atlas = self.atlas(name)
            self.scale((name,), View("content", atlas.metals[0], 0, atlas.years[-1]))

    def job(self, name: str) -> Job:
        """Job that computes a run.

        Raises
        ------
        MissingError
            If none does.
        """
        found = self.desk.job(name)
        if found is None:
            raise MissingError(
                Problem(
                    f"run {name!r}", "is not being computed", "only runs in the making are told to",
                    "Start it, or resume it.",
                )
            )  # fmt: skip
        return found

    def stamp(self, name: str) -> str:
        """State of a run in a word: another one once a year was added."""
        return stamp_of(self.run(name))

    def atlas(self, name: str) -> Atlas:
        """Atlas of a run as it is now."""
        from analysis.layers import Atlas

        run = self.run(name)

        def make() -> Atlas:
            atlas = Atlas(run)
            _ = atlas.layers  # reads the region, once for all who wait here
            return atlas

        return self._atlases.get((name, stamp_of(run)), make)

    def cell(self, name: str, row: int, col: int, metal: str) -> Cell:
        """Cell of a run as it is now."""
        from analysis.inspector.cell import look

        run = self.run(name)
        key = name, stamp_of(run), row, col, metal
        return self._cells.get(key, lambda: look(run, row, col, metal))

    def stack(self, name: str, source: str) -> StackView:
        """Stack of a run as it is now.

        Raises
        ------
        MissingError
            If the run has no such stack.
        """
        from analysis.inspector.stack import look_stack

        run = self.run(name)
        try:
            key = name, stamp_of(run), source
            return self._stacks.get(key, lambda: look_stack(run, source))
        except InputError as error:
            raise MissingError(error.problems) from error

    # --- maps -------------------------------------------------------------------------------------

    def view(self, name: str, query: MapQuery) -> View:
        """View that a request asks for, checked."""
        from analysis.layers import View

        atlas = self.atlas(name)
        metal = query.metal or atlas.metals[0]
        year = atlas.years[-1] if query.year is None else query.year
        return atlas.check(View(query.layer, metal, query.depth, year))

    def scale(self, names: tuple[str, ...], view: View) -> Scale:
        """Scale that runs share, for all their years."""
        from analysis.layers import shared_scale

        key = ("scale", self._states(names), view.layer, view.metal, view.depth)
        return self.answers.get(key, lambda: shared_scale([self.atlas(n) for n in names], view))

    def difference_scale(self, one: str, other: str, view: View) -> Scale:
        """Scale of one run less another, for all years that both hold."""
        from analysis.layers import difference_scale

        key = ("difference", self._states((one, other)), view.layer, view.metal, view.depth)
        pair = self.atlas(one), self.atlas(other)
        return self.answers.get(key, lambda: difference_scale([pair], view))

    def _states(self, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self.stamp(name)) for name in names)

    # --- experiments ------------------------------------------------------------------------------

    def chances(self, name: str) -> Chances:
        """Chances of an experiment, as far as it has come.

        Raises
        ------
        MissingError
            If the desk has no experiment of that name.
        """
        from analysis.layers import Chances

        try:
            folder = self.desk.open_experiment(name)
        except InputError as error:
            raise MissingError(error.problems) from error
        return self._chances.get(state_of(folder), lambda: Chances(folder))


def state_of(experiment: ExperimentFolder) -> tuple[str, str, int]:
    """State of an experiment: where it is, when it was begun, how many members are done."""
    about = experiment.manifest
    return str(experiment.path), str(about.get("created")), len(experiment.members_done)


def stamp_of(run: RunFolder) -> str:
    """State of a run in a word.

    It is another with the region at its place and without, since limits follow from the region, and
    with another version of the program.
    """
    said = repr([*(run.manifest[key] for key in _MANIFEST_KEYS), has_region(run), __version__])
    return f"{run.recorded_until}.{zlib.crc32(said.encode()):08x}"


def has_region(run: RunFolder) -> bool:
    """Whether the region of a run is where it was."""
    return Path(run.manifest["region"]["folder"]).is_dir()


def metal_and_year(run: RunFolder, metal: str, year: int | None) -> tuple[str, int]:
    """Metal and year that a request asks for, checked; the first and the last by default."""
    return metal_of(run, metal or run.manifest["metals"][0]), year_of(run, year)
