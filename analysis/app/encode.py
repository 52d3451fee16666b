"""JSON of what the data modules give, and errors in words."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from starlette.responses import Response

from simulator.errors import InputError, MetalscapeError, Problem

#: Significant digits of numbers in double and in single precision.
_DOUBLE, _SINGLE = 9, 6
JSON: Final = "application/json"


class MissingError(InputError):
    """What was asked for by its name is not there."""


def plain(value: Any) -> Any:
    """Value in terms of JSON: dataclasses by their fields, arrays as lists, NaN as null.

    Numbers keep nine significant digits, those in single precision six.

    Examples
    --------
    >>> plain({"a": np.float32(0.1), "b": (1, float("nan"))})
    {'a': 0.1, 'b': [1, None]}
    """
    if value is None or isinstance(value, str | bool):
        return str(value) if isinstance(value, enum.Enum) else value
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return _array(np.asarray(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _rounded(value, _DOUBLE)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _array(values: np.ndarray) -> Any:
    if values.dtype.kind == "f":
        digits = _SINGLE if values.dtype.itemsize <= 4 else _DOUBLE
        return _nested(values.tolist(), digits)
    return values.tolist()


def _nested(value: Any, digits: int) -> Any:
    if isinstance(value, list):
        return [_nested(v, digits) for v in value]
    return _rounded(value, digits)


def _rounded(value: float, digits: int) -> float | None:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def as_json(value: Any) -> bytes:
    """Bytes of a JSON document."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def answer(value: Any, status: int = 200) -> Response:
    """JSON answer."""
    return Response(as_json(value), status, media_type=JSON, headers={"cache-control": "no-cache"})


def refusal(status: int, what: str, problems: list[Problem] | None = None) -> Response:
    """Error in words."""
    return answer({"error": {"what": what, "problems": problems or []}}, status)


def failure(error: MetalscapeError) -> Response:
    """Error of the house in words, with its problems where it has some."""
    if isinstance(error, InputError):
        status = 404 if isinstance(error, MissingError) else 400
        first = error.problems[0]
        return refusal(status, f"{first.where}: {first.what}", error.problems)
    return refusal(409, str(error))
