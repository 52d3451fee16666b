"""Building a story from finished runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from analysis.runs import metal_of, run_name
from analysis.story import finding
from analysis.story.choice import choice
from analysis.story.facts import Teller
from analysis.story.language import Language
from analysis.story.lives import lives
from analysis.story.methods import commands, methods
from analysis.story.model import Story
from analysis.story.path import path
from analysis.story.record import Record, check_finished
from analysis.story.region import region
from analysis.story.sure import sure
from analysis.story.telling import Telling
from simulator.errors import InputError, Problem
from simulator.record import RunFolder


def build_story(
    runs: Sequence[RunFolder],
    language: str = "en",
    metal: str | None = None,
    experiment: Path | None = None,
) -> Story:
    """Tell a finished run, beside others of its region.

    Everything that is told comes from what the runs recorded, and every number keeps the place
    that it comes from.

    Parameters
    ----------
    runs : sequence of RunFolder
        The first is told, the others are held against it.
    language : str
        ``en`` or ``zh``.
    metal : str, optional
        Symbol of the metal; by default the one whose land over the limit changes most.
    experiment : Path, optional
        Folder of an experiment of the scenario, for ranges.

    Raises
    ------
    InputError
        If there is no run, one is not finished, they do not belong together, or the language or
        the metal is not there.
    """
    words = Language(language)
    _check(runs)
    first = Record(runs[0])
    records = (first, *(Record(run, first.soil) for run in runs[1:]))
    chosen = finding.notable_metal(first) if metal is None else metal_of(runs[0], metal)
    t = Telling(Teller(words), records, chosen)
    return Story(
        title=finding.title(t),
        subtitle=finding.subtitle(t),
        language=language,
        metal=chosen,
        hero=finding.hero(t),
        chapters=(region(t), path(t), lives(t), choice(t), sure(t, experiment), methods(t)),
        commands=commands(t),
        citations=tuple(runs[0].manifest.get("cite", ())),
        runs=tuple(runs),
        words=words.texts["page"],
        evidence=tuple(t.teller.evidence.values()),
        soil=first.soil,
    )


#: What the runs of a story have in common, from their manifests.
_SAME: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "region": lambda manifest: manifest["region"]["name"],
    "files of the region": lambda manifest: manifest["region"]["digest"],
    "grid": lambda manifest: manifest["grid"],
    "first year": lambda manifest: manifest["start"],
    "last year": lambda manifest: manifest["recorded_until"],
    "metals": lambda manifest: manifest["metals"],
    "layers": lambda manifest: manifest["layer_thickness"],
}


def _check(runs: Sequence[RunFolder]) -> None:
    """Refuse runs that are no runs of one region and span."""
    if not runs:
        raise InputError(
            Problem("story", "has no run", "a story is told of a run", "Name a finished run.")
        )
    for run in runs:
        check_finished(run)
    for what, get in _SAME.items():
        for other in runs[1:]:
            if get(other.manifest) != get(runs[0].manifest):
                raise InputError(
                    Problem(
                        f"runs {run_name(runs[0])!r} and {run_name(other)!r}",
                        f"differ in their {what}",
                        "runs of one story have the same region, cells, metals, layers and span",
                        "Tell them one by one.",
                    )
                )
