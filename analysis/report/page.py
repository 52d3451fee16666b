"""Pages from templates: escaped, in one file, and told by their own policy to load nothing."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.export import replacing
from analysis.report.numbers import cell_text, number, percent
from simulator._version import __version__

_TEMPLATES: Final = Path(__file__).parent / "templates"
#: Colours that the pages share with the app, which serves them.
PALETTE: Final = _TEMPLATES / "palette.css"
#: Where the dark ones of them begin: the app is dark when it says so, a page when the system is.
_DARK: Final = ':root[data-theme="dark"]'


@cache
def environment(language: str = "en") -> Environment:
    """Templates of the house, with the words of a language.

    Parameters
    ----------
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    jinja2.Environment
        Escapes whatever it is given but :class:`markupsafe.Markup`; an undefined name is an error.
        Filters ``number``, ``percent`` and ``cell``; globals ``chrome`` (words), ``style``,
        ``script`` and ``policy``.
    """
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "percent": percent, "cell": cell_text}
    script = _text("script.js")
    made.globals |= {
        "language": language,
        "chrome": words(language),
        "style": Markup(style()),
        "script": Markup(script),
        "policy": content_policy(script),
    }
    return made


def render(template: str, **context: Any) -> str:
    """Text of a page.

    Parameters
    ----------
    template : str
        File name of a template; it extends ``base.html.j2``.
    **context
        What the template uses; ``title`` and ``contents`` (pairs of anchor and text) of every
        page, ``language`` if it is not English.
    """
    return environment(context.get("language", "en")).get_template(template).render(context)


def write_page(path: Path, template: str, **context: Any) -> Path:
    """Write a page beside its place and put it there when it is whole; see :func:`render`."""
    text = render(template, **context)
    with replacing(path) as beside:
        beside.write_text(text, "utf-8", newline="\n")
    return path


def content_policy(script: str) -> str:
    """Content security policy of a page with this script: no network, no other script."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def style() -> str:
    """Style of a page, with the colours of the house; on paper they are the light ones."""
    light, dark = PALETTE.read_text("utf-8").split(_DARK)
    colours = f"{light}@media screen and (prefers-color-scheme: dark) {{\n:root{dark}}}\n"
    return colours + _text("style.css")


@cache
def words(language: str) -> Mapping[str, str]:
    """Words of the chrome in a language."""
    found: dict[str, str] = tomllib.loads(_text("words.toml"))[language]
    return found | {"made": found["made"].format(version=__version__)}


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")
