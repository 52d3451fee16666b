"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.make_region import make_region


@pytest.fixture(scope="session")
def small_region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small generated region; read only, copy it before changing it."""
    return make_region(tmp_path_factory.mktemp("regions") / "testland")
