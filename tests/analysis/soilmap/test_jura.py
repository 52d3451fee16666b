"""The Swiss Jura: samples and validation sites of Goovaerts 1997, where they are at hand.

The data come with R's gstat under the GPL and are not part of this package.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.soilmap.score import score_maps

JURA = Path(__file__).resolve().parents[4] / "shared" / "data" / "real" / "jura"

needs_jura = pytest.mark.skipif(not JURA.is_dir(), reason="the data of the Jura are not beside us")


@needs_jura
@pytest.mark.reference
def test_kriging_says_more_of_cobalt_than_the_mean() -> None:
    """Of its seven metals Co is the one that place alone says most of."""
    found = score_maps(
        JURA / "prediction.csv", JURA / "validation.csv", ["Co"], ["landuse", "rock"], method="idw"
    )
    scores = found["Co"].scores
    assert found["Co"].train == 259
    assert found["Co"].test == 100
    assert scores["ordinary kriging"].r2 > scores["idw"].r2 > scores["mean"].r2


@needs_jura
@pytest.mark.slow
@pytest.mark.reference
def test_cadmium_with_nickel_and_zinc_known() -> None:
    """Published: cokriging 0.51, the best of models with several outputs 0.40 to 0.46 mg/kg."""
    found = score_maps(
        JURA / "prediction.csv", JURA / "validation.csv", ["Cd"], ["landuse", "rock"], ["Ni", "Zn"]
    )
    scores = found["Cd"].scores
    assert scores["auto"].mae < 0.44
    assert all(scores["auto"].mae <= s.mae for s in scores.values())
