"""Errors that say what is wrong, where, which rule it breaks and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class MetalscapeError(Exception):
    """Base of every error that a user can cause and mend."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Attributes
    ----------
    where : str
        File and place in it, e.g. ``"wuhan/sources.csv: row 3, height_m"``.
    what : str
        What was found there, with the value.
    rule : str
        The rule that it breaks.
    fix : str
        What to do about it.
    """

    where: str
    what: str
    rule: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.rule}. {self.fix}"


class InputError(MetalscapeError):
    """One or more problems in a region, a scenario or another user's file.

    Readers collect every problem they can before raising, so that a user mends them in one go.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class BalanceError(MetalscapeError):
    """A year whose mass does not close: the run stops."""


class RunError(MetalscapeError):
    """A run folder that cannot be used as asked (missing, unfinished, of another version)."""
