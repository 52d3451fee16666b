"""Every number of a story is that of the files of its runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analysis.story import build_story
from analysis.story.language import number, texts
from analysis.story.model import Figure, Number, Sentence, Story, TableFigure, WaterfallFigure
from simulator.record import RunFolder
from tests.story.reread import READERS, Reader, reread

#: Those of experiments are read again in ``test_sure``.
_ELSEWHERE = {"members", "members_over"}


def figures(story: Story) -> list[Figure]:
    """All figures of a story."""
    return [story.hero, *(f for c in story.chapters for s in c.sections for f in s.figures)]


def sentences(story: Story) -> Iterator[Sentence]:
    """All sentences of a story, with title and captions."""
    yield from (story.title, story.subtitle)
    for chapter in story.chapters:
        for section in chapter.sections:
            yield from section.sentences
    for figure in figures(story):
        yield figure.caption


def numbers(story: Story) -> Iterator[Number]:
    """All numbers of a story."""
    for sentence in sentences(story):
        yield from (p for p in sentence.parts if isinstance(p, Number))
    for figure in figures(story):
        if isinstance(figure, TableFigure):
            yield from (c for row in figure.rows for c in row if isinstance(c, Number))


@cache
def _reader(run: RunFolder) -> Reader:
    return Reader(run)


def check(story: Story) -> None:
    """Hold every number against the files."""
    readers = [_reader(run) for run in story.runs]
    found = {e.id: e for e in story.evidence}
    assert len(found) == len(story.evidence)
    for one in numbers(story):
        assert one.text == found[one.evidence].text
    told = {one.evidence for one in numbers(story)}
    assert told == set(found), "evidence that no sentence tells"
    for evidence in story.evidence:
        again = reread(evidence, readers)
        if isinstance(again, str):
            assert evidence.value == again
        else:
            # assessments are in single precision
            assert evidence.value == pytest.approx(again, rel=2e-6, abs=1e-12, nan_ok=True), (
                evidence
            )


def test_numbers_of_one_run(told: Story) -> None:
    check(told)


def test_numbers_of_two_runs(compared: Story, answered: Story) -> None:
    check(compared)
    check(answered)


def test_all_quantities_are_read_again() -> None:
    assert set(texts("en")["quantities"]) == set(READERS) | _ELSEWHERE


def test_waterfalls_add_up(told: Story) -> None:
    found = [f for f in figures(told) if isinstance(f, WaterfallFigure)]
    assert len(found) == 3
    for waterfall in found:
        total = waterfall.start.value + sum(bar.value for bar in waterfall.steps)
        assert total == pytest.approx(waterfall.end.value, rel=1e-9)


def test_the_text_is_the_value(told: Story, compared: Story) -> None:
    for story in (told, compared):
        for evidence in story.evidence:
            if isinstance(evidence.value, str):
                assert evidence.text == evidence.value
                continue
            kind = next(k for k, u in texts(story.language)["units"].items() if u == evidence.unit)
            if evidence.unit:
                assert evidence.text == number(evidence.value, kind)
            plain = evidence.text.replace("\N{NARROW NO-BREAK SPACE}", "")
            plain = plain.replace("\N{MINUS SIGN}", "-")
            if "×" not in plain and math.isfinite(evidence.value):
                assert float(plain) == pytest.approx(evidence.value, rel=0.0051, abs=1e-12)


@pytest.mark.slow
@settings(
    max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(
    years=st.integers(1, 13),
    seed=st.integers(0, 99),
    every=st.integers(1, 4),
    ledger=st.sampled_from(["cells", "totals"]),
    manure=st.floats(0.1, 20.0),
    rate=st.floats(0.0, 0.08),
    metal=st.sampled_from([None, "Cu", "Cd", "Zn"]),
    language=st.sampled_from(["en", "zh"]),
)
def test_numbers_of_random_runs(
    record_run: Callable[..., RunFolder],
    tmp_path_factory: pytest.TempPathFactory,
    years: int,
    seed: int,
    every: int,
    ledger: str,
    manure: float,
    rate: float,
    metal: str | None,
    language: str,
) -> None:
    folder: Path = tmp_path_factory.mktemp("random") / "run"
    run = record_run(
        folder,
        start=2034,
        years=years,
        seed=seed,
        record={"every": every, "ledger": ledger},
        landuse={
            "built_growth": [{"year": 2030, "rate": rate}],
            "densification_rate": 0.05,
            "neighbourhood_distance_m": 600.0,
        },
        interventions=[
            {"kind": "scale_input", "date": 2034.5, "pathway": "manure", "factor": manure}
        ],
    )
    check(build_story([run], language, metal))
