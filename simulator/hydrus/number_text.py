"""Numbers as HYDRUS's input has them: short where that is exact, all their digits elsewhere."""

from __future__ import annotations

from collections.abc import Iterable


def number(value: float) -> str:
    """Number for a list.

    Examples
    --------
    >>> number(1e6), number(0.0174), number(123456.75)
    ('1e+06', '0.0174', '123456.75')
    """
    value = float(value) + 0.0  # no -0
    text = f"{value:g}"
    return text if float(text) == value else repr(value)


def join(values: Iterable[float | str]) -> str:
    """Line of numbers and words, with the blank that lines of values begin with."""
    return " " + " ".join(v if isinstance(v, str) else number(v) for v in values)


def field(value: float, form: str) -> str:
    """Number in a column of a table, of a given format where that is exact.

    Examples
    --------
    >>> field(0.25, "9.5f"), field(1 / 3, "9.5f")
    ('  0.25000', ' 0.3333333333333333')
    """
    text = format(value, form)
    return text if float(text) == value else f" {float(value)!r}"


def flag(value: bool) -> str:
    """Fortran's logical value."""
    return "t" if value else "f"
