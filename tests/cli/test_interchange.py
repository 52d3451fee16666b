"""``export aermod`` and ``import footprint``; ``export`` of a run goes on as before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from simulator.region import read_region
from tests.aermod.plot_writer import write_plot_file


def test_export_and_import_again(call, small_region: Path, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(small_region, tmp_path / "mine"))
    result = call("export", "aermod", mine, "--out", tmp_path / "p", "--sources", "coal-1")
    assert result.exit_code == 0, result.output
    assert "3 runs of AERMOD" in result.stdout
    lines = (tmp_path / "p" / "coal-1-hg2" / "aermod.inp").read_text().splitlines()
    points = pd.DataFrame([x.split()[1:] for x in lines if "DISCCART" in x], dtype=float)
    x, y = points[0].to_numpy(), points[1].to_numpy()
    values = {"DDEP": 0.0 * x + 0.001, "WDEP": 0.0 * x}
    plot = write_plot_file(tmp_path / "period_ALL.txt", x, y, values, 8760)
    result = call("import", "footprint", mine, "coal-1", "--mode", "hg2", plot)
    assert result.exit_code == 0, result.output
    assert "120 with receptors" in result.stdout
    assert "0 beyond" in result.stdout
    assert "band air is empty" in result.stdout
    assert ("coal-1", "hg2") in read_region(mine).footprints
    checked = call("check", mine)
    assert "modelled layers: footprints/coal-1-hg2.tif" in checked.stdout


def test_refusals_are_told_as_text(call, small_region: Path, tmp_path: Path) -> None:
    result = call("import", "footprint", "wuhan", "x", "--mode", "hg2", tmp_path / "f")
    assert result.exit_code == 2
    assert "Copy the folder" in result.stderr
    assert call("import", "footprint", small_region, "coal-1", tmp_path / "f").exit_code == 2
    assert call("export", "aermod", small_region).exit_code == 2  # no --out
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    result = call("export", "aermod", small_region, "--out", tmp_path / "full", "--overwrite")
    assert result.exit_code == 2
    assert "no AERMOD project" in result.stderr


def test_a_run_is_exported_with_and_without_the_word(call, finished, tmp_path: Path) -> None:
    _, folder = finished
    for n, words in enumerate(
        (
            ("export", folder, "--csv"),
            ("export", "run", folder, "--csv"),
            ("export", "--csv", folder),
        )
    ):
        result = call(*words, "--out", tmp_path / str(n))
        assert result.exit_code == 0, result.output
        assert (tmp_path / str(n) / "content.csv").stat().st_size > 0
    assert call("export", folder).exit_code == 2
    assert "aermod" in call("export", "-h").stdout
    assert "--geotiff" in call("export", "run", "-h").stdout
