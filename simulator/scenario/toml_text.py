"""Writing TOML: the few forms that scenarios use (the standard library only reads it)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100


def to_toml(table: Mapping[str, object]) -> str:
    """Text of a document: plain values first, then tables, then lists of tables.

    Parameters
    ----------
    table : mapping
        Values are strings, integers, finite floats, booleans, mappings and sequences of these.

    Examples
    --------
    >>> print(to_toml({"start": 2010, "record": {"every": 1}}), end="")
    start = 2010
    <BLANKLINE>
    [record]
    every = 1
    """
    lines = [_pair(k, v) for k, v in table.items() if not _is_section(v)]
    for name, value in table.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{_key(name)}]", *(_pair(k, v) for k, v in value.items())]
    for name, value in table.items():
        if _is_section(value) and isinstance(value, Sequence):
            for item in value:
                lines += ["", f"[[{_key(name)}]]", *(_pair(k, v) for k, v in item.items())]
    return "\n".join(lines) + "\n"


def _is_section(value: object) -> bool:
    return isinstance(value, Mapping) or (_is_list(value) and bool(value) and _all_tables(value))


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _all_tables(value: object) -> bool:
    return isinstance(value, Sequence) and all(isinstance(item, Mapping) for item in value)


def _pair(key: str, value: object) -> str:
    line = f"{_key(key)} = {_value(value)}"
    if len(line) <= _WIDTH or not _is_list(value):
        return line
    assert isinstance(value, Sequence)
    return "\n".join([f"{_key(key)} = [", *(f"  {_value(item)}," for item in value), "]"])


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)  # the shortest text that reads back as the same bits
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{{inside}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(item) for item in value)}]"
    raise TypeError(f"no TOML for {value!r}")


def _string(text: str) -> str:
    # A JSON string is a TOML basic string, but for the one control character that JSON leaves as is
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
