"""Wording: templates with named fields, words and numbers of one language.

All wording lies in ``texts/LANGUAGE.toml``. A template names fields in braces and nothing else: no
attribute, index, conversion or format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from analysis.report import numbers
from analysis.story.model import Number, Sentence
from simulator.errors import InputError, Problem

LANGUAGES: Final = ("en", "zh")

_FIELD: Final = re.compile(r"\{([a-z_0-9]*)\}")
#: Sizes that somebody chose and that are short.
_PLAIN: Final = ("m", "cm")
#: Smaller numbers are written as powers of ten.
_TINY: Final = 1.0e-5
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

#: Numbers that are names and not amounts.
_WHOLE: Final = ("year", "seed", "index")

#: What may stand in a field of a template.
Field = str | Number | Sentence


class Language:
    """The texts of one language.

    Parameters
    ----------
    name : str
        One of :data:`LANGUAGES`.

    Raises
    ------
    InputError
        If there are no texts in that language.
    """

    def __init__(self, name: str = "en") -> None:
        self.name = name
        self.texts = texts(name)

    def word(self, table: str, key: str) -> str:
        """Word for a name of the program (a pathway, a land class); the name itself if unknown."""
        return str(self.texts[table].get(key, key.replace("_", " ")))

    def unit(self, kind: str) -> str:
        """Unit of a kind of number; empty for those without."""
        return str(self.texts["units"][kind])

    def sentence(
        self, table: str, key: str, fields: Mapping[str, Field], count: int | None = None
    ) -> Sentence:
        """Fill a template.

        Parameters
        ----------
        table, key : str
            Where the template is.
        fields : mapping
            What its fields are: words, numbers, or sentences.
        count : int, optional
            Number that decides between the forms ``one`` and ``other`` of a template that has both.
        """
        template = self.texts[table][key]
        if isinstance(template, dict):
            template = template["one" if count == 1 and "one" in template else "other"]
        return self.fill(template, fields)

    def fill(self, template: str, fields: Mapping[str, Field]) -> Sentence:
        """Put words, numbers and sentences into the fields of a template."""
        return Sentence(_merged(_filled(template, fields)))

    def listed(self, items: Sequence[Field]) -> Sentence:
        """Items with commas, and a word before the last."""
        words = self.texts["list"]
        parts: list[str | Number] = []
        for i, item in enumerate(items):
            if i > 0:
                parts.append(words["last"] if i == len(items) - 1 else words["comma"])
            parts += _parts(item)
        return Sentence(_merged(parts))


@cache
def texts(name: str) -> dict[str, Any]:
    """All texts of a language, as the file has them."""
    if name not in LANGUAGES:
        raise InputError(
            Problem(
                f"language {name!r}", "has no texts", f"one of {', '.join(LANGUAGES)}",
                "Choose one of these.",
            )
        )  # fmt: skip
    path = files("analysis.story") / "texts" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def fields_of(template: str) -> list[str]:
    """Names of the fields of a template, in their order.

    Raises
    ------
    ValueError
        If it has braces that are no plain field.
    """
    if "{" in _FIELD.sub("", template) or "}" in _FIELD.sub("", template):
        raise ValueError(f"template {template!r} has braces that are no field")
    return _FIELD.findall(template)


def _filled(template: str, fields: Mapping[str, Field]) -> list[str | Number]:
    fields_of(template)
    parts: list[str | Number] = []
    for i, piece in enumerate(_FIELD.split(template)):  # text, field, text, ...
        parts += _parts(fields[piece]) if i % 2 else [piece]
    return parts


def capital(sentence: Sentence) -> Sentence:
    """Begin a sentence with a capital."""
    first, *rest = sentence.parts
    if isinstance(first, str):
        first = first[0].upper() + first[1:]
    return Sentence((first, *rest))


def _parts(field: Field) -> list[str | Number]:
    return list(field.parts) if isinstance(field, Sentence) else [field]


def _merged(parts: Sequence[str | Number]) -> tuple[str | Number, ...]:
    """Neighbouring texts as one, empty ones left out."""
    merged: list[str | Number] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return tuple(merged)


def number(value: float | int | str, kind: str) -> str:
    """Write a number; the same in all languages.

    Years, seeds and counts are written in full, other numbers with three significant digits or in
    full from a thousand on, tiny ones as powers of ten.

    Examples
    --------
    >>> number(2070, "year"), number(412.49, "ha"), number(0.20149, "mg_kg")
    ('2070', '412', '0.201')
    >>> number(3.1e-13, "ratio"), number(-4.25, "percent"), number("1.0", "version")
    ('3.1 × 10⁻¹³', '−4.25', '1.0')
    """
    if isinstance(value, str):
        return value
    if kind in _WHOLE:
        return f"{value:.0f}"
    if kind in _PLAIN:
        return f"{value:g}"
    if kind == "count":
        return numbers.with_decimals(value, 0)
    if 0.0 < abs(value) < _TINY:
        digits, power = f"{value:.1e}".split("e")
        digits = digits.replace("-", numbers.MINUS)
        return f"{digits} × 10{str(int(power)).translate(_SUPERSCRIPT)}"
    return numbers.number(value)
