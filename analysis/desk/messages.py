"""What a run in a process of its own is told, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator.errors import Problem
from simulator.scenario import Scenario

# -- what the process is for -----------------------------------------------------------------------


@dataclass(frozen=True)
class Begin:
    """A run of a scenario from its start.

    Attributes
    ----------
    scenario : str, Path or Scenario
        Name of a built-in scenario, path of a file, or a scenario that has been read.
    folder : Path
        Folder of the finished run.
    """

    scenario: str | Path | Scenario
    folder: Path


@dataclass(frozen=True)
class Resume:
    """The rest of a run that was stopped."""

    folder: Path


@dataclass(frozen=True)
class Branch:
    """A run that leaves another at the beginning of a year."""

    parent: Path
    at: int
    scenario: Scenario
    folder: Path


Task = Begin | Resume | Branch

# -- commands --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Simulate up to the next recorded year."""


@dataclass(frozen=True)
class Go:
    """Simulate up to the beginning of a year; to the end without one."""

    until: int | None = None


@dataclass(frozen=True)
class Pause:
    """Stop at the next recorded year."""


@dataclass(frozen=True)
class Close:
    """End the process after the year in hand; the run can be resumed."""


Command = Step | Go | Pause | Close

# -- events ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preparing:
    """Something that takes a while before the first year.

    Attributes
    ----------
    text : str
        What.
    share : float, optional
        How much of it is done. [-]
    """

    text: str
    share: float | None = None


@dataclass(frozen=True)
class Ready:
    """The state of the first year is recorded and the run waits for commands."""

    title: str
    start: int
    year: int
    end: int


@dataclass(frozen=True)
class Course:
    """Where the run is, at the beginning of ``year``, and how far it will go by itself.

    Attributes
    ----------
    year, target : int
        It stands still where they are equal.
    pace : float, optional
        Mean of the last years. [s yr-1]
    """

    year: int
    target: int
    pace: float | None = None


@dataclass(frozen=True)
class Finished:
    """The run is complete and its folder has its name."""


@dataclass(frozen=True)
class Failed:
    """The run cannot go on.

    Attributes
    ----------
    text : str
        Why, in words.
    problems : tuple of Problem
        The same one by one, where inputs are wrong.
    """

    text: str
    problems: tuple[Problem, ...] = ()


Event = Preparing | Ready | Course | Finished | Failed
