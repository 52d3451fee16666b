"""The whole dispersion reference set, where it stands beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.verify.dispersion import find_cases, load_case, verify_case

FULL = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "dispersion"
CASES = [pytest.param(p, id=p.name) for p in (find_cases(FULL) if FULL.is_dir() else [])] or [
    pytest.param(None, marks=pytest.mark.skip(reason=f"no reference cases in {FULL}"))
]


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize("path", CASES)
def test_a_case_is_within_its_limits(path: Path) -> None:
    found = verify_case(load_case(path))
    outside = [(o.group, o.output, f) for o in found.outputs for f in o.findings]
    assert not outside
    assert found.hours_agree
