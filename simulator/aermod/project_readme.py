"""The readme of an AERMOD project: how it is run and how its results come back."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator._version import __version__
from simulator.physics.dispersion.meteorology import CALM, MISSING, Meteorology, status
from simulator.region.model import Region

#: What the readme of a project begins with.
MARK: Final[str] = "AERMOD project of metalscape"

_TEXT: Final[str] = """\
{mark}, region {region}
{line}
Written by metalscape {version} for AERMOD 24142 of the U.S. EPA.

WHAT IS HERE
  met/region.SFC, .PFL   hourly meteorology in AERMET's format: {hours} hours, of them {calm} calm
                         and {missing} missing, {valid} valid
  runs.csv               the {runs} runs: folder, source, mode of emission, receptors
  SOURCE-MODE/aermod.inp one source in one mode of emission each: particle (particles by size),
                         hg2 (divalent mercury), hg0 (elemental mercury)

Every run emits 1 g/s on average over all hours. Terrain is flat. Land use and seasons for the
deposition of gases are those around the source. Coordinates are those of {crs}.

HOW TO RUN
In each folder start AERMOD without arguments; it reads aermod.inp and writes period_ALL.txt.
  Linux, macOS:   for d in */aermod.inp; do (cd "$(dirname "$d")" && aermod); done
  Windows:        for /d %d in (*-*) do (cd %d && aermod.exe & cd ..)
The runs do not depend on each other and may run side by side.

HOW TO BRING THE RESULTS BACK
Into a copy of the region that is yours (here my-region/), for instance
  metalscape import footprint my-region/ {source} --mode {mode} {folder}/period_ALL.txt
They then take the place of metalscape's own footprints of that source and mode. All of them:
  tail -n +2 runs.csv | while IFS=, read -r folder source mode rest; do
    metalscape import footprint my-region/ "$source" --mode "$mode" "$folder/period_ALL.txt"
  done

You may change options, terrain, buildings or receptors before you run AERMOD. If you change the
meteorology, import with --valid-hours (aermod.out tells hours processed, calm and missing); if
you change the rate of emission, with --rate.
More: docs/aermod-interchange.md of metalscape.
"""


def readme(region: Region, folder: str, source: str, runs: int, met: Meteorology) -> str:
    """Text of ``README.txt``.

    Parameters
    ----------
    region : Region
        The region.
    folder, source : str
        Of the first run, for the example.
    runs : int
        Number of runs.
    met : Meteorology
        The hours.
    """
    state = status(met)
    calm, missing = np.count_nonzero(state == CALM), np.count_nonzero(state == MISSING)
    title = f"{MARK}, region {region.name}"
    return _TEXT.format(
        mark=MARK,
        region=region.name,
        line="=" * len(title),
        version=__version__,
        hours=len(met),
        calm=calm,
        missing=missing,
        valid=len(met) - calm - missing,
        runs=runs,
        crs=region.grid.crs,
        source=source,
        mode=folder.rpartition("-")[2],
        folder=folder,
    )
