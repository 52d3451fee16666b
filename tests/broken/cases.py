"""Broken regions and scenarios: name, how each is broken, and words of the message."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator.errors import InputError
from simulator.region import read_region
from simulator.scenario import check_scenario, read_scenario
from tests.broken.daily_cases import DAILY_CASES
from tests.broken.edit import Edit, make_inputs
from tests.broken.region_cases import REGION_CASES
from tests.broken.scenario_cases import SCENARIO_CASES
from tests.broken.source_cases import SOURCE_CASES

__all__ = ["CASES", "Case", "make_inputs"]


@dataclass(frozen=True)
class Case:
    """One way in which an input can be broken.

    Attributes
    ----------
    kind : str
        ``"region"`` or ``"scenario"``.
    name : str
        What is wrong.
    edit : callable
        Breaks the inputs of a folder that :func:`make_inputs` wrote.
    words : tuple of str
        What the message says.
    """

    kind: str
    name: str
    edit: Edit
    words: tuple[str, ...]

    def read(self, folder: Path) -> None:
        """Read the broken input as a user would; raises what the reader raises."""
        if self.kind == "region":
            read_region(folder / "testland")
        else:
            problems = check_scenario(read_scenario(folder / "plan.toml"))
            if problems:
                raise InputError(problems)


CASES = [
    *(
        Case("region", name, edit, words)
        for name, (edit, words) in (REGION_CASES | DAILY_CASES | SOURCE_CASES).items()
    ),
    *(Case("scenario", name, edit, words) for name, (edit, words) in SCENARIO_CASES.items()),
]
