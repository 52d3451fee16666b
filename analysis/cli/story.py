"""Command ``story``: finished runs told on a page whose every number has a row behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import counted, print_json, say
from analysis.cli.inputs import Json


def story(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN [RUN ...]",
            help="Paths or names of finished runs; the first is told, others are held against it.",
        ),
    ],
    language: Annotated[Literal["en", "zh"], typer.Option(help="Language of the page.")] = "en",
    metal: Annotated[
        str | None,
        typer.Option(help="Metal to tell of; by default the one whose overload changes most."),
    ] = None,
    experiment: Annotated[
        Path | None, typer.Option(help="Folder of an experiment of the scenario, for ranges.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write; story.html in the first run by default (story.zh.html)."),
    ] = None,
    json: Json = False,
) -> None:
    """Tell finished runs as a page that stands alone, each number with the row behind it."""
    from analysis.runs import open_run
    from analysis.story import build_story
    from analysis.story.page import write_story

    folders = [open_run(run) for run in runs]
    path = folders[0].path / default_name(language) if out is None else out
    with preparing("telling the story", quiet=json):
        told = build_story(folders, language, metal, experiment)
        write_story(told, path)
    size = path.stat().st_size
    if json:
        print_json(
            {
                "file": str(path), "bytes": size, "title": told.title.text, "metal": told.metal,
                "numbers": len(told.evidence),
            }
        )  # fmt: skip
        return
    say(told.title.text, "bold")
    say(f"{counted(len(told.evidence), 'number')} with evidence")
    say(f"\nstory: {path}  {size / 1e6:.1f} MB")


def default_name(language: str) -> str:
    """File name of a story in a language."""
    return "story.html" if language == "en" else f"story.{language}.html"
