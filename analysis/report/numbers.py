"""Numbers as a page writes them: few digits, thin spaces between thousands, a true minus."""

from __future__ import annotations

import math
from typing import Final

NO_VALUE: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"
_THIN: Final = "\N{NARROW NO-BREAK SPACE}"
_SPACE: Final = "\N{NO-BREAK SPACE}"
#: Numbers of so many digits before the point are grouped; years are not.
_GROUPED: Final = 5


def number(value: float | None, digits: int = 3) -> str:
    """Number with a few significant digits and no exponent; a dash where there is none.

    Digits before the decimal point are never dropped; five or more of them are grouped.
    """
    if value is None or not math.isfinite(value):
        return NO_VALUE
    if value == 0.0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return with_decimals(value, decimals)


def short(value: float, digits: int = 3) -> str:
    """As :func:`number`, without zeros at the end of decimals: for ticks."""
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_decimals(value: float, decimals: int) -> str:
    """Number with as many decimals as it is told; a dash where there is none."""
    if not math.isfinite(value):
        return NO_VALUE
    text = f"{abs(value):.{decimals}f}"
    whole, point, rest = text.partition(".")
    if len(whole) >= _GROUPED:
        whole = f"{int(whole):,}".replace(",", _THIN)
    nothing = not float(text)
    return f"{MINUS if value < 0.0 and not nothing else ''}{whole}{point}{rest}"


def signed(value: float, decimals: int) -> str:
    """Change with its sign and as many decimals as it is told."""
    text = with_decimals(value, decimals)
    return f"+{text}" if value > 0.0 and float(f"{value:.{decimals}f}") else text


def percent(share: float | None, decimals: int = 1) -> str:
    """Share as a percentage; a dash where there is none."""
    if share is None or not math.isfinite(share):
        return NO_VALUE
    return f"{with_decimals(100.0 * share, decimals)}{_SPACE}%"


def cell_text(value: object) -> object:
    """Value of a cell of a table: floats are written as :func:`number`, the rest as it is."""
    if value is None:
        return NO_VALUE
    if isinstance(value, float):
        return number(float(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return with_decimals(value, 0)
    return value
