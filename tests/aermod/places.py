"""Where the files of these tests are: a small set here, the full one beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests" / "reference" / "aermod"
FULL = ROOT.parent / "shared" / "reference" / "dispersion"

CASES = sorted(p.parent for p in FULL.glob("[0-9][0-9]_*/case.toml")) if FULL.is_dir() else []
FULL_CASES = [pytest.param(p, id=p.name) for p in CASES] or [
    pytest.param(None, marks=pytest.mark.skip(reason=f"no reference cases in {FULL}"))
]
