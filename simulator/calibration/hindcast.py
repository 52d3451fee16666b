"""What the processes alone made of the topsoil up to the surveys: what samples are held against."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import simulator
from simulator import cache, progress
from simulator.calibration.adjustments import Adjustments
from simulator.constants import METALS
from simulator.ledger import SOURCES, Pathway
from simulator.model import Simulation
from simulator.region import Region
from simulator.scenario import Scenario

Floats = NDArray[np.float64]

#: Groups of pathways in :attr:`Hindcast.flux`.
SOURCE_DEPOSITION: Final = "source deposition"
BACKGROUND_DEPOSITION: Final = "background deposition"
OTHER_INPUTS: Final = "other inputs"
LEACHING: Final = "leaching"
OTHER_LOSSES: Final = "other losses"
GROUPS: Final = (
    SOURCE_DEPOSITION, BACKGROUND_DEPOSITION, OTHER_INPUTS, LEACHING, OTHER_LOSSES,
)  # fmt: skip

#: Step of ln A by which the response to sorption is found. [-]
_STEP: Final = 0.25
_KIND: Final = "hindcast"
_TASK: Final = "hindcast"


@dataclass(frozen=True)
class Hindcast:
    """The top layer of a run without calibration, at the years of the surveys.

    Attributes
    ----------
    start : int
        First year.
    years : ndarray of int ``[year]``
        Years of observation, rising; states are those at their ends.
    initial : ndarray ``[metal, cell]``
        Content at the start; NaN without soil here and below. [kg kg-1]
    content : ndarray ``[year, metal, cell]``
        Content. [kg kg-1]
    tags : tuple of str
        Source tags of the run (:mod:`simulator.tags`); empty if it has none.
    by_tag : ndarray ``[year, tag, metal, cell]``
        Content by tag, which adds up to ``content``. [kg kg-1]
    flux : mapping of str to ndarray ``[metal, cell]``
        Mean flux by group of pathways from the start to the last of the years, of the top layer per
        open ground. [kg m-2 yr-1]
    mean_content : ndarray ``[metal, cell]``
        Mean content at the ends of these years. [kg kg-1]
    mass : ndarray ``[cell]``
        Dry soil of the top layer. [kg m-2 of ground]
    open_share : ndarray ``[land_class, cell]``
        Open land by class at the end of the last year. [-]
    sealed_share : ndarray ``[cell]``
        Sealed land, likewise. [-]
    sorption_response : ndarray ``[year, metal, cell]``
        ``d ln content / d ln A``, A the coefficient of the solution; zero if not asked for. [-]
    """

    start: int
    years: NDArray[np.int64]
    initial: Floats
    content: Floats
    tags: tuple[str, ...]
    by_tag: Floats
    flux: Mapping[str, Floats]
    mean_content: Floats
    mass: Floats
    open_share: Floats
    sealed_share: Floats
    sorption_response: Floats

    @property
    def horizon(self) -> int:
        """Years from the start to the end of the last year."""
        return int(self.years[-1]) - self.start + 1


def stored_hindcast(
    region: Region,
    scenario: Scenario,
    adjustments: Adjustments | None = None,
    *,
    response: bool = False,
    threads: int | None = None,
) -> Hindcast:
    """Hindcast of :func:`run_hindcast`, from the disk where it has been run before."""
    digest = hashlib.sha256(program_digest())
    factors = "" if adjustments is None else adjustments.to_table().to_csv()
    digest.update(f"{region.digest}\n{scenario.to_toml()}\n{response}\n{factors}".encode())
    key = digest.hexdigest()
    stored = cache.load(_KIND, key)
    if stored is None:
        found = run_hindcast(region, scenario, adjustments, response=response, threads=threads)
        cache.save(_KIND, key, **_arrays(found))
        return found
    flux = {g: stored.pop(f"flux:{g}") for g in GROUPS}
    tags = tuple(stored.pop("tags").tolist())
    start = int(stored.pop("start"))
    return Hindcast(start=start, tags=tags, flux=flux, **stored)


def run_hindcast(
    region: Region,
    scenario: Scenario,
    adjustments: Adjustments | None = None,
    *,
    response: bool = False,
    threads: int | None = None,
) -> Hindcast:
    """Run a scenario without calibration up to the last of the region's samples.

    Parameters
    ----------
    region : Region
        With samples.
    scenario : Scenario
        Covers a year of them; with source tags, if the content by tag is wanted.
    adjustments : Adjustments, optional
        Factors on process parameters.
    response : bool
        Whether to run it once more with another sorption, for ``sorption_response``.
    threads : int, optional
        Threads for the cells.
    """
    assert region.samples is not None
    taken = region.samples.year
    inside = taken[(taken >= scenario.start) & (taken < scenario.end)]
    years = np.unique(inside).astype(np.int64)
    if not years.size:
        raise ValueError(f"no sample was taken in {scenario.start} to {scenario.end - 1}")
    base = adjustments or Adjustments.none()
    runs = 2 if response else 1
    found = _run(region, scenario, base, years, threads, 0, runs)
    if not response:
        return found
    shifted = base.with_sorption(base.sorption * np.exp(_STEP))
    other = _run(region, scenario, shifted, years, threads, 1, runs)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.log(other.content / found.content) / np.expm1(_STEP)
    return replace(found, sorption_response=change)


def _run(
    region: Region,
    scenario: Scenario,
    adjustments: Adjustments,
    years: NDArray[np.int64],
    threads: int | None,
    before: int,
    runs: int,
) -> Hindcast:
    with Simulation(
        region, scenario, calibration=None, adjustments=adjustments, threads=threads
    ) as sim:
        initial = sim.state.content()[:, 0]
        sums = {group: np.zeros_like(initial) for group in GROUPS}
        mean = np.zeros_like(initial)
        content, by_tag = [], []
        span = int(years[-1]) + 1 - scenario.start
        while sim.year <= years[-1]:
            year = sim.year
            sim.step()
            for group, flux in top_fluxes(sim).items():
                sums[group] += flux / span
            now = sim.state.content()[:, 0]
            mean += now / span
            if year in years:
                content.append(now)
                if sim.tags is not None:
                    by_tag.append(sim.state.content_by_tag()[:, :, 0])
            progress.tell(_TASK, before * span + year + 1 - scenario.start, runs * span)
        tags = () if sim.tags is None else sim.tags.names
        parts = np.array(by_tag).reshape(len(years), len(tags), *initial.shape)
        mass, open_share, sealed = (
            sim.state.flat(key).copy() for key in ("soil_mass", "open_share", "sealed_share")
        )
    return Hindcast(
        scenario.start, years, initial, np.array(content), tags, parts, sums, mean, mass[0],
        open_share, sealed, np.zeros((len(years), *initial.shape)),
    )  # fmt: skip


def top_fluxes(sim: Simulation) -> dict[str, Floats]:
    """Fluxes of the year just closed by group, of the top layer, ``[metal, cell]``.

    What falls from the air counts on the ground that it falls on, all else on the open ground:
    what runs off pavement never was an input of soil. [kg m-2 of ground yr-1]
    """
    state, ledger = sim.state, sim.ledger
    open_ground = state.flat("open_ground")
    ground = open_ground + state.flat("sealed_share")
    sums = {group: np.zeros((len(METALS), state.n_cell)) for group in GROUPS}
    for pathway in ledger.pathways:
        group = _group(pathway)
        if group is not None:
            sums[group] += _per(ledger.amounts(pathway.name)[:, 0], pathway, open_ground, ground)
    return sums


def _per(amount: Floats, pathway: Pathway, open_ground: Floats, ground: Floats) -> Floats:
    area = ground if pathway.falls else open_ground
    return np.divide(amount, area, out=np.zeros_like(amount), where=area > 0.0)


def _group(pathway: Pathway) -> str | None:
    if pathway.kind in ("input", "upward"):
        if not pathway.falls:
            return OTHER_INPUTS
        return SOURCE_DEPOSITION if pathway.origin == SOURCES else BACKGROUND_DEPOSITION
    if pathway.kind in ("loss", "downward"):
        return LEACHING if pathway.kind == "downward" else OTHER_LOSSES
    return None


def _arrays(hindcast: Hindcast) -> dict[str, NDArray[Any]]:
    arrays = {f.name: np.array(getattr(hindcast, f.name)) for f in fields(hindcast)}
    del arrays["flux"]
    return arrays | {f"flux:{g}": a for g, a in hindcast.flux.items()}


@functools.cache
def program_digest() -> bytes:
    """Digest of the program and its parameter tables, which a stored result depends on."""
    folder = Path(str(simulator.__file__)).parent
    libraries = ("numpy", "pandas", "scipy", "scikit-learn", "gstools")
    digest = hashlib.sha256(" ".join(version(name) for name in libraries).encode())
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.csv")]):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.digest()
