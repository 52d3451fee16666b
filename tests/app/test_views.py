"""What the server keeps: a run is read once, and before the page asks."""

from __future__ import annotations

import pytest

from analysis.app.hub import Hub
from analysis.app.views import Views
from tests.app.conftest import StubDesk


def test_what_is_looked_at_first_is_there_when_it_is_asked_for(
    desk: StubDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = Views(desk, Hub())
    views.warm("first")
    monkeypatch.setattr("analysis.layers.Atlas", lambda run: pytest.fail("read again"))
    assert "Cd" in views.atlas("first").metals


def test_a_first_run_that_is_not_there_is_said_when_it_is_asked_for(desk: StubDesk) -> None:
    Views(desk, Hub()).warm("nowhere")
