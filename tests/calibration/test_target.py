"""Scales of the correction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.calibration.target import TARGETS, SignedDifference, fit_target

CONTENT = st.floats(1e-9, 1e-1)


@pytest.mark.parametrize("name", TARGETS)
@given(observed=CONTENT, process=CONTENT)
def test_a_target_is_undone_by_its_inverse_and_is_zero_where_processes_are_right(
    name: str, observed: float, process: float
) -> None:
    o, p = np.array([observed, process]), np.array([process, process])
    target = fit_target(name, o, p)
    z = target.forward(o, p)
    np.testing.assert_allclose(target.inverse(z, p), o, rtol=1e-9, atol=1e-12 * process)
    assert z[1] == 0.0
    assert np.sign(z[0]) == np.sign(np.log(observed / process))


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_rises_with_the_observed_content(name: str) -> None:
    observed = np.geomspace(1e-7, 1e-2, 50)
    process = np.full(50, 1e-5)
    assert (np.diff(fit_target(name, observed, process).forward(observed, process)) > 0.0).all()


def test_the_scale_of_differences_is_that_of_most_samples() -> None:
    """The normal-consistent median of |difference|: one smelter more does not move it."""
    rng = np.random.default_rng(0)
    process = np.full(4001, 1.0)
    observed = process + rng.normal(0.0, 0.05, 4001)
    observed[:40] = 100.0
    target = fit_target("difference", observed, process)
    assert isinstance(target, SignedDifference)
    assert target.scale == pytest.approx(0.05, rel=0.05)
    # 1980 scales away are asinh(1980) = 8.28
    assert target.forward(observed, process).max() == pytest.approx(np.arcsinh(99 / target.scale))


def test_samples_that_agree_with_the_processes_have_a_scale_too() -> None:
    same = np.full(12, 3e-6)
    assert np.isfinite(fit_target("difference", same, same).forward(same * 2.0, same)).all()


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(ValueError, match="log, difference"):
        fit_target("ratio", np.ones(3), np.ones(3))
