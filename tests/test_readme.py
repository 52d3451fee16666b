"""What the README shows works as written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(capsys):
    """Ten lines, as printed."""
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(code.strip().splitlines()) <= 11
    exec(compile(code, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "mg/kg Cd" in out
    assert "mg/m2/yr by pathway" in out
    assert "mostly sealed" in out


def test_every_command_that_it_names_exists():
    """Each ``metalscape NAME`` has a help page."""
    names = set(re.findall(r"^metalscape (\w+)", README, re.MULTILINE)) | {"run"}
    command = shutil.which("metalscape", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the package is not installed in this environment")
    for name in names:
        done = subprocess.run([command, name, "--help"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "Usage" in done.stdout


def test_every_page_and_picture_that_it_links_exists():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    missing = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert missing == []
