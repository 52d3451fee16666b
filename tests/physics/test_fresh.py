"""Compiled kernels go when a source file has changed, and only then."""

import os

from simulator.physics._fresh import discard_stale_kernels


def package(tmp_path):
    (tmp_path / "part" / "__pycache__").mkdir(parents=True)
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "part" / "b.py").write_text("y = 1\n")
    return tmp_path


def compile_kernel(folder):
    for ending in ("nbi", "nbc"):
        (folder / "part" / "__pycache__" / f"b.kernel.{ending}").write_bytes(b"code")


def kernels(folder):
    return sorted(p.name for p in folder.rglob("*.nb?"))


def test_kernels_stay_while_nothing_changes(tmp_path):
    folder = package(tmp_path)
    discard_stale_kernels(folder)
    compile_kernel(folder)
    discard_stale_kernels(folder)
    assert kernels(folder) == ["b.kernel.nbc", "b.kernel.nbi"]


def test_a_change_in_any_file_discards_all_kernels(tmp_path):
    folder = package(tmp_path)
    discard_stale_kernels(folder)
    compile_kernel(folder)
    (folder / "a.py").write_text("x = 2\n")
    stat = (folder / "a.py").stat()
    os.utime(folder / "a.py", ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    discard_stale_kernels(folder)
    assert kernels(folder) == []


def test_kernels_of_unknown_age_go(tmp_path):
    folder = package(tmp_path)
    compile_kernel(folder)
    discard_stale_kernels(folder)
    assert kernels(folder) == []
