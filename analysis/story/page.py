"""The page of a story: one file that needs no network, whose every number leads to its row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from markupsafe import Markup

from analysis.report.page import render, write_page
from analysis.story.figures import Drawn, Painter
from analysis.story.model import Evidence, Figure, Number, Sentence, Story

_TEMPLATE: Final = "story.html.j2"
_EVIDENCE: Final = "evidence"


class Mentions:
    """Writes numbers as links to their evidence, and knows where each was told first."""

    def __init__(self) -> None:
        self._told: Counter[str] = Counter()

    def number(self, number: Number) -> Markup:
        """Link to the evidence of a number; the first to it can be linked back to."""
        key = number.evidence
        anchor = Markup("") if self._told[key] else Markup(' id="{}"').format(self.anchor(key))
        self._told[key] += 1
        return Markup('<a class="number" data-note href="#{}"{}>{}</a>').format(
            key, anchor, number.text
        )

    def sentence(self, sentence: Sentence) -> Markup:
        """Escaped text of a sentence with its numbers as links."""
        return Markup("").join(
            part if isinstance(part, str) else self.number(part) for part in sentence.parts
        )

    def cell(self, value: str | Number) -> str | Markup:
        """Text of a cell of a table."""
        return self.number(value) if isinstance(value, Number) else value

    def anchor(self, key: str) -> str:
        """Id of the first mention of an evidence."""
        return f"{key}-told"

    def told(self, evidence: Evidence) -> bool:
        """Whether a number with this evidence was written so far."""
        return self._told[evidence.id] > 0


def story_page(story: Story) -> str:
    """HTML of a story."""
    return render(_TEMPLATE, **_context(story))


def write_story(story: Story, path: Path) -> Path:
    """Write a story as one HTML file, beside its place and put there when it is whole."""
    return write_page(path, _TEMPLATE, **_context(story))


def _context(story: Story) -> dict[str, object]:
    painter = Painter(story)
    draw: Callable[[Figure], Drawn] = painter.draw
    return {
        "language": story.language,
        "title": story.title.text,
        "story": story,
        "contents": [
            *((chapter.key, chapter.title) for chapter in story.chapters),
            (_EVIDENCE, story.words["evidence"]),
        ],
        "mentions": Mentions(),
        "draw": draw,
        "sheets": painter.sheets,
        "names": [str(run.manifest["name"]) for run in story.runs],
    }
