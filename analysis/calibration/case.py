"""What is calibrated: a scenario, the hindcast of its region, and the samples beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.calibration.variants import BOTH, PHYSICAL, VARIANTS, Fitted, Learner, Rows
from simulator.calibration.features import DEPOSITION, feature_table
from simulator.calibration.fit import physical_setting
from simulator.calibration.hindcast import Hindcast, stored_hindcast
from simulator.calibration.observed import Observed, observed_at
from simulator.calibration.physical import Inference, infer, predict
from simulator.calibration.sites import AtSites, at_end, at_sites, unseen_sites
from simulator.calibration.target import FEWEST
from simulator.constants import METALS
from simulator.errors import InputError, Problem
from simulator.problems import suggest
from simulator.region import Region, read_region
from simulator.scenario import Scenario, check_scenario, hindcast_of, read_scenario
from simulator.scenario.check import hindcast_problems

Floats = NDArray[np.float64]

#: Features that the processes have computed; a map that knows no process goes without.
OF_PROCESSES: Final = (
    "ln_process", DEPOSITION, "ln_other_inputs", "leaching_rate", "other_loss_rate",
    "ln_area_sources",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A hindcast and what was observed.

    Attributes
    ----------
    scenario : Scenario
        The one that was named.
    past : Scenario
        That of the hindcast; the same where the named one asks for no calibration.
    region : Region
        Their region, with samples.
    hindcast : Hindcast
        The processes alone.
    observed : Observed
        Samples of the hindcast's years.
    learner : Learner
        How corrections are learned.
    physical : bool
        Whether the run that was named has its factors inferred.
    """

    scenario: Scenario
    past: Scenario
    region: Region
    hindcast: Hindcast
    observed: Observed
    learner: Learner
    physical: bool

    def variants(self, asked: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Variants that can be told, of some or of all.

        Without source tags there is nothing to infer factors from.

        Raises
        ------
        InputError
            If there is no such variant.
        """
        physical = () if self.hindcast.tags else (PHYSICAL, BOTH)
        there = tuple(name for name in VARIANTS if name not in physical)
        problems = [
            Problem(f"--variants {name}", "is no variant of this hindcast",
                    f"variants are {', '.join(there)}", suggest(name, there))
            for name in asked
            if name not in there
        ]  # fmt: skip
        if problems:
            raise InputError(problems)
        return tuple(v for v in there if v in asked) if asked else there

    def metals(self, asked: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Metals with enough samples, of some or of all.

        Raises
        ------
        InputError
            If there is no such metal, or if one that was asked for has too few.
        """
        count = np.isfinite(self.observed.content).sum(axis=0)
        problems = []
        for name in asked:
            if name not in METALS:
                problems.append(
                    Problem(f"--metals {name}", "is no metal of the model",
                            f"metals are {', '.join(METALS)}", suggest(name, METALS))
                )  # fmt: skip
            elif count[METALS.index(name)] < FEWEST:
                problems.append(
                    Problem(f"--metals {name}", f"{count[METALS.index(name)]} samples know it",
                            f"a correction is learned from at least {FEWEST}", "Leave it out.")
                )  # fmt: skip
        if problems:
            raise InputError(problems)
        enough = [m for i, m in enumerate(METALS) if count[i] >= FEWEST]
        return tuple(m for m in enough if m in asked) if asked else tuple(enough)

    def inferred(self, rows: NDArray[np.bool_] | None = None) -> Inference | None:
        """Factors on the processes by some of the samples; None without source tags."""
        if not self.hindcast.tags:
            return None
        chosen = self.observed if rows is None else self.observed.take(rows)
        return infer(self.hindcast, chosen, **self._setting)

    @property
    def _setting(self) -> dict[str, Any]:
        return physical_setting(self.region, self.past, self.hindcast)

    def unseen(self, rows: NDArray[np.bool_]) -> AtSites:
        """Contents at some of the samples with factors that are inferred without their block.

        Without source tags there are no factors: those of the processes as they are.
        """
        chosen = self.observed.take(rows)
        if not self.hindcast.tags:
            return at_sites(self.hindcast.content, chosen)
        return unseen_sites(self.hindcast, chosen, **self._setting, seed=self.learner.seed)

    def adjusted(self, inference: Inference | None) -> Floats:
        """Content with inferred factors, ``[year, metal, cell]``. [kg kg-1]"""
        if inference is None:
            return self.hindcast.content
        return predict(self.hindcast, inference.adjustments)

    def rows(self, sites: Observed, metal: str, physical: Floats) -> Rows:
        """What is known of sites before their contents.

        Parameters
        ----------
        sites : Observed
            The sites; their contents are not looked at.
        metal : str
            The metal.
        physical : ndarray ``[site, metal]``
            Contents with inferred factors at the end of the hindcast. [kg kg-1]
        """
        m = METALS.index(metal)
        process, adjusted = self.hindcast.content[-1, m, sites.cell], physical[:, m]

        def table(content: Floats) -> pd.DataFrame:
            return feature_table(
                self.hindcast, self.region, metal, sites.cell, content, sites.place,
                sites.covariates,
            )  # fmt: skip

        of_process = table(process)
        return Rows(
            plain=of_process.drop(columns=list(OF_PROCESSES), errors="ignore"),
            start=self.hindcast.initial[m, sites.cell],
            process=process,
            physical=adjusted,
            of_process=of_process,
            of_physical=table(adjusted),
        )

    def at_end(self, metal: str) -> Floats:
        """Contents of the samples, as of the end of the hindcast; NaN where missing. [kg kg-1]"""
        sites = at_sites(self.hindcast.content, self.observed)
        return at_end(self.hindcast, self.observed, sites, METALS.index(metal))

    def fitted(self, rows: NDArray[np.bool_], metal: str, unseen: AtSites) -> Fitted:
        """Some of the samples with a content of a metal, as they are learned from.

        Parameters
        ----------
        rows : ndarray of bool ``[sample]``
            Which.
        metal : str
            The metal.
        unseen : AtSites
            Of :meth:`unseen` for these rows.
        """
        contents = self.at_end(metal)[rows]
        known = np.isfinite(contents)
        chosen = self.observed.take(rows).take(known)
        below = chosen.below[:, METALS.index(metal)]
        return Fitted(self.rows(chosen, metal, unseen.end[known]), contents[known], below)


def open_case(name: str, threads: int | None = None) -> Case:
    """Read a scenario and run its hindcast, or take that from the disk.

    Parameters
    ----------
    name : str
        A scenario with ``[calibration]``, or the hindcast itself.
    threads : int, optional
        Threads for the cells.

    Raises
    ------
    InputError
        With everything that is wrong with them.
    """
    scenario = read_scenario(name)
    region = read_region(scenario.region)
    asked = scenario.calibration
    problems = check_scenario(scenario, region)
    if not asked.wanted:
        problems.extend(hindcast_problems(scenario, scenario, region))
    if problems:
        raise InputError(problems)
    assert region.samples is not None
    past = hindcast_of(scenario, region) if asked.wanted else scenario
    tagged = past.tags.by != "none"
    hindcast = stored_hindcast(region, past, response=tagged, threads=threads)
    learner = Learner(asked.method if asked.method != "none" else "auto", asked.target)
    return Case(
        scenario, past, region, hindcast, observed_at(hindcast, region.samples), learner,
        asked.physical if asked.wanted else tagged,
    )  # fmt: skip
