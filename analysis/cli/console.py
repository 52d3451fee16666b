"""What the commands share: printing, errors as text, one JSON document, small formats."""

from __future__ import annotations

import errno
import json
import math
import sys
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from simulator.errors import InputError, MetalscapeError, Problem

if TYPE_CHECKING:
    from rich.console import Console

#: Exit codes: wrong input; anything else that went wrong; stopped from the keyboard.
INPUT, FAILED, INTERRUPTED = 2, 1, 130

#: Width of tables where there is no terminal to ask.
_PLAIN_WIDTH: Final = 110


class Commands(TyperGroup):
    """A group of commands whose foreseen errors are told as text, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn an error into a message and an exit code."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            print_problems(error.problems)
            raise typer.Exit(INPUT) from error
        except MetalscapeError as error:
            complain(str(error))
            raise typer.Exit(FAILED) from error
        except OSError as error:
            if (
                error.errno == errno.EPIPE
            ):  # the reader of our output went away; the caller ends quietly
                raise
            place = f"{error.filename}: " if error.filename else ""
            complain(f"{place}{error.strerror or error}")
            raise typer.Exit(FAILED) from error


def console(stderr: bool = False) -> Console:
    """Where text goes: as wide as the terminal, plain and of a fixed width without one."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def say(text: str = "", style: str | None = None) -> None:
    """Print a line of text."""
    console().print(text, style=style, soft_wrap=True)


def complain(text: str) -> None:
    """Print an error."""
    from rich.text import Text

    console(stderr=True).print(Text("error: ", "bold red") + Text(text), soft_wrap=True)


def print_problems(problems: list[Problem]) -> None:
    """Print what is wrong with an input: where, what, which rule, what to do."""
    out = console(stderr=True)
    for problem in problems:
        complain(problem.where)
        out.print(f"  {problem.what}; {problem.rule}.", soft_wrap=True)
        out.print(f"  {problem.fix}", style="green", soft_wrap=True)
    if len(problems) > 1:
        out.print(f"{len(problems)} problems.")


def print_json(document: Any) -> None:
    """Print one JSON document; what is not finite becomes null."""
    sys.stdout.write(as_json(document))


def as_json(document: Any) -> str:
    """Text of a JSON document; what is not finite becomes null."""
    return json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return _plain(_doubles(value).tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _doubles(values: Any) -> Any:
    """Single precision as the doubles with the same few digits: 0.134, not 0.1340000033."""
    import numpy as np

    if values.dtype != np.float32:
        return values
    return np.array([float(str(v)) for v in values.ravel()]).reshape(values.shape)


def number(value: float, digits: int = 3) -> str:
    """Number with a few significant digits and no exponent; a dash where there is none.

    Examples
    --------
    >>> number(0.012345), number(123456.0), number(float("nan"))
    ('0.0123', '123456', '-')
    """
    if not math.isfinite(value):
        return "-"
    if value == 0.0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}"


def percent(share: float) -> str:
    """Share as a percentage with one decimal; a dash where there is none."""
    return f"{100.0 * share:.1f} %" if math.isfinite(share) else "-"


def counted(n: int, noun: str) -> str:
    """Count with its noun in the plural where needed: ``1 cell``, ``2 cells``."""
    return f"{n} {noun}{'' if n == 1 else 's'}"
